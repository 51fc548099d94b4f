"""Identity proofing, put together."""

from __future__ import annotations

from keyfob.storage.access.store import AccessStore
from keyfob.storage.credentials.store import CredentialStore
from keyfob.storage.directory.store import Directory
from keyfob.storage.limits import Limits
from keyfob.storage.orders.store import OrderStore
from keyfob.storage.proofing.calendar import Calendar
from keyfob.storage.proofing.disputes import DisputeLinks
from keyfob.storage.proofing.store import CaseStore
from keyfob.storage.sessions.store import SessionStore
from keyfob.usecases.proofing.activation import Activation
from keyfob.usecases.proofing.agent_jobs import AgentJobs
from keyfob.usecases.proofing.agents import Agents
from keyfob.usecases.proofing.booking import Booking
from keyfob.usecases.proofing.case_jobs import CaseJobs
from keyfob.usecases.proofing.cases import CaseChanges, Cases
from keyfob.usecases.proofing.correcting import Correcting
from keyfob.usecases.proofing.desk import AgentDesk
from keyfob.usecases.proofing.disputing import Disputing, Said
from keyfob.usecases.proofing.listing import Listing
from keyfob.usecases.proofing.reassigning import Reassigning
from keyfob.usecases.proofing.reviewing import Reviewing
from keyfob.wiring.connections import judging_of
from keyfob.wiring.credential_desk import credential_desk_of
from keyfob.wiring.credentials import credential_changes_of
from keyfob.wiring.foreign_ids import foreign_ids_of
from keyfob.wiring.keys import mac_of, seal_of
from keyfob.wiring.runtime import Runtime


def case_changes_of(base: Runtime) -> CaseChanges:
    """Commits changes of cases."""
    return CaseChanges(base.transactions, base.clock, base.policy)


def cases_of(base: Runtime) -> Cases:
    """A holder's case."""
    return Cases(
        cases=CaseStore(base.database),
        credentials=credential_desk_of(base),
        access=AccessStore(base.database),
        directory=Directory(base.database),
        orders=OrderStore(base.database),
        foreign=foreign_ids_of(base),
        changes=case_changes_of(base),
        transactions=base.transactions,
        clock=base.clock,
        policy=base.policy,
    )


def booking_of(base: Runtime) -> Booking:
    """A holder's appointment."""
    return Booking(
        cases=cases_of(base),
        calendar=Calendar(base.database),
        credentials=CredentialStore(base.database),
        limits=Limits(base.database),
        changes=case_changes_of(base),
        transactions=base.transactions,
        clock=base.clock,
        policy=base.policy,
        has_rooms=bool(base.settings.value("ROOMS_URL")),
    )


def agent_desk_of(base: Runtime) -> AgentDesk:
    """An agent's own appointments."""
    return AgentDesk(
        cases=CaseStore(base.database),
        calendar=Calendar(base.database),
        credentials=CredentialStore(base.database),
        directory=Directory(base.database),
        foreign=foreign_ids_of(base),
        changes=case_changes_of(base),
        mac=base.outside(mac_of),
        transactions=base.transactions,
        clock=base.clock,
        policy=base.policy,
    )


def activation_of(base: Runtime) -> Activation:
    """The activation of credentials."""
    return Activation(
        service=credential_desk_of(base),
        cases=CaseStore(base.database),
        changes=case_changes_of(base),
        said=said_of(base),
        limits=Limits(base.database),
        mac=base.outside(mac_of),
        transactions=base.transactions,
        clock=base.clock,
        policy=base.policy,
    )


def said_of(base: Runtime) -> Said:
    """Tells holders of their proofing."""
    return Said(seal=base.outside(seal_of), clock=base.clock, policy=base.policy)


def disputing_of(base: Runtime) -> Disputing:
    """Stops credentials whose proofing is disputed."""
    return Disputing(
        links=DisputeLinks(base.database),
        credentials=CredentialStore(base.database),
        changes=credential_changes_of(base),
        directory=Directory(base.database),
        transactions=base.transactions,
        clock=base.clock,
        policy=base.policy,
    )


def case_jobs_of(base: Runtime) -> CaseJobs:
    """The clock's jobs on cases."""
    return CaseJobs(
        cases=CaseStore(base.database),
        credentials=CredentialStore(base.database),
        sessions=SessionStore(base.database),
        changes=case_changes_of(base),
        transactions=base.transactions,
        clock=base.clock,
        policy=base.policy,
    )


def reviewing_of(base: Runtime) -> Reviewing:
    """An operator's decisions about cases."""
    return Reviewing(
        cases=CaseStore(base.database),
        directory=Directory(base.database),
        changes=case_changes_of(base),
        transactions=base.transactions,
        clock=base.clock,
        policy=base.policy,
    )


def agent_jobs_of(base: Runtime) -> AgentJobs:
    """Carries changes of agents' time through."""
    return AgentJobs(
        calendar=Calendar(base.database),
        cases=CaseStore(base.database),
        changes=case_changes_of(base),
        transactions=base.transactions,
        clock=base.clock,
        policy=base.policy,
    )


def reassigning_of(base: Runtime) -> Reassigning:
    """Appointments that go to other agents."""
    return Reassigning(
        cases=CaseStore(base.database),
        calendar=Calendar(base.database),
        directory=Directory(base.database),
        changes=case_changes_of(base),
        transactions=base.transactions,
        clock=base.clock,
    )


def correcting_of(base: Runtime) -> Correcting:
    """An operator's decisions about names on documents."""
    return Correcting(
        cases=CaseStore(base.database),
        credentials=CredentialStore(base.database),
        directory=Directory(base.database),
        changes=case_changes_of(base),
        credential_changes=credential_changes_of(base),
        judging=judging_of(base),
        transactions=base.transactions,
        clock=base.clock,
    )


def listing_of(base: Runtime) -> Listing:
    """Lists of cases and agents, for operators."""
    return Listing(
        cases=CaseStore(base.database),
        calendar=Calendar(base.database),
        directory=Directory(base.database),
        clock=base.clock,
    )


def agents_of(base: Runtime) -> Agents:
    """The agents and their hours, for operators."""
    return Agents(
        calendar=Calendar(base.database),
        directory=Directory(base.database),
        sessions=SessionStore(base.database),
        jobs=agent_jobs_of(base),
        transactions=base.transactions,
        clock=base.clock,
    )
