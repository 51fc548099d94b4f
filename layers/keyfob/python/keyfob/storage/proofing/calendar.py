"""Agents and their calendar in the `proofing` table (C3, S33).

A quarter of an hour of an agent is one row, which can be put once: appointments and days off
exclude each other by that condition alone.

    A: PUT 09:00, 09:15, 09:30 of agent 1, each if absent    ✓
    B: PUT 09:30, 09:45, 10:00 of agent 1, each if absent    ✗ Conflict: B looks for another agent

Partitions are weeks (UTC, from Monday): reading the free times of two weeks takes three queries,
however many agents there are; the agent comes first in the sort key, so that one agent's day is a
range.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from pynamodb.attributes import BooleanAttribute, JSONAttribute, NumberAttribute, UnicodeAttribute

from keyfob.domain import due_index as index
from keyfob.domain.due_index import instant
from keyfob.domain.proofing.agent import QUARTER, Agent, Period, Shift
from keyfob.domain.proofing.calendar import claimed
from keyfob.domain.proofing.case import Appointment, Obstacle
from keyfob.domain.proofing.unavailable import Job, JobKind
from keyfob.storage.database import Database
from keyfob.storage.rows import (
    AuditedRow,
    Check,
    DueRow,
    Put,
    Remove,
    Row,
    Subject,
    Update,
    Write,
    assign,
    differing,
)

AGENTS = "AGENTS"
_KEPT = timedelta(days=2)


class AgentRow(AuditedRow):
    """(`AGENTS`, account): an agent, with zone, languages and weekly hours."""

    class Meta:
        table_name = "proofing"

    zone = UnicodeAttribute()
    languages = JSONAttribute()
    shifts = JSONAttribute()
    room = UnicodeAttribute(null=True)
    active = BooleanAttribute()


class QuarterRow(Row):
    """(`WEEK#<its Monday>`, `<agent>#<instant>`): the agent's quarter of an hour is taken.

    By an appointment, or else by a day off.
    """

    class Meta:
        table_name = "proofing"

    appointment = UnicodeAttribute(null=True)
    expires = NumberAttribute()


class JobRow(DueRow):
    """(`AGENT#<account>`, job): a change of the agent's time that is to be carried through."""

    class Meta:
        table_name = "proofing"

    kind = UnicodeAttribute()
    at = UnicodeAttribute()
    days = JSONAttribute()


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """A taken quarter of an hour of an agent; a day off has no appointment."""

    agent: str
    at: datetime
    appointment: str | None


class Calendar:
    """Reads agents and what is taken of their time, strongly consistent by default."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def agents(self) -> list[Agent]:
        """Every agent, by account."""
        items = self._database.query(AgentRow, key=("pk", AGENTS))
        return [_agent(AgentRow.from_raw_data(item)) for item in items]

    def agent(self, account: str) -> Agent | None:
        """The agent with this account."""
        row = self._database.get(AgentRow, AGENTS, account)
        return _agent(row) if row else None

    def busy(self, period: Period, *, consistent: bool = True) -> dict[str, set[datetime]]:
        """The taken quarters of each agent in this period, and some around it.

        What is only shown needn't be `consistent`, at half the price.
        """
        found: dict[str, set[datetime]] = defaultdict(set)
        for week in _weeks(period):
            for item in self._database.query(QuarterRow, key=("pk", week), consistent=consistent):
                taken = _taken(item)
                found[taken.agent].add(taken.at)
        return found

    def of_agent(self, account: str, period: Period) -> list[Taken]:
        """What is taken of this agent's time in this period, in order."""
        since = ("sk", _sort_key(account, period.begins))
        until = ("sk", _sort_key(account, period.ends - QUARTER))
        return [
            _taken(item)
            for week in _weeks(period)
            for item in self._database.query(QuarterRow, key=("pk", week), since=since, until=until)
        ]

    def jobs(self, agent: str) -> list[Job]:
        """What is to be carried through of changes of this agent's time, the oldest first."""
        items = self._database.query(JobRow, key=("pk", _of_jobs(agent)))
        return [_job(JobRow.from_raw_data(item)) for item in items]

    def has(self, job: Job) -> bool:
        """Whether the job is still to be done."""
        return self._database.get(JobRow, *_job_key(job)) is not None


def put_agent(agent: Agent) -> Put:
    """The write that adds an agent."""
    values = {name: one for name, one in _values(agent).items() if one is not None}
    row = AgentRow(AGENTS, agent.account, **values)
    return Put(row=row, subject=Subject(id=agent.subject))


def change_agent(seen: Agent, to: Agent) -> Update:
    """The update that turns `seen` into `to`."""
    return Update(
        row=AgentRow,
        key=(AGENTS, seen.account),
        actions=assign(AgentRow, differing(_values(seen), _values(to))),
        subject=Subject(id=seen.subject, number=seen.version, head=seen.head),
    )


def put_job(job: Job, due: datetime) -> Put:
    """The write that notes a job; the clock does it at `due` unless it is done before."""
    key = _job_key(job)
    row = JobRow(
        *key,
        kind=job.kind,
        at=instant(job.at),
        days=[one.isoformat() for one in job.days],
        g1pk=index.shard_of(key[0]),
        g1sk=index.sort_key(due, key[0]),
    )
    return Put(row=row)


def remove_job(job: Job) -> Remove:
    """The write that removes a job that is done."""
    return Remove(row=JobRow, key=_job_key(job), condition=JobRow.pk.exists())


def take_off(job: Job, quarters: Sequence[datetime]) -> list[Write]:
    """The writes that take quarters off, if the job is still to be done.

    A `Conflict` if it isn't, or if any quarter is taken, by whatever.
    """
    return [_still(job), *(_put(job.agent, at, None) for at in quarters)]


def unblock(job: Job, quarters: Sequence[datetime]) -> list[Write]:
    """The writes that give quarters off back, if the job is still to be done.

    A `Conflict` if it isn't, or if any quarter isn't off.
    """
    return [_still(job), *(_unblock(job.agent, at) for at in quarters)]


def claim(agent: str, start: datetime, appointment: str) -> list[Write]:
    """The writes that claim an appointment's time; a `Conflict` if any of it is taken."""
    return [_put(agent, at, appointment) for at in claimed(start)]


def give_back(booked: Appointment) -> list[Write]:
    """The writes that free an appointment's time; of a day off it becomes a part of the day off."""
    return [_free(booked, at) for at in claimed(booked.start)]


def move(old: Appointment, new: Appointment) -> list[Write]:
    """The writes that move an appointment.

    What it keeps is its own: only a change of the case frees it, and the case's version is checked.
    """
    before = {(old.agent, at) for at in claimed(old.start)}
    after = {(new.agent, at) for at in claimed(new.start)}
    return [
        *(_free(old, at) for _, at in sorted(before - after)),
        *(_put(*one, old.id) for one in sorted(after - before)),
    ]


def _unblock(agent: str, at: datetime) -> Remove:
    free = QuarterRow.appointment.does_not_exist() & QuarterRow.pk.exists()
    return Remove(row=QuarterRow, key=(_week(at), _sort_key(agent, at)), condition=free)


def _put(agent: str, at: datetime, appointment: str | None) -> Put:
    expires = int((at + _KEPT).timestamp())
    key = (_week(at), _sort_key(agent, at))
    return Put(row=QuarterRow(*key, appointment=appointment, expires=expires))


def _free(booked: Appointment, at: datetime) -> Remove | Update:
    own = QuarterRow.appointment == booked.id
    key = (_week(at), _sort_key(booked.agent, at))
    if Obstacle.DAY_OFF in booked.obstacles:
        gone = [QuarterRow.appointment.remove()]
        return Update(row=QuarterRow, key=key, actions=gone, condition=own)
    return Remove(row=QuarterRow, key=key, condition=own)


def _still(job: Job) -> Check:
    return Check(row=JobRow, key=_job_key(job), condition=JobRow.pk.exists())


def _of_jobs(agent: str) -> str:
    return f"AGENT#{agent}"


def _job_key(job: Job) -> tuple[str, str]:
    return _of_jobs(job.agent), job.id


def _job(row: JobRow) -> Job:
    return Job(
        id=row.sk,
        agent=row.pk.removeprefix("AGENT#"),
        kind=JobKind(row.kind),
        at=datetime.fromisoformat(row.at),
        days=tuple(date.fromisoformat(one) for one in row.days),
    )


def _weeks(period: Period) -> Iterator[str]:
    at = period.begins
    last = _week(period.ends)
    while (week := _week(at)) < last:
        yield week
        at += timedelta(days=7)
    yield last


def _week(at: datetime) -> str:
    return f"WEEK#{(at - timedelta(days=at.weekday())).date().isoformat()}"


def _sort_key(agent: str, at: datetime) -> str:
    return f"{agent}#{instant(at)}"


def _taken(item: dict[str, Any]) -> Taken:
    agent, _, at = item["sk"]["S"].partition("#")
    appointment = item.get("appointment", {}).get("S")
    return Taken(agent=agent, at=datetime.fromisoformat(at), appointment=appointment)


def _values(agent: Agent) -> dict[str, Any]:
    return {
        "zone": agent.zone,
        "languages": list(agent.languages),
        "shifts": [
            [one.weekday, one.begins.isoformat("minutes"), one.ends.isoformat("minutes")]
            for one in agent.shifts
        ],
        "room": agent.room or None,
        "active": agent.active,
    }


def _agent(row: AgentRow) -> Agent:
    return Agent(
        account=row.sk,
        zone=row.zone,
        languages=tuple(row.languages),
        shifts=tuple(
            Shift(weekday=weekday, begins=time.fromisoformat(begins), ends=time.fromisoformat(ends))
            for weekday, begins, ends in row.shifts
        ),
        room=row.room or "",
        active=bool(row.active),
        version=int(row.version),
        head=row.head,
    )
