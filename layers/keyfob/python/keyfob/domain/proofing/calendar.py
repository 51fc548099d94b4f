"""Free times, and who gets an appointment. Pure.

    quarter      09:00   09:15   09:30   09:45
    appointment  ├── 30 minutes ─┤
    claimed      ■       ■       ■ after it, for the agent to write down the result

An appointment claims its quarters of an hour of one agent, each of which can be claimed once
(`storage/proofing/calendar.py`). What is shown as free is a copy of a moment: the claim decides.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Iterable, Mapping
from datetime import datetime, timedelta

from keyfob.domain.policy import Policy
from keyfob.domain.proofing.agent import Agent, Period, quarters

# At most so long (C3); starts are as far apart, counted from the beginning of a shift.
LENGTH = timedelta(minutes=30)
_AFTER = timedelta(minutes=15)
_NEAREST = 3

Busy = Mapping[str, Collection[datetime]]


def claimed(start: datetime) -> list[datetime]:
    """The quarters that an appointment at this start claims."""
    return list(quarters(Period(begins=start, ends=start + LENGTH + _AFTER)))


def bookable(now: datetime, policy: Policy) -> Period:
    """The period in which an appointment may begin."""
    return Period(
        begins=now + policy.appointment_notice,
        ends=now + policy.appointment_horizon,
    )


def starts(agent: Agent, period: Period) -> list[datetime]:
    """The starts that the agent's hours have in this period, free or not."""
    if not agent.active:
        return []
    found: list[datetime] = []
    for hours in agent.working(period):
        at = hours.begins
        while at + LENGTH <= hours.ends:
            if period.begins <= at < period.ends:
                found.append(at)
            at += LENGTH
    return found


def free(agents: Iterable[Agent], busy: Busy, period: Period) -> list[datetime]:
    """The starts at which at least one agent is free, each once, in order."""
    found = {
        start for agent in agents for start in starts(agent, period) if _is_free(agent, busy, start)
    }
    return sorted(found)


def candidates(
    agents: Iterable[Agent], busy: Busy, start: datetime, *, language: str, case: str
) -> list[Agent]:
    """The agents that are free at this start, the best first.

    Those who speak the language come first, then those with the fewest quarters claimed on their
    day, then by a hash of case and agent, so that simultaneous bookings spread.
    """
    moment = Period(begins=start, ends=start + timedelta(seconds=1))
    able = [one for one in agents if start in starts(one, moment) and _is_free(one, busy, start)]
    return sorted(able, key=_rank(busy, start, language, case))


def nearest(found: Iterable[datetime], wanted: datetime) -> list[datetime]:
    """The three of these starts that are nearest to the wanted one, in order of time."""
    by_distance = sorted(found, key=lambda start: (abs(start - wanted), start))
    return sorted(by_distance[:_NEAREST])


def _is_free(agent: Agent, busy: Busy, start: datetime) -> bool:
    taken = busy.get(agent.account, ())
    return not any(quarter in taken for quarter in claimed(start))


def _rank(
    busy: Busy, start: datetime, language: str, case: str
) -> Callable[[Agent], tuple[bool, int, str]]:
    def rank(agent: Agent) -> tuple[bool, int, str]:
        day = agent.local_day(agent.day_of(start))
        load = sum(day.begins <= one < day.ends for one in busy.get(agent.account, ()))
        spread = hashlib.sha256(f"{case}:{agent.account}".encode()).hexdigest()
        return language not in agent.languages, load, spread

    return rank
