"""Invitations and registrations, put together."""

from __future__ import annotations

from keyfob.storage.access.store import AccessStore
from keyfob.storage.directory.duplicates import Duplicates
from keyfob.storage.directory.store import Directory
from keyfob.storage.limits import Limits
from keyfob.storage.registrations.forms import UsedForms
from keyfob.storage.registrations.invitations import Invitations
from keyfob.storage.registrations.registrations import Registrations
from keyfob.storage.sessions.store import SessionStore
from keyfob.usecases.forms.bot_check import BotCheck, FormCheck
from keyfob.usecases.registrations.accepting import Accepting
from keyfob.usecases.registrations.deciding import Deciding
from keyfob.usecases.registrations.invitation_jobs import InvitationJobs
from keyfob.usecases.registrations.inviting import Inviting
from keyfob.usecases.registrations.registering import Office, Registering
from keyfob.usecases.registrations.registration_jobs import RegistrationJobs
from keyfob.usecases.registrations.subscribing import Subscribing
from keyfob.wiring.foreign_ids import foreign_ids_of
from keyfob.wiring.keys import mac_of, seal_of
from keyfob.wiring.roles import held_roles_of
from keyfob.wiring.runtime import Runtime


def inviting_of(base: Runtime) -> Inviting:
    """An administrator's invitations."""
    return Inviting(
        invitations=Invitations(base.database),
        directory=Directory(base.database),
        access=AccessStore(base.database),
        limits=Limits(base.database),
        roles=held_roles_of(base),
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
        roles=held_roles_of(base),
        transactions=base.transactions,
        clock=base.clock,
        policy=base.policy,
    )


def bot_check_of(base: Runtime) -> BotCheck:
    """The check that a person begins a registration: the place for a provider's."""
    return FormCheck(
        used=UsedForms(base.database),
        mac=base.outside(mac_of),
        clock=base.clock,
        policy=base.policy,
    )


def registering_of(base: Runtime) -> Registering:
    """A registrant's use cases."""
    office = Office(
        country=base.settings.value("OPERATOR_COUNTRY"),
        zone=base.settings.value("OPERATOR_ZONE"),
    )
    return Registering(
        registrations=Registrations(base.database),
        directory=Directory(base.database),
        bot_check=base.outside(bot_check_of),
        limits=Limits(base.database),
        seal=base.outside(seal_of),
        service=base.settings.value("SENDER_NAME"),
        office=office,
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
        registering=registering_of(base),
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


def registration_jobs_of(base: Runtime) -> RegistrationJobs:
    """The clock's jobs on registrations."""
    return RegistrationJobs(
        registrations=Registrations(base.database),
        transactions=base.transactions,
        clock=base.clock,
        policy=base.policy,
    )


def deciding_of(base: Runtime) -> Deciding:
    """An operator's decisions about registrations."""
    return Deciding(
        registrations=Registrations(base.database),
        directory=Directory(base.database),
        duplicates=Duplicates(base.database),
        transactions=base.transactions,
        clock=base.clock,
        policy=base.policy,
    )
