"""Records refusals of administrators' acts.

They share the bound of foreign ids, which keeps the trail from being filled. A refusal gets one
entry, also where one block is within another or a foreign id has its own entry already.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from keyfob.domain.audit.entry import Actor, Entry
from keyfob.domain.errors import Conflicting, DomainError, Forbidden, NotFound
from keyfob.usecases.audit.foreign_ids import ForeignIds

_RECORDED = (Conflicting, Forbidden, NotFound)


class Refusals:
    """Records refusals, but for wrong input and outages."""

    def __init__(self, foreign: ForeignIds) -> None:
        self._foreign = foreign

    @contextmanager
    def recorded(self, what: str, asked: str, form: re.Pattern[str], by: Actor) -> Iterator[None]:
        """Record a refusal in this block, unless it is recorded already, and raise it again.

        Args:
            what: the name of the act.
            asked: the id that was named; recorded only if it matches `form`.
            form: the pattern of valid ids.
            by: the administrator.
        """
        try:
            yield
        except _RECORDED as refusal:
            if not refusal.recorded:
                fact = asked if form.fullmatch(asked) else "no id"
                self._note(what, fact, refusal, by)
                refusal.recorded = True
            raise

    def _note(self, what: str, asked: str, refusal: DomainError, by: Actor) -> None:
        facts = {"act": what, "asked": asked, "refusal": refusal.code}

        def entry(now: datetime) -> Entry:
            return Entry(action="administration.refused", actor=by, at=now, facts=facts)

        self._foreign.note(entry, by)
