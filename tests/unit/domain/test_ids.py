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
