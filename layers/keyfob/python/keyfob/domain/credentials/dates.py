"""When a credential ends. Pure; every instant is in UTC.

expiry       one calendar year after the payment (B5)
renewal      notice 30 days before the expiry (F6)
revocation   one calendar year after the expiry, or 60 days after a suspension if that comes
             first; the system's suspensions don't count (F5, F7)
invoices     can't clear in time from 5 days before the revocation (F7)
"""

from __future__ import annotations

from datetime import datetime

from keyfob.domain.policy import Policy


def one_year_after(at: datetime) -> datetime:
    """The same date and time a calendar year later; 28 February for a 29th."""
    try:
        return at.replace(year=at.year + 1)
    except ValueError:
        return at.replace(year=at.year + 1, day=28)


def one_year_before(at: datetime) -> datetime:
    """The date and time a calendar year earlier; 1 March for a 29 February.

    A year after it is never before `at`.
    """
    try:
        return at.replace(year=at.year - 1)
    except ValueError:
        return at.replace(year=at.year - 1, month=3, day=1)


def renewal_from(expires_at: datetime, policy: Policy) -> datetime:
    """When the holder is first asked to renew."""
    return expires_at - policy.renewal_notice


def revocation_at(expires_at: datetime, suspended_at: datetime | None, policy: Policy) -> datetime:
    """When it is revoked automatically; pass `suspended_at` only for a suspension that counts."""
    after_expiry = one_year_after(expires_at)
    if suspended_at is None:
        return after_expiry
    return min(after_expiry, suspended_at + policy.suspension_limit)


def invoices_clear_until(revokes_at: datetime, policy: Policy) -> datetime:
    """The end for invoices: later, only a card payment arrives before the revocation."""
    return revokes_at - policy.invoice_clearing
