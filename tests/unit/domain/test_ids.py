"""Identifiers and secrets."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from keyfob.domain import ids
from tests.support.fakes import START


def test_base32_is_crockfords_and_of_fixed_width() -> None:
    assert ids.base32(0, 3) == "000"
    assert ids.base32(32**3 - 1, 3) == "ZZZ"
    assert ids.base32(31 * 32 + 10, 2) == "ZA"
    assert not set("ILOU") & set(ids.CROCKFORD)


@pytest.mark.parametrize("value", [-1, 32**2])
def test_a_value_that_does_not_fit_is_refused(value: int) -> None:
    with pytest.raises(ValueError, match="2 digits"):
        ids.base32(value, 2)


def test_ulids_sort_by_time_and_never_repeat() -> None:
    made = [ids.ulid(START + timedelta(milliseconds=step)) for step in range(300)]
    assert made == sorted(made)
    assert len({ids.ulid(START) for _ in range(300)}) == 300
    assert all(len(one) == 26 for one in made)


def test_an_id_says_nothing_and_secrets_have_256_bits_S17() -> None:
    assert re.fullmatch("acc_[0-9a-hjkmnp-tv-z]{20}", ids.new_id("acc"))
    assert len({ids.new_id("acc") for _ in range(300)}) == 300
    assert len(ids.new_secret()) == 43


@pytest.mark.parametrize(
    "typed",
    [
        "7K3M-0X1T",
        "7k3m\u20110xit",
        "7K3M\u20130X1T.",
        "> 7K3M-\r\n> 0X1T",
        "7K3M\u00a0OXLT",
        "7K3M\u00ad-0X1T\u200b",
        "\u201c7K3M_0X1T\u201d",
        "\uff17\uff2b\uff13\uff2d\uff0d\uff10\uff38\uff11\uff34",
    ],
)
def test_typed_text_is_forgiven_whatever_is_no_letter_or_digit_S65(typed: str) -> None:
    assert ids.forgiven(typed) == "7K3M0X1T"


@pytest.mark.parametrize(
    "typed", ["7K3M0X1\u0422", "7K3M0X1\u0661", "7K3M0X1\u00b2", "7K3M0X1\u00e9"]
)
def test_letters_and_digits_of_another_script_stay_to_be_refused_S65(typed: str) -> None:
    assert set(ids.forgiven(typed)) - set(ids.CROCKFORD)
