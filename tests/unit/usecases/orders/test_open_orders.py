"""An account's unpaid orders are bounded (S62)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from keyfob.domain.directory.account import Account
from keyfob.domain.errors import TooManyTries
from keyfob.domain.orders.errors import (
    DisclaimerNotAccepted,
    PaymentRefused,
    PaymentUnavailable,
    TooManyOpenOrders,
)
from keyfob.domain.orders.order import Order, State
from keyfob.domain.policy import Policy
from keyfob.storage.directory.store import Directory
from keyfob.storage.orders.open_orders import OpenOrdersRow
from keyfob.storage.orders.order_row import OrderRow
from tests.support.builders import a_cart, a_record, an_order
from tests.support.fakes import Meddler
from tests.support.order_world import SYSTEM, OrderWorld, actor, page_of

MOST, A_DAY = 3, 9


@pytest.fixture
def policy() -> Policy:
    return Policy(open_orders_per_account=MOST, orders_a_day=A_DAY)


@pytest.fixture
def ada(order_world: OrderWorld) -> Account:
    return order_world.person()


def counted(order_world: OrderWorld, account: Account) -> int:
    row = order_world.database.get(OpenOrdersRow, f"OPEN#{account.id}", "-")
    return int(row.open) if row else 0


def awaiting(order_world: OrderWorld) -> int:
    rows = [
        one for one in order_world.database.scan(OrderRow) if one["pk"]["S"].startswith("ORDER#")
    ]
    return sum(one["state"]["S"] == State.AWAITING_PAYMENT for one in rows)


def test_an_account_has_so_many_unpaid_orders_and_no_more_S62(
    order_world: OrderWorld, ada: Account
) -> None:
    for _ in range(MOST):
        order_world.order(ada)
    for _ in range(2):
        with pytest.raises(TooManyOpenOrders):
            order_world.order(ada)
    assert (counted(order_world, ada), awaiting(order_world)) == (MOST, MOST)
    assert len(order_world.provider.pages) == MOST, "no page is opened beyond the limit"


def test_who_cancels_each_order_has_so_many_a_day_all_the_same_S62(
    order_world: OrderWorld, ada: Account
) -> None:
    """The provider makes a page for each, and another one ends it."""
    record = a_record(ada.id)
    orders = [order_world.placing.place(actor(ada), a_cart(), record)]
    for _ in range(A_DAY - 1):
        order_world.placing.cancel(actor(ada), orders[-1].number)
        orders.append(order_world.order(ada))
    with pytest.raises(TooManyTries):
        order_world.order(ada)
    assert len(order_world.provider.pages) == A_DAY, "no page is opened beyond the limit"
    assert order_world.placing.place(actor(ada), a_cart(), record).number == orders[0].number
    assert order_world.order(order_world.person()).checkout
    order_world.clock.advance(hours=25)
    assert order_world.order(ada).checkout


def test_refused_carts_take_none_of_the_days_orders_S62(
    order_world: OrderWorld, ada: Account
) -> None:
    for _ in range(2 * A_DAY):
        with pytest.raises(DisclaimerNotAccepted):
            order_world.order(ada, disclaimer_accepted=False)
    assert order_world.order(ada).checkout


def test_ten_unpaid_orders_are_the_default_S62() -> None:
    assert Policy().open_orders_per_account == 10


def test_an_account_uses_up_no_limit_of_another_S62(order_world: OrderWorld, ada: Account) -> None:
    for _ in range(MOST):
        order_world.order(ada)
    assert order_world.order(order_world.person()).checkout


def test_the_same_request_again_is_no_other_order_S62(
    order_world: OrderWorld, ada: Account
) -> None:
    record = a_record(ada.id)
    first = order_world.placing.place(actor(ada), a_cart(), record)
    for _ in range(MOST - 1):
        order_world.order(ada)
    assert order_world.placing.place(actor(ada), a_cart(), record) == first
    assert counted(order_world, ada) == MOST


def test_two_requests_at_once_do_not_share_the_last_place_S62(
    order_world: OrderWorld, ada: Account, client: Meddler
) -> None:
    for _ in range(MOST - 1):
        order_world.order(ada)

    def the_other_is_faster(operation: Any, request: Any) -> Any:
        order_world.order(ada)
        return operation(**request)

    client.next("transact_write_items", the_other_is_faster)
    with pytest.raises(TooManyOpenOrders):
        order_world.order(ada)
    assert (counted(order_world, ada), awaiting(order_world)) == (MOST, MOST)


def pay(order_world: OrderWorld, order: Order) -> None:
    order_world.pay(order)


def pay_too_little(order_world: OrderWorld, order: Order) -> None:
    order_world.pay(order, amount=1)


def cancel(order_world: OrderWorld, order: Order) -> None:
    account = Directory(order_world.database).account(order.account)
    assert account
    order_world.placing.cancel(actor(account), order.number)


def let_expire(order_world: OrderWorld, order: Order) -> None:
    order_world.provider.expire_checkout(page_of(order), attempt=1)
    order_world.payments.settle(page_of(order), by=SYSTEM)


@pytest.mark.parametrize("close", [pay, pay_too_little, cancel, let_expire])
def test_an_order_that_is_paid_or_has_ended_frees_its_place_once_S62(
    close: Callable[[OrderWorld, Order], None], order_world: OrderWorld, ada: Account
) -> None:
    first, *_ = [order_world.order(ada) for _ in range(MOST)]
    close(order_world, first)
    assert counted(order_world, ada) == MOST - 1
    order_world.payments.settle(page_of(first), by=SYSTEM)
    order_world.payments.reconcile(first.number, by=SYSTEM)
    assert counted(order_world, ada) == MOST - 1
    order_world.order(ada)
    with pytest.raises(TooManyOpenOrders):
        order_world.order(ada)


def test_a_payment_after_a_cancellation_frees_no_second_place_S62(
    order_world: OrderWorld, ada: Account
) -> None:
    first, _ = order_world.order(ada), order_world.order(ada)
    cancel(order_world, first)
    order_world.pay(first)
    assert counted(order_world, ada) == 1


def test_an_order_that_the_provider_refuses_takes_no_place_S62(
    order_world: OrderWorld, ada: Account
) -> None:
    order_world.provider.refusing = True
    with pytest.raises(PaymentRefused):
        order_world.order(ada)
    assert counted(order_world, ada) == 0


def test_an_order_whose_page_is_not_open_yet_takes_a_place_S62(
    order_world: OrderWorld, ada: Account
) -> None:
    order_world.provider.silent = True
    for _ in range(MOST):
        with pytest.raises(PaymentUnavailable):
            order_world.order(ada)
    with pytest.raises(TooManyOpenOrders):
        order_world.order(ada)


def test_an_order_from_before_the_limit_frees_no_place_that_it_never_took_S62(
    order_world: OrderWorld, ada: Account
) -> None:
    order_world.order(ada)
    earlier = an_order(number="SO-1", account=ada.id, checkout=None)
    order_world.service.place(earlier, by=SYSTEM)
    cancel(order_world, earlier)
    assert order_world.service.get("SO-1").state is State.CANCELED
    assert counted(order_world, ada) == 1
