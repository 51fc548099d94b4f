"""OTP codes: their form, and the search of a window (S1)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from hmac import compare_digest

import pytest

from keyfob.domain.credentials import otp
from keyfob.domain.credentials.otp import Codes, require_code, step_of
from keyfob.domain.errors import InvalidInput
from keyfob.domain.inventory.token import Algorithm
from tests.support.otp import (
    SECRET,
    AlwaysTheSame,
    an_inventory_token,
    at,
    code_of,
    pair_of,
)

TOKEN = an_inventory_token()
CODES = Codes(TOKEN)


@pytest.fixture
def compared(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str]]:
    """The pairs that were compared in constant time."""
    seen: list[tuple[str, str]] = []

    def counting(one: str, other: str) -> bool:
        seen.append((one, other))
        return compare_digest(one, other)

    monkeypatch.setattr(otp, "compare_digest", counting)
    return seen


@pytest.mark.parametrize("algorithm", Algorithm)
@pytest.mark.parametrize("digits", [6, 8])
@pytest.mark.parametrize("factor", [0, 1, 2**31, 2**32, 2**48 - 1])
def test_a_code_equals_that_of_an_independent_token_S1(
    algorithm: Algorithm, digits: int, factor: int
) -> None:
    token = an_inventory_token(algorithm=algorithm, digits=digits)
    assert Codes(token).at(factor) == code_of(token, factor)


def test_leading_zeros_are_kept_S1() -> None:
    factor = next(one for one in range(1000) if code_of(TOKEN, one).startswith("00"))
    assert len(CODES.at(factor)) == 8
    assert CODES.find(CODES.at(factor), range(1000)) == factor
    assert CODES.find(CODES.at(factor).lstrip("0"), range(1000)) is None


@pytest.mark.parametrize("right", [100, 105, 109, 500])
def test_a_whole_window_is_compared_in_constant_time_wherever_the_code_is_S1(
    compared: list[tuple[str, str]], right: int
) -> None:
    code = code_of(TOKEN, right)
    CODES.find(code, range(100, 110))
    assert compared == [(code_of(TOKEN, factor), code) for factor in range(100, 110)]


@pytest.mark.parametrize(
    "typed",
    [(100, 101), (105, 106), (108, 109), (105, 107), (500, 106), (105, 500), (500, 501)],
)
def test_both_codes_of_a_pair_are_compared_at_every_step_of_the_window_S1(
    compared: list[tuple[str, str]], typed: tuple[int, int]
) -> None:
    first, second = pair_of(TOKEN, *typed)
    CODES.find_pair(first, second, range(100, 109))
    expected = [
        entry
        for factor in range(100, 109)
        for entry in ((code_of(TOKEN, factor), first), (code_of(TOKEN, factor + 1), second))
    ]
    assert compared == expected


def test_the_earliest_of_equal_codes_is_found_so_that_the_least_is_spent_S2() -> None:
    codes = AlwaysTheSame("12345678")
    assert codes.find("12345678", range(7, 20)) == 7
    assert codes.find("12345678", [9, 8]) == 9
    assert codes.find_pair("12345678", "12345678", range(7, 20)) == 7


@pytest.mark.parametrize(
    ("window", "found"),
    [(range(-5, 3), 0), (range(-5, 1), 0), (range(-5, 0), None), (range(-5, -2), None)],
)
def test_nothing_before_the_first_moving_factor_is_looked_at_S6(
    window: range, found: int | None
) -> None:
    codes = AlwaysTheSame("12345678")
    assert codes.find("12345678", window) == found
    assert codes.find_pair("12345678", "12345678", window) == found


@pytest.mark.parametrize("factors", [[], range(5, 5), iter(())])
def test_in_an_empty_window_nothing_is_found(factors: Iterable[int]) -> None:
    assert CODES.find(code_of(TOKEN, 5), factors) is None


def test_a_pair_is_found_at_its_first_code_and_in_its_order_only_S7() -> None:
    assert CODES.find_pair(*pair_of(TOKEN, 10, 11), range(10, 11)) == 10
    assert CODES.find_pair(*pair_of(TOKEN, 10, 11), range(5, 10)) is None
    assert CODES.find_pair(*pair_of(TOKEN, 10, 11), range(11, 20)) is None
    assert CODES.find_pair(*pair_of(TOKEN, 11, 10), range(20)) is None
    assert CODES.find_pair(*pair_of(TOKEN, 10, 12), range(20)) is None


def test_no_secret_is_in_the_printed_form_of_codes_S47() -> None:
    assert SECRET.decode() not in repr(CODES)


@pytest.mark.parametrize("code", ["12345678", "00000000", "123456", "000000"])
def test_six_or_eight_digits_can_be_a_code(code: str) -> None:
    assert require_code(code, "code") == code
    assert require_code(code, "code", digits=len(code)) == code


BLANKS = [*" \t\r\n\u00a0\u202f\u2007\u3000\u2028\u200b\u2060\ufeff\u00ad\u200e\u202a\u202c"]


@pytest.mark.parametrize("blank", BLANKS, ids=ascii)
@pytest.mark.parametrize("code", ["12345678", "000000"])
def test_blanks_are_dropped_around_a_code_and_inside_it_S65(code: str, blank: str) -> None:
    half = len(code) // 2
    for typed in (blank + code, code + blank, f"{code[:half]}{blank}{code[half:]}"):
        assert require_code(typed, "code", digits=len(code)) == code
        assert require_code(blank.join(typed), "code") == code


MALFORMED = {
    "empty": "",
    "five digits": "12345",
    "seven digits": "1234567",
    "nine digits": "123456789",
    "blank for a digit": "1234 678",
    "blank before, eight long": " 1234567",
    "blank after": "1234567 ",
    "newline after, eight long": "1234567\n",
    "tab": "1234\t678",
    "null": "1234567\0",
    "plus": "+1234567",
    "minus": "-1234567",
    "point": "1234.678",
    "underscore": "123_4567",
    "exponent": "1234567e",
    "hexadecimal": "0x123456",
    "letters": "ABCDEFGH",
    "full-width digits": "\uff11\uff12\uff13\uff14\uff15\uff16\uff17\uff18",
    "one full-width digit": "1234567\uff18",
    "arabic-indic digits": "\u0661\u0662\u0663\u0664\u0665\u0666\u0667\u0668",
    "superscript": "1234567\u00b2",
    "devanagari, six": "\u0967\u0968\u0969\u096a\u096b\u096c",
    "combining mark": "12345678\u0301",
    "zero-width space, seven digits": "1234567\u200b",
    "dash in it": "1234-5678",
    "null after, eight digits": "12345678\0",
    "blanks alone": " " * 8,
}


@pytest.mark.parametrize("typed", MALFORMED.values(), ids=MALFORMED.keys())
@pytest.mark.parametrize("digits", [None, 6, 8])
def test_anything_else_is_no_code_and_its_field_is_named_S1(typed: str, digits: int | None) -> None:
    with pytest.raises(InvalidInput) as refused:
        require_code(typed, "first_code", digits=digits)
    assert list(refused.value.fields) == ["first_code"]


def test_a_code_has_as_many_digits_as_its_token_shows_S1() -> None:
    with pytest.raises(InvalidInput) as refused:
        require_code("123456", "code", digits=8)
    assert "8 digits" in refused.value.fields["code"]
    with pytest.raises(InvalidInput) as refused:
        require_code("12345678", "code", digits=6)
    assert "6 digits" in refused.value.fields["code"]
    with pytest.raises(InvalidInput) as refused:
        require_code("1234567", "code")
    assert "6 or 8 digits" in refused.value.fields["code"]


@pytest.mark.parametrize("period", [30, 60])
def test_a_step_lasts_from_its_first_to_its_last_moment_S6(period: int) -> None:
    begin = 1_000_000 * period
    assert step_of(at(begin), period) == 1_000_000
    assert step_of(at(begin + period - 1), period) == 1_000_000
    assert step_of(datetime.fromtimestamp(begin + period - 0.001, UTC), period) == 1_000_000
    assert step_of(at(begin + period), period) == 1_000_001
    assert step_of(at(begin - 1), period) == 999_999
    assert step_of(at(0), period) == 0
