"""Ada, a credential that she bought, and the product that renews it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from keyfob.credentials.credential import Credential
from keyfob.orders.kind import ProductKind
from keyfob.orders.order import Order
from tests.support.builders import a_product
from tests.support.bureau import Bureau
from tests.support.carts import RENEWAL, renewal_of
from tests.support.shop import OPERATOR, actor


class Renewals:
    """What somebody does who wants another year."""

    def __init__(self, bureau: Bureau) -> None:
        self.bureau, self.shop = bureau, bureau.shop
        product = a_product(id=RENEWAL, kind=ProductKind.RENEWAL, price=4_500)
        self.shop.seed.products([product], by=OPERATOR)

    def credential(self, *, partner: str = "northwind", **changes: Any) -> Credential:
        """Give Ada a credential that was bought from this partner."""
        return self.bureau.credential(order=self.bureau.bought(partner).order, **changes)

    def order(self, credential: str = "") -> Order:
        """Ada's order for another year of her live credential, or of this one."""
        wanted = credential or self.bureau.live.id
        return self.shop.order(self.bureau.ada, items=renewal_of(wanted))

    def revoke(self) -> None:
        """Ada revokes her credential."""
        self.bureau.management.revoke(self.bureau.live.id, self.bureau.by, confirmed=True)

    def shown(self, order: Order) -> Order:
        """The order as it is now."""
        return self.shop.desk.get(order.number)

    @property
    def until(self) -> datetime:
        """When the credential expires now."""
        return self.bureau.live.expires_at

    def cancel(self, order: Order) -> None:
        """Ada takes the order back."""
        self.shop.placing.cancel(actor(self.bureau.ada), order.number)


@pytest.fixture
def renewals(bureau: Bureau) -> Renewals:
    """Ada without a credential; a renewal is on sale."""
    return Renewals(bureau)
