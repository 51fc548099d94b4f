"""Acts of tests and the demo that Stripe's API doesn't have: of the bank, and on events' way."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from local.stripe_double.account import Account
from local.stripe_double.errors import StripeRefusal, no_such
from local.stripe_double.events import Courier
from local.stripe_double.store import Store


class NoSuchAct(Exception):
    """The path names no act."""


class Acts:
    """What a bank does with payments, and what happens to events on their way."""

    def __init__(self, account: Account, store: Store, courier: Courier) -> None:
        """Act on `account`; its events are in `store`."""
        self._account = account
        self._store = store
        self._courier = courier

    def perform(self, path: Sequence[str], asked: Mapping[str, Any]) -> object:
        """Carry out the act at `path`.

        `webhooks/deliver` sends `events` (ids, in this order, one after another, each as often as
        it is named), or all held ones: `{"held": "in_order" | "reversed"}`.
        `webhooks/<event>/redeliver` sends one again in the background, `webhooks/<event>/drop`
        never sends it. `disputes` opens one (`payment_intent`; `status`, `reason`, `amount`),
        `disputes/<id>` and `refunds/<id>` give one its next `status`.

        Raises StripeRefusal if it is impossible, NoSuchAct if there is no such act.
        """
        match list(path):
            case ["webhooks", "deliver"]:
                return self._courier.deliver(self._events(asked))
            case ["webhooks", event, "redeliver"]:
                return self._mark(event, "pending")
            case ["webhooks", event, "drop"]:
                return self._mark(event, "dropped")
            case ["disputes"]:
                return self._dispute(asked)
            case ["disputes", dispute]:
                return self._account.disputes.change(dispute, _status(asked))
            case ["refunds", refund]:
                return self._account.refunds.finish(refund, _status(asked))
        raise NoSuchAct("/".join(path))

    def _dispute(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        if unknown := asked.keys() - {"payment_intent", "status", "reason", "amount"}:
            raise StripeRefusal(f"Unknown: {', '.join(sorted(unknown))}")
        if not isinstance(asked.get("amount", 0), int):
            raise StripeRefusal("Invalid integer", param="amount")
        given = {name: value for name, value in asked.items() if name != "payment_intent"}
        return self._account.disputes.open(str(asked.get("payment_intent")), **given)

    def _events(self, asked: Mapping[str, Any]) -> list[str]:
        if asked.keys() == {"held"} and asked["held"] in {"in_order", "reversed"}:
            held = self._store.in_delivery("held")
            return held if asked["held"] == "in_order" else held[::-1]
        named = asked.get("events")
        if asked.keys() != {"events"} or not isinstance(named, list):
            raise StripeRefusal("Name the events in a list, or held: in_order or reversed.")
        for event in named:
            self._require(str(event))
        return [str(event) for event in named]

    def _mark(self, event: str, state: Any) -> dict[str, Any]:
        self._require(event)
        self._store.set_delivery(event, state)
        return {"event": event, "state": state}

    def _require(self, event: str) -> None:
        if self._store.get("event", event) is None:
            raise no_such("event", event, param="events")


def _status(asked: Mapping[str, Any]) -> str:
    if asked.keys() != {"status"}:
        raise StripeRefusal("Name the next status, and nothing else.", param="status")
    return str(asked["status"])
