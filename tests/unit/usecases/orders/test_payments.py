"""Any answers of the provider, repeated and in any order, have one result (S37, S38)."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from typing import Any

import pytest

from keyfob.domain.directory.account import Account
from keyfob.domain.errors import IllegalTransition, NotFound, StorageUnavailable
from keyfob.domain.messages.kinds import Kind
from keyfob.domain.orders.errors import PaymentUnavailable
from keyfob.domain.orders.order import Order, State
from keyfob.domain.policy import Policy
from keyfob.storage.audit.store import AuditRow
from keyfob.storage.database import Database
from keyfob.storage.orders.license_keys import LicenseKeyRow
from keyfob.storage.orders.order_row import OrderRow
from keyfob.storage.transaction import Transactions
from keyfob.usecases.orders.pricing import Item
from tests.support.builders import PARTNER, a_cart, a_product, a_record
from tests.support.carts import items
from tests.support.fakes import Counts, FakeClock, Meddler, fake_mac, fake_unseal
from tests.support.order_world import SYSTEM, OrderWorld, actor, build, page_of
from tests.support.runtime import FakeRuntime


@pytest.fixture
def policy() -> Policy:
    """Chunks of two keys, so that a small order takes several transactions."""
    return Policy(fulfilment_chunk=2)


@pytest.fixture
def ada(order_world: OrderWorld) -> Account:
    return order_world.person()


def keys(order_world: OrderWorld) -> list[LicenseKeyRow]:
    return [
        LicenseKeyRow.from_raw_data(item)
        for item in order_world.database.scan(OrderRow)
        if item["pk"]["S"].startswith("KEY#")
    ]


def actions(order_world: OrderWorld, subject: str) -> list[str]:
    found = order_world.database.query(AuditRow, key=("pk", subject))
    return [AuditRow.from_raw_data(item).action for item in found]


def test_an_order_is_found_by_its_payment_alone_S40(order_world: OrderWorld, ada: Account) -> None:
    order = order_world.order(ada)
    assert order_world.orders.number_of_payment("pi_unknown") is None
    order_world.pay(order, amount=1)
    payment = order_world.service.get(order.number).payment
    assert order_world.orders.number_of_payment(payment or "") == order.number


def test_a_payment_mints_one_key_for_each_unit_and_confirms_B5(
    order_world: OrderWorld, ada: Account
) -> None:
    order = order_world.paid(ada, items=items(hardware_token=2, phone=1))
    assert (order.state, order.minted) == (State.FULFILLED, 3)
    found = keys(order_world)
    assert sorted((key.unit, key.product, key.state) for key in found) == [
        (0, "hardware-token", "issued"),
        (1, "hardware-token", "issued"),
        (2, "phone", "issued"),
    ]
    assert {key.order for key in found} == {order.number}
    assert order_world.kinds() == ["license_key"] * 3 + ["order_confirmation"]
    assert actions(order_world, order.subject) == [
        "order.placed",
        "order.checkout_opened",
        "order.paid",
        "order.keys_minted",
        "order.keys_minted",
        "order.reserved",
    ]


def test_a_key_is_kept_as_a_keyed_hash_and_sealed_on_its_way_S17(
    order_world: OrderWorld, ada: Account
) -> None:
    order_world.paid(ada)
    for row in order_world.queued():
        if row.kind == Kind.LICENSE_KEY:
            key = fake_unseal(row.pk, row.sealed)
            assert row.subject == f"KEY#{fake_mac('license-key', key)}"
            tables = [list(order_world.database.scan(kind)) for kind in (OrderRow, AuditRow)]
            assert key not in str(tables)


def test_a_webhook_that_comes_again_changes_nothing_S37(
    order_world: OrderWorld, ada: Account
) -> None:
    order = order_world.order(ada)
    order_world.pay(order)
    before = order_world.service.get(order.number)
    order_world.clock.advance(days=40)
    for _ in range(3):
        order_world.payments.settle(page_of(order), by=SYSTEM)
        order_world.payments.reconcile(order.number, by=SYSTEM)
    assert order_world.service.get(order.number) == before
    assert len(keys(order_world)) == 2
    assert order_world.kinds() == ["license_key", "license_key", "order_confirmation"]


def test_a_large_order_is_minted_in_chunks_S46(
    order_world: OrderWorld, ada: Account, client: Meddler
) -> None:
    order = order_world.paid(ada, items=items(hardware_token=7))
    assert (order.state, order.minted) == (State.FULFILLED, 7)
    assert len({key.pk for key in keys(order_world)}) == 7
    assert sorted(int(key.unit) for key in keys(order_world)) == list(range(7))
    assert actions(order_world, order.subject).count("order.keys_minted") == 4


def test_a_whole_chunk_fits_into_one_transaction_S46(
    database: Database,
    transactions: Transactions,
    clock: FakeClock,
    counts: Counts,
    client: Meddler,
) -> None:
    order_world = build(
        FakeRuntime(database, transactions, clock, Policy(fulfilment_chunk=24), counts)
    )
    order_world.seed.partners([PARTNER], by=SYSTEM)
    order_world.seed.products([a_product()], by=SYSTEM)
    people = [order_world.person() for _ in range(24)]
    order = order_world.paid(
        order_world.person(),
        items=tuple(Item(product="hardware-token", holder=one.id) for one in people),
    )
    assert (order.state, order.minted) == (State.FULFILLED, 24)
    sizes = [len(one["TransactItems"]) for one in client.requests("transact_write_items")]
    assert max(sizes) == 3 + 4 * 24


@pytest.mark.parametrize("landed", [True, False])
@pytest.mark.parametrize("died_at", range(4))
def test_every_key_is_minted_once_if_killed_at_any_commit_S46(
    died_at: int, landed: bool, order_world: OrderWorld, ada: Account, client: Meddler
) -> None:
    order = order_world.order(ada, items=items(hardware_token=5))
    order_world.provider.buyer_pays(page_of(order))

    def go_on(operation: Any, request: Any) -> Any:
        return operation(**request)

    def die(operation: Any, request: Any) -> Any:
        if landed:
            operation(**request)
        raise StorageUnavailable

    client.next("transact_write_items", *[go_on] * died_at, die)
    with pytest.raises(StorageUnavailable):
        order_world.payments.settle(page_of(order), by=SYSTEM)
    # The webhook isn't delivered again: the clock finds the payment.
    order_world.clock.advance(minutes=5)
    order_world.payments.reconcile(order.number, by=SYSTEM)
    assert order_world.service.get(order.number).state is State.FULFILLED
    assert sorted(int(key.unit) for key in keys(order_world)) == list(range(5))
    assert order_world.kinds() == ["license_key"] * 5 + ["order_confirmation"]


def test_two_workers_at_once_mint_every_key_once_S37(
    order_world: OrderWorld, ada: Account, client: Meddler
) -> None:
    order = order_world.order(ada, items=items(hardware_token=5))
    order_world.provider.buyer_pays(page_of(order))

    def the_other_is_faster(operation: Any, request: Any) -> Any:
        order_world.payments.settle(page_of(order), by=SYSTEM)
        return operation(**request)

    client.next("transact_write_items", the_other_is_faster)
    order_world.payments.settle(page_of(order), by=SYSTEM)
    assert sorted(int(key.unit) for key in keys(order_world)) == list(range(5))


@pytest.mark.parametrize("wrong", [{"amount": 1}, {"currency": "EUR"}])
def test_another_amount_or_currency_is_held_and_mints_nothing_S38(
    wrong: dict[str, Any], order_world: OrderWorld, ada: Account
) -> None:
    order = order_world.order(ada)
    order_world.pay(order, **wrong)
    held = order_world.service.get(order.number)
    assert (held.state, held.payment, held.minted) == (State.HELD, "pi_cs_test_1", 0)
    assert keys(order_world) == []
    assert order_world.kinds() == []
    assert actions(order_world, order.subject)[-1] == "order.payment_held"


def test_a_page_of_no_order_of_ours_is_counted_and_left_alone_S38(
    order_world: OrderWorld, ada: Account
) -> None:
    order = order_world.order(ada)
    page = page_of(order)
    order_world.provider.buyer_pays(page)
    status = order_world.provider.pages[page]
    order_world.provider.pages[page] = replace(status, order="SO-99999")
    order_world.payments.settle(page, by=SYSTEM)
    order_world.payments.settle("cs_unknown", by=SYSTEM)
    # Another party's page on the same provider account that names our order's number.
    order_world.provider.pages["cs_else"] = replace(status, id="cs_else", reference="ord_else")
    order_world.payments.settle("cs_else", by=SYSTEM)
    order_world.provider.pages["cs_copy"] = replace(status, id="cs_copy")
    order_world.payments.settle("cs_copy", by=SYSTEM)
    assert order_world.counts.seen == {"PaymentUnmatched": 4}
    assert order_world.service.get(order.number) == order
    assert keys(order_world) == []


def test_a_page_that_is_gone_at_the_provider_ends_with_the_order(
    order_world: OrderWorld, ada: Account
) -> None:
    order = order_world.order(ada)
    order_world.provider.pages.clear()
    order_world.clock.advance(hours=23)
    order_world.payments.reconcile(order.number, by=SYSTEM)
    assert order_world.service.get(order.number).state is State.AWAITING_PAYMENT
    order_world.clock.advance(hours=1, seconds=1)
    order_world.payments.reconcile(order.number, by=SYSTEM)
    assert order_world.service.get(order.number).state is State.EXPIRED


def test_a_lost_webhook_is_found_by_the_clock_S37(order_world: OrderWorld, ada: Account) -> None:
    order = order_world.order(ada)
    order_world.provider.buyer_pays(page_of(order))
    order_world.clock.advance(minutes=5)
    order_world.payments.reconcile(order.number, by=SYSTEM)
    assert order_world.service.get(order.number).state is State.FULFILLED


def test_an_unpaid_order_is_planned_again_until_its_page_closes_S44(
    order_world: OrderWorld, ada: Account
) -> None:
    order = order_world.order(ada)
    order_world.clock.advance(minutes=5)
    order_world.payments.reconcile(order.number, by=SYSTEM)
    row = order_world.database.get(OrderRow, order.subject, "-")
    assert row
    assert row.g1sk == f"2026-11-22T07:15:00Z#{order.subject}"
    order_world.provider.expire_checkout(page_of(order), attempt=1)
    order_world.payments.reconcile(order.number, by=SYSTEM)
    row = order_world.database.get(OrderRow, order.subject, "-")
    assert row
    assert row.state == "expired"
    assert not row.g1pk
    assert order_world.kinds() == ["expire_checkout", "order_expired"]


def test_an_order_whose_page_was_never_noted_gets_it_by_the_clock_S46(
    order_world: OrderWorld, ada: Account
) -> None:
    order_world.provider.silent = True
    with pytest.raises(PaymentUnavailable):
        order_world.placing.place(actor(ada), a_cart(), a_record(ada.id))
    order_world.provider.silent = False
    [number] = [
        item["pk"]["S"].removeprefix("ORDER#")
        for item in order_world.database.scan(OrderRow)
        if item["pk"]["S"].startswith("ORDER#")
    ]
    order_world.payments.reconcile(number, by=SYSTEM)
    assert order_world.service.get(number).checkout
    assert order_world.service.get(number).state is State.AWAITING_PAYMENT


def test_an_order_that_the_provider_refuses_later_ends_without_failing_the_clock_B4(
    order_world: OrderWorld, ada: Account
) -> None:
    order_world.provider.silent = True
    with pytest.raises(PaymentUnavailable):
        order_world.order(ada)
    [number] = [
        item["pk"]["S"].removeprefix("ORDER#")
        for item in order_world.database.scan(OrderRow)
        if item["pk"]["S"].startswith("ORDER#")
    ]
    order_world.provider.silent, order_world.provider.refusing = False, True
    order_world.payments.reconcile(number, by=SYSTEM)
    ended = order_world.database.get(OrderRow, f"ORDER#{number}", "-")
    assert ended
    assert ended.state == "canceled"
    assert not ended.g1pk
    assert order_world.kinds() == ["order_refused"]
    assert actions(order_world, ended.pk)[-1] == "order.checkout_refused"


def test_an_order_too_old_to_open_a_page_for_expires(order_world: OrderWorld, ada: Account) -> None:
    order_world.provider.silent = True
    with pytest.raises(PaymentUnavailable):
        order_world.order(ada)
    [number] = [
        item["pk"]["S"].removeprefix("ORDER#")
        for item in order_world.database.scan(OrderRow)
        if item["pk"]["S"].startswith("ORDER#")
    ]
    order_world.provider.silent = False
    order_world.clock.advance(hours=22, minutes=30)
    order_world.payments.reconcile(number, by=SYSTEM)
    assert order_world.provider.pages == {}
    order_world.clock.advance(hours=2)
    order_world.payments.reconcile(number, by=SYSTEM)
    assert order_world.service.get(number).state is State.EXPIRED


def test_a_provider_that_is_silent_leaves_the_order_due_S50(
    order_world: OrderWorld, ada: Account
) -> None:
    order = order_world.order(ada)
    order_world.provider.silent = True
    with pytest.raises(PaymentUnavailable):
        order_world.payments.reconcile(order.number, by=SYSTEM)
    assert order_world.service.get(order.number).state is State.AWAITING_PAYMENT


def test_a_payment_after_canceling_is_refunded_once_B4(
    order_world: OrderWorld, ada: Account
) -> None:
    order = order_world.order(ada)
    order_world.placing.cancel(actor(ada), order.number)
    order_world.pay(order)
    assert order_world.service.get(order.number).state is State.CANCELED
    for _ in range(3):
        order_world.send_queued()
    assert list(order_world.provider.given_back) == [f"re_{order.reference}"]
    assert order_world.service.get(order.number).refund == f"re_{order.reference}"
    assert keys(order_world) == []


def test_a_payment_in_the_moment_of_canceling_is_refunded_too_B4(
    order_world: OrderWorld, ada: Account
) -> None:
    order = order_world.order(ada)
    order_world.placing.cancel(actor(ada), order.number)
    order_world.provider.buyer_pays(page_of(order))  # and its webhook is lost
    for _ in range(3):
        order_world.send_queued()
    assert order_world.service.get(order.number).refund
    subjects = sorted(str(mail["Subject"]).split(" SO-")[-1] for mail in order_world.mail.sent)
    assert len(subjects) == 2


def test_an_effect_on_an_order_that_is_gone_is_an_error_and_not_silence(
    order_world: OrderWorld,
) -> None:
    with pytest.raises(NotFound):
        order_world.service.get("SO-0")


def pay_if_open(order_world: OrderWorld, order: Order) -> None:
    if not order_world.provider.checkout(page_of(order)).closed:
        order_world.provider.buyer_pays(page_of(order))


def cancel_if_possible(order_world: OrderWorld, order: Order) -> None:
    with suppress(IllegalTransition):
        order_world.placing.cancel(replace(SYSTEM, id=order.account), order.number)


EVENTS: dict[str, Callable[[OrderWorld, Order], None]] = {
    "pay": pay_if_open,
    "cancel": cancel_if_possible,
    "webhook": lambda order_world, order: order_world.payments.settle(page_of(order), by=SYSTEM),
    "clock": lambda order_world, order: order_world.payments.reconcile(order.number, by=SYSTEM),
    "messages": lambda order_world, _order: order_world.send_queued(),
}


@pytest.mark.parametrize("events", list(itertools.permutations(EVENTS))[::11])
def test_no_payment_buys_nothing_in_any_order_of_events_S37(
    events: tuple[str, ...], order_world: OrderWorld, ada: Account
) -> None:
    order = order_world.order(ada)
    for event in (*events, "webhook", "messages", "messages", "messages"):
        EVENTS[event](order_world, order)
    end, paid = (
        order_world.service.get(order.number),
        order_world.provider.checkout(page_of(order)).payment,
    )
    if end.state is State.CANCELED:
        assert bool(end.refund) == bool(paid)
        assert keys(order_world) == []
    else:
        assert paid
        assert (end.state, len(keys(order_world)), end.refund) == (State.FULFILLED, 2, None)
    assert order_world.queued() == []


def test_an_order_canceled_while_its_next_check_is_planned_stays_unplanned_B4(
    order_world: OrderWorld, ada: Account, client: Meddler
) -> None:
    order = order_world.order(ada)

    def canceled_first(operation: Any, request: Any) -> Any:
        order_world.placing.cancel(actor(ada), order.number)
        return operation(**request)

    client.next("update_item", canceled_first)
    order_world.payments.reconcile(order.number, by=SYSTEM)
    row = order_world.database.get(OrderRow, order.subject, "-")
    assert row is not None
    kept = row.attribute_values
    assert (kept["state"], kept.get("g1pk")) == ("canceled", None)
