"""Decisions about refunds and disputes of a paid order. Pure; the rules are in `given_back.py`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from keyfob.domain.errors import IllegalTransition, InvalidInput, NotFound
from keyfob.domain.orders.given_back import Dispute, GivenBack, Refund, RefundRequest
from keyfob.domain.orders.license_key import KeyState
from keyfob.domain.orders.order import Order, is_paid
from keyfob.domain.orders.transition import Change, Transition


def amount_of(order: Order, piece: int) -> int:
    """The price of a piece (from 0) with its share of the line's tax, in minor units.

    The shares of a line's pieces add up to its tax.
    """
    first = 0
    for line in order.lines:
        nth = piece - first
        if nth < line.quantity:
            before = line.tax * nth // line.quantity
            return line.unit_price + line.tax * (nth + 1) // line.quantity - before
        first += line.quantity
    raise IndexError(piece)


def mirror(order: Order, refunds: Iterable[Refund], disputes: Iterable[Dispute]) -> Transition:
    """Take over the provider's refunds and disputes of the order's payments.

    The same state again changes nothing.
    """
    read = replace(
        order.given_back,
        refunds=tuple(sorted(refunds, key=lambda one: one.id)),
        disputes=tuple(sorted(disputes, key=lambda one: one.id)),
    )
    return _changed(order, read, Change.GIVEN_BACK)


def request_refund(order: Order, request_id: str, pieces: Iterable[int] | None) -> Transition:
    """Ask for the refund of these pieces (from 0); None: of all that is left.

    Raises:
        InvalidInput: there is no such piece.
        IllegalTransition: the order isn't paid, its payment is disputed, nothing is left, or the
            payment by card has less left.
    """
    if not is_paid(order):
        raise IllegalTransition(f"nothing of a {order.state} order can be refunded")
    seen = order.given_back
    if any(one.stops for one in seen.disputes):
        raise IllegalTransition("the payment is disputed: its bank decides about the money")
    asked = {piece for one in seen.requested for piece in one.pieces}
    left = frozenset(range(len(order.pieces))) - seen.undone - asked
    chosen = left if pieces is None else _known(order, pieces)
    amount = _refundable(order, chosen, all_left=chosen == left)
    if not chosen or not chosen <= left or amount <= 0:
        raise IllegalTransition("this was refunded before, or its refund was requested")
    payment, parts = _sources(order, amount)
    request = RefundRequest(
        id=request_id, payment=payment, pieces=tuple(sorted(chosen)), amount=amount, parts=parts
    )
    to = replace(seen, requests=(*seen.requests, request))
    return _changed(order, to, Change.REFUND_REQUESTED)


def refuse_refund(order: Order, request_id: str) -> Transition:
    """The provider makes no such refund: forget the request, so that another one can follow."""
    left = tuple(one for one in order.given_back.requests if one.id != request_id)
    # A part of it may have been refunded: then the request stays, and so do its pieces.
    if any(one.request == request_id for one in order.given_back.refunds):
        return Transition(order=order)
    return _changed(order, replace(order.given_back, requests=left), Change.REFUND_REFUSED)


def assign(order: Order, taken: str, pieces: Iterable[int]) -> Transition:
    """Say which pieces (from 0) a refund or lost dispute that names none has undone.

    No piece: it was for something else, such as a surplus. Assigning the same again changes
    nothing.

    Raises:
        NotFound: no refund or dispute with this id waits for it.
        InvalidInput: there is no such piece.
    """
    seen, chosen = order.given_back, tuple(sorted(_known(order, pieces)))
    if seen.assigned.get(taken) == chosen:
        return Transition(order=order)
    if taken not in seen.unassigned(order.total, len(order.pieces)):
        raise NotFound("No refund or lost dispute of this order with this id waits for pieces.")
    to = replace(seen, assigned={**seen.assigned, taken: chosen})
    return _changed(order, to, Change.REFUND_ASSIGNED)


def card_payments(order: Order) -> dict[str, int]:
    """The amounts of the order's payments that the provider can refund, by their ids."""
    if order.invoice:
        return {one.id: one.amount for one in order.invoice.payments if not one.by_bank}
    return {order.payment: order.total} if order.payment else {}


def key_state(order: Order, piece: int) -> KeyState:
    """The state that a piece's license key must have, unless it was redeemed or reissued."""
    if piece in order.given_back.undone:
        return KeyState.VOIDED
    return KeyState.STOPPED if order.given_back.stopping(piece) else KeyState.ISSUED


def purchase_of(order: Order, piece: int) -> str:
    """The name of a piece (from 0) among the purchases of its credential."""
    return f"{order.number}/{piece + 1}"


def unassigned(order: Order) -> frozenset[str]:
    """The ids of its refunds and lost disputes that wait for an operator.

    Nothing was fulfilled for an order that isn't paid: there are no pieces to name.
    """
    if not is_paid(order):
        return frozenset()
    return order.given_back.unassigned(order.total, len(order.pieces))


def _left_of(order: Order) -> Iterator[tuple[str, int]]:
    """What is left of each payment by card, after all refunds and requests."""
    seen = order.given_back
    for payment, amount in card_payments(order).items():
        back = sum(one.amount for one in seen.refunds if one.stands and one.payment == payment)
        back += sum(seen.missing(one, payment) for one in seen.requests)
        yield payment, max(0, amount - back)


def _sources(order: Order, amount: int) -> tuple[str, dict[str, int]]:
    """The payment that gives this amount back, or for an invoice the parts of its payments.

    A part for which no payment by card has anything left goes back by bank.
    """
    left = dict(_left_of(order))
    if order.invoice is None:
        payment, rest = next(iter(left.items()), ("", 0))
        if rest < amount:
            raise IllegalTransition("the payment has less left: look it up at the provider")
        return payment, {}
    parts: dict[str, int] = {}
    for payment, rest in left.items():
        if part := min(rest, amount - sum(parts.values())):
            parts[payment] = part
    return "", parts


def _changed(order: Order, to: GivenBack, change: Change) -> Transition:
    to = replace(to, undone=to.undone_by(order.total, len(order.pieces)))
    if to == order.given_back:
        return Transition(order=order)
    return Transition(order=replace(order, given_back=to), change=change)


def _known(order: Order, pieces: Iterable[int]) -> frozenset[int]:
    chosen = frozenset(pieces)
    if not all(0 <= piece < len(order.pieces) for piece in chosen):
        raise InvalidInput(fields={"pieces": f"this order has {len(order.pieces)} pieces"})
    return chosen


def _refundable(order: Order, chosen: frozenset[int], *, all_left: bool) -> int:
    """The last refund takes what is left, so that all of them add up to what was paid."""
    seen = order.given_back
    back = seen.amount + sum(map(seen.missing, seen.requests))
    # An operator may have released an order whose invoice was paid by less money.
    left = min(order.total, order.invoice.paid if order.invoice else order.total) - back
    return left if all_left else min(left, sum(amount_of(order, one) for one in chosen))
