"""Orders by invoice, from their placing to the last key, over tables and a fake provider (B4)."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from keyfob.domain.directory.account import Account
from keyfob.domain.errors import IllegalTransition, StorageUnavailable
from keyfob.domain.orders.due import next_due
from keyfob.domain.orders.errors import PaymentFailed, PaymentRefused, PaymentUnavailable
from keyfob.domain.orders.invoice import InvoiceStatus
from keyfob.domain.orders.order import Order, State
from keyfob.domain.orders.payment_method import PaymentMethod
from keyfob.storage.audit.store import AuditRow
from keyfob.storage.orders.customers import CustomerStore
from keyfob.storage.orders.order_row import OrderRow
from tests.support.builders import a_product
from tests.support.carts import items
from tests.support.fakes import Meddler
from tests.support.order_world import OPERATOR, SYSTEM, OrderWorld, actor, invoice_of


@pytest.fixture
def ada(order_world: OrderWorld) -> Account:
    return order_world.person()


def actions(order_world: OrderWorld, subject: str) -> list[str]:
    found = order_world.database.query(AuditRow, key=("pk", subject))
    return [AuditRow.from_raw_data(item).action for item in found]


def keys(order_world: OrderWorld) -> int:
    rows = order_world.database.scan(OrderRow)
    return sum(one["pk"]["S"].startswith("KEY#") for one in rows)


def the_order(order_world: OrderWorld) -> Order:
    """The only order there is."""
    [found] = [
        item["pk"]["S"].removeprefix("ORDER#")
        for item in order_world.database.scan(OrderRow)
        if item["pk"]["S"].startswith("ORDER#")
    ]
    return order_world.service.get(found)


def credit(order_world: OrderWorld) -> int:
    return CustomerStore(order_world.database).unpaid("acme", "USD")


def test_an_invoice_is_issued_mailed_and_fulfilled_when_it_is_paid_in_full_B4(
    order_world: OrderWorld, ada: Account
) -> None:
    order = order_world.invoiced(ada)
    assert order.invoice
    assert (order.state, order.checkout) == (State.AWAITING_PAYMENT, None)
    assert (order.invoice.total, order.invoice.remaining) == (order.total, order.total)
    assert order.checkout_ends == order.invoice.due_at == order.placed_at + timedelta(days=30)
    assert order_world.kinds() == ["invoice_issued", "send_invoice"]
    order_world.send_queued()
    assert order_world.provider.sent == [invoice_of(order)]
    part = order_world.pay_invoice(order, 5_000)
    assert part.invoice
    assert (part.state, part.invoice.paid, part.invoice.remaining) == (
        State.AWAITING_PAYMENT,
        5_000,
        order.total - 5_000,
    )
    assert (keys(order_world), order_world.kinds()) == (0, [])
    paid = order_world.pay_invoice(order)
    assert (paid.state, paid.minted, paid.payment) == (State.FULFILLED, 2, invoice_of(order))
    assert order_world.kinds() == ["license_key"] * 2 + ["order_confirmation"]
    assert actions(order_world, order.subject) == [
        "order.placed",
        "order.invoice_issued",
        "order.invoice_mirrored",
        "order.paid",
        "order.keys_minted",
        "order.reserved",
    ]


def test_each_payment_of_an_invoice_finds_its_order_S40(
    order_world: OrderWorld, ada: Account
) -> None:
    order = order_world.invoiced(ada)
    order_world.pay_invoice(order, 5_000)
    paid = order_world.pay_invoice(order)
    assert paid.invoice
    assert len(paid.invoice.payments) == 2
    for one in (*(one.id for one in paid.invoice.payments), invoice_of(order)):
        assert order_world.orders.number_of_payment(one) == order.number


def test_an_organization_has_one_customer_at_the_provider_B4(
    order_world: OrderWorld, ada: Account
) -> None:
    colleague = order_world.person()
    for account in (ada, colleague, ada):
        order_world.invoiced(account)
    assert list(order_world.provider.customers.values()) == ["cus_1"]
    payer = order_world.provider.payers["cus_1"]
    assert (payer.name, payer.email) == ("Acme Parts", ada.email), "who ordered gets the mail"


def test_two_first_invoices_at_once_end_with_one_customer_B4(
    order_world: OrderWorld, ada: Account, client: Meddler
) -> None:
    colleague = order_world.person()

    def the_other_is_faster(operation: Any, request: Any) -> Any:
        order_world.invoiced(colleague)
        return operation(**request)

    def go_on(operation: Any, request: Any) -> Any:
        return operation(**request)

    for before in (0, 1):
        client.next("put_item", *[go_on] * before, the_other_is_faster)
        order_world.invoiced(ada)
        assert list(order_world.provider.customers.values()) == ["cus_1"]


def test_a_failed_customer_is_made_in_a_new_attempt_S41(
    order_world: OrderWorld, ada: Account
) -> None:
    order_world.provider.failing = True
    with pytest.raises(PaymentFailed):
        order_world.invoiced(ada)
    order = the_order(order_world)
    order_world.payments.reconcile(order.number, by=SYSTEM)
    assert order_world.service.get(order.number).invoice
    assert (
        list(order_world.provider.customers.values()) == [None, "cus_1"]
        or len(order_world.provider.customers) == 2
    )


WRITES = [("put_item", 0), ("update_item", 0), ("update_item", 1)]


@pytest.mark.parametrize("landed", [True, False])
@pytest.mark.parametrize(
    "write", [*WRITES, ("transact_write_items", 0), ("transact_write_items", 1)]
)
def test_an_order_killed_at_any_write_has_one_invoice_in_the_end_S46(
    landed: bool, write: tuple[str, int], order_world: OrderWorld, ada: Account, client: Meddler
) -> None:
    def go_on(operation: Any, request: Any) -> Any:
        return operation(**request)

    def die(operation: Any, request: Any) -> Any:
        if landed:
            operation(**request)
        raise StorageUnavailable

    operation, died_at = write
    client.next(operation, *[go_on] * died_at, die)
    with suppress(StorageUnavailable):
        order_world.invoiced(ada)
    placed = [one for one in order_world.database.scan(OrderRow) if "method" in one]
    if not placed:
        return  # nothing happened
    order_world.clock.advance(minutes=5)
    order = the_order(order_world)
    with suppress(StorageUnavailable):
        order_world.payments.reconcile(order.number, by=SYSTEM)
    order_world.clock.advance(minutes=30)
    order_world.payments.reconcile(order.number, by=SYSTEM)
    order = order_world.service.get(order.number)
    assert [one.order for one in order_world.provider.bills.values()] == [order.number]
    assert order_world.pay_invoice(order).state is State.FULFILLED


def test_a_provider_that_is_silent_leaves_the_order_to_the_clock_S50(
    order_world: OrderWorld, ada: Account
) -> None:
    order_world.provider.silent = True
    with pytest.raises(PaymentUnavailable):
        order_world.invoiced(ada)
    order = the_order(order_world)
    assert (order.state, order.invoice) == (State.AWAITING_PAYMENT, None)
    order_world.provider.silent = False
    order_world.payments.reconcile(order.number, by=SYSTEM)
    assert order_world.service.get(order.number).invoice


def test_an_invoice_that_the_provider_refuses_ends_its_order_B4(
    order_world: OrderWorld, ada: Account
) -> None:
    order_world.invoiced(ada)
    order_world.provider.refusing = True
    with pytest.raises(PaymentRefused):
        order_world.invoiced(ada)
    assert "order_refused" in order_world.kinds()
    total = order_world.orders.of_account(ada.id, limit=1, before=None)[0].total
    assert credit(order_world) == total, "only the first order is unpaid"


def test_an_order_without_an_invoice_ends_at_its_due_date_B4(
    order_world: OrderWorld, ada: Account
) -> None:
    order_world.provider.silent = True
    with pytest.raises(PaymentUnavailable):
        order_world.invoiced(ada)
    order_world.provider.silent = False
    order_world.clock.advance(days=30)
    order = the_order(order_world)
    order_world.payments.reconcile(order.number, by=SYSTEM)
    assert order_world.service.get(order.number).state is State.EXPIRED
    assert (credit(order_world), order_world.provider.bills) == (0, {})


def test_an_order_canceled_while_its_invoice_is_made_leaves_none_to_be_paid_B4(
    order_world: OrderWorld, ada: Account, client: Meddler
) -> None:
    def go_on(operation: Any, request: Any) -> Any:
        return operation(**request)

    def canceled_first(operation: Any, request: Any) -> Any:
        order_world.placing.cancel(actor(ada), the_order(order_world).number)
        return operation(**request)

    client.next("transact_write_items", go_on, canceled_first)
    with pytest.raises(IllegalTransition):
        order_world.invoiced(ada)
    [bill] = order_world.provider.bills.values()
    assert bill.invoice.status is InvoiceStatus.VOID
    assert the_order(order_world).invoice is None


@pytest.mark.parametrize("paid", [0, 1, 5_000])
def test_canceling_closes_the_invoice_and_gives_money_back_B4(
    paid: int, order_world: OrderWorld, ada: Account
) -> None:
    order = order_world.invoiced(ada)
    if paid:
        order_world.pay_invoice(order, paid)
    order_world.placing.cancel(actor(ada), order.number)
    assert credit(order_world) == 0
    for _ in range(3):
        order_world.send_queued()
    end = order_world.service.get(order.number)
    assert end.invoice
    assert end.state is State.CANCELED
    assert end.invoice.status is (InvoiceStatus.PAID if paid else InvoiceStatus.VOID)
    assert end.refund == (f"cn_{order.reference}" if paid else None)
    assert end.payment is None
    order_world.payments.settle_invoice(invoice_of(order), by=SYSTEM)
    assert order_world.service.get(order.number) == end
    assert order_world.queued() == []


def test_money_that_arrives_after_canceling_goes_back_by_bank_with_an_alarm_B4(
    order_world: OrderWorld, ada: Account
) -> None:
    order = order_world.invoiced(ada)
    order_world.placing.cancel(actor(ada), order.number)
    order_world.provider.paid(invoice_of(order), 5_000, kind="pr")
    for _ in range(3):
        order_world.send_queued()
    assert order_world.service.get(order.number).refund
    assert order_world.counts.seen["RefundByBank"] == 1
    [mail] = [one for one in order_world.mail.sent if "goes back" in str(one["Subject"])]
    assert "USD 50.00" in str(mail.get_body(("plain",)))


def test_an_invoice_paid_whole_in_the_moment_of_canceling_goes_back_B4(
    order_world: OrderWorld, ada: Account
) -> None:
    order = order_world.invoiced(ada)
    order_world.placing.cancel(actor(ada), order.number)
    order_world.pay_invoice(order)
    for _ in range(4):
        order_world.send_queued()
    end = order_world.service.get(order.number)
    assert (end.state, end.refund) == (State.CANCELED, f"cn_{order.reference}")
    assert (keys(order_world), order_world.queued()) == (0, [])
    assert len(order_world.provider.closed) == 1


def test_a_surplus_fulfills_and_is_counted_once_and_never_goes_back_B4(
    order_world: OrderWorld, ada: Account
) -> None:
    order = order_world.invoiced(ada)
    paid = order_world.pay_invoice(order, order.total + 700)
    for _ in range(2):
        order_world.payments.settle_invoice(invoice_of(order), by=SYSTEM)
        order_world.send_queued()
    assert paid.invoice
    assert (paid.state, paid.invoice.surplus) == (State.FULFILLED, 700)
    assert order_world.counts.seen["SurplusHeld"] == 1
    assert order_world.provider.closed == {}


def test_prices_and_taxes_that_change_after_the_order_change_nothing_for_it_B1(
    order_world: OrderWorld, ada: Account
) -> None:
    order = order_world.invoiced(ada)
    dearer = a_product(price=99_900, tax_rate=1_900)
    order_world.seed.products([dearer], by=replace(OPERATOR, reason="New prices"))
    assert order_world.pay_invoice(order).state is State.FULFILLED


def test_another_amount_or_currency_is_held_and_mints_nothing_S38(
    order_world: OrderWorld, ada: Account
) -> None:
    for wrong in ({"total": 1}, {"currency": "EUR"}, {"balance": -700}):
        order = order_world.invoiced(ada)
        order_world.provider.change(invoice_of(order), **wrong)
        assert order_world.pay_invoice(order).state is State.HELD
    assert keys(order_world) == 0


def test_an_invoice_made_void_by_hand_cancels_its_order_and_frees_the_credit_B4(
    order_world: OrderWorld, ada: Account
) -> None:
    order = order_world.invoiced(ada)
    order_world.send_queued()
    order_world.provider.change(invoice_of(order), status=InvoiceStatus.VOID)
    for _ in range(2):
        order_world.payments.settle_invoice(invoice_of(order), by=SYSTEM)
    end = order_world.service.get(order.number)
    assert (end.state, end.refund, credit(order_world)) == (State.CANCELED, None, 0)
    assert order_world.kinds() == ["order_canceled"]
    assert next_due(end, order_world.clock.now) is None


def test_an_invoice_made_uncollectible_by_hand_can_still_be_paid_B4(
    order_world: OrderWorld, ada: Account
) -> None:
    order = order_world.invoiced(ada)
    order_world.provider.change(invoice_of(order), status=InvoiceStatus.UNCOLLECTIBLE)
    order_world.payments.settle_invoice(invoice_of(order), by=SYSTEM)
    seen = order_world.service.get(order.number)
    assert seen.invoice
    assert (seen.state, seen.invoice.remaining) == (State.AWAITING_PAYMENT, order.total)
    assert credit(order_world) == order.total, "it still counts toward the limit"
    assert order_world.pay_invoice(order).state is State.FULFILLED
    assert credit(order_world) == 0


def test_an_invoice_of_no_order_of_ours_is_counted_and_left_alone_S38(
    order_world: OrderWorld, ada: Account
) -> None:
    order = order_world.invoiced(ada)
    order_world.provider.paid(invoice_of(order))
    bill = order_world.provider.bills[invoice_of(order)]
    order_world.provider.bills["in_else"] = replace(bill, order="SO-99999")
    order_world.provider.bills["in_copy"] = replace(
        bill, invoice=replace(bill.invoice, id="in_copy")
    )
    order_world.provider.bills[invoice_of(order)] = replace(bill, reference="ord_else")
    for one in ("in_else", "in_copy", "in_unknown", invoice_of(order)):
        order_world.payments.settle_invoice(one, by=SYSTEM)
    assert order_world.counts.seen == {"PaymentUnmatched": 4}
    assert order_world.service.get(order.number) == order


def test_a_lost_event_is_found_by_the_clock_S37(order_world: OrderWorld, ada: Account) -> None:
    order = order_world.invoiced(ada)
    order_world.provider.paid(invoice_of(order))
    order_world.clock.advance(hours=6)
    order_world.payments.reconcile(order.number, by=SYSTEM)
    assert order_world.service.get(order.number).state is State.FULFILLED


def test_the_clock_reminds_of_an_overdue_invoice_with_what_remains_S44(
    order_world: OrderWorld, ada: Account
) -> None:
    order = order_world.invoiced(ada)
    order_world.pay_invoice(order, 5_000)
    order_world.send_queued()
    before = len(order_world.mail.sent)
    for day in (29, 30, 31, 37, 44, 50, 60):
        order_world.clock.now = order.placed_at + timedelta(days=day)
        order_world.payments.reconcile(order.number, by=SYSTEM)
        order_world.send_queued()
    mails = order_world.mail.sent[before:]
    assert [str(one["Subject"]) for one in mails] == [
        f"The invoice for order {order.number} is overdue"
    ] * 3
    text = str(mails[0].get_body(("plain",)))
    assert "USD 134.03" in text
    assert "USD 50.00" in text


def test_a_reminder_is_not_sent_once_the_invoice_is_paid_S44(
    order_world: OrderWorld, ada: Account
) -> None:
    order = order_world.invoiced(ada)
    order_world.send_queued()
    order_world.clock.now = order.placed_at + timedelta(days=30)
    order_world.payments.reconcile(order.number, by=SYSTEM)
    assert order_world.kinds() == ["invoice_overdue"]
    order_world.pay_invoice(order)
    before = len(order_world.mail.sent)
    order_world.send_queued()
    assert not any("overdue" in str(one["Subject"]) for one in order_world.mail.sent[before:])


def pay(order_world: OrderWorld, order: Order) -> None:
    if order_world.provider.bills[invoice_of(order)].invoice.is_payable:
        order_world.provider.paid(invoice_of(order))


def pay_a_part(order_world: OrderWorld, order: Order) -> None:
    if order_world.provider.bills[invoice_of(order)].invoice.is_payable:
        order_world.provider.paid(invoice_of(order), 5_000)


def cancel(order_world: OrderWorld, order: Order) -> None:
    with suppress(IllegalTransition):
        order_world.placing.cancel(replace(SYSTEM, id=order.account), order.number)


EVENTS: dict[str, Callable[[OrderWorld, Order], None]] = {
    "part": pay_a_part,
    "pay": pay,
    "cancel": cancel,
    "event": lambda world, order: world.payments.settle_invoice(invoice_of(order), by=SYSTEM),
    "clock": lambda world, order: world.payments.reconcile(order.number, by=SYSTEM),
    "messages": lambda world, _order: world.send_queued(),
}


@pytest.mark.parametrize("events", list(itertools.permutations(EVENTS))[::23])
def test_money_buys_all_or_goes_back_in_any_order_of_events_S37(
    events: tuple[str, ...], order_world: OrderWorld, ada: Account
) -> None:
    order = order_world.invoiced(ada)
    for event in (*events, *["event", "messages"] * 4):
        EVENTS[event](order_world, order)
    end = order_world.service.get(order.number)
    bill = order_world.provider.bills[invoice_of(order)].invoice
    assert end.invoice == bill, "the mirror is what the provider says"
    assert order_world.queued() == []
    assert credit(order_world) == 0
    if end.state is State.CANCELED:
        assert keys(order_world) == 0
        assert bool(end.refund) == bool(bill.paid)
    else:
        assert (end.state, keys(order_world), end.refund) == (State.FULFILLED, 2, None)
        assert bill.paid >= order.total


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(parts=st.lists(st.integers(min_value=1, max_value=12_000), min_size=1, max_size=5))
def test_any_partial_payments_add_up_and_fulfill_only_the_whole_B4(
    parts: list[int], order_world: OrderWorld
) -> None:
    order = order_world.invoiced(order_world.person(), items=items(hardware_token=1))
    paid = 0
    for part in parts:
        if paid >= order.total:
            break
        paid += part
        seen = order_world.pay_invoice(order, part)
        assert seen.invoice
        assert seen.invoice.paid == paid == sum(one.amount for one in seen.invoice.payments)
        assert paid + seen.invoice.remaining == order.total + seen.invoice.surplus
        assert (seen.state is State.FULFILLED) == (paid >= order.total)
    cancel(order_world, order)  # of what is unpaid, to free the credit for the next example


def test_a_customer_deleted_at_the_provider_is_made_anew_at_once_B4(
    order_world: OrderWorld, ada: Account
) -> None:
    first = order_world.order(ada, method=PaymentMethod.INVOICE)
    order_world.provider.payers.clear()
    again = order_world.order(ada, method=PaymentMethod.INVOICE)
    assert again.invoice
    assert first.invoice
    assert len(order_world.provider.customers) == 2
