"""Sessions that may bind another authenticator to a credential (D3, S14)."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from keyfob.domain.credentials.credential import Credential, State, Suspender
from keyfob.domain.credentials.errors import (
    ElevationRequired,
    Expired,
    NotActivated,
    NotApproved,
    ReopeningRequired,
    Suspended,
)
from keyfob.domain.errors import DomainError
from keyfob.domain.orders.product_kind import ProductKind
from keyfob.domain.sessions.session import Session
from keyfob.usecases.phones.binding import require_bindable
from keyfob.usecases.phones.help_desk import reopen
from tests.support.builders import a_credential, a_hardware_token, a_session, to_bind
from tests.support.fakes import START

HARDWARE, PHONE = ProductKind.HARDWARE_TOKEN, ProductKind.PHONE
TOKEN = a_hardware_token(epoch=2)
EPOCH = 5
STATES: dict[str, dict[str, Any]] = {
    "fresh": {},
    "with token": {"token": TOKEN},
    "with phone": {"phones": {"phone1": 3}},
    "with both": {"token": TOKEN, "phones": {"phone1": 3}},
    "stripped": {"replacing": True},
}


def by(authenticator: str, epoch: int, **changes: Any) -> Session:
    until = START + timedelta(hours=1)
    return a_session(
        strength=2, by=authenticator, epoch=epoch, **{"elevated_until": until, **changes}
    )


SESSIONS = {
    "password": a_session(),
    "by token": by("token", EPOCH + 2),
    "by phone": by("phone1", EPOCH + 3),
    "by another phone": by("phone2", EPOCH + 3),
    "by a token of another epoch": by("token", EPOCH + 1),
    "by a phone of another epoch": by("phone1", EPOCH + 2),
    "by token, over": by("token", EPOCH + 2, elevated_until=START),
    "by phone, over": by("phone1", EPOCH + 3, elevated_until=START),
}
MAY = {
    ("with token", "by token"),
    ("with both", "by token"),
    ("with phone", "by phone"),
    ("with both", "by phone"),
}


def credential(kind: ProductKind, state: str) -> Credential:
    return a_credential(kind=kind, epoch=EPOCH, **STATES[state])


def refusal(found: Credential, session: Session) -> type[DomainError] | None:
    try:
        require_bindable(found, to_bind(session), START)
    except DomainError as refused:
        return type(refused)
    return None


@pytest.mark.parametrize("session", SESSIONS)
@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("kind", list(ProductKind))
def test_only_a_code_or_the_very_first_phone_binds_S14(
    kind: ProductKind, state: str, session: str
) -> None:
    expected: type[DomainError] | None = ElevationRequired
    if state == "stripped" and kind is PHONE:
        # A credential for a token gets the token replaced; an operator has nothing to reopen.
        expected = ReopeningRequired
    elif (state, session) in MAY or (kind is PHONE and state == "fresh"):
        expected = None
    assert refusal(credential(kind, state), SESSIONS[session]) is expected


@pytest.mark.parametrize("session", SESSIONS)
def test_a_reopened_credential_is_as_a_fresh_one_S14(session: str) -> None:
    opened = reopen(credential(PHONE, "stripped")).credential
    assert refusal(opened, SESSIONS[session]) is None


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"state": State.PENDING_APPROVAL}, NotApproved),
        ({"state": State.PENDING_ACTIVATION}, NotActivated),
        (
            {
                "state": State.SUSPENDED,
                "suspended_at": START,
                "suspended_by": Suspender.HOLDER,
            },
            Suspended,
        ),
        ({"expires_at": START}, Expired),
    ],
)
@pytest.mark.parametrize(("state", "session"), [("fresh", "password"), ("with token", "by token")])
def test_nothing_is_bound_to_a_credential_that_cant_be_used_S8_S14(
    changes: dict[str, Any], expected: type[DomainError], state: str, session: str
) -> None:
    found = replace(credential(PHONE, state), **changes)
    assert refusal(found, SESSIONS[session]) is expected
