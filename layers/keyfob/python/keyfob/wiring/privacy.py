"""Export and erasure of a person's data, put together."""

from __future__ import annotations

from keyfob.storage.access.store import AccessStore
from keyfob.storage.audit.personal import PersonalFactsStore
from keyfob.storage.audit.store import AuditStore
from keyfob.storage.connections.store import ConnectionStore
from keyfob.storage.credentials.store import CredentialStore
from keyfob.storage.directory.store import Directory
from keyfob.storage.orders.signed_orders import SignedOrders
from keyfob.storage.orders.store import OrderStore
from keyfob.storage.privacy.store import PersonStore
from keyfob.storage.proofing.calendar import Calendar
from keyfob.storage.proofing.store import CaseStore
from keyfob.storage.sessions.store import SessionStore
from keyfob.usecases.privacy.erasing import Erasing
from keyfob.usecases.privacy.exporting import Exporting
from keyfob.usecases.privacy.guests import GuestErasing
from keyfob.usecases.privacy.logins import LoginDeletion
from keyfob.wiring.orders import service_of
from keyfob.wiring.runtime import Runtime
from keyfob.wiring.sessions import passwords_of


def exporting_of(base: Runtime) -> Exporting:
    """The use case that shows a person what is kept."""
    return Exporting(
        directory=Directory(base.database),
        people=PersonStore(base.database),
        personal=PersonalFactsStore(base.database),
        credentials=CredentialStore(base.database),
        trail=AuditStore(base.database),
        transactions=base.transactions,
        clock=base.clock,
    )


def erasing_of(base: Runtime) -> Erasing:
    """The use case that erases what identifies a person."""
    return Erasing(
        directory=Directory(base.database),
        people=PersonStore(base.database),
        personal=PersonalFactsStore(base.database),
        access=AccessStore(base.database),
        sessions=SessionStore(base.database),
        credentials=CredentialStore(base.database),
        cases=CaseStore(base.database),
        calendar=Calendar(base.database),
        connections=ConnectionStore(base.database),
        orders=OrderStore(base.database),
        signed_orders=SignedOrders(base.database),
        transactions=base.transactions,
        clock=base.clock,
        policy=base.policy,
    )


def login_deletion_of(base: Runtime) -> LoginDeletion:
    """The effect that follows an erasure."""
    return LoginDeletion(base.outside(passwords_of))


def guest_erasing_of(base: Runtime) -> GuestErasing:
    """The erasure of guests' data."""
    return GuestErasing(service_of(base))
