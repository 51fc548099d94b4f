"""Text that people type and paste, by Unicode's categories (S65)."""

from __future__ import annotations

import sys
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keyfob.domain import text
from tests.support.examples import steady

BLANKS = {
    "space": " ",
    "tab": "\t",
    "line feed": "\n",
    "carriage return": "\r",
    "next line": "\x85",
    "no-break space": "\u00a0",
    "narrow no-break space": "\u202f",
    "figure space": "\u2007",
    "ideographic space": "\u3000",
    "line separator": "\u2028",
    "paragraph separator": "\u2029",
    "soft hyphen": "\u00ad",
    "zero-width space": "\u200b",
    "zero-width non-joiner": "\u200c",
    "zero-width joiner": "\u200d",
    "word joiner": "\u2060",
    "byte order mark": "\ufeff",
    "left-to-right mark": "\u200e",
    "right-to-left mark": "\u200f",
    "embedding": "\u202a",
    "override": "\u202e",
    "pop": "\u202c",
    "isolate": "\u2068",
    "pop isolate": "\u2069",
    "Arabic letter mark": "\u061c",
    "Hangul filler": "\u3164",
    "blank of Braille": "\u2800",
}
DASHES = {
    "hyphen-minus": "-",
    "hyphen": "\u2010",
    "non-breaking hyphen": "\u2011",
    "figure dash": "\u2012",
    "en dash": "\u2013",
    "em dash": "\u2014",
    "bar": "\u2015",
    "minus sign": "\u2212",
    "small hyphen": "\ufe63",
    "full-width hyphen": "\uff0d",
    "mark of a long vowel": "\u30fc",
}
# Each changes the direction of writing (UAX 9).
BIDI = [*"\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"]
BREAKS = [*"\n\r\v\f\x85\u2028\u2029\x1c\x1d\x1e"]
CONTROLS = [chr(one) for one in (*range(32), *range(127, 160))]


@pytest.mark.parametrize("blank", BLANKS.values(), ids=BLANKS)
def test_every_blank_and_what_shows_nothing_is_dropped_S65(blank: str) -> None:
    assert text.without_blanks(f"{blank}12{blank}{blank}34{blank}") == "1234"


@pytest.mark.parametrize("dash", DASHES.values(), ids=DASHES)
def test_every_dash_is_one_dash_S65(dash: str) -> None:
    assert text.with_plain_dashes(f"A{dash}1") == "A-1"


def test_every_character_that_unicode_calls_a_blank_or_a_dash_is_one_S65() -> None:
    for character in map(chr, range(sys.maxunicode + 1)):
        kind = unicodedata.category(character)
        dropped = kind in {"Zs", "Zl", "Zp", "Cf"} or character.isspace()
        assert not dropped or text.without_blanks(character) == "", repr(character)
        assert kind != "Pd" or text.with_plain_dashes(character) == "-", repr(character)


def test_white_space_around_a_text_is_trimmed_but_no_other_control_S65() -> None:
    white = {one for one in map(chr, range(sys.maxunicode + 1)) if one.isspace()}
    kept = {one for one in white if text.trimmed(f"{one}A{one}") != "A"}
    assert kept == {*"\x1c\x1d\x1e\x1f"}


@pytest.mark.parametrize(
    "kept", ["\x00", "\x7f", "0", "A", "\u00e9", "\u0301", "-", "\u00b2", "\u0661"]
)
def test_nothing_else_is_dropped_S65(kept: str) -> None:
    assert text.without_blanks(kept) == kept


def test_full_width_letters_and_digits_are_those_of_ascii_S65() -> None:
    assert text.narrowed("\uff21\uff42\uff10\uff19\uff0b\uff0d") == "Ab09+-"
    assert text.letters_and_digits("\uff21\uff42\u3000\uff0d\uff10\uff19") == "Ab09"


@pytest.mark.parametrize("other", ["\u00b2", "\u2460", "\u00bd", "\u0663", "\U0001d7d8"])
def test_no_other_digit_becomes_one_of_ascii_S65(other: str) -> None:
    """A superscript or a fraction is no digit that somebody typed for a code."""
    assert text.letters_and_digits(other) == text.narrowed(other) == other


@pytest.mark.parametrize("evil", [*BIDI, *BREAKS, *CONTROLS], ids=lambda one: f"{ord(one):04X}")
@pytest.mark.parametrize("form", ["A{}B", "{}A", "A{}"])
def test_a_line_has_no_control_no_break_and_nothing_that_turns_the_writing_S51_S65(
    evil: str, form: str
) -> None:
    typed = form.format(evil)
    around = evil.isspace() and evil not in "\x1c\x1d\x1e\x1f" and form != "A{}B"
    assert text.line(typed) == ("A" if around else None)


INVISIBLE = [
    "\x1c",
    "\u200b",
    "\u200b\u200b",
    "\u2060",
    "\ufeff",
    "\u00ad",
    "\u200d",
    "\u3164",
    "\u115f\u1160",
    "\uffa0",
    "\u2800\u2800",
    "\u180e",
    "\u0301",
    "\ufe0f",
    "\U000e0041",
    " \u200b ",
]


@pytest.mark.parametrize("typed", INVISIBLE, ids=ascii)
def test_a_line_of_what_shows_nothing_is_none_S65(typed: str) -> None:
    assert text.line(typed) is None


@pytest.mark.parametrize(
    ("typed", "line"),
    [
        ("", ""),
        ("  ", ""),
        (" Ada ", "Ada"),
        ("\ufeffAda\u200b ", "Ada"),
        ("\ufeff\nAda\r\n\u00a0", "Ada"),
        ("Zoe\u0308", "Zo\u00eb"),
        ("Zo\u00eb O'Brien-\u03a9mega", "Zo\u00eb O'Brien-\u03a9mega"),
        ("\u0639\u0644\u06cc", "\u0639\u0644\u06cc"),
        (
            "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645",
            "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645",
        ),
        ("\u05d3\u05d5\u05d3", "\u05d3\u05d5\u05d3"),
        ("\U0001f4f1", "\U0001f4f1"),
        ("\U0001f469\u200d\U0001f4bb", "\U0001f469\u200d\U0001f4bb"),
        ("No. 5 / B", "No. 5 / B"),
        ("-", "-"),
    ],
)
def test_a_line_is_kept_as_it_is_read_S65(typed: str, line: str) -> None:
    assert text.line(typed) == line


@steady
@given(typed=st.text())
def test_a_line_is_the_same_the_second_time_S65(typed: str) -> None:
    once = text.line(typed)
    assert once is None or text.line(once) == once


@pytest.mark.parametrize("blank", BLANKS.values(), ids=BLANKS)
def test_a_key_loses_every_blank_and_what_shows_nothing_S65(blank: str) -> None:
    assert text.letters_and_digits(f"{blank}1A{blank}2B{blank}") == "1A2B"


@steady
@given(typed=st.text())
def test_letters_and_digits_are_all_that_is_left_of_a_key_S65(typed: str) -> None:
    left = text.letters_and_digits(typed)
    assert all(one.isalnum() for one in left)
    assert text.letters_and_digits(left) == left


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("Be kind.", "Be kind."),
        ("\r\n Be kind. \r\n\r\nStay so.\u00a0\n", "Be kind.\n\nStay so."),
        ("Cafe\u0301", "Café"),
        ("", None),
        (" \n\t\n", None),
        ("Be\x00kind.", None),
        ("One\nT\u202ewo", None),
    ],
)
def test_a_text_of_several_lines_keeps_these_and_is_read_like_each_of_them_S65(
    typed: str, read: str | None
) -> None:
    assert text.text(typed) == read
