"""Orders of a hardware token for a credential that has phones (B5, D4)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from keyfob.domain.errors import IllegalTransition, InvalidInput
from keyfob.domain.orders import decisions
from keyfob.domain.orders.applying import applied
from keyfob.domain.orders.due import next_due
from keyfob.domain.orders.notifications import notifications
from keyfob.domain.orders.order import Order, State
from keyfob.domain.orders.product_kind import ProductKind
from keyfob.domain.orders.shipping import ship
from keyfob.domain.orders.supplying import reserve
from keyfob.domain.orders.transition import Change
from keyfob.storage.orders import order_row as rows
from keyfob.storage.orders.order_row import OrderRow
from tests.support.builders import a_line, a_payment, an_order, an_order_in
from tests.support.fakes import START

CREDENTIAL = "crd_00000000000000000001"


def an_addition(**changes: Any) -> Order:
    line = a_line(
        product="added-token",
        kind=ProductKind.ADDED_TOKEN,
        quantity=1,
        credential=CREDENTIAL,
    )
    return an_order(**{"lines": (line,), **changes})


def paid() -> Order:
    return decisions.pay(an_addition(), a_payment(an_addition()), START).order


def sent(order: Order, serial: str = "FT-1", **how: Any) -> Order:
    values: dict[str, Any] = {"tracking": "T-1", "unit": None, "now": START, **how}
    return ship(order, serial=serial, **values).order


def test_it_names_its_credential_and_is_no_renewal_B5() -> None:
    order = an_addition()
    assert order.for_credentials == ((0, order.lines[0]),)
    assert (order.token_unit_of(CREDENTIAL), order.credentials(ProductKind.RENEWAL)) == (0, ())
    assert (an_order().for_credentials, an_order().token_unit_of(CREDENTIAL)) == ((), None)


def test_a_paid_one_is_fulfilled_at_once_without_a_key_and_due_until_refunds_are_read_B5() -> None:
    done = applied(paid())
    assert done.change is Change.PAID
    assert done.order == replace(paid(), state=State.FULFILLED)
    assert (done.order.minted, next_due(done.order, START)) == (0, START)
    read = replace(done.order, carried_out=frozenset({"read"}))
    assert next_due(read, START) == START, "it is owed a token"
    reserved = reserve(read, read.owed_tokens, START).order
    assert next_due(reserved, START) is None
    with pytest.raises(IllegalTransition):
        decisions.mint(done.order, 1)
    assert [one.kind for one in notifications(done, correlation="c")] == ["order_confirmation"]


def test_an_order_for_an_ended_credential_is_held_and_refunded_B5() -> None:
    refused = applied(paid(), [0])
    assert refused.change is Change.ADDED_TOKEN_REFUSED
    assert refused.order == replace(paid(), state=State.HELD, refused=(0,))
    assert [(one.kind, one.recipient) for one in notifications(refused, correlation="c")] == [
        ("added_token_refused", "acc_ada"),
        ("refund_payment", "stripe"),
    ]
    with pytest.raises(IllegalTransition):
        sent(refused.order)


def test_one_token_is_shipped_for_it_and_others_only_in_its_place_B5_D4() -> None:
    order = sent(applied(paid()).order)
    assert [(one.unit, one.serial, one.replacement) for one in order.shipments] == [
        (0, "FT-1", False)
    ]
    assert order.is_shipped(0)
    with pytest.raises(IllegalTransition):
        sent(order, "FT-2")
    with pytest.raises(InvalidInput):
        sent(order, "FT-2", unit=1)
    later = sent(order, "FT-2", unit=0, replacement=True)
    assert [later.is_replaced_by(one) for one in ("FT-1", "FT-2", "FT-3")] == [False, True, False]


def test_that_a_token_was_a_replacement_is_kept_with_the_order_D4() -> None:
    order = sent(sent(applied(paid()).order), "FT-2", unit=0, replacement=True)
    row = rows.place(order, START).row
    assert isinstance(row, OrderRow)
    row.version, row.head = 1, order.head
    assert rows.order_of(row).shipments == order.shipments


def test_a_shipment_from_before_there_were_replacements_is_none_D4() -> None:
    order = sent(an_order_in(State.FULFILLED))
    row = rows.place(order, START).row
    assert isinstance(row, OrderRow)
    row.version, row.head = 1, order.head
    for shipment in row.shipments:
        del shipment["replacement"]
    assert rows.order_of(row).shipments == order.shipments
