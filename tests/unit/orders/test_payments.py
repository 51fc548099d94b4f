"""Whatever the provider says, however often, in whatever order: one end (S37, S38)."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from typing import Any

import pytest

from keyfob.audit.store import AuditRow
from keyfob.directory.account import Account
from keyfob.dynamo import Database
from keyfob.errors import IllegalTransition, NotFound, PaymentUnavailable, StorageUnavailable
from keyfob.messages.outbox import Kind
from keyfob.orders.order import Order, State
from keyfob.orders.store import LicenseKeyRow, OrderRow
from keyfob.policy import Policy
from keyfob.transaction import Transactions
from tests.support.builders import PARTNER, a_cart, a_product, a_receipt
from tests.support.carts import items
from tests.support.fakes import Counts, FakeClock, Meddler, fake_mac, fake_unseal
from tests.support.runtime import FakeRuntime
from tests.support.shop import SYSTEM, Shop, actor, build, page_of


@pytest.fixture
def policy() -> Policy:
    """Chunks of two keys, so that a small order takes several transactions."""
    return Policy(fulfilment_chunk=2)


@pytest.fixture
def ada(shop: Shop) -> Account:
    return shop.person()


def keys(shop: Shop) -> list[LicenseKeyRow]:
    return [
        LicenseKeyRow.from_raw_data(item)
        for item in shop.database.scan(OrderRow)
        if item["pk"]["S"].startswith("KEY#")
    ]


def actions(shop: Shop, subject: str) -> list[str]:
    found = shop.database.query(AuditRow, key=("pk", subject))
    return [AuditRow.from_raw_data(item).action for item in found]


def test_a_payment_mints_one_key_for_each_unit_and_confirms_B5(shop: Shop, ada: Account) -> None:
    order = shop.paid(ada, items=items(hardware_token=2, phone=1))
    assert (order.state, order.minted) == (State.FULFILLED, 3)
    found = keys(shop)
    assert sorted((key.unit, key.product, key.state) for key in found) == [
        (0, "hardware-token", "issued"),
        (1, "hardware-token", "issued"),
        (2, "phone", "issued"),
    ]
    assert {key.order for key in found} == {order.number}
    assert shop.kinds() == ["license_key"] * 3 + ["order_confirmation"]
    assert actions(shop, order.subject) == [
        "order.placed",
        "order.checkout_opened",
        "order.paid",
        "order.keys_minted",
        "order.keys_minted",
    ]


def test_a_key_is_kept_as_a_keyed_hash_and_sealed_on_its_way_S17(shop: Shop, ada: Account) -> None:
    shop.paid(ada)
    for row in shop.promises():
        if row.kind == Kind.LICENSE_KEY:
            key = fake_unseal(row.pk, row.sealed)
            assert row.subject == f"KEY#{fake_mac('license-key', key)}"
            tables = [list(shop.database.scan(kind)) for kind in (OrderRow, AuditRow)]
            assert key not in str(tables)


def test_a_webhook_that_comes_again_changes_nothing_S37(shop: Shop, ada: Account) -> None:
    order = shop.order(ada)
    shop.pay(order)
    before = shop.desk.get(order.number)
    shop.clock.advance(days=40)
    for _ in range(3):
        shop.payments.settle(page_of(order), by=SYSTEM)
        shop.payments.reconcile(order.number, by=SYSTEM)
    assert shop.desk.get(order.number) == before
    assert len(keys(shop)) == 2
    assert shop.kinds() == ["license_key", "license_key", "order_confirmation"]


def test_a_large_order_is_minted_in_chunks_S46(shop: Shop, ada: Account, client: Meddler) -> None:
    order = shop.paid(ada, items=items(hardware_token=7))
    assert (order.state, order.minted) == (State.FULFILLED, 7)
    assert len({key.pk for key in keys(shop)}) == 7
    assert sorted(int(key.unit) for key in keys(shop)) == list(range(7))
    assert actions(shop, order.subject).count("order.keys_minted") == 4


def test_a_whole_chunk_fits_into_one_transaction_S46(
    database: Database,
    transactions: Transactions,
    clock: FakeClock,
    counts: Counts,
    client: Meddler,
) -> None:
    shop = build(FakeRuntime(database, transactions, clock, Policy(fulfilment_chunk=32), counts))
    shop.seed.partners([PARTNER], by=SYSTEM)
    shop.seed.products([a_product()], by=SYSTEM)
    order = shop.paid(shop.person(), items=items(hardware_token=32))
    assert (order.state, order.minted) == (State.FULFILLED, 32)
    sizes = [len(one["TransactItems"]) for one in client.requests("transact_write_items")]
    assert max(sizes) == 2 + 3 * 32


@pytest.mark.parametrize("landed", [True, False])
@pytest.mark.parametrize("died_at", range(4))
def test_killed_at_any_commit_every_key_is_minted_once_S46(
    died_at: int, landed: bool, shop: Shop, ada: Account, client: Meddler
) -> None:
    order = shop.order(ada, items=items(hardware_token=5))
    shop.provider.buyer_pays(page_of(order))

    def go_on(operation: Any, request: Any) -> Any:
        return operation(**request)

    def die(operation: Any, request: Any) -> Any:
        if landed:
            operation(**request)
        raise StorageUnavailable

    client.next("transact_write_items", *[go_on] * died_at, die)
    with pytest.raises(StorageUnavailable):
        shop.payments.settle(page_of(order), by=SYSTEM)
    # Nobody delivers the webhook again: the clock comes back for it.
    shop.clock.advance(minutes=5)
    shop.payments.reconcile(order.number, by=SYSTEM)
    assert shop.desk.get(order.number).state is State.FULFILLED
    assert sorted(int(key.unit) for key in keys(shop)) == list(range(5))
    assert shop.kinds() == ["license_key"] * 5 + ["order_confirmation"]


def test_two_workers_at_once_mint_every_key_once_S37(
    shop: Shop, ada: Account, client: Meddler
) -> None:
    order = shop.order(ada, items=items(hardware_token=5))
    shop.provider.buyer_pays(page_of(order))

    def the_other_is_faster(operation: Any, request: Any) -> Any:
        shop.payments.settle(page_of(order), by=SYSTEM)
        return operation(**request)

    client.next("transact_write_items", the_other_is_faster)
    shop.payments.settle(page_of(order), by=SYSTEM)
    assert sorted(int(key.unit) for key in keys(shop)) == list(range(5))


@pytest.mark.parametrize("wrong", [{"amount": 1}, {"currency": "EUR"}])
def test_another_amount_or_currency_is_held_and_mints_nothing_S38(
    wrong: dict[str, Any], shop: Shop, ada: Account
) -> None:
    order = shop.order(ada)
    shop.pay(order, **wrong)
    held = shop.desk.get(order.number)
    assert (held.state, held.payment, held.minted) == (State.HELD, "pi_cs_test_1", 0)
    assert keys(shop) == []
    assert shop.kinds() == []
    assert actions(shop, order.subject)[-1] == "order.payment_held"


def test_a_page_of_no_order_of_ours_is_counted_and_left_alone_S38(shop: Shop, ada: Account) -> None:
    order = shop.order(ada)
    page = page_of(order)
    shop.provider.buyer_pays(page)
    status = shop.provider.pages[page]
    shop.provider.pages[page] = replace(status, order="SO-99999")
    shop.payments.settle(page, by=SYSTEM)
    shop.payments.settle("cs_unknown", by=SYSTEM)
    # A page of somebody else on the same provider account, that names our order's number.
    shop.provider.pages["cs_else"] = replace(status, id="cs_else", reference="ord_else")
    shop.payments.settle("cs_else", by=SYSTEM)
    shop.provider.pages["cs_copy"] = replace(status, id="cs_copy")
    shop.payments.settle("cs_copy", by=SYSTEM)
    assert shop.counts.seen == {"PaymentUnmatched": 4}
    assert shop.desk.get(order.number) == order
    assert keys(shop) == []


def test_a_page_that_is_gone_at_the_provider_ends_with_the_order(shop: Shop, ada: Account) -> None:
    order = shop.order(ada)
    shop.provider.pages.clear()
    shop.clock.advance(hours=23)
    shop.payments.reconcile(order.number, by=SYSTEM)
    assert shop.desk.get(order.number).state is State.AWAITING_PAYMENT
    shop.clock.advance(hours=1, seconds=1)
    shop.payments.reconcile(order.number, by=SYSTEM)
    assert shop.desk.get(order.number).state is State.EXPIRED


def test_a_lost_webhook_is_found_by_the_clock_S37(shop: Shop, ada: Account) -> None:
    order = shop.order(ada)
    shop.provider.buyer_pays(page_of(order))
    shop.clock.advance(minutes=5)
    shop.payments.reconcile(order.number, by=SYSTEM)
    assert shop.desk.get(order.number).state is State.FULFILLED


def test_an_unpaid_order_is_planned_again_until_its_page_closes_S44(
    shop: Shop, ada: Account
) -> None:
    order = shop.order(ada)
    shop.clock.advance(minutes=5)
    shop.payments.reconcile(order.number, by=SYSTEM)
    row = shop.database.get(OrderRow, order.subject, "-")
    assert row
    assert row.g1sk == f"2026-11-22T07:15:00Z#{order.subject}"
    shop.provider.expire_checkout(page_of(order), attempt=1)
    shop.payments.reconcile(order.number, by=SYSTEM)
    row = shop.database.get(OrderRow, order.subject, "-")
    assert row
    assert row.state == "expired"
    assert not row.g1pk
    assert shop.kinds() == ["expire_checkout", "order_expired"]


def test_an_order_whose_page_was_never_noted_gets_it_by_the_clock_S46(
    shop: Shop, ada: Account
) -> None:
    shop.provider.silent = True
    with pytest.raises(PaymentUnavailable):
        shop.placing.place(actor(ada), a_cart(), a_receipt(ada.id))
    shop.provider.silent = False
    [number] = [
        item["pk"]["S"].removeprefix("ORDER#")
        for item in shop.database.scan(OrderRow)
        if item["pk"]["S"].startswith("ORDER#")
    ]
    shop.payments.reconcile(number, by=SYSTEM)
    assert shop.desk.get(number).checkout
    assert shop.desk.get(number).state is State.AWAITING_PAYMENT


def test_an_order_too_old_to_open_a_page_for_expires(shop: Shop, ada: Account) -> None:
    shop.provider.silent = True
    with pytest.raises(PaymentUnavailable):
        shop.order(ada)
    [number] = [
        item["pk"]["S"].removeprefix("ORDER#")
        for item in shop.database.scan(OrderRow)
        if item["pk"]["S"].startswith("ORDER#")
    ]
    shop.provider.silent = False
    shop.clock.advance(hours=22, minutes=30)
    shop.payments.reconcile(number, by=SYSTEM)
    assert shop.provider.pages == {}
    shop.clock.advance(hours=2)
    shop.payments.reconcile(number, by=SYSTEM)
    assert shop.desk.get(number).state is State.EXPIRED


def test_a_provider_that_is_silent_leaves_the_order_due_S50(shop: Shop, ada: Account) -> None:
    order = shop.order(ada)
    shop.provider.silent = True
    with pytest.raises(PaymentUnavailable):
        shop.payments.reconcile(order.number, by=SYSTEM)
    assert shop.desk.get(order.number).state is State.AWAITING_PAYMENT


def test_what_was_paid_after_canceling_goes_back_once_B4(shop: Shop, ada: Account) -> None:
    order = shop.order(ada)
    shop.placing.cancel(actor(ada), order.number)
    shop.pay(order)
    assert shop.desk.get(order.number).state is State.CANCELED
    for _ in range(3):
        shop.keep_promises()
    assert list(shop.provider.refunds.values()) == [f"re_{order.reference}"]
    assert shop.desk.get(order.number).refund == f"re_{order.reference}"
    assert keys(shop) == []


def test_what_was_paid_in_the_moment_of_canceling_goes_back_too_B4(
    shop: Shop, ada: Account
) -> None:
    order = shop.order(ada)
    shop.placing.cancel(actor(ada), order.number)
    shop.provider.buyer_pays(page_of(order))  # and its webhook is lost
    for _ in range(3):
        shop.keep_promises()
    assert shop.desk.get(order.number).refund
    subjects = sorted(str(mail["Subject"]).split(" SO-")[-1] for mail in shop.mail.sent)
    assert len(subjects) == 2


def test_an_effect_on_an_order_that_is_gone_is_an_error_and_not_silence(shop: Shop) -> None:
    with pytest.raises(NotFound):
        shop.desk.get("SO-0")


def pay_if_open(shop: Shop, order: Order) -> None:
    if not shop.provider.checkout(page_of(order)).closed:
        shop.provider.buyer_pays(page_of(order))


def cancel_if_possible(shop: Shop, order: Order) -> None:
    with suppress(IllegalTransition):
        shop.placing.cancel(replace(SYSTEM, id=order.account), order.number)


EVENTS: dict[str, Callable[[Shop, Order], None]] = {
    "pay": pay_if_open,
    "cancel": cancel_if_possible,
    "webhook": lambda shop, order: shop.payments.settle(page_of(order), by=SYSTEM),
    "clock": lambda shop, order: shop.payments.reconcile(order.number, by=SYSTEM),
    "promises": lambda shop, _order: shop.keep_promises(),
}


@pytest.mark.parametrize("events", list(itertools.permutations(EVENTS))[::11])
def test_in_whatever_order_things_happen_nobody_pays_for_nothing_S37(
    events: tuple[str, ...], shop: Shop, ada: Account
) -> None:
    order = shop.order(ada)
    for event in (*events, "webhook", "promises", "promises", "promises"):
        EVENTS[event](shop, order)
    end, paid = shop.desk.get(order.number), shop.provider.checkout(page_of(order)).payment
    if end.state is State.CANCELED:
        assert bool(end.refund) == bool(paid)
        assert keys(shop) == []
    else:
        assert paid
        assert (end.state, len(keys(shop)), end.refund) == (State.FULFILLED, 2, None)
    assert shop.promises() == []
