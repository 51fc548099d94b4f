"""Sessions that may bind another authenticator to a credential (D3, S14)."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from keyfob.domain.credentials.credential import Credential, State
from keyfob.domain.credentials.errors import (
    ElevationRequired,
    Expired,
    NotActivated,
    NotApproved,
    Suspended,
)
from keyfob.domain.credentials.suspension import Suspender
from keyfob.domain.errors import DomainError
from keyfob.domain.orders.product_kind import ProductKind
from keyfob.domain.policy import Policy
from keyfob.domain.sessions.errors import RecentPasswordRequired
from keyfob.domain.sessions.session import Session
from keyfob.usecases.phones.binding import is_first
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


def by(authenticator: str, epoch: int, coded: datetime = START) -> Session:
    return a_session(strength=2, by=authenticator, epoch=epoch, coded=coded)


SESSIONS = {
    "password": a_session(),
    "by token": by("token", EPOCH + 2),
    "by phone": by("phone1", EPOCH + 3),
    "by another phone": by("phone2", EPOCH + 3),
    "by a token of another epoch": by("token", EPOCH + 1),
    "by a phone of another epoch": by("phone1", EPOCH + 2),
    "by token, not recent": by("token", EPOCH + 2, START - timedelta(minutes=10)),
    "by phone, not recent": by("phone1", EPOCH + 3, START - timedelta(minutes=10)),
    "by token, over": by("token", EPOCH + 2, START - timedelta(hours=12)),
    "by phone, over": by("phone1", EPOCH + 3, START - timedelta(hours=12)),
}
MAY = {
    ("with token", "by token"),
    ("with both", "by token"),
    ("with phone", "by phone"),
    ("with both", "by phone"),
}


def credential(kind: ProductKind, state: str) -> Credential:
    return a_credential(kind=kind, epoch=EPOCH, **STATES[state])


def answer(found: Credential, session: Session, now: datetime = START) -> bool | type[DomainError]:
    """Whether it would be the first one, or the refusal."""
    try:
        return is_first(found, to_bind(session), now, Policy())
    except DomainError as refused:
        return type(refused)


@pytest.mark.parametrize("session", SESSIONS)
@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("kind", list(ProductKind))
def test_only_a_code_or_the_very_first_phone_binds_S14(
    kind: ProductKind, state: str, session: str
) -> None:
    expected: bool | type[DomainError] = ElevationRequired
    if (state, session) in MAY:
        expected = False
    elif kind is PHONE and state in {"fresh", "stripped"}:
        # The hold of its account says when.
        expected = True
    assert answer(credential(kind, state), SESSIONS[session]) is expected


def test_the_very_first_phone_takes_a_recent_password_S14_S58() -> None:
    late = START + timedelta(minutes=10)
    for state in ("fresh", "stripped"):
        found = credential(PHONE, state)
        assert answer(found, a_session(), late - timedelta(seconds=1)) is True
        assert answer(found, a_session(), late) is RecentPasswordRequired


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"state": State.PENDING_APPROVAL}, NotApproved),
        ({"state": State.PENDING_ACTIVATION}, NotActivated),
        (
            {
                "suspensions": {Suspender.HOLDER: START},
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
    assert answer(found, SESSIONS[session]) is expected
