"""The clock's functions at work in this process, and the charges of each thing they do."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping
from typing import Any

from keyfob.domain.clock import Clock
from keyfob.domain.messages.kinds import Kind
from keyfob.domain.messages.outbox import message_id
from keyfob.storage.database import Database
from tests.support.context import Context
from tests.support.deployment import failed, for_worker
from tests.support.lives import Lives
from tests.support.units import Charges, Meter

TOLD = {
    "notice": Kind.RENEWAL_NOTICE,
    "expiry": Kind.CREDENTIAL_EXPIRED,
    "reminder": Kind.REVOCATION_REMINDER,
    "revocation": Kind.CREDENTIAL_LAPSED,
}


class ClockCosts:
    """Measures one thing at a time.

    Args:
        values: the functions' settings (`TABLE_…`).
        look: a DynamoDB client beside those of the functions.
        clock: the time.
    """

    def __init__(self, values: Mapping[str, str], look: Any, clock: Clock) -> None:
        tables = {
            name.removeprefix("TABLE_").lower(): table
            for name, table in values.items()
            if name.startswith("TABLE_")
        }
        database = Database(look, tables)
        hour = clock().hour
        self._awake = Lives(database, clock, zone(12 - hour))
        self._asleep = Lives(database, clock, zone(-hour))

    def due(self, stage: str) -> Charges:
        """The charges of the worker for a credential of which this is due."""
        credential = self._awake.add(stage)
        return self._worker("lifecycle_worker", f"ACCOUNT#{credential.account}")

    def nobody(self) -> Charges:
        """The charges of the worker for an account whose credential is gone."""
        return self._worker("lifecycle_worker", "ACCOUNT#acc_nobody")

    def mail(self, stage: str, *, by_night: bool = False) -> Charges:
        """The charges of the notifier for the mail that follows from it."""
        lives = self._asleep if by_night else self._awake
        credential = lives.add(stage)
        self._worker("lifecycle_worker", f"ACCOUNT#{credential.account}")
        queued = message_id(TOLD[stage], credential.subject, 2, credential.account)
        return self._worker("notifier", queued)

    def sweep(self, due: int) -> Charges:
        """The charges of a sweep that finds so many due credentials, and nothing else."""
        self._invoke("lifecycle_sweep", {})
        for _ in range(due):
            self._awake.add("notice")
        swept: list[Any] = []
        charges = self._charged(
            "lifecycle_sweep", lambda: swept.append(self._invoke("lifecycle_sweep", {}))
        )
        assert swept[0]["queued"] == due
        return charges

    def _worker(self, function: str, *due: str) -> Charges:
        event = for_worker("due_order", *({"due": one} for one in due))
        answers: list[Any] = []
        charges = self._charged(function, lambda: answers.append(self._invoke(function, event)))
        assert failed(answers[0]) == []
        return charges

    def _charged(self, function: str, work: Callable[[], object]) -> Charges:
        wiring = importlib.import_module(f"{function}.wiring")
        return Meter(wiring.runtime().database._client).charged(work)

    def _invoke(self, function: str, event: Mapping[str, Any]) -> Any:
        return importlib.import_module(f"{function}.app").handler(event, Context())


def zone(offset: int) -> str:
    """A zone so many hours ahead of UTC, or a day less."""
    ahead = (offset + 12) % 24 - 12
    return f"Etc/GMT{-ahead:+d}" if ahead else "Etc/GMT"
