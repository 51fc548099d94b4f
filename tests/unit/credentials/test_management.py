"""What a holder does with a credential (C1, D4, F3, F5)."""

from __future__ import annotations

from typing import Any

import pytest

from keyfob.credentials.credential import Credential, State, Suspender
from keyfob.errors import (
    DomainError,
    Expired,
    NotActivated,
    NotApproved,
    NoToken,
    ProofingRequired,
    SuspendedByOthers,
)
from keyfob.messages.outbox import Kind
from keyfob.sessions.session import as_of, recognize
from local.device import Device
from tests.support.bureau import Bureau
from tests.support.fakes import START

PENDING: dict[str, Any] = {"state": State.PENDING_ACTIVATION, "activated_at": None}


@pytest.fixture
def device(bureau: Bureau) -> Device:
    """Ada's token."""
    return bureau.holder()


def revoke(bureau: Bureau) -> Credential:
    return bureau.management.revoke(bureau.live.id, bureau.by, confirmed=True)


# Activation


def test_a_credential_is_activated_once_and_the_holder_told_C1(bureau: Bureau) -> None:
    bureau.credential(**PENDING)
    bureau.clock.advance(seconds=1.5)
    done = bureau.management.activate(bureau.live.id, bureau.by)
    assert (done.state, done.level) == (State.ACTIVE, 2)
    assert bureau.live.activated_at == done.activated_at == START.replace(second=1)
    bureau.management.activate(bureau.live.id, bureau.by)
    assert bureau.trail(bureau.live.subject) == ["credential.redeemed", "credential.activated"]
    assert bureau.shop.kinds() == [Kind.CREDENTIAL_ACTIVATED]


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"state": State.PENDING_APPROVAL}, NotApproved),
        ({**PENDING, "proofing": True}, ProofingRequired),
        ({**PENDING, "expires_at": START}, Expired),
    ],
)
def test_what_cannot_be_activated_says_why_and_stays_C1(
    changes: dict[str, Any], refusal: type[DomainError], bureau: Bureau
) -> None:
    before = bureau.credential(**changes)
    with pytest.raises(refusal):
        bureau.management.activate(before.id, bureau.by)
    assert bureau.live == before


# Suspension


def test_a_holder_suspends_and_reenables_and_elevations_end_at_once_F5_S20(
    bureau: Bureau, device: Device
) -> None:
    elevated = bureau.elevate(bureau.signed_in(), device.code()).token
    bureau.management.suspend(bureau.live.id, bureau.by)
    bureau.management.suspend(bureau.live.id, bureau.by)
    assert (bureau.live.suspended_by, bureau.live.suspended_at) == (Suspender.HOLDER, START)
    lifted = bureau.management.lift(bureau.live.id, bureau.by)
    bureau.management.lift(bureau.live.id, bureau.by)
    assert (lifted.state, bureau.live.suspended_at, bureau.live.suspended_by) == (
        State.ACTIVE,
        None,
        None,
    )
    session = recognize(bureau.row, elevated, START, bureau.policy)
    assert as_of(session, bureau.live, START).strength == 1, "it stays down after re-enabling"
    assert bureau.shop.kinds() == [Kind.CREDENTIAL_REENABLED, Kind.CREDENTIAL_SUSPENDED]
    assert bureau.token.serial == device.serial


@pytest.mark.parametrize("by", [Suspender.ADMINISTRATOR, Suspender.SYSTEM])
def test_what_others_suspended_its_holder_cannot_lift_F5(by: Suspender, bureau: Bureau) -> None:
    before = bureau.credential(state=State.SUSPENDED, suspended_at=START, suspended_by=by)
    with pytest.raises(SuspendedByOthers):
        bureau.management.lift(before.id, bureau.by)
    assert bureau.management.suspend(before.id, bureau.by).suspended_by is by
    assert bureau.live == before


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"state": State.PENDING_APPROVAL}, NotApproved),
        (PENDING, NotActivated),
        ({"expires_at": START}, Expired),
    ],
)
def test_what_is_not_in_use_cannot_be_suspended_F5(
    changes: dict[str, Any], refusal: type[DomainError], bureau: Bureau
) -> None:
    before = bureau.credential(**changes)
    with pytest.raises(refusal):
        bureau.management.suspend(before.id, bureau.by)
    assert bureau.live == before


# A lost token


def test_a_lost_token_is_retired_and_the_credential_stays_at_level_2_D4(bureau: Bureau) -> None:
    device = bureau.holder(credential={"level": 3, "proofing": True})
    elevated = bureau.elevate(bureau.signed_in(), device.code())
    assert elevated.session.strength == 3
    before = bureau.live
    bureau.management.revoke_token(before.id, bureau.by)
    now = bureau.live
    assert (now.token, now.replacing, now.level, now.state) == (None, True, 2, State.ACTIVE)
    assert (now.expires_at, now.epoch) == (before.expires_at, before.epoch + 1)
    assert as_of(elevated.session, now, START).strength == 1
    stored = bureau.stored(device)
    assert (stored.state, stored.holder) == ("retired", now.subject)
    assert bureau.trail(f"TOKEN#{device.serial}")[-1] == "token.retired"
    [told] = bureau.shop.promises()
    assert told.kind == Kind.TOKEN_REVOKED
    assert told.facts["serial"].endswith(device.serial[-4:]), "it says which one"


def test_without_a_token_there_is_none_to_give_up_D4(bureau: Bureau) -> None:
    before = bureau.credential()
    with pytest.raises(NoToken):
        bureau.management.revoke_token(before.id, bureau.by)
    bureau.changed(state=State.PENDING_ACTIVATION, token=None)
    with pytest.raises(NoToken):
        bureau.management.revoke_token(before.id, bureau.by)
