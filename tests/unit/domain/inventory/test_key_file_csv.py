"""Tables of tokens (G1)."""

from __future__ import annotations

import base64
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keyfob.domain.inventory.batch import KeyFileRefused, examine
from keyfob.domain.inventory.draft import Draft
from keyfob.domain.inventory.key_file_csv import read_csv
from keyfob.domain.inventory.token import Algorithm, TokenType

SECRET = b"12345678901234567890"
HEADER = "serial,secret_hex,type,algorithm,digits,period,counter\n"


def read(text: str | bytes) -> list[Draft]:
    raw = text.encode() if isinstance(text, str) else text
    return list(read_csv(io.BytesIO(raw)))


def test_g1_a_line_is_a_token() -> None:
    [timed, counted] = read(
        HEADER
        + f"ft-1000,{SECRET.hex()},totp,sha1,8,60,\n\nFT-1001,{SECRET.hex()},HOTP,SHA512,6,,9\n"
    )
    assert (timed.row, timed.serial, timed.secret) == (2, "FT-1000", SECRET)
    assert (timed.type, timed.algorithm, timed.digits) == (TokenType.TOTP, Algorithm.SHA1, 8)
    assert timed.period == 60
    assert (counted.row, counted.type, counted.algorithm) == (4, TokenType.HOTP, Algorithm.SHA512)
    assert counted.counter == 9


@pytest.mark.parametrize("written", [str.upper, str.lower, lambda text: text.rstrip("=")])
def test_g1_base32_with_or_without_padding_and_case(written: object) -> None:
    text = written(base64.b32encode(SECRET[:17]).decode())  # type: ignore[operator]
    [draft] = read(f"serial,secret_base32,type,algorithm,digits\nFT-1,{text},totp,sha1,8\n")
    assert (draft.secret, draft.period, draft.counter) == (SECRET[:17], 30, 0)


def test_g1_columns_come_in_any_order_and_a_byte_order_mark_is_no_part_of_a_name() -> None:
    text = (
        f"\ufeffdigits,Type, algorithm,SERIAL,secret_hex\r\n8,totp,sha1,FT-1000,{SECRET.hex()}\r\n"
    )
    [draft] = read(text)
    assert (draft.serial, draft.digits, draft.secret) == ("FT-1000", 8, SECRET)


@pytest.mark.parametrize("cell", ["12 ", "0x12", "zz" * 16, "\uff11" * 32, "é" * 32, "123"])
def test_s16_a_secret_that_is_not_hexadecimal_can_not_be_read(cell: str) -> None:
    [draft] = read(HEADER + f"FT-1000,{cell},totp,sha1,8,30,\n")
    assert draft.secret is None or len(draft.secret) < 16


@pytest.mark.parametrize(
    "cell",
    [SECRET.hex(" "), SECRET.hex(":"), base64.b32encode(SECRET).decode()],
)
def test_hexadecimal_with_separators_or_of_another_alphabet_is_refused_S64(cell: str) -> None:
    [draft] = read(HEADER + f'FT-1000,"{cell}",totp,sha1,8,30,\n')
    assert draft.secret is None


@pytest.mark.parametrize(
    "cell",
    [
        "ABCDEF23" * 5,
        "AbCdEfGhIjKlMnOpQrStUvWxYzAbCdEf",
        "GEZD GNBV GY3T QOJQ GEZD GNBV GY3T QOJQ",
        base64.b32encode(SECRET[:17]).decode() + "=",
    ],
)
def test_base32_that_may_be_hexadecimal_or_base64_is_refused_S64(cell: str) -> None:
    [draft] = read(f"serial,secret_base32,type,algorithm,digits\nFT-1000,{cell},totp,sha1,8\n")
    assert draft.secret is None


def test_a_secret_that_was_encoded_twice_is_refused_with_its_row_and_serial_S64() -> None:
    twice = SECRET.hex().encode().hex()
    text = HEADER + f"FT-1000,{twice},totp,sha1,8,30,\n"
    [reason] = examine(read_csv(io.BytesIO(text.encode()))).reasons
    assert (reason.row, reason.serial, "encoded twice" in reason.text) == (2, "FT-1000", True)


@pytest.mark.parametrize("cell", ["\uff18", "8.0", "-8", "1_0", "eight", "9" * 30])
def test_g1_numbers_are_ascii_digits(cell: str) -> None:
    [draft] = read(HEADER + f"FT-1000,{SECRET.hex()},totp,sha1,{cell},30,\n")
    assert draft.digits is None


@pytest.mark.parametrize(
    ("text", "about"),
    [
        ("", "missing: serial, type, algorithm, digits"),
        (f"FT-1000,{SECRET.hex()},totp,sha1,8\n", "missing"),
        ("serial,type,algorithm,digits\n", "secret_hex or secret_base32"),
        ("serial,secret_hex,secret_base32,type,algorithm,digits\n", "not both"),
        ("serial,serial,secret_hex,type,algorithm,digits\n", "twice"),
        (f"serial,secret_hex,type,algorithm,digits,{SECRET.hex()}\n", "column 6"),
        (HEADER + f'FT-1000,"{SECRET.hex()}', "line 2"),
        (b"\xff\xfe\x00", "UTF-8"),
        (HEADER.encode() + b"FT-1000,\xff", "UTF-8"),
    ],
)
def test_g1_an_invalid_table_is_refused_and_nothing_of_it_is_quoted(
    text: str | bytes, about: str
) -> None:
    with pytest.raises(KeyFileRefused, match=about) as refused:
        read(text)
    assert SECRET.hex() not in str(refused.value)


def test_g1_a_line_of_another_length_is_a_fault_of_that_line() -> None:
    found = examine(read_csv(io.BytesIO((HEADER + f"FT-1000,{SECRET.hex()},totp\n").encode())))
    assert found.tokens == []
    assert [(one.row, one.serial) for one in found.reasons] == [(2, None)]


@given(st.text())
def test_g1_any_table_is_read_or_refused(text: str) -> None:
    for content in (text, HEADER + text):
        found = examine(read_csv(io.BytesIO(content.encode("utf-8", "replace"))))
        assert found.reasons or found.tokens
