"""The redemption of license keys, put together."""

from __future__ import annotations

from keyfob.storage.limits import Limits
from keyfob.storage.orders.store import OrderStore
from keyfob.usecases.credentials.redemption import Redemption
from keyfob.wiring.beginning import beginning_of
from keyfob.wiring.keys import mac_of
from keyfob.wiring.runtime import Runtime


def redemption_of(base: Runtime) -> Redemption:
    """The use case that turns a license key into a credential."""
    return Redemption(
        orders=OrderStore(base.database),
        beginning=beginning_of(base),
        limits=Limits(base.database),
        mac=base.outside(mac_of),
        transactions=base.transactions,
        clock=base.clock,
        policy=base.policy,
    )
