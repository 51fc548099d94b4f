"""Refunds of charges, by Stripe's rules."""

from __future__ import annotations

from typing import Any

from local.clock import LocalClock
from local.stripe_double import payments
from local.stripe_double.errors import StripeRefusal, no_such, not_played
from local.stripe_double.events import Caller, Events
from local.stripe_double.store import Store

_PLAYED = frozenset({"amount", "charge", "expand", "metadata", "payment_intent", "reason"})


class Refunds:
    """The account's refunds."""

    def __init__(self, store: Store, clock: LocalClock, events: Events) -> None:
        """Keep refunds in `store`."""
        self._store = store
        self._clock = clock
        self._events = events

    def create(self, asked: dict[str, Any], caller: Caller) -> dict[str, Any]:
        """Refund all or part of a charge. Raises StripeRefusal if nothing is left to refund."""
        if unplayed := sorted(asked.keys() - _PLAYED):
            raise not_played(f"refund: {', '.join(unplayed)}")
        with self._store.transaction():
            charge = self._charge(asked)
            amount = _amount(asked, charge)
            created = int(self._clock.now().timestamp())
            refund = payments.refund(asked, charge, amount=amount, created=created)
            given_back = charge["amount_refunded"] + amount
            before = {name: charge[name] for name in ("amount_refunded", "refunded")}
            after = {
                "amount_refunded": given_back,
                "refunded": given_back == charge["amount"],
            }
            self._store.put(refund)
            self._store.put(charge | after)
            self._events.record("refund.created", refund, caller=caller)
            changed = {name: before[name] for name in before if before[name] != after[name]}
            self._events.record("charge.refunded", charge | after, caller=caller, previous=changed)
            return refund

    def _charge(self, asked: dict[str, Any]) -> dict[str, Any]:
        if ("charge" in asked) == ("payment_intent" in asked):
            raise StripeRefusal(
                "One of the following params should be provided for this request:"
                " payment_intent or charge."
            )
        charge_id = asked.get("charge") or self._latest_charge(asked["payment_intent"])
        charge = self._store.get("charge", charge_id)
        if charge is None:
            raise no_such("charge", charge_id, param="charge")
        return charge

    def _latest_charge(self, intent_id: str) -> str:
        intent = self._store.get("payment_intent", intent_id)
        if intent is None:
            raise no_such("payment_intent", intent_id, param="payment_intent")
        if intent["latest_charge"] is None:
            raise StripeRefusal(
                f"This PaymentIntent ({intent_id}) does not have a successful charge to refund."
            )
        return str(intent["latest_charge"])


def _amount(asked: dict[str, Any], charge: dict[str, Any]) -> int:
    left: int = charge["amount"] - charge["amount_refunded"]
    if not left:
        raise StripeRefusal(
            f"Charge {charge['id']} has already been refunded.", code="charge_already_refunded"
        )
    amount: int = asked.get("amount", left)
    if amount < 1:
        raise StripeRefusal(
            "Invalid positive integer", code="parameter_invalid_integer", param="amount"
        )
    if amount > left:
        raise StripeRefusal(
            f"Refund amount ({amount}) is greater than unrefunded amount on charge ({left})",
            param="amount",
        )
    return amount
