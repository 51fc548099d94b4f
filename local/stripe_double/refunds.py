"""Refunds of charges, by Stripe's rules."""

from __future__ import annotations

from typing import Any

from local.clock import LocalClock
from local.faults import StripeFaults, Switch
from local.stripe_double import objects, payments
from local.stripe_double.errors import StripeRefusal, no_such
from local.stripe_double.events import NOBODY, Caller, Events
from local.stripe_double.lists import only
from local.stripe_double.store import Store

_PLAYED = frozenset({"amount", "charge", "expand", "metadata", "payment_intent", "reason"})

# From each status to those that may follow it.
FOLLOWING = {"pending": ("succeeded", "failed"), "succeeded": ("failed",)}
# Against these, a disputed charge can't be refunded: the bank may give the money back.
_AGAINST = frozenset({"needs_response", "under_review", "lost"})


class Refunds:
    """The account's refunds."""

    def __init__(
        self, store: Store, clock: LocalClock, events: Events, faults: Switch[StripeFaults]
    ) -> None:
        """Keep refunds in `store`; the switch `refunds` makes new ones wait for their outcome."""
        self._store = store
        self._clock = clock
        self._events = events
        self._faults = faults

    def create(self, asked: dict[str, Any], caller: Caller) -> dict[str, Any]:
        """Refund all or part of a charge. Raises StripeRefusal if nothing is left to refund."""
        only(asked, _PLAYED, "refund")
        with self._store.transaction():
            charge = self.charge_of(asked)
            self._refuse_disputed(charge)
            amount = _amount(asked, charge)
            created = int(self._clock.now().timestamp())
            refund = payments.refund(asked, charge, amount=amount, created=created)
            if self._faults.now.refunds == "pending":
                refund |= {"pending_reason": "processing", "status": "pending"}
            self._store.put(refund)
            self._events.record("refund.created", refund, caller=caller)
            self._refunded(charge, amount, "charge.refunded", caller)
            return refund

    def finish(self, refund_id: str, status: str) -> dict[str, Any]:
        """Let a refund succeed or fail; a succeeded one may still fail later.

        Raises StripeRefusal if it has already failed, or there is none.
        """
        with self._store.transaction():
            before = self._store.get("refund", refund_id)
            if before is None:
                raise no_such("refund", refund_id, param="refund")
            if status not in FOLLOWING.get(before["status"], ()):
                message = f"A {before['status']} refund can't be {status}"
                raise StripeRefusal(message, param="status")
            refund = {name: one for name, one in before.items() if name != "pending_reason"}
            refund["status"] = status
            if status == "failed":
                refund |= {
                    "failure_balance_transaction": objects.new_id("txn"),
                    "failure_reason": "expired_or_canceled_card",
                }
            self._store.put(refund)
            previous = objects.previous(before, refund)
            self._events.record("refund.updated", refund, previous=previous)
            self._events.record("charge.refund.updated", refund, previous=previous)
            if status == "failed":
                self._events.record("refund.failed", refund)
                charge = self.charge_of({"charge": refund["charge"]})
                self._refunded(charge, -refund["amount"], "charge.updated")
            return refund

    def charge_of(self, asked: dict[str, Any]) -> dict[str, Any]:
        """The charge named by `charge` or `payment_intent`. Raises StripeRefusal without one."""
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

    def _refunded(
        self, charge: dict[str, Any], amount: int, event: str, caller: Caller = NOBODY
    ) -> None:
        """Add the amount to the charge's refunded one, and tell of it."""
        given_back = charge["amount_refunded"] + amount
        whole = given_back == charge["amount"]
        after = charge | {"amount_refunded": given_back, "refunded": whole}
        self._store.put(after)
        previous = objects.previous(charge, after)
        self._events.record(event, after, caller=caller, previous=previous)

    def _refuse_disputed(self, charge: dict[str, Any]) -> None:
        for one in self._store.newest_first("dispute"):
            if one["charge"] == charge["id"] and one["status"] in _AGAINST:
                raise StripeRefusal(
                    f"Charge {charge['id']} has been charged back; cannot issue a refund.",
                    code="charge_disputed",
                )

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
