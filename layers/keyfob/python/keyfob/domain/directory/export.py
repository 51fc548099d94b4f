"""An export of an organization's accounts as CSV, written part by part (A5). Pure.

writing    part 1, 2, …: each is kept with its step, so that a killed one is written again
ready      the file is whole; who asked for it may fetch it until `until`
"""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

HEADER = (
    "user_id",
    "name",
    "email",
    "roles",
    "active",
    "credential_expires_at",
    "token_locked",
)
# A spreadsheet takes a cell that begins so for a formula, and runs it (OWASP, CSV injection). Some
# read full-width signs, which names may have, like those of ASCII.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")


@dataclass(frozen=True, slots=True, kw_only=True)
class Export:
    """An export that account `by` has asked for.

    `upload` and `parts` are the file store's names of what is written; `position` is that of the
    list of accounts to continue from. Each `step` is one attempt's work.
    """

    id: str
    organization: str
    by: str
    until: datetime
    step: int = 1
    upload: str = ""
    parts: tuple[str, ...] = ()
    position: str = ""
    rows: int = 0
    ready: bool = False

    @property
    def subject(self) -> str:
        """The subject of its messages."""
        return f"EXPORT#{self.id}"

    @property
    def file(self) -> str:
        """The name of its file."""
        return f"{self.id}.csv"

    def fetchable(self, by: str, organization: str, now: datetime) -> bool:
        """Whether this account of this organization may see it."""
        return (self.by, self.organization) == (by, organization) and now < self.until


def anew(export: Export) -> Export:
    """Begin again: what was written is gone."""
    return replace(export, step=export.step + 1, upload="", parts=(), position="", rows=0)


def line(cells: Sequence[str]) -> str:
    """A line of the file, in which no cell is a formula (S51)."""
    written = io.StringIO()
    csv.writer(written, quoting=csv.QUOTE_ALL).writerow(map(harmless, cells))
    return written.getvalue()


def harmless(cell: str) -> str:
    """The cell as text for every spreadsheet: with an apostrophe, which these don't show."""
    return f"'{cell}" if cell.startswith(_FORMULA) else cell
