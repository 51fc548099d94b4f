"""Credentials whose money went back, or is disputed (B4, B7, S40).

    own purchase refunded       suspended, cause refund:<order>, until an operator revokes it
    payment disputed            suspended, cause dispute:<id>; lifted if the money stays here
    renewal refunded            its year is taken back
    upgrade refunded            taken back, unless it was begun

A cause is added once: an operator who has lifted it is not overruled by a later event. Each change
is made on the condition that the order is as it was read: a slow worker can't suspend by a dispute
that another one has found won meanwhile.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

from keyfob.domain.audit.entry import Actor
from keyfob.domain.clock import Clock, in_seconds
from keyfob.domain.credentials import lifecycle, taking_back
from keyfob.domain.credentials.credential import Credential, Transition
from keyfob.domain.orders.order import Order
from keyfob.domain.orders.product_kind import ProductKind
from keyfob.domain.orders.undoing import purchase_of
from keyfob.domain.policy import Policy
from keyfob.storage.credentials.store import CredentialStore
from keyfob.storage.orders.order_row import unchanged
from keyfob.storage.transaction import TransactionPart
from keyfob.usecases.credentials.service import CredentialChanges

Decision = Callable[[Credential], Transition]


class TakingBack:
    """Changes credentials by the tasks that an order still has.

    Both methods raise `Conflict` if the order or the credential was changed meanwhile.
    """

    def __init__(
        self,
        *,
        credentials: CredentialStore,
        service: CredentialChanges,
        clock: Clock,
        policy: Policy,
    ) -> None:
        self._credentials = credentials
        self._service = service
        self._clock = clock
        self._policy = policy

    def new_credential(self, order: Order, piece: int, subject: str, *, by: Actor) -> None:
        """Suspend or re-enable the credential (its audit subject) that a piece has become."""
        _, account, credential = subject.split("#")
        decisions = [*self._disputed(order, piece)]
        if _is_to_undo(order, piece):
            decisions.append(partial(self._suspended, cause=f"refund:{order.number}"))
        self._change(account, credential, decisions, order, by)

    def piece(self, order: Order, piece: int, *, by: Actor) -> None:
        """Take a piece back that was bought for an existing credential."""
        line, purchase = order.lines[order.pieces[piece]], purchase_of(order, piece)
        decisions = [*self._disputed(order, piece)]
        if _is_to_undo(order, piece):
            if line.kind is ProductKind.RENEWAL:
                decisions.append(partial(self._shortened, purchase=purchase))
            elif line.kind is ProductKind.UPGRADE:
                decisions.append(partial(self._downgraded, purchase=purchase))
        self._change(order.owner_of(line), str(line.credential), decisions, order, by)

    def _disputed(self, order: Order, piece: int) -> Iterator[Decision]:
        stopping = order.given_back.stopping(piece)
        for one in order.given_back.disputes:
            if one not in stopping and not one.is_inquiry:
                yield partial(self._lifted, cause=one.cause)
            elif f"stop:{one.id}" in order.todo:
                yield partial(self._suspended, cause=one.cause)

    def _change(
        self, account: str, credential_id: str, decisions: list[Decision], order: Order, by: Actor
    ) -> None:
        for decision in decisions:
            seen = self._credentials.live(account)
            if seen is None or seen.id != credential_id:
                return  # revoked: nothing is left to take
            if seen.is_over(in_seconds(self._clock), self._policy):
                return
            to = decision(seen)
            if to.change:
                part = TransactionPart(writes=[unchanged(order)], facts={"order": order.number})
                self._service.commit(seen, to, by=by, part=part)

    def _suspended(self, seen: Credential, cause: str) -> Transition:
        return lifecycle.suspend(seen, cause, in_seconds(self._clock), self._policy)

    def _lifted(self, seen: Credential, cause: str) -> Transition:
        if cause not in seen.suspensions:
            return Transition(credential=seen)
        return lifecycle.lift(seen, cause, in_seconds(self._clock), self._policy)

    def _shortened(self, seen: Credential, purchase: str) -> Transition:
        now = in_seconds(self._clock)
        return taking_back.take_back_renewal(seen, purchase, now, self._policy)

    def _downgraded(self, seen: Credential, purchase: str) -> Transition:
        now = in_seconds(self._clock)
        return taking_back.take_back_upgrade(seen, purchase, now, self._policy)


def _is_to_undo(order: Order, piece: int) -> bool:
    return f"undo:{piece}" in order.todo
