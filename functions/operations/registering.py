"""Lists and decisions about registrations (A3)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from keyfob.domain.audit.entry import Actor
from keyfob.domain.registrations.content import Person, Profile
from keyfob.usecases.registrations.deciding import Waiting
from operations import wiring
from operations.requests import (
    ApproveRegistrationRequest,
    DecisionRequest,
    ListRegistrationsRequest,
)


def list_registrations(request: ListRegistrationsRequest) -> dict[str, Any]:
    """The registrations that wait for a decision, the oldest first."""
    found = wiring.deciding().waiting(limit=request.limit)
    return {"registrations": [_waiting(one) for one in found]}


def _waiting(one: Waiting) -> dict[str, Any]:
    registration, content = one.registration, one.content
    return {
        "registration": registration.id,
        "partner": registration.partner,
        "application": registration.application,
        "invited": registration.invitation is not None,
        "submitted_at": _written(registration.submitted_at),
        "answer_by": _written(registration.due_at),
        "overdue": one.overdue,
        "registrant": content.email,
        "organization": _organization(content.profile),
        "administrators": [_administrator(one) for one in content.people],
        "likely_duplicates": [
            {"organization": one.organization, "same": str(one.alike)} for one in one.duplicates
        ],
    }


def _organization(profile: Profile) -> dict[str, Any]:
    return {
        "name": profile.name,
        "country": profile.country,
        "subdivision": profile.subdivision or None,
        "time_zone": profile.time_zone,
        "address": list(profile.address),
        "registers": dict(profile.registers),
        "website": profile.website or None,
    }


def _administrator(person: Person) -> dict[str, Any]:
    names = (person.first_name, person.middle_name, person.last_name)
    return {
        "name": " ".join(name for name in names if name),
        "email": person.email,
        "roles": [str(role) for role in person.roles],
    }


def _written(at: datetime | None) -> str | None:
    return at.isoformat(timespec="seconds") if at else None


def decide_registration(request: DecisionRequest, by: Actor) -> dict[str, Any]:
    """Return the new organization and its administrators, or the state of the rejected one."""
    deciding = wiring.deciding()
    if isinstance(request, ApproveRegistrationRequest):
        organization, accounts = deciding.approve(request.registration, by)
        return {
            "organization": organization.id,
            "administrators": [{"account": one.id, "user_id": one.user_id} for one in accounts],
        }
    rejected = deciding.reject(request.registration, by)
    return {"registration": rejected.id, "state": rejected.state}
