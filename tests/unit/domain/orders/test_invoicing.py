"""Every decision about an order by invoice."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from keyfob.domain.errors import IllegalTransition
from keyfob.domain.orders import invoicing
from keyfob.domain.orders.due import next_due
from keyfob.domain.orders.errors import InvoiceTooLate, PaymentAlreadyRecorded
from keyfob.domain.orders.invoice import InvoicePayment, InvoiceStatus, Receipt
from keyfob.domain.orders.order import State
from keyfob.domain.orders.payment_method import PaymentMethod
from keyfob.domain.orders.transition import Change, Transition
from keyfob.domain.policy import Policy
from tests.support.builders import an_invoice, an_invoice_order, an_order
from tests.support.fakes import START

POLICY = Policy()
DAY, HOUR, SECOND = timedelta(days=1), timedelta(hours=1), timedelta(seconds=1)
DUE = START + 30 * DAY
TOTAL = an_order().total
PAID = an_invoice(status=InvoiceStatus.PAID, paid=TOTAL)
RECEIPT = Receipt(reference="R-1", on="2026-11-20", amount=500)


def test_a_paid_invoice_pays_the_order_once_S37() -> None:
    made = invoicing.mirror(an_invoice_order(), PAID, START)
    assert (made.change, made.order.state) == (Change.PAID, State.PAID)
    assert (made.order.payment, made.order.paid_at, made.order.invoice) == ("in_1", START, PAID)
    assert invoicing.mirror(made.order, PAID, START + DAY) == Transition(order=made.order)


@pytest.mark.parametrize(
    "wrong",
    [
        {"currency": "EUR"},
        {"total": TOTAL - 1, "paid": TOTAL - 1},
        {"total": TOTAL + 1},
        {"paid": TOTAL - 1},
        {"balance": -500, "paid": TOTAL - 500},
        {"balance": 500, "paid": TOTAL + 500},
        {"credited": 500, "paid": TOTAL - 500},
    ],
)
def test_what_the_provider_calls_paid_without_our_money_is_held_S38(wrong: dict[str, Any]) -> None:
    made = invoicing.mirror(an_invoice_order(), replace(PAID, **wrong), START)
    assert (made.change, made.order.state) == (Change.PAYMENT_HELD, State.HELD)


def test_a_surplus_pays_the_order_all_the_same_B4() -> None:
    made = invoicing.mirror(an_invoice_order(), replace(PAID, paid=TOTAL + 1), START)
    assert made.change is Change.PAID
    assert made.order.invoice
    assert made.order.invoice.surplus == 1


@pytest.mark.parametrize("status", [InvoiceStatus.OPEN, InvoiceStatus.UNCOLLECTIBLE])
@pytest.mark.parametrize("paid", [1, TOTAL - 1])
def test_a_part_pays_for_nothing_and_an_uncollectible_invoice_may_be_paid_later_B4(
    status: InvoiceStatus, paid: int
) -> None:
    part = an_invoice(status=status, paid=paid)
    made = invoicing.mirror(an_invoice_order(), part, START)
    assert (made.change, made.order.state) == (Change.INVOICE_MIRRORED, State.AWAITING_PAYMENT)
    assert invoicing.mirror(made.order, part, START) == Transition(order=made.order)
    assert invoicing.mirror(made.order, PAID, START).change is Change.PAID


@pytest.mark.parametrize("state", [State.CANCELED, State.EXPIRED])
def test_money_for_an_order_that_has_ended_goes_back_B4(state: State) -> None:
    ended = an_invoice_order(state=state)
    made = invoicing.mirror(ended, PAID, START)
    assert (made.change, made.order.state) == (Change.PAID_TOO_LATE, state)
    closed = replace(PAID, paid=500, credited=TOTAL - 500)
    made = invoicing.mirror(ended, closed, START)
    assert (made.change, made.order.payment) == (Change.INVOICE_MIRRORED, None)


def test_an_invoice_that_somebody_made_void_cancels_its_order_B4() -> None:
    void = an_invoice(status=InvoiceStatus.VOID)
    made = invoicing.mirror(an_invoice_order(), void, START)
    assert (made.change, made.order.state) == (Change.CANCELED, State.CANCELED)
    fulfilled = an_invoice_order(state=State.FULFILLED, payment="in_1")
    assert invoicing.mirror(fulfilled, void, START).order.state is State.FULFILLED


def test_an_invoice_whose_answer_was_lost_is_taken_as_the_orders_S37() -> None:
    waiting = an_invoice_order(invoice=None)
    made = invoicing.mirror(waiting, an_invoice(), START)
    assert (made.change, made.order.invoice) == (Change.INVOICE_ISSUED, an_invoice())
    ended = replace(waiting, state=State.CANCELED)
    assert invoicing.mirror(ended, an_invoice(), START).change is Change.INVOICE_MIRRORED


def test_only_the_orders_own_invoice_counts_S38() -> None:
    order = an_invoice_order()
    assert invoicing.is_invoice_of(order, "in_1", order.reference)
    assert not invoicing.is_invoice_of(order, "in_2", order.reference)
    assert not invoicing.is_invoice_of(order, "in_1", "ord_else")
    assert invoicing.is_invoice_of(replace(order, invoice=None), "in_2", order.reference)
    by_card = replace(order, invoice=None, method=PaymentMethod.CARD)
    assert not invoicing.is_invoice_of(by_card, "in_1", order.reference)


def test_it_is_issued_once_and_not_for_an_order_that_has_ended_B4() -> None:
    waiting = an_invoice_order(invoice=None)
    made = invoicing.issue(waiting, an_invoice())
    assert made.change is Change.INVOICE_ISSUED
    assert invoicing.issue(made.order, an_invoice()) == Transition(order=made.order)
    with pytest.raises(IllegalTransition):
        invoicing.issue(made.order, an_invoice(id="in_2"))
    with pytest.raises(IllegalTransition):
        invoicing.issue(replace(waiting, state=State.CANCELED), an_invoice())


@pytest.mark.parametrize(
    ("after", "reminded", "becomes"),
    [
        (-SECOND, 0, 0),
        (0 * DAY, 0, 1),
        (6 * DAY, 1, 1),
        (7 * DAY, 1, 2),
        (14 * DAY - SECOND, 2, 2),
        (14 * DAY, 2, 3),
        (14 * DAY, 0, 3),
        (400 * DAY, 3, 3),
    ],
)
def test_reminders_go_out_at_the_due_date_and_after_it_one_at_a_time_S44(
    after: timedelta, reminded: int, becomes: int
) -> None:
    order = an_invoice_order(reminded=reminded)
    made = invoicing.remind(order, DUE + after, POLICY)
    assert made.order.reminded == becomes
    assert made.change is (Change.PAYER_REMINDED if becomes > reminded else None)


@pytest.mark.parametrize(
    "changes",
    [
        {"state": State.FULFILLED},
        {"state": State.CANCELED},
        {"invoice": None},
        {"invoice": PAID},
    ],
)
def test_nobody_is_reminded_of_what_needs_no_payment_S44(changes: dict[str, Any]) -> None:
    order = an_invoice_order(**changes)
    assert invoicing.remind(order, DUE, POLICY) == Transition(order=order)


A_TRANSFER: dict[str, Any] = {"reference": "R-1", "on": "2026-11-20"}


def test_a_transfer_is_recorded_once_for_its_day_and_reference_G2() -> None:
    made = invoicing.receive(an_invoice_order(), **A_TRANSFER, amount=500)
    assert (made.change, made.order.receipts) == (Change.TRANSFER_RECORDED, (RECEIPT,))
    with pytest.raises(PaymentAlreadyRecorded):
        invoicing.receive(made.order, **A_TRANSFER, amount=7)
    again = invoicing.receive(made.order, reference="R-1", on="2026-11-21", amount=500)
    assert again.order.receipts == (RECEIPT, replace(RECEIPT, on="2026-11-21"))


def test_all_that_remains_leaves_out_transfers_on_their_way_to_the_provider_G2() -> None:
    order = an_invoice_order(invoice=an_invoice(paid=1_000), receipts=(RECEIPT,))
    rest: dict[str, Any] = {"reference": "R-2", "on": "2026-11-20", "amount": None}
    made = invoicing.receive(order, **rest)
    assert made.order.receipts[-1].amount == TOTAL - 1_500
    arrived = InvoicePayment(id="pr_1", amount=500, by_bank=True)
    mirrored = replace(order, invoice=an_invoice(paid=1_500, payments=(arrived,)))
    assert invoicing.receive(mirrored, **rest).order.receipts[-1].amount == TOTAL - 1_500
    with pytest.raises(IllegalTransition):
        invoicing.receive(made.order, **rest | {"reference": "R-3"})


@pytest.mark.parametrize("invoice", [None, PAID, an_invoice(status=InvoiceStatus.VOID)])
def test_no_transfer_is_recorded_without_an_unpaid_invoice_G2(invoice: Any) -> None:
    with pytest.raises(IllegalTransition):
        invoicing.receive(an_invoice_order(invoice=invoice), **A_TRANSFER, amount=500)


def test_it_is_due_in_thirty_days_or_on_a_renewals_last_business_day_F7() -> None:
    assert invoicing.due_of(START, None, POLICY) == DUE
    assert invoicing.due_of(START, DUE + DAY, POLICY) == DUE
    assert invoicing.due_of(START, DUE - DAY, POLICY) == DUE - DAY
    assert invoicing.due_of(START, START + 2 * HOUR, POLICY) == START + 2 * HOUR
    for late in (START + 2 * HOUR - SECOND, START - DAY):
        with pytest.raises(InvoiceTooLate):
            invoicing.due_of(START, late, POLICY)


def test_what_cant_clear_in_time_must_be_confirmed_F7() -> None:
    invoicing.require_clearing(START - SECOND, START, confirmed=False)
    invoicing.require_clearing(START, START, confirmed=True)
    with pytest.raises(InvoiceTooLate):
        invoicing.require_clearing(START, START, confirmed=False)


def test_an_issued_invoice_is_compared_every_six_hours_until_it_is_paid_S37() -> None:
    order = an_invoice_order()
    assert next_due(order, START) == START + timedelta(minutes=5)
    assert next_due(order, START + HOUR) == START + 6 * HOUR
    assert next_due(order, START + 40 * DAY) == START + 40 * DAY + 6 * HOUR
    assert next_due(replace(order, invoice=None), START + HOUR) == START + 2 * HOUR
    assert next_due(replace(order, state=State.CANCELED), START) is None


def test_only_a_counted_order_by_invoice_takes_credit_S62() -> None:
    order = an_invoice_order(counted=True)
    assert invoicing.takes_credit(order)
    assert not invoicing.takes_credit(replace(order, counted=False))
    assert not invoicing.takes_credit(replace(order, method=PaymentMethod.CARD))
