"""Tokens of key files that the service accepts (G1, S16)."""

from __future__ import annotations

from typing import Any

import pytest

from keyfob.domain.inventory.draft import Draft, token_of
from keyfob.domain.inventory.token import Algorithm, Token, TokenType, require_serial

SECRET = b"12345678901234567890"
GOOD: dict[str, Any] = {
    "row": 2,
    "serial": "FT-1000",
    "secret": SECRET,
    "type": TokenType.TOTP,
    "algorithm": Algorithm.SHA1,
    "digits": 8,
    "period": 30,
    "counter": 0,
}


def draft(**changes: Any) -> Draft:
    return Draft(**GOOD | changes)


def taken(**changes: Any) -> Token:
    token = token_of(draft(**changes))
    assert isinstance(token, Token), token
    return token


@pytest.mark.parametrize(
    "changes",
    [
        {"algorithm": Algorithm.SHA256},
        {"algorithm": Algorithm.SHA512},
        {"digits": 6},
        {"period": 60},
        {"secret": bytes(16)},
        {"secret": bytes(range(64))},
        {"serial": "A-1B"},
        {"serial": "Z" * 32},
        {"type": TokenType.HOTP, "counter": 0},
        {"type": TokenType.HOTP, "counter": 2**48 - 1},
    ],
)
def test_g1_these_tokens_are_taken(changes: dict[str, Any]) -> None:
    assert isinstance(token_of(draft(**changes)), Token)


@pytest.mark.parametrize(
    ("changes", "about"),
    [
        ({"serial": "ABC"}, "serial"),
        ({"serial": "Z" * 33}, "serial"),
        ({"serial": "FT 1000"}, "serial"),
        ({"serial": "FT_1000"}, "serial"),
        ({"serial": "ft-1000"}, "serial"),
        ({"serial": "FT\uff11000"}, "serial"),
        ({"secret": None}, "secret can't be read"),
        ({"secret": bytes(15)}, "16 to 64 bytes"),
        ({"secret": bytes(65)}, "16 to 64 bytes"),
        ({"secret": b"GEZDGNBVGY3TQOJQ"}, "encoded twice"),
        ({"secret": b"x" * 64}, "encoded twice"),
        ({"secret": b""}, "16 to 64 bytes"),
        ({"type": None}, "type"),
        ({"algorithm": None}, "algorithm"),
        ({"digits": 7}, "6 or 8"),
        ({"digits": None}, "6 or 8"),
        ({"period": 29}, "30 or 60"),
        ({"period": None}, "30 or 60"),
        ({"type": TokenType.HOTP, "counter": -1}, "counter"),
        ({"type": TokenType.HOTP, "counter": 2**48}, "0 to 281,474,976,710,655"),
        ({"type": TokenType.HOTP, "counter": None}, "counter"),
    ],
)
def test_s16_anything_else_is_refused_with_its_reason(changes: dict[str, Any], about: str) -> None:
    [fault] = token_of(draft(**changes))  # type: ignore[misc]  # no token: faults
    assert about in fault


def test_g1_every_fault_of_a_token_is_named() -> None:
    faults = token_of(draft(serial="", secret=None, type=None, algorithm=None, digits=9))
    assert isinstance(faults, tuple)
    assert len(faults) == 5


def test_a_time_based_token_has_no_counter_and_an_event_based_one_no_period() -> None:
    assert (taken().period, taken().counter) == (30, None)
    counted = taken(type=TokenType.HOTP, counter=7)
    assert (counted.period, counted.counter) == (None, 7)


def test_s47_no_secret_is_in_the_printed_form_of_a_token_or_a_draft() -> None:
    assert "1234" not in repr(taken())
    assert "1234" not in repr(draft())


def test_s47_a_serial_is_shown_only_beside_a_good_secret_since_columns_may_be_shifted() -> None:
    secret_for_a_serial = "MFRGGZDFMZTWQ2LKMFRGGZDFMZTWQ2LK"
    assert draft(serial=secret_for_a_serial, secret=None).name is None
    assert draft(serial=secret_for_a_serial, secret=b"short").name is None
    assert draft(digits=7).name == "FT-1000"
    assert draft(secret=None, labeled=True).name == "FT-1000"
    assert draft(serial="not a serial").name is None


@pytest.mark.parametrize("serial", ["FT-1", "F" * 32, "0000", "FT1000"])
def test_whatever_an_import_takes_can_be_a_serial_S65(serial: str) -> None:
    assert require_serial(serial) == taken(serial=serial).serial
