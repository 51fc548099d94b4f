"""When the clock looks at a license key, and what it does (B5, S44, S45)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from keyfob.domain.credentials.dates import one_year_after
from keyfob.domain.orders import key_schedule
from keyfob.domain.orders.key_schedule import Due, Schedule, begun_anew, done, due, next_due
from keyfob.domain.policy import Policy

POLICY = Policy()
PAID = datetime(2026, 11, 22, 7, 0, tzinfo=UTC)
SECOND, DAY = timedelta(seconds=1), timedelta(days=1)


def begun(paid_at: datetime, now: datetime, policy: Policy) -> Schedule:
    """The schedule of a key for a payment of this instant."""
    return key_schedule.begun(paid_at, one_year_after(paid_at), now, policy)


KEY = begun(PAID, PAID, POLICY)


def lived(key: Schedule, paid_at: datetime, days: float, step: timedelta = DAY) -> list[str]:
    """What the clock does and on which day, if it looks every `step`."""
    found, at = [], paid_at
    while at <= paid_at + timedelta(days=days):
        what = due(key, paid_at, at, POLICY)
        while what:
            found.append(f"{(at - paid_at).days} {what}")
            if what is Due.LAPSE:
                return found
            key = done(key, what, at)
            what = due(key, paid_at, at, POLICY)
        at += step
    return found


def test_a_key_is_checked_reminded_of_and_lapses_S44() -> None:
    assert lived(KEY, PAID, 400) == ["1 check", "14 remind", "60 remind", "335 remind", "365 lapse"]


def test_a_clock_that_stood_still_reminds_once_and_checks_all_the_same_S44() -> None:
    late = timedelta(days=100)
    assert lived(KEY, PAID, 100, step=late) == ["100 check", "100 remind"]
    assert lived(KEY, PAID, 400, step=timedelta(days=400)) == ["400 check", "400 lapse"]


@pytest.mark.parametrize(
    ("paid", "ends"),
    [
        (datetime(2027, 2, 28, 7, tzinfo=UTC), datetime(2028, 2, 28, 7, tzinfo=UTC)),
        (datetime(2028, 2, 29, 7, tzinfo=UTC), datetime(2029, 2, 28, 7, tzinfo=UTC)),
        # 366 days lie between them.
        (datetime(2027, 6, 1, 7, tzinfo=UTC), datetime(2028, 6, 1, 7, tzinfo=UTC)),
    ],
)
def test_a_key_ends_a_calendar_year_after_the_payment_S45(paid: datetime, ends: datetime) -> None:
    key = begun(paid, paid, POLICY)
    assert key.lapses_at == ends
    checked = done(done(key, Due.CHECK, paid), Due.REMIND, ends - SECOND)
    assert due(checked, paid, ends - SECOND, POLICY) is None
    assert due(checked, paid, ends, POLICY) is Due.LAPSE


def test_a_deployment_ends_keys_sooner_but_never_later_B5() -> None:
    short = Policy(license_key_lifetime=timedelta(days=90))
    assert begun(PAID, PAID, short).lapses_at == PAID + timedelta(days=90)
    with pytest.raises(ValueError, match="license_key_lifetime"):
        Policy(license_key_lifetime=timedelta(days=367))
    # No reminder follows the last one.
    key = done(begun(PAID, PAID, short), Due.CHECK, PAID)
    assert next_due(done(key, Due.REMIND, PAID + 60 * DAY), PAID, short) == PAID + 90 * DAY


def test_a_reissued_key_ends_when_the_first_would_have_and_repeats_no_reminder_B5() -> None:
    now = PAID + timedelta(days=70)
    anew = begun_anew(KEY, now)
    assert anew.lapses_at == KEY.lapses_at
    assert next_due(anew, PAID, POLICY) == now + POLICY.license_key_mail_expected
    assert lived(anew, PAID, 400) == ["71 check", "335 remind", "365 lapse"]


def test_nothing_is_due_before_the_next_instant_and_something_is_at_it_S44() -> None:
    key = KEY
    while True:
        at = next_due(key, PAID, POLICY)
        assert due(key, PAID, at - SECOND, POLICY) is None
        what = due(key, PAID, at, POLICY)
        assert what
        if what is Due.LAPSE:
            break
        key = done(key, what, at)
