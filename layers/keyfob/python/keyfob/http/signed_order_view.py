"""A signed purchase order as purchasers, administrators and operators see it."""

from __future__ import annotations

from datetime import datetime

from keyfob.http.resolver import Model
from keyfob.usecases.orders.signed_orders import Shown


class SignedOrderView(Model):
    """A signed purchase order: `state` is awaited, received, accepted or refused.

    `refused_for` says why it is refused. `url` leads to an accepted file for a minute.
    """

    order: str
    state: str
    refused_for: str | None
    received_at: datetime | None
    url: str | None


def signed_order_view(shown: Shown) -> SignedOrderView:
    """The document with the link to its file."""
    document = shown.document
    return SignedOrderView(
        order=document.order,
        state=str(document.state),
        refused_for=str(document.reason) if document.reason else None,
        received_at=document.at,
        url=shown.url,
    )
