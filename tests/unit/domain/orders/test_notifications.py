"""Messages and effects that follow from the changes of an order."""

from __future__ import annotations

from dataclasses import replace

import pytest

from keyfob.domain.messages.kinds import Kind
from keyfob.domain.orders.given_back import GivenBack, RefundRequest
from keyfob.domain.orders.invoice import InvoiceStatus, Receipt
from keyfob.domain.orders.notifications import notifications
from keyfob.domain.orders.order import State
from keyfob.domain.orders.shipment import Shipment
from keyfob.domain.orders.transition import Change, Transition
from tests.support.builders import a_guest, an_invoice, an_order
from tests.support.fakes import START

EXPECTED: dict[Change, list[tuple[Kind, str]]] = {
    Change.PLACED: [],
    Change.CHECKOUT_OPENED: [],
    Change.CHECKOUT_FAILED: [],
    Change.CHECKOUT_REFUSED: [(Kind.ORDER_REFUSED, "acc_ada")],
    Change.PAID: [(Kind.ORDER_CONFIRMATION, "acc_ada")],
    Change.PAYMENT_HELD: [],
    Change.PAID_TOO_LATE: [(Kind.REFUND_PAYMENT, "stripe")],
    Change.RENEWAL_REFUSED: [
        (Kind.RENEWAL_REFUSED, "acc_ada"),
        (Kind.REFUND_PAYMENT, "stripe"),
    ],
    Change.ADDED_TOKEN_REFUSED: [
        (Kind.ADDED_TOKEN_REFUSED, "acc_ada"),
        (Kind.REFUND_PAYMENT, "stripe"),
    ],
    Change.UPGRADE_REFUSED: [
        (Kind.UPGRADE_REFUSED, "acc_ada"),
        (Kind.REFUND_PAYMENT, "stripe"),
    ],
    Change.LINES_REFUSED: [
        (Kind.ORDER_CONFIRMATION, "acc_ada"),
        (Kind.REFUND_REQUESTED, "stripe"),
        (Kind.LINES_REFUSED, "acc_ada"),
    ],
    Change.KEYS_MINTED: [],
    Change.REASSIGNED: [],
    Change.CANCELED: [(Kind.ORDER_CANCELED, "acc_ada"), (Kind.EXPIRE_CHECKOUT, "stripe")],
    Change.EXPIRED: [(Kind.ORDER_EXPIRED, "acc_ada"), (Kind.EXPIRE_CHECKOUT, "stripe")],
    Change.REFUNDED: [(Kind.ORDER_REFUNDED, "acc_ada")],
    Change.RELEASED: [],
    Change.HELD_REFUNDED: [(Kind.REFUND_PAYMENT, "stripe")],
    Change.SURPLUS_CLOSED: [],
    # The use case knows the order before, and adds its messages.
    Change.GIVEN_BACK: [],
    Change.REFUND_REQUESTED: [],
    Change.REFUND_REFUSED: [],
    Change.REFUND_ASSIGNED: [],
    Change.SHIPPED: [(Kind.ORDER_SHIPPED, "acc_ada")],
    # The use case names the units and the expected day in messages of its own.
    Change.RESERVED: [],
    Change.BACK_ORDERED: [],
    Change.BACK_ORDER_SERVED: [],
    Change.RESTOCK_NOTICED: [],
    Change.TOKENS_RELEASED: [],
    Change.SHIPMENT_LOST: [],
    Change.SHIPMENT_RETURNED: [],
    Change.INVOICE_ISSUED: [(Kind.INVOICE_ISSUED, "acc_ada"), (Kind.SEND_INVOICE, "stripe")],
    Change.INVOICE_MIRRORED: [],
    Change.PAYER_REMINDED: [(Kind.INVOICE_OVERDUE, "acc_ada")],
    Change.TRANSFER_RECORDED: [(Kind.RECORD_TRANSFER, "stripe")],
    Change.GUEST_ERASED: [],
}
ASKED = GivenBack(requests=(RefundRequest(id="rfd_1", payment="pi_1", pieces=(0,), amount=9_201),))
SENT = tuple(
    Shipment(unit=unit, serial=f"FT-{unit}", tracking=f"T-{unit}", at=START) for unit in (0, 1)
)

RECEIPT = Receipt(reference="R-1", on="2026-11-20", amount=500)


@pytest.mark.parametrize("change", Change)
def test_each_change_brings_the_messages_of_the_table_and_no_others_B4(change: Change) -> None:
    order = an_order(version=3, shipments=SENT, receipts=(RECEIPT,), given_back=ASKED)
    made = notifications(Transition(order=order, change=change), correlation="c")
    assert [(one.kind, one.recipient) for one in made] == EXPECTED[change]
    assert all((one.version, one.correlation) == (4, "c") for one in made)


def test_a_shipment_message_has_its_facts_and_no_other_message_has_them_B5() -> None:
    transition = Transition(order=an_order(shipments=SENT), change=Change.SHIPPED)
    [made] = notifications(transition, correlation="")
    assert made.facts == {"unit": 1, "serial": "FT-1", "tracking": "T-1"}
    paid = Transition(order=an_order(shipments=SENT), change=Change.PAID)
    assert [one.facts for one in notifications(paid, correlation="")] == [{}]


def test_no_page_is_closed_that_was_never_opened() -> None:
    transition = Transition(order=an_order(checkout=None), change=Change.CANCELED)
    assert [one.kind for one in notifications(transition, correlation="")] == [Kind.ORDER_CANCELED]


def test_no_change_messages_nothing() -> None:
    assert notifications(Transition(order=an_order()), correlation="") == []


def test_a_transfer_is_recorded_with_its_facts_G2() -> None:
    later = replace(RECEIPT, amount=700)
    transition = Transition(
        order=an_order(receipts=(RECEIPT, later)), change=Change.TRANSFER_RECORDED
    )
    [made] = notifications(transition, correlation="")
    assert made.facts == {"amount": 700, "on": "2026-11-20", "reference": "R-1"}


@pytest.mark.parametrize("state", [State.CANCELED, State.EXPIRED])
@pytest.mark.parametrize("change", [Change.CANCELED, Change.INVOICE_MIRRORED])
@pytest.mark.parametrize("status", InvoiceStatus)
def test_an_ended_orders_invoice_is_closed_as_long_as_it_can_be_paid_B4(
    state: State, change: Change, status: InvoiceStatus
) -> None:
    order = an_order(state=state, checkout=None, invoice=an_invoice(status=status))
    made = notifications(Transition(order=order, change=change), correlation="")
    closes = [one.kind for one in made if one.recipient == "stripe"]
    assert closes == ([Kind.CLOSE_INVOICE] if order.invoice and order.invoice.is_payable else [])


@pytest.mark.parametrize("change", Change)
def test_a_guest_is_told_nothing_before_a_payment_B8(change: Change) -> None:
    """Afterwards each mail goes to the order's own reader."""
    unpaid = an_order(
        shipments=SENT, guest=a_guest(), account="", receipts=(RECEIPT,), given_back=ASKED
    )
    made = notifications(Transition(order=unpaid, change=change), correlation="")
    assert {one.recipient for one in made} <= {"stripe"}
    paid = replace(unpaid, payment="pi_1")
    made = notifications(Transition(order=paid, change=change), correlation="")
    told = [(kind, who if who == "stripe" else paid.subject) for kind, who in EXPECTED[change]]
    assert [(one.kind, one.recipient) for one in made] == told
