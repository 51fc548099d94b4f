"""The counters of each model's stock against the rows (B5, G3)."""

from __future__ import annotations

from typing import Any

import pytest

from keyfob.domain.errors import Busy
from keyfob.domain.inventory.model import DEFAULT_MODEL
from keyfob.domain.inventory.stock import Counted
from keyfob.storage.audit.store import AuditRow
from keyfob.storage.orders.stock import Stocks, moved
from keyfob.storage.transaction import Transactions
from keyfob.usecases.inventory.stocktaking import Stocktaking
from keyfob.usecases.inventory.withdrawing import Withdrawing
from keyfob.wiring.operations import shipping_of, stocktaking_of, withdrawing_of
from keyfob.wiring.orders import supplying_of
from tests.support.carts import items
from tests.support.fakes import Meddler
from tests.support.order_world import OPERATOR, SYSTEM, OrderWorld
from tests.support.tokens import PLENTY, stock


@pytest.fixture
def stocktaking(order_world: OrderWorld) -> Stocktaking:
    """No token is in stock."""
    order_world.database.write(moved(DEFAULT_MODEL, free=-PLENTY))
    return stocktaking_of(order_world.base)


@pytest.fixture
def withdrawing(order_world: OrderWorld) -> Withdrawing:
    return withdrawing_of(order_world.base)


def test_the_counters_are_right_through_a_tokens_life_B5(
    order_world: OrderWorld,
    stocktaking: Stocktaking,
    withdrawing: Withdrawing,
    transactions: Transactions,
) -> None:
    stock(transactions, "FT-0001", "FT-0002", "FT-0003")
    stock(transactions, "CX-0001", model="c200")
    order = order_world.paid(order_world.person(), items=items(hardware_token=2))
    assert not stocktaking.check().different
    shipping_of(order_world.base).mark(
        order.number, serial="FT-0001", tracking="T", unit=0, by=OPERATOR
    )
    assert not stocktaking.check().different
    withdrawing.serials(["FT-0003", "CX-0001"], by=OPERATOR)
    found = stocktaking.check()
    assert (found.different, found.unsettled) == ({}, [])
    assert {one.model: one.free for one in found.stocks} == {"standard": 0, "c200": 0}
    assert found.low == ["c200", "standard"]


def test_a_reservation_whose_token_is_withdrawn_waits_again_the_latest_first_S64(
    order_world: OrderWorld,
    stocktaking: Stocktaking,
    withdrawing: Withdrawing,
    transactions: Transactions,
) -> None:
    stock(transactions, "FT-0001", "FT-0002")
    buyer = order_world.person()
    orders = []
    for _ in range(2):
        order_world.clock.advance(seconds=1)
        orders.append(order_world.paid(buyer, items=items(hardware_token=1)))
    withdrawing.serials(["FT-0001"], by=OPERATOR)
    assert Stocks(order_world.database).get(DEFAULT_MODEL).free == -1
    supplying = supplying_of(order_world.base)
    supplying.serve(DEFAULT_MODEL, by=SYSTEM)
    states = [
        one.state for order in orders for one in order_world.service.get(order.number).supplies
    ]
    assert states == ["reserved", "back_ordered"]
    assert not stocktaking.check().different
    assert "order_back_ordered" in order_world.kinds()


@pytest.mark.parametrize(("free", "waiting"), [(1, 0), (-1, 0), (0, 1)])
def test_a_broken_counter_is_found_and_corrected_with_an_entry_G3_S60(
    order_world: OrderWorld,
    stocktaking: Stocktaking,
    transactions: Transactions,
    free: int,
    waiting: int,
) -> None:
    stock(transactions, "FT-0001", "FT-0002")
    order_world.database.write(moved(DEFAULT_MODEL, free=free, waiting=waiting))
    assert stocktaking.check().different == {DEFAULT_MODEL: Counted(tokens=2)}
    assert Stocks(order_world.database).get(DEFAULT_MODEL).free == 2 + free, "it changes nothing"
    stock_ = stocktaking.correct(DEFAULT_MODEL, by=OPERATOR)
    assert (stock_.free, stock_.waiting) == (2, 0)
    assert stocktaking.correct(DEFAULT_MODEL, by=OPERATOR) == stock_
    [entry] = order_world.database.query(AuditRow, key=("pk", "STOCK#standard"))
    assert AuditRow.from_raw_data(entry).facts == {
        "free_before": 2 + free,
        "free": 2,
        "waiting_before": waiting,
        "waiting": 0,
    }
    assert not stocktaking.check().different


def test_tokens_from_before_there_was_a_stock_are_found_and_counted_G3(
    order_world: OrderWorld, transactions: Transactions
) -> None:
    stocktaking = stocktaking_of(order_world.base)
    stock(transactions, "CX-0001", model="c200")
    order_world.database._client.delete_item(
        TableName=order_world.database._tables["orders"],
        Key={"pk": {"S": "STOCK"}, "sk": {"S": "c200"}},
    )
    assert stocktaking.check().different["c200"] == Counted(tokens=1)
    assert stocktaking.correct("c200", by=OPERATOR).free == 1


def test_a_change_during_the_count_is_no_difference_G3(
    order_world: OrderWorld,
    stocktaking: Stocktaking,
    transactions: Transactions,
    client: Meddler,
) -> None:
    stock(transactions, "FT-0001", "FT-0002")
    buyer = order_world.person()

    def is_paid(operation: Any, request: Any) -> Any:
        found = operation(**request)
        order_world.paid(buyer, items=items(hardware_token=1))
        return found

    client.next("scan", is_paid)
    found = stocktaking.check()
    assert (found.different, found.unsettled) == ({}, [])
    client.next("scan", *[is_paid] * 3)
    assert stocktaking.check().unsettled == [DEFAULT_MODEL]


def test_a_correction_of_a_stock_that_never_rests_is_refused_G3(
    order_world: OrderWorld, stocktaking: Stocktaking, client: Meddler
) -> None:
    def changes(operation: Any, request: Any) -> Any:
        found = operation(**request)
        order_world.database.write(moved(DEFAULT_MODEL, free=1))
        return found

    client.next("scan", changes)
    with pytest.raises(Busy):
        stocktaking.correct(DEFAULT_MODEL, by=OPERATOR)


def test_a_correction_that_somebody_was_faster_than_counts_again_G3(
    order_world: OrderWorld,
    stocktaking: Stocktaking,
    transactions: Transactions,
    client: Meddler,
) -> None:
    order_world.database.write(moved(DEFAULT_MODEL, free=5))

    def arrives(operation: Any, request: Any) -> Any:
        stock(transactions, "FT-0001")
        return operation(**request)

    client.next("transact_write_items", arrives)
    assert stocktaking.correct(DEFAULT_MODEL, by=OPERATOR).free == 1
