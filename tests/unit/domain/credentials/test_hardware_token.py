"""Signing in with a hardware token: windows, drift, single use of codes (S2, S5, S6)."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from keyfob.domain.credentials.errors import CodeAlreadyUsed, WrongCode
from keyfob.domain.credentials.hardware_token import HardwareToken, accept
from keyfob.domain.inventory.token import Algorithm, TokenType
from keyfob.domain.policy import Policy
from tests.support.fakes import START
from tests.support.otp import (
    POLICY,
    SECRET,
    STEP,
    AlwaysTheSame,
    a_hardware_token,
    an_event_based_token,
    at,
    code_of,
)

FORMATS = [
    {"period": period, "digits": digits, "algorithm": algorithm}
    for period in (30, 60)
    for digits in (6, 8)
    for algorithm in Algorithm
]


def sign_in(
    token: HardwareToken, factor: int, now: datetime = START, policy: Policy = POLICY
) -> HardwareToken:
    """The token after a sign-in with its code at this moving factor."""
    return accept(token, token.opened(SECRET), code_of(token, factor), now, policy)


def answer(token: HardwareToken, factor: int, now: datetime = START) -> str:
    """The answer to the code of this moving factor."""
    try:
        sign_in(token, factor, now)
    except WrongCode:
        return "wrong"
    except CodeAlreadyUsed:
        return "used"
    return "right"


@pytest.mark.parametrize("changes", FORMATS, ids=str)
@pytest.mark.parametrize("drift", [-9, 0, 7])
@pytest.mark.parametrize(
    ("off", "heard"), [(-2, "wrong"), (-1, "right"), (0, "right"), (1, "right"), (2, "wrong")]
)
def test_one_step_either_side_of_the_drift_is_right_and_two_are_wrong_S6(
    off: int, heard: str, drift: int, changes: dict[str, int]
) -> None:
    step = int(START.timestamp()) // changes["period"]
    token = a_hardware_token(last=step - 100, drift=drift, drift_base=drift, **changes)
    assert answer(token, step + drift + off) == heard


@pytest.mark.parametrize("last", [0, 41, 2**31])
@pytest.mark.parametrize("digits", [6, 8])
@pytest.mark.parametrize(
    ("ahead", "heard"), [(1, "right"), (2, "right"), (10, "right"), (11, "wrong"), (0, "used")]
)
def test_the_next_ten_counts_are_right_and_the_eleventh_is_wrong_S6(
    ahead: int, heard: str, digits: int, last: int
) -> None:
    token = an_event_based_token(last=last, digits=digits)
    assert answer(token, last + ahead) == heard


def test_the_policy_says_how_wide_the_windows_are_S6() -> None:
    wider = Policy(otp_steps_at_sign_in=3, otp_counts_at_sign_in=12)
    assert sign_in(a_hardware_token(), STEP + 3, policy=wider).last == STEP + 3
    assert sign_in(an_event_based_token(), 112, policy=wider).last == 112
    for token, factor in ((a_hardware_token(), STEP + 4), (an_event_based_token(), 113)):
        with pytest.raises(WrongCode):
            sign_in(token, factor, policy=wider)


@pytest.mark.parametrize("token", [a_hardware_token(last=STEP - 1), an_event_based_token()])
def test_success_moves_the_last_one_and_forgives_and_nothing_else_S5(token: HardwareToken) -> None:
    token = replace(token, failed=("trial-1", "trial-2"), reset=True)
    found = sign_in(token, token.last + 1)
    assert found == replace(token, last=token.last + 1, failed=())


@pytest.mark.parametrize("off", [-1, 0, 1])
@pytest.mark.parametrize("drift", [-5, 0, 5])
def test_drift_follows_a_success_S5(drift: int, off: int) -> None:
    token = a_hardware_token(drift=drift)
    assert sign_in(token, STEP + drift + off) == replace(
        token, last=STEP + drift + off, drift=drift + off
    )


@pytest.mark.parametrize("off", [-4, -3, -2, 2, 3, 4])
def test_drift_follows_by_one_step_a_success_however_wide_the_window_S5(off: int) -> None:
    wider = Policy(otp_steps_at_sign_in=4)
    token = a_hardware_token(last=0, drift=2)
    found = sign_in(token, STEP + 2 + off, policy=wider)
    assert found.last == STEP + 2 + off
    assert found.drift == (3 if off > 0 else 1)


@pytest.mark.parametrize("base", [-20, 0, 15, 2_880])
@pytest.mark.parametrize("direction", [-1, 1])
def test_drift_ends_ten_steps_from_where_it_was_found_however_long_one_walks_S5(
    base: int, direction: int
) -> None:
    token = a_hardware_token(last=0, drift=base, drift_base=base)
    drifts = []
    for times in range(1, 40):
        now = START + timedelta(hours=times)
        shown = STEP + 120 * times + base + direction * times
        if answer(token, shown, now) != "right":
            break
        token = sign_in(token, shown, now)
        drifts.append(token.drift - base)
        assert token.drift_base == base
    assert drifts == [direction * min(times, 10) for times in range(1, 12)]


@pytest.mark.parametrize("direction", [-1, 1])
def test_a_token_at_the_cap_follows_back_S5(direction: int) -> None:
    token = a_hardware_token(last=0, drift=direction * 10)
    assert sign_in(token, STEP + direction * 11).drift == direction * 10
    assert sign_in(token, STEP + direction * 10).drift == direction * 10
    assert sign_in(token, STEP + direction * 9).drift == direction * 9


def test_an_event_based_token_has_no_drift_S5() -> None:
    assert sign_in(an_event_based_token(), 110).drift == 0


@pytest.mark.parametrize("token", [a_hardware_token(), an_event_based_token()])
def test_a_code_is_accepted_once_S2(token: HardwareToken) -> None:
    factor = STEP if token.period else 105
    used = sign_in(token, factor)
    assert used.last == factor
    assert answer(used, factor) == "used"
    assert answer(used, factor + 1) == "right"


def test_success_kills_every_earlier_step_whether_it_was_used_or_not_S2() -> None:
    used = sign_in(a_hardware_token(), STEP + 1)
    assert [answer(used, STEP + off) for off in (-1, 0, 1, 2)] == ["wrong", "used", "used", "right"]


def test_skipping_counts_kills_the_skipped_S2() -> None:
    used = sign_in(an_event_based_token(), 107)
    skipped = [answer(used, count) for count in range(99, 107)]
    assert skipped == ["wrong"] * 8
    assert [answer(used, count) for count in (107, 108, 117, 118)] == [
        "used",
        "right",
        "right",
        "wrong",
    ]


@pytest.mark.parametrize("period", [30, 60])
def test_a_clock_120_seconds_back_reopens_nothing_S2(period: int) -> None:
    step = int(START.timestamp()) // period
    token = a_hardware_token(last=step - 10, period=period)
    for used in range(step - 5, step + 1):
        token = sign_in(token, used, at(used * period))
    back = START - timedelta(seconds=120)
    steps = 120 // period
    # Each was right once: typing it again is no guess.
    for shown in range(step - steps - 1, step - steps + 2):
        assert answer(token, shown, back) == "used"
    assert answer(token, step - steps - 2, back) == "wrong"
    assert answer(token, step, back) == "used"
    assert answer(token, step + 1, back) == "wrong"
    assert answer(token, step + 1) == "right"


@pytest.mark.parametrize("back", [0, 30, 60, 90, 120, 86_400])
def test_nothing_is_right_again_wherever_the_clock_goes_S2(back: int) -> None:
    used = sign_in(a_hardware_token(), STEP)
    now = START - timedelta(seconds=back)
    heard = {shown: answer(used, shown, now) for shown in range(STEP - 6, STEP + 1)}
    assert "right" not in heard.values()
    assert heard[STEP] == "used"


@pytest.mark.parametrize("later", [30, 60, 600, 86_400, -86_400])
def test_a_copy_of_the_last_code_is_no_guess_even_when_the_window_has_moved_on_S2(
    later: int,
) -> None:
    now = START + timedelta(seconds=later)
    used = sign_in(a_hardware_token(), STEP)
    assert answer(used, STEP, now) == "used"
    assert answer(sign_in(an_event_based_token(), 105), 105, now) == "used"


def test_older_copies_are_known_within_the_window_alone_S2() -> None:
    token = sign_in(a_hardware_token(), STEP - 1)
    token = sign_in(token, STEP)
    assert answer(token, STEP - 1) == "used"
    assert answer(token, STEP - 1, START + timedelta(seconds=30)) == "wrong"


def test_the_earliest_unspent_of_equal_codes_in_one_window_is_spent_S2() -> None:
    same = AlwaysTheSame("12345678")
    counted = accept(an_event_based_token(), same, "12345678", START, POLICY)
    assert counted.last == 101
    timed = accept(a_hardware_token(), same, "12345678", START, POLICY)
    assert (timed.last, timed.drift) == (STEP - 1, -1)
    timed = accept(timed, same, "12345678", START, POLICY)
    assert (timed.last, timed.drift) == (STEP, 0)


@pytest.mark.parametrize("drift", [-10, -2, 0])
@pytest.mark.parametrize("seconds", [0, 29, 30])
def test_a_window_before_1970_is_harmless_S6(seconds: int, drift: int) -> None:
    token = a_hardware_token(last=-1, drift=drift, drift_base=drift)
    step = seconds // 30
    for shown in range(4):
        within = abs(shown - step - drift) <= 1
        assert answer(token, shown, at(seconds)) == ("right" if within else "wrong")


def test_codes_of_another_token_are_wrong() -> None:
    token = a_hardware_token()
    with pytest.raises(WrongCode):
        accept(token, token.opened(b"another secret, 20 b"), code_of(token, STEP), START, POLICY)


def test_an_opened_token_shows_codes_of_its_own_kind_S1() -> None:
    for changes in FORMATS:
        token = a_hardware_token(**changes)
        assert token.opened(SECRET).at(STEP) == code_of(token, STEP)


def test_five_wrong_codes_lock_and_four_do_not_E3() -> None:
    trials = ("t1", "t2", "t3", "t4", "t5", "t6")
    locked = [a_hardware_token(failed=trials[:count]).is_locked(POLICY) for count in range(7)]
    assert locked == [False] * 5 + [True] * 2


def test_no_seed_is_in_the_printed_form_of_a_token_S47() -> None:
    assert "b'sealed'" not in repr(a_hardware_token(type=TokenType.TOTP))
