"""Facts for messages about orders, their license keys and shipments, as long as they are true."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from keyfob.domain.clock import Clock
from keyfob.domain.messages.kinds import Kind
from keyfob.domain.messages.outbox import Message
from keyfob.domain.orders.license_key import KeyState, LicenseKey
from keyfob.domain.orders.order import Order
from keyfob.domain.orders.shipping import SHIPPED_IN
from keyfob.storage.directory.store import Directory
from keyfob.storage.messages.store import Lease
from keyfob.storage.orders.store import OrderStore

Unseal = Callable[[str, bytes], str]


class OrderFacts:
    """Reads order and license key just before the message is sent.

    Each method returns None if the message is obsolete.
    """

    def __init__(
        self, directory: Directory, orders: OrderStore, unseal: Unseal, clock: Clock
    ) -> None:
        self._directory = directory
        self._orders = orders
        self._unseal = unseal
        self._clock = clock

    def order(self, message: Message) -> dict[str, Any] | None:
        """The order, in one of the kind's states."""
        order = self._subject(message)
        if order is None or order.state not in message.kind.declared.states:
            return None
        return {"order": order, **message.facts}

    def shipment(self, message: Message) -> dict[str, Any] | None:
        """The shipment, as long as it hasn't ended."""
        order = self._subject(message)
        if order is None or order.state not in SHIPPED_IN:
            return None
        sent = _shipped(order, message.facts)
        return sent and {**sent, "purchaser": self._purchaser(order)}

    def supply(self, message: Message) -> dict[str, Any] | None:
        """The order and those of the units whose tokens are still in the kind's state."""
        order = self._subject(message)
        if order is None or order.state not in SHIPPED_IN:
            return None
        told = set(map(int, str(message.facts["units"]).split(",")))
        states = message.kind.declared.states
        units = [one.unit for one in order.supplies if one.unit in told and one.state in states]
        if not units:
            return None
        return {
            "order": order,
            "positions": [unit + 1 for unit in units],
            "expected": message.facts.get("expected"),
        }

    def key_for_holder(self, message: Message) -> dict[str, Any] | None:
        """Who bought what, without the key, as long as the recipient can redeem it."""
        order = self._orders.get(str(message.facts["order"]))
        key = self._orders.keys.get(message.subject)
        if order is None or key is None or not key.is_for(message.recipient):
            return None
        line = order.units[int(message.facts["unit"])]
        return {"order": order, "line": line, "purchaser": self._purchaser(order)}

    def unredeemed(self, message: Message) -> dict[str, Any] | None:
        """The unit, as long as its key can be redeemed."""
        key = self._orders.keys.get(message.subject)
        if key is None or not _may_be_used(key, message.kind, self._clock()):
            return None
        return self._unit(message, key)

    def lapsed_key(self, message: Message) -> dict[str, Any] | None:
        """The unit of a key that has lapsed."""
        key = self._orders.keys.get(message.subject)
        if key is None or key.state is not KeyState.LAPSED:
            return None
        return self._unit(message, key)

    def license_key(self, lease: Lease) -> dict[str, Any] | None:
        """The same with the key itself."""
        found, message = self.unredeemed(lease.message), lease.message
        if found is None or message.sealed is None:
            return None
        return {
            **found,
            "license_key": self._unseal(lease.id, message.sealed),
            "reissued": bool(message.facts.get("reissued")),
        }

    def _unit(self, message: Message, key: LicenseKey) -> dict[str, Any] | None:
        order = self._orders.get(str(message.facts["order"]))
        if order is None:
            return None
        unit = int(message.facts["unit"])
        holder = self._directory.account(key.holder) if key.holder else None
        return {
            **message.facts,
            "order": order,
            "line": order.units[unit],
            "position": unit + 1,
            "lapses": key.schedule.lapses_at if key.schedule else None,
            "holder": holder.name if holder else "",
        }

    def _subject(self, message: Message) -> Order | None:
        return self._orders.get(message.subject.removeprefix("ORDER#"))

    def _purchaser(self, order: Order) -> str:
        found = self._directory.account(order.account)
        return found.name if found else ""


def _may_be_used(key: LicenseKey, kind: Kind, now: datetime) -> bool:
    # One that a dispute stops can be redeemed once that is over, and this is its only mail.
    stopped = kind is Kind.LICENSE_KEY and key.is_waiting
    return (key.is_issued or stopped) and not key.has_lapsed(now)


def _shipped(order: Order, facts: Mapping[str, Any]) -> dict[str, Any] | None:
    told = (facts["unit"], facts["serial"], facts["tracking"])
    for one in order.shipments:
        if (one.unit, one.serial, one.tracking) == told and not one.ended:
            return {
                "order": order,
                "line": order.units[one.unit],
                "position": one.unit + 1,
                "shipment": one,
            }
    return None
