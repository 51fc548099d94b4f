"""Orders that renew a credential (B7)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from keyfob.domain.errors import IllegalTransition, InvalidInput
from keyfob.domain.orders import decisions, holding
from keyfob.domain.orders.applying import applied
from keyfob.domain.orders.due import next_due
from keyfob.domain.orders.line import Line
from keyfob.domain.orders.notifications import notifications
from keyfob.domain.orders.order import Order, State
from keyfob.domain.orders.product_kind import ProductKind
from keyfob.domain.orders.shipping import ship
from keyfob.domain.orders.transition import Change
from keyfob.storage.orders import order_row as rows
from keyfob.storage.orders.order_row import OrderRow
from tests.support.builders import a_line, a_payment, an_order
from tests.support.fakes import START
from tests.support.renewals import Renewals

CREDENTIAL = "crd_00000000000000000001"


def a_renewal_line(**changes: Any) -> Line:
    values: dict[str, Any] = {
        "product": "renewal",
        "kind": ProductKind.RENEWAL,
        "quantity": 1,
        "credential": CREDENTIAL,
        **changes,
    }
    return a_line(**values)


def a_renewal(**changes: Any) -> Order:
    return an_order(**{"lines": (a_renewal_line(),), **changes})


def test_a_renewal_names_its_credential_and_mints_no_license_key_B7() -> None:
    order = a_renewal()
    assert order.credentials(ProductKind.RENEWAL) == (CREDENTIAL,)
    assert order.units == ()
    assert (order.net, order.total) == (8_500, 8_500 + order.tax)


def test_other_orders_renew_nothing_B7() -> None:
    assert an_order().credentials(ProductKind.RENEWAL) == ()
    assert [line.kind for line in an_order().units] == [ProductKind.HARDWARE_TOKEN] * 2
    mixed = an_order(lines=(a_line(quantity=1), a_renewal_line(quantity=3)))
    assert [line.kind for line in mixed.units] == [ProductKind.HARDWARE_TOKEN]


def test_a_paid_renewal_is_fulfilled_at_once_and_due_until_refunds_are_read_B7() -> None:
    paid = decisions.pay(a_renewal(), a_payment(a_renewal()), START).order
    done = applied(paid)
    assert done.change is Change.PAID
    assert done.order == replace(paid, state=State.FULFILLED)
    assert (done.order.payment, done.order.paid_at, done.order.minted) == ("pi_1", START, 0)
    assert next_due(done.order, START) == START
    read = replace(done.order, carried_out=frozenset({"read"}))
    assert next_due(read, START) is None


def test_a_refused_renewal_is_held_with_its_payment_and_never_due_again_B7() -> None:
    paid = decisions.pay(a_renewal(), a_payment(a_renewal()), START).order
    refused = applied(paid, [0])
    assert refused.change is Change.RENEWAL_REFUSED
    assert refused.order == replace(paid, state=State.HELD, refused=(0,))
    assert next_due(refused.order, START) is None
    again = decisions.pay(refused.order, a_payment(a_renewal()), START)
    assert again.change is None, "its webhook comes again"


def test_a_released_order_that_is_refused_waits_for_nobody_G2() -> None:
    held = replace(a_renewal(), state=State.HELD, payment="pi_1")
    released = holding.fulfill(holding.release(held).order)
    assert released.change is Change.PAID
    refused = applied(released.order, [0]).order
    assert (refused.state, refused.awaits_decision) == (State.HELD, False)
    assert next_due(refused, START) is None
    assert holding.fulfill(refused).change is None
    for act in (holding.release, holding.refund):
        with pytest.raises(IllegalTransition):
            act(applied(replace(held, state=State.PAID), [0]).order)


def test_money_goes_back_for_a_refused_renewal_and_never_for_one_that_was_done_B7() -> None:
    paid = decisions.pay(a_renewal(), a_payment(a_renewal()), START).order
    refused = notifications(applied(paid, [0]), correlation="c")
    done = notifications(applied(paid), correlation="c")
    assert [(one.kind, one.recipient) for one in refused] == [
        ("renewal_refused", "acc_ada"),
        ("refund_payment", "stripe"),
    ]
    assert [one.kind for one in done] == ["order_confirmation"]


@pytest.mark.parametrize("unit", [None, 0])
def test_no_token_is_shipped_for_a_renewal_B7(unit: int | None) -> None:
    done = applied(a_renewal()).order
    with pytest.raises(InvalidInput):
        ship(done, serial="FT-1", tracking="T-1", unit=unit, now=START)


def test_the_credential_that_an_order_renews_is_kept_with_it_B7(renewals: Renewals) -> None:
    credential = renewals.credential()
    [line] = renewals.shown(renewals.order()).lines
    assert (line.product, line.kind, line.credential) == (
        "renewal",
        ProductKind.RENEWAL,
        credential.id,
    )


def test_an_order_from_before_there_were_renewals_is_read_as_ever_B7() -> None:
    order = an_order()
    row = rows.place(order, START).row
    assert isinstance(row, OrderRow)
    row.version, row.head = 1, order.head
    for line in row.lines:
        del line["credential"]
    assert rows.order_of(row).lines == order.lines
