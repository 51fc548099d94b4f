"""The provider of meeting rooms, put together."""

from __future__ import annotations

from keyfob.domain.proofing.rooms import MeetingRooms
from keyfob.gateways import aws
from keyfob.gateways.meeting_rooms import HttpMeetingRooms
from keyfob.gateways.secrets import Secret
from keyfob.storage.proofing.store import CaseStore
from keyfob.usecases.proofing.rooms import NoRooms, RoomEffects
from keyfob.wiring.proofing import case_changes_of
from keyfob.wiring.runtime import Runtime


def rooms_of(base: Runtime) -> MeetingRooms:
    """The provider, if there is one."""
    settings = base.settings
    if not settings.value("ROOMS_URL"):
        return NoRooms()
    secret = Secret(aws.client("secretsmanager"), settings.value("ROOMS_SECRET"), base.clock)
    return HttpMeetingRooms(
        settings.value("ROOMS_URL"),
        addresses=settings.value("ROOMS_ADDRESS"),
        client_id=str(secret()["client_id"]),
        client_secret=lambda: str(secret()["client_secret"]),
    )


def room_effects_of(base: Runtime) -> RoomEffects:
    """The calls to the provider that follow a commit."""
    return RoomEffects(
        cases=CaseStore(base.database),
        rooms=base.outside(rooms_of),
        changes=case_changes_of(base),
        transactions=base.transactions,
        clock=base.clock,
    )
