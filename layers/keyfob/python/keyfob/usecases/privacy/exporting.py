"""What is kept about a person, for that person (S66)."""

from __future__ import annotations

from typing import Any

from keyfob.domain.audit.entry import Actor, Entry, Recorded
from keyfob.domain.audit.personal import disclosed
from keyfob.domain.clock import Clock
from keyfob.storage.audit.personal import PersonalFactsStore
from keyfob.storage.audit.store import AuditStore
from keyfob.storage.credentials.store import CredentialStore
from keyfob.storage.directory.store import Directory
from keyfob.storage.privacy.store import PersonStore
from keyfob.storage.transaction import Transactions
from keyfob.usecases.holds.freezing import account_of

# The trail of one subject: the newest entries, far more than a life has.
_MOST = 1_000


class Exporting:
    """Puts together what is kept about a person."""

    def __init__(
        self,
        *,
        directory: Directory,
        people: PersonStore,
        personal: PersonalFactsStore,
        credentials: CredentialStore,
        trail: AuditStore,
        transactions: Transactions,
        clock: Clock,
    ) -> None:
        self._directory = directory
        self._people = people
        self._personal = personal
        self._credentials = credentials
        self._trail = trail
        self._transactions = transactions
        self._clock = clock

    def export(self, user_id: str, by: Actor) -> dict[str, Any]:
        """Everything about the person with this user id, by place, and the trail; it is recorded.

        Raises:
            NotFound: no account has this user id.
        """
        account = account_of(self._directory, user_id)
        found: dict[str, Any] = {"account_id": account}
        for place, attributes in self._people.shown(account):
            found.setdefault(place, []).append(attributes)
        found["trail"] = self._entries(account)
        entry = Entry(action="person.exported", actor=by.acting_for(account), at=self._clock())
        self._transactions.commit(audit=[entry])
        return found

    def _entries(self, account: str) -> list[dict[str, Any]]:
        known = self._personal.of(account)
        kinds = ("ACCOUNT", "AGENT", "CASE", "ACTOR")
        subjects = [f"{kind}#{account}" for kind in kinds]
        subjects += [one.subject for one in self._credentials.of_account(account)]
        found = [
            recorded
            for subject in subjects
            for recorded in self._trail.of_subject(subject, limit=_MOST, before=None)
        ]
        return [
            _told(one, disclosed(one.entry.facts, known))
            for one in sorted(found, key=lambda one: one.entry.at)
        ]


def _told(one: Recorded, facts: Any) -> dict[str, Any]:
    entry = one.entry
    return {
        "at": entry.at.isoformat(timespec="seconds"),
        "action": entry.action,
        "by": entry.actor.kind,
        "address": entry.actor.address,
        "facts": dict(facts),
    }
