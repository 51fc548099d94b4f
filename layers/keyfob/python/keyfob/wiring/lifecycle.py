"""What prolongs or ends a credential's life, put together; the hot path needs none of it."""

from __future__ import annotations

from keyfob.storage.credentials.store import CredentialStore
from keyfob.storage.inventory.store import Inventory
from keyfob.storage.phones.store import PhoneStore
from keyfob.storage.sessions.store import SessionStore
from keyfob.usecases.credentials.clockwork import Clockwork
from keyfob.usecases.credentials.ending import Ending
from keyfob.usecases.credentials.purchases import Purchases
from keyfob.wiring.credentials import credential_desk_of
from keyfob.wiring.runtime import Runtime


def purchases_of(base: Runtime) -> Purchases:
    """What is bought for a credential that is there."""
    credentials = CredentialStore(base.database)
    return Purchases(credentials, credential_desk_of(base), base.clock, base.policy)


def ending_of(base: Runtime) -> Ending:
    """What ends with a credential."""
    database = base.database
    return Ending(Inventory(database), SessionStore(database), PhoneStore(database), base.clock)


def clockwork_of(base: Runtime) -> Clockwork:
    """What the clock does to credentials."""
    return Clockwork(
        credentials=CredentialStore(base.database),
        desk=credential_desk_of(base),
        ending=ending_of(base),
        transactions=base.transactions,
        clock=base.clock,
        policy=base.policy,
    )
