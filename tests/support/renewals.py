"""Ada, a credential that she bought, and the product that renews it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from keyfob.domain.credentials.credential import Credential
from keyfob.domain.orders.order import Order
from keyfob.domain.orders.product import Product
from keyfob.domain.orders.product_kind import ProductKind
from tests.support.builders import a_product
from tests.support.carts import RENEWAL, renewal_of
from tests.support.credential_world import CredentialWorld
from tests.support.order_world import OPERATOR, actor


def a_renewal(**changes: Any) -> Product:
    """A renewal of unproofed credentials for hardware tokens."""
    values = {
        "id": RENEWAL,
        "kind": ProductKind.RENEWAL,
        "renews": ProductKind.HARDWARE_TOKEN,
        "price": 4_500,
    }
    return a_product(**{**values, **changes})


class Renewals:
    """The acts of a holder who wants another year."""

    def __init__(self, credential_world: CredentialWorld) -> None:
        self.credential_world, self.orders = credential_world, credential_world.orders
        self.orders.seed.products([a_renewal()], by=OPERATOR)

    def credential(self, *, partner: str = "northwind", **changes: Any) -> Credential:
        """Give Ada a credential that was bought from this partner."""
        return self.credential_world.credential(
            order=self.credential_world.bought(partner).order, **changes
        )

    def order(self, credential: str = "", **cart: Any) -> Order:
        """Ada's order for another year of her live credential, or of this one."""
        wanted = credential or self.credential_world.live.id
        return self.orders.order(self.credential_world.ada, items=renewal_of(wanted), **cart)

    def revoke(self) -> None:
        """Ada revokes her credential."""
        self.credential_world.management.revoke(
            self.credential_world.live.id,
            self.credential_world.proof,
            self.credential_world.by,
            confirmed=True,
        )

    def shown(self, order: Order) -> Order:
        """The order as it is now."""
        return self.orders.service.get(order.number)

    @property
    def until(self) -> datetime:
        """When the credential expires now."""
        return self.credential_world.live.expires_at

    def cancel(self, order: Order) -> None:
        """Ada cancels the order."""
        self.orders.placing.cancel(actor(self.credential_world.ada), order.number)


@pytest.fixture
def renewals(credential_world: CredentialWorld) -> Renewals:
    """Ada without a credential; a renewal is on sale."""
    return Renewals(credential_world)
