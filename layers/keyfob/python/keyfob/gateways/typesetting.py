"""Typesets letters as PDF with PyPI's `typst`, whose layer only the letters' job mounts.

Accessible by PDF/UA-1: tagged, with a title and a language. The same letter always gives the same
bytes. Fonts are typst's own: Latin, Greek and Cyrillic; a name in another script is refused, since
a letter with blanks in its address would reach nobody.
"""

from __future__ import annotations

import json
from dataclasses import asdict
from functools import cached_property
from importlib.resources import files

import typst

from keyfob.usecases.proofing.letter_text import LetterText, Unprintable

_TEMPLATE = "letter.typ"
# Any fixed instant: a letter's bytes don't depend on when they are made.
_TIMESTAMP = 0


class TypstTypesetting:
    """Typesets letters."""

    def __call__(self, text: LetterText) -> bytes:
        """The letter as PDF.

        Raises:
            Unprintable: it has characters that no font has.
        """
        written = json.dumps(asdict(text), ensure_ascii=False)
        try:
            # A compiler that has its template as bytes compiles once.
            compiler = typst.Compiler(
                self._template, font_paths=self._fonts, ignore_system_fonts=True
            )
            made = compiler.compile(
                format="pdf",
                sys_inputs={"letter": written},
                pdf_standards="ua-1",
                timestamp=_TIMESTAMP,
            )
        except typst.TypstError:
            # Its message may quote the letter.
            raise Unprintable from None
        if not isinstance(made, bytes):
            raise TypeError("typst made no PDF")
        return made

    @cached_property
    def _template(self) -> bytes:
        return (files("keyfob.gateways") / _TEMPLATE).read_bytes()

    @cached_property
    def _fonts(self) -> typst.Fonts:
        # Typst's own, and none of the machine's: a letter looks the same wherever it is made.
        return typst.Fonts(include_system_fonts=False)
