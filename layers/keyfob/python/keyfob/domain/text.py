"""Text that people type and paste, by Unicode's general categories (UAX 44). Pure.

Keyboards, editors and mail programs have many characters that look like a blank, like a dash or
like nothing. They are told apart here alone. Each function is applied where the text comes in.
"""

from __future__ import annotations

import re
import unicodedata

# Separators and formats; tabs and line feeds are controls, but blanks for `str.isspace`.
_BLANK = frozenset({"Zs", "Zl", "Zp", "Cf"})
# Letters and a symbol that are empty: Hangul's fillers and the blank of Braille.
_FILLERS = frozenset("\u115f\u1160\u2800\u3164\uffa0")
# The minus sign, and the mark of a long vowel, which Japanese keyboards have in the dash's place.
_MORE_DASHES = frozenset("\u2212\u30fc")
# Full-width forms of ASCII. Unicode's compatibility forms (NFKC) are more than people type: a
# superscript would become a digit.
_NARROW = {wide: wide - 0xFEE0 for wide in range(0xFF01, 0xFF5F)}
# Controls, line and paragraph separators, and everything that changes the direction of writing
# (UAX 9): these texts are shown in lines, on labels and in mails.
NO_LINE = r"\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069"
_NO_LINE = re.compile(f"[{NO_LINE}]")
# Left around a text by editors and web pages: white space (U+001C to U+001F are such for Python
# alone) and four that show nothing. A joiner or a tag may belong to the last character.
_AROUND = (
    "\t\n\v\f\r \x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a"
    "\u2028\u2029\u202f\u205f\u3000\u00ad\u200b\u2060\ufeff"
)
_SHOWN = frozenset("LNPS")


def narrowed(typed: str) -> str:
    """The text with ASCII's letters, digits and signs for their full-width forms."""
    return typed.translate(_NARROW)


def without_blanks(typed: str) -> str:
    """The text without blanks, line breaks and invisible characters."""
    return "".join(one for one in typed if not _is_blank(one))


def with_plain_dashes(typed: str) -> str:
    """The text with `-` for every dash."""
    return "".join("-" if _is_dash(one) else one for one in typed)


def letters_and_digits(typed: str) -> str:
    """The letters and digits of the text, of any script, full-width ones as ASCII."""
    return "".join(one for one in narrowed(typed) if one.isalnum() and one not in _FILLERS)


def trimmed(typed: str) -> str:
    """The text without the blanks and invisible characters that pasting leaves around it."""
    return typed.strip(_AROUND)


def line(typed: str) -> str | None:
    """The text as one line, trimmed and composed (NFC); it may be empty.

    None if it would break the line, has another control or changes the direction of writing, or if
    it has characters but shows none.
    """
    inner = trimmed(typed)
    if _NO_LINE.search(inner):
        return None
    if typed.strip() and not any(map(_is_shown, inner)):
        return None
    return unicodedata.normalize("NFC", inner)


def text(typed: str) -> str | None:
    """The text as lines, each trimmed and composed; blank lines only between two others.

    None if it shows nothing, or if a line can't be one.
    """
    lines: list[str] = []
    for one in typed.replace("\r\n", "\n").split("\n"):
        read = line(one)
        if read is None:
            return None
        lines.append(read)
    return "\n".join(lines).strip("\n") or None


def _is_blank(one: str) -> bool:
    return one.isspace() or one in _FILLERS or unicodedata.category(one) in _BLANK


def _is_dash(one: str) -> bool:
    return one in _MORE_DASHES or unicodedata.category(one) == "Pd"


def _is_shown(one: str) -> bool:
    return unicodedata.category(one)[0] in _SHOWN and one not in _FILLERS
