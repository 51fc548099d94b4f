"""Expiry and revocation dates of a credential (B5, F5, F6, F7)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keyfob.domain.credentials.dates import (
    invoices_clear_until,
    one_year_after,
    renewal_from,
    revocation_at,
)
from keyfob.domain.policy import Policy
from tests.support.examples import steady
from tests.support.otp import DAY, POLICY, SECOND, at

INSTANTS = st.integers(1_577_836_800, 4_733_510_400).map(at)


def utc(year: int, month: int, day: int, hour: int = 0, minute: int = 0) -> datetime:
    return datetime(year, month, day, hour, minute, tzinfo=UTC)


@pytest.mark.parametrize(
    ("paid_at", "expires_at"),
    [
        (utc(2026, 11, 22, 7, 1), utc(2027, 11, 22, 7, 1)),
        (utc(2028, 2, 28, 23, 59), utc(2029, 2, 28, 23, 59)),
        (utc(2028, 2, 29, 12, 30), utc(2029, 2, 28, 12, 30)),
        (utc(2028, 3, 1), utc(2029, 3, 1)),
        (utc(2027, 2, 28), utc(2028, 2, 28)),
        (utc(2027, 3, 1), utc(2028, 3, 1)),
        (utc(2099, 12, 31, 23, 59), utc(2100, 12, 31, 23, 59)),
    ],
)
def test_a_year_later_is_the_same_date_and_the_28th_for_a_leap_day_B5(
    paid_at: datetime, expires_at: datetime
) -> None:
    assert one_year_after(paid_at) == expires_at


@steady
@given(paid_at=INSTANTS)
def test_a_year_is_365_days_or_one_more_over_a_leap_day_B5(paid_at: datetime) -> None:
    later = one_year_after(paid_at)
    assert later - paid_at in {365 * DAY, 366 * DAY}
    assert (later.tzinfo, later.time()) == (UTC, paid_at.time())


@steady
@given(one=INSTANTS, other=INSTANTS)
def test_a_credential_paid_earlier_never_expires_later_B5(one: datetime, other: datetime) -> None:
    earlier, later = sorted((one, other))
    assert one_year_after(earlier) <= one_year_after(later)


@pytest.mark.parametrize("zone", ["America/New_York", "Europe/Berlin", "Australia/Lord_Howe"])
def test_a_change_to_summer_time_moves_nothing_F7(zone: str) -> None:
    suspended_at = utc(2027, 3, 10, 0, 30)
    ends = revocation_at(utc(2028, 1, 1), suspended_at, POLICY)
    assert ends - suspended_at == timedelta(seconds=60 * 24 * 3600)
    # Over there the clocks have been changed meanwhile.
    local = [one.astimezone(ZoneInfo(zone)) for one in (suspended_at, ends)]
    assert local[0].utcoffset() != local[1].utcoffset()
    assert local[0].time() != local[1].time()


def test_renewal_begins_30_days_before_the_expiry_F6() -> None:
    assert renewal_from(utc(2027, 3, 1), POLICY) == utc(2027, 1, 30)


def test_without_a_suspension_it_is_revoked_a_year_after_the_expiry_F6() -> None:
    assert revocation_at(utc(2027, 11, 22), None, POLICY) == utc(2028, 11, 22)
    assert revocation_at(utc(2028, 2, 29), None, POLICY) == utc(2029, 2, 28)


def test_it_is_revoked_60_days_after_a_suspension_or_a_year_after_the_expiry_F7() -> None:
    expires_at = utc(2027, 11, 22)
    year_after = utc(2028, 11, 22)
    equal = year_after - 60 * DAY
    assert revocation_at(expires_at, utc(2027, 1, 1), POLICY) == utc(2027, 3, 2)
    assert revocation_at(expires_at, equal - SECOND, POLICY) == year_after - SECOND
    assert revocation_at(expires_at, equal, POLICY) == year_after
    assert revocation_at(expires_at, equal + SECOND, POLICY) == year_after


@steady
@given(expires_at=INSTANTS, suspended_at=INSTANTS)
def test_a_suspension_never_puts_revocation_off_F7(
    expires_at: datetime, suspended_at: datetime
) -> None:
    ends = revocation_at(expires_at, suspended_at, POLICY)
    assert ends <= revocation_at(expires_at, None, POLICY)
    assert ends <= suspended_at + 60 * DAY


def test_an_invoice_clears_in_time_until_5_days_before_the_revocation_F7() -> None:
    assert invoices_clear_until(utc(2028, 11, 22, 7), POLICY) == utc(2028, 11, 17, 7)
    assert invoices_clear_until(utc(2028, 11, 22), Policy(invoice_clearing=DAY)) == utc(
        2028, 11, 21
    )
