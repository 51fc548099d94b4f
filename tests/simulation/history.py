"""The history as the referee takes it: from the trail, the messages and the mails."""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

from keyfob.domain.credentials.credential import Credential
from keyfob.domain.directory.organization import Organization
from keyfob.domain.messages.outbox import is_effect
from keyfob.storage.audit.store import AuditRow
from keyfob.storage.messages.store import Lease
from tests.referee.record import Act, Life, Sending, Told
from tests.simulation.memory import Memory

_ACTS = {
    "credential.renewed": "renewed",
    "credential.suspended": "suspended",
    "credential.cause_lifted": "lifted",
    "credential.reenabled": "lifted",
    "credential.revoked": "revoked",
    "credential.lapsed": "lapsed",
}
_SENDERS = logging.getLogger("keyfob.usecases.messages.outbox_processor")


class History(logging.Handler):
    """Records everything, also the senders' log; `relay` is the stream."""

    def __init__(self, memory: Memory, clock: Any) -> None:
        super().__init__(logging.INFO)
        self.resent: set[str] = set()
        self._clock = clock
        self._acts: dict[str, list[Act]] = defaultdict(list)
        self._days: dict[tuple[str, int], int] = {}
        self._messages: dict[str, list[tuple[int, str, str, str]]] = defaultdict(list)
        self._sent: dict[str, list[Sending]] = defaultdict(list)
        self.relay: Callable[[str], None] = lambda _message: None
        memory.hooks.queued = self._queued
        memory.hooks.entered = self._entered

    def __enter__(self) -> History:
        self._before = (_SENDERS.level, _SENDERS.propagate)
        _SENDERS.addHandler(self)
        _SENDERS.setLevel(logging.INFO)
        _SENDERS.propagate = False
        return self

    def __exit__(self, *_error: object) -> None:
        _SENDERS.removeHandler(self)
        _SENDERS.level, _SENDERS.propagate = self._before

    def emit(self, record: logging.LogRecord) -> None:
        about = record.__dict__
        if about.get("attempt", 1) > 1 or "sent twice" in record.msg:
            self.resent.add(about["message_id"])

    def sent(self, lease: Lease, facts: dict[str, Any]) -> None:
        """A mail went out."""
        foretells = "invoices_clear" in facts
        self._sent[lease.id].append(
            Sending(
                at=self._clock(),
                until=_moment(facts["until"]) if foretells else None,
                revokes=_moment(facts["revokes"]) if foretells else None,
                deadline=facts.get("deadline"),
                tells_deadline=foretells,
            )
        )

    def life(
        self, first: Credential, last: Credential, home: Organization, born_at: datetime
    ) -> Life:
        """Everything about one credential."""
        return Life(
            id=first.subject,
            zone=home.time_zone,
            country=home.country,
            born_at=born_at,
            first_expiry=first.expires_at,
            acts=tuple(self._acts[first.subject]),
            messages=tuple(self._told(first.subject)),
            expires_at=last.expires_at,
            revoked_at=last.revoked_at,
        )

    def _told(self, subject: str) -> Iterator[Told]:
        for number, message_id, kind, queued_at in self._messages[subject]:
            yield Told(
                number=number,
                id=message_id,
                kind=kind,
                queued_at=datetime.fromisoformat(queued_at),
                sent=tuple(self._sent[message_id]),
                days=self._days.get((subject, number)),
            )

    def _queued(self, row: Any) -> None:
        if not is_effect(row.pk):
            about = (int(row.subject_version), row.pk, str(row.kind), row.created_at)
            self._messages[row.subject].append(about)
        self.relay(row.pk)

    def _entered(self, row: AuditRow) -> None:
        if row.action == "credential.reminded":
            self._days[row.pk, int(row.number)] = row.facts["days"]
        if row.action in _ACTS:
            act = Act(
                number=int(row.number),
                at=datetime.fromisoformat(row.at).replace(microsecond=0),
                what=_ACTS[row.action],
                by=row.actor_kind,
            )
            self._acts[row.pk].append(act)


def _moment(at: Any) -> datetime:
    return at if isinstance(at, datetime) else datetime.fromisoformat(at)
