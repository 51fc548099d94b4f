"""Placing an order, once, at the catalog's price, for oneself."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from keyfob.audit.store import AuditStore
from keyfob.directory.account import Account
from keyfob.errors import (
    DisclaimerNotAccepted,
    DomainError,
    IdempotencyKeyReused,
    IllegalTransition,
    InvalidInput,
    NoFittingApplication,
    NotFound,
    PaymentFailed,
    PaymentUnavailable,
    UnknownProduct,
)
from keyfob.orders.order import State
from keyfob.orders.store import OrderReceiptRow, OrderRow
from tests.support.builders import PARTNER, a_cart, a_product, a_receipt
from tests.support.carts import items
from tests.support.fakes import Meddler
from tests.support.shop import OPERATOR, Shop, actor, page_of


@pytest.fixture
def ada(shop: Shop) -> Account:
    return shop.person()


def orders(shop: Shop) -> list[Any]:
    return [one for one in shop.database.scan(OrderRow) if one["pk"]["S"].startswith("ORDER#")]


def test_an_order_has_the_catalogs_prices_its_taxes_and_a_page_B3(shop: Shop, ada: Account) -> None:
    order = shop.order(ada, items=items(hardware_token=2, phone=1))
    assert order.number.startswith("SO-1")
    assert (order.net, order.tax, order.currency) == (20_500, 1_403 + 289, "USD")
    assert (order.account, order.organization) == (ada.id, "acme")
    assert order.state is State.AWAITING_PAYMENT
    assert page_of(order) == "cs_test_1"


def test_numbers_are_never_given_twice(shop: Shop, ada: Account) -> None:
    numbers = [shop.order(ada).number for _ in range(3)]
    assert len(set(numbers)) == 3


def test_the_same_request_again_gives_the_same_order_B4(shop: Shop, ada: Account) -> None:
    receipt = a_receipt(ada.id)
    first = shop.placing.place(actor(ada), a_cart(), receipt)
    again = shop.placing.place(actor(ada), a_cart(), receipt)
    assert again == first
    assert len(orders(shop)) == 1


def test_the_same_key_with_another_body_is_refused(shop: Shop, ada: Account) -> None:
    receipt = a_receipt(ada.id)
    shop.placing.place(actor(ada), a_cart(), receipt)
    with pytest.raises(IdempotencyKeyReused):
        shop.placing.place(actor(ada), a_cart(), replace(receipt, body="body-2"))


def test_a_key_belongs_to_its_account_S23(shop: Shop, ada: Account) -> None:
    eve = shop.person()
    receipt = a_receipt(ada.id)
    mine = shop.placing.place(actor(ada), a_cart(), receipt)
    hers = shop.placing.place(actor(eve), a_cart(), replace(receipt, account=eve.id))
    assert mine.number != hers.number


def test_of_two_equal_requests_at_once_one_order_comes_S46(
    shop: Shop, ada: Account, client: Meddler
) -> None:
    receipt = a_receipt(ada.id)

    def the_other_is_faster(operation: Any, request: Any) -> Any:
        shop.placing.place(actor(ada), a_cart(), receipt)
        return operation(**request)

    client.next("transact_write_items", the_other_is_faster)
    order = shop.placing.place(actor(ada), a_cart(), receipt)
    assert [one["pk"]["S"] for one in orders(shop)] == [order.subject]


@pytest.mark.parametrize(
    ("cart", "refusal"),
    [
        ({"disclaimer_accepted": False}, DisclaimerNotAccepted),
        ({"items": items(gold_token=1)}, UnknownProduct),
        ({"items": ()}, InvalidInput),
        ({"items": items(hardware_token=0)}, InvalidInput),
        ({"items": items(hardware_token=60, phone=41)}, InvalidInput),
        ({"partner": "nobody"}, InvalidInput),
    ],
)
def test_a_cart_that_cannot_be_ordered_changes_nothing_B2(
    cart: dict[str, Any], refusal: type[DomainError], shop: Shop, ada: Account
) -> None:
    with pytest.raises(refusal):
        shop.order(ada, **cart)
    assert orders(shop) == []
    assert list(shop.database.query(OrderReceiptRow, key=("pk", "x"))) == []
    assert shop.promises() == []


def test_a_hundred_units_are_the_most(shop: Shop, ada: Account) -> None:
    assert len(shop.order(ada, items=items(hardware_token=60, phone=40)).units) == 100


def test_who_has_no_use_for_a_product_is_refused_with_the_reason_B2(shop: Shop) -> None:
    only_vault = shop.person(applications=("vault",))
    with pytest.raises(NoFittingApplication, match="administrator"):
        shop.order(only_vault, items=items(phone=1))
    shop.order(only_vault)
    with pytest.raises(NoFittingApplication):
        shop.order(shop.person(applications=()))
    with pytest.raises(NoFittingApplication):
        shop.order(shop.person(applications=("elsewhere",)))


def test_products_of_two_currencies_do_not_go_together(shop: Shop, ada: Account) -> None:
    shop.seed.products([a_product(id="euro", currency="EUR")], by=OPERATOR)
    with pytest.raises(InvalidInput) as refused:
        shop.order(ada, items=items(hardware_token=1, euro=1))
    assert "currencies" in refused.value.fields["items"]


def test_what_is_off_sale_cannot_be_ordered_but_an_old_order_keeps_its_price_B1(
    shop: Shop, ada: Account
) -> None:
    order = shop.order(ada)
    shop.seed.products([a_product(price=9_900)], by=OPERATOR)
    assert shop.desk.get(order.number).total == order.total
    assert shop.order(ada).net == 19_800
    shop.seed.products([a_product(price=9_900, on_sale=False)], by=OPERATOR)
    with pytest.raises(UnknownProduct):
        shop.order(ada)


def test_the_catalog_of_an_unknown_partner_is_not_found_B1(shop: Shop) -> None:
    assert [one.id for one in shop.placing.offered(PARTNER.id)] == ["phone", "hardware-token"]
    with pytest.raises(NotFound):
        shop.placing.offered("nobody")


def test_an_order_is_kept_when_the_provider_is_silent_and_the_same_request_goes_on_S50(
    shop: Shop, ada: Account
) -> None:
    receipt = a_receipt(ada.id)
    shop.provider.silent = True
    with pytest.raises(PaymentUnavailable, match="kept"):
        shop.placing.place(actor(ada), a_cart(), receipt)
    shop.provider.silent = False
    order = shop.placing.place(actor(ada), a_cart(), receipt)
    assert order.checkout
    assert len(orders(shop)) == 1


def test_a_provider_that_fails_is_asked_anew_and_not_for_the_same_failure_S50(
    shop: Shop, ada: Account
) -> None:
    receipt = a_receipt(ada.id)
    shop.provider.failing = True
    with pytest.raises(PaymentFailed):
        shop.placing.place(actor(ada), a_cart(), receipt)
    order = shop.placing.place(actor(ada), a_cart(), receipt)
    assert (order.attempt, order.checkout is not None) == (2, True)
    assert len(orders(shop)) == 1


def test_an_order_canceled_while_its_page_opens_leaves_no_open_page_B4(
    shop: Shop, ada: Account, client: Meddler
) -> None:
    receipt = a_receipt(ada.id)
    shop.provider.silent = True
    with pytest.raises(PaymentUnavailable):
        shop.placing.place(actor(ada), a_cart(), receipt)
    shop.provider.silent = False
    [number] = [one["pk"]["S"].removeprefix("ORDER#") for one in orders(shop)]

    def canceled_first(operation: Any, request: Any) -> Any:
        shop.placing.cancel(actor(ada), number)
        return operation(**request)

    client.next("transact_write_items", canceled_first)
    with pytest.raises(IllegalTransition):
        shop.placing.place(actor(ada), a_cart(), receipt)
    assert shop.provider.checkout("cs_test_1").closed


def test_anothers_order_looks_like_an_unknown_one_S23(shop: Shop, ada: Account) -> None:
    order = shop.order(ada)
    eve = shop.person()
    for number in (order.number, "SO-99999"):
        with pytest.raises(NotFound) as seen:
            shop.placing.get(actor(eve), number)
        with pytest.raises(NotFound) as canceled:
            shop.placing.cancel(actor(eve), number)
        assert str(seen.value) == str(canceled.value) == str(NotFound())
    assert shop.desk.get(order.number).state is State.AWAITING_PAYMENT


def test_asking_for_anothers_order_leaves_a_trace_S23(shop: Shop, ada: Account) -> None:
    order = shop.order(ada)
    eve = shop.person()
    for asked in (order.number, "SO-99999", "x@acme.example"):
        with pytest.raises(NotFound):
            shop.placing.get(actor(eve), asked)
    trail = [row for row in AuditStore(shop.database).all() if row.pk == f"ACTOR#{eve.id}"]
    assert {row.action for row in trail} == {"order.refused"}
    # What can't be an order's number isn't kept: it could be anything.
    noted = sorted(row.facts["asked"] for row in trail)
    assert noted == sorted([order.number, "SO-99999", "no order number"])


def test_a_canceled_order_has_its_page_closed_and_its_holder_told_B4(
    shop: Shop, ada: Account
) -> None:
    order = shop.order(ada)
    for _ in range(2):
        assert shop.placing.cancel(actor(ada), order.number).state is State.CANCELED
    assert shop.kinds() == ["expire_checkout", "order_canceled"]
    shop.keep_promises()
    assert shop.provider.checkout(page_of(order)).closed


def test_a_paid_order_cannot_be_canceled_B4(shop: Shop, ada: Account) -> None:
    order = shop.paid(ada)
    with pytest.raises(IllegalTransition):
        shop.placing.cancel(actor(ada), order.number)


def test_orders_are_listed_newest_first_page_by_page(shop: Shop, ada: Account) -> None:
    from keyfob.orders.store import listing_key

    made = []
    for _ in range(4):
        made.append(shop.order(ada).number)
        shop.clock.advance(seconds=1)
    shop.order(shop.person())
    first = shop.orders.of_account(ada.id, limit=2, before=None)
    rest = shop.orders.of_account(ada.id, limit=9, before=listing_key(first[-1]))
    assert [one.number for one in first] == made[:1:-1]
    assert [one.number for one in rest] == made[2::-1]
