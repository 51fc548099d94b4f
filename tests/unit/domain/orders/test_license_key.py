"""License keys that people read, say and type (S27)."""

from __future__ import annotations

import re

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from keyfob.domain.errors import InvalidInput
from keyfob.domain.ids import CROCKFORD
from keyfob.domain.orders import license_key
from tests.support.examples import steady

keys = st.integers(0, 2**90 - 1).map(license_key.written)


def test_a_key_has_four_groups_of_five_readable_symbols_S27() -> None:
    made = {license_key.generate() for _ in range(200)}
    assert len(made) == 200
    group = f"[{CROCKFORD}]{{5}}"
    assert all(re.fullmatch("-".join([group] * 4), key) for key in made)


def test_a_key_carries_90_random_bits_S27(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []

    def randbits(bits: int) -> int:
        asked.append(bits)
        return 0

    monkeypatch.setattr("secrets.randbits", randbits)
    assert license_key.generate() == "00000-00000-00000-00000"
    assert asked == [90]


@steady
@given(key=keys)
def test_a_written_key_is_read_back_S27(key: str) -> None:
    assert license_key.normalized(key) == key


@steady
@given(key=keys, data=st.data())
def test_case_dashes_spaces_and_lookalikes_are_forgiven_S27(key: str, data: st.DataObject) -> None:
    alike = {"0": "0Oo", "1": "1IiLl"}
    typed = "".join(
        data.draw(st.sampled_from(alike.get(symbol, symbol + symbol.lower())))
        for symbol in key.replace("-", "")
    )
    cuts = data.draw(st.lists(st.integers(0, 20), max_size=5))
    for cut in sorted(cuts, reverse=True):
        typed = typed[:cut] + data.draw(st.sampled_from("- ")) + typed[cut:]
    assert license_key.normalized(f" {typed} ") == key


PASTED = {
    "en dashes": "{0}\u2013{1}\u2013{2}\u2013{3}",
    "non-breaking hyphens": "{0}\u2011{1}\u2011{2}\u2011{3}",
    "no-break spaces": "\u00a0{0}\u00a0-\u00a0{1}-{2}-{3}\u00a0",
    "soft hyphens": "{0}-\u00ad{1}-\u00ad{2}-\u00ad{3}",
    "a line break": "{0}-{1}-\r\n{2}-{3}\n",
    "a quoted line": "> {0}-{1}-\n> {2}-{3}",
    "a trailing dot": "{0}-{1}-{2}-{3}.",
    "quotation marks": "\u201c{0}-{1}-{2}-{3}\u201d",
    "zero-width spaces": "{0}-\u200b{1}-\u200b{2}-\u200b{3}\ufeff",
    "marks of direction": "\u202a{0}-{1}-{2}-{3}\u202c",
    "underscores": "{0}_{1}_{2}_{3}",
    "asterisks of a mail": "*{0}-{1}-{2}-{3}*",
}


@pytest.mark.parametrize("form", PASTED.values(), ids=PASTED)
@steady
@given(key=keys)
def test_a_pasted_key_is_read_without_whatever_is_no_letter_or_digit_S65(
    form: str, key: str
) -> None:
    assert license_key.normalized(form.format(*key.split("-"))) == key


@steady
@given(key=keys)
def test_a_key_typed_in_full_width_is_read_S65(key: str) -> None:
    wide = "".join(chr(ord(symbol) + 0xFEE0) for symbol in key)
    assert license_key.normalized(wide) == key


@steady
@given(key=keys, place=st.integers(0, 19), symbol=st.sampled_from(CROCKFORD))
def test_every_single_wrong_symbol_is_noticed_S27(key: str, place: int, symbol: str) -> None:
    digits = key.replace("-", "")
    assume(digits[place] != symbol)
    with pytest.raises(InvalidInput):
        license_key.normalized(digits[:place] + symbol + digits[place + 1 :])


@steady
@given(key=keys)
def test_every_swap_of_neighbors_is_noticed_S27(key: str) -> None:
    digits = key.replace("-", "")
    for place in range(19):
        left, right = digits[place], digits[place + 1]
        if left != right:
            with pytest.raises(InvalidInput):
                license_key.normalized(digits[:place] + right + left + digits[place + 2 :])


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "-",
        "0",
        "0" * 19,
        "0" * 21,
        "U" * 20,
        "\u0660" * 20,
        "0" * 18 + "ZZ",
        "0000000000000000000é",
        "\u0410" + "0" * 19,
        "\u00b2" + "0" * 19,
        "LICENSE KEY: " + "0" * 20,
    ],
)
def test_an_invalid_key_is_refused_without_a_look_up_S27(typed: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        license_key.normalized(typed)
    assert refused.value.fields == {"license_key": "has a typing error"}
