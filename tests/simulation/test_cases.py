"""Three years of proofing cases, judged by rules that were written twice (C3, C4, C5, S44)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from keyfob.domain.policy import Policy
from keyfob.domain.proofing import milestones
from keyfob.domain.proofing.case import Case, Transition
from keyfob.domain.proofing.milestones import Milestone, MilestoneKind
from keyfob.usecases.proofing import case_jobs
from tests.referee.cases import Entry, Fault, judge_cases
from tests.referee.record import Watch
from tests.simulation.cases import Years
from tests.support.effort import effort

Mistake = Callable[[pytest.MonkeyPatch], None]
DAY, HOUR, MINUTE = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)
BOOKED = datetime(2027, 3, 1, 12, 0, tzinfo=UTC)
START = datetime(2027, 3, 5, 12, 0, tzinfo=UTC)


def test_every_reminder_and_every_lapse_is_as_the_rules_say_C3_C4_C5_F3_S42_S44() -> None:
    years = Years(1, holders=effort(5, 60))
    findings = years.run()
    assert not findings, "\n".join(map(str, findings[:20]))
    never = [one for one in HAPPENINGS if not years.happened[one]]
    assert not never


HAPPENINGS = (
    *("booked", "moved", "canceled", "withdrawn", "absent", "revoked", "reopened", "proofed"),
    *("passed", "failed", "technical", "no_show", "name_correction", "confirmed", "refused"),
    *("appointment.reminded", "appointment.no_result", "proofing.code_reminded"),
    *("proofing.name_correction_lapsed", "proofing.contact_erased", "proofing.withdrawn"),
    *("message lost", "message twice"),
)


def shifted(kind: MilestoneKind, by: timedelta) -> Mistake:
    def mistake(patch: pytest.MonkeyPatch) -> None:
        real = milestones._all

        def every(case: Case, policy: Policy) -> list[Milestone]:
            found = real(case, policy)
            return [replace(one, at=one.at + by) if one.kind is kind else one for one in found]

        patch.setattr(milestones, "_all", every)

    return mistake


def not_marked(patch: pytest.MonkeyPatch) -> None:
    real = milestones.perform

    def perform(milestone: Milestone, case: Case) -> Transition:
        to = real(milestone, case)
        return replace(to, case=replace(to.case, told_at=milestone.at - MINUTE))

    patch.setattr(case_jobs, "perform", perform)


def never_moot(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Milestone, "is_moot", lambda *_one: False)


def not_withdrawn(patch: pytest.MonkeyPatch) -> None:
    real = case_jobs.CaseJobs._due

    def due(self: case_jobs.CaseJobs, seen: Case, now: datetime) -> Transition | None:
        to = real(self, seen, now)
        return to if to is None or to.case.state != "withdrawn" or seen.is_over else None

    patch.setattr(case_jobs.CaseJobs, "_due", due)


MISTAKES: dict[str, tuple[Mistake, Fault]] = {
    "reminded early": (shifted(MilestoneKind.REMINDER, -HOUR), Fault.EARLY),
    "reminded late": (shifted(MilestoneKind.REMINDER, 5 * HOUR), Fault.MISSING),
    "result missed early": (shifted(MilestoneKind.NO_RESULT, -HOUR), Fault.EARLY),
    "code reminded late": (shifted(MilestoneKind.CODE_REMINDER, DAY), Fault.MISSING),
    "name lapses late": (shifted(MilestoneKind.CORRECTION_LAPSED, DAY), Fault.MISSING),
    "contact kept": (shifted(MilestoneKind.CONTACT_ERASED, 2 * DAY), Fault.MISSING),
    "not marked": (not_marked, Fault.DOUBLE),
    "never moot": (never_moot, Fault.MOOT),
    "not withdrawn": (not_withdrawn, Fault.MISSING),
}


@pytest.mark.parametrize("name", MISTAKES)
def test_the_referee_sees_it(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    mistake, fault = MISTAKES[name]
    mistake(monkeypatch)
    # It takes an outage at the wrong time to send something moot.
    most = 800 if fault is Fault.MOOT else 500
    found = Years(2, holders=6 if fault is Fault.MOOT else 4, days=500).run(most)
    assert fault in {one.fault for one in found}


def booked(*more: Entry, until: datetime = START + DAY) -> set[Fault]:
    entries = [Entry(at=BOOKED, what="booked", start=START), *more]
    return {one.fault for one in judge_cases(entries, Watch(until=until))}


def test_rules_to_the_minute() -> None:
    reminded = [Entry(at=START - one, what="reminded", by="system") for one in (DAY, HOUR)]
    missed = Entry(at=START + 150 * MINUTE, what="no_result", by="system")
    canceled = Entry(at=START - 2 * HOUR, what="canceled")
    assert booked(*reminded, missed) == set()
    assert booked(reminded[0], missed) == set(), "four hours are too long for the last hour"
    assert booked(reminded[1], missed) == {Fault.MISSING}
    assert booked(*reminded) == {Fault.MISSING}
    assert booked(*reminded, missed, missed) == {Fault.DOUBLE}
    assert booked(replace(reminded[0], at=START - DAY - MINUTE)) >= {Fault.EARLY}
    assert booked(reminded[0], replace(reminded[1], at=START), missed) == {Fault.MOOT}
    assert booked(reminded[0], canceled) == set()
    assert booked(reminded[0], canceled, reminded[1]) == {Fault.MOOT}
