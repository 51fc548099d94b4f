"""Handing letters over to the provider that prints and mails them (C2, S31, S42, S43).

    a run, killed anywhere          the next run
    PUT batch + marks, or nothing   the letters are in no batch: they get into one
    PUT each letter's file          the same files under the same names
    PUT manifest, if absent         the provider has the batch; what it says is never changed
    erase what was sealed           the rest is erased, no file is written again
    the batch is written            nothing is left to do

A batch and the marks on its letters are one transaction, so that no letter is ever in two. The
provider reads a batch once its manifest is there.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from keyfob.domain.clock import Clock, in_seconds
from keyfob.domain.policy import Policy
from keyfob.domain.proofing import letter as letters
from keyfob.domain.proofing.letter_content import Content, read
from keyfob.storage.database import Conflict
from keyfob.storage.directory.store import Directory
from keyfob.storage.proofing import letters as rows
from keyfob.storage.proofing.letters import Batch, LetterStore, StoredLetter
from keyfob.storage.proofing.store import CaseStore
from keyfob.storage.rows import Update
from keyfob.storage.transaction import Transactions
from keyfob.usecases.proofing.letter_text import Letterhead, Typesetting, Unprintable, worded

logger = logging.getLogger(__name__)


class Files(Protocol):
    """The bucket that the provider reads."""

    def put_letter(self, batch: str, letter: str, pdf: bytes) -> None:
        """Store a letter; the same one again changes nothing."""

    def put_manifest(self, batch: str, manifest: dict[str, Any]) -> None:
        """Complete the batch; a manifest that is there stays."""

    def remove_letters(self, batch: str, letters: list[str]) -> None:
        """Delete these letters' files, if they are there."""


@dataclass(slots=True, kw_only=True)
class Dispatched:
    """A run's result: batches and letters that were handed over; letters that couldn't be made."""

    batches: int = 0
    letters: int = 0
    failed: int = 0


class Dispatching:
    """The job that makes batches."""

    def __init__(
        self,
        *,
        store: LetterStore,
        cases: CaseStore,
        directory: Directory,
        files: Files,
        unseal: Callable[[str, bytes], str],
        typesetting: Typesetting,
        head: Letterhead,
        transactions: Transactions,
        clock: Clock,
        policy: Policy,
    ) -> None:
        self._store = store
        self._cases = cases
        self._directory = directory
        self._files = files
        self._unseal = unseal
        self._typesetting = typesetting
        self._head = head
        self._transactions = transactions
        self._clock = clock
        self._policy = policy

    def run(self) -> Dispatched:
        """Hand over what waits, finish what an earlier run began, delete what is over.

        Raises:
            KeysUnavailable, StorageUnavailable: the next run goes on.
        """
        done = Dispatched()
        while self._take():
            pass
        for batch in self._store.batches():
            if not batch.written:
                self._hand_over(batch, done)
            self._tidy(batch)
        return done

    def _take(self) -> bool:
        """Put what waits into a batch; False if nothing does."""

        def attempt() -> bool:
            waiting = self._store.waiting()
            wanted = [one for one in waiting if self._awaited(one)]
            for one in waiting:
                if one not in wanted:
                    self._transactions.commit(rows.remove_waiting(one.id), audit=[])
            if wanted:
                _, writes = rows.take(wanted, self._now())
                self._transactions.commit(*writes, audit=[])
            return bool(waiting)

        return self._transactions.retry_on_conflict(attempt)

    def _hand_over(self, batch: Batch, done: Dispatched) -> None:
        made: list[dict[str, str]] = []
        for letter in self._store.letters(batch.letters):
            if letter.sealed is None:
                continue  # the manifest is there already, and names it
            pdf = self._made(letter, letter.sealed) if self._awaited(letter) else None
            if pdf is None:
                done.failed += self._awaited(letter)
                self._files.remove_letters(batch.id, [letter.id])
                continue
            self._files.put_letter(batch.id, letter.id, pdf)
            digest = hashlib.sha256(pdf).hexdigest()
            made.append({"letter": letter.id, "file": f"{letter.id}.pdf", "sha256": digest})
        self._files.put_manifest(batch.id, {"batch": batch.id, "letters": made})
        for letter in self._store.letters(batch.letters):
            self._write(rows.erase(letter.id, batch.id))
        self._write(rows.written(batch.id, self._now()))
        done.batches += 1
        done.letters += len(made)

    def _made(self, letter: StoredLetter, sealed: bytes) -> bytes | None:
        """The letter's file; None if it can't be made, which must not hold up the others."""
        account = self._directory.account(letter.account)
        try:
            content: Content = read(self._unseal(letter.id, sealed))
            text = worded(content, account.language if account else "en", self._head)
            return self._typesetting(text)
        except (Unprintable, ValueError, TypeError):
            # Without the exception: it may quote the letter.
            logger.error("letter can't be made", extra={"letter": letter.id})  # noqa: TRY400
            return None

    def _tidy(self, batch: Batch) -> None:
        """Delete the files of letters that are given up, and the batch after its last day."""
        left = {one.id: one for one in self._store.letters(batch.letters)}
        over = self._now() >= batch.made_at + self._policy.letter_acknowledged
        if left and not over:
            gone = [one for one in batch.letters if one not in left]
            self._files.remove_letters(batch.id, gone)
            return
        self._files.remove_letters(batch.id, list(batch.letters))
        removed = [rows.remove(one.id, one.account) for one in left.values()]
        self._transactions.commit(*removed, rows.remove_batch(batch.id), audit=[])

    def _awaited(self, letter: StoredLetter) -> bool:
        case = self._cases.current(letter.account)
        return case is not None and letters.awaits(case, letter.id)

    def _write(self, update: Update) -> None:
        try:
            self._store.write(update)
        except Conflict:
            # Acknowledged or given up meanwhile: the row is gone, as it should be.
            logger.info("letter or batch is gone")

    def _now(self) -> datetime:
        return in_seconds(self._clock)
