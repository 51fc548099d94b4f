"""Marking a token as shipped: order, token, audit trail and message at once (B5, G2, S30, S46)."""

from __future__ import annotations

from typing import Any

import pytest

from keyfob.domain.directory.account import Account
from keyfob.domain.errors import IllegalTransition, InvalidInput, NotFound
from keyfob.domain.inventory.batch import State as BatchState
from keyfob.domain.inventory.errors import TokenNotAvailable
from keyfob.domain.inventory.model import DEFAULT_MODEL
from keyfob.domain.messages.kinds import Kind
from keyfob.domain.orders.order import Order, State
from keyfob.domain.orders.shipment import Shipment
from keyfob.storage.audit.store import AuditRow
from keyfob.storage.audit.subjects import Subjects
from keyfob.storage.database import Conflict, Database
from keyfob.storage.inventory.store import Inventory, Stored, TokenRow, take_over
from keyfob.storage.orders.order_row import OrderRow
from keyfob.storage.orders.stock import Stocks, moved
from keyfob.storage.transaction import Transactions
from keyfob.usecases.orders.shipping import Shipping
from keyfob.wiring.operations import shipping_of
from keyfob.wiring.orders import supplying_of
from tests.support.carts import items
from tests.support.fakes import START, Meddler
from tests.support.order_world import OPERATOR, OrderWorld
from tests.support.tokens import stock


@pytest.fixture
def ada(order_world: OrderWorld) -> Account:
    return order_world.person()


@pytest.fixture
def order(order_world: OrderWorld, ada: Account) -> Order:
    """Paid: license keys 0 and 1 are for tokens, 2 for a phone. All notifications are sent."""
    paid = order_world.paid(ada, items=items(hardware_token=2, phone=1))
    order_world.send_queued()
    order_world.mail.sent.clear()
    return paid


@pytest.fixture
def inventory(database: Database, transactions: Transactions) -> Inventory:
    """Tokens FT-0001 to FT-0003."""
    stock(transactions, "FT-0001", "FT-0002", "FT-0003")
    return Inventory(database)


@pytest.fixture
def shipping(order_world: OrderWorld, inventory: Inventory) -> Shipping:
    return shipping_of(order_world.base)


def mark(
    shipping: Shipping,
    order: Order,
    serial: str = "FT-0001",
    *,
    tracking: str = "T-1",
    unit: int | None = None,
) -> Order:
    return shipping.mark(order.number, serial=serial, tracking=tracking, unit=unit, by=OPERATOR)


def token(inventory: Inventory, serial: str = "FT-0001") -> Stored:
    found = inventory.token(serial)
    assert found
    return found


def set_token(order_world: OrderWorld, serial: str = "FT-0001", **values: Any) -> None:
    actions = [getattr(TokenRow, name).set(value) for name, value in values.items()]
    row = TokenRow(f"TOKEN#{serial}", "-")
    request = row.get_update_kwargs_from_instance(actions=actions)
    order_world.database._client.update_item(**order_world.database._named(request))


def everything(order_world: OrderWorld) -> list[Any]:
    """All rows that shipping may write."""
    return [list(order_world.database.scan(table)) for table in (OrderRow, TokenRow, AuditRow)]


def entries(order_world: OrderWorld, subject: str) -> list[AuditRow]:
    found = order_world.database.query(AuditRow, key=("pk", subject))
    return [AuditRow.from_raw_data(item) for item in found]


def test_order_and_token_name_each_other_and_the_purchaser_is_notified_B5(
    order_world: OrderWorld, shipping: Shipping, inventory: Inventory, order: Order, ada: Account
) -> None:
    marked = mark(shipping, order, " ft-0001 ", tracking="1Z 999")
    assert marked == order_world.service.get(order.number)
    assert marked.shipments == (
        Shipment(unit=0, serial="FT-0001", tracking="1Z 999", at=order_world.clock.now),
    )
    sent = token(inventory)
    assert (sent.order, sent.unit, sent.holder, sent.state) == (order.number, 0, None, None)
    assert sent.is_free
    [message] = order_world.queued()
    assert (message.kind, message.subject) == (Kind.ORDER_SHIPPED, order.subject)
    assert int(message.subject_version) == order.version + 1 == marked.version
    assert message.recipient == ada.id
    assert message.facts == {"unit": 0, "serial": "FT-0001", "tracking": "1Z 999"}


def test_a_withdrawn_token_is_not_sent_S64(
    order_world: OrderWorld, shipping: Shipping, inventory: Inventory, order: Order
) -> None:
    set_token(order_world, state="withdrawn")
    before = everything(order_world)
    with pytest.raises(TokenNotAvailable, match="was withdrawn"):
        mark(shipping, order)
    assert everything(order_world) == before


def test_both_chains_record_the_shipment_and_its_actor_S46(
    order_world: OrderWorld, shipping: Shipping, inventory: Inventory, order: Order
) -> None:
    mark(shipping, order, unit=1)
    last = entries(order_world, order.subject)[-1]
    [first] = entries(order_world, "TOKEN#FT-0001")
    assert (last.action, last.actor_id) == ("order.shipped", "console")
    assert last.facts == {"unit": 1, "serial": "FT-0001", "tracking": "T-1"}
    assert (first.action, first.actor_id) == ("token.shipped", "console")
    assert first.facts == {"order": order.number, "unit": 1}
    assert int(first.number) == token(inventory).subject.number == 1


def test_a_token_is_a_subject_of_the_audit_trail_from_its_first_change_S48(
    order_world: OrderWorld, shipping: Shipping, order: Order, database: Database
) -> None:
    subjects = Subjects(database)
    assert not [one for one in dict(subjects.all()) if one.startswith("TOKEN#")]
    assert subjects.position("TOKEN#FT-0001") is None
    mark(shipping, order)
    [(found, position)] = [one for one in subjects.all() if one[0].startswith("TOKEN#")]
    [entry] = entries(order_world, "TOKEN#FT-0001")
    assert (found, position) == ("TOKEN#FT-0001", (1, entry.hash))
    assert subjects.position("TOKEN#FT-0001") == (1, entry.hash)


@pytest.mark.parametrize("unit", [None, 0])
def test_the_same_mark_again_changes_nothing_S37(
    order_world: OrderWorld, shipping: Shipping, order: Order, unit: int | None
) -> None:
    mark(shipping, order)
    before = everything(order_world), order_world.kinds()
    order_world.clock.advance(days=1)
    assert mark(shipping, order, unit=unit) == order_world.service.get(order.number)
    assert (everything(order_world), order_world.kinds()) == before


def test_a_wrong_tracking_number_is_corrected_and_mailed_again_B5(
    order_world: OrderWorld, shipping: Shipping, inventory: Inventory, order: Order
) -> None:
    mark(shipping, order)
    mended = mark(shipping, order, tracking="T-2", unit=0)
    assert [one.tracking for one in mended.shipments] == ["T-1", "T-2"]
    assert token(inventory).subject.number == 2
    assert order_world.kinds() == ["order_shipped"] * 2


def test_a_token_that_got_lost_is_replaced_when_its_unit_is_named_B5(
    shipping: Shipping, inventory: Inventory, order: Order
) -> None:
    mark(shipping, order)
    mark(shipping, order, "FT-0002")
    with pytest.raises(IllegalTransition):
        mark(shipping, order, "FT-0003")
    mark(shipping, order, "FT-0003", unit=0)
    assert (token(inventory, "FT-0003").order, token(inventory, "FT-0003").unit) == (
        order.number,
        0,
    )


REFUSED: dict[str, tuple[dict[str, Any], type[Exception]]] = {
    "unknown serial": ({"serial": "FT-9999"}, TokenNotAvailable),
    "a phone's license key": ({"unit": 2}, InvalidInput),
    "no such license key": ({"unit": 3}, InvalidInput),
}


@pytest.mark.parametrize("what", REFUSED)
def test_a_shipment_that_does_not_fit_is_refused_and_changes_nothing_B5(
    what: str, order_world: OrderWorld, shipping: Shipping, order: Order
) -> None:
    changes, error = REFUSED[what]
    before = everything(order_world)
    with pytest.raises(error):
        mark(shipping, order, **changes)
    assert (everything(order_world), order_world.kinds()) == (before, [])


def test_an_unknown_order_is_not_found(shipping: Shipping) -> None:
    with pytest.raises(NotFound):
        shipping.mark("SO-99999", serial="FT-0001", tracking="T-1", unit=None, by=OPERATOR)


def test_an_order_that_is_not_paid_gets_no_token_B5(
    order_world: OrderWorld, shipping: Shipping, ada: Account
) -> None:
    unpaid = order_world.order(ada)
    before = everything(order_world)
    with pytest.raises(IllegalTransition):
        mark(shipping, unpaid)
    assert everything(order_world) == before


@pytest.mark.parametrize("state", [BatchState.IMPORTING, BatchState.REFUSED])
def test_a_token_of_a_batch_that_is_not_complete_is_not_shipped_S18(
    state: BatchState,
    order_world: OrderWorld,
    shipping: Shipping,
    order: Order,
    transactions: Transactions,
) -> None:
    stock(transactions, "FT-0004", state=state)
    before = everything(order_world)
    with pytest.raises(TokenNotAvailable):
        mark(shipping, order, "FT-0004")
    assert everything(order_world) == before


@pytest.mark.parametrize("used", [{"state": "assigned"}, {"state": "retired"}])
def test_a_token_that_was_registered_once_is_not_shipped_S30(
    used: dict[str, str], order_world: OrderWorld, shipping: Shipping, order: Order
) -> None:
    set_token(order_world, **used)
    before = everything(order_world)
    with pytest.raises(TokenNotAvailable, match="registered"):
        mark(shipping, order)
    assert everything(order_world) == before


def test_a_token_shipped_for_another_order_or_license_key_is_refused_S30(
    order_world: OrderWorld, shipping: Shipping, order: Order, ada: Account
) -> None:
    mark(shipping, order)
    other = order_world.paid(ada)
    before = everything(order_world)
    for wanted, unit in ((other, None), (other, 0), (order, 1), (order, None)):
        with pytest.raises(TokenNotAvailable, match="another license key"):
            mark(shipping, wanted, tracking="T-9", unit=unit)
    assert everything(order_world) == before


def test_the_later_of_two_orders_that_get_the_same_token_at_once_is_refused_S30(
    order_world: OrderWorld, shipping: Shipping, order: Order, ada: Account, client: Meddler
) -> None:
    other = order_world.paid(ada)

    def the_other_is_faster(operation: Any, request: Any) -> Any:
        mark(shipping, other)
        return operation(**request)

    client.next("transact_write_items", the_other_is_faster)
    with pytest.raises(TokenNotAvailable):
        mark(shipping, order)
    assert token(Inventory(order_world.database)).order == other.number
    assert order_world.service.get(order.number).shipments == ()


def test_the_same_mark_twice_at_once_is_one_shipment_S37(
    order_world: OrderWorld, shipping: Shipping, order: Order, client: Meddler
) -> None:
    def the_other_is_faster(operation: Any, request: Any) -> Any:
        mark(shipping, order)
        return operation(**request)

    client.next("transact_write_items", the_other_is_faster)
    assert len(mark(shipping, order).shipments) == 1
    assert order_world.kinds() == ["order_shipped"]


def test_a_shipped_token_is_not_taken_over_by_an_import_that_looked_long_ago_S30(
    order_world: OrderWorld,
    shipping: Shipping,
    inventory: Inventory,
    order: Order,
    transactions: Transactions,
) -> None:
    """An import saw the row of an attempt that had failed; the file was then imported after all."""
    seen = token(inventory)
    left_over = Stored(serial=seen.serial, sealed=seen.sealed, owner="failed#1", row=seen.row)
    mark(shipping, order)
    before = everything(order_world)
    with pytest.raises(Conflict):
        transactions.commit(
            take_over(left_over, seen.token(b"another"), seen.sealed, "other#1"), audit=()
        )
    assert everything(order_world) == before


def test_the_mail_says_tracking_and_license_key_B5(
    order_world: OrderWorld, shipping: Shipping, order: Order
) -> None:
    mark(shipping, order, tracking="1Z 999", unit=1)
    order_world.send_queued()
    [mail] = order_world.mail.sent
    body = mail.get_body(("plain",))
    assert body
    for part in ("1Z 999", "FT-0001", "license key 2 of 3", order.number):
        assert part in body.get_content()


@pytest.mark.parametrize(
    "forgotten", [OrderRow.shipments.remove(), OrderRow.state.set(str(State.HELD))]
)
def test_an_obsolete_shipment_is_not_mailed_S44(
    forgotten: Any, order_world: OrderWorld, shipping: Shipping, order: Order
) -> None:
    mark(shipping, order)
    row = OrderRow(order.subject, "-")
    request = row.get_update_kwargs_from_instance(actions=[forgotten])
    order_world.database._client.update_item(**order_world.database._named(request))
    order_world.send_queued()
    assert order_world.mail.sent == []
    assert order_world.counts.seen["MessageMoot"] == 1


def test_shipments_are_kept_as_they_were(
    order_world: OrderWorld, shipping: Shipping, order: Order
) -> None:
    order_world.clock.advance(days=3)
    mark(shipping, order)
    [kept] = order_world.service.get(order.number).shipments
    assert kept.at == order_world.clock.now > START
    row = order_world.database.get(OrderRow, order.subject, "-")
    assert row
    assert row.shipments[0]["serial"] == "FT-0001"


def free(order_world: OrderWorld, model: str = DEFAULT_MODEL) -> int:
    return Stocks(order_world.database).get(model).free


def reserved(order_world: OrderWorld) -> list[int]:
    return [one.unit for one in Stocks(order_world.database).reserved(DEFAULT_MODEL, 100)]


def test_a_shipment_consumes_the_reservation_once_B5(
    order_world: OrderWorld, shipping: Shipping, order: Order
) -> None:
    before = free(order_world)
    assert reserved(order_world) == [0, 1]
    for _ in range(2):
        mark(shipping, order, unit=1)
    assert (reserved(order_world), free(order_world)) == ([0], before)
    states = [one.state for one in order_world.service.get(order.number).supplies]
    assert states == ["reserved", "shipped"]


def test_a_corrected_tracking_number_takes_no_token_from_the_stock_B5(
    order_world: OrderWorld, shipping: Shipping, order: Order
) -> None:
    mark(shipping, order)
    before = free(order_world)
    mark(shipping, order, tracking="T-2", unit=0)
    assert free(order_world) == before


def test_a_token_for_a_unit_that_was_shipped_before_comes_from_the_free_ones_B5(
    order_world: OrderWorld, shipping: Shipping, order: Order
) -> None:
    mark(shipping, order)
    before = free(order_world)
    mark(shipping, order, "FT-0002", unit=0)
    assert free(order_world) == before - 1
    order_world.database.write(moved(DEFAULT_MODEL, free=1 - before))
    rows = everything(order_world)
    with pytest.raises(TokenNotAvailable, match="is reserved for an order"):
        mark(shipping, order, "FT-0003", unit=0)
    assert everything(order_world) == rows


def test_a_token_that_is_reserved_for_another_order_meanwhile_is_not_taken_B5(
    order_world: OrderWorld, shipping: Shipping, order: Order, client: Meddler
) -> None:
    mark(shipping, order)
    left = free(order_world)

    def all_are_reserved(operation: Any, request: Any) -> Any:
        order_world.database.write(moved(DEFAULT_MODEL, free=-left))
        return operation(**request)

    client.next("transact_write_items", all_are_reserved)
    with pytest.raises(TokenNotAvailable, match="is reserved for an order"):
        mark(shipping, order, "FT-0002", unit=0)
    assert free(order_world) == 0


def test_a_token_of_another_model_is_not_shipped_B5(
    order_world: OrderWorld, shipping: Shipping, order: Order, transactions: Transactions
) -> None:
    stock(transactions, "CX-0001", model="c200")
    before = everything(order_world)
    with pytest.raises(TokenNotAvailable, match="is of model c200; standard was bought"):
        mark(shipping, order, "CX-0001")
    assert everything(order_world) == before


def test_a_back_ordered_unit_is_shipped_in_its_turn_alone_B5(
    order_world: OrderWorld,
    shipping: Shipping,
    order: Order,
    ada: Account,
    transactions: Transactions,
) -> None:
    order_world.database.write(moved(DEFAULT_MODEL, free=-free(order_world)))
    first, second = (order_world.paid(ada, items=items(hardware_token=1)) for _ in range(2))
    with pytest.raises(IllegalTransition, match="is back-ordered"):
        mark(shipping, first, "FT-0003")
    stock(transactions, "FT-0009")
    with pytest.raises(IllegalTransition, match="is back-ordered"):
        mark(shipping, second, "FT-0009")
    assert mark(shipping, first, "FT-0009").is_shipped(0), "before the clock has served it"


def test_a_unit_that_was_given_up_is_not_shipped_B4(
    order_world: OrderWorld, shipping: Shipping, order: Order
) -> None:
    supplying_of(order_world.base).release(order.number, {0}, by=OPERATOR)
    with pytest.raises(IllegalTransition, match="was given up"):
        mark(shipping, order, unit=0)
    assert mark(shipping, order).shipments[-1].unit == 1, "the first one that can be sent"


def test_the_carrier_is_kept_and_an_unknown_one_refused_B5(
    order_world: OrderWorld, shipping: Shipping, order: Order
) -> None:
    with pytest.raises(InvalidInput) as refused:
        shipping.mark(
            order.number, serial="FT-0001", tracking="T", unit=0, carrier="owl", by=OPERATOR
        )
    assert refused.value.fields == {"carrier": "must be one of the deployment's carriers: ups"}
    shipping.mark(
        order.number, serial="FT-0001", tracking="T 1", unit=0, carrier="ups", by=OPERATOR
    )
    [sent] = order_world.service.get(order.number).shipments
    assert (sent.carrier, sent.page) == ("UPS", "https://ups.example/T%201")
    order_world.send_queued()
    [mail] = order_world.mail.sent
    body = mail.get_body(("plain",))
    assert body
    assert "https://ups.example/T%201" in body.get_content()
