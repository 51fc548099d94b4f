"""The report of an import, for programs and people: serial numbers, never a secret. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum

from keyfob.domain import due_index as index
from keyfob.domain.inventory.batch import Batch, Reason


class Outcome(StrEnum):
    """How an import ended."""

    IMPORTED = "imported"
    ALREADY_IMPORTED = "already_imported"
    REFUSED = "refused"


_SUMMARY = {
    Outcome.IMPORTED: "Every token of the file is in the inventory now.",
    Outcome.ALREADY_IMPORTED: "This very file was imported before. Nothing was changed.",
    Outcome.REFUSED: "Nothing was taken from this file. Mend what is named below, drop it again.",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """The end of one import. `file` is the name under which it was dropped this time.

    `warnings` name tokens for which a default was taken that may be wrong.
    """

    file: str
    outcome: Outcome
    batch: Batch
    reasons: Sequence[Reason] = ()
    warnings: Sequence[Reason] = ()

    def as_json(self) -> str:
        """The report for programs: a JSON object with stable names."""
        batch = self.batch
        content = {
            "file": self.file,
            "batch": batch.id,
            "model": batch.model,
            "outcome": self.outcome,
            "at": index.instant(batch.changed_at),
            "tokens": self._taken(batch.tokens),
            "added": self._taken(batch.added),
            "reasons": [asdict(reason) for reason in self.reasons],
            "warnings": [asdict(warning) for warning in self.warnings],
        }
        return json.dumps(content, indent=1) + "\n"

    def as_text(self) -> str:
        """The report for people."""
        return "\n".join(self._lines()) + "\n"

    def _lines(self) -> Iterator[str]:
        batch = self.batch
        yield f"Token import: {self.outcome.replace('_', ' ')}"
        yield _SUMMARY[self.outcome]
        yield ""
        yield f"File    {_printable(self.file)}"
        yield f"Batch   {batch.id}"
        yield f"Model   {batch.model}"
        yield f"At      {index.instant(batch.changed_at)}"
        if self.outcome is not Outcome.REFUSED:
            yield f"Tokens  {batch.tokens:,}, of which {batch.added:,} were new"
        yield from _listed("reason", self.reasons)
        yield from _listed("warning", self.warnings)

    def _taken(self, count: int) -> int:
        return 0 if self.outcome is Outcome.REFUSED else count


def _listed(called: str, entries: Sequence[Reason]) -> Iterator[str]:
    if not entries:
        return
    yield ""
    yield f"{len(entries):,} {called}{'s' if len(entries) > 1 else ''}:"
    for entry in entries:
        row = f"row {entry.row}" if entry.row else ""
        where = ", ".join(part for part in (row, entry.serial) if part)
        yield f"  {where}: {entry.text}" if where else f"  {entry.text}"


def _printable(name: str) -> str:
    return "".join(one if one.isprintable() else "?" for one in name)
