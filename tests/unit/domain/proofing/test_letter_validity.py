"""The last day of a letter's code, in business days of the United States (C5)."""

from __future__ import annotations

from datetime import date

import pytest

from keyfob.domain.policy import LetterCodeFrom, Policy, overridden
from keyfob.domain.proofing.letter_validity import business_day_after, last_day_of


@pytest.mark.parametrize(
    ("mailed_on", "eighth"),
    [
        (date(2027, 3, 1), date(2027, 3, 11)),  # a Monday, without any holiday
        (date(2027, 3, 5), date(2027, 3, 17)),  # a Friday
        (date(2027, 3, 6), date(2027, 3, 17)),  # a Saturday: the first business day is Monday
        (date(2026, 11, 20), date(2026, 12, 3)),  # over Thanksgiving
        (date(2026, 6, 26), date(2026, 7, 9)),  # 4 July is a Saturday: Friday is free
        (date(2026, 12, 22), date(2027, 1, 5)),  # Christmas, New Year, another year
        (date(2027, 12, 22), date(2028, 1, 5)),  # 1 January 2028 is free on 31 December 2027
        (date(2028, 2, 17), date(2028, 3, 1)),  # Washington's Birthday, and a leap day
    ],
)
def test_the_eighth_business_day_leaves_out_weekends_and_federal_holidays_C5(
    mailed_on: date, eighth: date
) -> None:
    assert business_day_after(mailed_on, 8) == eighth


def test_a_code_is_good_for_thirty_days_after_the_eighth_business_day_C5() -> None:
    assert last_day_of(date(2027, 3, 1), Policy()) == date(2027, 4, 10)


def test_a_deployment_may_count_21_days_from_the_mailing_as_sp_800_63a_4_does_C5() -> None:
    policy = overridden(Policy(), '{"letter_code_days": 21, "letter_code_from": "mailing"}')
    assert policy.letter_code_from is LetterCodeFrom.MAILING
    assert last_day_of(date(2027, 3, 1), policy) == date(2027, 3, 22)


@pytest.mark.parametrize("wrong", ['"delivery"', "7", "null"])
def test_another_beginning_is_refused_C5(wrong: str) -> None:
    with pytest.raises(ValueError, match="LetterCodeFrom"):
        overridden(Policy(), f'{{"letter_code_from": {wrong}}}')
