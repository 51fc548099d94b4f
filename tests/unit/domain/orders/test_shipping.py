"""The unit that a shipped hardware token is for (B5)."""

from __future__ import annotations

from datetime import timedelta

import pytest

from keyfob.domain.errors import IllegalTransition, InvalidInput
from keyfob.domain.orders.order import Order, State
from keyfob.domain.orders.product_kind import ProductKind
from keyfob.domain.orders.shipment import Shipment
from keyfob.domain.orders.shipping import ship
from keyfob.domain.orders.transition import Change, Transition
from tests.support.builders import a_line, an_order, an_order_in
from tests.support.fakes import START

LATER = START + timedelta(days=4)
PHONE = a_line(product="phone", kind=ProductKind.PHONE, quantity=1)
# License keys 0 (a phone's), 1 and 2 (tokens').
MIXED = an_order(state=State.PAID, lines=(PHONE, a_line(quantity=2)))


def sent(
    order: Order,
    unit: int | None = None,
    *,
    serial: str = "FT-1",
    tracking: str = "T-1",
) -> Transition:
    return ship(order, serial=serial, tracking=tracking, unit=unit, now=LATER)


def shipped(*units: int) -> Order:
    """The mixed order, FT-<unit> sent for each of these."""
    order = MIXED
    for unit in units:
        order = sent(order, unit, serial=f"FT-{unit}", tracking=f"T-{unit}").order
    return order


@pytest.mark.parametrize("state", State)
def test_only_a_paid_order_gets_a_token_B5(state: State) -> None:
    order = an_order_in(state)
    if state not in {State.PAID, State.FULFILLED}:
        with pytest.raises(IllegalTransition, match=str(state)):
            sent(order)
        return
    transition = sent(order)
    assert transition.change is Change.SHIPPED
    assert transition.order.state is state
    assert transition.order.shipments == (
        Shipment(unit=0, serial="FT-1", tracking="T-1", at=LATER),
    )


@pytest.mark.parametrize(
    ("before", "unit"),
    [((), 1), ((1,), 2), ((2,), 1)],
)
def test_without_a_unit_it_is_for_the_first_token_still_waiting_B5(
    before: tuple[int, ...], unit: int
) -> None:
    assert sent(shipped(*before), serial="FT-9").order.shipments[-1].unit == unit


@pytest.mark.parametrize("unit", [-1, 0, 3])
def test_a_unit_that_is_no_token_is_refused_by_its_field_B5(unit: int) -> None:
    with pytest.raises(InvalidInput) as refused:
        sent(MIXED, unit)
    assert list(refused.value.fields) == ["unit"]


@pytest.mark.parametrize("unit", [None, 0])
def test_an_order_without_any_token_gets_none_B5(unit: int | None) -> None:
    with pytest.raises(InvalidInput):
        sent(an_order(state=State.PAID, lines=(PHONE,)), unit)


def test_a_replacement_must_name_its_unit_once_all_were_sent_B5() -> None:
    everything = shipped(1, 2)
    with pytest.raises(IllegalTransition, match="replacement"):
        sent(everything, serial="FT-9")
    replaced = sent(everything, 2, serial="FT-9")
    assert replaced.change is Change.SHIPPED
    assert [(one.unit, one.serial) for one in replaced.order.shipments] == [
        (1, "FT-1"),
        (2, "FT-2"),
        (2, "FT-9"),
    ]


@pytest.mark.parametrize("unit", [None, 1])
@pytest.mark.parametrize("before", [(1,), (1, 2)])
def test_the_same_shipment_again_changes_nothing_S37(
    before: tuple[int, ...], unit: int | None
) -> None:
    order = shipped(*before)
    assert sent(order, unit) == Transition(order=order)


def test_the_same_shipment_again_after_a_replacement_still_changes_nothing_S37() -> None:
    replaced = sent(shipped(1), 1, serial="FT-9").order
    assert sent(replaced, 1) == Transition(order=replaced)


@pytest.mark.parametrize("other", [{"serial": "FT-9"}, {"tracking": "T-9"}])
def test_anything_else_for_the_same_unit_is_another_shipment_B5(other: dict[str, str]) -> None:
    order = shipped(1)
    again = sent(order, 1, **other)
    assert again.change is Change.SHIPPED
    assert len(again.order.shipments) == 2


def test_the_same_for_another_unit_is_not_the_same() -> None:
    assert sent(shipped(1), 2).change is Change.SHIPPED
