"""Revoking a credential: all its effects are one transaction (F3, S22, S46)."""

from __future__ import annotations

from typing import Any

import pytest

from keyfob.domain.audit.entry import Entry
from keyfob.domain.credentials.credential import Credential, State
from keyfob.domain.credentials.errors import NotConfirmed
from keyfob.domain.credentials.suspension import Suspender
from keyfob.domain.errors import Busy, DomainError, NotFound, StorageUnavailable
from keyfob.domain.messages.kinds import Kind
from keyfob.domain.sessions.errors import NotAuthenticated
from keyfob.domain.sessions.session import recognize
from keyfob.storage.audit.store import AuditRow
from keyfob.storage.audit.subjects import Subjects
from keyfob.storage.credentials.store import CredentialRow
from keyfob.storage.inventory.store import TokenRow
from keyfob.storage.messages.store import OutboxRow
from keyfob.storage.sessions import store as session_rows
from keyfob.storage.sessions.store import SessionsRow
from keyfob.usecases.sessions.reset import reset_effect
from local.device import Device
from tests.support.credential_world import CredentialWorld
from tests.support.fakes import START
from tests.support.faults import contended, first, lose_the_answer, recognize_the_token, silent


@pytest.fixture
def device(credential_world: CredentialWorld) -> Device:
    """Ada's token."""
    return credential_world.holder()


def revoke(credential_world: CredentialWorld) -> Credential:
    return credential_world.management.revoke(
        credential_world.live.id, credential_world.proof, credential_world.by, confirmed=True
    )


def everything(credential_world: CredentialWorld) -> list[Any]:
    """All rows that a revocation may write."""
    tables = (CredentialRow, TokenRow, SessionsRow, OutboxRow, AuditRow)
    return [list(credential_world.database.scan(table)) for table in tables]


def test_revoking_has_all_its_effects_in_one_transaction_F3_S46(
    credential_world: CredentialWorld, device: Device
) -> None:
    session, seen, epoch = (
        credential_world.signed_in(),
        credential_world.live,
        credential_world.row.epoch,
    )
    credential_world.clock.advance(seconds=1.5)
    before = len(credential_world.client.requests("transact_write_items"))
    done = revoke(credential_world)
    assert len(credential_world.client.requests("transact_write_items")) == before + 1

    assert credential_world.credentials.live(credential_world.ada.id) is None
    past = credential_world.credentials.get(credential_world.ada.id, seen.id)
    assert past
    assert (past.state, past.revoked_at) == (State.REVOKED, START.replace(second=1))
    assert (past.token, past.epoch, done.state) == (None, seen.epoch + 1, State.REVOKED)
    assert credential_world.trail(seen.subject)[-1] == "credential.revoked"
    assert past.version == len(credential_world.trail(seen.subject))

    stored = credential_world.stored(device)
    assert (stored.state, stored.holder) == ("retired", seen.subject)
    assert credential_world.trail(f"TOKEN#{device.serial}")[-1] == "token.retired"

    row = credential_world.row
    assert (dict(row.live), row.epoch) == ({}, epoch + 1)
    with pytest.raises(NotAuthenticated):
        recognize(row, session, START, credential_world.policy)
    queued = {message.kind: message for message in credential_world.orders.queued()}
    assert set(queued) == {Kind.BINDING_HELD, Kind.CREDENTIAL_REVOKED, Kind.RESET_PASSWORD}
    effect = queued[Kind.RESET_PASSWORD]
    assert effect.pk == row.pending_reset
    assert effect.recipient == credential_world.ada.id


STATES: list[dict[str, Any]] = [
    {"state": State.PENDING_APPROVAL},
    {"state": State.PENDING_ACTIVATION},
    {"suspensions": {Suspender.SYSTEM: START}},
    {"expires_at": START},
]


@pytest.mark.parametrize("changes", STATES)
def test_it_can_be_revoked_from_every_state_with_and_without_a_token_F3(
    changes: dict[str, Any], credential_world: CredentialWorld
) -> None:
    credential_world.credential(**changes)
    assert revoke(credential_world).state is State.REVOKED
    assert credential_world.row.pending_reset
    told = [Kind.BINDING_HELD, Kind.CREDENTIAL_REVOKED, Kind.RESET_PASSWORD]
    assert credential_world.orders.kinds() == told


def test_it_is_asked_twice_F3(credential_world: CredentialWorld, device: Device) -> None:
    before = everything(credential_world)
    with pytest.raises(NotConfirmed):
        credential_world.management.revoke(
            credential_world.live.id, credential_world.proof, credential_world.by, confirmed=False
        )
    assert everything(credential_world) == before


def test_it_is_final_and_a_new_credential_can_follow_F3(
    credential_world: CredentialWorld, device: Device
) -> None:
    old = credential_world.live
    revoke(credential_world)
    with pytest.raises(NotFound):
        credential_world.activation.activate(old.id, None, credential_world.by)
    for act in (credential_world.management.suspend, credential_world.management.lift):
        with pytest.raises(NotFound):
            act(old.id, credential_world.proof, credential_world.by)
    with pytest.raises(NotFound):
        credential_world.management.revoke(
            old.id, credential_world.proof, credential_world.by, confirmed=True
        )
    new = credential_world.credential(id="crd_00000000000000000002")
    assert credential_world.credentials.of_account(credential_world.ada.id)[0] == new


def test_another_credentials_name_is_not_found_and_changes_nothing_S23(
    credential_world: CredentialWorld, device: Device
) -> None:
    before = credential_world.live, credential_world.row, credential_world.stored(device).state
    with pytest.raises(NotFound):
        credential_world.management.revoke(
            "crd_x", credential_world.proof, credential_world.by, confirmed=True
        )
    with pytest.raises(NotFound):
        credential_world.management.revoke_token(
            "crd_x", credential_world.proof, credential_world.by
        )
    assert (
        credential_world.live,
        credential_world.row,
        credential_world.stored(device).state,
    ) == before


def test_a_reset_that_is_pending_already_stays_the_one_that_counts_F3_S22(
    credential_world: CredentialWorld, device: Device
) -> None:
    earlier = reset_effect(credential_world.ada.id, credential_world.row.epoch + 1, "req-0")
    entry = Entry(action="x", actor=credential_world.by, at=START)
    credential_world.transactions.commit(
        session_rows.restart(credential_world.row, pending_reset=earlier.id),
        audit=[entry],
        messages=[earlier],
    )
    revoke(credential_world)
    assert credential_world.row.pending_reset == earlier.id
    assert credential_world.orders.kinds().count(Kind.RESET_PASSWORD) == 2


def test_a_session_begun_meanwhile_ends_with_the_others_S22(
    credential_world: CredentialWorld, device: Device
) -> None:
    begun = []
    credential_world.client.next(
        "transact_write_items", first(lambda: begun.append(credential_world.signed_in()))
    )
    revoke(credential_world)
    assert len(begun) == 1
    assert dict(credential_world.row.live) == {}


def test_signing_out_everywhere_meanwhile_raises_the_epoch_of_its_own_S22(
    credential_world: CredentialWorld, device: Device
) -> None:
    # A sign-in between the two must fail: the same epoch twice would admit it.
    before = credential_world.row.epoch

    def signed_out() -> None:
        entry = Entry(action="session.ended", actor=credential_world.by, at=START)
        credential_world.transactions.commit(
            session_rows.restart(credential_world.row), audit=[entry]
        )

    credential_world.client.next("transact_write_items", first(signed_out))
    revoke(credential_world)
    assert credential_world.row.epoch == before + 2


def test_a_code_spent_meanwhile_stays_in_the_trail_and_its_session_ends_S22(
    credential_world: CredentialWorld, device: Device
) -> None:
    subject, session = credential_world.live.subject, credential_world.signed_in()
    credential_world.client.next(
        "transact_write_items", first(lambda: credential_world.elevate(session, device.code()))
    )
    revoke(credential_world)
    assert credential_world.trail(subject)[-2:] == ["token.accepted", "credential.revoked"]
    assert dict(credential_world.row.live) == {}


def test_a_revocation_whose_answer_got_lost_is_recognized_S46(
    credential_world: CredentialWorld, device: Device
) -> None:
    subject = credential_world.live.subject
    credential_world.client.next("transact_write_items", lose_the_answer, recognize_the_token)
    assert revoke(credential_world).state is State.REVOKED
    assert credential_world.trail(subject).count("credential.revoked") == 1


@pytest.mark.parametrize(("fault", "refusal"), [(silent, StorageUnavailable), (contended, Busy)])
def test_a_table_in_the_way_changes_nothing_at_all_S46_S50(
    fault: Any, refusal: type[DomainError], credential_world: CredentialWorld, device: Device
) -> None:
    before = everything(credential_world)
    credential_world.client.next("transact_write_items", *[fault] * 5)
    with pytest.raises(refusal):
        revoke(credential_world)
    assert everything(credential_world) == before


def test_the_end_of_a_credentials_chain_is_found_live_and_past_S48(
    credential_world: CredentialWorld, device: Device
) -> None:
    subjects, live = Subjects(credential_world.database), credential_world.live
    assert subjects.position(live.subject) == (live.version, live.head)
    assert dict(subjects.all())[live.subject] == (live.version, live.head)
    revoke(credential_world)
    past = credential_world.credentials.get(credential_world.ada.id, live.id)
    assert past
    assert subjects.position(live.subject) == (past.version, past.head)
    second = credential_world.credential(id="crd_00000000000000000002")
    assert subjects.position(second.subject) == (1, second.head)
    everywhere = dict(subjects.all())
    assert everywhere[live.subject] == (past.version, past.head)
    assert everywhere[second.subject] == (1, second.head)
    assert subjects.position(f"CREDENTIAL#{credential_world.ada.id}#crd_x") is None
    assert subjects.position(f"TOKEN#{device.serial}")
