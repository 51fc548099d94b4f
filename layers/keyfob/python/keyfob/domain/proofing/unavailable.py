"""Agents that can't come to what is booked: it stays, and its holder is told to move it. Pure (C3).

    day off, shorter hours, inactive ──▶ the holder is told, once for each obstacle
    the agent can come after all     ──▶ the holder is told that the appointment takes place

An obstacle is part of the appointment, so that a mail about it is never sent twice, and goes with
the appointment when that is moved.
"""

from __future__ import annotations

from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum

from keyfob.domain.errors import IllegalTransition
from keyfob.domain.proofing.agent import Agent, Period
from keyfob.domain.proofing.calendar import LENGTH
from keyfob.domain.proofing.case import (
    Appointment,
    Case,
    Change,
    Obstacle,
    State,
    Transition,
    changed,
)

# The obstacles that an agent's hours decide about; days off are set and lifted by the day.
OF_HOURS = frozenset({Obstacle.HOURS, Obstacle.INACTIVE})


class JobKind(StrEnum):
    """Kinds of jobs."""

    TAKE_OFF = "take_off"
    GIVE_BACK = "give_back"
    HOURS = "hours"


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """A change of an agent's time that is to be carried through, and whose holders are to be told.

    `days` are those to take off or give back, in the agent's zone; jobs are done in the order of
    `id`.
    """

    id: str
    agent: str
    kind: JobKind
    at: datetime
    days: tuple[date, ...] = ()


def obstacles(agent: Agent, appointment: Appointment) -> frozenset[Obstacle]:
    """The reasons in the agent's hours why the agent can't come to this appointment."""
    found = set() if agent.active else {Obstacle.INACTIVE}
    period = Period(begins=appointment.start, ends=appointment.start + LENGTH)
    if not any(
        hours.begins <= period.begins and period.ends <= hours.ends
        for hours in agent.working(period)
    ):
        found.add(Obstacle.HOURS)
    return frozenset(found)


def judge(
    case: Case, found: AbstractSet[Obstacle], judged: AbstractSet[Obstacle], now: datetime
) -> Transition:
    """Set which of the `judged` obstacles the booked appointment has: those that were `found`.

    Nothing changes if it has begun, or has them already.
    """
    booked = case.appointment
    if booked is None or now >= booked.start:
        return Transition(case=case)
    after = frozenset(found) | (booked.obstacles - judged)
    if after == booked.obstacles:
        return Transition(case=case)
    told = replace(case, appointment=replace(booked, obstacles=after))
    if after:
        return changed(Change.AGENT_UNAVAILABLE, told)
    return changed(Change.AGENT_AVAILABLE, told)


def reassign(case: Case, agent: str, now: datetime) -> Transition:
    """Give the booked appointment to another agent at the same time; an operator's decision.

    Raises:
        IllegalTransition: none is booked, it has begun, or it is this agent's already.
    """
    booked = case.appointment
    if case.state is not State.BOOKED or booked is None:
        raise IllegalTransition("no appointment is booked")
    if now >= booked.start:
        raise IllegalTransition("the appointment has begun")
    if booked.agent == agent:
        raise IllegalTransition("the appointment is this agent's already")
    given = replace(booked, agent=agent, number=booked.number + 1, obstacles=frozenset())
    # The mails go out now: a room that isn't there yet is given up.
    given = replace(given, room_by=None)
    return changed(Change.REASSIGNED, replace(case, appointment=given))
