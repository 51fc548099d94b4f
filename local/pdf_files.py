"""PDF files as people upload and read them in the demo."""

from __future__ import annotations

from io import BytesIO

from pypdf import PdfReader, PdfWriter
from pypdf.actions import JavaScript


def signed_order(*, script: bool = False) -> bytes:
    """A purchase order of one page, with a script in it if wanted."""
    writer = PdfWriter()
    writer.add_blank_page(width=595, height=842)
    if script:
        writer.add_open_action(JavaScript("app.alert('Pay me twice');"))
    stored = BytesIO()
    writer.write(stored)
    return stored.getvalue()


def text_of(content: bytes) -> str:
    """All text of a PDF file, its blanks made single."""
    pages = PdfReader(BytesIO(content)).pages
    return " ".join(" ".join(page.extract_text() for page in pages).split())
