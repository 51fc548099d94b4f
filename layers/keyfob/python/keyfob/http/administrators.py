"""The administrator who calls a route."""

from __future__ import annotations

from dataclasses import replace

from keyfob.domain.sessions.administrator import Administrator
from keyfob.http.resolver import Api


def administrator_of(app: Api, reason: str = "") -> Administrator:
    """The caller with the proof that the route asks for; an act has its reason."""
    caller = app.caller
    return Administrator(
        by=replace(caller.actor, reason=reason),
        organization=caller.organization,
        partner=caller.partner,
        credential=caller.credential,
        proof=app.proof,
    )
