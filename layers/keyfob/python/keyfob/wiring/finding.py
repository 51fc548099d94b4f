"""Finding and reading for operators, put together."""

from __future__ import annotations

from keyfob.storage.audit.personal import PersonalFactsStore
from keyfob.storage.audit.store import AuditStore
from keyfob.storage.credentials.store import CredentialStore
from keyfob.storage.directory.members import Members
from keyfob.storage.directory.store import Directory
from keyfob.storage.inventory.store import Inventory
from keyfob.storage.messages.store import OutboxStore
from keyfob.storage.orders.catalog import Catalog
from keyfob.storage.orders.store import OrderStore
from keyfob.storage.phones.store import PhoneStore
from keyfob.storage.sessions.store import SessionStore
from keyfob.usecases.finding.reading import Reading
from keyfob.usecases.finding.searching import Search
from keyfob.wiring.keys import mac_of
from keyfob.wiring.runtime import Runtime


def search_of(base: Runtime) -> Search:
    """The use case that finds things by any of their names."""
    return Search(
        directory=Directory(base.database),
        members=Members(base.database),
        orders=OrderStore(base.database),
        credentials=CredentialStore(base.database),
        inventory=Inventory(base.database),
        outbox=OutboxStore(base.database, base.policy),
        mac=base.outside(mac_of),
    )


def reading_of(base: Runtime) -> Reading:
    """The use case that reads one thing with its history."""
    return Reading(
        directory=Directory(base.database),
        sessions=SessionStore(base.database),
        orders=OrderStore(base.database),
        catalog=Catalog(base.database),
        credentials=CredentialStore(base.database),
        phones=PhoneStore(base.database),
        inventory=Inventory(base.database),
        outbox=OutboxStore(base.database, base.policy),
        personal=PersonalFactsStore(base.database),
        trail=AuditStore(base.database),
        mac=base.outside(mac_of),
    )
