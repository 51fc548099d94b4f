"""Recovery codes: random, typed forgivingly, bound to their row, good for half an hour (S17)."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest

from keyfob.domain.errors import InvalidInput
from keyfob.domain.policy import Policy, overridden
from keyfob.domain.sessions.recovery_code import (
    Recovery,
    bound,
    generate,
    milliseconds,
    moment,
    name_of,
    normalized,
)
from tests.support.fakes import START

CODE = "7K3M0-X1TZZ-9QW4H"


def a_recovery(**changes: object) -> Recovery:
    values = {
        "key": "RECOVERY#1",
        "account": "acc_ada",
        "mac": "00",
        "sealed": b"sealed",
        "made": START,
        "until": START + timedelta(minutes=30),
    }
    return Recovery(**{**values, **changes})  # type: ignore[arg-type]


def extended(recovery: Recovery, **after: float) -> Recovery | None:
    return recovery.extended(START + timedelta(**after), Policy())


def test_a_code_has_75_random_bits_in_three_groups_of_five_S17() -> None:
    codes = {generate() for _ in range(500)}
    assert len(codes) == 500
    digit = "[0-9A-HJKMNP-TV-Z]"
    assert all(re.fullmatch(rf"(?:{digit}{{5}}-){{2}}{digit}{{5}}", one) for one in codes)
    # Every place takes every digit: 500 codes leave one out with a chance of less than 1e-4.
    assert all(len({one[place] for one in codes}) == 32 for place in range(17) if place % 6 != 5)


@pytest.mark.parametrize(
    "typed",
    [
        CODE,
        CODE.lower(),
        f" {CODE} ",
        CODE.replace("-", ""),
        CODE.replace("-", " "),
        "7K3MO-X1TZZ-9QW4H",
        "7k3mo-xitzz-9qw4h",
        "7K3M0-XLTZZ-9QW4H",
    ],
)
def test_a_code_is_typed_forgivingly_A4(typed: str) -> None:
    assert normalized(typed) == CODE


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "7K3M-0X1T",
        CODE[:-1],
        CODE + "H",
        CODE[:-1] + "U",
        CODE[:-1] + "é",
        "\u041a" + CODE[1:],
        "\x00" * 15,
    ],
)
def test_an_invalid_code_is_a_typing_error(typed: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        normalized(typed)
    assert refused.value.fields == {"code": "has a typing error"}


@pytest.mark.parametrize(
    "other",
    [
        ("RECOVERY#2", "acc_ada", CODE),
        ("RECOVERY#1", "acc_eve", CODE),
        ("RECOVERY#1", "acc_ada", CODE[:-1] + "J"),
    ],
)
def test_the_hash_belongs_to_its_row_and_account_S17(other: tuple[str, str, str]) -> None:
    assert bound("RECOVERY#1", "acc_ada", CODE) != bound(*other)


@pytest.mark.parametrize(
    "other", [("RECOVERY#2", START), ("RECOVERY#1", START + timedelta(milliseconds=1))]
)
def test_the_seal_belongs_to_its_row_and_the_instant_it_was_made_S17(
    other: tuple[str, Any],
) -> None:
    assert a_recovery().sealed_as == name_of("RECOVERY#1", START) != name_of(*other)
    assert a_recovery(until=START).sealed_as == a_recovery().sealed_as, "however long it is good"


def test_a_code_is_good_until_its_end_to_the_millisecond() -> None:
    last = START + timedelta(minutes=30) - timedelta(milliseconds=1)
    assert a_recovery().is_good(START)
    assert a_recovery().is_good(last)
    assert not a_recovery().is_good(START + timedelta(minutes=30))


def test_a_used_code_is_good_for_nothing() -> None:
    assert not a_recovery(used=START).is_good(START)


def test_a_good_code_is_extended_to_its_whole_lifetime_and_nothing_else_changes_S56() -> None:
    later = extended(a_recovery(), minutes=29)
    assert later == a_recovery(until=START + timedelta(minutes=59))


@pytest.mark.parametrize("bad", [{"used": START}, {"until": START + timedelta(minutes=29)}])
def test_a_used_or_expired_code_is_not_extended_A4(bad: dict[str, object]) -> None:
    assert extended(a_recovery(**bad), minutes=29) is None


def test_no_code_is_good_for_more_than_a_day_A4() -> None:
    """However often it is asked for (NIST SP 800-63B-4, section 4.2)."""
    kept = a_recovery(until=START + timedelta(hours=24))
    last = extended(kept, hours=23, minutes=30)
    assert last
    assert last.until == START + timedelta(hours=24)
    assert extended(kept, hours=23, minutes=30, milliseconds=1) is None


def test_the_deployment_sets_both_lifetimes_up_to_a_day() -> None:
    shorter = overridden(
        Policy(), '{"recovery_code_lifetime": 300, "recovery_code_extended": 1800}'
    )
    later = a_recovery().extended(START + timedelta(minutes=25), shorter)
    assert later
    assert later.until == START + timedelta(minutes=30)
    assert a_recovery().extended(START + timedelta(minutes=26), shorter) is None
    for name in ("recovery_code_lifetime", "recovery_code_extended"):
        with pytest.raises(ValueError, match=name):
            overridden(Policy(), f'{{"{name}": 86401}}')


@pytest.mark.parametrize(
    "gone",
    ["recovery_tries", "recovery_tries_period", "recovery_requests", "recovery_requests_period"],
)
def test_a_deployment_that_sets_a_limit_which_is_gone_is_refused(gone: str) -> None:
    with pytest.raises(ValueError, match=gone):
        overridden(Policy(), f'{{"{gone}": 20}}')


def test_an_instant_is_kept_to_the_millisecond() -> None:
    at = START + timedelta(microseconds=123_456)
    assert moment(milliseconds(at)) == START + timedelta(milliseconds=123)
