"""The clock handles a due credential exactly once (F5, F6, F7, S42, S44).

One file, since each section plays the same ladder of dates.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from keyfob.domain.audit.entry import Actor, Entry
from keyfob.domain.credentials.credential import State
from keyfob.domain.credentials.dates import one_year_after
from keyfob.domain.credentials.milestones import Milestone, MilestoneKind
from keyfob.domain.credentials.suspension import Suspender
from keyfob.domain.errors import Busy, DomainError, NotFound, StorageUnavailable
from keyfob.domain.messages.kinds import Kind
from keyfob.storage.audit.store import AuditRow
from keyfob.storage.credentials import store as rows
from keyfob.storage.credentials.store import CredentialRow, live_key
from keyfob.storage.messages.store import OutboxRow
from keyfob.usecases.due.sweep import Source, Sweep
from tests.support.builders import a_credential
from tests.support.credential_world import CredentialWorld
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
    "suspensions": {Suspender.HOLDER: START},
}


def perform(credential_world: CredentialWorld, at: datetime | None = None) -> Milestone | None:
    if at:
        credential_world.clock.now = at
    return credential_world.lifecycle_jobs.perform(credential_world.ada.id, by=CLOCK)


def done(credential_world: CredentialWorld) -> list[str]:
    """The clock's actions so far."""
    return [
        action.removeprefix("credential.")
        for action in credential_world.trail(subject(credential_world))[1:]
    ]


def subject(credential_world: CredentialWorld) -> str:
    return f"CREDENTIAL#{credential_world.ada.id}#crd_00000000000000000001"


def everything(credential_world: CredentialWorld) -> list[Any]:
    return [
        list(credential_world.database.scan(row)) for row in (CredentialRow, OutboxRow, AuditRow)
    ]


# Notifications

LADDER: list[tuple[datetime, str, Kind, int | None, datetime]] = [
    (ENDS - 30 * DAY, "renewal_noticed", Kind.RENEWAL_NOTICE, None, ENDS),
    (ENDS, "expired", Kind.CREDENTIAL_EXPIRED, None, GONE - 30 * DAY),
    (GONE - 30 * DAY, "reminded", Kind.REVOCATION_REMINDER, 30, GONE - 15 * DAY),
    (GONE - 15 * DAY, "reminded", Kind.REVOCATION_REMINDER, 15, GONE - 3 * DAY),
    (GONE - 3 * DAY, "reminded", Kind.REVOCATION_REMINDER, 3, GONE),
]


@pytest.mark.parametrize("step", LADDER)
def test_a_due_milestone_is_notified_once_with_its_entry_and_the_next_is_planned_F6_F7_S46(
    step: tuple[datetime, str, Kind, int | None, datetime], credential_world: CredentialWorld
) -> None:
    at, action, kind, days, following = step
    credential_world.credential()
    before = len(credential_world.client.requests("transact_write_items"))
    milestone = perform(credential_world, at + timedelta(minutes=4, microseconds=7))
    assert milestone
    assert (milestone.at, milestone.days) == (at, days)
    [sent] = credential_world.client.requests("transact_write_items")[before:]
    assert len(sent["TransactItems"]) == 3

    now = at + timedelta(minutes=4)
    assert (credential_world.live.told_at, credential_world.live.state) == (now, State.ACTIVE)
    assert credential_world.planned == following
    entry = credential_world.database.get(AuditRow, subject(credential_world), "000000000002")
    assert entry
    assert (entry.action, entry.actor_kind, entry.actor_id) == (
        f"credential.{action}",
        "system",
        "clock",
    )
    due = {"state": "active", "due": at.isoformat()}
    assert entry.facts == (due if days is None else due | {"days": days})
    [message] = credential_world.orders.queued()
    assert (message.kind, message.recipient, message.correlation) == (
        kind,
        credential_world.ada.id,
        "message-1",
    )
    assert message.facts["told"] == now.isoformat()


def test_a_copy_an_old_and_an_early_message_do_nothing_S42(
    credential_world: CredentialWorld,
) -> None:
    credential_world.credential()
    assert perform(credential_world, ENDS - 30 * DAY - SECOND) is None
    assert perform(credential_world, ENDS - 30 * DAY)
    for at in (ENDS - 30 * DAY, ENDS - 30 * DAY + SECOND, ENDS - SECOND):
        assert perform(credential_world, at) is None
    assert done(credential_world) == ["renewal_noticed"]
    assert credential_world.orders.kinds() == [Kind.RENEWAL_NOTICE]


def test_an_obsolete_message_only_plans_anew_S42_S44(credential_world: CredentialWorld) -> None:
    credential_world.credential()
    seen = credential_world.live
    queue = FakeQueue()
    credential_world.clock.now = ENDS - 30 * DAY
    sweep = Sweep(
        credential_world.database,
        [Source(row=CredentialRow, queue_of=lambda _: queue)],
        credential_world.clock,
        lease=credential_world.policy.due_lease,
    )
    sweep.run(lambda: timedelta(minutes=5))
    assert queue.due == [live_key(credential_world.ada.id)[0]]
    assert (
        credential_world.planned == credential_world.clock.now + credential_world.policy.due_lease
    )
    # The message waited until its sender's clock was corrected.
    assert perform(credential_world, START) is None
    assert credential_world.planned == ENDS - 30 * DAY
    assert credential_world.live == seen
    assert (done(credential_world), credential_world.orders.kinds()) == ([], [])


def test_only_the_most_urgent_of_the_missed_is_notified_S44(
    credential_world: CredentialWorld,
) -> None:
    credential_world.credential()
    assert perform(credential_world, GONE - 2 * DAY) == Milestone(
        at=GONE - 3 * DAY, kind=MilestoneKind.REMINDER, days=3
    )
    assert perform(credential_world) is None
    assert credential_world.orders.kinds() == [Kind.REVOCATION_REMINDER]
    assert credential_world.planned == GONE


def test_a_whole_life_is_notified_in_order_and_each_milestone_once_F6_F7_S42(
    credential_world: CredentialWorld,
) -> None:
    credential_world.credential()
    for _ in range(9):
        if credential_world.credentials.live(credential_world.ada.id) is None:
            break
        perform(credential_world, credential_world.planned)
        perform(credential_world)  # a copy
    assert done(credential_world) == ["renewal_noticed", "expired", *["reminded"] * 3, "lapsed"]
    assert len(credential_world.orders.queued()) == 6


def test_a_missing_credential_is_left_alone_S42(credential_world: CredentialWorld) -> None:
    before = everything(credential_world)
    assert perform(credential_world) is None
    assert everything(credential_world) == before


# Averting


def test_a_credential_renewed_meanwhile_is_left_alone_B7_S44(
    credential_world: CredentialWorld,
) -> None:
    credential_world.credential(expires_at=ENDS)
    credential_world.changed(expires_at=one_year_after(ENDS))
    for at in (ENDS - 30 * DAY, ENDS, GONE - 31 * DAY):
        assert perform(credential_world, at) is None
    assert credential_world.planned == GONE - 30 * DAY


def test_reenabled_on_day_59_it_lives_on_and_on_day_60_it_does_not_F5(
    credential_world: CredentialWorld,
) -> None:
    credential_world.credential(**SUSPENDED)
    for days in (30, 45, 57):
        assert perform(credential_world, START + days * DAY)
    assert perform(credential_world, START + 60 * DAY - SECOND) is None
    credential_world.management.lift(
        credential_world.live.id, credential_world.proof, credential_world.by
    )
    assert credential_world.planned == ENDS - 30 * DAY
    assert perform(credential_world, START + 60 * DAY) is None
    credential_world.changed(suspensions={Suspender.HOLDER: credential_world.clock.now})
    perform(credential_world, START + 120 * DAY)
    assert credential_world.credentials.live(credential_world.ada.id) is None


@pytest.mark.parametrize(
    ("by", "ends"), [(Suspender.ADMINISTRATOR, START + 60 * DAY), (Suspender.SYSTEM, GONE)]
)
def test_a_suspension_by_the_system_runs_no_60_days_F5(
    by: Suspender, ends: datetime, credential_world: CredentialWorld
) -> None:
    credential_world.credential(suspensions={by: START})
    early = perform(credential_world, ends - SECOND)
    assert early
    assert early.kind is MilestoneKind.REMINDER
    late = perform(credential_world, ends)
    assert late == Milestone(at=ends, kind=MilestoneKind.REVOCATION)


# Concurrent changes


def test_two_workers_at_once_notify_once_S42(credential_world: CredentialWorld) -> None:
    credential_world.credential()
    credential_world.clock.now = ENDS
    credential_world.client.next("transact_write_items", first(lambda: perform(credential_world)))
    assert perform(credential_world) is None
    assert done(credential_world) == ["expired"]
    assert credential_world.orders.kinds() == [Kind.CREDENTIAL_EXPIRED]


def test_a_holder_who_reenables_it_at_the_last_moment_is_not_reminded_F5_S44(
    credential_world: CredentialWorld,
) -> None:
    credential_world.credential(**SUSPENDED)
    credential_world.clock.now = START + 57 * DAY
    credential_world.client.next(
        "transact_write_items",
        first(
            lambda: credential_world.management.lift(
                credential_world.live.id, credential_world.proof, credential_world.by
            )
        ),
    )
    assert perform(credential_world) is None
    assert done(credential_world) == ["reenabled"]
    assert credential_world.planned == ENDS - 30 * DAY


def test_a_code_spent_at_the_same_moment_does_not_prevent_the_notification_S46(
    credential_world: CredentialWorld,
) -> None:
    device = credential_world.holder(credential={"expires_at": START + 30 * DAY})
    session = credential_world.signed_in()
    credential_world.client.next(
        "transact_write_items", first(lambda: credential_world.elevate(session, device.code()))
    )
    assert perform(credential_world)
    assert credential_world.trail(subject(credential_world))[-2:] == [
        "token.accepted",
        "credential.renewal_noticed",
    ]


def test_a_plan_that_daily_use_overtook_is_made_again_S44(
    credential_world: CredentialWorld,
) -> None:
    credential_world.credential()
    credential_world.credentials.replan(credential_world.live, START + DAY)
    credential_world.client.next(
        "update_item", first(lambda: credential_world.changed(country="CA"))
    )
    assert perform(credential_world) is None
    assert credential_world.planned == ENDS - 30 * DAY


@pytest.mark.parametrize(("fault", "refusal"), [(silent, StorageUnavailable), (contended, Busy)])
@pytest.mark.parametrize("at", [ENDS, GONE])
def test_an_outage_changes_nothing_and_the_milestone_comes_again_S46_S50(
    fault: Any, refusal: type[DomainError], at: datetime, credential_world: CredentialWorld
) -> None:
    credential_world.holder()
    before = everything(credential_world)
    credential_world.client.next("transact_write_items", *[fault] * 5)
    with pytest.raises(refusal):
        perform(credential_world, at)
    assert everything(credential_world) == before
    assert perform(credential_world)


def test_a_notification_whose_answer_got_lost_is_not_sent_again_S42(
    credential_world: CredentialWorld,
) -> None:
    credential_world.credential()
    credential_world.client.next("transact_write_items", lose_the_answer, recognize_the_token)
    assert perform(credential_world, ENDS)
    assert done(credential_world) == ["expired"]


# Revocation


def test_its_revocation_is_one_transaction_that_ends_every_session_F6_S22_S46(
    credential_world: CredentialWorld,
) -> None:
    device = credential_world.holder()
    credential_world.clock.now = GONE - DAY
    credential_world.signed_in()
    credential_world.signed_in()
    seen, epoch = credential_world.live, credential_world.row.epoch
    before = len(credential_world.client.requests("transact_write_items"))
    late = GONE + timedelta(minutes=3)
    assert perform(credential_world, late) == Milestone(at=GONE, kind=MilestoneKind.REVOCATION)
    assert len(credential_world.client.requests("transact_write_items")) == before + 1

    assert credential_world.credentials.live(credential_world.ada.id) is None
    past = credential_world.credentials.get(credential_world.ada.id, seen.id)
    assert past
    assert (past.state, past.revoked_at, past.token) == (State.REVOKED, late, None)
    assert past.epoch == seen.epoch + 1
    assert (dict(credential_world.row.live), credential_world.row.epoch) == ({}, epoch + 1)
    stored = credential_world.stored(device)
    assert (stored.state, stored.holder) == ("retired", seen.subject)
    *_, retired = credential_world.database.query(AuditRow, key=("pk", f"TOKEN#{device.serial}"))
    entry = AuditRow.from_raw_data(retired)
    assert (entry.action, entry.actor_id) == ("token.retired", "clock")
    assert entry.facts == {"serial": f"…{device.serial[-4:]}"}

    lapsed = credential_world.database.get(
        AuditRow, subject(credential_world), f"{past.version:012d}"
    )
    assert lapsed
    assert lapsed.action == "credential.lapsed"
    assert lapsed.facts == {"state": "revoked", "due": GONE.isoformat()}
    assert not any("g1pk" in item for item in credential_world.database.scan(CredentialRow))


def test_it_leaves_the_password_and_messages_no_reset_F6_S22(
    credential_world: CredentialWorld,
) -> None:
    credential_world.holder()
    perform(credential_world, GONE)
    assert credential_world.orders.kinds() == [Kind.CREDENTIAL_LAPSED]
    assert credential_world.row.pending_reset is None


def test_it_takes_back_no_reset_that_somebody_has_asked_for_F3_S22(
    credential_world: CredentialWorld,
) -> None:
    credential_world.holder()
    credential_world.management.revoke(
        credential_world.live.id, credential_world.proof, credential_world.by, confirmed=True
    )
    pending = credential_world.row.pending_reset
    assert pending
    credential_world.credential(id="crd_00000000000000000002")
    perform(credential_world, GONE)
    assert credential_world.row.pending_reset == pending


@pytest.mark.parametrize(
    "changes",
    [{"state": State.PENDING_APPROVAL}, {"state": State.PENDING_ACTIVATION}, {}, SUSPENDED],
)
def test_without_a_token_and_never_used_it_ends_all_the_same_F6(
    changes: dict[str, Any], credential_world: CredentialWorld
) -> None:
    credential_world.credential(**changes)
    assert perform(credential_world, GONE)
    assert done(credential_world) == ["lapsed"]
    past = credential_world.credentials.get(credential_world.ada.id, "crd_00000000000000000001")
    assert past
    assert past.state is State.REVOKED


def test_after_it_a_new_credential_begins_a_life_of_its_own_F3(
    credential_world: CredentialWorld,
) -> None:
    credential_world.credential()
    perform(credential_world, GONE)
    assert perform(credential_world) is None
    credential_world.credential(id="crd_00000000000000000002", expires_at=one_year_after(GONE))
    assert perform(credential_world, GONE + DAY) is None
    assert credential_world.planned == one_year_after(GONE) - 30 * DAY


def test_a_session_begun_meanwhile_ends_with_the_others_S22(
    credential_world: CredentialWorld,
) -> None:
    credential_world.holder()
    credential_world.clock.now = GONE
    credential_world.client.next("transact_write_items", first(credential_world.signed_in))
    assert perform(credential_world)
    assert dict(credential_world.row.live) == {}


def test_an_account_without_its_sessions_row_is_an_error_and_not_half_an_end_S22(
    credential_world: CredentialWorld,
) -> None:
    lost = a_credential(account="acc_nobody")
    entry = Entry(action="test.begun", actor=CLOCK, at=START, subject=lost.subject)
    credential_world.transactions.commit(rows.put(lost, GONE), audit=[entry])
    credential_world.clock.now = GONE
    with pytest.raises(NotFound):
        credential_world.lifecycle_jobs.perform("acc_nobody", by=CLOCK)
    assert credential_world.credentials.live("acc_nobody")
