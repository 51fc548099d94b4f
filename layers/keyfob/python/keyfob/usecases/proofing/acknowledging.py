"""The provider's acknowledgments of letters (C2, C5, S42).

The same one twice, in parallel or late changes nothing: a letter is marked once, on the condition
that its case still waits for it. The case, the letter's row and the mail to the holder are one
transaction. An acknowledgment can name letters of its own batch alone.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from keyfob.domain.audit.entry import Actor
from keyfob.domain.clock import Clock, in_seconds
from keyfob.domain.policy import Policy
from keyfob.domain.proofing import letter as letters
from keyfob.domain.proofing.acknowledgment import Acknowledgment, is_plausible, parsed
from keyfob.domain.proofing.letter_validity import last_day_of
from keyfob.storage.proofing import letters as rows
from keyfob.storage.proofing.letters import LetterStore, StoredLetter
from keyfob.storage.proofing.store import CaseStore
from keyfob.storage.transaction import Transactions
from keyfob.usecases.proofing.cases import CaseChanges

logger = logging.getLogger(__name__)


class Files(Protocol):
    """The bucket that the provider writes to."""

    def acknowledgment(self, key: str) -> bytes | None:
        """The content under this key; None if there is none."""

    def remove_letters(self, batch: str, letters: list[str]) -> None:
        """Delete these letters' files, if they are there."""


@dataclass(slots=True, kw_only=True)
class Result:
    """How many letters were marked, are waited for no more or unknown, and were refused."""

    mailed: int = 0
    passed_over: int = 0
    refused: int = 0


class Acknowledging:
    """Marks letters as mailed."""

    def __init__(
        self,
        *,
        store: LetterStore,
        cases: CaseStore,
        files: Files,
        changes: CaseChanges,
        transactions: Transactions,
        clock: Clock,
        policy: Policy,
    ) -> None:
        self._store = store
        self._cases = cases
        self._files = files
        self._changes = changes
        self._transactions = transactions
        self._clock = clock
        self._policy = policy

    def take(self, batch: str, key: str, *, by: Actor) -> Result:
        """Mark the letters that this file names, and delete their own files.

        Raises:
            StorageUnavailable: some may be marked; the event comes again.
        """
        content = self._files.acknowledgment(key)
        try:
            said = parsed(content) if content else None
        except ValueError:
            said = None
        if said is None:
            logger.warning("acknowledgment refused", extra={"batch": batch})
            return Result(refused=1)
        result = Result()
        known = {one.id: one for one in self._store.letters(said.letters)}
        for id_ in said.letters:
            letter = known.get(id_)
            if letter is None or letter.batch != batch:
                result.passed_over += 1
                continue
            self._mark(letter, said, result, by)
        # Not those that were refused: they are still to be acknowledged.
        left = {one.id for one in self._store.letters(said.letters)}
        self._files.remove_letters(batch, [one for one in said.letters if one not in left])
        return result

    def _mark(self, letter: StoredLetter, said: Acknowledgment, result: Result, by: Actor) -> None:
        outcome = self._transactions.retry_on_conflict(lambda: self._marked(letter, said, by))
        setattr(result, outcome, getattr(result, outcome) + 1)

    def _marked(self, letter: StoredLetter, said: Acknowledgment, by: Actor) -> str:
        case, now = self._cases.current(letter.account), self._now()
        removed = rows.remove(letter.id, letter.account)
        if case is None or case.letter is None or not letters.awaits(case, letter.id):
            self._transactions.commit(removed, audit=[])
            return "passed_over"
        if not is_plausible(said.mailed_on, case.letter, now):
            logger.warning("mailing date refused", extra={"letter": letter.id})
            return "refused"
        last_day = last_day_of(said.mailed_on, self._policy)
        to = letters.sent(case, said.mailed_on, last_day, now, self._policy)
        facts = {
            "letter": letter.id,
            "mailed_on": said.mailed_on.isoformat(),
            "last_day": last_day.isoformat(),
        }
        self._changes.commit(case, to, by=by, writes=[removed], facts=facts)
        return "mailed"

    def _now(self) -> datetime:
        return in_seconds(self._clock)
