"""Changes of an agent's time, carried through; holders are told whom the agent can't come to (C3).

    set_agent, days_off ──▶ a job, noted with the change ──▶ done at once
                                                         ╲─▶ killed: the clock does it again

    take off   at most 20 quarters a transaction: each if absent, all if the job is still there
    tell       one transaction for each case; an obstacle that it has already changes nothing

Whoever does a job does all of the agent's, the oldest first, and removes each: so that a job that
was left behind by a process that died never undoes a later one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from keyfob.domain.audit.entry import Actor
from keyfob.domain.clock import Clock, in_seconds
from keyfob.domain.policy import Policy
from keyfob.domain.proofing.agent import Agent, Period, quarters
from keyfob.domain.proofing.calendar import LENGTH
from keyfob.domain.proofing.case import Appointment, Obstacle
from keyfob.domain.proofing.unavailable import OF_HOURS, Job, JobKind, judge, obstacles
from keyfob.storage.database import Conflict
from keyfob.storage.proofing import calendar as rows
from keyfob.storage.proofing.calendar import Calendar
from keyfob.storage.proofing.store import CaseStore
from keyfob.storage.rows import Write
from keyfob.storage.transaction import Transactions
from keyfob.usecases.proofing.cases import CaseChanges

# The clock does what isn't done by then: later than any operation takes.
DUE = timedelta(minutes=20)
_CHUNK = 20
_DAY_OFF = frozenset({Obstacle.DAY_OFF})


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """A job's result: how many quarters changed, and the appointments that must be moved."""

    job: Job
    quarters: int
    to_move: tuple[Appointment, ...]


class AgentJobs:
    """Carries changes of agents' time through."""

    def __init__(
        self,
        *,
        calendar: Calendar,
        cases: CaseStore,
        changes: CaseChanges,
        transactions: Transactions,
        clock: Clock,
        policy: Policy,
    ) -> None:
        self._calendar = calendar
        self._cases = cases
        self._changes = changes
        self._transactions = transactions
        self._clock = clock
        self._policy = policy

    def perform(self, account: str, by: Actor) -> list[Done]:
        """Do every job of this agent, and remove those that are done for good.

        Doing one again changes nothing more, and tells nobody twice.

        Raises:
            Busy, StorageUnavailable: what isn't done stays due.
        """
        agent = self._calendar.agent(account)
        if agent is None:
            return []
        return [self._do(job, agent, by) for job in self._calendar.jobs(account)]

    def _do(self, job: Job, agent: Agent, by: Actor) -> Done:
        days = [agent.local_day(one) for one in job.days]
        if job.kind is JobKind.HOURS:
            done = Done(job=job, quarters=0, to_move=self._look_ahead(agent, by))
        else:
            changed = sum(map(self._write(job, agent), days))
            done = Done(job=job, quarters=changed, to_move=self._look_at(days, job, by))
        # A booking that had read the old hours may come after the first look: a second one is due.
        if job.kind is not JobKind.HOURS or self._clock() >= job.at + DUE:
            self._remove(job)
        return done

    def _write(self, job: Job, agent: Agent) -> Callable[[Period], int]:
        def take(day: Period) -> int:
            hours = agent.working(day)
            wanted = [at for one in hours for at in quarters(one) if day.begins <= at < day.ends]
            return self._chunks(job, wanted, lambda one: one is None, rows.take_off)

        def give(day: Period) -> int:
            taken = self._calendar.of_agent(job.agent, day)
            off = [one.at for one in taken if one.appointment is None]
            return self._chunks(job, off, lambda one: one == "", rows.unblock)

        return take if job.kind is JobKind.TAKE_OFF else give

    def _chunks(
        self,
        job: Job,
        wanted: Sequence[datetime],
        fits: Callable[[str | None], bool],
        writes: Callable[[Job, Sequence[datetime]], list[Write]],
    ) -> int:
        """Write these quarters in chunks, each of those whose state `fits`; returns how many."""

        def attempt(chunk: Sequence[datetime]) -> int:
            period = Period(begins=chunk[0], ends=chunk[-1] + timedelta(minutes=15))
            taken = {
                one.at: one.appointment or "" for one in self._calendar.of_agent(job.agent, period)
            }
            left = [at for at in chunk if fits(taken.get(at))]
            if not left or not self._calendar.has(job):
                return 0
            self._transactions.commit(*writes(job, left), audit=[])
            return len(left)

        chunks = [wanted[first : first + _CHUNK] for first in range(0, len(wanted), _CHUNK)]
        retry = self._transactions.retry_on_conflict
        return sum(retry(partial(attempt, chunk)) for chunk in chunks)

    def _look_ahead(self, agent: Agent, by: Actor) -> tuple[Appointment, ...]:
        """Look at all that is booked with this agent, and tell the holders what is new."""
        now = in_seconds(self._clock)
        ahead = Period(begins=now, ends=now + self._policy.appointment_horizon + LENGTH)

        def found(booked: Appointment) -> frozenset[Obstacle]:
            return obstacles(agent, booked)

        return self._tell(agent.account, [ahead], found, OF_HOURS, by)

    def _look_at(self, days: Sequence[Period], job: Job, by: Actor) -> tuple[Appointment, ...]:
        """The same about what is booked on days that were taken off or given back."""

        def found(_booked: Appointment) -> frozenset[Obstacle]:
            return _DAY_OFF if job.kind is JobKind.TAKE_OFF else frozenset()

        return self._tell(job.agent, days, found, _DAY_OFF, by)

    def _tell(
        self,
        agent: str,
        periods: Sequence[Period],
        found: Callable[[Appointment], frozenset[Obstacle]],
        judged: frozenset[Obstacle],
        by: Actor,
    ) -> tuple[Appointment, ...]:
        def attempt(account: str, appointment: str) -> Appointment | None:
            seen = self._cases.current(account)
            booked = seen.appointment if seen else None
            if seen is None or booked is None or (booked.id, booked.agent) != (appointment, agent):
                return None
            if not _is_in(booked, periods):
                return None
            to = judge(seen, found(booked), judged, in_seconds(self._clock))
            if to.change is None:
                return booked
            names = ", ".join(sorted(to.case.appointment.obstacles)) if to.case.appointment else ""
            facts = {"agent": agent, "obstacles": names}
            return self._changes.commit(
                seen, to, by=by.acting_for(account), facts=facts
            ).appointment

        retry = self._transactions.retry_on_conflict
        looked = [retry(partial(attempt, *one)) for one in self._booked(agent, periods)]
        return tuple(one for one in looked if one and one.must_be_moved)

    def _booked(self, agent: str, periods: Sequence[Period]) -> Iterator[tuple[str, str]]:
        """The accounts and ids of the appointments that are booked with the agent."""
        taken = [one for period in periods for one in self._calendar.of_agent(agent, period)]
        ids = list(dict.fromkeys(one.appointment for one in taken if one.appointment))
        for case in self._cases.of_appointments(ids):
            if case.appointment:
                yield case.account, case.appointment.id

    def _remove(self, job: Job) -> None:
        try:
            self._transactions.commit(rows.remove_job(job), audit=[])
        except Conflict:
            # Somebody else did it meanwhile.
            return


def _is_in(booked: Appointment, periods: Sequence[Period]) -> bool:
    return any(one.begins < booked.start + LENGTH and booked.start < one.ends for one in periods)
