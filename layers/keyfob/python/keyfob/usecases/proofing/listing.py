"""Lists of cases and agents for operators (C3, C4, G2). Reads the whole table: for the console."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from keyfob.domain.clock import Clock
from keyfob.domain.proofing.agent import Agent
from keyfob.domain.proofing.case import Case, State
from keyfob.domain.proofing.step import Acts, Step, step_of
from keyfob.storage.directory.store import Directory
from keyfob.storage.proofing.calendar import Calendar
from keyfob.storage.proofing.store import CaseStore


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """A case with its holder's user id, its state and step as they are now."""

    case: Case
    user_id: str
    state: State
    step: Step


class Listing:
    """Lists cases that aren't over, and agents."""

    def __init__(
        self, *, cases: CaseStore, calendar: Calendar, directory: Directory, clock: Clock
    ) -> None:
        self._cases = cases
        self._calendar = calendar
        self._directory = directory
        self._clock = clock

    def cases(
        self, *, state: State | None = None, acts: Acts | None = None, limit: int
    ) -> list[Listed]:
        """The open cases in this state, or at which this side has to act; the oldest date first.

        Cases without a date come last. At most `limit`, of all that there are.
        """
        found = sorted(self._found(state, acts), key=_urgency)
        return found[:limit]

    def agents(self) -> list[tuple[str, Agent]]:
        """Every agent with its user id."""
        return [(self._user_id(one.account), one) for one in self._calendar.agents()]

    def _found(self, state: State | None, acts: Acts | None) -> Iterator[Listed]:
        now = self._clock()
        for case in self._cases.all():
            seen, step = case.state_at(now), step_of(case, now)
            wanted = (state is None or state is seen) and (acts is None or acts is step.acts)
            if wanted and not case.is_over:
                yield Listed(case=case, user_id=self._user_id(case.account), state=seen, step=step)

    def _user_id(self, account: str) -> str:
        found = self._directory.account(account)
        return found.user_id if found else ""


def _urgency(one: Listed) -> tuple[bool, datetime, str]:
    date = one.step.date
    return date is None, date or one.case.opened_at, one.case.id
