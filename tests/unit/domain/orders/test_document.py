"""What stands in an order's documents (B3)."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keyfob.domain.errors import NotFound
from keyfob.domain.orders.document import Buyer, Content, Settlement, TaxSum, content, quoted
from keyfob.domain.orders.document_kind import (
    FOR_BUYERS,
    DocumentId,
    DocumentKind,
    require,
)
from keyfob.domain.orders.given_back import GivenBack
from keyfob.domain.orders.line import Line
from keyfob.domain.orders.order import Order, State
from keyfob.domain.orders.payment_method import PaymentMethod
from keyfob.domain.orders.product_kind import ProductKind
from keyfob.domain.orders.quote import quote_of
from keyfob.domain.policy import Policy
from tests.support.builders import a_line, an_invoice_order, an_order

CONFIRMATION, SLIP = DocumentKind.CONFIRMATION, DocumentKind.PACKING_SLIP

lines = st.lists(
    st.builds(
        Line,
        product=st.just("p"),
        name=st.just("A token"),
        kind=st.sampled_from([ProductKind.HARDWARE_TOKEN, ProductKind.PHONE]),
        proofing=st.booleans(),
        quantity=st.integers(1, 100),
        unit_price=st.integers(0, 99_999),
        tax=st.integers(0, 99_999),
        tax_rate=st.sampled_from([None, 0, 700, 825, 1_900]),
    ),
    min_size=1,
    max_size=20,
)


@given(lines)
def test_its_amounts_are_the_orders_B3(some: list[Line]) -> None:
    order = an_order(lines=tuple(some))
    found = content(order, CONFIRMATION)
    assert (found.net, found.tax, found.total) == (order.net, order.tax, order.total)
    assert [(row.net, row.tax) for row in found.rows] == [(one.net, one.tax) for one in some]
    assert sum(one.net for one in found.taxes) == order.net
    assert sum(one.tax for one in found.taxes) == order.tax
    assert len({one.rate for one in found.taxes}) == len(found.taxes)


@given(lines)
def test_a_quotes_document_has_its_amounts_and_its_last_day_B3(some: list[Line]) -> None:
    quote = quote_of(an_order(lines=tuple(some), vat_id="DE1"), "QU-10001", Policy())
    found = quoted(quote, "Acme")
    assert (found.net, found.tax, found.total) == (quote.net, quote.tax, quote.total)
    assert [(row.net, row.tax) for row in found.rows] == [(one.net, one.tax) for one in some]
    assert sum(one.tax for one in found.taxes) == quote.tax
    assert (found.number, found.made_at, found.until) == ("QU-10001", quote.made_at, quote.until)
    assert (found.kind, found.settlement) == (DocumentKind.QUOTE, Settlement.QUOTED)
    assert (found.buyer, found.vat_id) == (Buyer(name="Acme", country=quote.country), "DE1")
    assert (found.shipping, found.billing) == (None, None)


def test_taxes_are_summed_by_rate_B3() -> None:
    some = [
        a_line(quantity=1, unit_price=100, tax=19, tax_rate=1_900),
        a_line(quantity=1, unit_price=200, tax=14, tax_rate=700),
        a_line(quantity=1, unit_price=300, tax=57, tax_rate=1_900),
        a_line(quantity=1, unit_price=400, tax=0, tax_rate=None),
    ]
    assert content(an_order(lines=tuple(some)), CONFIRMATION).taxes == (
        TaxSum(rate=None, net=400, tax=0),
        TaxSum(rate=700, net=200, tax=14),
        TaxSum(rate=1_900, net=400, tax=76),
    )


def test_a_packing_slip_has_only_what_is_sent_B5() -> None:
    token, phone = a_line(name="Token"), a_line(name="Phone", kind=ProductKind.PHONE)
    found = content(an_order(lines=(token, phone)), SLIP)
    assert [row.name for row in found.rows] == ["Token"]


def test_a_packing_slip_has_no_token_whose_money_went_back_B5_S40() -> None:
    order = an_order(lines=(a_line(name="Token", quantity=3), a_line(name="Other", quantity=1)))
    order = replace(order, given_back=GivenBack(undone=frozenset({0, 3})))
    assert [(row.name, row.quantity) for row in content(order, SLIP).rows] == [("Token", 2)]


@pytest.mark.parametrize(
    ("state", "settlement"),
    [
        (State.AWAITING_PAYMENT, Settlement.BY_CARD),
        (State.PAID, Settlement.PAID),
        (State.FULFILLED, Settlement.PAID),
        (State.HELD, Settlement.HELD),
    ],
)
def test_it_says_whether_the_order_is_paid_B3(state: State, settlement: Settlement) -> None:
    found: Content = content(an_order(state=state), CONFIRMATION)
    assert found.settlement is settlement


def test_an_order_by_invoice_says_so_B3() -> None:
    by_invoice = an_order(method=PaymentMethod.INVOICE)
    assert content(by_invoice, CONFIRMATION).settlement is Settlement.BY_INVOICE
    paid = replace(by_invoice, state=State.PAID)
    assert content(paid, CONFIRMATION).settlement is Settlement.PAID


def has(order: Order) -> set[str]:
    found = set()
    for kind in DocumentKind:
        try:
            require(order, kind)
        except NotFound:
            continue
        found.add(str(kind))
    return found


@pytest.mark.parametrize(
    ("state", "kinds"),
    [
        (State.AWAITING_PAYMENT, {"confirmation", "quote"}),
        (State.PAID, {"confirmation", "packing-slip"}),
        (State.FULFILLED, {"confirmation", "packing-slip"}),
        (State.HELD, {"confirmation"}),
        (State.CANCELED, set()),
        (State.EXPIRED, set()),
    ],
)
def test_an_order_has_the_documents_of_its_state_B3(state: State, kinds: set[str]) -> None:
    assert has(an_order(state=state)) == kinds


def test_an_order_with_an_invoice_has_a_copy_of_it_until_it_ends_B3() -> None:
    order = an_invoice_order()
    assert has(order) == {"confirmation", "quote", "invoice"}
    assert has(replace(order, state=State.CANCELED)) == set()
    assert has(replace(order, invoice=None)) == {"confirmation", "quote"}


def test_the_copy_of_an_invoice_says_what_was_paid_and_what_remains_B4() -> None:
    order = an_invoice_order()
    assert order.invoice
    partly = replace(order, invoice=replace(order.invoice, paid=10_000))
    billed = content(partly, DocumentKind.INVOICE).invoice
    assert billed
    assert (billed.paid, billed.remaining) == (10_000, order.total - 10_000)
    assert (billed.number, billed.due_at) == (order.invoice.number, order.invoice.due_at)


def test_nothing_to_send_needs_no_packing_slip_B5() -> None:
    phone = an_order(state=State.PAID, lines=(a_line(kind=ProductKind.PHONE),))
    assert has(phone) == {"confirmation"}
    both = replace(phone, lines=(*phone.lines, a_line(kind=ProductKind.ADDED_TOKEN)))
    assert has(both) == {"confirmation", "packing-slip"}


def test_a_documents_file_is_that_of_its_version_and_language_B3() -> None:
    one = DocumentId(number="SO-10001", kind=CONFIRMATION, version=3, language="de")
    assert one.file == "SO-10001/confirmation-3-de.pdf"
    assert (one.subject, one.part) == ("DOCUMENT#SO-10001", "confirmation-3-de")
    assert SLIP not in FOR_BUYERS
