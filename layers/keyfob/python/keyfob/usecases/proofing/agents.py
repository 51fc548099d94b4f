"""Operators set who proofs, and when (C3)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from keyfob.domain.audit.entry import Actor, Entry
from keyfob.domain.audit.facts import added, changed
from keyfob.domain.clock import Clock
from keyfob.domain.directory.role import Role
from keyfob.domain.errors import IllegalTransition, NotFound
from keyfob.domain.proofing.agent import Agent, Period, Shift, quarters
from keyfob.storage.database import Conflict
from keyfob.storage.directory.store import Directory
from keyfob.storage.proofing import calendar as rows
from keyfob.storage.proofing.calendar import Calendar
from keyfob.storage.sessions.store import SessionStore
from keyfob.storage.transaction import Transactions
from keyfob.usecases.holds.freezing import account_of


@dataclass(frozen=True, slots=True, kw_only=True)
class DaysOff:
    """How many quarters changed, and the appointments on these days, by their start.

    They stay: their holders can move them.
    """

    quarters: int
    booked: Mapping[str, datetime]


class Agents:
    """The agents and their weekly hours."""

    def __init__(
        self,
        *,
        calendar: Calendar,
        directory: Directory,
        sessions: SessionStore,
        transactions: Transactions,
        clock: Clock,
    ) -> None:
        self._calendar = calendar
        self._directory = directory
        self._sessions = sessions
        self._transactions = transactions
        self._clock = clock

    def set(
        self,
        user_id: str,
        *,
        zone: str,
        languages: tuple[str, ...],
        shifts: tuple[Shift, ...],
        room: str,
        active: bool,
        by: Actor,
    ) -> Agent:
        """Make the account an agent with these hours, or change them; appointments stay.

        Raises:
            NotFound: no account has this user id. IllegalTransition: it hasn't the role.
        """
        account = account_of(self._directory, user_id)
        found = self._sessions.get(account)
        if found is None or Role.AGENT not in found.roles:
            raise IllegalTransition("this account doesn't have the role agent")

        def attempt() -> Agent:
            seen = self._calendar.agent(account)
            agent = Agent(
                account=account,
                zone=zone,
                languages=languages,
                shifts=shifts,
                room=room,
                active=active,
            )
            if seen:
                agent = replace(agent, version=seen.version, head=seen.head)
            if seen == agent:
                return agent
            entry = Entry(
                action="agent.changed" if seen else "agent.added",
                actor=by.acting_for(account),
                at=self._clock(),
                subject=agent.subject,
                facts=changed(_facts(seen), _facts(agent)) if seen else added(_facts(agent)),
            )
            write = rows.change_agent(seen, agent) if seen else rows.put_agent(agent)
            self._transactions.commit(write, audit=[entry])
            return agent

        return self._transactions.retry_on_conflict(attempt)

    def days_off(self, user_id: str, days: Sequence[date], by: Actor, *, off: bool) -> DaysOff:
        """Take these days of the agent's off, or give them back; repeating it changes nothing more.

        Each quarter of an hour is a write of its own, so that days off and bookings exclude each
        other quarter by quarter: what is booked stays. A process that dies is called again.

        Raises:
            NotFound: no account has this user id, or it is no agent's.
        """
        account = account_of(self._directory, user_id)
        agent = self._calendar.agent(account)
        if agent is None:
            raise NotFound("This account is no agent's.")
        entry = Entry(
            action="agent.days_off" if off else "agent.days_back",
            actor=by.acting_for(account),
            at=self._clock(),
            facts={"days": ", ".join(map(str, days))},
        )
        self._transactions.commit(audit=[entry])
        periods = [agent.local_day(day) for day in days]
        changed = sum(self._take(agent, one) if off else self._give(agent, one) for one in periods)
        taken = [one for period in periods for one in self._calendar.of_agent(account, period)]
        booked = {one.appointment: one.at for one in reversed(taken) if one.appointment}
        return DaysOff(quarters=changed, booked=dict(reversed(booked.items())))

    def _take(self, agent: Agent, day: Period) -> int:
        wanted = [
            at
            for hours in agent.working(day)
            for at in quarters(hours)
            if day.begins <= at < day.ends
        ]
        return sum(self._calendar.take_off(agent.account, at) for at in wanted)

    def _give(self, agent: Agent, day: Period) -> int:
        off = [
            one.at for one in self._calendar.of_agent(agent.account, day) if one.appointment is None
        ]
        return sum(self._give_one(agent, at) for at in off)

    def _give_one(self, agent: Agent, at: datetime) -> bool:
        """Give a quarter back; False if somebody else did meanwhile."""
        try:
            self._transactions.commit(rows.unblock(agent.account, at), audit=[])
        except Conflict:
            return False
        return True


def _facts(agent: Agent) -> dict[str, object]:
    hours = (f"{one.weekday + 1} {one.begins:%H:%M}-{one.ends:%H:%M}" for one in agent.shifts)
    return {
        "time_zone": agent.zone,
        "languages": agent.languages,
        "hours": tuple(hours),
        "room": agent.room or None,
        "active": agent.active,
    }
