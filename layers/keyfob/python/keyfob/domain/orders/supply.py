"""The supply of an order's hardware tokens: what became of each unit's token. Pure.

(none) ──a token is free──▶ reserved ──▶ shipped
   └────none is free──▶ back_ordered ──its turn──▶ reserved
reserved, back_ordered ──refunded──▶ given_up
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class SupplyState(StrEnum):
    """The state of a unit's token before it is registered."""

    RESERVED = "reserved"
    BACK_ORDERED = "back_ordered"
    SHIPPED = "shipped"
    GIVEN_UP = "given_up"


@dataclass(frozen=True, slots=True, kw_only=True)
class Supply:
    """The token for a unit (from 0) of an order, of this `model`, in this state since `at`."""

    unit: int
    model: str
    state: SupplyState
    at: datetime

    @property
    def is_pending(self) -> bool:
        """Whether nobody has the token yet, but somebody waits for it."""
        return self.state in (SupplyState.RESERVED, SupplyState.BACK_ORDERED)
