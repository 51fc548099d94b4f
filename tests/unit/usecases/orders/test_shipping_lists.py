"""The list of what is to be packed, and the one of what was sent (B5, S51)."""

from __future__ import annotations

import csv
import io
from dataclasses import replace

import pytest

from keyfob.domain.errors import InvalidInput, StorageUnavailable
from keyfob.domain.inventory.model import DEFAULT_MODEL
from keyfob.domain.orders.order import Order
from keyfob.domain.policy import Policy
from keyfob.storage.orders.stock import moved
from keyfob.storage.transaction import Transactions
from keyfob.usecases.orders.shipping_lists import ShippingLists
from keyfob.wiring.operations import shipping_lists_of
from tests.support.builders import ADDRESS
from tests.support.carts import items
from tests.support.order_world import OPERATOR, OrderWorld
from tests.support.tokens import stock

HEADER = "order,unit,serial,tracking,carrier"


@pytest.fixture
def lists(order_world: OrderWorld, transactions: Transactions) -> ShippingLists:
    stock(transactions, "FT-0001", "FT-0002", "FT-0003")
    return shipping_lists_of(order_world.base)


@pytest.fixture
def order(order_world: OrderWorld) -> Order:
    """License keys 1 and 2 are for tokens, 3 for a phone."""
    return order_world.paid(order_world.person(), items=items(hardware_token=2, phone=1))


def rows(table: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(table)))


def test_the_pick_list_has_what_is_reserved_and_not_shipped_in_order_of_payment_B5(
    order_world: OrderWorld, lists: ShippingLists, order: Order
) -> None:
    lists.ship(f"{HEADER}\n{order.number},1,FT-0001,T-1,ups\n", by=OPERATOR)
    order_world.clock.advance(minutes=1)
    later = order_world.paid(order_world.person(user_id="grace"), items=items(hardware_token=1))
    picked = lists.pick(10)
    assert [(one["order"], one["unit"], one["model"]) for one in rows(picked.table)] == [
        (order.number, "2", "standard"),
        (later.number, "1", "standard"),
    ]
    assert rows(picked.table)[0]["line1"] == order.shipping.line1
    assert (picked.units, picked.more) == (2, False)
    assert (lists.pick(1).units, lists.pick(1).more) == (1, True)


def test_nothing_that_is_back_ordered_is_picked_B5(
    order_world: OrderWorld, lists: ShippingLists
) -> None:
    order_world.database.write(moved(DEFAULT_MODEL, free=-1_003))
    order_world.paid(order_world.person())
    assert rows(lists.pick(10).table) == []


@pytest.mark.parametrize("sign", ["=", "+", "-", "@", "\uff1d"])
def test_no_cell_of_the_pick_list_is_a_formula_S51(
    order_world: OrderWorld, lists: ShippingLists, sign: str
) -> None:
    evil = f'{sign}HYPERLINK("https://evil.example","Ada")'
    order_world.paid(
        order_world.person(), items=items(hardware_token=1), shipping=replace(ADDRESS, name=evil)
    )
    [row] = rows(lists.pick(10).table)
    assert row["name"] == f"'{evil}"


def test_each_line_is_shipped_or_says_why_not_and_repeats_are_harmless_B5(
    order_world: OrderWorld, lists: ShippingLists, order: Order
) -> None:
    table = "\n".join(
        [
            HEADER,
            f"{order.number},1,ft-0001,T-1,ups",
            f"{order.number},2,FT-9999,T-2,",
            f"{order.number},3,FT-0002,T-3,",
            "SO-99999,1,FT-0002,T-4,",
            f"{order.number},2,FT-0002,T-5,owl",
            f"{order.number},zero,FT-0002,T-6,",
            f"{order.number},2,FT-0003,T-7,",
            "",
        ]
    )
    first = lists.ship(table, by=OPERATOR)
    assert [one.code for one in first] == [
        "shipped",
        "token_not_available",
        "invalid_input",
        "not_found",
        "invalid_input",
        "invalid",
        "shipped",
    ]
    assert [one.line for one in first] == [2, 3, 4, 5, 6, 7, 8]
    assert "must be one of the deployment's carriers" in first[4].detail
    assert "unit: must be" in first[5].detail
    before = order_world.service.get(order.number)
    again = lists.ship(table, by=OPERATOR)
    assert [one.code for one in again] == [
        "repeated",
        *[one.code for one in first[1:6]],
        "repeated",
    ]
    assert order_world.service.get(order.number) == before
    assert [(one.unit, one.serial, one.carrier) for one in before.shipments] == [
        (0, "FT-0001", "UPS"),
        (1, "FT-0003", ""),
    ]


TABLES = {
    "no header": "SO-10001,1,FT-0001,T-1,ups\n",
    "an unknown column": f"{HEADER},price\n",
    "a missing column": "order,unit,serial\n",
    "a column twice": "order,unit,serial,tracking,tracking\n",
    "an open quotation mark": f'{HEADER}\nSO-10001,1,"FT-0001,T-1,ups\n',
    "empty": "\n",
    "too many lines": f"{HEADER}\n" + "SO-10001,1,FT-0001,T-1,\n" * 501,
}


@pytest.mark.parametrize("what", TABLES)
def test_a_table_of_another_form_is_refused_and_ships_nothing_B5(
    lists: ShippingLists, what: str
) -> None:
    with pytest.raises(InvalidInput) as refused:
        lists.ship(TABLES[what], by=OPERATOR)
    assert set(refused.value.fields) == {"table"}


def test_the_longest_table_is_taken_line_by_line_B5(lists: ShippingLists) -> None:
    table = f"\ufeff{HEADER}\r\n" + "SO-99999,1,FT-0001,T-1\r\n" * Policy().shipping_list_lines
    done = lists.ship(table, by=OPERATOR)
    assert len(done) == 500
    assert {one.detail for one in done} == {"has another number of cells than the first line"}


def test_an_outage_stops_the_list_and_is_no_answer_S50(
    order_world: OrderWorld,
    lists: ShippingLists,
    order: Order,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def down(*_args: object, **_kwargs: object) -> None:
        raise StorageUnavailable

    table = f"{HEADER}\n{order.number},1,FT-0001,T-1,ups\n"
    with monkeypatch.context() as patched:
        patched.setattr(order_world.base.transactions, "commit", down)
        with pytest.raises(StorageUnavailable):
            lists.ship(table, by=OPERATOR)
    assert [one.code for one in lists.ship(table, by=OPERATOR)] == ["shipped"]
