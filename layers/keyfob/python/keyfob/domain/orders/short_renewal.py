"""Renewals that last for less time than a buyer expects: from the original expiry (B7). Pure."""

from __future__ import annotations

from datetime import datetime

from keyfob.domain.orders.errors import ShortRenewalNotAccepted
from keyfob.domain.orders.line import Line
from keyfob.domain.orders.order import Order
from keyfob.domain.policy import Policy


def short_renewals(order: Order, policy: Policy) -> tuple[Line, ...]:
    """The lines whose buyer is warned."""
    return _renewed_until(order, order.placed_at + policy.short_renewal_warned)


def require_accepted(order: Order, policy: Policy, *, accepted: bool) -> None:
    """Refuse renewals that end almost at once, unless their buyer accepts that.

    Raises:
        ShortRenewalNotAccepted: one lasts no longer than the policy's `short_renewal_confirmed`.
    """
    short = _renewed_until(order, order.placed_at + policy.short_renewal_confirmed)
    if accepted or not short:
        return
    ends = " and ".join(line.renewed_until.isoformat() for line in short if line.renewed_until)
    problem = f"this renewal would last until {ends} only"
    raise ShortRenewalNotAccepted(fields={"short_renewal_accepted": problem})


def _renewed_until(order: Order, end: datetime) -> tuple[Line, ...]:
    return tuple(line for line in order.lines if line.renewed_until and line.renewed_until <= end)
