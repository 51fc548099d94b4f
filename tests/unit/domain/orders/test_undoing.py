"""Decisions about refunds and disputes. Pure."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from keyfob.domain.errors import IllegalTransition, InvalidInput, NotFound
from keyfob.domain.messages.kinds import Kind
from keyfob.domain.orders import supplying, undoing
from keyfob.domain.orders.due import next_due
from keyfob.domain.orders.given_back import Dispute, Refund
from keyfob.domain.orders.invoice import InvoicePayment, InvoiceStatus
from keyfob.domain.orders.license_key import KeyState
from keyfob.domain.orders.line import Line
from keyfob.domain.orders.notifications import given_back
from keyfob.domain.orders.order import Order, State
from keyfob.domain.orders.payment_method import PaymentMethod
from keyfob.domain.orders.product_kind import ProductKind
from keyfob.domain.orders.shipping import ship
from keyfob.domain.orders.transition import Change
from tests.support.builders import a_line, an_invoice, an_order, an_order_in
from tests.support.fakes import START

_SOLD = an_order_in(State.FULFILLED)
# Its tokens are reserved.
PAID = supplying.reserve(_SOLD, _SOLD.owed_tokens, START).order
DAY = timedelta(days=1)
LINES = (
    a_line(kind=ProductKind.RENEWAL, credential="crd_1", quantity=1),
    a_line(kind=ProductKind.ADDED_TOKEN, credential="crd_2", quantity=1),
)


def a_refund(amount: int = PAID.total, status: str = "succeeded", **changes: str) -> Refund:
    values = {"id": "re_1", "payment": "pi_1", **changes}
    return Refund(amount=amount, status=status, **values)


def a_dispute(status: str = "needs_response", amount: int = PAID.total) -> Dispute:
    return Dispute(id="dp_1", payment="pi_1", amount=amount, status=status)


def with_(order: Order, *taken: Refund | Dispute) -> Order:
    refunds = [one for one in taken if isinstance(one, Refund)]
    disputes = [one for one in taken if isinstance(one, Dispute)]
    return undoing.mirror(order, refunds, disputes).order


def test_the_same_state_again_changes_nothing_S37() -> None:
    once = undoing.mirror(PAID, [a_refund()], [a_dispute()])
    assert once.change is Change.GIVEN_BACK
    again = undoing.mirror(once.order, [a_refund()], [a_dispute()])
    assert (again.change, again.order) == (None, once.order)


def test_an_order_that_costs_nothing_has_nothing_to_be_given_back_B6() -> None:
    """A sponsored one: the clock reads its refunds, of which there are none."""
    line = replace(PAID.lines[0], unit_price=0, tax=0)
    free = replace(PAID, lines=(line,), method=PaymentMethod.SPONSORED, payment=None)
    read = undoing.mirror(free, [], [])
    assert (read.change, read.order.undone) == (None, frozenset())


@pytest.mark.parametrize("status", ["pending", "requires_action", "succeeded", "failed"])
def test_a_refund_of_everything_undoes_everything_whatever_becomes_of_it_B4(status: str) -> None:
    assert with_(PAID, a_refund(status=status)).undone == {0, 1}


def test_parts_that_add_up_to_everything_undo_everything_B4() -> None:
    half = PAID.total // 2
    first = with_(PAID, a_refund(half))
    assert not first.undone
    assert undoing.unassigned(first) == {"re_1"}
    both = with_(first, a_refund(half), a_refund(PAID.total - half, id="re_2"))
    assert both.undone == {0, 1}
    assert not undoing.unassigned(both)
    failed = with_(PAID, a_refund(half, "failed"), a_refund(PAID.total - half, id="re_2"))
    assert failed.undone == set()


STOPS = {
    "needs_response": True,
    "under_review": True,
    "lost": True,
    "a_new_status": True,
    "warning_needs_response": False,
    "warning_under_review": False,
    "warning_closed": False,
    "won": False,
    "prevented": False,
}


@pytest.mark.parametrize("status", STOPS)
def test_a_dispute_stops_unless_it_is_an_inquiry_or_ended_well_S40(status: str) -> None:
    order = with_(PAID, a_dispute(status, 1))
    assert order.is_stopped is STOPS[status]
    assert undoing.key_state(order, 0) is (KeyState.STOPPED if STOPS[status] else KeyState.ISSUED)
    if STOPS[status]:
        with pytest.raises(IllegalTransition):
            ship(order, serial="FT-1", tracking="1Z", unit=0, now=START)


@pytest.mark.parametrize("unit", [None, 0])
def test_no_token_is_sent_for_a_unit_whose_money_went_back_B5(unit: int | None) -> None:
    asked = undoing.request_refund(PAID, "rfd_1", [0, 1]).order
    undone = with_(asked, a_refund(request="rfd_1"))
    with pytest.raises(IllegalTransition):
        ship(undone, serial="FT-1", tracking="1Z", unit=unit, now=START)


def test_the_next_token_is_sent_for_the_unit_that_is_left_B5() -> None:
    asked = undoing.request_refund(PAID, "rfd_1", [0]).order
    undone = with_(asked, a_refund(1, request="rfd_1"))
    assert not undoing.unassigned(undone), "the request names its pieces"
    sent = ship(undone, serial="FT-1", tracking="1Z", unit=None, now=START)
    assert sent.order.shipments[0].unit == 1


def test_pieces_without_a_unit_count_too_B5() -> None:
    order = replace(PAID, lines=LINES, minted=0)
    assert order.pieces_of_units == (1,)
    assert order.token_unit_of("crd_2") == 0
    undone = with_(order, a_refund(order.total))
    assert undone.token_unit_of("crd_2") is None
    assert undone.given_back.undone == {0, 1}
    assert undone.undone == {0}


WAITS: dict[str, tuple[Callable[[], Order], timedelta | None]] = {
    "nothing given back": (lambda: PAID, None),
    "a refund that is new": (lambda: with_(PAID, a_refund()), timedelta()),
    "a dispute that is new": (lambda: with_(PAID, a_dispute()), timedelta()),
    "a dispute that is open": (lambda: done(with_(PAID, a_dispute())), DAY),
    "an inquiry": (lambda: with_(PAID, a_dispute("warning_needs_response")), DAY),
    "a refund on its way": (lambda: done(released(with_(PAID, a_refund(status="pending")))), DAY),
    "a refund that is done": (lambda: done(released(with_(PAID, a_refund()))), None),
    "a refund whose tokens wait": (lambda: done(with_(PAID, a_refund())), timedelta()),
    "a requested refund": (
        lambda: undoing.request_refund(PAID, "rfd_1", None).order,
        DAY,
    ),
    "paid and stopped": (
        lambda: done(with_(replace(PAID, state=State.PAID), a_dispute())),
        DAY,
    ),
    "paid too late": (lambda: with_(replace(PAID, state=State.CANCELED), a_refund()), None),
}


def released(order: Order) -> Order:
    return supplying.release(order, order.undone, START).order


def done(order: Order) -> Order:
    return replace(order, carried_out=order.todo)


@pytest.mark.parametrize("why", WAITS)
def test_an_order_is_due_as_long_as_something_is_to_be_done_or_decided_S42(why: str) -> None:
    made, wait = WAITS[why]
    due = next_due(made(), START)
    assert due == (None if wait is None else START + wait)


REFUSED: dict[str, tuple[Order, list[int] | None, type[Exception]]] = {
    "unpaid": (an_order(), None, IllegalTransition),
    "held": (an_order_in(State.HELD), None, IllegalTransition),
    "disputed": (with_(PAID, a_dispute()), [0], IllegalTransition),
    "refunded": (with_(PAID, a_refund()), [0], IllegalTransition),
    "nothing left": (with_(PAID, a_refund()), None, IllegalTransition),
    "no such piece": (PAID, [2], InvalidInput),
    "before the first": (PAID, [-1], InvalidInput),
    "no piece": (PAID, [], IllegalTransition),
    "requested twice": (
        undoing.request_refund(PAID, "rfd_1", [0]).order,
        [0],
        IllegalTransition,
    ),
}


@pytest.mark.parametrize("why", REFUSED)
def test_a_refund_that_can_not_be_is_refused_G2(why: str) -> None:
    order, pieces, error = REFUSED[why]
    with pytest.raises(error):
        undoing.request_refund(order, "rfd_2", pieces)


def test_a_request_is_forgotten_only_as_long_as_there_is_no_refund_for_it_G2() -> None:
    asked = undoing.request_refund(PAID, "rfd_1", [0]).order
    assert undoing.refuse_refund(asked, "rfd_1").order.given_back.requests == ()
    made = with_(asked, a_refund(1, request="rfd_1"))
    assert undoing.refuse_refund(made, "rfd_1").change is None


def test_pieces_are_assigned_once_to_what_waits_for_them_G2() -> None:
    order = with_(PAID, a_refund(1))
    assigned = undoing.assign(order, "re_1", [1])
    assert assigned.change is Change.REFUND_ASSIGNED
    assert assigned.order.undone == {1}
    assert undoing.assign(assigned.order, "re_1", [1]).change is None
    for taken in ("re_1", "re_2"):
        with pytest.raises(NotFound):
            undoing.assign(assigned.order, taken, [0])
    surplus = undoing.assign(order, "re_1", []).order
    assert not surplus.undone | undoing.unassigned(surplus)


def by_invoice(*payments: InvoicePayment) -> Order:
    paid = an_invoice(PAID, status=InvoiceStatus.PAID, paid=PAID.total, payments=payments)
    return replace(PAID, method=PaymentMethod.INVOICE, payment=paid.id, invoice=paid)


def test_a_surplus_of_the_same_amount_that_goes_back_undoes_nothing_B4() -> None:
    """The invoice was paid twice, and the second payment is refunded by hand."""
    twice = by_invoice(
        InvoicePayment(id="pi_1", amount=PAID.total), InvoicePayment(id="pi_2", amount=PAID.total)
    )
    assert twice.invoice
    order = replace(twice, invoice=replace(twice.invoice, paid=2 * PAID.total))
    back = with_(order, a_refund(payment="pi_2"))
    assert (back.undone, undoing.unassigned(back)) == (frozenset(), frozenset({"re_1"}))
    settled = undoing.assign(back, "re_1", []).order
    assert not settled.undone | undoing.unassigned(settled)
    asked = undoing.request_refund(settled, "rfd_1", None).order.given_back.requests[-1]
    assert (dict(asked.parts), asked.amount) == ({"pi_1": PAID.total}, PAID.total)
    both = with_(order, a_refund(payment="pi_2"), a_refund(payment="pi_1", id="re_2"))
    assert both.undone == {0, 1}


def test_a_refund_is_spread_over_an_invoices_payments_and_the_rest_goes_by_bank_B4() -> None:
    price = undoing.amount_of(PAID, 0)
    order = by_invoice(
        InvoicePayment(id="pi_small", amount=1),
        InvoicePayment(id="pr_1", amount=price - 500, by_bank=True),
        InvoicePayment(id="pi_last", amount=PAID.total - price + 499),
    )
    asked = undoing.request_refund(order, "rfd_1", [0]).order
    again = undoing.request_refund(asked, "rfd_2", [1]).order
    first, second = again.given_back.requests
    rest = PAID.total - price
    assert (first.amount, dict(first.parts)) == (price, {"pi_small": 1, "pi_last": price - 1})
    assert (second.amount, dict(second.parts)) == (rest, {"pi_last": rest - price + 500})
    assert again.given_back.requested == (first, second)


def test_a_request_waits_until_each_part_of_it_is_made_B4() -> None:
    order = by_invoice(
        InvoicePayment(id="pi_1", amount=1_000), InvoicePayment(id="pi_2", amount=PAID.total)
    )
    order = undoing.request_refund(order, "rfd_1", None).order
    order = with_(order, a_refund(1_000, request="rfd_1"))
    assert order.given_back.requested
    assert order.given_back.is_open
    with pytest.raises(IllegalTransition):
        undoing.request_refund(order, "rfd_2", None)
    rest = a_refund(PAID.total - 1_000, id="re_2", payment="pi_2", request="rfd_1")
    order = with_(order, *order.given_back.refunds, rest)
    assert not order.given_back.requested
    assert order.given_back.amount == order.total


def test_money_that_came_by_bank_goes_back_by_bank_B4() -> None:
    order = by_invoice(InvoicePayment(id="pr_1", amount=PAID.total, by_bank=True))
    assert undoing.card_payments(order) == {}
    asked = undoing.request_refund(order, "rfd_1", None).order
    [request] = asked.given_back.requests
    assert (request.amount, dict(request.parts)) == (PAID.total, {})
    done = with_(asked, a_refund(id="cn_1", payment="", request="rfd_1"))
    assert done.undone == {0, 1}
    assert not done.given_back.requested


def test_no_more_is_given_back_than_was_paid_for_a_released_order_G2() -> None:
    order = by_invoice(InvoicePayment(id="pi_1", amount=900))
    assert order.invoice
    order = replace(order, invoice=replace(order.invoice, paid=900))
    [request] = undoing.request_refund(order, "rfd_1", None).order.given_back.requests
    assert request.amount == 900


def test_the_payment_by_card_must_have_so_much_left_B4() -> None:
    order = undoing.assign(with_(PAID, a_refund(PAID.total - 1)), "re_1", []).order
    [request] = undoing.request_refund(order, "rfd_1", None).order.given_back.requests
    assert (request.payment, request.amount) == ("pi_1", 1)
    sponsored = replace(PAID, payment=None)
    with pytest.raises(IllegalTransition):
        undoing.request_refund(sponsored, "rfd_1", None)


@pytest.mark.parametrize("state", [State.CANCELED, State.HELD])
def test_a_refund_of_an_order_that_isnt_paid_waits_for_no_pieces_G2(state: State) -> None:
    assert not undoing.unassigned(with_(replace(PAID, state=state), a_refund(1)))


def test_a_dispute_that_is_not_lost_takes_no_pieces_G2() -> None:
    with pytest.raises(NotFound):
        undoing.assign(with_(PAID, a_dispute(amount=1)), "dp_1", [0])


NOW = "needs_response"
TOLD: list[tuple[str | None, str, list[Kind]]] = [
    (None, NOW, [Kind.PAYMENT_DISPUTED]),
    (None, "warning_needs_response", []),
    (None, "won", []),
    (None, "lost", [Kind.DISPUTE_LOST]),
    (NOW, "under_review", []),
    (NOW, "won", [Kind.DISPUTE_WON]),
    (NOW, "lost", [Kind.DISPUTE_LOST]),
    ("warning_needs_response", NOW, [Kind.PAYMENT_DISPUTED]),
    ("warning_under_review", "warning_closed", []),
]


@pytest.mark.parametrize(("before", "after", "kinds"), TOLD)
def test_the_purchaser_is_told_of_each_turn_of_a_dispute_once_B4(
    before: str | None, after: str, kinds: list[Kind]
) -> None:
    seen = with_(PAID, a_dispute(before)) if before else PAID
    told = given_back(seen, with_(seen, a_dispute(after)), correlation="c")
    assert [(one.kind, one.recipient) for one in told] == [(one, "acc_ada") for one in kinds]
    for one in told:
        one.require_facts()


def test_the_purchaser_is_told_what_goes_back_and_what_is_undone_B4() -> None:
    [told] = given_back(PAID, with_(PAID, a_refund()), correlation="c")
    assert told.facts == {"amount": PAID.total, "undone": "1 2"}
    again = with_(PAID, a_refund(), a_dispute("warning_needs_response"))
    assert given_back(with_(PAID, a_refund()), again, correlation="c") == []
    held = replace(PAID, state=State.HELD)
    assert given_back(held, with_(held, a_refund()), correlation="c") == []


lines = st.builds(
    a_line,
    quantity=st.integers(1, 7),
    unit_price=st.integers(1, 99_999),
    tax=st.integers(0, 9_999),
)


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(made=st.lists(lines, min_size=1, max_size=4), data=st.data())
def test_money_adds_up_over_refunds_by_line_and_by_hand_B4(
    made: list[Line], data: st.DataObject
) -> None:
    """Pieces add up to the total; refunds never exceed it, and the last one takes what is left."""
    order = replace(PAID, lines=tuple(made), minted=0)
    pieces = range(len(order.pieces))
    assert sum(undoing.amount_of(order, piece) for piece in pieces) == order.total
    refunds: list[Refund] = []
    by_hand = data.draw(st.integers(0, order.total - 1))
    if by_hand:
        refunds.append(a_refund(by_hand, id="re_hand"))
        order = undoing.assign(with_(order, *refunds), "re_hand", []).order
    for nth, piece in enumerate(data.draw(st.permutations(list(pieces)))):
        if order.given_back.amount == order.total:
            break
        order = undoing.request_refund(order, f"rfd_{nth}", [piece]).order
        request = order.given_back.requests[-1]
        assert 0 < request.amount <= order.total - sum(one.amount for one in refunds)
        refunds.append(a_refund(request.amount, id=f"re_{nth}", request=request.id))
        order = with_(order, *refunds)
    assert order.given_back.amount == order.total
    assert order.given_back.undone == set(pieces)


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(made=st.lists(lines, min_size=1, max_size=3), data=st.data())
def test_money_adds_up_over_credit_notes_of_an_invoice_paid_in_parts_B4(
    made: list[Line], data: st.DataObject
) -> None:
    """No payment gives back more than it brought, by bank goes no more than came by bank."""
    order = replace(PAID, lines=tuple(made), minted=0)
    total = order.total
    cuts = sorted(data.draw(st.sets(st.integers(1, total), max_size=3)) | {0, total})
    banks = data.draw(st.lists(st.booleans(), min_size=len(cuts), max_size=len(cuts)))
    payments = [
        InvoicePayment(id=f"pay_{nth}", amount=upto - since, by_bank=banks[nth])
        for nth, (since, upto) in enumerate(itertools.pairwise(cuts))
    ]
    paid = an_invoice(order, status=InvoiceStatus.PAID, paid=total, payments=tuple(payments))
    order = replace(order, method=PaymentMethod.INVOICE, payment=paid.id, invoice=paid)
    refunds: list[Refund] = []
    pieces = list(range(len(order.pieces)))
    fails = data.draw(st.booleans())
    for nth, piece in enumerate(data.draw(st.permutations(pieces))):
        order = undoing.request_refund(order, f"rfd_{nth}", [piece]).order
        request = order.given_back.requests[-1]
        parts = dict(request.parts)
        if fails and parts:
            parts.popitem()  # the provider refuses it: the credit note sends it by bank
        refunds += [
            a_refund(amount, id=f"re_{nth}_{payment}", payment=payment, request=request.id)
            for payment, amount in parts.items()
        ]
        if by_bank := request.amount - sum(parts.values()):
            refunds.append(a_refund(by_bank, id=f"cn_{nth}", payment="", request=request.id))
        order = with_(order, *refunds)
        assert not order.given_back.requested
    back: Counter[str] = Counter()
    for one in refunds:
        back[one.payment] += one.amount
    assert sum(back.values()) == order.given_back.amount == total
    assert all(back[one.id] <= one.amount for one in payments)
    if not fails:
        assert back[""] == sum(one.amount for one in payments if one.by_bank)
    assert order.given_back.undone == set(pieces)


def test_a_piece_that_is_not_there_has_no_price() -> None:
    with pytest.raises(IndexError):
        undoing.amount_of(PAID, 2)
