"""The redemption of license keys, put together."""

from __future__ import annotations

from keyfob.credentials.redemption import Redemption
from keyfob.credentials.store import CredentialStore
from keyfob.directory.store import Directory
from keyfob.gateways import aws
from keyfob.gateways.kms import KmsMac
from keyfob.orders.store import OrderStore
from keyfob.sessions.limits import Limits
from keyfob.sessions.store import SessionStore
from keyfob.wiring.runtime import Runtime


def redemption_of(base: Runtime) -> Redemption:
    """A license key becomes a credential."""
    return Redemption(
        orders=OrderStore(base.database),
        directory=Directory(base.database),
        credentials=CredentialStore(base.database),
        sessions=SessionStore(base.database),
        limits=Limits(base.database),
        mac=KmsMac(aws.client("kms"), base.settings.value("KEY_MAC")),
        transactions=base.transactions,
        clock=base.clock,
        policy=base.policy,
    )
