"""Signatures of the key service in the form of JWS (S26; RFC 3279, 2.2.3; RFC 7518, 3.4)."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from keyfob.domain.statements.signature import ORDER, fixed_width

NUMBERS = st.integers(min_value=1, max_value=ORDER - 1)
# Leading zeros, and a leading bit that DER must pad: what random numbers almost never have.
SHORT = (
    st.integers(min_value=0, max_value=31)
    .flatmap(lambda size: st.integers(min_value=1, max_value=256 ** (size + 1) - 1))
    .filter(lambda number: number < ORDER)
)


def integer(number: int) -> bytes:
    """DER's integer, written out by hand: an independent encoder."""
    content = number.to_bytes(number.bit_length() // 8 + 1, "big")
    return bytes([2, len(content)]) + content


def der(r: int, s: int) -> bytes:
    content = integer(r) + integer(s)
    return bytes([0x30, len(content)]) + content


@given(r=NUMBERS | SHORT, s=NUMBERS | SHORT)
@example(r=1, s=1)
@example(r=0x7F, s=0x80)
@example(r=ORDER - 1, s=ORDER - 1)
def test_both_numbers_have_32_bytes_whatever_zeros_they_begin_with_S26(r: int, s: int) -> None:
    fixed = fixed_width(der(r, s))
    assert len(fixed) == 64
    assert (int.from_bytes(fixed[:32], "big"), int.from_bytes(fixed[32:], "big")) == (r, s)


@given(r=NUMBERS | SHORT, s=NUMBERS | SHORT, place=st.integers(0, 80), value=st.integers(0, 255))
def test_an_altered_signature_is_another_one_or_refused_S26(
    r: int, s: int, place: int, value: int
) -> None:
    whole = bytearray(der(r, s))
    place %= len(whole)
    changed = whole[place] != value
    whole[place] = value
    try:
        fixed = fixed_width(bytes(whole))
    except ValueError:
        assert changed
    else:
        first, second = (int.from_bytes(part, "big") for part in (fixed[:32], fixed[32:]))
        assert ((first, second) != (r, s)) is changed
        assert der(first, second) == whole


GOOD = der(5, 7)
MALFORMED = {
    "nothing": b"",
    "no sequence": integer(5) + integer(7),
    "cut off": GOOD[:-1],
    "something after it": GOOD + b"\x00",
    "a third number": bytes([0x30, 9]) + integer(5) + integer(7) + integer(1),
    "one number": bytes([0x30, 3]) + integer(5),
    "zero": der(0, 7),
    "zero at the end": der(5, 0),
    "the order": der(ORDER, 7),
    "the order at the end": der(5, ORDER),
    "33 bytes": der(2**256, 7),
    "negative": bytes([0x30, 6, 2, 1, 0x85]) + integer(7),
    "a needless zero": bytes([0x30, 7, 2, 2, 0, 5]) + integer(7),
    "a long form of the length": bytes([0x30, 0x81, 6]) + integer(5) + integer(7),
    "an indefinite length": bytes([0x30, 0x80]) + integer(5) + integer(7) + bytes(2),
    "r and s already": bytes(63) + b"\x01",
}


@pytest.mark.parametrize("what", MALFORMED)
def test_anything_but_the_one_encoding_of_two_numbers_is_refused_S26(what: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        fixed_width(MALFORMED[what])
