"""Lifecycle jobs of a license key that nobody has redeemed (B5, S44, S45). Pure.

a day after its mail was queued     checks that it was sent
14 and 60 days after the payment    reminds the purchaser
30 days before its end              reminds once more
its end, at most a year after the payment, as the credential would have: it lapses

Nobody can redeem a key before its hardware token is shipped. The year of a key whose token isn't
shipped at the end of that year begins anew: the purchaser has paid, and got nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from keyfob.domain.policy import Policy


class Due(StrEnum):
    """The job that is due for a key."""

    CHECK = "check"
    REMIND = "remind"
    LAPSE = "lapse"


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """Facts of the clock's work on a key.

    `told_at`: up to when the purchaser has been reminded; `checked`: its mail has been looked at.
    """

    issued_at: datetime
    lapses_at: datetime
    told_at: datetime
    checked: bool = False


def begun(paid_at: datetime, year_ends: datetime, now: datetime, policy: Policy) -> Schedule:
    """The schedule of a key that is issued now for a payment, whose year ends then."""
    lapses_at = min(year_ends, paid_at + policy.license_key_lifetime)
    return Schedule(issued_at=now, lapses_at=lapses_at, told_at=now)


def begun_anew(seen: Schedule, now: datetime) -> Schedule:
    """The schedule of a key that takes the place of another: it ends when that one would have."""
    return Schedule(issued_at=now, lapses_at=seen.lapses_at, told_at=now)


def due(seen: Schedule, paid_at: datetime, now: datetime, policy: Policy) -> Due | None:
    """The job that is due now; of several reminders, one."""
    if not seen.checked and now >= seen.issued_at + policy.license_key_mail_expected:
        return Due.CHECK
    if now >= seen.lapses_at:
        return Due.LAPSE
    passed = [at for at in _reminders(seen, paid_at, policy) if seen.told_at < at <= now]
    return Due.REMIND if passed else None


def next_due(seen: Schedule, paid_at: datetime, policy: Policy) -> datetime:
    """When the clock must look at the key next."""
    coming = [at for at in _reminders(seen, paid_at, policy) if at > seen.told_at]
    check = [] if seen.checked else [seen.issued_at + policy.license_key_mail_expected]
    return min([*coming, *check, seen.lapses_at])


def postponed(seen: Schedule, year_ends: datetime, now: datetime) -> Schedule:
    """The schedule of a key whose token wasn't shipped until its end, with another one."""
    return replace(seen, lapses_at=year_ends, told_at=now)


def end_of_year(seen: Schedule | None, year_ends: datetime) -> datetime:
    """When the credential for a key expires: a year after the payment, or at its later end."""
    return max(year_ends, seen.lapses_at) if seen else year_ends


def done(seen: Schedule, what: Due, now: datetime) -> Schedule:
    """The schedule after that was done."""
    if what is Due.CHECK:
        return replace(seen, checked=True)
    return replace(seen, told_at=now)


def _reminders(seen: Schedule, paid_at: datetime, policy: Policy) -> list[datetime]:
    last = seen.lapses_at - policy.license_key_lapse_notice
    early = [paid_at + after for after in policy.license_key_reminders]
    return [*(at for at in early if at < last), last]
