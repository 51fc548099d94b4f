"""Orders' documents as PDF: amounts, language, accessibility, and text is text (B3, S51)."""

from __future__ import annotations

import re
from dataclasses import replace
from io import BytesIO
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pypdf import PdfReader

from keyfob.domain.orders.document import content, quoted
from keyfob.domain.orders.document_kind import DocumentKind
from keyfob.domain.orders.given_back import GivenBack, Refund
from keyfob.domain.orders.line import Line
from keyfob.domain.orders.order import Order, State
from keyfob.domain.orders.quote import Quote, quote_of
from keyfob.domain.policy import Policy
from keyfob.gateways import order_typesetting
from keyfob.gateways.order_typesetting import TypstDocuments, Untypesettable
from keyfob.usecases.messages.words import Words
from keyfob.usecases.orders.document_text import Seller, plain, worded
from tests.support.builders import ADDRESS, a_line, an_invoice_order, an_order_in

SELLER = Seller(
    name="Keyfob",
    address=("1 Harbor Way", "Portland OR 97201"),
    portal="https://portal.example",
    support="help@keyfob.example",
)
PAID = an_order_in(State.PAID)
TYPESET = TypstDocuments()
CONFIRMATION = DocumentKind.CONFIRMATION


def pdf(order: Order = PAID, kind: DocumentKind = CONFIRMATION, language: str = "en") -> bytes:
    return TYPESET(worded(content(order, kind), language, "UTC", SELLER))


def quote_pdf(quote: Quote, organization: str = "Acme", language: str = "en") -> bytes:
    return TYPESET(worded(quoted(quote, organization), language, "UTC", SELLER))


def text(made: bytes) -> str:
    pages = PdfReader(BytesIO(made)).pages
    return " ".join(" ".join(page.extract_text() for page in pages).split())


def root(made: bytes) -> Any:
    return PdfReader(BytesIO(made)).trailer["/Root"]


def kinds_of_tags(made: bytes) -> set[str]:
    found, waiting = set(), [root(made)["/StructTreeRoot"]]
    while waiting:
        node = waiting.pop().get_object()
        if isinstance(node, list):
            waiting += node
        elif isinstance(node, dict):
            found.add(str(node.get("/S", "")))
            waiting += [node["/K"]] if "/K" in node else []
    return found


def test_a_confirmation_says_all_about_the_order_B3() -> None:
    shown = text(pdf())
    for part in (
        "Order confirmation SO-10001",
        "Harbor Way",
        "Ada Byron",
        "Springfield",
        "PO-7",
        "Hardware token, 1 year",
        "USD 170.00",
        "USD 14.03",
        "USD 184.03",
        "This order is paid.",
    ):
        assert part in shown, part


def test_it_says_what_was_accepted_and_how_it_is_taxed_B1_B3() -> None:
    note = "Reverse charge: the buyer owes the tax."
    order = replace(PAID, vat_id="DE123456789", tax_note=note, disclaimer="2026-11")
    shown = text(pdf(order))
    for part in ("VAT id of the buyer: DE123456789", note, "Version of the disclaimer: 2026-11"):
        assert part in shown, part
    assert "VAT id" not in text(pdf())


def test_it_is_in_the_readers_language_and_says_so_B3() -> None:
    german = pdf(language="de-AT")
    shown = text(german)
    assert "Auftragsbestätigung SO-10001" in shown
    assert "USD 184,03" in shown
    assert (root(german)["/Lang"], root(pdf(language="fi"))["/Lang"]) == ("de", "en")


def test_it_is_accessible_by_pdf_ua_1_B3() -> None:
    made = root(pdf())
    assert made["/MarkInfo"]["/Marked"]
    assert made["/ViewerPreferences"]["/DisplayDocTitle"]
    assert b"<pdfuaid:part>1</pdfuaid:part>" in made["/Metadata"].get_data()
    assert {"/Table", "/TH", "/TD", "/H1"} <= kinds_of_tags(pdf())
    title = PdfReader(BytesIO(pdf())).metadata["/Title"]  # type: ignore[index]
    assert title == "Order confirmation SO-10001"


def test_a_packing_slip_has_instructions_and_no_amounts_B5() -> None:
    shown = text(pdf(kind=DocumentKind.PACKING_SLIP))
    assert "Packing slip SO-10001" in shown
    assert "Register the token" in shown
    assert "USD" not in shown


def test_a_quote_says_how_to_pay_B3() -> None:
    shown = text(pdf(an_order_in(State.AWAITING_PAYMENT), DocumentKind.QUOTE))
    assert "Quote SO-10001" in shown
    assert "not paid yet. Pay it by card at https://portal.example until" in shown


QUOTE = quote_of(PAID, "QU-10001", Policy())


def test_a_quote_before_an_order_says_for_whom_and_until_when_B3() -> None:
    made = quote_pdf(replace(QUOTE, vat_id="DE123456789", tax_note="Reverse charge"))
    shown = text(made)
    until = Words("en", "UTC").moment(QUOTE.until)
    for part in (
        "Quote: QU-10001",
        f"Good until: {until}",
        "Buyer",
        "Acme",
        "VAT id of the buyer: DE123456789",
        "Reverse charge",
        "Hardware token, 1 year",
        "USD 170.00",
        "USD 184.03",
        f"has these prices until {until}. Name the quote QU-10001",
    ):
        assert part in shown, part
    assert not any(part in shown for part in ("Ordered", "Shipping", "Billing", "paid"))
    assert PdfReader(BytesIO(made)).metadata["/Title"] == "Quote QU-10001"  # type: ignore[index]
    assert b"<pdfuaid:part>1</pdfuaid:part>" in root(made)["/Metadata"].get_data()


def test_a_quote_is_in_its_readers_language_B3() -> None:
    shown = text(quote_pdf(QUOTE, language="de"))
    assert "Angebot: QU-10001" in shown
    assert "Gültig bis: " in shown


def test_a_copy_of_an_invoice_says_what_remains_and_what_to_quote_B3_B4() -> None:
    order = an_invoice_order()
    assert order.invoice
    partly = replace(order, invoice=replace(order.invoice, paid=10_000))
    shown = text(pdf(partly, DocumentKind.INVOICE))
    for part in (
        "Copy of the invoice for order SO-10001",
        f"Invoice: {order.invoice.number}",
        "Due on:",
        "Total: USD 184.03",
        "Received: USD 100.00",
        "Still to be paid: USD 84.03",
        "Give SO-10001 as the reference",
    ):
        assert part in shown, part


def test_a_refunded_order_says_what_went_back_B4() -> None:
    refund = Refund(id="re_1", payment="pi_1", amount=9_202, status="succeeded")
    order = replace(PAID, given_back=GivenBack(refunds=(refund,)))
    assert "Given back: USD 92.02" in text(pdf(order))
    assert "Given back" not in text(pdf())


some_lines = st.lists(
    st.builds(
        a_line,
        quantity=st.integers(1, 100),
        unit_price=st.integers(0, 999_999),
        tax=st.integers(0, 9_999_999),
        tax_rate=st.sampled_from([None, 0, 700, 825, 1_900]),
    ),
    min_size=1,
    max_size=20,
)


@settings(max_examples=8, deadline=None)
@given(some_lines, st.sampled_from(["USD", "EUR", "JPY"]), st.sampled_from(["en", "de"]))
def test_every_amount_in_it_is_the_orders_B3(
    some: list[Line], currency: str, language: str
) -> None:
    order = replace(PAID, lines=tuple(some), currency=currency)
    shown = text(pdf(order, language=language))
    words = Words(language, "UTC")
    sums = content(order, CONFIRMATION).taxes
    expected = [amount for line in some for amount in (line.unit_price, line.net)]
    expected += [order.net, *(one.tax for one in sums), order.total]
    pattern = rf"{currency} [\d.,]*\d"
    assert re.findall(pattern, shown) == [words.money(one, currency) for one in expected]


HOSTILE = [
    '#import "@preview/x:1.0.0": *',
    '#read("/etc/passwd")',
    "$x^2$ *bold* _it_ `raw` = heading",
    "<b>Ada</b> <label> @reference",
    'quote " backslash \\ \\u{41} // comment /* more */',
    "Łukasz Ølsen Ωmega Жукова ß",
    "%(portal)s {{ support }} {% raw %}",
]


@pytest.mark.parametrize("name", HOSTILE)
def test_an_organizations_name_is_text_in_a_quote_S51(name: str) -> None:
    shown = "".join(text(quote_pdf(QUOTE, name)).split())
    assert "".join(name.split()) in shown


@pytest.mark.parametrize("name", HOSTILE)
def test_text_is_text_whatever_it_looks_like_S51(name: str) -> None:
    order = replace(
        PAID,
        po_number=name,
        lines=(a_line(name=name),),
        shipping=replace(ADDRESS, name=name),
        billing=replace(ADDRESS, line1=name),
    )
    # A narrow column breaks it anywhere.
    assert "".join(text(pdf(order)).split()).count("".join(name.split())) == 4


def test_nothing_breaks_a_line_or_turns_the_direction_of_writing_S51() -> None:
    assert plain("Ada\u202e 00.1 DSU\x00\n\u2066Byron") == "Ada 00.1 DSU Byron"
    order = replace(PAID, shipping=replace(ADDRESS, name="Ada\u202eByron\nRow\t2"))
    shown = text(pdf(order))
    assert "Ada Byron Row 2" in shown
    assert "\u202e" not in shown


@pytest.mark.parametrize("name", ["王小明", "Ada \U0001f600 Byron", "Ada \ufdd0"])
def test_a_name_that_no_font_has_is_replaced_and_the_rest_is_whole_B3(name: str) -> None:
    made = pdf(replace(PAID, shipping=replace(ADDRESS, name=name)))
    assert "\ufffd" in text(made)
    assert "USD 184.03" in text(made)
    assert b"<pdfuaid:part>1</pdfuaid:part>" in root(made)["/Metadata"].get_data()


def test_a_character_that_no_font_has_in_covered_ranges_costs_the_standard_only_B3(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(order_typesetting, "_COVERED", ((0x20, 0x10FFFF),))
    made = pdf(replace(PAID, shipping=replace(ADDRESS, name="Ada \u738b")))
    assert "USD 184.03" in text(made)
    assert b"pdfuaid" not in made


def test_a_template_that_can_not_be_typeset_is_an_error_of_ours(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    broken = TypstDocuments()
    monkeypatch.setitem(vars(broken), "_template", b"#panic()")
    with pytest.raises(Untypesettable):
        broken(worded(content(PAID, CONFIRMATION), "en", "UTC", SELLER))


def test_the_same_document_has_the_same_bytes_S42() -> None:
    assert pdf() == pdf()
