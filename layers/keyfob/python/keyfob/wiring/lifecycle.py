"""What prolongs or ends a credential's life, put together; the hot path needs none of it."""

from __future__ import annotations

from keyfob.credentials.clockwork import Clockwork
from keyfob.credentials.ending import Ending
from keyfob.credentials.purchases import Purchases
from keyfob.credentials.store import CredentialStore
from keyfob.inventory.store import Inventory
from keyfob.phones.store import PhoneStore
from keyfob.sessions.store import SessionStore
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
