"""The administrator who calls a route, and the body of an act."""

from __future__ import annotations

from dataclasses import replace

from keyfob.domain.sessions.administrator import Administrator
from keyfob.http.fields import Reason
from keyfob.http.resolver import Api, Model


class Act(Model):
    """An act of an administrator; the audit trail keeps its `reason`."""

    reason: Reason


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
