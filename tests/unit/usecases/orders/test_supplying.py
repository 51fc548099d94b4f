"""Reserving tokens for paid orders, and serving the queue of those that get none (B5)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import pytest

from keyfob.domain.directory.account import Account
from keyfob.domain.inventory.model import DEFAULT_MODEL
from keyfob.domain.inventory.stock import Stock
from keyfob.domain.orders import decisions
from keyfob.domain.orders.decisions import Payment
from keyfob.domain.orders.due import next_due
from keyfob.domain.orders.order import Order, State
from keyfob.domain.policy import Policy
from keyfob.storage.audit.store import AuditRow
from keyfob.storage.orders.stock import RESERVED, WAITS, StockRow, Stocks, SupplyRow, moved
from keyfob.storage.transaction import Transactions
from keyfob.usecases.inventory.stocktaking import Stocktaking
from keyfob.usecases.orders.supplying import Supplying
from keyfob.wiring.operations import stocktaking_of
from keyfob.wiring.orders import supplying_of
from keyfob.wiring.sweep import sweep_of
from tests.support.carts import items
from tests.support.fakes import Meddler
from tests.support.order_world import OPERATOR, SYSTEM, OrderWorld, page_of
from tests.support.tokens import PLENTY, stock

MANY = 30
FAR = timedelta(minutes=5)


@dataclass(frozen=True, kw_only=True)
class StockWorld:
    """The order flow, with no token in stock but those that the test puts there."""

    orders: OrderWorld
    supplying: Supplying
    stocktaking: Stocktaking
    stocks: Stocks
    transactions: Transactions
    buyer: Account

    @property
    def stock(self) -> Stock:
        return self.stocks.get(DEFAULT_MODEL)

    def arrive(self, *serials: str) -> None:
        """A batch with these tokens is imported."""
        stock(self.transactions, *serials, now=self.orders.clock.now)

    def paid(self, tokens: int = 1) -> Order:
        """An order that is paid, and not supplied yet: the process died."""
        order = self.orders.order(self.buyer, items=items(hardware_token=tokens))
        payment = Payment(id=f"pi_{order.number}", amount=order.total, currency=order.currency)
        self.orders.clock.advance(seconds=1)
        return self.orders.service.decide(
            order.number,
            lambda seen: decisions.pay(seen, payment, self.orders.clock.now),
            by=SYSTEM,
        )

    def supplied(self, tokens: int = 1) -> Order:
        """An order that is paid and supplied; all notifications are sent."""
        order = self.supplying.supply(self.paid(tokens).number, by=SYSTEM)
        self.orders.send_queued()
        self.orders.mail.sent.clear()
        return order

    def states(self, order: Order) -> list[str]:
        """The states of the order's supplies, as they are stored."""
        return [one.state for one in self.orders.service.get(order.number).supplies]

    def places(self, kind: str) -> list[tuple[str, int]]:
        """Orders and units in the queue or the reservations, in their order."""
        read = self.stocks.waiting if kind == WAITS else self.stocks.reserved
        return [(one.order, one.unit) for one in read(DEFAULT_MODEL, 100)]

    def serve(self) -> int:
        """The clock does what is due."""
        return self.supplying.serve(DEFAULT_MODEL, by=SYSTEM)

    def consistent(self) -> bool:
        """Whether the counters are those of tokens, reservations and queue."""
        return not self.stocktaking.check().different


@pytest.fixture
def world(order_world: OrderWorld, transactions: Transactions) -> Iterator[StockWorld]:
    """Counters and rows agree after every test."""
    order_world.database.write(moved(DEFAULT_MODEL, free=-PLENTY))
    made = StockWorld(
        orders=order_world,
        supplying=supplying_of(order_world.base),
        stocktaking=stocktaking_of(order_world.base),
        stocks=Stocks(order_world.database),
        transactions=transactions,
        buyer=order_world.person(),
    )
    yield made
    assert made.consistent()


def entries(world: StockWorld, order: Order) -> list[AuditRow]:
    found = world.orders.database.query(AuditRow, key=("pk", order.subject))
    return [AuditRow.from_raw_data(item) for item in found]


def mails(world: StockWorld) -> list[str]:
    world.orders.send_queued()
    return [str(one["Subject"]) for one in world.orders.mail.sent]


def test_a_paid_order_reserves_its_tokens_once_for_any_number_of_runs_B5_S37(
    world: StockWorld,
) -> None:
    world.arrive("FT-0001", "FT-0002", "FT-0003")
    order = world.paid(2)
    for _ in range(3):
        world.supplying.supply(order.number, by=SYSTEM)
    assert world.states(order) == ["reserved", "reserved"]
    assert (world.stock.free, world.stock.waiting) == (1, 0)
    assert world.places(RESERVED) == [(order.number, 0), (order.number, 1)]
    last = entries(world, order)[-1]
    assert (last.action, last.facts) == (
        "order.reserved",
        {"model": "standard", "units": "1, 2"},
    )


def test_a_settled_payment_reserves_its_tokens_and_is_due_no_more_B5(world: StockWorld) -> None:
    world.arrive("FT-0001")
    order = world.orders.paid(world.buyer, items=items(hardware_token=1))
    assert world.states(order) == ["reserved"]
    assert next_due(order, world.orders.clock.now) is None
    assert world.orders.kinds() == ["license_key", "order_confirmation"]


def test_an_order_whose_process_died_after_paid_is_due_and_supplied_by_the_clock_S46(
    world: StockWorld,
) -> None:
    world.arrive("FT-0001")
    order = world.paid()
    assert next_due(order, world.orders.clock.now) == world.orders.clock.now
    world.orders.payments.reconcile(order.number, by=SYSTEM)
    assert world.states(order) == ["reserved"]
    order = world.orders.service.get(order.number)
    assert (order.state, next_due(order, world.orders.clock.now)) == (
        State.FULFILLED,
        None,
    )


def test_thirty_orders_for_the_last_token_at_once_are_one_reserved_and_29_told_B5(
    world: StockWorld, client: Meddler
) -> None:
    """All thirty have read that a token is free before the first of them commits."""
    world.arrive("FT-0001")
    orders = [world.paid() for _ in range(MANY)]
    left = iter(orders[1:])

    def the_next_is_faster(operation: Any, request: Any) -> Any:
        world.supplying.supply(next(left).number, by=SYSTEM)
        return operation(**request)

    client.next("transact_write_items", *[the_next_is_faster] * (MANY - 1))
    world.supplying.supply(orders[0].number, by=SYSTEM)
    states = [state for one in orders for state in world.states(one)]
    assert (states.count("reserved"), states.count("back_ordered")) == (1, MANY - 1)
    assert (world.stock.free, world.stock.waiting) == (0, MANY - 1)
    assert world.orders.kinds().count("order_back_ordered") == MANY - 1
    back = [one.number for one in orders if world.states(one) == ["back_ordered"]]
    assert [number for number, _ in world.places(WAITS)] == back, "by time of payment"


def test_an_order_for_more_than_is_free_gets_some_and_waits_for_the_rest_B5(
    world: StockWorld,
) -> None:
    world.arrive("FT-0001", "FT-0002")
    order = world.supplied(3)
    assert world.states(order) == ["reserved", "reserved", "back_ordered"]
    assert world.places(WAITS) == [(order.number, 2)]


def test_a_newcomer_does_not_overtake_the_queue_B5(world: StockWorld) -> None:
    first = world.supplied()
    world.arrive("FT-0001")
    second = world.supplied()
    assert world.states(second) == ["back_ordered"], "the token is the first one's"
    assert world.serve() == 1
    assert (world.states(first), world.states(second)) == (["reserved"], ["back_ordered"])


def test_the_queue_is_served_by_time_of_payment_when_a_batch_arrives_B5(world: StockWorld) -> None:
    early, late = world.paid(2), world.paid()
    world.supplying.supply(late.number, by=SYSTEM)
    world.supplying.supply(early.number, by=SYSTEM)
    world.arrive("FT-0001", "FT-0002")
    world.orders.send_queued()
    world.orders.mail.sent.clear()
    assert world.serve() == 2
    assert (world.states(early), world.states(late)) == (["reserved"] * 2, ["back_ordered"])
    assert world.serve() == 0
    assert [one.action for one in entries(world, early)][-2:] == ["order.back_order_served"] * 2
    told = f"Order {early.number}: a hardware token is reserved for you"
    assert mails(world) == [told] * 2


def test_a_batch_makes_the_stock_due_and_the_served_stock_is_due_no_more_B5(
    world: StockWorld,
) -> None:
    sent: list[Any] = []

    class Queue:
        def send(self, bodies: Any) -> None:
            sent.extend(bodies)

    def sweep() -> list[Any]:
        sent.clear()
        world.orders.clock.advance(hours=2)
        sweep_of(world.orders.base, queues=lambda _name: Queue()).run(lambda: FAR)
        return [one for one in sent if one["due"].startswith("STOCK")]

    world.supplied()
    assert sweep() == []
    world.arrive("FT-0001")
    assert sweep() == [{"due": "STOCK"}]
    assert sweep() == [{"due": "STOCK"}], "its worker died"
    assert world.supplying.serve_all(by=SYSTEM) == {DEFAULT_MODEL: 1}
    assert sweep() == []


def test_two_workers_serve_the_same_queue_once_S42(world: StockWorld, client: Meddler) -> None:
    orders = [world.supplied() for _ in range(3)]
    world.arrive("FT-0001", "FT-0002")

    def the_other_is_faster(operation: Any, request: Any) -> Any:
        world.serve()
        return operation(**request)

    client.next("transact_write_items", the_other_is_faster)
    world.serve()
    assert [world.states(one) for one in orders] == [
        ["reserved"],
        ["reserved"],
        ["back_ordered"],
    ]
    assert world.orders.kinds() == ["order_tokens_reserved"] * 2


def test_the_worker_that_dies_in_between_leaves_the_rest_to_the_next_one_S46(
    world: StockWorld, client: Meddler
) -> None:
    orders = [world.supplied() for _ in range(2)]
    world.arrive("FT-0001", "FT-0002")

    def works(operation: Any, request: Any) -> Any:
        return operation(**request)

    def dies(_operation: Any, _request: Any) -> Any:
        raise KeyboardInterrupt

    client.next("transact_write_items", works, dies)
    with pytest.raises(KeyboardInterrupt):
        world.serve()
    assert [world.states(one) for one in orders] == [["reserved"], ["back_ordered"]]
    assert world.serve() == 1
    assert [world.states(one) for one in orders] == [["reserved"], ["reserved"]]


def test_a_queue_longer_than_a_run_stays_due_B5(world: StockWorld) -> None:
    for _ in range(3):
        world.supplied()
    world.arrive("FT-0001", "FT-0002", "FT-0003")
    one_at_a_time = supplying_of(
        type(world.orders.base)(
            world.orders.database,
            world.transactions,
            world.orders.clock,
            Policy(queue_steps=1),
            world.orders.counts,
        )
    )
    assert [one_at_a_time.serve(DEFAULT_MODEL, by=SYSTEM) for _ in range(4)] == [1, 1, 1, 0]


def test_the_purchaser_is_told_the_expected_day_and_a_new_one_once_B5(world: StockWorld) -> None:
    unknown = world.paid(2)
    world.supplying.supply(unknown.number, by=SYSTEM)
    subject = f"Order {unknown.number}: a hardware token is back-ordered"
    assert subject in mails(world)
    world.orders.mail.sent.clear()
    for _ in range(2):
        world.stocktaking.expect(DEFAULT_MODEL, date(2027, 1, 15), by=OPERATOR)
        world.serve()
    assert mails(world) == [subject]
    [mail] = world.orders.mail.sent
    body = mail.get_body(("plain",))
    assert body
    assert "We expect further tokens on 15 January 2027." in body.get_content()
    world.orders.mail.sent.clear()
    later = world.supplied()
    world.serve()
    assert mails(world) == [], f"{later.number} was told when it was back-ordered"


def test_the_day_of_further_tokens_is_an_audited_act_S60(world: StockWorld) -> None:
    world.stocktaking.expect("c200", date(2027, 1, 15), by=OPERATOR)
    world.stocktaking.expect("c200", date(2027, 2, 1), by=OPERATOR)
    world.stocktaking.expect("c200", None, by=OPERATOR)
    found = world.orders.database.query(AuditRow, key=("pk", "STOCK#c200"))
    facts = [AuditRow.from_raw_data(item).facts for item in found]
    assert facts == [
        {"before": "", "after": "2027-01-15"},
        {"before": "2027-01-15", "after": "2027-02-01"},
        {"before": "2027-02-01", "after": ""},
    ]
    assert world.stocks.get("c200").restock_on is None


def test_an_obsolete_back_order_is_not_mailed_B5(world: StockWorld) -> None:
    world.supplying.supply(world.paid().number, by=SYSTEM)
    world.arrive("FT-0001")
    world.serve()
    subjects = mails(world)
    assert [one for one in subjects if "back-ordered" in one] == []
    assert [one for one in subjects if "reserved" in one] != []


def test_released_units_give_their_token_to_the_next_one_B4_B5(world: StockWorld) -> None:
    world.arrive("FT-0001", "FT-0002")
    first, waiting = world.supplied(3), world.supplied()
    for _ in range(2):
        world.supplying.release(first.number, {0, 2}, by=SYSTEM)
    assert world.states(first) == ["given_up", "reserved", "given_up"]
    assert (world.stock.free, world.stock.waiting) == (1, 1)
    last = entries(world, first)[-1]
    assert (last.action, last.facts) == ("order.tokens_released", {"units": "1, 3"})
    assert world.serve() == 1
    assert world.states(waiting) == ["reserved"]


def test_units_that_were_not_supplied_yet_are_released_and_never_supplied_B4(
    world: StockWorld,
) -> None:
    world.arrive("FT-0001")
    order = world.paid()
    world.supplying.release(order.number, {0}, by=SYSTEM)
    world.supplying.supply(order.number, by=SYSTEM)
    assert (world.states(order), world.stock.free) == (["given_up"], 1)


def test_a_release_and_a_serving_at_once_leave_one_end_state_B4_S42(
    world: StockWorld, client: Meddler
) -> None:
    order = world.supplied()
    world.arrive("FT-0001")

    def the_queue_is_served(operation: Any, request: Any) -> Any:
        world.serve()
        return operation(**request)

    client.next("transact_write_items", the_queue_is_served)
    world.supplying.release(order.number, {0}, by=SYSTEM)
    assert (world.states(order), world.stock.free, world.stock.waiting) == (["given_up"], 1, 0)


def test_a_large_order_is_released_in_chunks_B4(world: StockWorld) -> None:
    order = world.supplied(60)
    world.supplying.release(order.number, range(60), by=SYSTEM)
    assert set(world.states(order)) == {"given_up"}
    assert world.stock.waiting == 0


def test_each_model_has_a_stock_of_its_own_B5(world: StockWorld) -> None:
    stock(world.transactions, "CX-0001", model="c200", now=world.orders.clock.now)
    order = world.supplied()
    assert (world.states(order), world.stocks.get("c200").free) == (["back_ordered"], 1)


def test_what_waits_is_named_by_a_row_without_personal_data_S66(world: StockWorld) -> None:
    world.supplied()
    [item] = [
        one
        for one in world.orders.database.scan(SupplyRow)
        if one["pk"]["S"] == f"STOCK#{DEFAULT_MODEL}"
    ]
    assert set(item) == {"pk", "sk", "order", "unit"}


def test_a_refund_gives_reservations_and_places_up_and_serves_the_next_one_B4(
    world: StockWorld,
) -> None:
    world.arrive("FT-0001")
    order = world.orders.paid(world.buyer, items=items(hardware_token=2))
    waiting = world.supplied()
    assert world.states(order) == ["reserved", "back_ordered"]
    page = f"pi_{page_of(order)}"
    world.orders.provider.given_back_by_hand(page, None)
    for _ in range(2):
        world.orders.payments.compare(page, by=SYSTEM)
    assert world.states(order) == ["given_up", "given_up"]
    assert world.serve() == 1
    assert world.states(waiting) == ["reserved"]
    due = next_due(world.orders.service.get(order.number), world.orders.clock.now)
    assert due is None


def test_nothing_is_reserved_while_a_dispute_stops_the_order_S40(world: StockWorld) -> None:
    order = world.orders.order(world.buyer, items=items(hardware_token=1))
    world.orders.provider.buyer_pays(page_of(order))
    page = f"pi_{page_of(order)}"
    dispute = world.orders.provider.bank_disputes(page, None, status="needs_response")
    world.orders.payments.settle(page_of(order), by=SYSTEM)
    assert world.states(order) == []
    world.orders.provider.dispute_becomes(dispute, "won")
    world.orders.payments.compare(page, by=SYSTEM)
    assert world.states(order) == ["back_ordered"]


def test_a_token_that_arrives_while_an_order_reads_that_none_is_free_is_reserved_B5(
    world: StockWorld, client: Meddler
) -> None:
    order = world.paid()

    def arrives(operation: Any, request: Any) -> Any:
        world.arrive("FT-0001")
        return operation(**request)

    client.next("transact_write_items", arrives)
    world.supplying.supply(order.number, by=SYSTEM)
    assert world.states(order) == ["reserved"]
    assert world.stock.waiting == 0


def test_a_queue_that_forms_while_an_order_reads_a_free_token_is_not_overtaken_B5(
    world: StockWorld, client: Meddler
) -> None:
    world.arrive("FT-0001")
    first, second, third = world.paid(), world.paid(), world.paid()

    def others_come(operation: Any, request: Any) -> Any:
        world.supplying.supply(first.number, by=SYSTEM)
        world.supplying.supply(second.number, by=SYSTEM)
        world.arrive("FT-0002")
        return operation(**request)

    client.next("transact_write_items", others_come)
    world.supplying.supply(third.number, by=SYSTEM)
    assert world.states(third) == ["back_ordered"]
    assert world.serve() == 1
    assert (world.states(second), world.states(third)) == (["reserved"], ["back_ordered"])


def test_a_token_that_arrives_as_the_worker_ends_leaves_the_stock_due_B5(
    world: StockWorld, client: Meddler
) -> None:
    world.supplied()

    def arrives(operation: Any, request: Any) -> Any:
        world.arrive("FT-0001")
        return operation(**request)

    client.next("update_item", arrives)
    world.serve()
    row = world.orders.database.get(StockRow, "STOCK", DEFAULT_MODEL)
    assert row
    assert row.g1pk, "it stays in the due index"
    assert world.serve() == 1
