"""Keyed hashes, sealed secrets and signatures (S17, S48): our fakes, and the key service."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from botocore.exceptions import ReadTimeoutError
from botocore.session import Session
from joserfc.jwk import ECKey
from joserfc.jws import JWSRegistry

from keyfob.domain.errors import KeysUnavailable
from keyfob.domain.messages.outbox import Seal
from keyfob.domain.orders.license_key import Mac
from keyfob.domain.statements.keys import SigningKey, parsed
from keyfob.domain.statements.signature import fixed_width
from keyfob.gateways.kms import KmsMac, KmsSeal, KmsSignature, KmsSigningKey, KmsUnseal
from keyfob.usecases.audit.documents import Signature
from keyfob.usecases.messages.order_facts import Unseal
from tests.support.fakes import (
    FakeSignature,
    FakeSigningKey,
    Meddler,
    fake_mac,
    fake_seal,
    fake_unseal,
)
from tests.support.templates import resources

SECRET = "0A1B2-C3D4E-5F6G7-H8J9K"


@dataclass(frozen=True, kw_only=True)
class Keys:
    mac: Mac
    seal: Seal
    unseal: Unseal
    signature: Signature
    statements: SigningKey


@pytest.fixture(scope="module")
def kms(aws: Session) -> Meddler:
    return Meddler(aws.create_client("kms"))


@pytest.fixture(scope="module")
def real(kms: Any) -> Keys:
    made = {}
    for logical, key in resources("AWS::KMS::Key", "infra/data.yaml").items():
        kept = ("KeySpec", "KeyUsage")
        wanted = {name: key["Properties"][name] for name in kept if name in key["Properties"]}
        made[logical] = kms.create_key(**wanted)["KeyMetadata"]["Arn"]
    return Keys(
        mac=KmsMac(kms, made["MacKey"]),
        seal=KmsSeal(kms, made["MessagesKey"]),
        unseal=KmsUnseal(kms, made["MessagesKey"]),
        signature=KmsSignature(kms, made["AuditKey"]),
        statements=KmsSigningKey(kms, made["StatementsFirstKey"]),
    )


@pytest.fixture(params=["fake", "kms"])
def keys(request: pytest.FixtureRequest) -> Keys:
    if request.param == "fake":
        return Keys(
            mac=fake_mac,
            seal=fake_seal,
            unseal=fake_unseal,
            signature=FakeSignature(),
            statements=FakeSigningKey(),
        )
    made: Keys = request.getfixturevalue("real")
    return made


def test_a_keyed_hash_is_the_same_for_the_same_value_and_purpose_S17(keys: Keys) -> None:
    first = keys.mac("license-key", SECRET)
    assert first == keys.mac("license-key", SECRET)
    assert (len(first), int(first, 16) > 0) == (64, True)


def test_another_value_or_purpose_has_another_hash_S17(keys: Keys) -> None:
    others = {keys.mac("license-key", "x"), keys.mac("code", SECRET)}
    assert len(others | {keys.mac("license-key", SECRET)}) == 3
    assert SECRET not in keys.mac("license-key", SECRET)


def test_a_sealed_secret_opens_for_its_own_row_S17(keys: Keys) -> None:
    sealed = keys.seal("msg_1", SECRET)
    assert SECRET.encode() not in sealed
    assert keys.unseal("msg_1", sealed) == SECRET


def test_a_secret_sealed_for_another_row_does_not_open_S16(keys: Keys) -> None:
    sealed = keys.seal("msg_1", SECRET)
    with pytest.raises(ValueError, match="msg_2"):
        keys.unseal("msg_2", sealed)


@pytest.mark.parametrize("place", [-1, -10])
def test_an_altered_secret_does_not_open_S16(keys: Keys, place: int) -> None:
    sealed = bytearray(keys.seal("msg_1", SECRET))
    sealed[place] ^= 1
    with pytest.raises(ValueError, match="msg_1"):
        keys.unseal("msg_1", bytes(sealed))


def test_a_signature_holds_for_its_content_alone_S48(keys: Keys) -> None:
    signature = keys.signature.sign(b"content")
    assert keys.signature.verify(b"content", signature)
    assert not keys.signature.verify(b"contenT", signature)


@pytest.mark.parametrize("forged", ["", "00", "not hexadecimal", "30" * 70])
def test_a_foreign_signature_does_not_hold_S48(keys: Keys, forged: str) -> None:
    assert not keys.signature.verify(b"content", forged)


def test_a_signing_key_signs_what_its_public_key_verifies_S26(keys: Keys) -> None:
    key = ECKey.import_key({**parsed(keys.statements.public_key()).jwk()})
    signed = fixed_width(keys.statements.sign(b"header.claims"))
    es256 = JWSRegistry.algorithms["ES256"]
    assert es256.verify(b"header.claims", signed, key)
    assert not es256.verify(b"header.claimS", signed, key)


def silence(_operation: Any, _request: Any) -> Any:
    raise ReadTimeoutError(endpoint_url="https://kms.example")


CALLS: dict[str, Callable[[Keys], object]] = {
    "generate_mac": lambda keys: keys.mac("license-key", SECRET),
    "encrypt": lambda keys: keys.seal("msg_1", SECRET),
    "decrypt": lambda keys: keys.unseal("msg_1", b"sealed"),
    "sign": lambda keys: keys.signature.sign(b"content"),
    "sign a statement": lambda keys: keys.statements.sign(b"content"),
    "get_public_key": lambda keys: keys.statements.public_key(),
    "verify": lambda keys: keys.signature.verify(b"content", "00"),
}


@pytest.mark.parametrize("operation", CALLS)
def test_a_key_service_that_is_silent_refuses_S50(operation: str, kms: Meddler, real: Keys) -> None:
    kms.next(operation.partition(" ")[0], silence)
    with pytest.raises(KeysUnavailable):
        CALLS[operation](real)
