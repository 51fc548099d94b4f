"""Placing an order, once, at the catalog's price, for oneself."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from keyfob.domain.directory.account import Account
from keyfob.domain.errors import (
    DomainError,
    IdempotencyKeyReused,
    IllegalTransition,
    InvalidInput,
    NotFound,
)
from keyfob.domain.orders.errors import (
    AmountNotPayable,
    DisclaimerNotAccepted,
    NoFittingApplication,
    PaymentFailed,
    PaymentRefused,
    PaymentUnavailable,
    UnknownProduct,
)
from keyfob.domain.orders.order import State
from keyfob.storage.audit.store import AuditStore
from keyfob.storage.orders.order_row import OrderRow
from keyfob.storage.orders.store import OrderIdempotencyRow
from tests.support.builders import PARTNER, a_cart, a_product, a_record
from tests.support.carts import items
from tests.support.fakes import Meddler
from tests.support.order_world import OPERATOR, OrderWorld, actor, page_of


@pytest.fixture
def ada(order_world: OrderWorld) -> Account:
    return order_world.person()


def orders(order_world: OrderWorld) -> list[Any]:
    return [
        one for one in order_world.database.scan(OrderRow) if one["pk"]["S"].startswith("ORDER#")
    ]


def test_an_order_has_the_catalogs_prices_its_taxes_and_a_page_B3(
    order_world: OrderWorld, ada: Account
) -> None:
    order = order_world.order(ada, items=items(hardware_token=2, phone=1))
    assert order.number.startswith("SO-1")
    assert (order.net, order.tax, order.currency) == (20_500, 1_403 + 289, "USD")
    assert (order.account, order.organization) == (ada.id, "acme")
    assert order.state is State.AWAITING_PAYMENT
    assert page_of(order) == "cs_test_1"


def test_numbers_are_never_given_twice(order_world: OrderWorld, ada: Account) -> None:
    numbers = [order_world.order(ada).number for _ in range(3)]
    assert len(set(numbers)) == 3


def test_the_same_request_again_gives_the_same_order_B4(
    order_world: OrderWorld, ada: Account
) -> None:
    record = a_record(ada.id)
    first = order_world.placing.place(actor(ada), a_cart(), record)
    again = order_world.placing.place(actor(ada), a_cart(), record)
    assert again == first
    assert len(orders(order_world)) == 1


def test_the_same_key_with_another_body_is_refused(order_world: OrderWorld, ada: Account) -> None:
    record = a_record(ada.id)
    order_world.placing.place(actor(ada), a_cart(), record)
    with pytest.raises(IdempotencyKeyReused):
        order_world.placing.place(actor(ada), a_cart(), replace(record, body="body-2"))


def test_a_key_belongs_to_its_account_S23(order_world: OrderWorld, ada: Account) -> None:
    eve = order_world.person()
    record = a_record(ada.id)
    mine = order_world.placing.place(actor(ada), a_cart(), record)
    hers = order_world.placing.place(actor(eve), a_cart(), replace(record, account=eve.id))
    assert mine.number != hers.number


def test_two_equal_requests_at_once_make_one_order_S46(
    order_world: OrderWorld, ada: Account, client: Meddler
) -> None:
    record = a_record(ada.id)

    def the_other_is_faster(operation: Any, request: Any) -> Any:
        order_world.placing.place(actor(ada), a_cart(), record)
        return operation(**request)

    client.next("transact_write_items", the_other_is_faster)
    order = order_world.placing.place(actor(ada), a_cart(), record)
    assert [one["pk"]["S"] for one in orders(order_world)] == [order.subject]


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
    cart: dict[str, Any], refusal: type[DomainError], order_world: OrderWorld, ada: Account
) -> None:
    with pytest.raises(refusal):
        order_world.order(ada, **cart)
    assert orders(order_world) == []
    assert list(order_world.database.query(OrderIdempotencyRow, key=("pk", "x"))) == []
    assert order_world.queued() == []


def test_a_hundred_units_are_the_most(order_world: OrderWorld, ada: Account) -> None:
    assert len(order_world.order(ada, items=items(hardware_token=60, phone=40)).units) == 100


def test_a_person_without_use_for_a_product_is_refused_with_the_reason_B2(
    order_world: OrderWorld,
) -> None:
    only_vault = order_world.person(applications=("vault",))
    with pytest.raises(NoFittingApplication, match="administrator"):
        order_world.order(only_vault, items=items(phone=1))
    order_world.order(only_vault)
    with pytest.raises(NoFittingApplication):
        order_world.order(order_world.person(applications=()))
    with pytest.raises(NoFittingApplication):
        order_world.order(order_world.person(applications=("elsewhere",)))


def test_products_of_two_currencies_do_not_go_together(
    order_world: OrderWorld, ada: Account
) -> None:
    order_world.seed.products([a_product(id="euro", currency="EUR")], by=OPERATOR)
    with pytest.raises(InvalidInput) as refused:
        order_world.order(ada, items=items(hardware_token=1, euro=1))
    assert "currencies" in refused.value.fields["items"]


def test_a_product_off_sale_cannot_be_ordered_but_an_old_order_keeps_its_price_B1(
    order_world: OrderWorld, ada: Account
) -> None:
    order, dearer = order_world.order(ada), replace(OPERATOR, reason="New prices")
    order_world.seed.products([a_product(price=9_900)], by=dearer)
    assert order_world.service.get(order.number).total == order.total
    assert order_world.order(ada).net == 19_800
    order_world.seed.products([a_product(price=9_900, on_sale=False)], by=dearer)
    with pytest.raises(UnknownProduct):
        order_world.order(ada)


def test_the_catalog_of_an_unknown_partner_is_not_found_B1(order_world: OrderWorld) -> None:
    assert [one.id for one in order_world.pricing.offered(PARTNER.id)] == [
        "phone",
        "hardware-token",
    ]
    with pytest.raises(NotFound):
        order_world.pricing.offered("nobody")


def test_an_order_is_kept_when_the_provider_is_silent_and_the_same_request_goes_on_S50(
    order_world: OrderWorld, ada: Account
) -> None:
    record = a_record(ada.id)
    order_world.provider.silent = True
    with pytest.raises(PaymentUnavailable, match="kept"):
        order_world.placing.place(actor(ada), a_cart(), record)
    order_world.provider.silent = False
    order = order_world.placing.place(actor(ada), a_cart(), record)
    assert order.checkout
    assert len(orders(order_world)) == 1


def test_a_provider_that_fails_is_asked_anew_and_not_for_the_same_failure_S50(
    order_world: OrderWorld, ada: Account
) -> None:
    record = a_record(ada.id)
    order_world.provider.failing = True
    with pytest.raises(PaymentFailed):
        order_world.placing.place(actor(ada), a_cart(), record)
    order = order_world.placing.place(actor(ada), a_cart(), record)
    assert (order.attempt, order.checkout is not None) == (2, True)
    assert len(orders(order_world)) == 1


@pytest.mark.parametrize(
    ("product", "quantity", "payable"),
    [
        ({"price": 10}, 1, False),
        ({"price": 10}, 4, False),
        ({"price": 10}, 5, True),
        ({"price": 40, "currency": "JPY"}, 1, False),
        ({"price": 49, "tax_rate": 300}, 1, True),
        ({"price": 99_999_999}, 1, True),
        ({"price": 99_999_999, "tax_rate": 1}, 1, False),
        ({"price": 50_000_000}, 2, False),
    ],
)
def test_an_order_that_nobody_can_pay_is_not_placed_B4(
    product: dict[str, Any], quantity: int, payable: bool, order_world: OrderWorld, ada: Account
) -> None:
    values = {"tax_rate": 0, **product}
    order_world.seed.products([a_product(id="special", **values)], by=OPERATOR)
    if payable:
        assert order_world.order(ada, items=items(special=quantity)).checkout
        return
    with pytest.raises(AmountNotPayable) as refused:
        order_world.order(ada, items=items(special=quantity))
    assert values.get("currency", "USD") in refused.value.fields["items"]
    assert orders(order_world) == []


def test_an_order_that_the_provider_refuses_ends_at_once_B4(
    order_world: OrderWorld, ada: Account
) -> None:
    record = a_record(ada.id)
    order_world.provider.refusing = True
    with pytest.raises(PaymentRefused):
        order_world.placing.place(actor(ada), a_cart(), record)
    [row] = orders(order_world)
    assert row["state"]["S"] == "canceled"
    assert "g1pk" not in row
    assert order_world.kinds() == ["order_refused"]
    again = order_world.placing.place(actor(ada), a_cart(), record)
    assert (again.state, again.checkout) == (State.CANCELED, None)


def test_an_order_canceled_while_its_page_opens_leaves_no_open_page_B4(
    order_world: OrderWorld, ada: Account, client: Meddler
) -> None:
    record = a_record(ada.id)
    order_world.provider.silent = True
    with pytest.raises(PaymentUnavailable):
        order_world.placing.place(actor(ada), a_cart(), record)
    order_world.provider.silent = False
    [number] = [one["pk"]["S"].removeprefix("ORDER#") for one in orders(order_world)]

    def canceled_first(operation: Any, request: Any) -> Any:
        order_world.placing.cancel(actor(ada), number)
        return operation(**request)

    client.next("transact_write_items", canceled_first)
    with pytest.raises(IllegalTransition):
        order_world.placing.place(actor(ada), a_cart(), record)
    assert order_world.provider.checkout("cs_test_1").closed


def test_anothers_order_looks_like_an_unknown_one_S23(
    order_world: OrderWorld, ada: Account
) -> None:
    order = order_world.order(ada)
    eve = order_world.person()
    for number in (order.number, "SO-99999"):
        with pytest.raises(NotFound) as seen:
            order_world.placing.get(actor(eve), number)
        with pytest.raises(NotFound) as canceled:
            order_world.placing.cancel(actor(eve), number)
        assert str(seen.value) == str(canceled.value) == str(NotFound())
    assert order_world.service.get(order.number).state is State.AWAITING_PAYMENT


def test_asking_for_anothers_order_leaves_a_trace_S23(
    order_world: OrderWorld, ada: Account
) -> None:
    order = order_world.order(ada)
    eve = order_world.person()
    for asked in (order.number, "SO-99999", "x@acme.example"):
        with pytest.raises(NotFound):
            order_world.placing.get(actor(eve), asked)
    trail = [row for row in AuditStore(order_world.database).all() if row.pk == f"ACTOR#{eve.id}"]
    assert {row.action for row in trail} == {"order.refused"}
    # An invalid order number isn't recorded: it could be anything.
    noted = sorted(row.facts["asked"] for row in trail)
    assert noted == sorted([order.number, "SO-99999", "no order number"])


def test_a_canceled_order_has_its_page_closed_and_its_holder_notified_B4(
    order_world: OrderWorld, ada: Account
) -> None:
    order = order_world.order(ada)
    for _ in range(2):
        assert order_world.placing.cancel(actor(ada), order.number).state is State.CANCELED
    assert order_world.kinds() == ["expire_checkout", "order_canceled"]
    order_world.send_queued()
    assert order_world.provider.checkout(page_of(order)).closed


def test_a_paid_order_cannot_be_canceled_B4(order_world: OrderWorld, ada: Account) -> None:
    order = order_world.paid(ada)
    with pytest.raises(IllegalTransition):
        order_world.placing.cancel(actor(ada), order.number)


def test_orders_are_listed_newest_first_page_by_page(order_world: OrderWorld, ada: Account) -> None:
    from keyfob.storage.orders.order_row import listing_key

    made = []
    for _ in range(4):
        made.append(order_world.order(ada).number)
        order_world.clock.advance(seconds=1)
    order_world.order(order_world.person())
    first = order_world.orders.of_account(ada.id, limit=2, before=None)
    rest = order_world.orders.of_account(ada.id, limit=9, before=listing_key(first[-1]))
    assert [one.number for one in first] == made[:1:-1]
    assert [one.number for one in rest] == made[2::-1]
