"""Operators give an appointment to another agent at the same time (C3).

the operator reassigns                          a booking of the other agent's time
reads: agent 2 is free                          reads: agent 2 is free
DELETE agent 1's quarters, PUT agent 2's  ✓     PUT agent 2's quarters    ✗ looks for another
"""

from __future__ import annotations

from datetime import timedelta

from keyfob.domain.audit.entry import Actor
from keyfob.domain.clock import Clock, in_seconds
from keyfob.domain.errors import IllegalTransition, NotFound
from keyfob.domain.proofing.agent import Agent, Period
from keyfob.domain.proofing.calendar import candidates
from keyfob.domain.proofing.case import Appointment, Case
from keyfob.domain.proofing.unavailable import reassign
from keyfob.storage.directory.store import Directory
from keyfob.storage.proofing import calendar as calendar_rows
from keyfob.storage.proofing.calendar import Calendar
from keyfob.storage.proofing.store import CaseStore
from keyfob.storage.transaction import Transactions
from keyfob.usecases.holds.freezing import account_of
from keyfob.usecases.proofing.cases import CaseChanges

_DAY = timedelta(days=1)


class Reassigning:
    """Gives appointments to other agents."""

    def __init__(
        self,
        *,
        cases: CaseStore,
        calendar: Calendar,
        directory: Directory,
        changes: CaseChanges,
        transactions: Transactions,
        clock: Clock,
    ) -> None:
        self._cases = cases
        self._calendar = calendar
        self._directory = directory
        self._changes = changes
        self._transactions = transactions
        self._clock = clock

    def reassign(self, user_id: str, by: Actor, *, to: str | None = None) -> Appointment:
        """Give the appointment of this account's holder to another agent who is free then.

        Args:
            to: the user id of the wanted agent; the best one that is free by default.

        Raises:
            NotFound: no account has this user id.
            IllegalTransition: no appointment is booked, or it has begun; nobody else is free.
        """
        account = account_of(self._directory, user_id)
        wanted = account_of(self._directory, to) if to else None

        def attempt() -> Appointment:
            seen = self._cases.current(account)
            if seen is None:
                raise NotFound("This account has no proofing.")
            if seen.appointment is None:
                raise IllegalTransition("no appointment is booked")
            before = seen.appointment
            agent = self._other(seen, before, wanted)
            made = reassign(seen, agent, in_seconds(self._clock))
            after = made.case.appointment
            if after is None:
                raise ValueError("a reassigned appointment stays booked")
            self._changes.commit(
                seen,
                made,
                by=by.acting_for(account),
                writes=calendar_rows.move(before, after),
                facts={"agent": agent, "from": before.agent, "start": after.start.isoformat()},
            )
            return after

        return self._transactions.retry_on_conflict(attempt)

    def _other(self, case: Case, booked: Appointment, wanted: str | None) -> str:
        """The best other agent who is free at this time; nobody proofs oneself."""

        def may(agent: Agent) -> bool:
            is_other = agent.account not in (case.account, booked.agent)
            return is_other and wanted in (None, agent.account)

        moment = Period(begins=booked.start - _DAY, ends=booked.start + _DAY)
        language = case.contact.language if case.contact else "en"
        found = candidates(
            filter(may, self._calendar.agents()),
            self._calendar.busy(moment),
            booked.start,
            language=language,
            case=case.id,
        )
        if not found:
            who = "this agent isn't" if wanted else "no other agent is"
            raise IllegalTransition(f"{who} free at the time of the appointment")
        return found[0].account
