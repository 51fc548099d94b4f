"""Letters as PDF: what stands in them, accessible, the same each time, and text is text (C2)."""

from __future__ import annotations

from dataclasses import replace
from io import BytesIO
from typing import Any

import pytest
from pypdf import PdfReader

from keyfob.domain.proofing.letter_content import Content
from keyfob.gateways.typesetting import TypstTypesetting
from keyfob.usecases.proofing.letter_text import Letterhead, Unprintable, worded

HEAD = Letterhead(sender="Keyfob", portal="https://portal.example", support="help@keyfob.example")
CONTENT = Content(
    name="Ada Byron",
    street="9 Ledger Row",
    city="Dallas",
    state="TX",
    postal_code="75201-1234",
    code="AB3DE-FGH7J-KMN0P",
)
TYPESET = TypstTypesetting()


def pdf(language: str = "en", **changes: str) -> bytes:
    return TYPESET(worded(replace(CONTENT, **changes), language, HEAD))


def text(made: bytes) -> str:
    [page] = PdfReader(BytesIO(made)).pages
    return " ".join(page.extract_text().split())


def root(made: bytes) -> Any:
    return PdfReader(BytesIO(made)).trailer["/Root"]


def test_a_letter_has_address_code_and_what_to_do_on_one_page_C2() -> None:
    shown = text(pdf())
    for part in ("Ada Byron", "9 Ledger Row", "Dallas TX 75201-1234", CONTENT.code, HEAD.portal):
        assert part in shown, part
    assert shown.count(CONTENT.code) == 1


def test_it_is_in_the_readers_language_and_says_so_C2() -> None:
    german = pdf("de-AT")
    assert "Ihr Aktivierungscode von Keyfob" in text(german)
    assert (root(german)["/Lang"], root(pdf("fi"))["/Lang"]) == ("de", "en")


def test_it_is_accessible_by_pdf_ua_1_C2() -> None:
    made = root(pdf())
    assert made["/MarkInfo"]["/Marked"]
    assert made["/ViewerPreferences"]["/DisplayDocTitle"]
    assert b"<pdfuaid:part>1</pdfuaid:part>" in made["/Metadata"].get_data()
    kinds = str(made["/StructTreeRoot"].get_object())
    assert "/K" in kinds
    assert PdfReader(BytesIO(pdf())).metadata["/Title"] == "Your activation code from Keyfob"  # type: ignore[index]


def test_the_same_letter_has_the_same_bytes_S42() -> None:
    assert pdf() == pdf()
    assert pdf() != pdf(code="AB3DE-FGH7J-KMN0Q")


HOSTILE = [
    '#import "@preview/x:1.0.0": *',
    "#panic()",
    '#read("/etc/passwd")',
    "$x^2$ *bold* _it_ `raw` = heading",
    "<b>Ada</b> <label> @reference",
    'quote " backslash \\ \\u{41} // comment /* more */',
    "Łukasz Ølsen Ωmega Жукова ß",
    "{} [] #[] ~ -- --- ...",
]


@pytest.mark.parametrize("name", HOSTILE)
def test_text_is_text_whatever_it_looks_like_S51(name: str) -> None:
    assert name in text(pdf(name=name))


@pytest.mark.parametrize("field", ["street", "city"])
def test_so_is_the_address_S51(field: str) -> None:
    assert HOSTILE[0] in text(pdf(**{field: HOSTILE[0]}))


def test_a_name_that_no_font_has_is_refused_without_repeating_it_S47() -> None:
    with pytest.raises(Unprintable) as refused:
        pdf(name="王小明")
    assert "王" not in repr(refused.value)
    assert refused.value.__cause__ is None
    assert refused.value.__suppress_context__
