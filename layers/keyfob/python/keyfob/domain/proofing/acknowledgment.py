"""The provider's acknowledgment: the letters that it mailed, and the day (C2, C5). Pure."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from keyfob.domain.proofing.case import Letter

_LETTER = re.compile(r"ltr_[0-9a-z]{20}", re.ASCII)
_MOST_LETTERS = 1_000
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Acknowledgment:
    """Letters of one batch that were mailed on one day, in the provider's zone."""

    mailed_on: date
    letters: tuple[str, ...]


def parsed(content: bytes) -> Acknowledgment:
    """The acknowledgment in a file: `{"mailed_on": "2027-01-31", "letters": ["ltr_…"]}`.

    Raises:
        ValueError: it is none.
    """
    try:
        document: Any = json.loads(content)
    except RecursionError:
        raise ValueError("nested too deeply") from None
    if not isinstance(document, dict) or document.keys() != {"mailed_on", "letters"}:
        raise ValueError("mailed_on and letters are wanted, and nothing else")
    listed, day = document["letters"], document["mailed_on"]
    if not isinstance(listed, list) or not 1 <= len(listed) <= _MOST_LETTERS:
        raise ValueError("a list of letters is wanted")
    if not all(isinstance(one, str) and _LETTER.fullmatch(one) for one in listed):
        raise ValueError("letters are named by their ids")
    if not isinstance(day, str):
        raise ValueError("the day of the mailing is wanted")  # noqa: TRY004 - of a file's content
    return Acknowledgment(mailed_on=date.fromisoformat(day), letters=tuple(dict.fromkeys(listed)))


def is_plausible(mailed_on: date, letter: Letter, now: datetime) -> bool:
    """Whether this letter can have been mailed on that day, in whatever zone the provider is."""
    return letter.requested_at.date() - _DAY <= mailed_on <= now.date() + _DAY
