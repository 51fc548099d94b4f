"""The stock of a model of hardware tokens. Pure.

`free` counts the tokens that can be reserved: those in the inventory that are neither shipped nor
registered nor withdrawn, less those that are reserved. It is negative after a withdrawal of tokens
that were reserved. `waiting` counts the units of orders in the model's queue.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from keyfob.domain.audit.entry import GENESIS


@dataclass(frozen=True, slots=True, kw_only=True)
class Stock:
    """A model's stock; `changes` counts its changes, so that a slow count notices them.

    `restock_on`: the day on which an operator expects further tokens.
    """

    model: str
    free: int = 0
    waiting: int = 0
    changes: int = 0
    restock_on: date | None = None
    version: int = 0
    head: str = GENESIS

    @property
    def subject(self) -> str:
        """Its audit subject."""
        return subject(self.model)

    @property
    def is_settled(self) -> bool:
        """Whether nothing can be done for its queue or its reservations now."""
        return self.free == 0 or (self.free > 0 and self.waiting < 1)


def subject(model: str) -> str:
    """The audit subject of a model's stock."""
    return f"STOCK#{model}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """A model's rows as they were counted: free tokens, reserved and waiting units of orders."""

    tokens: int = 0
    reserved: int = 0
    waiting: int = 0

    @property
    def free(self) -> int:
        """The counter that fits them."""
        return self.tokens - self.reserved


def fits(stock: Stock, counted: Counted) -> bool:
    """Whether the counters are those of the rows."""
    return (stock.free, stock.waiting) == (counted.free, counted.waiting)
