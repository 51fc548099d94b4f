"""Typesets orders' documents as PDF with PyPI's `typst`, whose layer few functions mount.

Accessible by PDF/UA-1, and the same bytes for the same document, as letters are. Other than a
letter, a document whose text has characters that no font has is made all the same: each of them
becomes U+FFFD, since an order must not lack its documents because of a name.
"""

from __future__ import annotations

import json
from dataclasses import asdict
from functools import cached_property
from importlib.resources import files
from typing import Literal

import typst

from keyfob.usecases.orders.document_text import DocumentText

_TEMPLATE = "order-document.typ"
# Any fixed instant: a document's bytes don't depend on when they are made.
_TIMESTAMP = 0
_UNKNOWN = "\ufffd"
# Latin, Greek and Cyrillic, punctuation and currencies: typst's own fonts have nearly all of them.
_COVERED = ((0x20, 0x052F), (0x1E00, 0x1FFF), (0x2010, 0x205E), (0x20A0, 0x20BF))


class Untypesettable(Exception):
    """A document that can't be typeset, whatever its text; an error of ours."""


class TypstDocuments:
    """Typesets documents."""

    def __call__(self, text: DocumentText) -> bytes:
        """The document as PDF.

        Raises:
            Untypesettable: its template has an error.
        """
        written = json.dumps(asdict(text), ensure_ascii=False)
        replaced = "".join(map(_covered, written))
        # The last form is not accessible: a font lacks even a character of the covered ranges.
        made = self._made(written) or self._made(replaced) or self._made(replaced, "1.7")
        if made is None:
            raise Untypesettable
        return made

    def _made(self, content: str, standard: Literal["ua-1", "1.7"] = "ua-1") -> bytes | None:
        try:
            # A compiler that has its template as bytes compiles once.
            compiler = typst.Compiler(
                self._template, font_paths=self._fonts, ignore_system_fonts=True
            )
            made = compiler.compile(
                format="pdf",
                sys_inputs={"document": content},
                pdf_standards=standard,
                timestamp=_TIMESTAMP,
            )
        except typst.TypstError:
            # Its message may quote the document.
            return None
        return made if isinstance(made, bytes) else None

    @cached_property
    def _template(self) -> bytes:
        return (files("keyfob.gateways") / _TEMPLATE).read_bytes()

    @cached_property
    def _fonts(self) -> typst.Fonts:
        # Typst's own, and none of the machine's: a document looks the same wherever it is made.
        return typst.Fonts(include_system_fonts=False)


def _covered(character: str) -> str:
    known = any(first <= ord(character) <= last for first, last in _COVERED)
    return character if known else _UNKNOWN
