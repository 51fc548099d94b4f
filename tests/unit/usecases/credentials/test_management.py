"""A holder's acts on a credential (C1, D4, F3, F5)."""

from __future__ import annotations

from typing import Any

import pytest

from keyfob.domain.credentials.credential import Credential, State
from keyfob.domain.credentials.errors import (
    Expired,
    NotActivated,
    NotApproved,
    NoToken,
    ProofingRequired,
    SuspendedByOthers,
)
from keyfob.domain.credentials.suspension import Suspender
from keyfob.domain.errors import DomainError
from keyfob.domain.messages.kinds import Kind
from keyfob.domain.sessions.session import as_of, recognize
from local.device import Device
from tests.support.credential_world import CredentialWorld
from tests.support.fakes import START

PENDING: dict[str, Any] = {"state": State.PENDING_ACTIVATION, "activated_at": None}


@pytest.fixture
def device(credential_world: CredentialWorld) -> Device:
    """Ada's token."""
    return credential_world.holder()


def revoke(credential_world: CredentialWorld) -> Credential:
    return credential_world.management.revoke(
        credential_world.live.id, credential_world.proof, credential_world.by, confirmed=True
    )


# Activation


def test_a_credential_is_activated_once_and_the_holder_notified_C1(
    credential_world: CredentialWorld,
) -> None:
    credential_world.credential(**PENDING)
    credential_world.clock.advance(seconds=1.5)
    done = credential_world.activation.activate(credential_world.live.id, None, credential_world.by)
    assert (done.state, done.level) == (State.ACTIVE, 2)
    assert credential_world.live.activated_at == done.activated_at == START.replace(second=1)
    credential_world.activation.activate(credential_world.live.id, None, credential_world.by)
    assert credential_world.trail(credential_world.live.subject) == [
        "credential.redeemed",
        "credential.activated",
    ]
    assert credential_world.orders.kinds() == [Kind.CREDENTIAL_ACTIVATED]


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"state": State.PENDING_APPROVAL}, NotApproved),
        ({**PENDING, "proofing": True}, ProofingRequired),
        ({**PENDING, "expires_at": START}, Expired),
    ],
)
def test_a_refused_activation_states_why_and_changes_nothing_C1(
    changes: dict[str, Any], refusal: type[DomainError], credential_world: CredentialWorld
) -> None:
    before = credential_world.credential(**changes)
    with pytest.raises(refusal):
        credential_world.activation.activate(before.id, None, credential_world.by)
    assert credential_world.live == before


# Suspension


def test_a_holder_suspends_and_reenables_and_elevations_end_at_once_F5_S20(
    credential_world: CredentialWorld, device: Device
) -> None:
    elevated = credential_world.elevate(credential_world.signed_in(), device.code()).token
    credential_world.management.suspend(
        credential_world.live.id, credential_world.proof, credential_world.by
    )
    credential_world.management.suspend(
        credential_world.live.id, credential_world.proof, credential_world.by
    )
    assert (credential_world.live.suspended_by, credential_world.live.suspended_at) == (
        Suspender.HOLDER,
        START,
    )
    lifted = credential_world.management.lift(
        credential_world.live.id, credential_world.proof, credential_world.by
    )
    credential_world.management.lift(
        credential_world.live.id, credential_world.proof, credential_world.by
    )
    assert (
        lifted.state,
        credential_world.live.suspended_at,
        credential_world.live.suspended_by,
    ) == (
        State.ACTIVE,
        None,
        None,
    )
    session = recognize(credential_world.row, elevated, START, credential_world.policy)
    assert as_of(session, credential_world.live, START, credential_world.policy).strength == 1, (
        "it stays down after re-enabling"
    )
    assert credential_world.orders.kinds() == [Kind.CREDENTIAL_REENABLED, Kind.CREDENTIAL_SUSPENDED]
    assert credential_world.token.serial == device.serial


@pytest.mark.parametrize("by", [Suspender.ADMINISTRATOR, Suspender.SYSTEM])
def test_a_holder_cannot_lift_a_suspension_by_others_F5(
    by: Suspender, credential_world: CredentialWorld
) -> None:
    before = credential_world.credential(suspensions={by: START})
    with pytest.raises(SuspendedByOthers):
        credential_world.management.lift(before.id, credential_world.proof, credential_world.by)
    assert credential_world.live == before


def test_a_holders_own_cause_is_added_to_others_and_lifted_alone_F5(
    credential_world: CredentialWorld,
) -> None:
    """F5: with the holder's last cause the administrator's stays."""
    before = credential_world.credential(suspensions={Suspender.ADMINISTRATOR: START})
    act = (before.id, credential_world.proof, credential_world.by)
    assert {*credential_world.management.suspend(*act).suspensions} == {"administrator", "holder"}
    assert {*credential_world.management.lift(*act).suspensions} == {"administrator"}
    assert credential_world.orders.kinds() == [
        Kind.CREDENTIAL_CAUSE_LIFTED,
        Kind.CREDENTIAL_SUSPENDED,
    ]


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"state": State.PENDING_APPROVAL}, NotApproved),
        (PENDING, NotActivated),
    ],
)
def test_an_unused_credential_cannot_be_suspended_F5(
    changes: dict[str, Any], refusal: type[DomainError], credential_world: CredentialWorld
) -> None:
    before = credential_world.credential(**changes)
    with pytest.raises(refusal):
        credential_world.management.suspend(before.id, credential_world.proof, credential_world.by)
    assert credential_world.live == before


# A lost token


def test_a_lost_token_is_retired_and_the_credential_stays_at_level_2_D4(
    credential_world: CredentialWorld,
) -> None:
    device = credential_world.holder(credential={"level": 3, "proofing": True})
    elevated = credential_world.elevate(credential_world.signed_in(), device.code())
    assert elevated.session.strength == 3
    before = credential_world.live
    credential_world.management.revoke_token(before.id, credential_world.proof, credential_world.by)
    now = credential_world.live
    assert (now.token, now.replacing, now.level, now.state) == (None, True, 2, State.ACTIVE)
    assert (now.expires_at, now.epoch) == (before.expires_at, before.epoch + 1)
    assert as_of(elevated.session, now, START, credential_world.policy).strength == 1
    stored = credential_world.stored(device)
    assert (stored.state, stored.holder) == ("retired", now.subject)
    assert credential_world.trail(f"TOKEN#{device.serial}")[-1] == "token.retired"
    held, told = sorted(credential_world.orders.queued(), key=lambda row: str(row.kind))
    assert (held.kind, told.kind) == (Kind.BINDING_HELD, Kind.TOKEN_REVOKED)
    assert told.facts["serial"].endswith(device.serial[-4:]), "it says which one"


def test_a_credential_without_token_has_none_to_give_up_D4(
    credential_world: CredentialWorld,
) -> None:
    before = credential_world.credential()
    with pytest.raises(NoToken):
        credential_world.management.revoke_token(
            before.id, credential_world.proof, credential_world.by
        )
    credential_world.changed(state=State.PENDING_ACTIVATION, token=None)
    with pytest.raises(NoToken):
        credential_world.management.revoke_token(
            before.id, credential_world.proof, credential_world.by
        )
