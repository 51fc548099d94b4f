"""Signing statements, and rolling the key that signs them (S26)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from joserfc import jwt
from joserfc.errors import InvalidKeyIdError
from joserfc.jwk import ECKey, KeySet

from keyfob.domain.errors import KeysUnavailable
from keyfob.domain.statements.statement import Statement
from keyfob.usecases.statements.signing import Signing
from tests.support.fakes import START, FakeSigningKey

STATEMENT = Statement(
    id="01J",
    issuer="https://keyfob.example",
    application="design-vault",
    subject="ab12",
    level=2,
    methods=("pwd", "otp"),
    authenticated_at=START,
    issued_at=START,
    expires_at=START + timedelta(minutes=5),
)


@pytest.fixture
def keys() -> dict[str, FakeSigningKey]:
    return {"first": FakeSigningKey(), "second": FakeSigningKey()}


def published(signing: Signing) -> KeySet:
    """The keys as a verifier has them."""
    return KeySet([ECKey.import_key({**key.jwk()}) for key in signing.published()])


def verified(token: str, by: KeySet) -> dict[str, Any]:
    return dict(jwt.decode(token, by, algorithms=["ES256"]).claims)


@pytest.mark.parametrize("signer", ["first", "second"])
def test_a_statement_is_verified_by_a_published_key_S26(
    signer: str, keys: dict[str, FakeSigningKey]
) -> None:
    signing = Signing(keys, signer)
    token = signing.sign(STATEMENT)
    assert verified(token, published(signing)) == STATEMENT.claims()
    assert keys[signer].signed == 1


def test_the_header_names_the_key_and_the_one_algorithm_S26(
    keys: dict[str, FakeSigningKey],
) -> None:
    signing = Signing(keys, "second")
    decoded = jwt.decode(signing.sign(STATEMENT), published(signing), algorithms=["ES256"])
    second = signing.published()[1].id
    assert decoded.header == {"alg": "ES256", "kid": second, "typ": "JWT"}


def test_verifiers_that_cached_the_keys_before_a_roll_verify_after_it_S26(
    keys: dict[str, FakeSigningKey],
) -> None:
    """Publish, switch, replace: each step is safe for who knows only the keys before it."""
    before = Signing(keys, "first")
    cached, old = published(before), before.sign(STATEMENT)
    switched = Signing(keys, "second")
    assert verified(switched.sign(STATEMENT), cached)
    assert verified(old, published(switched)), "signed before the switch"
    replaced = Signing({**keys, "first": FakeSigningKey()}, "second")
    assert verified(replaced.sign(STATEMENT), cached)
    with pytest.raises(InvalidKeyIdError):
        verified(old, published(replaced))


def test_every_signature_is_right_whatever_zeros_it_has_S26(
    keys: dict[str, FakeSigningKey],
) -> None:
    signing = Signing(keys, "first")
    by = published(signing)
    for _ in range(300):
        assert verified(signing.sign(STATEMENT), by)


def test_the_key_service_is_asked_once_for_each_public_key_S26_S62(
    keys: dict[str, FakeSigningKey],
) -> None:
    signing = Signing(keys, "first")
    for _ in range(3):
        signing.published()
        signing.sign(STATEMENT)
    assert [keys[name].shown for name in ("first", "second")] == [1, 1]


def test_a_silent_key_service_signs_and_publishes_nothing_and_is_asked_again_S50(
    keys: dict[str, FakeSigningKey],
) -> None:
    signing = Signing(keys, "first")
    keys["second"].silent = True
    with pytest.raises(KeysUnavailable):
        signing.published()
    keys["second"].silent = False
    assert len(signing.published()) == 2
    keys["first"].silent = True
    with pytest.raises(KeysUnavailable):
        signing.sign(STATEMENT)


def test_a_signer_that_there_is_not_is_noticed_at_once(keys: dict[str, FakeSigningKey]) -> None:
    with pytest.raises(KeyError):
        Signing(keys, "third")
