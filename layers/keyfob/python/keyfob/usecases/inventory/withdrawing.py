"""Withdraws tokens that were imported wrongly, while nobody has them (G1, S64).

A withdrawn token can't be shipped or registered, and another key file may import its serial number
with another secret. Tokens are withdrawn 33 at a time; asked again, a withdrawal continues.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from keyfob.domain.audit.entry import Actor, Entry
from keyfob.domain.clock import Clock
from keyfob.domain.errors import IllegalTransition, NotFound
from keyfob.domain.inventory.batch import State
from keyfob.domain.inventory.token import TokenState, normalized_serial
from keyfob.storage.inventory.store import Inventory, Stored, withdraw_token
from keyfob.storage.orders.stock import moved
from keyfob.storage.transaction import Transactions

# Tokens; each has an audit entry, perhaps a stock of its own, and a transaction takes 100 items.
_CHUNK = 33


@dataclass(slots=True, kw_only=True)
class Withdrawn:
    """How many tokens were withdrawn now and before, and the serial numbers of the others."""

    withdrawn: int = 0
    already: int = 0
    shipped: list[str] = field(default_factory=list)
    registered: list[str] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)


class Withdrawing:
    """Takes free tokens out of the inventory."""

    def __init__(self, *, inventory: Inventory, transactions: Transactions, clock: Clock) -> None:
        self._inventory = inventory
        self._transactions = transactions
        self._clock = clock

    def batch(self, batch_id: str, *, by: Actor) -> Withdrawn:
        """Withdraw the tokens that a batch added, as far as they are free.

        Raises:
            NotFound: there is no such batch. IllegalTransition: its tokens aren't usable anyway.
        """
        batch = self._inventory.batch(batch_id)
        if batch is None:
            raise NotFound("There is no batch with this id.")
        if batch.state is not State.COMPLETE:
            raise IllegalTransition("this batch is not complete: none of its tokens can be used")
        return self.serials(self._inventory.serials_of(batch.owner), by=by)

    def serials(self, serials: Iterable[str], *, by: Actor) -> Withdrawn:
        """Withdraw these tokens, as far as they are free."""
        result = Withdrawn()
        asked = list(dict.fromkeys(map(normalized_serial, serials)))
        for start in range(0, len(asked), _CHUNK):
            self._withdraw(asked[start : start + _CHUNK], by, result)
        return result

    def _withdraw(self, serials: Sequence[str], by: Actor, result: Withdrawn) -> None:
        def attempt() -> dict[str, Stored]:
            seen = self._inventory.tokens(serials)
            free = [one for one in seen.values() if _is_free(one)]
            entries = [
                Entry(
                    action="token.withdrawn",
                    actor=by,
                    at=self._clock(),
                    subject=one.subject.id,
                    facts={"batch": one.owner.partition("#")[0]},
                )
                for one in free
            ]
            models = Counter(one.model for one in free)
            # Reservations whose token is withdrawn go back into the queue.
            shrunk = [moved(model, free=-n, due=self._clock()) for model, n in models.items()]
            if free:
                self._transactions.commit(*map(withdraw_token, free), *shrunk, audit=entries)
            return seen

        _note(serials, self._transactions.retry_on_conflict(attempt), result)


def _is_free(token: Stored) -> bool:
    return token.is_free and token.order is None


def _note(serials: Sequence[str], seen: dict[str, Stored], result: Withdrawn) -> None:
    """Add to `result` how these tokens were, of which the free ones are withdrawn now."""
    for serial in serials:
        token = seen.get(serial)
        if token is None:
            result.unknown.append(serial)
        elif _is_free(token):
            result.withdrawn += 1
        elif token.state == TokenState.WITHDRAWN:
            result.already += 1
        elif token.is_free:
            result.shipped.append(serial)
        else:
            result.registered.append(serial)
