"""Ada, a credential for phones that she bought, and the token that is added to it."""

from __future__ import annotations

from typing import Any

import pytest

from keyfob.domain.credentials.credential import Credential
from keyfob.domain.orders.order import Order
from keyfob.domain.orders.product_kind import ProductKind
from tests.support.builders import a_product
from tests.support.carts import ADDED_TOKEN, token_for
from tests.support.credential_world import CredentialWorld
from tests.support.order_world import OPERATOR

PHONE = "phn_1"


class Additions:
    """The acts of a holder who wants a token beside the phones."""

    def __init__(self, credential_world: CredentialWorld) -> None:
        self.credential_world, self.orders = credential_world, credential_world.orders
        product = a_product(id=ADDED_TOKEN, kind=ProductKind.ADDED_TOKEN, price=5_000)
        self.orders.seed.products([product], by=OPERATOR)

    def credential(self, *, partner: str = "northwind", **changes: Any) -> Credential:
        """Give Ada a credential for phones that was bought from this partner, and one phone."""
        bought = self.credential_world.bought(partner, kind=ProductKind.PHONE).order
        values = {"kind": ProductKind.PHONE, "phones": {PHONE: 0}, "order": bought}
        return self.credential_world.credential(**{**values, **changes})

    def order(self, credential: str = "") -> Order:
        """Ada's order of a token for her live credential, or for this one."""
        wanted = credential or self.credential_world.live.id
        return self.orders.order(self.credential_world.ada, items=token_for(wanted))

    def shown(self, order: Order) -> Order:
        """The order as it is now."""
        return self.orders.service.get(order.number)


@pytest.fixture
def additions(credential_world: CredentialWorld) -> Additions:
    """Ada without a credential; an added token is on sale."""
    return Additions(credential_world)
