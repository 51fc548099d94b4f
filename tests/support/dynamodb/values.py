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
    """DynamoDB's refusal of a request: an error's code, message and further members."""

    def __init__(self, code: str, message: str, **more: Any) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message
        self.more = more


def invalid(message: str) -> Refused:
    """A request that is invalid for every stored content."""
    return Refused("ValidationException", message)


def copied(item: Item) -> Item:
    """A copy that shares nothing with what is stored."""
    made: Item = marshal.loads(marshal.dumps(item))
    return made


def canonical_item(item: Mapping[str, Value]) -> Item:
    """An item in its stored form; raises `Refused` if it is invalid."""
    return {plain(name): canonical(value) for name, value in item.items()}


def canonical(value: Value) -> Value:
    """A value in its canonical form for comparison: numbers normalized, sets in order."""
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
    """The plain string of an enumeration's member."""
    return text if type(text) is str else str.__str__(text)


def _canonical_set(kind: str, content: Any) -> list[Any]:
    members = [number(one) for one in content] if kind == "NS" else [*content]
    if not members:
        raise invalid("One or more parameter values were invalid: An set may not be empty")
    if len(set(members)) < len(members):
        raise invalid("One or more parameter values were invalid: Input collection has duplicates")
    return sorted(members, key=Decimal if kind == "NS" else None)


def number(text: str) -> str:
    """A number's one spelling: `1` for `1.0` and `+1e0`."""
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
    """The sort key of a string, number or bytes."""
    [(kind, content)] = value.items()
    return Decimal(content) if kind == "N" else content


def kind_of(value: Value) -> str:
    """`S`, `N`, `M` …"""
    return next(iter(value))


def length_of(value: Value) -> int | None:
    """The result of `size()`; None where it has none."""
    [(kind, content)] = value.items()
    if kind == "S":
        return len(content.encode())
    return None if kind in {"N", "BOOL", "NULL"} else len(content)


_SCALARS: dict[str, Callable[[Any], Any]] = {"S": plain, "B": bytes, "BOOL": bool, "NULL": bool}
