"""Administrators list and reissue the license keys that their organization bought (B5, S24).

Who may is decided by the purchaser's organization. An administrator may reissue a key of an own
order: it goes to the mailbox of the first one, and gives nobody anything before it is redeemed.
"""

from __future__ import annotations

from dataclasses import dataclass

from keyfob.domain.clock import Clock
from keyfob.domain.directory.account import Account
from keyfob.domain.ids import ORDER_NUMBER
from keyfob.domain.limits import Quota, a_day
from keyfob.domain.orders.license_key import LicenseKey
from keyfob.domain.policy import Policy
from keyfob.domain.sessions.administrator import Administrator
from keyfob.storage.directory.store import Directory
from keyfob.storage.limits import Limits
from keyfob.storage.orders.store import OrderStore
from keyfob.usecases.administration.colleagues import Colleagues
from keyfob.usecases.administration.refusals import Refusals
from keyfob.usecases.administration.second_person import Reopens
from keyfob.usecases.audit.foreign_ids import ForeignIds
from keyfob.usecases.orders.holders import Holders
from keyfob.usecases.orders.reissuing import Reissuing


@dataclass(frozen=True, slots=True, kw_only=True)
class Unredeemed:
    """A license key by what is known of it: its place in the list, its purchaser and holder.

    Without a holder anybody may redeem it.

    The list is eventually consistent, the key isn't: it may have been redeemed a moment ago.
    """

    place: str
    key: LicenseKey
    purchaser: Account | None
    holder: Account | None


class BoughtKeys:
    """The license keys of an organization's orders."""

    def __init__(
        self,
        *,
        orders: OrderStore,
        directory: Directory,
        holders: Holders,
        reissuing: Reissuing,
        colleagues: Colleagues,
        limits: Limits,
        foreign: ForeignIds,
        clock: Clock,
        policy: Policy,
    ) -> None:
        self._orders = orders
        self._directory = directory
        self._holders = holders
        self._reissuing = reissuing
        self._colleagues = colleagues
        self._limits = limits
        self._foreign = foreign
        self._refusals = Refusals(foreign)
        self._clock = clock
        self._policy = policy

    def listed(self, who: Administrator, *, limit: int, before: str | None) -> list[Unredeemed]:
        """At most `limit` keys that can be redeemed, the latest paid first, from `before` on.

        Raises:
            ElevationRequired.
        """
        who.require_proof(self._clock(), self._policy)
        found = self._orders.keys.unredeemed(who.organization, limit=limit, before=before)
        named = {one for _, key in found for one in (key.account, key.holder) if one}
        people = {one: self._directory.account(one) for one in sorted(named)}
        return [
            Unredeemed(
                place=place,
                key=key,
                purchaser=people[key.account],
                holder=people[key.holder] if key.holder else None,
            )
            for place, key in found
        ]

    def reissue(
        self, who: Administrator, number: str, unit: int, holder: str | None = None
    ) -> None:
        """Reissue the key of the order's `unit`-th credential (from 0), for this account if named.

        Raises:
            ElevationRequired; LicenseKeyNotReissuable. KeysUnavailable: nothing changed.
            RoleRequired: no administrator any more.
            SecondPersonNeeded: `who` has just changed the address of one of these accounts.
            TooManyTries: the organization has had as many today as the policy allows (S62).
            NoFittingApplication: the account has no use for it.
            NotFound: no order or account of the organization's, or no key for this unit.
        """
        with self._refusals.recorded("reissue", number, ORDER_NUMBER, who.by):
            who.require_proof(self._clock(), self._policy)
        order = self._orders.get(number)
        if order is None or order.organization != who.organization:
            raise self._foreign.order_refused(number, who.by)
        named = self._holders.named(who.organization, [holder] if holder else [], who.by)
        limit = a_day("reissues", self._policy.reissues_a_day)
        quota = Quota(limit=limit, subject=who.organization)
        with (
            self._limits.request([quota], self._clock()),
            self._refusals.recorded("reissue", number, ORDER_NUMBER, who.by),
        ):
            to = named[holder] if holder else None
            # The key is mailed to the purchaser, and redeemed by the account that is named.
            concerned = {order.account, *([to.id] if to else [])}
            guard = self._colleagues.guard(who, *sorted(concerned), reopens=Reopens.ACCOUNT)
            guard()
            self._reissuing.reissue(number, unit, who.by, to=to, guard=guard)
