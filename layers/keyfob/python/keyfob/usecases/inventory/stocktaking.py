"""Counts the tokens of each model and compares the stock with them (G3).

The tables are read row by row, while orders are paid and tokens shipped. Every such change raises
its stock's `changes`: a count between two equal readings of it is of one moment.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from keyfob.domain.audit.entry import Actor, Entry, Facts
from keyfob.domain.clock import Clock
from keyfob.domain.errors import Busy
from keyfob.domain.inventory.stock import Counted, Stock, fits
from keyfob.domain.policy import Policy
from keyfob.storage.inventory.store import Inventory
from keyfob.storage.orders import stock as rows
from keyfob.storage.orders.stock import RESERVED, WAITS, Stocks
from keyfob.storage.transaction import Transactions

_ROUNDS = 3


@dataclass(slots=True, kw_only=True)
class Found:
    """The result of a check: stocks that differ from their count, and low ones.

    `unsettled` models changed in every round, and are compared the next time.
    """

    stocks: list[Stock] = field(default_factory=list)
    different: dict[str, Counted] = field(default_factory=dict)
    low: list[str] = field(default_factory=list)
    unsettled: list[str] = field(default_factory=list)


class Stocktaking:
    """Checks and corrects stocks, and records when further tokens are expected."""

    def __init__(
        self,
        *,
        inventory: Inventory,
        stocks: Stocks,
        transactions: Transactions,
        clock: Clock,
        policy: Policy,
    ) -> None:
        self._inventory = inventory
        self._stocks = stocks
        self._transactions = transactions
        self._clock = clock
        self._policy = policy

    def check(self) -> Found:
        """Compare every stock with the rows; changes nothing."""
        found = Found()
        for _ in range(_ROUNDS):
            before, counted, after = self._counted()
            moving = [model for model in counted if before[model] != after[model]]
            found = Found(stocks=list(after.values()), unsettled=sorted(moving))
            found.different = {
                model: one
                for model, one in counted.items()
                if model not in moving and not fits(after[model], one)
            }
            if not moving:
                break
        found.low = [one.model for one in found.stocks if one.free < self._policy.low_stock]
        return found

    def correct(self, model: str, *, by: Actor) -> Stock:
        """Set a model's counters to what is counted; its queue is served then.

        Raises:
            Busy: it changed while it was counted, each time.
        """

        def attempt() -> Stock:
            before, counted, after = self._counted(model)
            seen, count = after[model], counted[model]
            if before[model] != seen:
                raise Busy
            if fits(seen, count):
                return seen
            facts: Facts = {
                "free_before": seen.free,
                "free": count.free,
                "waiting_before": seen.waiting,
                "waiting": count.waiting,
            }
            write = rows.correct(seen, count.free, count.waiting, self._clock())
            entry = self._entry("stock.corrected", seen, by, facts)
            self._transactions.commit(write, audit=[entry])
            return self._stocks.get(model)

        return self._transactions.retry_on_conflict(attempt)

    def expect(self, model: str, on: date | None, *, by: Actor) -> Stock:
        """Record the day on which further tokens are expected; who waits is notified of it."""

        def attempt() -> Stock:
            seen = self._stocks.get(model)
            if seen.restock_on == on:
                return seen
            facts: Facts = {
                "before": seen.restock_on.isoformat() if seen.restock_on else "",
                "after": on.isoformat() if on else "",
            }
            entry = self._entry("stock.restock_expected", seen, by, facts)
            self._transactions.commit(rows.expect(seen, on, self._clock()), audit=[entry])
            return self._stocks.get(model)

        return self._transactions.retry_on_conflict(attempt)

    def _entry(self, action: str, seen: Stock, by: Actor, facts: Facts) -> Entry:
        return Entry(action=action, actor=by, at=self._clock(), subject=seen.subject, facts=facts)

    def _counted(
        self, *models: str
    ) -> tuple[Mapping[str, Stock], dict[str, Counted], Mapping[str, Stock]]:
        """Stocks before and after, and the count in between, of every model or of these."""
        before = {one.model: one for one in self._stocks.all()}
        tokens = self._inventory.free_tokens()
        known = set(models or (*before, *tokens))
        counted = {model: self._count(model, tokens) for model in known}
        after = {one.model: one for one in self._stocks.all()}
        return _complete(before, known), counted, _complete(after, known)

    def _count(self, model: str, tokens: Counter[str]) -> Counted:
        return Counted(
            tokens=tokens[model],
            reserved=self._stocks.count(model, RESERVED),
            waiting=self._stocks.count(model, WAITS),
        )


def _complete(stocks: Mapping[str, Stock], models: set[str]) -> dict[str, Stock]:
    return {model: stocks.get(model, Stock(model=model)) for model in sorted(models)}
