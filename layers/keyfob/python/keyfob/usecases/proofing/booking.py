"""Booking, moving and canceling appointments (C3, S33).

    thirty book 09:00 at once             the condition
    A: reads agent 1, 2, 3 free           PUT the quarters of agent 1, each if absent    ✓
    B: reads agent 1, 2, 3 free           PUT the quarters of agent 1, each if absent    ✗
    B reads again: agent 2, 3 are free    PUT the quarters of agent 2                    ✓
    …  reads again: nobody is free        → slot_taken, with the three nearest times

The quarters and the case are one transaction: no time is taken without an appointment. Nothing is
held while a form is filled in.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from keyfob.domain import ids
from keyfob.domain.audit.entry import Actor
from keyfob.domain.clock import Clock, in_seconds
from keyfob.domain.limits import Quota, a_day
from keyfob.domain.policy import Policy
from keyfob.domain.proofing import live
from keyfob.domain.proofing.agent import Agent, Period
from keyfob.domain.proofing.calendar import (
    bookable,
    candidates,
    claimed,
    free,
    nearest,
)
from keyfob.domain.proofing.case import Appointment, Case, Contact, Obstacle
from keyfob.domain.proofing.errors import NoSuchStep, SlotTaken
from keyfob.domain.sessions.permission import SessionProof
from keyfob.storage.credentials.store import CredentialStore
from keyfob.storage.limits import Limits
from keyfob.storage.proofing import calendar as calendar_rows
from keyfob.storage.proofing import store as rows
from keyfob.storage.proofing.calendar import Calendar
from keyfob.storage.transaction import Transactions
from keyfob.usecases.proofing.cases import CaseChanges, Cases

_DAY = timedelta(days=1)
# Around a time that is gone, nearer ones are looked for.
_AROUND = timedelta(days=3)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """The wanted start, and how the agent reaches the holder."""

    start: datetime
    contact: Contact


class Booking:
    """A holder's appointment.

    Args:
        has_rooms: whether a provider makes a meeting room for each appointment.
    """

    def __init__(
        self,
        *,
        cases: Cases,
        calendar: Calendar,
        credentials: CredentialStore,
        limits: Limits,
        changes: CaseChanges,
        transactions: Transactions,
        clock: Clock,
        policy: Policy,
        has_rooms: bool,
    ) -> None:
        self._cases = cases
        self._calendar = calendar
        self._credentials = credentials
        self._limits = limits
        self._changes = changes
        self._transactions = transactions
        self._clock = clock
        self._policy = policy
        self._has_rooms = has_rooms

    def free(self, case_id: str, asked: Period, by: Actor) -> list[datetime]:
        """The free starts in the part of this period that can be booked, in order.

        They are a copy of the moment: booking decides.

        Raises:
            NotFound. InReview, NoSuchStep: the case takes no appointment now.
        """
        case = self._cases.get(case_id, by)
        live.require_at_booking(case, self._clock())
        allowed = self._allowed(case)
        period = Period(
            begins=max(asked.begins, allowed.begins), ends=min(asked.ends, allowed.ends)
        )
        return self._free(case, period) if period.begins < period.ends else []

    def book(self, case_id: str, wish: Wish, by: Actor) -> Case:
        """Book the appointment, or move it; the same wish again changes nothing.

        Raises:
            NotFound. InReview, NoSuchStep, BookingPaused: the case takes no appointment now.
            SlotTaken: nobody is free, with the nearest times. TooManyTries: of its changes.
        """
        if self._must_be_moved(case_id, by):
            # No try of the holder's: it is the agent who can't come.
            return self._transactions.retry_on_conflict(lambda: self._book(case_id, wish, by))
        limit = a_day("appointment", self._policy.appointment_changes_a_day)
        with self._limits.request([Quota(limit=limit, subject=by.account)], self._clock()):
            return self._transactions.retry_on_conflict(lambda: self._book(case_id, wish, by))

    def cancel(self, case_id: str, proof: SessionProof, by: Actor) -> Case:
        """Cancel the appointment; without one nothing changes.

        Raises:
            NotFound. RecentPasswordRequired. NoSuchStep: it has begun.
        """

        def attempt() -> Case:
            now = in_seconds(self._clock)
            proof.require(None, now, self._policy)
            seen = self._cases.get(case_id, by)
            to = live.cancel(seen, now)
            booked = seen.appointment
            if to.change is None or booked is None:
                return seen
            freed = calendar_rows.give_back(booked)
            return self._changes.commit(seen, to, by=by, writes=freed)

        return self._transactions.retry_on_conflict(attempt)

    def report_absence(self, case_id: str, by: Actor) -> Case:
        """Say that the agent didn't come; it costs nothing.

        Raises:
            NotFound. NoSuchStep: there is no appointment. TooEarly.
        """

        def attempt() -> Case:
            seen = self._cases.get(case_id, by)
            to = live.agent_absent(seen, in_seconds(self._clock))
            return self._changes.commit(seen, to, by=by)

        return self._transactions.retry_on_conflict(attempt)

    def _book(self, case_id: str, wish: Wish, by: Actor) -> Case:
        seen, now = self._cases.get(case_id, by), in_seconds(self._clock)
        live.require_bookable(seen, wish.start, now, self._policy)
        self._require_current(seen)
        before = seen.appointment
        if before and before.start == wish.start and not before.must_be_moved:
            agent = before.agent
        else:
            agent = self._agent_for(seen, wish)
        appointment = Appointment(
            id=before.id if before else ids.new_id("apt"),
            agent=agent,
            start=wish.start,
            room_by=now + self._policy.meeting_room_wait if self._has_rooms else None,
        )
        to = live.book(seen, appointment, wish.contact, now)
        if to.change is None:
            return seen
        if before is None:
            writes = calendar_rows.claim(agent, wish.start, appointment.id)
            writes.append(rows.put_appointment(appointment.id, seen.account))
        else:
            writes = calendar_rows.move(before, appointment)
        facts = {"agent": agent, "start": wish.start.isoformat()}
        return self._changes.commit(seen, to, by=by, writes=writes, facts=facts)

    def _must_be_moved(self, case_id: str, by: Actor) -> bool:
        booked = self._cases.get(case_id, by).appointment
        return bool(booked and booked.must_be_moved)

    def _agent_for(self, case: Case, wish: Wish) -> str:
        """The agent for this start; the one of the appointment if possible.

        Raises:
            SlotTaken: nobody is free.
        """
        moment = Period(begins=wish.start - _DAY, ends=wish.start + _DAY)
        agents, busy = self._agents(case), self._busy(case, moment)
        found = candidates(agents, busy, wish.start, language=wish.contact.language, case=case.id)
        if not found:
            raise SlotTaken(self._near(case, wish.start))
        kept = case.appointment and case.appointment.agent
        return kept if kept in [one.account for one in found] else found[0].account

    def _near(self, case: Case, wanted: datetime) -> list[datetime]:
        allowed = self._allowed(case)
        period = Period(
            begins=max(wanted - _AROUND, allowed.begins), ends=min(wanted + _AROUND, allowed.ends)
        )
        return nearest(self._free(case, period), wanted)

    def _free(self, case: Case, period: Period) -> list[datetime]:
        busy = self._busy(case, period, consistent=False)
        return free(self._agents(case), busy, period)

    def _agents(self, case: Case) -> Sequence[Agent]:
        """The agents that may proof this holder: nobody proofs oneself."""
        return [one for one in self._calendar.agents() if one.account != case.account]

    def _busy(
        self, case: Case, period: Period, *, consistent: bool = True
    ) -> dict[str, set[datetime]]:
        """What is taken, but for the case's own appointment, which a move gives back."""
        busy = self._calendar.busy(period, consistent=consistent)
        own = case.appointment
        if own and Obstacle.DAY_OFF not in own.obstacles:
            busy[own.agent] -= set(claimed(own.start))
        return busy

    def _allowed(self, case: Case) -> Period:
        allowed = bookable(in_seconds(self._clock), self._policy)
        begins = max(allowed.begins, case.books_from or allowed.begins)
        return Period(begins=begins, ends=allowed.ends)

    def _require_current(self, case: Case) -> None:
        """Refuse an appointment for a credential that has been revoked meanwhile."""
        credential = self._credentials.live(case.account)
        if credential is None or credential.id != case.credential:
            raise NoSuchStep
