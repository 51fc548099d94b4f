"""DynamoDB's typed values (`{"S": "x"}`) in the one form that the engine compares and keeps."""

from __future__ import annotations

import marshal
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

Value = Mapping[str, Any]
Item = dict[str, Any]

SETS = frozenset({"SS", "NS", "BS"})


class Refused(Exception):
    """What DynamoDB answers instead of doing it: an error's code, message and further members."""

    def __init__(self, code: str, message: str, **more: Any) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message
        self.more = more


def invalid(message: str) -> Refused:
    """A request that makes no sense, whatever is stored."""
    return Refused("ValidationException", message)


def copied(item: Item) -> Item:
    """A copy that shares nothing with what is stored."""
    made: Item = marshal.loads(marshal.dumps(item))
    return made


def canonical_item(item: Mapping[str, Value]) -> Item:
    """An item as it is stored; raises `Refused` if it is none."""
    return {plain(name): canonical(value) for name, value in item.items()}


def canonical(value: Value) -> Value:
    """A value so that equal ones are the same to Python: numbers normalized, sets in order."""
    [(kind, content)] = value.items()
    if kind == "S" and type(content) is str:
        return {"S": content}
    if kind == "N":
        return {"N": number(content)}
    if kind == "L":
        return {"L": [canonical(one) for one in content]}
    if kind == "M":
        return {"M": canonical_item(content)}
    if kind in SETS:
        return {kind: _canonical_set(kind, content)}
    if kind not in _SCALARS:
        raise invalid(f"Supplied AttributeValue has no such type: {kind}")
    return {kind: _SCALARS[kind](content)}


def plain(text: str) -> str:
    """The string alone, without the enumeration that it may be a member of."""
    return text if type(text) is str else str.__str__(text)


def _canonical_set(kind: str, content: Any) -> list[Any]:
    members = [number(one) for one in content] if kind == "NS" else [*content]
    if not members:
        raise invalid("One or more parameter values were invalid: An set may not be empty")
    if len(set(members)) < len(members):
        raise invalid("One or more parameter values were invalid: Input collection has duplicates")
    return sorted(members, key=Decimal if kind == "NS" else None)


def number(text: str) -> str:
    """A number's one spelling: `1` of `1.0` and `+1e0`."""
    if text.isdecimal() and text.isascii() and (text == "0" or text[0] != "0"):
        return text
    try:
        found = Decimal(text)
    except ArithmeticError:
        found = Decimal("NaN")
    if not found.is_finite():
        raise invalid(f"The parameter cannot be converted to a numeric value: {text}")
    return f"{found.normalize():f}" if found else "0"


def order_of(value: Value) -> Any:
    """What a string, number or bytes is sorted by."""
    [(kind, content)] = value.items()
    return Decimal(content) if kind == "N" else content


def kind_of(value: Value) -> str:
    """`S`, `N`, `M` …"""
    return next(iter(value))


def length_of(value: Value) -> int | None:
    """What `size()` says; None where it says nothing."""
    [(kind, content)] = value.items()
    if kind == "S":
        return len(content.encode())
    return None if kind in {"N", "BOOL", "NULL"} else len(content)


_SCALARS: dict[str, Callable[[Any], Any]] = {"S": plain, "B": bytes, "BOOL": bool, "NULL": bool}
