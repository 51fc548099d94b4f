"""Hardware tokens of the inventory: their serial numbers, and which are the same (G1)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from keyfob.domain.errors import InvalidInput
from keyfob.domain.inventory.token import (
    TokenType,
    is_same,
    masked,
    normalized_serial,
    require_serial,
)
from tests.support.otp import an_inventory_token


def test_serials_are_upper_case_without_blanks_around() -> None:
    assert normalized_serial(" ft-1000\t") == "FT-1000"


SERIALS = {
    "blanks around": " ft-1000\t",
    "en dash": "FT\u20131000",
    "non-breaking hyphen": "FT\u20111000",
    "minus sign": "FT\u22121000",
    "blanks beside the dash": "FT - 1000",
    "blanks inside": "FT-1 000",
    "no-break space": "FT-1\u00a0000",
    "soft hyphen": "FT-\u00ad1000",
    "byte order mark": "\ufeffFT-1000",
    "marks of direction": "\u202aFT-1000\u202c",
    "a line break": "FT-\r\n1000",
    "full width": "\uff26\uff34\uff0d\uff11\uff10\uff10\uff10",
}


@pytest.mark.parametrize("typed", SERIALS.values(), ids=SERIALS)
def test_blanks_and_dashes_of_any_kind_are_forgiven_in_a_serial_D1_S65(typed: str) -> None:
    assert normalized_serial(typed) == require_serial(typed) == "FT-1000"


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "   ",
        "FT1",
        "F" * 33,
        "FT#1000",
        "FT_1000",
        "FT.1000",
        "FT-1\u0661",
        "\u0410BCD",
        "FT-1000\x00",
    ],
)
def test_no_serial_is_refused_and_the_field_says_how_one_looks_D1_S65(typed: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        require_serial(typed)
    [(field, wanted)] = refused.value.fields.items()
    assert (field, wanted) == (
        "serial",
        "must be the serial number on the token: 4 to 32 letters, digits and dashes",
    )


def test_a_token_is_the_same_wherever_it_stands_but_not_with_another_secret() -> None:
    counted = an_inventory_token(type=TokenType.HOTP, period=None, counter=7)
    assert is_same(counted, replace(counted, counter=900))
    assert not is_same(counted, replace(counted, secret=counted.secret[::-1]))
    assert not is_same(counted, replace(counted, digits=6))
    timed = an_inventory_token()
    assert is_same(timed, replace(timed, drift=-5))
    assert not is_same(timed, counted)


@pytest.mark.parametrize(
    ("serial", "shown"), [("KF-000001", "…0001"), ("FT-17", "…17"), ("ABCD", "…CD")]
)
def test_a_serial_number_shows_at_most_its_last_four_and_its_half(serial: str, shown: str) -> None:
    assert masked(serial) == shown
