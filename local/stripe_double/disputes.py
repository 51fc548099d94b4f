"""Disputes of charges: opened, changed and closed by the customer's bank."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from local.clock import LocalClock
from local.stripe_double import dispute_objects, objects
from local.stripe_double.errors import StripeRefusal, no_such
from local.stripe_double.events import Events
from local.stripe_double.refunds import Refunds
from local.stripe_double.store import Store

# From each status to those that may follow it.
FOLLOWING = {
    "": {"needs_response", "warning_needs_response", "prevented"},
    "warning_needs_response": {"warning_under_review", "warning_closed", "needs_response"},
    "warning_under_review": {"warning_closed", "needs_response"},
    "needs_response": {"under_review", "won", "lost", "prevented"},
    "under_review": {"won", "lost"},
}
CLOSED = frozenset({"won", "lost", "prevented", "warning_closed"})
REASONS = frozenset(["duplicate", "fraudulent", "general", "product_not_received"])
_ANSWERED_WITHIN = timedelta(days=9)
_FEE = 1_500


class Disputes:
    """The account's disputes. Stripe's API can't open one: only the bank does."""

    def __init__(self, store: Store, clock: LocalClock, events: Events, refunds: Refunds) -> None:
        """Keep disputes in `store`."""
        self._store = store
        self._clock = clock
        self._events = events
        self._refunds = refunds

    def open(
        self,
        payment: str,
        *,
        status: str = "needs_response",
        reason: str = "fraudulent",
        amount: int | None = None,
    ) -> dict[str, Any]:
        """Dispute the charge of a payment intent. Raises StripeRefusal if it has none."""
        if reason not in REASONS:
            raise StripeRefusal(f"One of {', '.join(sorted(REASONS))}", param="reason")
        _refuse_status("", status)
        with self._store.transaction():
            charge = self._refunds.charge_of({"payment_intent": payment})
            disputed = charge["amount"] if amount is None else amount
            if not 0 < disputed <= charge["amount"]:
                raise StripeRefusal(f"1 to {charge['amount']}", param="amount")
            now = self._clock.now()
            dispute = dispute_objects.dispute(
                charge,
                amount=disputed,
                reason=reason,
                status=status,
                created=int(now.timestamp()),
                due=int((now + _ANSWERED_WITHIN).timestamp()),
            )
            self._store.put(charge | {"disputed": True})
            self._store.put(dispute)
            self._events.record("charge.dispute.created", dispute)
            return self._moved({"status": ""}, dispute)

    def change(self, dispute_id: str, status: str) -> dict[str, Any]:
        """Give the dispute its next status. Raises StripeRefusal if that can't follow."""
        with self._store.transaction():
            before = self.get(dispute_id)
            _refuse_status(before["status"], status)
            return self._moved(before, before | {"status": status})

    def get(self, dispute_id: str) -> dict[str, Any]:
        """The dispute. Raises StripeRefusal if there is none."""
        found = self._store.get("dispute", dispute_id)
        if found is None:
            raise no_such("dispute", dispute_id, param="dispute")
        return found

    def _moved(self, before: dict[str, Any], dispute: dict[str, Any]) -> dict[str, Any]:
        """Move the money that goes with the new status, and tell of both."""
        status = dispute["status"]
        kinds = ["closed"] if status in CLOSED else ["updated"] if before["status"] else []
        withdrawn = bool(dispute["balance_transactions"])
        if status == "needs_response":
            dispute = self._with_money(dispute, -dispute["amount"], fee=_FEE)
            kinds.append("funds_withdrawn")
        if withdrawn and status in {"won", "prevented"}:
            dispute = self._with_money(dispute, dispute["amount"], fee=0)
            kinds.append("funds_reinstated")
        dispute |= {"is_charge_refundable": status.startswith("warning_")}
        self._store.put(dispute)
        for kind in kinds:
            previous = objects.previous(before, dispute) if kind == "updated" else None
            self._events.record(f"charge.dispute.{kind}", dispute, previous=previous)
        return dispute

    def _with_money(self, dispute: dict[str, Any], amount: int, *, fee: int) -> dict[str, Any]:
        moved = dispute_objects.balance_transaction(
            dispute, amount, fee=fee, created=int(self._clock.now().timestamp())
        )
        return dispute | {"balance_transactions": [*dispute["balance_transactions"], moved]}


def _refuse_status(before: str, status: str) -> None:
    following = FOLLOWING.get(before, set())
    if status not in following:
        listed = ", ".join(sorted(following)) or "nothing"
        raise StripeRefusal(f"{before or 'No dispute'} is followed by {listed}", param="status")
