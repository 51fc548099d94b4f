"""What the clock does when a credential is due, and that it does it once (F5, F6, F7, S42, S44)."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from keyfob.audit.entry import Actor, Entry
from keyfob.audit.store import AuditRow
from keyfob.credentials import store as rows
from keyfob.credentials.credential import State, Suspender
from keyfob.credentials.dates import one_year_after
from keyfob.credentials.milestones import Milestone, MilestoneKind
from keyfob.credentials.store import CredentialRow, live_key
from keyfob.due.sweep import Source, Sweep
from keyfob.errors import Busy, DomainError, NotFound, StorageUnavailable
from keyfob.messages.outbox import Kind
from keyfob.messages.store import OutboxRow
from tests.support.builders import a_credential
from tests.support.bureau import Bureau
from tests.support.fakes import START, FakeQueue
from tests.support.faults import (
    contended,
    first,
    lose_the_answer,
    recognize_the_token,
    silent,
)
from tests.support.otp import DAY, SECOND

CLOCK = Actor(kind="system", id="clock", correlation="message-1")
ENDS = one_year_after(START)
GONE = one_year_after(ENDS)
SUSPENDED: dict[str, Any] = {
    "state": State.SUSPENDED,
    "suspended_at": START,
    "suspended_by": Suspender.HOLDER,
}


def perform(bureau: Bureau, at: datetime | None = None) -> Milestone | None:
    if at:
        bureau.clock.now = at
    return bureau.clockwork.perform(bureau.ada.id, by=CLOCK)


def done(bureau: Bureau) -> list[str]:
    """What the clock has done so far."""
    return [action.removeprefix("credential.") for action in bureau.trail(subject(bureau))[1:]]


def subject(bureau: Bureau) -> str:
    return f"CREDENTIAL#{bureau.ada.id}#crd_00000000000000000001"


def everything(bureau: Bureau) -> list[Any]:
    return [list(bureau.database.scan(row)) for row in (CredentialRow, OutboxRow, AuditRow)]


# What it tells

LADDER: list[tuple[datetime, str, Kind, int | None, datetime]] = [
    (ENDS - 30 * DAY, "renewal_noticed", Kind.RENEWAL_NOTICE, None, ENDS),
    (ENDS, "expired", Kind.CREDENTIAL_EXPIRED, None, GONE - 30 * DAY),
    (GONE - 30 * DAY, "reminded", Kind.REVOCATION_REMINDER, 30, GONE - 15 * DAY),
    (GONE - 15 * DAY, "reminded", Kind.REVOCATION_REMINDER, 15, GONE - 3 * DAY),
    (GONE - 3 * DAY, "reminded", Kind.REVOCATION_REMINDER, 3, GONE),
]


@pytest.mark.parametrize("step", LADDER)
def test_what_is_due_is_told_once_with_its_entry_and_what_comes_next_is_planned_F6_F7_S46(
    step: tuple[datetime, str, Kind, int | None, datetime], bureau: Bureau
) -> None:
    at, action, kind, days, following = step
    bureau.credential()
    before = len(bureau.client.requests("transact_write_items"))
    milestone = perform(bureau, at + timedelta(minutes=4, microseconds=7))
    assert milestone
    assert (milestone.at, milestone.days) == (at, days)
    [sent] = bureau.client.requests("transact_write_items")[before:]
    assert len(sent["TransactItems"]) == 3

    now = at + timedelta(minutes=4)
    assert (bureau.live.told_at, bureau.live.state) == (now, State.ACTIVE)
    assert bureau.planned == following
    entry = bureau.database.get(AuditRow, subject(bureau), "000000000002")
    assert entry
    assert (entry.action, entry.actor_kind, entry.actor_id) == (
        f"credential.{action}",
        "system",
        "clock",
    )
    due = {"state": "active", "due": at.isoformat()}
    assert entry.facts == (due if days is None else due | {"days": days})
    [message] = bureau.shop.promises()
    assert (message.kind, message.recipient, message.correlation) == (
        kind,
        bureau.ada.id,
        "message-1",
    )
    assert message.facts["told"] == now.isoformat()


def test_a_copy_an_old_and_an_early_message_do_nothing_S42(bureau: Bureau) -> None:
    bureau.credential()
    assert perform(bureau, ENDS - 30 * DAY - SECOND) is None
    assert perform(bureau, ENDS - 30 * DAY)
    for at in (ENDS - 30 * DAY, ENDS - 30 * DAY + SECOND, ENDS - SECOND):
        assert perform(bureau, at) is None
    assert done(bureau) == ["renewal_noticed"]
    assert bureau.shop.kinds() == [Kind.RENEWAL_NOTICE]


def test_what_is_moot_is_only_planned_anew_S42_S44(bureau: Bureau) -> None:
    bureau.credential()
    seen = bureau.live
    queue = FakeQueue()
    bureau.clock.now = ENDS - 30 * DAY
    sweep = Sweep(
        bureau.database,
        [Source(row=CredentialRow, queue_of=lambda _: queue)],
        bureau.clock,
        lease=bureau.policy.due_lease,
    )
    sweep.run(lambda: timedelta(minutes=5))
    assert queue.due == [live_key(bureau.ada.id)[0]]
    assert bureau.planned == bureau.clock.now + bureau.policy.due_lease
    # The message waited until the clock of its sender was put right.
    assert perform(bureau, START) is None
    assert bureau.planned == ENDS - 30 * DAY
    assert bureau.live == seen
    assert (done(bureau), bureau.shop.kinds()) == ([], [])


def test_of_what_was_missed_only_the_most_urgent_is_told_S44(bureau: Bureau) -> None:
    bureau.credential()
    assert perform(bureau, GONE - 2 * DAY) == Milestone(
        at=GONE - 3 * DAY, kind=MilestoneKind.REMINDER, days=3
    )
    assert perform(bureau) is None
    assert bureau.shop.kinds() == [Kind.REVOCATION_REMINDER]
    assert bureau.planned == GONE


def test_a_whole_life_is_told_in_order_and_each_thing_once_F6_F7_S42(bureau: Bureau) -> None:
    bureau.credential()
    for _ in range(9):
        if bureau.credentials.live(bureau.ada.id) is None:
            break
        perform(bureau, bureau.planned)
        perform(bureau)  # a copy
    assert done(bureau) == ["renewal_noticed", "expired", *["reminded"] * 3, "lapsed"]
    assert len(bureau.shop.promises()) == 6


def test_nobodys_credential_is_nobodys_work_S42(bureau: Bureau) -> None:
    before = everything(bureau)
    assert perform(bureau) is None
    assert everything(bureau) == before


# What averts it


def test_what_was_renewed_meanwhile_is_left_alone_B7_S44(bureau: Bureau) -> None:
    bureau.credential(expires_at=ENDS)
    bureau.changed(expires_at=one_year_after(ENDS))
    for at in (ENDS - 30 * DAY, ENDS, GONE - 31 * DAY):
        assert perform(bureau, at) is None
    assert bureau.planned == GONE - 30 * DAY


def test_reenabled_on_day_59_it_lives_on_and_on_day_60_it_does_not_F5(bureau: Bureau) -> None:
    bureau.credential(**SUSPENDED)
    for days in (30, 45, 57):
        assert perform(bureau, START + days * DAY)
    assert perform(bureau, START + 60 * DAY - SECOND) is None
    bureau.management.lift(bureau.live.id, bureau.by)
    assert bureau.planned == ENDS - 30 * DAY
    assert perform(bureau, START + 60 * DAY) is None
    bureau.changed(**{**SUSPENDED, "suspended_at": bureau.clock.now})
    perform(bureau, START + 120 * DAY)
    assert bureau.credentials.live(bureau.ada.id) is None


@pytest.mark.parametrize(
    ("by", "ends"), [(Suspender.ADMINISTRATOR, START + 60 * DAY), (Suspender.SYSTEM, GONE)]
)
def test_a_suspension_by_the_system_runs_no_60_days_F5(
    by: Suspender, ends: datetime, bureau: Bureau
) -> None:
    bureau.credential(**{**SUSPENDED, "suspended_by": by})
    early = perform(bureau, ends - SECOND)
    assert early
    assert early.kind is MilestoneKind.REMINDER
    late = perform(bureau, ends)
    assert late == Milestone(at=ends, kind=MilestoneKind.REVOCATION)


# Somebody else at the same time


def test_two_workers_at_once_tell_once_S42(bureau: Bureau) -> None:
    bureau.credential()
    bureau.clock.now = ENDS
    bureau.client.next("transact_write_items", first(lambda: perform(bureau)))
    assert perform(bureau) is None
    assert done(bureau) == ["expired"]
    assert bureau.shop.kinds() == [Kind.CREDENTIAL_EXPIRED]


def test_a_holder_who_reenables_it_at_the_last_moment_is_not_reminded_F5_S44(
    bureau: Bureau,
) -> None:
    bureau.credential(**SUSPENDED)
    bureau.clock.now = START + 57 * DAY
    bureau.client.next(
        "transact_write_items",
        first(lambda: bureau.management.lift(bureau.live.id, bureau.by)),
    )
    assert perform(bureau) is None
    assert done(bureau) == ["reenabled"]
    assert bureau.planned == ENDS - 30 * DAY


def test_a_code_spent_at_the_same_moment_does_not_keep_it_from_being_told_S46(
    bureau: Bureau,
) -> None:
    device = bureau.holder(credential={"expires_at": START + 30 * DAY})
    session = bureau.signed_in()
    bureau.client.next(
        "transact_write_items", first(lambda: bureau.elevate(session, device.code()))
    )
    assert perform(bureau)
    assert bureau.trail(subject(bureau))[-2:] == ["token.accepted", "credential.renewal_noticed"]


def test_a_plan_that_daily_use_overtook_is_made_again_S44(bureau: Bureau) -> None:
    bureau.credential()
    bureau.credentials.replan(bureau.live, START + DAY)
    bureau.client.next("update_item", first(lambda: bureau.changed(country="CA")))
    assert perform(bureau) is None
    assert bureau.planned == ENDS - 30 * DAY


@pytest.mark.parametrize(("fault", "refusal"), [(silent, StorageUnavailable), (contended, Busy)])
@pytest.mark.parametrize("at", [ENDS, GONE])
def test_a_table_in_the_way_changes_nothing_and_it_comes_again_S46_S50(
    fault: Any, refusal: type[DomainError], at: datetime, bureau: Bureau
) -> None:
    bureau.holder()
    before = everything(bureau)
    bureau.client.next("transact_write_items", *[fault] * 5)
    with pytest.raises(refusal):
        perform(bureau, at)
    assert everything(bureau) == before
    assert perform(bureau)


def test_what_was_told_and_whose_answer_got_lost_is_not_told_again_S42(bureau: Bureau) -> None:
    bureau.credential()
    bureau.client.next("transact_write_items", lose_the_answer, recognize_the_token)
    assert perform(bureau, ENDS)
    assert done(bureau) == ["expired"]


# The end


def test_its_revocation_is_one_transaction_that_ends_every_session_F6_S22_S46(
    bureau: Bureau,
) -> None:
    device = bureau.holder()
    bureau.clock.now = GONE - DAY
    bureau.signed_in()
    bureau.signed_in()
    seen, epoch = bureau.live, bureau.row.epoch
    before = len(bureau.client.requests("transact_write_items"))
    late = GONE + timedelta(minutes=3)
    assert perform(bureau, late) == Milestone(at=GONE, kind=MilestoneKind.REVOCATION)
    assert len(bureau.client.requests("transact_write_items")) == before + 1

    assert bureau.credentials.live(bureau.ada.id) is None
    past = bureau.credentials.get(bureau.ada.id, seen.id)
    assert past
    assert (past.state, past.revoked_at, past.token) == (State.REVOKED, late, None)
    assert past.epoch == seen.epoch + 1
    assert (dict(bureau.row.live), bureau.row.epoch) == ({}, epoch + 1)
    stored = bureau.stored(device)
    assert (stored.state, stored.holder) == ("retired", seen.subject)
    *_, retired = bureau.database.query(AuditRow, key=("pk", f"TOKEN#{device.serial}"))
    entry = AuditRow.from_raw_data(retired)
    assert (entry.action, entry.actor_id) == ("token.retired", "clock")
    assert entry.facts == {"serial": f"…{device.serial[-4:]}"}

    lapsed = bureau.database.get(AuditRow, subject(bureau), f"{past.version:012d}")
    assert lapsed
    assert lapsed.action == "credential.lapsed"
    assert lapsed.facts == {"state": "revoked", "due": GONE.isoformat()}
    assert not any("g1pk" in item for item in bureau.database.scan(CredentialRow))


def test_it_leaves_the_password_and_promises_no_reset_F6_S22(bureau: Bureau) -> None:
    bureau.holder()
    perform(bureau, GONE)
    assert bureau.shop.kinds() == [Kind.CREDENTIAL_LAPSED]
    assert bureau.row.pending_reset is None


def test_it_takes_back_no_reset_that_somebody_has_asked_for_F3_S22(bureau: Bureau) -> None:
    bureau.holder()
    bureau.management.revoke(bureau.live.id, bureau.by, confirmed=True)
    pending = bureau.row.pending_reset
    assert pending
    bureau.credential(id="crd_00000000000000000002")
    perform(bureau, GONE)
    assert bureau.row.pending_reset == pending


@pytest.mark.parametrize(
    "changes",
    [{"state": State.PENDING_APPROVAL}, {"state": State.PENDING_ACTIVATION}, {}, SUSPENDED],
)
def test_without_a_token_and_never_used_it_ends_all_the_same_F6(
    changes: dict[str, Any], bureau: Bureau
) -> None:
    bureau.credential(**changes)
    assert perform(bureau, GONE)
    assert done(bureau) == ["lapsed"]
    past = bureau.credentials.get(bureau.ada.id, "crd_00000000000000000001")
    assert past
    assert past.state is State.REVOKED


def test_after_it_a_new_credential_begins_a_life_of_its_own_F3(bureau: Bureau) -> None:
    bureau.credential()
    perform(bureau, GONE)
    assert perform(bureau) is None
    bureau.credential(id="crd_00000000000000000002", expires_at=one_year_after(GONE))
    assert perform(bureau, GONE + DAY) is None
    assert bureau.planned == one_year_after(GONE) - 30 * DAY


def test_a_session_begun_meanwhile_ends_with_the_others_S22(bureau: Bureau) -> None:
    bureau.holder()
    bureau.clock.now = GONE
    bureau.client.next("transact_write_items", first(bureau.signed_in))
    assert perform(bureau)
    assert dict(bureau.row.live) == {}


def test_an_account_without_its_sessions_row_is_an_error_and_not_half_an_end_S22(
    bureau: Bureau,
) -> None:
    lost = a_credential(account="acc_nobody")
    entry = Entry(action="test.begun", actor=CLOCK, at=START, subject=lost.subject)
    bureau.transactions.commit(rows.put(lost, GONE), audit=[entry])
    bureau.clock.now = GONE
    with pytest.raises(NotFound):
        bureau.clockwork.perform("acc_nobody", by=CLOCK)
    assert bureau.credentials.live("acc_nobody")
