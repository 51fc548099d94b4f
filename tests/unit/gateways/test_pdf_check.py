"""Hostile PDFs are refused with their reason, harmless ones are taken (B3, S45)."""

from __future__ import annotations

import os
import sys
import zlib
from collections.abc import Callable
from io import BytesIO

import pytest
from pypdf import PdfWriter
from pypdf.annotations import Link
from pypdf.generic import (
    ArrayObject,
    ByteStringObject,
    DictionaryObject,
    NameObject,
    NumberObject,
    StreamObject,
    TextStringObject,
)

from keyfob.domain.orders.signed_order import MOST_BYTES, Reason
from keyfob.gateways import pdf_check, pdf_inspection
from keyfob.gateways.pdf_check import refusal

PAGES = 50
Change = Callable[[PdfWriter], None]


def name(text: str) -> NameObject:
    return NameObject(f"/{text}")


def act(kind: str, **more: object) -> DictionaryObject:
    values = {name(key): value for key, value in more.items()}
    return DictionaryObject({name("S"): name(kind), **values})


def nothing(_writer: PdfWriter) -> None:
    """A harmless file."""


def pdf(change: Change = nothing, pages: int = 1) -> bytes:
    writer = PdfWriter()
    for _ in range(pages):
        writer.add_blank_page(width=595, height=842)
    change(writer)
    written = BytesIO()
    writer.write(written)
    return written.getvalue()


def inspected(content: bytes) -> str:
    """The program's answer, without its process."""
    return pdf_inspection.refusal(content, PAGES)


def opens(what: DictionaryObject | ArrayObject) -> Change:
    def change(writer: PdfWriter) -> None:
        writer.root_object[name("OpenAction")] = what

    return change


def annotated(kind: str, **more: object) -> Change:
    def change(writer: PdfWriter) -> None:
        values = {name(key): value for key, value in more.items()}
        one = DictionaryObject({name("Type"): name("Annot"), name("Subtype"): name(kind), **values})
        writer.pages[0][name("Annots")] = ArrayObject([writer._add_object(one)])

    return change


def scripted(writer: PdfWriter) -> None:
    script = writer._add_object(act("JavaScript", JS=TextStringObject("app.alert(1)")))
    names = DictionaryObject({name("Names"): ArrayObject([TextStringObject("a"), script])})
    writer.root_object[name("Names")] = DictionaryObject({name("JavaScript"): names})


def attached(writer: PdfWriter) -> None:
    writer.add_attachment("invoice.exe", b"MZ")


def specified(writer: PdfWriter) -> None:
    """A file that only its specification names."""
    inside = DictionaryObject({name("EF"): DictionaryObject()})
    writer._add_object(inside)


def triggered(writer: PdfWriter) -> None:
    writer.pages[0][name("AA")] = DictionaryObject({name("O"): act("URI")})


def formed(writer: PdfWriter) -> None:
    form = DictionaryObject({name("XFA"): TextStringObject("<xdp/>")})
    writer.root_object[name("AcroForm")] = form


def hidden(writer: PdfWriter) -> None:
    """A script that nothing refers to."""
    writer._add_object(act("JavaScript", JS=TextStringObject("app.alert(1)")))


def indirect(writer: PdfWriter) -> None:
    """An action whose kind is an object of its own."""
    kind = writer._add_object(name("ImportData"))
    writer.pages[0][name("X")] = DictionaryObject({name("S"): kind})


def linked(writer: PdfWriter) -> None:
    writer.add_annotation(0, Link(rect=(0, 0, 9, 9), url="https://acme.example"))


HOSTILE: list[tuple[Change, Reason]] = [
    (scripted, Reason.ACTIVE),
    (hidden, Reason.ACTIVE),
    (indirect, Reason.ACTIVE),
    (triggered, Reason.ACTIVE),
    (formed, Reason.ACTIVE),
    (opens(act("Launch", F=TextStringObject("calc.exe"))), Reason.ACTIVE),
    (opens(act("URI", URI=TextStringObject("https://evil.example"))), Reason.ACTIVE),
    (annotated("Link", A=act("SubmitForm")), Reason.ACTIVE),
    (annotated("Link", A=act("GoToR")), Reason.ACTIVE),
    *(
        (annotated("Link", A=act("URI", URI=TextStringObject(one))), Reason.ACTIVE)
        for one in (
            "javascript:app.alert(1)",
            "Java\tscript:app.alert(1)",
            "file:///etc/passwd",
            "data:text/html,x",
            "\\\\evil.example\\share",
        )
    ),
    (annotated("Link", A=act("URI", URI=ByteStringObject(b"javascript:x"))), Reason.ACTIVE),
    (annotated("FileAttachment"), Reason.EMBEDDED),
    (attached, Reason.EMBEDDED),
    (specified, Reason.EMBEDDED),
    (annotated("RichMedia"), Reason.MULTIMEDIA),
    (annotated("Screen"), Reason.MULTIMEDIA),
]


@pytest.mark.parametrize(("change", "reason"), HOSTILE)
def test_what_could_run_or_hide_something_is_refused_with_its_reason_B3_S45(
    change: Change, reason: Reason
) -> None:
    assert inspected(pdf(change)) == reason


def test_a_name_in_other_letters_is_the_same_name_B3_S45() -> None:
    written = pdf(opens(act("Launch"))).replace(b"/Launch", b"/L#61unch")
    assert inspected(written) == Reason.ACTIVE


def test_an_object_that_the_files_list_leaves_out_is_found_B3_S45() -> None:
    for name in (b"/JavaScript", b"/J#61vaScript"):
        extra = b"99 0 obj\n<< /S " + name + b" /JS (app.alert(1)) >>\nendobj\n"
        assert inspected(pdf() + extra) == Reason.ACTIVE


def test_an_encrypted_file_is_refused_B3_S45() -> None:
    assert inspected(pdf(lambda writer: writer.encrypt("secret"))) == Reason.ENCRYPTED
    assert inspected(pdf(lambda writer: writer.encrypt("", "owner"))) == Reason.ENCRYPTED


def test_more_than_fifty_pages_are_refused_B3_S45() -> None:
    assert inspected(pdf(pages=PAGES)) == ""
    assert inspected(pdf(pages=PAGES + 1)) == Reason.TOO_MANY_PAGES


def unlinked(writer: PdfWriter) -> None:
    """Pages that no reader shows, or perhaps one does."""
    for _ in range(PAGES):
        writer._add_object(DictionaryObject({name("Type"): name("Page")}))


def repeated(writer: PdfWriter) -> None:
    """One page, shown again and again."""
    tree = writer.root_object[name("Pages")]
    kids = tree[name("Kids")]  # type: ignore[index]
    tree[name("Kids")] = ArrayObject([kids[0]] * (PAGES + 1))  # type: ignore[index]
    tree[name("Count")] = NumberObject(PAGES + 1)  # type: ignore[index]


@pytest.mark.parametrize("change", [unlinked, repeated])
def test_pages_count_however_they_are_listed_B3_S45(change: Change) -> None:
    assert inspected(pdf(change)) == Reason.TOO_MANY_PAGES


def test_a_file_of_very_many_objects_is_too_complex_S45(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pdf_inspection, "_MOST_OBJECTS", 10)
    assert inspected(pdf()) == Reason.TOO_COMPLEX


def test_the_program_limits_itself_before_it_reads_S45(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    done: list[str] = []

    class Input:
        @property
        def buffer(self) -> BytesIO:
            done.append("read")
            return BytesIO(b"no PDF")

    monkeypatch.setattr(pdf_inspection, "limit", lambda: done.append("limited"))
    monkeypatch.setattr(sys, "stdin", Input())
    monkeypatch.setattr(sys, "argv", ["pdf_inspection", "50"])
    pdf_inspection.main()
    assert done == ["limited", "read"]
    assert capsys.readouterr().out == "inspected no_pdf"


def test_a_file_without_pages_is_damaged_B3() -> None:
    assert inspected(pdf(pages=0)) == Reason.DAMAGED


HARMLESS: list[Change] = [
    nothing,
    opens(ArrayObject([NumberObject(0), name("Fit")])),
    opens(act("GoTo", D=ArrayObject([NumberObject(0), name("Fit")]))),
    lambda writer: writer.add_metadata({"/Title": "PO 7: /JS, /AA"}),
    linked,
    annotated("Link", A=act("URI", URI=TextStringObject("mailto:ap@acme.example"))),
    annotated("Link", A=act("URI", URI=TextStringObject("www.acme.example:443/po?x=a:b"))),
]


@pytest.mark.parametrize("change", HARMLESS)
def test_a_usual_file_is_taken_B3(change: Change) -> None:
    assert inspected(pdf(change)) == ""


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", Reason.SIZE),
        (b"%PDF-" + b"x" * MOST_BYTES, Reason.SIZE),
        (b"X5O!P%@AP[4-PZX54(P^)7CC)7}$NO-TEST-FILE!", Reason.NO_PDF),
        (b"<html>%PDF-1.7</html>", Reason.NO_PDF),
        (b"%PDF-1.7 and nothing else", Reason.DAMAGED),
        (pdf(scripted), Reason.ACTIVE),
        (pdf(), None),
    ],
)
def test_the_check_has_it_inspected_in_a_process_of_its_own_B3_S45(
    content: bytes, reason: Reason | None
) -> None:
    assert refusal(content, PAGES) is reason


def bomb() -> bytes:
    """Objects in a stream that is a thousand times as large once it is read."""

    def change(writer: PdfWriter) -> None:
        stream = StreamObject()
        stream._data = zlib.compress(b" " * 200_000_000, 9)
        stream[name("Filter")] = name("FlateDecode")
        stream[name("Type")] = name("ObjStm")
        stream[name("N")] = NumberObject(1)
        stream[name("First")] = NumberObject(8)
        writer._add_object(stream)

    return pdf(change)


def test_a_file_that_exhausts_its_reader_is_refused_S45(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two programs stand for the inspection: one that wants memory, one that never ends."""
    monkeypatch.setattr(pdf_check, "_PROGRAM", "tests.support.hungry")
    assert refusal(pdf(), PAGES) is Reason.TOO_COMPLEX
    monkeypatch.setattr(pdf_check, "_PROGRAM", "tests.support.endless")
    monkeypatch.setattr(pdf_check, "_SECONDS", 1)
    assert refusal(pdf(), PAGES) is Reason.TOO_COMPLEX


def test_a_bomb_ends_in_an_answer_S45() -> None:
    assert refusal(bomb(), PAGES) in {None, Reason.DAMAGED, Reason.TOO_COMPLEX}


def test_no_variable_of_ours_reaches_the_program_S19(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(os.environ, "AWS_SECRET_ACCESS_KEY", "secret")
    assert set(pdf_check._environment()) <= {"PYTHONPATH", "PATH", "LD_LIBRARY_PATH"}
