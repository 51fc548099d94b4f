"""Checkout Sessions: made, paid, declined, expired, by Stripe's rules."""

from __future__ import annotations

from typing import Any

from local.clock import LocalClock
from local.faults import StripeFaults, Switch
from local.stripe_double import objects, payments, sessions
from local.stripe_double.checkout_rules import expiry, refuse_bad_request, total_of
from local.stripe_double.errors import StripeRefusal, no_such
from local.stripe_double.events import NOBODY, Caller, Events
from local.stripe_double.store import Store


class NotOpen(Exception):
    """The session is complete or expired, so nobody can pay it any more."""


class Checkout:
    """The account's Checkout Sessions with their payment intents and charges."""

    def __init__(
        self,
        store: Store,
        clock: LocalClock,
        events: Events,
        faults: Switch[StripeFaults],
        *,
        public: str,
    ) -> None:
        """`public` is the address under which `/pay/<session>` is shown."""
        self._store = store
        self._clock = clock
        self._events = events
        self._faults = faults
        self._public = public

    def create(self, asked: dict[str, Any]) -> dict[str, Any]:
        """Open a session, from parameters that have the SDK's types."""
        refuse_bad_request(asked)
        now = self._clock.now()
        created = int(now.timestamp())
        lines = [sessions.line_item(line, created=created) for line in asked["line_items"]]
        currency, total = total_of(lines)
        session = sessions.session(
            asked,
            total=total,
            currency=currency,
            created=created,
            expires_at=expiry(asked.get("expires_at"), now),
            public=self._public,
        )
        intent_data = asked.get("payment_intent_data") or {}
        with self._store.transaction():
            self._store.put(session)
            self._store.put(
                {
                    "id": f"{session['id']}/lines",
                    "lines": lines,
                    "payment_intent_data": intent_data,
                },
                kind="lines",
            )
        return session

    def get(self, session_id: str) -> dict[str, Any]:
        """The session; it expires here if it is overdue. Raises StripeRefusal if there is none."""
        with self._store.transaction():
            session = self._store.get("checkout.session", session_id)
            if session is None:
                raise no_such("checkout.session", session_id, param="session")
            return (
                self._expire(session)
                if _is_overdue(session, self._clock.now().timestamp())
                else session
            )

    def lines(self, session_id: str) -> list[dict[str, Any]]:
        """The session's line items."""
        lines: list[dict[str, Any]] = self._beside(session_id)["lines"]
        return lines

    def newest_first(self) -> list[dict[str, Any]]:
        """All sessions; overdue ones expire here."""
        with self._store.transaction():
            self.expire_overdue()
            return self._store.newest_first("checkout.session")

    def expire(self, session_id: str, caller: Caller = NOBODY) -> dict[str, Any]:
        """End an open session. Raises StripeRefusal if it isn't open any more."""
        with self._store.transaction():
            session = self.get(session_id)
            if session["status"] != "open":
                raise StripeRefusal(
                    'Only Checkout Sessions with a status in ["open"] can be expired.'
                    f" This Checkout Session has a status of `{session['status']}`."
                )
            return self._expire(session, caller)

    def expire_overdue(self) -> None:
        """Expire each overdue open session."""
        now = self._clock.now().timestamp()
        with self._store.transaction():
            for session in self._store.newest_first("checkout.session"):
                if _is_overdue(session, now):
                    self._expire(session)

    def pay(self, session_id: str) -> dict[str, Any]:
        """Charge the card and complete the session. Raises NotOpen if it isn't open any more."""
        with self._store.transaction():
            session = self._open(session_id)
            created = int(self._clock.now().timestamp())
            intent = self._intent(session)
            intent["payment_method"] = objects.new_id("pm")
            session = sessions.completed(session, intent)
            email = session["customer_details"]["email"]
            charge = payments.charge(intent, email=email, created=created)
            paid = {
                "amount_received": intent["amount"],
                "last_payment_error": None,
                "latest_charge": charge["id"],
                "status": "succeeded",
            }
            for kept in (intent | paid, charge, session):
                self._store.put(kept)
            self._events.record("checkout.session.completed", session)
            return session

    def decline(self, session_id: str) -> dict[str, Any]:
        """Refuse the card; the session stays open. Raises NotOpen if it isn't open any more."""
        with self._store.transaction():
            session = self._open(session_id)
            intent = self._intent(session)
            intent["last_payment_error"] = payments.declined()
            session |= {"payment_intent": intent["id"]}
            self._store.put(intent)
            self._store.put(session)
            self._events.record("payment_intent.payment_failed", intent)
            return session

    def _open(self, session_id: str) -> dict[str, Any]:
        session = self.get(session_id)
        if session["status"] != "open":
            raise NotOpen(session_id)
        return session

    def _intent(self, session: dict[str, Any]) -> dict[str, Any]:
        """The session's payment intent, made at the first try; the faults may change its charge."""
        faults = self._faults.now
        amount, currency = faults.amount_override, faults.currency_override
        if amount is None:
            amount = session["amount_total"]
        currency = currency or session["currency"]
        kept = session["payment_intent"] and self._store.get(
            "payment_intent", session["payment_intent"]
        )
        if kept:
            return {**kept, "amount": amount, "currency": currency}
        created = int(self._clock.now().timestamp())
        asked = self._beside(session["id"])["payment_intent_data"]
        return payments.payment_intent(asked, amount=amount, currency=currency, created=created)

    def _beside(self, session_id: str) -> dict[str, Any]:
        return self._store.get("lines", f"{session_id}/lines") or {}

    def _expire(self, session: dict[str, Any], caller: Caller = NOBODY) -> dict[str, Any]:
        expired = session | {"status": "expired", "url": None}
        self._store.put(expired)
        self._events.record("checkout.session.expired", expired, caller=caller)
        return expired


def _is_overdue(session: dict[str, Any], now: float) -> bool:
    return bool(session["status"] == "open" and session["expires_at"] <= now)
