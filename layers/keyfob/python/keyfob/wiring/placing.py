"""The placing of orders, put together."""

from __future__ import annotations

from keyfob.storage.directory.store import Directory
from keyfob.storage.orders.catalog import Catalog
from keyfob.storage.orders.store import OrderStore
from keyfob.usecases.orders.checkouts import Checkouts
from keyfob.usecases.orders.existing_credentials import ExistingCredentials
from keyfob.usecases.orders.placing import Placing
from keyfob.usecases.orders.pricing import Pricing
from keyfob.wiring.foreign_ids import foreign_ids_of
from keyfob.wiring.lifecycle import purchases_of
from keyfob.wiring.orders import holders_of, service_of, stripe_of
from keyfob.wiring.runtime import Runtime


def pricing_of(base: Runtime) -> Pricing:
    """The prices of carts, and what may be bought by whom."""
    directory = Directory(base.database)
    return Pricing(
        directory=directory,
        holders=holders_of(base),
        existing=ExistingCredentials(
            directory=directory,
            orders=OrderStore(base.database),
            purchases=purchases_of(base),
        ),
        catalog=Catalog(base.database),
        policy=base.policy,
    )


def placing_of(base: Runtime) -> Placing:
    """The use cases that place, retry and cancel orders."""
    service = service_of(base)
    return Placing(
        pricing=pricing_of(base),
        directory=Directory(base.database),
        holders=holders_of(base),
        orders=OrderStore(base.database),
        service=service,
        checkouts=Checkouts(service, base.outside(stripe_of)),
        foreign=foreign_ids_of(base),
        transactions=base.transactions,
        clock=base.clock,
        policy=base.policy,
    )
