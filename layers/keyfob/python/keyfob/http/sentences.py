"""Validation errors as sentences that state the wanted input.

The library's own words speak of patterns and Python's types. They never leave: an error that has no
sentence here gets a general one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

# The kind of an error whose message is ours already (`http/fields.py`).
WANTED = "wanted"

_GENERAL = "isn't in the form that is wanted here"
_TEXT = "must be a text"
_WHOLE = "must be a whole number"
_TRUTH = "must be true or false"
_LIST = "must be a list"
_OBJECT = "must be an object"

_SENTENCES: Mapping[str, str | Callable[[Mapping[str, Any]], str]] = {
    "missing": "is required",
    "extra_forbidden": "unknown field",
    "string_type": _TEXT,
    "string_unicode": "must be a text of Unicode characters",
    "string_too_short": lambda given: _at_least(given["min_length"], "character"),
    "string_too_long": lambda given: _at_most(given["max_length"], "character"),
    "int_type": _WHOLE,
    "int_parsing": _WHOLE,
    "int_parsing_size": _WHOLE,
    "int_from_float": _WHOLE,
    "finite_number": _WHOLE,
    "bool_type": _TRUTH,
    "bool_parsing": _TRUTH,
    "list_type": _LIST,
    "too_short": lambda given: _at_least(given["min_length"], "entry"),
    "too_long": lambda given: _at_most(given["max_length"], "entry"),
    "dict_type": _OBJECT,
    "model_type": _OBJECT,
    "model_attributes_type": _OBJECT,
    "greater_than": lambda given: f"must be more than {given['gt']}",
    "greater_than_equal": lambda given: f"must be at least {given['ge']}",
    "less_than": lambda given: f"must be less than {given['lt']}",
    "less_than_equal": lambda given: f"must be at most {given['le']}",
    "literal_error": lambda given: f"must be {given['expected']}",
    "enum": lambda given: f"must be {given['expected']}",
    "union_tag_not_found": "is required",
    "union_tag_invalid": lambda given: f"must be one of {given['expected_tags']}",
    "value_error": lambda given: str(given["error"]),
}


def sentence_of(error: Mapping[str, Any]) -> str:
    """The sentence for one of pydantic's errors (`type`, `ctx`, `msg`)."""
    if error["type"] == WANTED:
        return str(error["msg"])
    sentence = _SENTENCES.get(error["type"], _GENERAL)
    return sentence if isinstance(sentence, str) else sentence(error["ctx"])


def _at_least(number: int, noun: str) -> str:
    return "must not be empty" if number == 1 else f"must have at least {number} {_plural(noun)}"


def _at_most(number: int, noun: str) -> str:
    return f"must have at most {number} {noun if number == 1 else _plural(noun)}"


def _plural(noun: str) -> str:
    return f"{noun.removesuffix('y')}ies" if noun.endswith("y") else f"{noun}s"
