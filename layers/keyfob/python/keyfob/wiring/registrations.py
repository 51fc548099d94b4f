"""Invitations and registrations, put together."""

from __future__ import annotations

from keyfob.storage.access.store import AccessStore
from keyfob.storage.directory.store import Directory
from keyfob.storage.limits import Limits
from keyfob.storage.registrations.invitations import Invitations
from keyfob.storage.sessions.store import SessionStore
from keyfob.usecases.registrations.accepting import Accepting
from keyfob.usecases.registrations.invitation_jobs import InvitationJobs
from keyfob.usecases.registrations.inviting import Inviting
from keyfob.usecases.registrations.subscribing import Subscribing
from keyfob.wiring.foreign_ids import foreign_ids_of
from keyfob.wiring.keys import seal_of
from keyfob.wiring.runtime import Runtime


def inviting_of(base: Runtime) -> Inviting:
    """An administrator's invitations."""
    return Inviting(
        invitations=Invitations(base.database),
        directory=Directory(base.database),
        access=AccessStore(base.database),
        limits=Limits(base.database),
        foreign=foreign_ids_of(base),
        seal=base.outside(seal_of),
        transactions=base.transactions,
        clock=base.clock,
        policy=base.policy,
    )


def subscribing_of(base: Runtime) -> Subscribing:
    """Subscriptions of existing organizations."""
    return Subscribing(
        access=AccessStore(base.database),
        directory=Directory(base.database),
        sessions=SessionStore(base.database),
        transactions=base.transactions,
        clock=base.clock,
        policy=base.policy,
    )


def accepting_of(base: Runtime) -> Accepting:
    """Acceptances of invitations."""
    return Accepting(
        invitations=Invitations(base.database),
        directory=Directory(base.database),
        access=AccessStore(base.database),
        subscribing=subscribing_of(base),
        limits=Limits(base.database),
        transactions=base.transactions,
        clock=base.clock,
        policy=base.policy,
    )


def invitation_jobs_of(base: Runtime) -> InvitationJobs:
    """The clock's jobs on invitations."""
    return InvitationJobs(
        invitations=Invitations(base.database),
        transactions=base.transactions,
        clock=base.clock,
        policy=base.policy,
    )
