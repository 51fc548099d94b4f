"""Fulfilling a paid order: its license keys in chunks, then its tokens.

Each chunk is conditioned on the order's version. `paid` alone is committed first and is itself due,
and so is an order that is owed tokens: if the process dies in between, the clock resumes and does
what is missing, once.
"""

from __future__ import annotations

from keyfob.domain.audit.entry import Actor
from keyfob.domain.orders.order import Order, State, mint
from keyfob.domain.policy import Policy
from keyfob.storage.transaction import TransactionPart, Transactions
from keyfob.usecases.orders.minting import Minting
from keyfob.usecases.orders.service import OrderService
from keyfob.usecases.orders.supplying import Supplying


class Fulfilment:
    """Mints and sends the license keys of a paid order, and reserves its tokens."""

    def __init__(
        self,
        *,
        service: OrderService,
        transactions: Transactions,
        minting: Minting,
        supplying: Supplying,
        policy: Policy,
    ) -> None:
        self._service = service
        self._transactions = transactions
        self._minting = minting
        self._supplying = supplying
        self._policy = policy

    def fulfill(self, number: str, *, by: Actor) -> Order:
        """Mint every missing key, and supply every token; leaves an unpaid order alone."""
        order = self._service.get(number)
        while order.state is State.PAID:
            self._transactions.retry_on_conflict(lambda: self._chunk(number, by))
            order = self._service.get(number)
        return self._supplying.supply(number, by=by) if order.owed_tokens else order

    def _chunk(self, number: str, by: Actor) -> None:
        order = self._service.get(number)
        if order.state is not State.PAID:
            return
        left = len(order.keys) - order.minted
        count = min(left, self._policy.fulfilment_chunk)
        keys = [
            self._minting.mint(order, unit, by=by)
            for unit in range(order.minted, order.minted + count)
        ]
        part = TransactionPart(
            writes=[one.write for one in keys],
            audit=[one.entry for one in keys],
            messages=[message for one in keys for message in one.messages],
            facts={"keys": count},
        )
        self._service.commit(order, mint(order, count), by=by, part=part)
