"""Messages and effects that follow from a change of an order. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from keyfob.domain.messages.declared import Truth
from keyfob.domain.messages.facts import (
    DisputeFacts,
    GivenBackFacts,
    NoFacts,
    RefundRequestFacts,
    ShipmentEndedFacts,
    ShipmentFacts,
    SupplyFacts,
    TransferFacts,
)
from keyfob.domain.messages.kinds import Kind
from keyfob.domain.messages.outbox import Message
from keyfob.domain.orders.given_back import Dispute, RefundRequest
from keyfob.domain.orders.order import Order, State, is_paid
from keyfob.domain.orders.shipment import Ended, Shipment
from keyfob.domain.orders.transition import Change, Transition

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
        Change.HELD_REFUNDED,
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
    if in_part:
        made += [_refund(order, one, correlation) for one in order.given_back.requested]
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


def supply_notifications(
    transition: Transition,
    *,
    reserved: bool,
    units: Sequence[int],
    expected: date | None,
    correlation: str,
) -> list[Message]:
    """The notifications that tokens of these units (from 0) are back-ordered, or reserved then.

    The purchaser is notified of all of them, each colleague of those that are for this account.
    """
    order = transition.order
    bought = Kind.ORDER_TOKENS_RESERVED if reserved else Kind.ORDER_BACK_ORDERED
    held = Kind.TOKEN_RESERVED if reserved else Kind.TOKEN_BACK_ORDERED
    readers = [(bought, order.purchaser, list(units))]
    readers += [(held, holder, own) for holder, own in _of_colleagues(order, units).items()]
    made = []
    for kind, reader, told in readers:
        facts = SupplyFacts(units=",".join(map(str, told)))
        if expected:
            facts["expected"] = expected.isoformat()
        made.append(_about(kind, order, facts, reader, correlation))
    return made


def shipment_ended(
    transition: Transition, shipment: Shipment, how: Ended, *, again: bool, correlation: str
) -> list[Message]:
    """The notifications that a shipment didn't arrive: to its purchaser, and to a colleague."""
    order = transition.order
    facts = ShipmentEndedFacts(
        number=order.number, serial=shipment.serial, how=how, again=int(again)
    )
    readers = {Kind.SHIPMENT_ENDED: order.purchaser}
    for holder in _of_colleagues(order, [shipment.unit]):
        readers[Kind.TOKEN_NOT_ARRIVED] = holder
    return [_about(kind, order, facts, reader, correlation) for kind, reader in readers.items()]


def _of_colleagues(order: Order, units: Iterable[int]) -> dict[str, list[int]]:
    """Those of the units (from 0) that are for other accounts, by the account."""
    found: dict[str, list[int]] = {}
    for unit in units:
        holder = order.holder_of(unit)
        if holder and holder != order.account:
            found.setdefault(holder, []).append(unit)
    return found


def given_back(seen: Order, to: Order, *, correlation: str) -> list[Message]:
    """The notifications of refunds and disputes that a paid order didn't know before."""
    if not is_paid(to):
        return []  # its refund has a mail of its own
    made: dict[Kind, Mapping[str, Any]] = {}
    known = {one.id for one in seen.given_back.refunds}
    amount = sum(one.amount for one in to.given_back.refunds if one.stands and one.id not in known)
    if amount:
        undone = " ".join(str(piece + 1) for piece in sorted(to.given_back.undone))
        made[Kind.ORDER_GIVEN_BACK] = GivenBackFacts(amount=amount, undone=undone)
    before = {one.id: one for one in seen.given_back.disputes}
    for dispute in to.given_back.disputes:
        kind = _told_of(before.get(dispute.id), dispute)
        if kind:
            made[kind] = DisputeFacts(dispute=dispute.id)
    return [_about(kind, to, facts, to.purchaser, correlation) for kind, facts in made.items()]


def refund_request(transition: Transition, *, correlation: str) -> Message:
    """The effect that makes the refund that was requested last."""
    order = transition.order
    return _refund(order, order.given_back.requests[-1], correlation)


def _refund(order: Order, request: RefundRequest, correlation: str) -> Message:
    facts = RefundRequestFacts(request=request.id)
    return _about(Kind.REFUND_REQUESTED, order, facts, "stripe", correlation)


def _told_of(before: Dispute | None, dispute: Dispute) -> Kind | None:
    stopped = before is not None and before.stops
    if dispute.is_lost:
        return None if before and before.is_lost else Kind.DISPUTE_LOST
    if dispute.stops:
        return None if stopped else Kind.PAYMENT_DISPUTED
    return Kind.DISPUTE_WON if stopped and dispute.ended_well else None


def _about(
    kind: Kind, order: Order, facts: Mapping[str, Any], recipient: str, correlation: str
) -> Message:
    return Message(
        kind=kind,
        subject=order.subject,
        version=order.version + 1,
        recipient=recipient,
        facts=facts,
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
    return _about(kind, order, facts, recipient, correlation)
