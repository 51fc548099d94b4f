"""Revoking a credential: all its effects are one transaction (F3, S22, S46)."""

from __future__ import annotations

from typing import Any

import pytest

from keyfob.audit.entry import Entry
from keyfob.audit.store import AuditRow
from keyfob.audit.subjects import Subjects
from keyfob.credentials.credential import Credential, State, Suspender
from keyfob.credentials.store import CredentialRow
from keyfob.errors import (
    Busy,
    DomainError,
    NotAuthenticated,
    NotConfirmed,
    NotFound,
    StorageUnavailable,
)
from keyfob.inventory.store import TokenRow
from keyfob.messages.outbox import Kind
from keyfob.messages.store import OutboxRow
from keyfob.sessions import store as session_rows
from keyfob.sessions.reset import reset_promise
from keyfob.sessions.session import recognize
from keyfob.sessions.store import SessionsRow
from local.device import Device
from tests.support.bureau import Bureau
from tests.support.fakes import START
from tests.support.faults import contended, first, lose_the_answer, recognize_the_token, silent


@pytest.fixture
def device(bureau: Bureau) -> Device:
    """Ada's token."""
    return bureau.holder()


def revoke(bureau: Bureau) -> Credential:
    return bureau.management.revoke(bureau.live.id, bureau.by, confirmed=True)


def everything(bureau: Bureau) -> list[Any]:
    """All rows that a revocation may write."""
    tables = (CredentialRow, TokenRow, SessionsRow, OutboxRow, AuditRow)
    return [list(bureau.database.scan(table)) for table in tables]


def test_revoking_has_all_its_effects_in_one_transaction_F3_S46(
    bureau: Bureau, device: Device
) -> None:
    session, seen, epoch = bureau.signed_in(), bureau.live, bureau.row.epoch
    bureau.clock.advance(seconds=1.5)
    before = len(bureau.client.requests("transact_write_items"))
    done = revoke(bureau)
    assert len(bureau.client.requests("transact_write_items")) == before + 1

    assert bureau.credentials.live(bureau.ada.id) is None
    past = bureau.credentials.get(bureau.ada.id, seen.id)
    assert past
    assert (past.state, past.revoked_at) == (State.REVOKED, START.replace(second=1))
    assert (past.token, past.epoch, done.state) == (None, seen.epoch + 1, State.REVOKED)
    assert bureau.trail(seen.subject)[-1] == "credential.revoked"
    assert past.version == len(bureau.trail(seen.subject))

    stored = bureau.stored(device)
    assert (stored.state, stored.holder) == ("retired", seen.subject)
    assert bureau.trail(f"TOKEN#{device.serial}")[-1] == "token.retired"

    row = bureau.row
    assert (dict(row.live), row.epoch) == ({}, epoch + 1)
    with pytest.raises(NotAuthenticated):
        recognize(row, session, START, bureau.policy)
    promised = {promise.kind: promise for promise in bureau.shop.promises()}
    assert set(promised) == {Kind.CREDENTIAL_REVOKED, Kind.RESET_PASSWORD}
    effect = promised[Kind.RESET_PASSWORD]
    assert effect.pk == row.pending_reset
    assert effect.recipient == bureau.ada.id


STATES: list[dict[str, Any]] = [
    {"state": State.PENDING_APPROVAL},
    {"state": State.PENDING_ACTIVATION},
    {"state": State.SUSPENDED, "suspended_at": START, "suspended_by": Suspender.SYSTEM},
    {"expires_at": START},
]


@pytest.mark.parametrize("changes", STATES)
def test_it_can_be_revoked_from_every_state_with_and_without_a_token_F3(
    changes: dict[str, Any], bureau: Bureau
) -> None:
    bureau.credential(**changes)
    assert revoke(bureau).state is State.REVOKED
    assert bureau.row.pending_reset
    assert bureau.shop.kinds() == [Kind.CREDENTIAL_REVOKED, Kind.RESET_PASSWORD]


def test_it_is_asked_twice_F3(bureau: Bureau, device: Device) -> None:
    before = everything(bureau)
    with pytest.raises(NotConfirmed):
        bureau.management.revoke(bureau.live.id, bureau.by, confirmed=False)
    assert everything(bureau) == before


def test_it_is_final_and_a_new_credential_can_follow_F3(bureau: Bureau, device: Device) -> None:
    old = bureau.live
    revoke(bureau)
    for act in (bureau.management.activate, bureau.management.suspend, bureau.management.lift):
        with pytest.raises(NotFound):
            act(old.id, bureau.by)
    with pytest.raises(NotFound):
        bureau.management.revoke(old.id, bureau.by, confirmed=True)
    new = bureau.credential(id="crd_00000000000000000002")
    assert bureau.credentials.of_account(bureau.ada.id)[0] == new


def test_another_credentials_name_is_not_found_and_changes_nothing_S23(
    bureau: Bureau, device: Device
) -> None:
    before = bureau.live, bureau.row, bureau.stored(device).state
    with pytest.raises(NotFound):
        bureau.management.revoke("crd_x", bureau.by, confirmed=True)
    with pytest.raises(NotFound):
        bureau.management.revoke_token("crd_x", bureau.by)
    assert (bureau.live, bureau.row, bureau.stored(device).state) == before


def test_a_reset_that_is_pending_already_stays_the_one_that_counts_F3_S22(
    bureau: Bureau, device: Device
) -> None:
    earlier = reset_promise(bureau.ada.id, bureau.row.epoch + 1, "req-0")
    entry = Entry(action="x", actor=bureau.by, at=START)
    bureau.transactions.commit(
        session_rows.restart(bureau.row, pending_reset=earlier.id),
        audit=[entry],
        messages=[earlier],
    )
    revoke(bureau)
    assert bureau.row.pending_reset == earlier.id
    assert bureau.shop.kinds().count(Kind.RESET_PASSWORD) == 2


def test_a_session_begun_meanwhile_ends_with_the_others_S22(bureau: Bureau, device: Device) -> None:
    begun = []
    bureau.client.next("transact_write_items", first(lambda: begun.append(bureau.signed_in())))
    revoke(bureau)
    assert len(begun) == 1
    assert dict(bureau.row.live) == {}


def test_signing_out_everywhere_meanwhile_raises_the_epoch_of_its_own_S22(
    bureau: Bureau, device: Device
) -> None:
    # Whoever signs in between the two must lose: the same epoch twice would let them in.
    before = bureau.row.epoch

    def signed_out() -> None:
        entry = Entry(action="session.ended", actor=bureau.by, at=START)
        bureau.transactions.commit(session_rows.restart(bureau.row), audit=[entry])

    bureau.client.next("transact_write_items", first(signed_out))
    revoke(bureau)
    assert bureau.row.epoch == before + 2


def test_a_code_spent_meanwhile_stays_in_the_trail_and_its_session_ends_S22(
    bureau: Bureau, device: Device
) -> None:
    subject, session = bureau.live.subject, bureau.signed_in()
    bureau.client.next(
        "transact_write_items", first(lambda: bureau.elevate(session, device.code()))
    )
    revoke(bureau)
    assert bureau.trail(subject)[-2:] == ["token.accepted", "credential.revoked"]
    assert dict(bureau.row.live) == {}


def test_a_revocation_whose_answer_got_lost_is_recognized_S46(
    bureau: Bureau, device: Device
) -> None:
    subject = bureau.live.subject
    bureau.client.next("transact_write_items", lose_the_answer, recognize_the_token)
    assert revoke(bureau).state is State.REVOKED
    assert bureau.trail(subject).count("credential.revoked") == 1


@pytest.mark.parametrize(("fault", "refusal"), [(silent, StorageUnavailable), (contended, Busy)])
def test_a_table_in_the_way_changes_nothing_at_all_S46_S50(
    fault: Any, refusal: type[DomainError], bureau: Bureau, device: Device
) -> None:
    before = everything(bureau)
    bureau.client.next("transact_write_items", *[fault] * 5)
    with pytest.raises(refusal):
        revoke(bureau)
    assert everything(bureau) == before


def test_where_a_credentials_chain_ends_is_found_live_and_past_S48(
    bureau: Bureau, device: Device
) -> None:
    subjects, live = Subjects(bureau.database), bureau.live
    assert subjects.position(live.subject) == (live.version, live.head)
    assert dict(subjects.all())[live.subject] == (live.version, live.head)
    revoke(bureau)
    past = bureau.credentials.get(bureau.ada.id, live.id)
    assert past
    assert subjects.position(live.subject) == (past.version, past.head)
    second = bureau.credential(id="crd_00000000000000000002")
    assert subjects.position(second.subject) == (1, second.head)
    everywhere = dict(subjects.all())
    assert everywhere[live.subject] == (past.version, past.head)
    assert everywhere[second.subject] == (1, second.head)
    assert subjects.position(f"CREDENTIAL#{bureau.ada.id}#crd_x") is None
    assert subjects.position(f"TOKEN#{device.serial}")
