"""Reissues a license key: the old one is dead, the purchaser is mailed another (B5).

    a reissue                          a redemption, or another reissue
    reads key A, issued, v1            reads key A, issued, v1
    A reissued IF version = 1    ✓     A redeemed IF version = 1     ✗ reads A: unknown now
    + key B, its mail, entries

The first one with key A wins, so that at most one key is good for a unit. A reissue that loses to
another one has what it wanted: the purchaser gets the key of that one, and no second mail. One that
names another account than the faster one reissues that key in turn.
"""

from __future__ import annotations

from keyfob.domain.audit.entry import Actor, Entry, Facts
from keyfob.domain.clock import Clock
from keyfob.domain.directory.account import Account
from keyfob.domain.errors import NotFound
from keyfob.domain.orders.applying import reassign
from keyfob.domain.orders.errors import LicenseKeyNotReissuable
from keyfob.domain.orders.license_key import KeyState, LicenseKey
from keyfob.domain.orders.order import Order
from keyfob.domain.orders.transition import Transition
from keyfob.storage.orders import license_keys, order_row, store
from keyfob.storage.orders.store import OrderStore
from keyfob.storage.rows import Write
from keyfob.storage.transaction import Guard, Transactions, unguarded
from keyfob.usecases.orders.holders import Holders
from keyfob.usecases.orders.minting import Minting


class Reissuing:
    """Reissues license keys, for operators and administrators."""

    def __init__(
        self,
        *,
        orders: OrderStore,
        holders: Holders,
        minting: Minting,
        transactions: Transactions,
        clock: Clock,
    ) -> None:
        self._orders = orders
        self._holders = holders
        self._minting = minting
        self._transactions = transactions
        self._clock = clock

    def reissue(
        self,
        number: str,
        unit: int,
        by: Actor,
        *,
        to: Account | None = None,
        guard: Guard = unguarded,
    ) -> Order:
        """Reissue the key of the order's `unit`-th credential (from 0); returns the order.

        From then on only the account `to` can redeem it, if one is given. The purchaser gets the
        mail, whoever may redeem it.

        Raises:
            NotFound: no such order, or it has no key for this unit (yet).
            NoFittingApplication: `to` has no use for what was bought.
            LicenseKeyNotReissuable: the key was redeemed, or is dead for another reason.
            KeysUnavailable: the key service did not answer.
        """
        order = self._orders.get(number)
        if order is None or not 0 <= unit < order.minted:
            raise NotFound("There is no license key for this unit of an order.")
        if to:
            self._holders.require_use(order.units[unit], to, order.partner, "for")
        key = self._orders.keys.of_unit(order, unit)
        if key is None:
            raise LicenseKeyNotReissuable
        by = by.acting_for(order.account)
        return self._transactions.retry_on_conflict(
            lambda: self._attempt(number, key.subject, by, to, guard)
        )

    def recipient(self, number: str, user_id: str) -> Account:
        """The account that signs in so, which an operator gives a key of this order to.

        Raises:
            NotFound: no such order, or no such account in its organization.
        """
        order = self._orders.get(number)
        if order is None:
            raise NotFound
        return self._holders.by_user_id(order.organization, user_id)

    def _attempt(
        self, number: str, subject: str, by: Actor, to: Account | None, guard: Guard
    ) -> Order:
        order, seen = self._orders.get(number), self._orders.keys.get(subject)
        while to and seen and seen.successor and seen.holder != to.id:
            # Another reissue was faster; its key may be for another account.
            seen = self._orders.keys.get(seen.successor)
        if order and seen and seen.state is KeyState.REISSUED:
            return order
        if order is None or seen is None or not seen.is_issued or seen.has_lapsed(self._clock()):
            raise LicenseKeyNotReissuable
        self._commit(order, seen, by, to, guard)
        return order

    def _commit(
        self, order: Order, seen: LicenseKey, by: Actor, to: Account | None, guard: Guard
    ) -> None:
        given = reassign(order, seen.unit, to.id) if to else Transition(order=order)
        minted = self._minting.mint(given.order, seen.unit, by=by, instead_of=seen)
        dead = self._entry("license_key.reissued", seen.subject, order, seen, by)
        writes: list[Write] = [license_keys.reissue_license_key(seen, minted.subject), minted.write]
        audit = [dead, minted.entry]
        if to and given.change:
            writes.append(order_row.change(order, given.order, self._clock()))
            writes.append(store.show_holder(order, to.id))
            audit.append(self._entry(given.change, order.subject, order, seen, by))
        self._transactions.commit(*writes, *guard().writes, audit=audit, messages=minted.messages)

    def _entry(self, action: str, subject: str, order: Order, seen: LicenseKey, by: Actor) -> Entry:
        facts: Facts = {"order": order.number, "unit": seen.unit + 1}
        return Entry(action=action, actor=by, at=self._clock(), subject=subject, facts=facts)
