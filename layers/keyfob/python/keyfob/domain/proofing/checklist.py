"""An agent's checklist: yes/no questions that a deployment words (C4). Pure.

An identity is proven only if each one is answered with yes. Kept are the questions' ids, no words.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping

_ID = re.compile(r"[a-z][a-z0-9_]{0,39}", re.ASCII)
_MOST, _LONGEST = 20, 300

Checklist = Mapping[str, str]


def checklist(text: str) -> Checklist:
    """The questions by their ids, in order, from a JSON object; none if `text` is empty.

    Raises:
        ValueError: it isn't an object of at most 20 ids and questions; the message says which.
    """
    read = json.loads(text or "{}")
    if not isinstance(read, dict) or len(read) > _MOST:
        raise ValueError(f"a checklist is a JSON object of at most {_MOST} ids and questions")
    for id_, question in read.items():
        if not _ID.fullmatch(id_):
            raise ValueError(f"{id_!r} is no id: small letters, digits and _")
        if not isinstance(question, str) or not 0 < len(question.strip()) <= _LONGEST:
            raise ValueError(f"the question {id_!r} must have 1 to {_LONGEST} characters")
    return read


def open_questions(questions: Checklist, answers: Mapping[str, bool]) -> dict[str, str]:
    """The problems of these answers, by question id; without any, the identity is proven."""
    wrong = {id_: "must be answered with yes" for id_ in questions if answers.get(id_) is not True}
    return wrong | {id_: "is no question" for id_ in answers if id_ not in questions}
