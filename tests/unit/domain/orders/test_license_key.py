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
    ],
)
def test_an_invalid_key_is_refused_without_a_look_up_S27(typed: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        license_key.normalized(typed)
    assert refused.value.fields == {"license_key": "has a typing error"}
