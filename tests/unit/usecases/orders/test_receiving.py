"""An operator records transfers, and lists the money that waits for a decision (G2)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from keyfob.domain.directory.account import Account
from keyfob.domain.errors import IllegalTransition, InvalidInput, NotFound
from keyfob.domain.orders.due import next_due
from keyfob.domain.orders.errors import PaymentAlreadyRecorded
from keyfob.domain.orders.order import Order, State
from keyfob.storage.audit.store import AuditRow
from keyfob.usecases.orders.receiving import Receiving, SurplusOutcome
from keyfob.wiring.operations import receiving_of
from tests.support.fakes import START, Meddler
from tests.support.order_world import OPERATOR, SYSTEM, OrderWorld, invoice_of, page_of

BY = replace(OPERATOR, reason="On the bank statement")
A_TRANSFER: dict[str, Any] = {
    "reference": "2026/4711",
    "on": date(2026, 11, 22),
    "amount": 5_000,
    "by": BY,
}


@pytest.fixture
def ada(order_world: OrderWorld) -> Account:
    return order_world.person()


@pytest.fixture
def receiving(order_world: OrderWorld) -> Receiving:
    return receiving_of(order_world.base)


def test_a_part_and_then_the_rest_by_bank_fulfill_the_order_G2(
    order_world: OrderWorld, ada: Account, receiving: Receiving
) -> None:
    order = order_world.invoiced(ada)
    receiving.mark_paid(order.number, **A_TRANSFER)
    rest: dict[str, Any] = {**A_TRANSFER, "reference": "2026/4712", "amount": None}
    receiving.mark_paid(order.number, **rest)
    for _ in range(2):
        order_world.send_queued()
    order_world.payments.settle_invoice(invoice_of(order), by=SYSTEM)
    paid = order_world.service.get(order.number)
    assert paid.invoice
    assert (paid.state, paid.invoice.paid) == (State.FULFILLED, order.total)
    assert len(paid.invoice.payments) == 2


def test_its_entry_has_the_reason_S60(
    order_world: OrderWorld, ada: Account, receiving: Receiving
) -> None:
    order = order_world.invoiced(ada)
    receiving.mark_paid(order.number, **A_TRANSFER)
    last = entries(order_world, order)[-1]
    assert (last.action, last.facts["reason"]) == ("order.transfer_recorded", BY.reason)


def test_the_same_transfer_is_recorded_once_G2(
    order_world: OrderWorld, ada: Account, receiving: Receiving
) -> None:
    order = order_world.invoiced(ada)
    receiving.mark_paid(order.number, **A_TRANSFER)
    with pytest.raises(PaymentAlreadyRecorded):
        receiving.mark_paid(order.number, **A_TRANSFER)
    for row in order_world.queued():
        if row.kind == "record_transfer":
            for _ in range(2):
                order_world.effects_worker.deliver(row.pk)
    [bill] = order_world.provider.bills.values()
    assert bill.invoice.paid == 5_000


@pytest.mark.parametrize("on", [date(2026, 11, 23), date(2026, 11, 20)])
def test_a_day_in_the_future_or_before_the_order_is_refused_G2(
    on: date, order_world: OrderWorld, ada: Account, receiving: Receiving
) -> None:
    order = order_world.invoiced(ada)
    with pytest.raises(InvalidInput) as refusal:
        receiving.mark_paid(order.number, **A_TRANSFER | {"on": on})
    assert list(refusal.value.fields) == ["on"]


def test_only_an_unpaid_invoice_is_marked_paid_G2(
    order_world: OrderWorld, ada: Account, receiving: Receiving
) -> None:
    with pytest.raises(NotFound):
        receiving.mark_paid("SO-99999", **A_TRANSFER)
    by_card, paid = order_world.order(ada), order_world.invoiced(ada)
    order_world.pay_invoice(paid)
    for order in (by_card, paid):
        with pytest.raises(IllegalTransition):
            receiving.mark_paid(order.number, **A_TRANSFER)


def listed(receiving: Receiving) -> dict[str, int]:
    return {one.number: one.open_surplus for one in receiving.held(limit=100)}


def a_held(world: OrderWorld, ada: Account) -> Order:
    """An order by card whose payment is of another amount."""
    order = world.order(ada)
    world.provider.buyer_pays(page_of(order), amount=order.total - 1)
    world.payments.settle(page_of(order), by=SYSTEM)
    return world.service.get(order.number)


def test_money_that_waits_for_a_decision_is_listed_until_there_is_one_G2(
    order_world: OrderWorld, ada: Account, receiving: Receiving
) -> None:
    order_world.paid(ada)
    over, held, fine = (order_world.invoiced(ada) for _ in range(3))
    order_world.pay_invoice(over, over.total + 700)
    order_world.provider.change(invoice_of(held), total=1)
    order_world.pay_invoice(held)
    order_world.pay_invoice(fine)
    by_card = a_held(order_world, ada)
    assert listed(receiving) == {over.number: 700, held.number: 0, by_card.number: 0}
    assert len(receiving.held(limit=2)) == 2
    receiving.close_surplus(over.number, 700, SurplusOutcome.KEPT, BY)
    receiving.release(held.number, by=BY)
    receiving.refund(by_card.number, by=BY)
    assert listed(receiving) == {}


def test_the_list_of_money_that_waits_reads_no_other_order_G2(
    order_world: OrderWorld, ada: Account, receiving: Receiving, client: Meddler
) -> None:
    held = a_held(order_world, ada)
    client.next("scan", forbidden)
    assert list(listed(receiving)) == [held.number]


def forbidden(*_: Any) -> None:
    raise AssertionError("nothing is scanned")


def test_a_closed_surplus_opens_again_only_with_more_money_G2(
    order_world: OrderWorld, ada: Account, receiving: Receiving
) -> None:
    order = order_world.invoiced(ada)
    order_world.pay_invoice(order, order.total + 700)
    for wrong in (699, 701, 0):
        with pytest.raises(IllegalTransition):
            receiving.close_surplus(order.number, wrong, SurplusOutcome.PAID_BACK, BY)
    receiving.close_surplus(order.number, 700, SurplusOutcome.PAID_BACK, BY)
    entry = entries(order_world, order)[-1]
    assert entry.action == "order.surplus_closed"
    assert (entry.facts["outcome"], entry.facts["reason"]) == ("paid_back", BY.reason)
    with pytest.raises(IllegalTransition):
        receiving.close_surplus(order.number, 700, SurplusOutcome.PAID_BACK, BY)
    order_world.provider.change(invoice_of(order), paid=order.total + 1_000)
    order_world.payments.settle_invoice(invoice_of(order), by=SYSTEM)
    assert listed(receiving) == {order.number: 300}


@pytest.mark.parametrize("by_invoice", [True, False])
def test_a_released_payment_is_fulfilled_by_the_clock_as_a_paid_one_G2_S38(
    by_invoice: bool, order_world: OrderWorld, ada: Account, receiving: Receiving
) -> None:
    if by_invoice:
        order = order_world.invoiced(ada)
        order_world.provider.change(invoice_of(order), total=1)
        order_world.pay_invoice(order)
    else:
        order = a_held(order_world, ada)
    for _ in range(2):
        seen = receiving.release(order.number, by=BY)
    assert (seen.state, next_due(seen, START)) == (State.HELD, START)
    assert entries(order_world, order)[-1].facts["reason"] == BY.reason
    with pytest.raises(IllegalTransition):
        receiving.refund(order.number, by=BY)
    for _ in range(2):
        order_world.payments.reconcile(order.number, by=SYSTEM)
    done = order_world.service.get(order.number)
    assert (done.state, done.minted) == (State.FULFILLED, len(order.keys))
    assert order_world.kinds().count("order_confirmation") == 1
    assert receiving.release(order.number, by=BY) == done


@pytest.mark.parametrize("by_invoice", [True, False])
def test_a_held_payment_goes_back_once_G2(
    by_invoice: bool, order_world: OrderWorld, ada: Account, receiving: Receiving
) -> None:
    if by_invoice:
        order = order_world.invoiced(ada)
        order_world.provider.change(invoice_of(order), total=1)
        order_world.pay_invoice(order)
    else:
        order = a_held(order_world, ada)
    order_world.send_queued()
    for _ in range(2):
        receiving.refund(order.number, by=BY)
    with pytest.raises(IllegalTransition):
        receiving.release(order.number, by=BY)
    for _ in range(2):
        order_world.send_queued()
    order_world.payments.reconcile(order.number, by=SYSTEM)
    seen = order_world.service.get(order.number)
    assert (seen.state, seen.minted) == (State.HELD, 0)
    assert seen.refund
    assert len(order_world.provider.refund_amounts()) == (0 if by_invoice else 1)
    assert len(order_world.provider.closed) == (1 if by_invoice else 0)
    mail = str(order_world.mail.sent[-1].get_body(("plain",)))
    assert "didn't fit the order" in mail


def test_what_is_not_held_is_neither_released_nor_refunded_G2(
    order_world: OrderWorld, ada: Account, receiving: Receiving
) -> None:
    for order in (order_world.order(ada), order_world.paid(ada)):
        for act in (receiving.release, receiving.refund):
            with pytest.raises(IllegalTransition):
                act(order.number, by=BY)


def entries(world: OrderWorld, order: Order) -> list[AuditRow]:
    rows = world.database.query(AuditRow, key=("pk", order.subject))
    return [AuditRow.from_raw_data(item) for item in rows]
