"""Applications and statements for them, put together."""

from __future__ import annotations

from keyfob.storage.access.store import AccessStore
from keyfob.storage.credentials.store import CredentialStore
from keyfob.storage.directory.store import Directory
from keyfob.storage.limits import Limits
from keyfob.storage.orders.catalog import Catalog
from keyfob.storage.orders.store import OrderStore
from keyfob.usecases.access.applications import Applications
from keyfob.usecases.statements.issuing import Issuing
from keyfob.usecases.statements.signing import Signing
from keyfob.wiring.foreign_ids import foreign_ids_of
from keyfob.wiring.keys import mac_of, statement_keys_of
from keyfob.wiring.runtime import Runtime


def applications_of(base: Runtime) -> Applications:
    """What an account may use, and what it is missing."""
    return Applications(
        directory=Directory(base.database),
        access=AccessStore(base.database),
        credentials=CredentialStore(base.database),
        orders=OrderStore(base.database),
        catalog=Catalog(base.database),
        foreign=foreign_ids_of(base),
        clock=base.clock,
        policy=base.policy,
    )


def signing_of(base: Runtime) -> Signing:
    """The keys of statements."""
    keys = base.outside(statement_keys_of)
    return Signing(keys, base.settings.value("STATEMENTS_SIGNER"))


def issuing_of(base: Runtime, signing: Signing) -> Issuing:
    """The use case that issues statements."""
    return Issuing(
        applications=applications_of(base),
        signing=signing,
        mac=base.outside(mac_of),
        limits=Limits(base.database),
        transactions=base.transactions,
        clock=base.clock,
        policy=base.policy,
        issuer=base.settings.value("PUBLIC_URL"),
    )
