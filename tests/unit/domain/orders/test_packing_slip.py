"""The content of the slip that is packed with tokens (B5)."""

from __future__ import annotations

from dataclasses import fields

from keyfob.domain.orders.order import Ended, Shipment
from keyfob.domain.orders.packing_slip import PackingSlip, packing_slip
from keyfob.domain.orders.product_kind import ProductKind
from tests.support.builders import a_line, an_order
from tests.support.fakes import START

SENT = Shipment(unit=0, serial="FT-0001", tracking="T", at=START)


def test_the_slip_names_the_tokens_of_these_units_alone_B5() -> None:
    order = an_order(
        lines=(
            a_line(quantity=2, model="c200"),
            a_line(kind=ProductKind.PHONE, quantity=1),
            a_line(kind=ProductKind.ADDED_TOKEN, quantity=1, credential="crd_1"),
        ),
        shipments=(SENT,),
    )
    slip = packing_slip(order, {0, 2, 3})
    assert (slip.number, slip.to, slip.positions) == (order.number, order.shipping, 4)
    assert [(one.position, one.model, one.serial, one.needs_key) for one in slip.tokens] == [
        (1, "c200", "FT-0001", True),
        (4, "standard", "", False),
    ]


def test_a_token_that_did_not_arrive_is_on_no_slip_B5() -> None:
    lost = Shipment(unit=0, serial="FT-0001", tracking="T", at=START, ended=Ended.LOST)
    slip = packing_slip(an_order(lines=(a_line(quantity=1),), shipments=(lost,)), {0})
    assert [one.serial for one in slip.tokens] == [""]


def test_the_slip_has_no_amount_B5() -> None:
    assert {one.name for one in fields(PackingSlip)} == {
        "number",
        "po_number",
        "to",
        "positions",
        "tokens",
    }
