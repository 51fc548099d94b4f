"""Acts about agents, appointments and proofings, and their lists (C3, C4)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from keyfob.domain.audit.entry import Actor
from keyfob.domain.proofing.case import Absence
from keyfob.usecases.proofing.listing import Listed
from operations import wiring
from operations.proofing_requests import (
    ConfirmNameRequest,
    DaysOffRequest,
    ListProofingsRequest,
    ReassignAppointmentRequest,
    RefuseNameRequest,
    ReopenProofingRequest,
    SetAgentRequest,
)


def set_agent(request: SetAgentRequest, by: Actor) -> dict[str, Any]:
    done = wiring.agents().set(
        request.user_id,
        zone=request.time_zone,
        languages=tuple(request.languages),
        shifts=tuple(one.shift() for one in request.hours),
        room=request.room,
        active=request.active,
        by=by,
    )
    agent = done.agent
    return {"agent": agent.account, "active": agent.active, "to_move": listed(done.to_move)}


def days_off(request: DaysOffRequest, by: Actor) -> dict[str, Any]:
    done = wiring.agents().days_off(request.user_id, request.days, by, off=request.off)
    return {"quarters": done.quarters, "booked": listed(done.booked)}


def listed(appointments: Mapping[str, datetime]) -> list[dict[str, Any]]:
    return [{"appointment": one, "start": start.isoformat()} for one, start in appointments.items()]


def reassign_appointment(request: ReassignAppointmentRequest, by: Actor) -> dict[str, Any]:
    given = wiring.reassigning().reassign(request.user_id, by, to=request.agent)
    return {"appointment": given.id, "start": given.start.isoformat(), "agent": given.agent}


def reopen_proofing(request: ReopenProofingRequest, by: Actor) -> dict[str, Any]:
    missed_by = Absence(request.missed_by) if request.missed_by else None
    case = wiring.reviewing().reopen(request.user_id, by, missed_by=missed_by)
    return {"proofing": case.id, "state": case.state}


def list_proofings(request: ListProofingsRequest) -> dict[str, Any]:
    found = wiring.listing().cases(state=request.state, acts=request.acts, limit=request.limit)
    return {"proofings": [_listed(one) for one in found]}


def _listed(one: Listed) -> dict[str, Any]:
    case, date = one.case, one.step.date
    shown = {
        "user_id": one.user_id,
        "proofing": case.id,
        "state": one.state,
        "step": one.step.name,
        "acts": one.step.acts,
        "date": date.isoformat() if date else None,
        "opened_at": case.opened_at.isoformat(),
        "failures": case.failures,
        "no_shows": case.no_shows,
    }
    if case.correction and case.held:
        shown |= {"name_on_document": case.correction.name, "found_by": case.held.agent}
    return shown


def list_agents() -> dict[str, Any]:
    return {
        "agents": [
            {
                "user_id": user_id,
                "agent": agent.account,
                "active": agent.active,
                "time_zone": agent.zone,
                "languages": list(agent.languages),
                "room": agent.room,
                "hours": [
                    {
                        "day": one.weekday + 1,
                        "from": one.begins.isoformat("minutes"),
                        "until": one.ends.isoformat("minutes"),
                    }
                    for one in agent.shifts
                ],
            }
            for user_id, agent in wiring.listing().agents()
        ]
    }


def decide_name(request: ConfirmNameRequest | RefuseNameRequest, by: Actor) -> dict[str, Any]:
    correcting, user_id = wiring.correcting(), request.user_id
    if isinstance(request, ConfirmNameRequest):
        case = correcting.confirm(user_id, request.names(), by)
    else:
        case = correcting.refuse(user_id, by)
    return {"proofing": case.id, "state": case.state}
