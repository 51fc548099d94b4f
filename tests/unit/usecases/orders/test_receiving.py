"""An operator records transfers, and lists the money that waits for a decision (G2)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from keyfob.domain.directory.account import Account
from keyfob.domain.errors import IllegalTransition, InvalidInput, NotFound
from keyfob.domain.orders.errors import PaymentAlreadyRecorded
from keyfob.domain.orders.order import State
from keyfob.storage.audit.store import AuditRow
from keyfob.usecases.orders.receiving import Receiving
from keyfob.wiring.operations import receiving_of
from tests.support.order_world import OPERATOR, SYSTEM, OrderWorld, invoice_of

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
    rows = order_world.database.query(AuditRow, key=("pk", order.subject))
    last = [AuditRow.from_raw_data(item) for item in rows][-1]
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


def test_money_that_waits_for_a_decision_is_listed_until_it_went_back_G2(
    order_world: OrderWorld, ada: Account, receiving: Receiving
) -> None:
    order_world.paid(ada)
    over, held, fine = (order_world.invoiced(ada) for _ in range(3))
    order_world.pay_invoice(over, over.total + 700)
    order_world.provider.change(invoice_of(held), total=1)
    order_world.pay_invoice(held)
    order_world.pay_invoice(fine)
    assert {one.number for one in receiving.held()} == {over.number, held.number}
