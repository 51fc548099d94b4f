"""The lines of an order. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from keyfob.domain.inventory.model import DEFAULT_MODEL
from keyfob.domain.orders.product_kind import ProductKind


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One item: `quantity` credentials of a product. Money in minor units, `tax` for the line.

    `credential` is the one that is renewed or that a token is added to; `renewed_until` is its
    expiry after the renewal. `upgrade_included`: the product came with a proofing upgrade when it
    was ordered. `holder` is the account that it was bought for; None: for the purchaser, whose
    license keys anybody may redeem. `model`: of its hardware tokens.

    The line keeps what was sold: the product's `version`, its texts and `period`, the price and the
    `tax_rate` (basis points). Earlier lines have none of these but the name.
    """

    product: str
    name: str
    kind: ProductKind
    proofing: bool
    quantity: int
    unit_price: int
    tax: int
    credential: str | None = None
    renewed_until: datetime | None = None
    upgrade_included: bool = False
    holder: str | None = None
    model: str = DEFAULT_MODEL
    version: int = 0
    description: str = ""
    period: str = ""
    tax_rate: int | None = None

    @property
    def net(self) -> int:
        """Price without tax."""
        return self.unit_price * self.quantity

    @property
    def total(self) -> int:
        """Price with tax."""
        return self.net + self.tax
