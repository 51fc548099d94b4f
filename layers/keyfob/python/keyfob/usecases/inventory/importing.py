"""Imports a key file into the inventory: all of it, or nothing and every reason why (G1, S18).

    read, check ─▶ compare with the inventory ─▶ begun ─▶ 100 tokens a transaction … ─▶ imported
       └───────┬────────────┘                                └─ another import was faster
            refused                                             with one of them ─▶ refused

Restarted after a failure, an import resumes: it recognizes the tokens that it has written.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import BinaryIO

from keyfob.domain.audit.entry import Actor, Entry
from keyfob.domain.clock import Clock
from keyfob.domain.inventory import batch as decisions
from keyfob.domain.inventory.batch import (
    Batch,
    Change,
    KeyFileRefused,
    Known,
    Place,
    Reason,
    State,
    Transition,
    examine,
    place,
)
from keyfob.domain.inventory.draft import Draft
from keyfob.domain.inventory.key_file_csv import read_csv
from keyfob.domain.inventory.key_file_pskc import read_pskc
from keyfob.domain.inventory.model import MODEL, model_of_file
from keyfob.domain.inventory.report import Outcome, Report
from keyfob.domain.inventory.seeds import BrokenSeed, Seeds
from keyfob.domain.inventory.token import Token, TokenState
from keyfob.storage.inventory import store as rows
from keyfob.storage.inventory.store import Inventory, Stored
from keyfob.storage.orders.stock import moved
from keyfob.storage.rows import Put, Update
from keyfob.storage.transaction import Transactions

_CHUNK = 100  # tokens; the most items that a transaction takes
# A hundred thousand encrypted tokens take half of it; it must fit into the function's memory.
MAX_BYTES = 192 * 1024 * 1024
_PSKC = frozenset({".xml", ".pskc", ".pskcxml"})
_CSV = frozenset({".csv"})


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyFile:
    """A file as uploaded: `digest` is its SHA-256 in hexadecimal, `size` in bytes."""

    name: str
    digest: str
    size: int
    content: BinaryIO


class _ContestedError(Exception):
    """Another import wrote one of our serial numbers since we read it."""

    def __init__(self, reasons: list[Reason]) -> None:
        super().__init__()
        self.reasons = reasons


class TokenImport:
    """Imports key files.

    Args:
        transport: returns the password or the key that decrypts the file of this name.
        allow_plain: whether files may hold secrets unencrypted.
    """

    def __init__(
        self,
        *,
        inventory: Inventory,
        seeds: Seeds,
        transactions: Transactions,
        clock: Clock,
        transport: Callable[[str], Mapping[str, str]],
        allow_plain: bool,
    ) -> None:
        self._inventory = inventory
        self._seeds = seeds
        self._transactions = transactions
        self._clock = clock
        self._transport = transport
        self._allow_plain = allow_plain

    def run(self, file: KeyFile, *, by: Actor) -> Report:
        """Import a file; a file that was imported before changes nothing.

        Raises:
            Unavailable: tables or keys don't answer; running it again resumes.
        """
        seen = self._batch(file)
        if seen.state is State.COMPLETE:
            return Report(file=file.name, outcome=Outcome.ALREADY_IMPORTED, batch=seen)
        contents = examine(self._drafts(file))
        tokens, warnings = contents.tokens, contents.warnings
        model = model_of_file(file.name)
        reasons = contents.reasons or self._contradictions(tokens, seen)
        if model is None:
            reasons = [Reason(text=f"the folder model=… {MODEL}"), *reasons]
        if model is None or reasons:
            return self._refuse(file, reasons, warnings, by)
        begun = self._decide(
            file,
            lambda batch: decisions.begin(
                batch, tokens=len(tokens), model=model, now=self._clock()
            ),
            by,
        )
        try:
            kept = sum(self._write(chunk, begun, by) for chunk in _chunks(tokens))
        except _ContestedError as contested:
            return self._refuse(file, contested.reasons, warnings, by)
        added = len(tokens) - kept
        done = self._decide(
            file,
            lambda batch: decisions.complete(
                batch, owner=begun.owner, added=added, now=self._clock()
            ),
            by,
        )
        return Report(file=file.name, outcome=Outcome.IMPORTED, batch=done, warnings=warnings)

    def _drafts(self, file: KeyFile) -> Iterator[Draft]:
        if file.size > MAX_BYTES:
            raise KeyFileRefused(f"it is larger than {MAX_BYTES:,} bytes: split it")
        kind = PurePosixPath(file.name).suffix.lower()
        if kind in _PSKC:
            yield from read_pskc(
                file.content,
                transport=lambda: self._transport(file.name),
                allow_plain=self._allow_plain,
                now=self._clock(),
            )
        elif kind not in _CSV:
            raise KeyFileRefused("its name must end with .xml, .pskc, .pskcxml or .csv")
        elif not self._allow_plain:
            raise KeyFileRefused("tables hold secrets unencrypted, which is not allowed here")
        else:
            yield from read_csv(file.content)

    def _contradictions(self, tokens: Sequence[Token], seen: Batch) -> list[Reason]:
        return [
            found
            for chunk in _chunks(tokens)
            for _, found, _ in self._placed(chunk, seen.owner)
            if isinstance(found, Reason)
        ]

    def _write(self, chunk: Sequence[Token], batch: Batch, by: Actor) -> int:
        """Write the missing ones of these tokens; returns how many exist from other batches."""

        def attempt() -> int:
            placed = self._placed(chunk, batch.owner)
            reasons = [found for _, found, _ in placed if isinstance(found, Reason)]
            if reasons:
                raise _ContestedError(reasons)
            writes = [
                self._writing(token, stored, batch.owner)
                for token, found, stored in placed
                if found in {Place.NEW, Place.FREE}
            ]
            self._commit([one for one in writes if not one.subject], batch, by)
            again = [one for one in writes if one.subject]
            for start in range(0, len(again), _CHUNK // 2):
                self._commit(again[start : start + _CHUNK // 2], batch, by)
            return sum(found is Place.KEPT for _, found, _ in placed)

        return self._transactions.retry_on_conflict(attempt)

    def _commit(self, writes: Sequence[Put | Update], batch: Batch, by: Actor) -> None:
        """Write tokens; those that were withdrawn before have an entry each in their chains."""
        entries = [
            Entry(
                action="token.imported",
                actor=by,
                at=self._clock(),
                subject=write.subject.id,
                facts={"batch": batch.id},
            )
            for write in writes
            if write.subject
        ]
        if writes:
            self._transactions.commit(*writes, audit=entries)

    def _writing(self, token: Token, stored: Stored | None, owner: str) -> Put | Update:
        sealed = self._seeds.seal(token.serial, token.secret)
        if stored is None:
            return rows.put_token(token, sealed, owner)
        return rows.take_over(stored, token, sealed, owner)

    def _placed(
        self, chunk: Sequence[Token], owner: str
    ) -> list[tuple[Token, Place | Reason, Stored | None]]:
        """The action for each of these tokens, from the inventory as it is now."""
        found = self._inventory.stored([token.serial for token in chunk])
        batches = self._inventory.batches([one.owner for one in found.values()])
        placed = []
        for token in chunk:
            stored = found.get(token.serial)
            known = self._known(stored, batches.get(stored.owner)) if stored else None
            placed.append((token, place(token, known, owner=owner), stored))
        return placed

    def _known(self, stored: Stored, batch: Batch | None) -> Known:
        try:
            token = stored.token(self._seeds.open(stored.serial, stored.sealed))
        except BrokenSeed:
            token = None
        withdrawn = stored.state == TokenState.WITHDRAWN
        return Known(token=token, owner=stored.owner, batch=batch, withdrawn=withdrawn)

    def _refuse(
        self, file: KeyFile, reasons: Sequence[Reason], warnings: Sequence[Reason], by: Actor
    ) -> Report:
        refused = self._decide(
            file,
            lambda batch: decisions.refuse(batch, now=self._clock()),
            by,
            reasons=len(reasons),
        )
        return Report(
            file=file.name,
            outcome=Outcome.REFUSED,
            batch=refused,
            reasons=reasons,
            warnings=warnings,
        )

    def _decide(
        self,
        file: KeyFile,
        decision: Callable[[Batch], Transition],
        by: Actor,
        **facts: int,
    ) -> Batch:
        """Apply `decision` to the file's current batch, with its audit entry."""

        def attempt() -> Batch:
            seen = self._batch(file)
            to = decision(seen)
            if to.change is None:
                return seen
            entry = Entry(
                action=to.change,
                actor=by,
                at=self._clock(),
                subject=seen.subject,
                facts={"tokens": to.batch.tokens, "attempt": to.batch.attempt, **facts},
            )
            write = rows.change_batch(seen, to.batch) if seen.version else rows.put_batch(to.batch)
            # The tokens count from now on, and so does the stock.
            grown = (
                [moved(to.batch.model, free=to.batch.added, due=self._clock())]
                if to.change is Change.IMPORTED
                else []
            )
            self._transactions.commit(write, *grown, audit=[entry])
            return to.batch

        return self._transactions.retry_on_conflict(attempt)

    def _batch(self, file: KeyFile) -> Batch:
        """The file's current batch; a batch that was never begun has no version."""
        batch_id = file.digest[:40]
        new = Batch(id=batch_id, file=file.name, changed_at=self._clock())
        return self._inventory.batch(batch_id) or new


def _chunks(tokens: Sequence[Token]) -> Iterator[Sequence[Token]]:
    for start in range(0, len(tokens), _CHUNK):
        yield tokens[start : start + _CHUNK]
