"""Orders of guests, put together."""

from __future__ import annotations

from keyfob.storage.limits import Limits
from keyfob.storage.orders.store import OrderStore
from keyfob.usecases.orders.checkouts import Checkouts
from keyfob.usecases.orders.guest_orders import GuestOrders
from keyfob.wiring.keys import mac_of
from keyfob.wiring.orders import service_of, stripe_of
from keyfob.wiring.placing import pricing_of
from keyfob.wiring.registrations import bot_check_of
from keyfob.wiring.runtime import Runtime


def guest_orders_of(base: Runtime) -> GuestOrders:
    """The use cases of people who buy without an account."""
    service = service_of(base)
    return GuestOrders(
        bot_check=base.outside(bot_check_of),
        pricing=pricing_of(base),
        orders=OrderStore(base.database),
        service=service,
        checkouts=Checkouts(service, base.outside(stripe_of)),
        limits=Limits(base.database),
        mac=base.outside(mac_of),
        transactions=base.transactions,
        clock=base.clock,
        policy=base.policy,
    )
