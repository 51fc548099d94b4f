"""Operators set who proofs, and when (C3)."""

from __future__ import annotations

from dataclasses import replace

from keyfob.domain.audit.entry import Actor, Entry
from keyfob.domain.audit.facts import added, changed
from keyfob.domain.clock import Clock
from keyfob.domain.directory.role import Role
from keyfob.domain.errors import IllegalTransition
from keyfob.domain.proofing.agent import Agent, Shift
from keyfob.storage.directory.store import Directory
from keyfob.storage.proofing import calendar as rows
from keyfob.storage.proofing.calendar import Calendar
from keyfob.storage.sessions.store import SessionStore
from keyfob.storage.transaction import Transactions
from keyfob.usecases.holds.freezing import account_of


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
                account=account, zone=zone, languages=languages, shifts=shifts, active=active
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


def _facts(agent: Agent) -> dict[str, object]:
    hours = (f"{one.weekday + 1} {one.begins:%H:%M}-{one.ends:%H:%M}" for one in agent.shifts)
    return {
        "time_zone": agent.zone,
        "languages": agent.languages,
        "hours": tuple(hours),
        "active": agent.active,
    }
