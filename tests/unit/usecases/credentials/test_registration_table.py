"""The tokens accepted in each session, by the table in docs/design/phones.md (D1, D4, S14)."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from typing import Any

import pytest

from keyfob.domain.credentials.credential import LEVEL_OTP, LEVEL_PROOFED, TOKEN, Credential
from keyfob.domain.errors import DomainError
from keyfob.domain.orders.product_kind import ProductKind
from keyfob.domain.sessions.session import PASSWORD, Session, as_of
from local.device import Device
from tests.support.additions import PHONE
from tests.support.builders import a_binder, a_hardware_token, a_record, a_session
from tests.support.credential_world import CredentialWorld
from tests.support.fakes import START
from tests.support.token_acts import pair

HARDWARE, PHONES = ProductKind.HARDWARE_TOKEN, ProductKind.PHONE
HAS: Mapping[str, Mapping[str, Any]] = {
    "token": {"token": a_hardware_token()},
    "token and phone": {"token": a_hardware_token(), "phones": {PHONE: 0}},
    "phone": {"phones": {PHONE: 0}},
    "phone, after all was lost": {"phones": {PHONE: 0}, "replacing": True},
    "nothing yet": {},
    "nothing any more": {"replacing": True},
}
SESSIONS = ("password", "phone", "token")

TAKEN = ("token_registered", "token_registered")
CODE = ("elevation_required", "elevation_required")
ANY = ("registered", "registered")
REPLACEMENT = ("wrong_serial", "registered")

# Outcomes for a token from the order, and for one sent as a replacement. A code of a removed
# authenticator counts as the password alone.
TABLE: Mapping[tuple[ProductKind, str], tuple[tuple[str, str], ...]] = {
    (HARDWARE, "token"): (TAKEN, TAKEN, TAKEN),
    (HARDWARE, "token and phone"): (TAKEN, TAKEN, TAKEN),
    (HARDWARE, "phone"): (CODE, ANY, CODE),
    (HARDWARE, "phone, after all was lost"): (CODE, REPLACEMENT, CODE),
    (HARDWARE, "nothing yet"): (ANY, ANY, ANY),
    (HARDWARE, "nothing any more"): (REPLACEMENT, REPLACEMENT, REPLACEMENT),
    (PHONES, "token"): (TAKEN, TAKEN, TAKEN),
    (PHONES, "token and phone"): (TAKEN, TAKEN, TAKEN),
    (PHONES, "phone"): (CODE, ANY, CODE),
    (PHONES, "phone, after all was lost"): (CODE, ANY, CODE),
    (PHONES, "nothing yet"): (CODE, CODE, CODE),
    (PHONES, "nothing any more"): (REPLACEMENT, REPLACEMENT, REPLACEMENT),
}


def test_the_table_has_every_row() -> None:
    assert set(TABLE) == set(itertools.product((HARDWARE, PHONES), HAS))


def elevated(credential: Credential, by: str) -> Session:
    """A session of Ada's, elevated by a code of this authenticator."""
    if by == "password":
        return a_session()
    name = TOKEN if by == "token" else PHONE
    return a_session(
        strength=credential.level,
        by=name,
        epoch=credential.epoch_of(name) or credential.epoch,
        coded=START,
    )


def sent(credential_world: CredentialWorld, credential: Credential, *, replacement: bool) -> Device:
    """A token for this credential."""
    if credential.kind == PHONES:
        return credential_world.added(credential.id, replacement=replacement)
    # A holder who hasn't lost a token may register any of the order (D1).
    return credential_world.delivered(credential.order, unit=0 if replacement else 1)


@pytest.mark.parametrize("replacement", [False, True])
@pytest.mark.parametrize("by", SESSIONS)
@pytest.mark.parametrize(("kind", "has"), TABLE)
def test_a_token_is_registered_in_the_sessions_of_the_table_D1_D4_S14(
    kind: ProductKind, has: str, by: str, replacement: bool, credential_world: CredentialWorld
) -> None:
    seen = credential_world.credential(kind=kind, level=LEVEL_PROOFED, **HAS[has])
    device = sent(credential_world, seen, replacement=replacement)
    session = elevated(seen, by)
    try:
        credential_world.registration.register(
            seen.id,
            device.serial,
            pair(device),
            a_binder(credential_world.by, session),
            a_record(credential_world.ada.id),
        )
    except DomainError as refusal:
        answer = refusal.code
    else:
        answer = "registered"
    assert answer == TABLE[kind, has][SESSIONS.index(by)][replacement]
    registered = (
        credential_world.live.token is not None
        and credential_world.live.token.serial == device.serial
    )
    assert registered == (answer == "registered")
    assert (credential_world.live.kind, credential_world.live.level) == (kind, LEVEL_PROOFED), (
        "both stay"
    )
    assert len(credential_world.live.tries) == (answer == "wrong_serial")


@pytest.mark.parametrize("kind", [HARDWARE, PHONES])
def test_with_a_phone_a_lost_token_costs_no_level_and_without_one_the_proofing_D4(
    kind: ProductKind, credential_world: CredentialWorld
) -> None:
    seen = credential_world.credential(
        kind=kind, level=LEVEL_PROOFED, token=a_hardware_token(), phones={PHONE: 0}
    )
    device = credential_world.delivered(None)
    credential_world.changed(token=a_hardware_token(serial=device.serial))
    sessions = [elevated(seen, by) for by in ("phone", "token")]
    credential_world.management.revoke_token(seen.id, credential_world.proof, credential_world.by)
    assert (credential_world.live.level, credential_world.live.replacing) == (LEVEL_PROOFED, False)
    for one in sessions:
        assert (
            as_of(one, credential_world.live, START, credential_world.policy).strength == PASSWORD
        ), "either gives another code"
    credential_world.changed(phones={}, token=a_hardware_token(serial=device.serial))
    credential_world.management.revoke_token(seen.id, credential_world.proof, credential_world.by)
    assert (credential_world.live.level, credential_world.live.replacing) == (LEVEL_OTP, True)


def unknown(credential_world: CredentialWorld, _credential: str) -> Device:
    return Device("FT-NOBODY-KNOWS", credential_world.clock)


def shipped_for_nothing(credential_world: CredentialWorld, _credential: str) -> Device:
    return credential_world.delivered(None)


def of_no_order_at_all(credential_world: CredentialWorld, _credential: str) -> Device:
    return credential_world.delivered("SO-99999")


def of_her_own_license_key(credential_world: CredentialWorld, _credential: str) -> Device:
    return credential_world.delivered(credential_world.bought().order)


def added_to_another(credential_world: CredentialWorld, _credential: str) -> Device:
    return credential_world.added("crd_eeeeeeeeeeeeeeeeeeee")


def registered_by_another(credential_world: CredentialWorld, credential: str) -> Device:
    device = credential_world.added(credential)
    credential_world.assigned(device, "CREDENTIAL#acc_eve#crd_1")
    return device


FOREIGN = (
    unknown,
    shipped_for_nothing,
    of_no_order_at_all,
    of_her_own_license_key,
    added_to_another,
    registered_by_another,
)


@pytest.mark.parametrize("foreign", FOREIGN)
@pytest.mark.parametrize("has", ["phone", "nothing any more"])
def test_serials_that_were_not_added_take_the_same_steps_to_one_answer_D4_S29(
    foreign: Any, has: str, credential_world: CredentialWorld
) -> None:
    seen = credential_world.credential(kind=PHONES, **HAS[has])
    session = elevated(seen, "phone")

    def steps(device: Device) -> tuple[list[str], str]:
        before = len(credential_world.client.calls)
        with pytest.raises(DomainError) as refused:
            credential_world.registration.register(
                seen.id,
                device.serial,
                pair(device),
                a_binder(credential_world.by, session),
                a_record(credential_world.ada.id),
            )
        assert refused.value.code == "wrong_serial"
        return [name for name, _ in credential_world.client.calls[before:]], str(refused.value)

    assert steps(foreign(credential_world, seen.id)) == steps(unknown(credential_world, seen.id))
    assert credential_world.seeds.opened == [], "no secret is opened for somebody else"
    assert len(credential_world.live.tries) == 2
