"""Limits on how often something may be tried, and by whom. Pure."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """At most `tries` in a window of `period`, for each subject.

    The window begins with its first try. If it lasts `until_quiet`, each further try that is
    counted lengthens it: it ends when none was counted for a whole period.
    """

    name: str
    tries: int
    period: timedelta
    until_quiet: bool = False


def a_day(name: str, tries: int) -> Limit:
    """At most `tries` in a day, for each subject."""
    return Limit(name=name, tries=tries, period=timedelta(days=1))


@dataclass(frozen=True, slots=True, kw_only=True)
class Quota:
    """A limit, the subject that it counts, and how many of its tries an act takes.

    `beyond`: the quota that is taken in place of this one once it is used up.
    """

    limit: Limit
    subject: str
    units: int = 1
    beyond: Quota | None = None

    @property
    def key(self) -> str:
        """The key of the counter's row."""
        subject = hashlib.sha256(self.subject.encode()).hexdigest()[:32]
        return f"LIMIT#{self.limit.name}#{subject}"
