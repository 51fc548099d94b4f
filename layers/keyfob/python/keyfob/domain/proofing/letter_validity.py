"""The last day of a letter's activation code, in days of the United States (C5). Pure.

Counted from the eighth business day after the mailing, by which mail has arrived almost everywhere,
or from the mailing itself, as SP 800-63A-4 does. Business days leave out weekends and federal
holidays, on which no mail is delivered, from PyPI's `holidays`.
"""

from __future__ import annotations

from datetime import date, timedelta

import holidays

from keyfob.domain.policy import LetterCodeFrom, Policy

_BUSINESS_DAYS = 8
_DAY = timedelta(days=1)


def last_day_of(mailed_on: date, policy: Policy) -> date:
    """The last day on which the code of a letter mailed on this day can be entered."""
    counted_from = mailed_on
    if policy.letter_code_from is LetterCodeFrom.EIGHTH_BUSINESS_DAY:
        counted_from = business_day_after(mailed_on, _BUSINESS_DAYS)
    return counted_from + policy.letter_code_days * _DAY


def business_day_after(day: date, number: int) -> date:
    """The business day with this number (from 1) after `day`, which itself doesn't count."""
    calendar = holidays.country_holidays("US", years=(day.year, day.year + 1))
    while number:
        day += _DAY
        number -= calendar.is_working_day(day)
    return day
