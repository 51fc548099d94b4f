"""Recovery codes: random, typed forgivingly, bound to their row, good for half an hour (S17)."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from keyfob.domain.errors import InvalidInput
from keyfob.domain.policy import Policy, overridden
from keyfob.domain.sessions.recovery_code import (
    Recovery,
    bound,
    generate,
    milliseconds,
    moment,
    normalized,
)
from tests.support.fakes import START


def a_recovery(**changes: object) -> Recovery:
    values = {"key": "RECOVERY#1", "account": "acc_ada", "mac": "00", "made": START}
    return Recovery(**{**values, **changes})  # type: ignore[arg-type]


def test_a_code_has_40_random_bits_in_two_groups_of_four_S17() -> None:
    codes = {generate() for _ in range(500)}
    assert len(codes) == 500
    assert all(re.fullmatch(r"[0-9A-HJKMNP-TV-Z]{4}-[0-9A-HJKMNP-TV-Z]{4}", one) for one in codes)
    # Every place takes every digit: 500 codes leave one out with a chance of less than 1e-4.
    assert all(len({one[place] for one in codes}) == 32 for place in (0, 1, 2, 3, 5, 6, 7, 8))


@pytest.mark.parametrize(
    "typed",
    ["7K3M-0X1T", "7k3m-0x1t", " 7K3M 0X1T ", "7K3M0X1T", "7K3M-OX1T", "7k3m-oxit", "7K3M-0XLT"],
)
def test_a_code_is_typed_forgivingly_A4(typed: str) -> None:
    assert normalized(typed) == "7K3M-0X1T"


@pytest.mark.parametrize(
    "typed", ["", "7K3M-0X1", "7K3M-0X1TT", "7K3M-0X1U", "7K3M-0X1é", "\u041a7K3M-0X1", "\x00" * 8]
)
def test_an_invalid_code_is_a_typing_error(typed: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        normalized(typed)
    assert refused.value.fields == {"code": "has a typing error"}


@pytest.mark.parametrize(
    "other",
    [
        ("RECOVERY#2", "acc_ada", "7K3M-0X1T"),
        ("RECOVERY#1", "acc_eve", "7K3M-0X1T"),
        ("RECOVERY#1", "acc_ada", "7K3M-0X1S"),
    ],
)
def test_the_hash_belongs_to_its_row_and_account_S17(other: tuple[str, str, str]) -> None:
    assert bound("RECOVERY#1", "acc_ada", "7K3M-0X1T") != bound(*other)


def test_a_code_is_good_for_half_an_hour_to_the_millisecond() -> None:
    last = START + timedelta(minutes=30) - timedelta(milliseconds=1)
    assert a_recovery().is_good(START, Policy())
    assert a_recovery().is_good(last, Policy())
    assert not a_recovery().is_good(START + timedelta(minutes=30), Policy())


def test_a_used_code_is_good_for_nothing() -> None:
    assert not a_recovery(used=START).is_good(START, Policy())


def test_the_deployment_sets_the_lifetime_up_to_a_day() -> None:
    shorter = overridden(Policy(), '{"recovery_code_lifetime": 300}')
    assert not a_recovery().is_good(START + timedelta(minutes=5), shorter)
    with pytest.raises(ValueError, match="recovery_code_lifetime"):
        overridden(Policy(), '{"recovery_code_lifetime": 86401}')


def test_an_instant_is_kept_to_the_millisecond() -> None:
    at = START + timedelta(microseconds=123_456)
    assert moment(milliseconds(at)) == START + timedelta(milliseconds=123)
