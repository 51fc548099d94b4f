"""Sends a license key again to its purchaser (B5).

The key that was mailed is stored nowhere, so another one takes its place: it is reissued with the
reason that it hasn't arrived. Somebody who was given the old one must be given the new one.
"""

from __future__ import annotations

from dataclasses import replace

from keyfob.domain.audit.entry import Actor
from keyfob.domain.clock import Clock
from keyfob.domain.limits import Quota, a_day
from keyfob.domain.orders.order import Order
from keyfob.domain.policy import Policy
from keyfob.storage.limits import Limits
from keyfob.storage.orders.store import OrderStore
from keyfob.usecases.audit.foreign_ids import ForeignIds
from keyfob.usecases.orders.reissuing import Reissuing

_REASON = "The mail has not arrived"


class Resending:
    """Reissues keys for the purchaser, so many a day for each purchaser."""

    def __init__(
        self, *, reissuing: Reissuing, limits: Limits, clock: Clock, policy: Policy
    ) -> None:
        self._reissuing = reissuing
        self._limits = limits
        self._clock = clock
        self._policy = policy

    def resend(self, order: Order, unit: int, by: Actor) -> None:
        """Send another key for the order's `unit`-th credential (from 0).

        Raises:
            TooManyTries: the purchaser has had as many today as the policy allows.
            NotFound: the order has no key for this unit (yet). LicenseKeyNotReissuable.
            KeysUnavailable: nothing changed.
        """
        limit = a_day("key-resends", self._policy.key_resends_a_day)
        quota = Quota(limit=limit, subject=order.purchaser)
        with self._limits.request([quota], self._clock()):
            self._reissuing.reissue(order.number, unit, replace(by, reason=_REASON))


class OwnKeys:
    """The license keys of an account's own orders."""

    def __init__(self, *, orders: OrderStore, resending: Resending, foreign: ForeignIds) -> None:
        self._orders = orders
        self._resending = resending
        self._foreign = foreign

    def resend(self, number: str, unit: int, by: Actor) -> None:
        """Send another key for the `unit`-th credential (from 0) of this account's order.

        Raises:
            NotFound: as for an unknown order, if it is somebody else's (S23); it is recorded.
            TooManyTries, LicenseKeyNotReissuable, KeysUnavailable: as `Resending.resend`.
        """
        order = self._orders.get(number)
        if order is None or order.account != by.account:
            raise self._foreign.order_refused(number, by)
        self._resending.resend(order, unit, by)
