"""Reissues a license key: the old one is dead, the purchaser is mailed another (B5).

    a reissue                          a redemption, or another reissue
    reads key A, issued, v1            reads key A, issued, v1
    A reissued IF version = 1    ✓     A redeemed IF version = 1     ✗ reads A: unknown now
    + key B, its mail, entries

The first one with key A wins, so that at most one key is good for a unit. A reissue that loses to
another one has what it wanted: the purchaser gets the key of that one, and no second mail.
"""

from __future__ import annotations

from keyfob.domain.audit.entry import Actor, Entry
from keyfob.domain.clock import Clock
from keyfob.domain.errors import NotFound
from keyfob.domain.orders.errors import LicenseKeyNotReissuable
from keyfob.domain.orders.license_key import KeyState, LicenseKey
from keyfob.domain.orders.order import Order
from keyfob.storage.orders import store as rows
from keyfob.storage.orders.store import OrderStore
from keyfob.storage.transaction import Transactions
from keyfob.usecases.orders.minting import Minting


class Reissuing:
    """Reissues license keys, for operators and administrators."""

    def __init__(
        self, *, orders: OrderStore, minting: Minting, transactions: Transactions, clock: Clock
    ) -> None:
        self._orders = orders
        self._minting = minting
        self._transactions = transactions
        self._clock = clock

    def reissue(self, number: str, unit: int, by: Actor) -> Order:
        """Reissue the key of the order's `unit`-th credential (from 0); returns the order.

        Raises:
            NotFound: no such order, or it has no key for this unit (yet).
            LicenseKeyNotReissuable: the key was redeemed, or is dead for another reason.
            KeysUnavailable: the key service did not answer.
        """
        order = self._orders.get(number)
        if order is None or not 0 <= unit < order.minted:
            raise NotFound("There is no license key for this unit of an order.")
        key = self._orders.key_of(order, unit)
        if key is None:
            raise LicenseKeyNotReissuable
        by = by.acting_for(order.account)
        self._transactions.retry_on_conflict(lambda: self._attempt(order, key.subject, by))
        return order

    def _attempt(self, order: Order, subject: str, by: Actor) -> None:
        seen = self._orders.license_key(subject)
        if seen and seen.state is KeyState.REISSUED:
            return
        if seen is None or not seen.is_issued:
            raise LicenseKeyNotReissuable
        self._commit(order, seen, by)

    def _commit(self, order: Order, seen: LicenseKey, by: Actor) -> None:
        minted = self._minting.mint(order, seen.unit, by=by, reissued=True)
        dead = Entry(
            action="license_key.reissued",
            actor=by,
            at=self._clock(),
            subject=seen.subject,
            facts={"order": order.number, "unit": seen.unit + 1},
        )
        self._transactions.commit(
            rows.reissue_license_key(seen, minted.subject),
            minted.write,
            audit=[dead, minted.entry],
            messages=[minted.message],
        )
