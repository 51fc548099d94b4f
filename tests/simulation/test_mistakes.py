"""The referee detects mistakes: in each of these worlds one thing is wrong."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from keyfob.domain.credentials import credential, lifecycle, milestones
from keyfob.domain.credentials.credential import Change, Credential, Transition
from keyfob.domain.credentials.dates import renewal_from, revocation_at
from keyfob.domain.credentials.deadline import last_business_day_before
from keyfob.domain.credentials.milestones import Milestone, next_due
from keyfob.domain.credentials.notifications import notifications
from keyfob.domain.policy import Policy
from keyfob.storage.messages.store import Lease, OutboxStore
from keyfob.usecases.credentials import lifecycle_jobs, service
from keyfob.usecases.messages import notifier, reminder_facts
from tests.referee.record import Fault
from tests.simulation.decade import Simulation

Mistake = Callable[[pytest.MonkeyPatch], None]
DAY = timedelta(days=1)


def no_mark(patch: pytest.MonkeyPatch) -> None:
    real = lifecycle.perform

    def perform(milestone: Milestone, seen: Credential, now: datetime) -> Transition:
        done = real(milestone, seen, now)
        if seen.told_at is None and done.credential.told_at:
            forgotten = replace(done.credential, told_at=milestone.at - timedelta(seconds=1))
            return replace(done, credential=forgotten)
        return done

    patch.setattr(lifecycle, "perform", perform)


def oldest_first(patch: pytest.MonkeyPatch) -> None:
    def due(seen: Credential, now: datetime, policy: Policy) -> Milestone | None:
        overdue = [one for one in milestones._left(seen, policy) if one.at <= now]
        return overdue[0] if overdue else None

    patch.setattr(lifecycle_jobs, "due", due)


def not_planned_anew(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(service, "clock_facts", lambda _seen: ())


def noticed_a_day_early(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(milestones, "renewal_from", lambda at, policy: renewal_from(at, policy) - DAY)


def at_night(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(notifier, "quiet_until", lambda *_any: None)


def never_moot(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(reminder_facts.ReminderFacts, "_is_true", lambda *_any: True)


def no_holidays(patch: pytest.MonkeyPatch) -> None:
    def last(at: datetime, **where: Any) -> datetime:
        return last_business_day_before(at, **{**where, "country": "ZZ"})

    patch.setattr(reminder_facts, "last_business_day_before", last)


def renewals_untold(patch: pytest.MonkeyPatch) -> None:
    def some(seen: Credential, done: Transition, *others: Any, **more: Any) -> Any:
        return [] if done.change is Change.RENEWED else notifications(seen, done, *others, **more)

    patch.setattr(service, "notifications", some)


def marked_late(patch: pytest.MonkeyPatch) -> None:
    real, skipped = OutboxStore.finish, Counter[str]()

    def finish(self: OutboxStore, lease: Lease, now: datetime, *, state: str = "done") -> None:
        skipped[lease.id] += 1
        if skipped[lease.id] > 2:
            real(self, lease, now, state=state)

    patch.setattr(OutboxStore, "finish", finish)


def an_hour_early(patch: pytest.MonkeyPatch) -> None:
    def ends(*facts: Any) -> datetime:
        return revocation_at(*facts) - timedelta(hours=1)

    patch.setattr(credential, "revocation_at", ends)


def planned_late(late: timedelta) -> Mistake:
    def mistake(patch: pytest.MonkeyPatch) -> None:
        def planned(seen: Credential, now: datetime, policy: Policy) -> datetime:
            due = next_due(seen, now, policy)
            return due + late if due >= seen.revokes_at(policy) else due

        patch.setattr(service, "next_due", planned)

    return mistake


def lifted_in_name_only(patch: pytest.MonkeyPatch) -> None:
    real = lifecycle.lift

    def lift(seen: Credential, *others: Any) -> Transition:
        done = real(seen, *others)
        return replace(done, credential=replace(done.credential, suspensions=seen.suspensions))

    patch.setattr(lifecycle, "lift", lift)


def a_year_of_365_days(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(lifecycle, "one_year_after", lambda at: at + 365 * DAY)


MISTAKES: list[tuple[Mistake, Fault]] = [
    (no_mark, Fault.DOUBLE),
    (oldest_first, Fault.LESS_URGENT),
    (not_planned_anew, Fault.MISSING),
    (noticed_a_day_early, Fault.EARLY),
    (at_night, Fault.QUIET),
    (no_holidays, Fault.SAID),
    (renewals_untold, Fault.MISSING),
    (marked_late, Fault.DOUBLE),
    (an_hour_early, Fault.REVOKED_EARLY),
    (planned_late(1 * DAY), Fault.REVOKED_LATE),
    (planned_late(9_000 * DAY), Fault.NOT_REVOKED),
    (lifted_in_name_only, Fault.REVOKED_AVERTED),
    (a_year_of_365_days, Fault.EXPIRY),
]


def a_small_world(credentials: int = 120) -> Simulation:
    return Simulation(5, credentials=credentials, days=1_500, outages=10)


def named(mistake: Mistake | Fault) -> str | None:
    return None if isinstance(mistake, Fault) else mistake.__name__


def test_a_faultless_world_has_no_finding() -> None:
    assert a_small_world().outcome().faults == {}


@pytest.mark.parametrize(("mistake", "fault"), MISTAKES, ids=named)
def test_the_referee_sees_it(
    mistake: Mistake, fault: Fault, monkeypatch: pytest.MonkeyPatch
) -> None:
    mistake(monkeypatch)
    assert a_small_world().outcome().faults[fault] > 0


def test_the_referee_sees_what_is_sent_in_vain(monkeypatch: pytest.MonkeyPatch) -> None:
    never_moot(monkeypatch)
    # It shows only if somebody renewed while a reminder was on its way.
    assert a_small_world(600).outcome().faults[Fault.MOOT] > 0


def test_the_referee_sees_that_the_sweep_never_ran() -> None:
    simulation = a_small_world()
    simulation.world.sweep = lambda: True
    faults = simulation.outcome().faults
    assert faults[Fault.MISSING] > 0
    assert faults[Fault.NOT_REVOKED] > 0
