"""The shipment of a hardware token for a unit of an order. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Ended(StrEnum):
    """The end of a shipment that didn't arrive."""

    LOST = "lost"
    RETURNED = "returned"


@dataclass(frozen=True, slots=True, kw_only=True)
class Shipment:
    """A hardware token sent for a unit (from 0) of the order.

    `replacement`: an operator sent it to a holder who had lost another. `carrier`: its name, and
    `page` the address of its page about the shipment, if known. `ended`: it was lost on its way or
    came back.
    """

    unit: int
    serial: str
    tracking: str
    at: datetime
    replacement: bool = False
    carrier: str = ""
    page: str = ""
    ended: Ended | None = None
