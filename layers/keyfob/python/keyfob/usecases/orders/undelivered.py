"""Shipments that didn't arrive: lost on their way, or come back (B5).

The order, the token and the stock change in one transaction; then another token is reserved for the
unit, or it gets its place in the queue.
"""

from __future__ import annotations

from keyfob.domain.audit.entry import Actor, Entry
from keyfob.domain.clock import Clock
from keyfob.domain.inventory.errors import TokenNotAvailable
from keyfob.domain.inventory.token import normalized_serial
from keyfob.domain.orders.notifications import shipment_ended
from keyfob.domain.orders.order import Order
from keyfob.domain.orders.shipment import Ended
from keyfob.domain.orders.shipping import end
from keyfob.storage.inventory import store as tokens
from keyfob.storage.inventory.store import Inventory, Stored
from keyfob.storage.orders import stock as rows
from keyfob.storage.rows import Update
from keyfob.storage.transaction import TransactionPart, Transactions
from keyfob.usecases.orders.service import OrderService
from keyfob.usecases.orders.supplying import Supplying, following


class Undelivered:
    """Records shipments that were lost or came back."""

    def __init__(
        self,
        *,
        service: OrderService,
        inventory: Inventory,
        supplying: Supplying,
        transactions: Transactions,
        clock: Clock,
    ) -> None:
        self._service = service
        self._inventory = inventory
        self._supplying = supplying
        self._transactions = transactions
        self._clock = clock

    def lost(self, number: str, serial: str, *, by: Actor) -> Order:
        """Withdraw a token that was lost on its way, and supply another one for its unit.

        Raises:
            NotFound: there is no such order, or no such token is on its way for it.
            TokenNotAvailable: somebody has registered the token.
        """
        return self._end(number, serial, Ended.LOST, again=True, usable=False, by=by)

    def returned(self, number: str, serial: str, *, usable: bool, again: bool, by: Actor) -> Order:
        """Take a token back: it is free again if it is `usable`, else it is withdrawn.

        With `again` another one is supplied for its unit.

        Raises:
            NotFound: there is no such order, or no such token is on its way for it.
            TokenNotAvailable: somebody has registered the token.
        """
        return self._end(number, serial, Ended.RETURNED, again=again, usable=usable, by=by)

    def _end(
        self, number: str, serial: str, how: Ended, *, again: bool, usable: bool, by: Actor
    ) -> Order:
        normalized = normalized_serial(serial)

        def attempt() -> Order:
            seen = self._service.get(number)
            to = end(seen, serial=normalized, how=how, again=again)
            if to.change is None:
                return seen
            sent = seen.shipment_of(normalized)
            if sent is None:
                return seen
            token = self._sent(number, normalized)
            action = "token.lost" if how is Ended.LOST else "token.withdrawn"
            entry = Entry(
                action="token.returned" if usable else action,
                actor=by,
                at=self._clock(),
                subject=token.subject.id,
                facts={"order": number},
            )
            part = TransactionPart(
                writes=[
                    tokens.return_token(token) if usable else tokens.lose_token(token),
                    *self._grown(token, usable=usable),
                ],
                audit=[entry],
                facts={"serial": normalized, "unit": sent.unit},
            )
            told = shipment_ended(to, sent, how, again=again, correlation=by.correlation)
            return self._service.commit(seen, to, by=by, part=part, messages=told)

        self._transactions.retry_on_conflict(attempt)
        return self._supplying.supply(number, by=following(by))

    def _grown(self, token: Stored, *, usable: bool) -> list[Update]:
        """The stock's growth by a token that can be sent again."""
        return [rows.moved(token.model, free=1, due=self._clock())] if usable else []

    def _sent(self, number: str, serial: str) -> Stored:
        token = self._inventory.token(serial)
        if token is None or token.order != number or not token.is_free:
            raise TokenNotAvailable("this token is or was registered with a credential")
        return token
