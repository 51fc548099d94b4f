"""Fulfilling a paid order: its license keys in chunks, then its tokens.

Each chunk is conditioned on the order's version. `paid` alone is committed first and is itself due,
and so is an order that is owed tokens: if the process dies in between, the clock resumes and does
what is missing, once.
"""

from __future__ import annotations

from keyfob.domain.audit.entry import Actor
from keyfob.domain.orders.decisions import mint
from keyfob.domain.orders.order import Order, State
from keyfob.domain.policy import Policy
from keyfob.storage.orders.license_keys import put_keys
from keyfob.storage.transaction import TransactionPart, Transactions
from keyfob.usecases.orders.minting import Minting
from keyfob.usecases.orders.mirroring import Mirroring
from keyfob.usecases.orders.service import OrderService
from keyfob.usecases.orders.supplying import Supplying
from keyfob.usecases.orders.undoing import Undoing


class Fulfilment:
    """Gives a paid order what it is for, and takes back what its money went back for."""

    def __init__(
        self,
        *,
        service: OrderService,
        transactions: Transactions,
        minting: Minting,
        supplying: Supplying,
        mirroring: Mirroring,
        undoing: Undoing,
        policy: Policy,
    ) -> None:
        self._service = service
        self._transactions = transactions
        self._minting = minting
        self._supplying = supplying
        self._mirroring = mirroring
        self._undoing = undoing
        self._policy = policy

    def fulfill(self, number: str, *, by: Actor) -> Order:
        """Read refunds and disputes, carry out what follows, then mint keys and supply tokens.

        An unpaid order is left alone, and nothing is minted or reserved while a dispute stops it.

        Raises:
            PaymentUnavailable: the provider did not answer; the order stays due.
        """
        self._mirroring.read(number, by=by)
        self._undoing.carry_out(number, by=by)
        order = self._service.get(number)
        while _is_wanted(order):
            self._transactions.retry_on_conflict(lambda: self._chunk(number, by))
            order = self._service.get(number)
        if order.released_tokens:
            order = self._supplying.release(number, order.released_tokens, by=by)
        return self._supplying.supply(number, by=by) if order.owed_tokens else order

    def _chunk(self, number: str, by: Actor) -> None:
        order = self._service.get(number)
        if not _is_wanted(order):
            return
        left = len(order.keys) - order.minted
        count = min(left, self._policy.fulfilment_chunk)
        wanted = set(range(order.minted, order.minted + count)) - order.undone
        minted = {unit: self._minting.mint(order, unit, by=by) for unit in sorted(wanted)}
        keys = list(minted.values())
        listed = {unit: one.subject for unit, one in minted.items()}
        part = TransactionPart(
            writes=[*(one.write for one in keys), *([put_keys(order, listed)] if keys else [])],
            audit=[one.entry for one in keys],
            messages=[message for one in keys for message in one.messages],
            facts={"keys": len(keys)},
        )
        self._service.commit(order, mint(order, count), by=by, part=part)


def _is_wanted(order: Order) -> bool:
    return order.state is State.PAID and not order.is_stopped
