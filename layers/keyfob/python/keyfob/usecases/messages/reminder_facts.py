"""Facts for messages about a credential's future: whether it is still true, and the deadline."""

from __future__ import annotations

import math
from datetime import datetime, timedelta
from typing import Any

from keyfob.domain.clock import Clock
from keyfob.domain.credentials.credential import Credential
from keyfob.domain.credentials.dates import invoices_clear_until
from keyfob.domain.credentials.deadline import last_business_day_before
from keyfob.domain.credentials.milestones import due
from keyfob.domain.directory.organization import Organization
from keyfob.domain.messages.kinds import Kind
from keyfob.domain.messages.outbox import Message
from keyfob.domain.policy import Policy
from keyfob.storage.credentials.store import CredentialStore


class ReminderFacts:
    """Reads the credential just before the message is sent.

    A renewal, a revocation or a more urgent message makes a reminder obsolete: it must not arrive
    afterwards (S44).
    """

    def __init__(self, credentials: CredentialStore, clock: Clock, policy: Policy) -> None:
        self._credentials = credentials
        self._clock = clock
        self._policy = policy

    def still_true(self, message: Message, home: Organization) -> dict[str, Any] | None:
        """The message's facts as they are now, with the deadline; None if it is obsolete."""
        live = self._credentials.live(message.recipient)
        if live is None or not self._is_true(message, live):
            return None
        facts: dict[str, Any] = {
            "until": live.expires_at,
            "revokes": live.revokes_at(self._policy),
            "suspended": live.suspended_by.value if live.suspended_by else None,
        }
        return self.with_deadline(facts, home)

    def with_deadline(self, facts: dict[str, Any], home: Organization) -> dict[str, Any]:
        """`facts` with `deadline`, the end of the last business day before the instant `revokes`.

        It is None once it has passed: an act after it but before the revocation still counts (F7),
        so the message must not name a day that is over.
        """
        revokes, now = _moment(facts["revokes"]), self._clock()
        deadline = last_business_day_before(
            revokes,
            country=home.country,
            subdivision=home.subdivision,
            zone=home.time_zone,
            ends=self._policy.business_day_ends,
        )
        return {
            "suspended": None,
            "expired": _moment(facts["until"]) <= now,
            "days_left": math.ceil((revokes - now) / timedelta(days=1)),
            **facts,
            "deadline": deadline if deadline > now else None,
            "invoices_until": invoices_clear_until(revokes, self._policy),
            "invoices_clear": now < invoices_clear_until(revokes, self._policy),
        }

    def _is_true(self, message: Message, live: Credential) -> bool:
        facts = message.facts
        if message.subject != live.subject or live.told_at != _moment(facts["told"]):
            return False
        # A reminder is obsolete once the next one is due.
        if due(live, self._clock(), self._policy):
            return False
        averted = live.revokes_at(self._policy) != _moment(facts["revokes"])
        return not (averted and message.kind is Kind.REVOCATION_REMINDER)


def _moment(at: Any) -> datetime:
    return at if isinstance(at, datetime) else datetime.fromisoformat(at)
