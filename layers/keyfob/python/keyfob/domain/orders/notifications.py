"""Messages and effects that follow from a change of an order. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from keyfob.domain.messages.kinds import (
    Kind,
    NoFacts,
    ShipmentEndedFacts,
    ShipmentFacts,
    SupplyFacts,
    TransferFacts,
    Truth,
)
from keyfob.domain.messages.outbox import Message
from keyfob.domain.orders.order import Change, Ended, Order, State, Transition

_TOLD = {
    Change.PAID: Kind.ORDER_CONFIRMATION,
    Change.CANCELED: Kind.ORDER_CANCELED,
    Change.EXPIRED: Kind.ORDER_EXPIRED,
    Change.CHECKOUT_REFUSED: Kind.ORDER_REFUSED,
    Change.REFUNDED: Kind.ORDER_REFUNDED,
    Change.RENEWAL_REFUSED: Kind.RENEWAL_REFUSED,
    Change.ADDED_TOKEN_REFUSED: Kind.ADDED_TOKEN_REFUSED,
    Change.UPGRADE_REFUSED: Kind.UPGRADE_REFUSED,
    Change.LINES_REFUSED: Kind.LINES_REFUSED,
    Change.SHIPPED: Kind.ORDER_SHIPPED,
    Change.INVOICE_ISSUED: Kind.INVOICE_ISSUED,
    Change.PAYER_REMINDED: Kind.INVOICE_OVERDUE,
}
_REFUNDS = frozenset(
    {
        Change.PAID_TOO_LATE,
        Change.RENEWAL_REFUSED,
        Change.ADDED_TOKEN_REFUSED,
        Change.UPGRADE_REFUSED,
        Change.LINES_REFUSED,
    }
)
_CLOSES_CHECKOUT = frozenset({Change.CANCELED, Change.EXPIRED})
_ENDED = frozenset({State.CANCELED, State.EXPIRED})


def notifications(transition: Transition, *, correlation: str) -> list[Message]:
    """The outbox rows that belong to the transition's transaction."""
    order, change = transition.order, transition.change
    made = []
    in_part = change is Change.LINES_REFUSED and order.state is not State.HELD
    if in_part and _may_be_told(order):
        made.append(_message(Kind.ORDER_CONFIRMATION, order, order.purchaser, correlation))
    if change in _TOLD and _may_be_told(order):
        made.append(_message(_TOLD[change], order, order.purchaser, correlation))
    if change is Change.SHIPPED:
        holder = order.holder_of(order.shipments[-1].unit)
        if holder and holder != order.account:
            made.append(_message(Kind.TOKEN_SHIPPED, order, holder, correlation))
    if change in _REFUNDS and not in_part:
        made.append(_message(Kind.REFUND_PAYMENT, order, "stripe", correlation))
    made += [_message(kind, order, "stripe", correlation) for kind in _calls(order, change)]
    return made


def _may_be_told(order: Order) -> bool:
    """A guest's address gets nothing before a payment: anybody can type another person's."""
    return order.guest is None or order.payment is not None


def replacement(transition: Transition, holder: str, *, correlation: str) -> Message:
    """The notification of a replacement token, for its holder, who has no key to enter."""
    return _message(Kind.REPLACEMENT_SHIPPED, transition.order, holder, correlation)


def supply_notification(
    transition: Transition,
    kind: Kind,
    *,
    units: Sequence[int],
    expected: date | None,
    correlation: str,
) -> Message:
    """The notification that tokens of these units (from 0) are back-ordered, or reserved then."""
    facts = SupplyFacts(units=",".join(map(str, units)))
    if expected:
        facts["expected"] = expected.isoformat()
    order = transition.order
    return Message(
        kind=kind,
        subject=order.subject,
        version=order.version + 1,
        recipient=order.account,
        facts=facts,
        correlation=correlation,
    )


def shipment_ended(
    transition: Transition, serial: str, how: Ended, *, again: bool, correlation: str
) -> Message:
    """The notification that a shipment didn't arrive."""
    order = transition.order
    return Message(
        kind=Kind.SHIPMENT_ENDED,
        subject=order.subject,
        version=order.version + 1,
        recipient=order.account,
        facts=ShipmentEndedFacts(number=order.number, serial=serial, how=how, again=int(again)),
        correlation=correlation,
    )


def _calls(order: Order, change: Change | None) -> list[Kind]:
    if change in _CLOSES_CHECKOUT and order.checkout:
        return [Kind.EXPIRE_CHECKOUT]
    calls = {
        Change.INVOICE_ISSUED: [Kind.SEND_INVOICE],
        Change.TRANSFER_RECORDED: [Kind.RECORD_TRANSFER],
    }
    made = calls.get(change, []) if change else []
    if order.state in _ENDED and order.invoice and order.invoice.is_payable:
        made = [*made, Kind.CLOSE_INVOICE]
    return made


def _message(kind: Kind, order: Order, recipient: str, correlation: str) -> Message:
    facts: NoFacts | ShipmentFacts | TransferFacts = {}
    if kind is Kind.RECORD_TRANSFER:
        received = order.receipts[-1]
        facts = TransferFacts(amount=received.amount, on=received.on, reference=received.reference)
    if kind.declared.truth is Truth.SHIPMENT:
        sent = order.shipments[-1]
        facts = ShipmentFacts(unit=sent.unit, serial=sent.serial, tracking=sent.tracking)
    return Message(
        kind=kind,
        subject=order.subject,
        version=order.version + 1,
        recipient=recipient,
        facts=facts,
        correlation=correlation,
    )
