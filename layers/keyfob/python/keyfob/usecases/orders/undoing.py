"""Carries out the consequences of refunds and disputes (B4, S40).

Each piece of the order is one transaction, which can run twice and takes the order as it was read
for a condition. The order is due until all are done. So is the key's row a condition:

    a dispute                           a redemption
    reads key, issued, v1               reads key, issued, v1
    key stopped IF version = 1  ✓       key redeemed IF version = 1   ✗ reads: unknown key
                                        … or the redemption comes first, and the dispute finds the
                                        key redeemed: it suspends the new credential
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime

from keyfob.domain.audit.entry import Actor, Entry
from keyfob.domain.clock import Clock, in_seconds
from keyfob.domain.orders.license_key import KeyState, LicenseKey
from keyfob.domain.orders.order import READ, Order
from keyfob.domain.orders.product_kind import FOR_CREDENTIAL
from keyfob.domain.orders.undoing import key_state
from keyfob.storage.orders import license_keys as rows
from keyfob.storage.orders.order_row import unchanged
from keyfob.storage.orders.store import OrderStore
from keyfob.storage.rows import Update
from keyfob.storage.transaction import Transactions
from keyfob.usecases.credentials.taking_back import TakingBack
from keyfob.usecases.orders.service import OrderService

logger = logging.getLogger(__name__)

_ACTIONS = {
    KeyState.CANCELED: "license_key.voided",
    KeyState.STOPPED: "license_key.stopped",
    KeyState.ISSUED: "license_key.released",
}


class Undoing:
    """Brings keys and credentials into agreement with the order's refunds and disputes."""

    def __init__(
        self,
        *,
        service: OrderService,
        orders: OrderStore,
        taking_back: TakingBack,
        transactions: Transactions,
        clock: Clock,
        count: Callable[[str], None],
    ) -> None:
        self._service = service
        self._orders = orders
        self._taking_back = taking_back
        self._transactions = transactions
        self._clock = clock
        self._count = count

    def carry_out(self, number: str, *, by: Actor) -> None:
        """Do everything that is still to be done for this order; repeating it changes nothing.

        Its refunds and disputes must have been read since it was paid.

        Raises:
            Busy: others were faster each time; the order stays due.
        """
        self._transactions.retry_on_conflict(lambda: self._attempt(number, by))

    def _attempt(self, number: str, by: Actor) -> None:
        order = self._service.get(number)
        if not order.todo:
            return
        if order.todo != {READ}:
            self._apply(order, by)
        # If the order has changed meanwhile, there may be more to do.
        self._orders.carry_out(order, order.todo, self._clock())

    def _apply(self, order: Order, by: Actor) -> None:
        keys = self._orders.keys.of_order(order)
        units = {piece: unit for unit, piece in enumerate(order.pieces_of_units)}
        for piece, place in enumerate(order.pieces):
            if place in order.refused:
                continue  # it paid for nothing
            if order.lines[place].kind in FOR_CREDENTIAL:
                self._taking_back.piece(order, piece, by=by)
            elif units[piece] in keys:
                self._key(order, piece, keys[units[piece]].subject, by)
            elif units[piece] < order.minted and piece not in order.given_back.undone:
                # A key from before keys were listed, redeemed: an operator finds its credential.
                logger.warning("unit without key", extra={"order": order.number, "piece": piece})
                self._count("RefundUnassigned")

    def _key(self, order: Order, piece: int, subject: str, by: Actor) -> None:
        key = self._agreed(order, piece, subject, by)
        if key and key.credential:
            self._taking_back.new_credential(order, piece, key.credential, by=by)

    def _agreed(self, order: Order, piece: int, subject: str, by: Actor) -> LicenseKey | None:
        key = self._orders.keys.get(subject)
        while key and key.successor:
            key = self._orders.keys.get(key.successor)
        wanted = key_state(order, piece)
        if key is None or not key.is_waiting or key.state is wanted:
            return key
        now = in_seconds(self._clock)
        entry = Entry(
            action=_ACTIONS[wanted],
            actor=by,
            at=now,
            subject=key.subject,
            facts={"order": order.number, "unit": key.unit + 1},
        )
        self._transactions.commit(
            _written(key, wanted, order, now), unchanged(order), audit=[entry]
        )
        return key


def _written(key: LicenseKey, wanted: KeyState, order: Order, now: datetime) -> Update:
    if wanted is KeyState.CANCELED:
        return rows.cancel_license_key(key)
    if wanted is KeyState.STOPPED:
        return rows.stop_license_key(key)
    return rows.release_license_key(key, order, now)
