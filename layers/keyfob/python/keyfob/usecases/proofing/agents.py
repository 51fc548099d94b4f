"""Operators set who proofs, and when (C3)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from keyfob.domain import ids
from keyfob.domain.audit.entry import Actor, Entry
from keyfob.domain.audit.facts import added, changed
from keyfob.domain.audit.personal import PersonalFacts
from keyfob.domain.clock import Clock, in_seconds
from keyfob.domain.directory.role import Role
from keyfob.domain.errors import IllegalTransition, NotFound
from keyfob.domain.proofing.agent import Agent, Shift
from keyfob.domain.proofing.unavailable import Job, JobKind
from keyfob.storage.audit import personal as personal_rows
from keyfob.storage.directory.store import Directory
from keyfob.storage.proofing import calendar as rows
from keyfob.storage.proofing.calendar import Calendar
from keyfob.storage.rows import Write
from keyfob.storage.sessions.store import SessionStore
from keyfob.storage.transaction import Transactions
from keyfob.usecases.holds.freezing import account_of
from keyfob.usecases.proofing.agent_jobs import DUE, AgentJobs


@dataclass(frozen=True, slots=True, kw_only=True)
class DaysOff:
    """How many quarters changed, and the appointments on these days, by their start.

    They stay: their holders were told to move them.
    """

    quarters: int
    booked: Mapping[str, datetime]


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangedAgent:
    """The agent, and the appointments that must be moved, by their start."""

    agent: Agent
    to_move: Mapping[str, datetime]


class Agents:
    """The agents and their weekly hours."""

    def __init__(
        self,
        *,
        calendar: Calendar,
        directory: Directory,
        sessions: SessionStore,
        jobs: AgentJobs,
        transactions: Transactions,
        clock: Clock,
    ) -> None:
        self._calendar = calendar
        self._directory = directory
        self._sessions = sessions
        self._jobs = jobs
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
    ) -> ChangedAgent:
        """Make the account an agent with these hours, or change them; appointments stay.

        Their holders are told if the agent can't come any more. A process that dies is called
        again, by the operator or by the clock.

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
            self._commit(seen, agent, by.acting_for(account))
            return agent

        agent = self._transactions.retry_on_conflict(attempt)
        done = self._jobs.perform(account, by)
        to_move = {one.id: one.start for each in done for one in each.to_move}
        return ChangedAgent(agent=agent, to_move=to_move)

    def days_off(self, user_id: str, days: Sequence[date], by: Actor, *, off: bool) -> DaysOff:
        """Take these days of the agent's off, or give them back; repeating it changes nothing more.

        Each quarter of an hour is put once, so that days off and bookings exclude each other
        quarter by quarter: what is booked stays, and its holders are told to move it. A process
        that dies is called again, by the operator or by the clock.

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
        job = self._job(account, JobKind.TAKE_OFF if off else JobKind.GIVE_BACK, days)
        self._transactions.commit(rows.put_job(job, job.at + DUE), audit=[entry])
        done = [one for one in self._jobs.perform(account, by) if one.job.id == job.id]
        periods = [agent.local_day(day) for day in days]
        taken = [one for period in periods for one in self._calendar.of_agent(account, period)]
        booked = {one.appointment: one.at for one in reversed(taken) if one.appointment}
        return DaysOff(
            quarters=sum(one.quarters for one in done), booked=dict(reversed(booked.items()))
        )

    def _commit(self, seen: Agent | None, agent: Agent, by: Actor) -> None:
        rooms = _rooms(seen, agent)
        facts = changed(_facts(seen), _facts(agent)) if seen else added(_facts(agent))
        entry = Entry(
            action="agent.changed" if seen else "agent.added",
            actor=by,
            at=self._clock(),
            subject=agent.subject,
            facts={**facts, **rooms.facts},
        )
        writes: list[Write] = [rows.change_agent(seen, agent) if seen else rows.put_agent(agent)]
        if seen:
            job = self._job(agent.account, JobKind.HOURS)
            writes.append(rows.put_job(job, job.at + DUE))
        if rooms.values:
            writes.append(personal_rows.put(rooms))
        self._transactions.commit(*writes, audit=[entry])

    def _job(self, account: str, kind: JobKind, days: Sequence[date] = ()) -> Job:
        now = in_seconds(self._clock)
        made = f"JOB#{ids.ulid(self._clock())}"
        return Job(id=made, agent=account, kind=kind, at=now, days=tuple(days))


def _facts(agent: Agent) -> dict[str, object]:
    hours = (f"{one.weekday + 1} {one.begins:%H:%M}-{one.ends:%H:%M}" for one in agent.shifts)
    return {
        "time_zone": agent.zone,
        "languages": agent.languages,
        "hours": tuple(hours),
        "active": agent.active,
    }


def _rooms(seen: Agent | None, to: Agent) -> PersonalFacts:
    """The rooms before and after a change: their addresses may name the agent (S66)."""
    before = seen.room if seen else ""
    rooms = {"room_before": before, "room_after": to.room} if before != to.room else {}
    return PersonalFacts(
        account=to.account, values={name: room for name, room in rooms.items() if room}
    )
