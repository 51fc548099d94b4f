"""Items of a cart."""

from __future__ import annotations

from keyfob.usecases.orders.pricing import Item

RENEWAL = "renewal"
ADDED_TOKEN = "added-token"
UPGRADE = "upgrade"


def items(**quantities: int) -> tuple[Item, ...]:
    """So many of each product: `items(hardware_token=2)`."""
    return tuple(
        Item(product=product.replace("_", "-"), quantity=quantity)
        for product, quantity in quantities.items()
    )


def renewal_of(credential: str | None, quantity: int = 1) -> tuple[Item, ...]:
    """Another year for this credential."""
    return (Item(product=RENEWAL, quantity=quantity, credential=credential),)


def upgrade_of(credential: str | None, quantity: int = 1) -> tuple[Item, ...]:
    """A proofing upgrade of this credential."""
    return (Item(product=UPGRADE, quantity=quantity, credential=credential),)


def token_for(credential: str | None, quantity: int = 1) -> tuple[Item, ...]:
    """A token that is added to this credential."""
    return (Item(product=ADDED_TOKEN, quantity=quantity, credential=credential),)
