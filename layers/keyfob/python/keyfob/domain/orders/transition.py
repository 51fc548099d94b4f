"""The changes of an order. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from keyfob.domain.orders.order import Order


class Change(StrEnum):
    """Changes of an order; each value is the action of its audit entry."""

    PLACED = "order.placed"
    CHECKOUT_OPENED = "order.checkout_opened"
    CHECKOUT_FAILED = "order.checkout_failed"
    CHECKOUT_REFUSED = "order.checkout_refused"
    PAID = "order.paid"
    LINES_REFUSED = "order.lines_refused"
    PAYMENT_HELD = "order.payment_held"
    PAID_TOO_LATE = "order.paid_too_late"
    RENEWAL_REFUSED = "order.renewal_refused"
    UPGRADE_REFUSED = "order.upgrade_refused"
    ADDED_TOKEN_REFUSED = "order.added_token_refused"  # noqa: S105
    KEYS_MINTED = "order.keys_minted"
    REASSIGNED = "order.unit_reassigned"
    CANCELED = "order.canceled"
    EXPIRED = "order.expired"
    REFUNDED = "order.refunded"
    INVOICE_ISSUED = "order.invoice_issued"
    INVOICE_MIRRORED = "order.invoice_mirrored"
    PAYER_REMINDED = "order.payer_reminded"
    TRANSFER_RECORDED = "order.transfer_recorded"
    RELEASED = "order.released"
    HELD_REFUNDED = "order.held_refunded"
    SURPLUS_CLOSED = "order.surplus_closed"
    SHIPPED = "order.shipped"
    RESERVED = "order.reserved"
    BACK_ORDERED = "order.back_ordered"
    BACK_ORDER_SERVED = "order.back_order_served"
    RESTOCK_NOTICED = "order.restock_noticed"
    TOKENS_RELEASED = "order.tokens_released"
    SHIPMENT_LOST = "order.shipment_lost"
    SHIPMENT_RETURNED = "order.shipment_returned"
    GIVEN_BACK = "order.given_back"
    REFUND_REQUESTED = "order.refund_requested"
    REFUND_REFUSED = "order.refund_refused"
    REFUND_ASSIGNED = "order.refund_assigned"
    GUEST_ERASED = "order.guest_erased"


@dataclass(frozen=True, slots=True, kw_only=True)
class Transition:
    """The new order and its change; `change` is None if nothing changed."""

    order: Order
    change: Change | None = None
