"""The redemption of license keys, put together."""

from __future__ import annotations

from keyfob.storage.access.store import AccessStore
from keyfob.storage.credentials.store import CredentialStore
from keyfob.storage.directory.store import Directory
from keyfob.storage.limits import Limits
from keyfob.storage.orders.store import OrderStore
from keyfob.storage.sessions.store import SessionStore
from keyfob.usecases.credentials.redemption import Redemption
from keyfob.wiring.keys import mac_of
from keyfob.wiring.runtime import Runtime


def redemption_of(base: Runtime) -> Redemption:
    """The use case that turns a license key into a credential."""
    return Redemption(
        orders=OrderStore(base.database),
        access=AccessStore(base.database),
        directory=Directory(base.database),
        credentials=CredentialStore(base.database),
        sessions=SessionStore(base.database),
        limits=Limits(base.database),
        mac=base.outside(mac_of),
        transactions=base.transactions,
        clock=base.clock,
        policy=base.policy,
    )
