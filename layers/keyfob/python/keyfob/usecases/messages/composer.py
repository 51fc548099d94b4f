"""From a promise to a mail: is it still true, who gets it, what does it say."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from keyfob.domain.clock import Clock
from keyfob.domain.directory.account import Organization
from keyfob.domain.messages.outbox import Kind, Message
from keyfob.domain.orders.order import Order, State
from keyfob.domain.orders.shipment import SHIPPED_IN
from keyfob.storage.directory.store import Directory
from keyfob.storage.messages.store import Claim
from keyfob.storage.orders.store import OrderStore
from keyfob.usecases.messages.connections import OF_CONNECTIONS, Connections
from keyfob.usecases.messages.mail import Mail, MailBuilder
from keyfob.usecases.messages.reminder_facts import FORETELLING, ReminderFacts

# Whoever's organization is gone is still told, with times in UTC.
_NOWHERE = Organization(id="", name="", country="", time_zone="UTC")

Unseal = Callable[[str, bytes], str]

# In which states of its order a message is still true.
_TRUE_IN: Mapping[Kind, frozenset[State]] = {
    Kind.ORDER_CONFIRMATION: frozenset({State.PAID, State.FULFILLED}),
    Kind.ORDER_CANCELED: frozenset({State.CANCELED}),
    Kind.ORDER_EXPIRED: frozenset({State.EXPIRED}),
    Kind.ORDER_REFUNDED: frozenset({State.CANCELED, State.EXPIRED, State.HELD}),
    Kind.RENEWAL_REFUSED: frozenset({State.HELD}),
    Kind.ADDED_TOKEN_REFUSED: frozenset({State.HELD}),
    Kind.ORDER_SHIPPED: SHIPPED_IN,
    Kind.REPLACEMENT_SHIPPED: SHIPPED_IN,
}

# They say what happened to a credential, which stays true, and until when something can be done.
_TOLD_BY_FACTS = frozenset(
    {
        Kind.CREDENTIAL_APPROVED,
        Kind.CREDENTIAL_ACTIVATED,
        Kind.CREDENTIAL_SUSPENDED,
        Kind.CREDENTIAL_REENABLED,
        Kind.CREDENTIAL_REVOKED,
        Kind.CREDENTIAL_LAPSED,
        Kind.CREDENTIAL_RENEWED,
        Kind.TOKEN_REGISTERED,
        Kind.TOKEN_LOCKED,
        Kind.TOKEN_BLOCKED,
        Kind.TOKEN_RESYNCHRONIZED,
        Kind.TOKEN_RESET,
        Kind.TOKEN_REVOKED,
        Kind.PHONE_ADDED,
        Kind.PHONE_BLOCKED,
        Kind.PHONE_FREED,
        Kind.PHONE_REMOVED,
        Kind.CREDENTIAL_REOPENED,
    }
)

# What lets somebody in until an instant, and what the mail calls it.
_SECRET = {Kind.TEMPORARY_PASSWORD: "password", Kind.RECOVERY_CODE: "code"}


class Composer:
    """Composes each kind of message from the rows as they are now."""

    def __init__(
        self,
        *,
        directory: Directory,
        connections: Connections,
        orders: OrderStore,
        reminder_facts: ReminderFacts,
        unseal: Unseal,
        builder: MailBuilder,
        clock: Clock,
    ) -> None:
        self._directory = directory
        self._connections = connections
        self._orders = orders
        self._reminder_facts = reminder_facts
        self._unseal = unseal
        self._builder = builder
        self._clock = clock

    def compose(self, claim: Claim) -> Mail | None:
        """The mail, or None when there is nobody to tell or nothing true to say any more."""
        account = self._directory.account(claim.message.recipient)
        if account is None:
            return None
        home = self._directory.organization(account.organization) or _NOWHERE
        facts = self._facts(claim, home)
        if facts is None:
            return None
        return self._builder.build(
            claim.message.kind,
            to=account.email,
            name=account.name,
            zone=home.time_zone,
            facts=facts,
            ref=claim.id,
        )

    def _facts(self, claim: Claim, home: Organization) -> dict[str, Any] | None:
        message = claim.message
        if message.kind in FORETELLING:
            return self._reminder_facts.still_true(message, home)
        if message.kind in _TOLD_BY_FACTS:
            return self._reminder_facts.with_deadline(dict(message.facts), home)
        if message.kind in _TRUE_IN:
            return self._of_order(message)
        if message.kind in _SECRET:
            return self._of_secret(claim)
        if message.kind is Kind.LICENSE_KEY:
            return self._license_key(claim)
        is_told_whole = message.kind not in OF_CONNECTIONS
        return dict(message.facts) if is_told_whole else self._connections.still_true(message)

    def _of_order(self, message: Message) -> dict[str, Any] | None:
        order = self._orders.get(message.subject.removeprefix("ORDER#"))
        if order is None or order.state not in _TRUE_IN[message.kind]:
            return None
        if message.kind in {Kind.ORDER_SHIPPED, Kind.REPLACEMENT_SHIPPED}:
            return _shipped(order, message.facts)
        return {"order": order}

    def _of_secret(self, claim: Claim) -> dict[str, Any] | None:
        message = claim.message
        expired = datetime.fromisoformat(str(message.facts["until"])) <= self._clock()
        if expired or message.sealed is None:
            return None
        secret = self._unseal(claim.id, message.sealed)
        return {**message.facts, _SECRET[message.kind]: secret}

    def _license_key(self, claim: Claim) -> dict[str, Any] | None:
        message = claim.message
        order = self._orders.get(str(message.facts["order"]))
        if order is None or message.sealed is None:
            return None
        key = self._orders.license_key(message.subject)
        if key is None or not key.is_issued:
            return None
        unit = int(message.facts["unit"])
        return {
            "order": order,
            "line": order.units[unit],
            "position": unit + 1,
            "license_key": self._unseal(claim.id, message.sealed),
        }


def _shipped(order: Order, facts: Mapping[str, str | int]) -> dict[str, Any] | None:
    told = (facts["unit"], facts["serial"], facts["tracking"])
    for one in order.shipments:
        if (one.unit, one.serial, one.tracking) == told:
            return {
                "order": order,
                "line": order.units[one.unit],
                "position": one.unit + 1,
                "shipment": one,
            }
    return None
