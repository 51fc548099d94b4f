"""Registering a token and finding it again by two consecutive codes (D1, F2, S6, S7)."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from keyfob.domain.credentials.errors import CodeAlreadyUsed, WrongCode, WrongCodes
from keyfob.domain.credentials.hardware_token import HardwareToken, accept, register, resynchronize
from keyfob.domain.inventory.token import Algorithm, Token, TokenType
from keyfob.domain.policy import Policy
from tests.support.fakes import START
from tests.support.otp import (
    POLICY,
    SEALED,
    SECRET,
    STEP,
    AlwaysTheSame,
    a_hardware_token,
    an_event_based_token,
    an_inventory_token,
    at,
    code_of,
    pair_of,
)

COUNTED = {"type": TokenType.HOTP, "period": None}
FORMATS: list[dict[str, Any]] = [
    {"period": 30, "digits": 6, "algorithm": Algorithm.SHA256},
    {"period": 30, "digits": 8},
    {"period": 60, "digits": 6},
    {"period": 60, "digits": 8, "algorithm": Algorithm.SHA512},
]
OUT_OF_ORDER = {
    "one left out": (0, 2),
    "reversed": (1, 0),
    "the first twice": (0, 0),
    "the second twice": (1, 1),
    "two left out": (0, 3),
    "the second far off": (0, 500_000),
    "the first far off": (500_000, 1),
}


def registered(
    token: Token, first: int, second: int, now: datetime = START, policy: Policy = POLICY
) -> HardwareToken:
    return register(token, SEALED, pair_of(token, first, second), now, policy)


def found(
    token: HardwareToken, first: int, second: int, now: datetime = START, policy: Policy = POLICY
) -> HardwareToken:
    return resynchronize(token, token.opened(SECRET), pair_of(token, first, second), now, policy)


def registers(token: Token, first: int, now: datetime = START) -> bool:
    try:
        registered(token, first, first + 1, now)
    except WrongCodes:
        return False
    return True


def finds(token: HardwareToken, first: int, now: datetime = START) -> bool:
    try:
        found(token, first, first + 1, now)
    except WrongCodes:
        return False
    return True


def heard(token: HardwareToken, factor: int, now: datetime = START) -> str:
    try:
        accept(token, token.opened(SECRET), code_of(token, factor), now, POLICY)
    except (WrongCode, CodeAlreadyUsed) as refusal:
        return refusal.code
    return "right"


@pytest.mark.parametrize("changes", FORMATS, ids=str)
@pytest.mark.parametrize(
    ("first", "registers_it"), [(-21, False), (-20, True), (0, True), (19, True), (20, False)]
)
def test_both_codes_of_a_registration_lie_within_20_steps_of_our_clock_S6(
    first: int, registers_it: bool, changes: dict[str, Any]
) -> None:
    token = an_inventory_token(**changes)
    assert registers(token, int(START.timestamp()) // changes["period"] + first) is registers_it


@pytest.mark.parametrize("counter", [0, 1, 777, None])
def test_both_counts_of_a_registration_are_among_the_thousand_from_the_batchs_on_S6(
    counter: int | None,
) -> None:
    token = an_inventory_token(**COUNTED, counter=counter)
    start = counter or 0
    edges = [start, start + 1, start + 998, start + 999]
    assert [registers(token, first) for first in edges] == [True, True, True, False]
    assert counter is None or counter == 0 or not registers(token, start - 1)


@pytest.mark.parametrize(("first", "drift"), [(-20, -19), (-1, 0), (0, 1), (19, 20)])
def test_a_registered_token_is_the_imported_one_at_the_step_of_its_second_code_D1(
    first: int, drift: int
) -> None:
    token = an_inventory_token(serial="FT-7", digits=6, algorithm=Algorithm.SHA512)
    assert registered(token, STEP + first, STEP + first + 1) == HardwareToken(
        serial="FT-7",
        type=TokenType.TOTP,
        algorithm=Algorithm.SHA512,
        digits=6,
        period=30,
        sealed=SEALED,
        last=STEP + first + 1,
        drift=drift,
        drift_base=drift,
    )


@pytest.mark.parametrize("drift", [-2_880, -30, 4, 2_880])
def test_the_window_of_a_registration_lies_around_the_drift_of_its_key_file_D1_S64(
    drift: int,
) -> None:
    token = an_inventory_token(drift=drift)
    edges = [drift - 21, drift - 20, drift + 19, drift + 20]
    assert [registers(token, STEP + first) for first in edges] == [False, True, True, False]
    one = registered(token, STEP + drift, STEP + drift + 1)
    assert (one.drift, one.drift_base) == (drift + 1, drift + 1)


def test_after_a_reset_a_registration_looks_as_far_as_a_resynchronization_D2_S64() -> None:
    def finds_far(token: Token, first: int) -> bool:
        pair = pair_of(token, first, first + 1)
        try:
            register(token, SEALED, pair, START, POLICY, reset=True)
        except WrongCodes:
            return False
        return True

    timed = an_inventory_token()
    edges = [-28_801, -28_800, 28_799, 28_800]
    assert [finds_far(timed, STEP + one) for one in edges] == [False, True, True, False]
    counted = an_inventory_token(**COUNTED, counter=5)
    assert [finds_far(counted, one) for one in (4, 5, 10_003, 10_004)] == [False, True, True, False]


def test_a_registered_event_based_token_has_its_second_count_and_no_drift_D1() -> None:
    one = registered(an_inventory_token(**COUNTED, counter=7), 40, 41)
    assert (one.type, one.period) == (TokenType.HOTP, None)
    assert (one.last, one.drift, one.drift_base) == (41, 0, 0)


@pytest.mark.parametrize("offs", OUT_OF_ORDER.values(), ids=OUT_OF_ORDER.keys())
@pytest.mark.parametrize("timed", [True, False])
def test_anything_but_two_codes_in_a_row_registers_and_finds_nothing_S7(
    offs: tuple[int, int], timed: bool
) -> None:
    start = STEP if timed else 105
    first, second = start + offs[0], start + offs[1]
    with pytest.raises(WrongCodes):
        registered(an_inventory_token(**({} if timed else COUNTED)), first, second)
    with pytest.raises(WrongCodes):
        found(a_hardware_token() if timed else an_event_based_token(), first, second)


def test_equal_codes_are_refused_even_if_two_steps_in_a_row_have_them_S7() -> None:
    same = AlwaysTheSame("12345678")
    for token in (a_hardware_token(), an_event_based_token()):
        with pytest.raises(WrongCodes):
            resynchronize(token, same, ("12345678", "12345678"), START, POLICY)


@pytest.mark.parametrize("timed", [True, False])
def test_codes_with_another_number_of_digits_find_nothing_S7(timed: bool) -> None:
    token = a_hardware_token() if timed else an_event_based_token()
    first, second = pair_of(token, STEP if timed else 105, STEP + 1 if timed else 106)
    with pytest.raises(WrongCodes):
        resynchronize(token, token.opened(SECRET), (first[2:], second[2:]), START, POLICY)


@pytest.mark.parametrize("timed", [True, False])
def test_both_codes_of_a_registration_are_spent_and_the_next_is_not_S7(timed: bool) -> None:
    start = STEP - 1 if timed else 105
    one = registered(an_inventory_token(**({} if timed else COUNTED)), start, start + 1)
    assert heard(one, start) == ("code_already_used" if timed else "wrong_code")
    assert heard(one, start + 1) == "code_already_used"
    assert heard(one, start + 2) == "right"
    assert [finds(one, first) for first in (start, start + 1, start + 2)] == [False, False, True]


@pytest.mark.parametrize("timed", [True, False])
def test_both_codes_of_a_resynchronization_are_spent_and_the_next_is_not_S7(timed: bool) -> None:
    """Other services refuse the code after the two, too."""
    token = a_hardware_token() if timed else an_event_based_token()
    start = STEP + 15 if timed else 600
    one = found(token, start, start + 1)
    assert heard(one, start) == ("code_already_used" if timed else "wrong_code")
    assert heard(one, start + 1) == "code_already_used"
    later = START + timedelta(seconds=30)
    assert heard(one, start + 2, later) == "right"
    assert heard(one, start + 2) == "right"
    assert [finds(one, first) for first in (start, start + 1, start + 2)] == [False, False, True]


@pytest.mark.parametrize("token", [a_hardware_token(last=STEP), an_event_based_token()])
def test_a_used_code_finds_no_token_whether_first_or_second_S7(token: HardwareToken) -> None:
    """Other services accept a used first code to resynchronize a time-based token."""
    last = token.last
    assert [finds(token, last + off) for off in (-2, -1, 0, 1)] == [False, False, False, True]


@pytest.mark.parametrize("changes", FORMATS, ids=str)
@pytest.mark.parametrize("drift", [-7, 0, 300])
@pytest.mark.parametrize("years", [0.01, 1, 1.01, 4.5])
def test_resynchronization_reaches_20_steps_back_and_4_more_ahead_for_each_year_S6_S57(
    years: float, drift: int, changes: dict[str, Any]
) -> None:
    step = int(START.timestamp()) // changes["period"]
    since = math.floor(years * 365 * 86_400 / changes["period"])
    token = a_hardware_token(last=step + drift - since, drift=drift, drift_base=drift, **changes)
    ahead = 20 + 4 * math.ceil(years)
    edges = [-21, -20, ahead - 1, ahead]
    found_at = [finds(token, step + drift + first) for first in edges]
    assert found_at == [False, True, True, False]


@pytest.mark.parametrize("hours", [1, 12, 23])
def test_photographed_codes_of_hours_ago_find_nothing_S57(hours: int) -> None:
    token = a_hardware_token(last=STEP - 24 * 120)
    old = STEP - hours * 120
    assert not finds(token, old)
    assert not finds(replace(token, last=STEP - 2_880 - hours * 120), old)


def test_after_an_operators_reset_it_reaches_28800_steps_S6() -> None:
    token = a_hardware_token(last=0, reset=True)
    assert [finds(token, STEP - off) for off in (28_801, 28_800)] == [False, True]
    # Used last not long before the edge: the window is the same, and short.
    token = replace(token, last=STEP + 28_700)
    assert [finds(token, STEP + off) for off in (28_799, 28_800)] == [True, False]


@pytest.mark.parametrize(("reset", "counts"), [(False, 1_000), (True, 10_000)])
def test_resynchronization_reaches_1000_counts_and_after_a_reset_10000_S6(
    reset: bool, counts: int
) -> None:
    token = an_event_based_token(last=5, reset=reset)
    edges = [5, 6, 5 + counts - 1, 5 + counts]
    assert [finds(token, first) for first in edges] == [False, True, True, False]


@pytest.mark.parametrize("timed", [True, False])
def test_the_wider_window_is_open_once_S6(timed: bool) -> None:
    token = a_hardware_token(reset=True) if timed else an_event_based_token(reset=True)
    far = STEP + 3_000 if timed else 8_000
    one = found(token, far, far + 1)
    assert not one.reset
    assert not finds(one, far + 2 + (24 if timed else 1_000))


@pytest.mark.parametrize("first", [-9, -1, 0, 32])
def test_a_token_found_again_is_unlocked_and_drifts_from_there_F2_S5(first: int) -> None:
    token = a_hardware_token(drift=9, drift_base=3, failed=("t1", "t2", "t3", "t4", "t5"))
    assert found(token, STEP + first, STEP + first + 1) == replace(
        token,
        last=STEP + first + 1,
        drift=first + 1,
        drift_base=first + 1,
        failed=(),
    )


def test_an_event_based_token_found_again_is_unlocked_F2() -> None:
    token = an_event_based_token(failed=("t1", "t2", "t3", "t4", "t5"))
    assert found(token, 600, 601) == replace(token, last=601, failed=())


@pytest.mark.parametrize("last", [STEP + 19, STEP + 20, STEP + 10_000])
def test_a_clock_far_back_finds_nothing_rather_than_something_spent_S2(last: int) -> None:
    token = a_hardware_token(last=last)
    for first in (last - 1, last, last + 1, STEP):
        assert not finds(token, first)
    assert finds(a_hardware_token(last=STEP + 18), STEP + 19)


@pytest.mark.parametrize("seconds", [0, 59, 600])
def test_windows_that_begin_before_1970_are_harmless_S6(seconds: int) -> None:
    now = at(seconds)
    assert registers(an_inventory_token(), 0, now)
    assert registered(an_inventory_token(), 0, 1, now).drift == 1 - seconds // 30
    assert not registers(an_inventory_token(), 20 + seconds // 30, now)
    assert finds(a_hardware_token(last=-1), 0, now)
    assert not finds(a_hardware_token(last=0), 0, now)


def test_the_policy_says_how_wide_the_windows_are_S6() -> None:
    narrow = Policy(
        otp_steps_at_registration=2,
        otp_steps_at_resynchronization=4,
        otp_steps_a_year=1,
        otp_counts_at_registration=4,
        otp_counts_at_resynchronization=10,
    )
    timed, counted = an_inventory_token(), an_inventory_token(**COUNTED)
    assert registered(timed, STEP + 1, STEP + 2, policy=narrow).last == STEP + 2
    assert registered(counted, 2, 3, policy=narrow).last == 3
    assert found(a_hardware_token(), STEP + 4, STEP + 5, policy=narrow).last == STEP + 5
    assert found(an_event_based_token(), 109, 110, policy=narrow).last == 110
    with pytest.raises(WrongCodes):
        registered(timed, STEP + 2, STEP + 3, policy=narrow)
    with pytest.raises(WrongCodes):
        registered(counted, 3, 4, policy=narrow)
    with pytest.raises(WrongCodes):
        found(a_hardware_token(), STEP + 5, STEP + 6, policy=narrow)
    with pytest.raises(WrongCodes):
        found(an_event_based_token(), 110, 111, policy=narrow)
