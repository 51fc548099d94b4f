"""Customers: who invoices are made out to, and their balances."""

from __future__ import annotations

import secrets
from typing import Any

from local.clock import LocalClock
from local.stripe_double import objects
from local.stripe_double.errors import StripeRefusal, no_such
from local.stripe_double.events import NOBODY, Caller, Events
from local.stripe_double.lists import only
from local.stripe_double.store import Store

_TEXTS = ("description", "email", "name", "phone")
_PLAYED = frozenset(
    [*_TEXTS, "address", "balance", "expand", "metadata", "preferred_locales", "shipping"]
)
# Without the letters and digits that people confuse.
_PREFIX_LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"


class Customers:
    """The account's customers. A negative balance is a credit, a positive one a debt."""

    def __init__(self, store: Store, clock: LocalClock, events: Events) -> None:
        """Keep customers in `store`."""
        self._store = store
        self._clock = clock
        self._events = events

    def create(self, asked: dict[str, Any], caller: Caller) -> dict[str, Any]:
        """Make a customer, from parameters that have the SDK's types."""
        only(asked, _PLAYED, "customer")
        _refuse_bad_email(asked)
        customer = _customer(int(self._clock.now().timestamp())) | _changes(asked, before={})
        self._store.put(customer)
        self._events.record("customer.created", customer, caller=caller)
        return customer

    def get(self, customer_id: str, *, param: str = "customer") -> dict[str, Any]:
        """The customer. Raises StripeRefusal if there is none."""
        found = self._store.get("customer", customer_id)
        if found is None:
            raise no_such("customer", customer_id, param=param)
        return found

    def update(self, customer_id: str, asked: dict[str, Any], caller: Caller) -> dict[str, Any]:
        """Change the given values; an empty text unsets one."""
        only(asked, _PLAYED, "customer")
        _refuse_bad_email(asked)
        before = self.get(customer_id)
        return self.change(before, caller, **_changes(asked, before=before))

    def change(
        self, before: dict[str, Any], caller: Caller = NOBODY, **changes: Any
    ) -> dict[str, Any]:
        """Store the changed customer; an event says so if anything differs."""
        after = before | changes
        if previous := objects.previous(before, after):
            self._store.put(after)
            self._events.record("customer.updated", after, caller=caller, previous=previous)
        return after

    def add_to_balance(self, customer_id: str, amount: int, caller: Caller = NOBODY) -> None:
        """Raise the balance by `amount`: a credit is negative."""
        before = self.get(customer_id)
        self.change(before, caller, balance=before["balance"] + amount)


def _refuse_bad_email(asked: dict[str, Any]) -> None:
    email = asked.get("email")
    if email and ("@" not in email.strip("@") or any(one.isspace() for one in email)):
        raise StripeRefusal(f"Invalid email address: {email}", code="email_invalid", param="email")


def _changes(asked: dict[str, Any], *, before: dict[str, Any]) -> dict[str, Any]:
    changes: dict[str, Any] = {name: asked[name] or None for name in _TEXTS if name in asked}
    for name in ("address", "shipping"):
        if name in asked:
            changes[name] = _hash(asked[name])
    if "balance" in asked:
        changes["balance"] = asked["balance"]
    if "preferred_locales" in asked:
        changes["preferred_locales"] = asked["preferred_locales"]
    if "metadata" in asked:
        changes["metadata"] = objects.metadata(asked, before=before)
    return changes


def _hash(asked: dict[str, Any] | str) -> dict[str, Any] | None:
    """An address, alone or in a shipping hash, with its unset fields."""
    if isinstance(asked, str):
        return None
    if "address" in asked:
        return {"phone": None} | asked | {"address": _hash(asked["address"])}
    names = ("city", "country", "line1", "line2", "postal_code", "state")
    return {name: asked.get(name) or None for name in names}


def _customer(created: int) -> dict[str, Any]:
    return {
        "id": objects.new_id("cus", 14),
        "object": "customer",
        "address": None,
        "balance": 0,
        "created": created,
        "currency": None,
        "customer_account": None,
        "default_source": None,
        "delinquent": False,
        "description": None,
        "discount": None,
        "email": None,
        "invoice_prefix": "".join(secrets.choice(_PREFIX_LETTERS) for _ in range(8)),
        "invoice_settings": {
            "custom_fields": None,
            "default_payment_method": None,
            "footer": None,
            "rendering_options": None,
        },
        "livemode": False,
        "metadata": {},
        "name": None,
        "next_invoice_sequence": 1,
        "phone": None,
        "preferred_locales": [],
        "shipping": None,
        "tax_exempt": "none",
        "test_clock": None,
    }
