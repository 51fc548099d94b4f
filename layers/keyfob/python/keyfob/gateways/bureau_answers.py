"""The credit bureau's answers: taken if they make sense, refused as `Unusable` otherwise.

Its texts are shown to people, and a chosen one is sent back: they are never changed.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from keyfob.domain.proofing.bureau import (
    Address,
    Answered,
    Begun,
    Failed,
    Located,
    NeedsFullSsn,
    NotLocated,
    Passed,
    Question,
)
from keyfob.domain.text import NO_LINE, line
from keyfob.gateways.json_http import Unusable

_MOST_QUESTIONS = 20
_CHOICES = range(2, 12 + 1)
_MOST_CHARACTERS = 300
# Ids are parts of addresses and names of form fields: no dot, so that none is `..`.
_ID = re.compile(r"[A-Za-z0-9_-]{1,128}")
# Half of a surrogate pair can be written in JSON, but not be encoded again.
_UNPRINTABLE = re.compile(f"[{NO_LINE}\ud800-\udfff]")
_STATE = re.compile(r"[A-Z]{2}")
_POSTAL_CODE = re.compile(r"[0-9]{5}(-[0-9]{4})?")


def begun(answer: Mapping[str, Any], *, full: bool) -> Begun:
    """How the search ended; `full`: all nine digits were sent."""
    match answer.get("outcome"):
        case "located":
            return Located(reference=_id(answer.get("session")))
        case "needs_full_ssn" if not full:
            return NeedsFullSsn()
        case "not_located" | "blocked":
            return NotLocated()
    raise Unusable("unknown outcome")


def questions(answer: Mapping[str, Any]) -> Sequence[Question]:
    """1 to 20 questions with 2 to 12 choices each."""
    listed = _list(answer.get("questions"))
    if not 1 <= len(listed) <= _MOST_QUESTIONS:
        raise Unusable("number of questions")
    found = tuple(_question(one) for one in listed)
    if len({one.id for one in found}) < len(found):
        raise Unusable("a question twice")
    return found


def answered(answer: Mapping[str, Any]) -> Answered:
    """Whether enough answers were right."""
    match answer.get("outcome"):
        case "passed":
            return Passed()
        case "failed":
            return Failed()
    raise Unusable("unknown outcome")


def address(answer: Mapping[str, Any]) -> Address | None:
    """The confirmed address, complete; None if the bureau confirms none."""
    match answer.get("outcome"):
        case "unconfirmed":
            return None
        case "confirmed":
            return _address(answer.get("address"))
    raise Unusable("unknown outcome")


def is_id(given: str) -> bool:
    """Whether it can be the id of a session or a question."""
    return bool(_ID.fullmatch(given))


def _question(given: object) -> Question:
    if not isinstance(given, dict):
        raise Unusable("no question")
    choices = tuple(_text(one) for one in _list(given.get("choices")))
    if len(choices) not in _CHOICES:
        raise Unusable("number of choices")
    # An answer is the text of a choice.
    if len(set(choices)) < len(choices):
        raise Unusable("a choice twice")
    return Question(id=_id(given.get("id")), text=_text(given.get("text")), choices=choices)


def _address(given: object) -> Address:
    if not isinstance(given, dict):
        raise Unusable("no address")
    return Address(
        street=_text(given.get("street")),
        city=_text(given.get("city")),
        state=_matching(_STATE, given.get("state")),
        postal_code=_matching(_POSTAL_CODE, given.get("postal_code")),
    )


def _matching(form: re.Pattern[str], given: object) -> str:
    if not isinstance(given, str) or not form.fullmatch(given):
        raise Unusable("no address")
    return given


def _id(given: object) -> str:
    if not isinstance(given, str) or not is_id(given):
        raise Unusable("no id")
    return given


def _list(given: object) -> list[object]:
    if not isinstance(given, list):
        raise Unusable("no list")
    return given


def _text(given: object) -> str:
    if not isinstance(given, str) or len(given) > _MOST_CHARACTERS:
        raise Unusable("no text")
    if _UNPRINTABLE.search(given) or not line(given):
        raise Unusable("unprintable text")
    return given
