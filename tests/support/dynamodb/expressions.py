"""DynamoDB's expression language: conditions, filters, key conditions, projections, updates.

The grammar is that of "Using expressions" in DynamoDB's developer guide. Each expression is parsed
once; what it means for an item is asked of the parsed one.

One file: one grammar.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from tests.support.dynamodb.values import (
    SETS,
    Item,
    Value,
    invalid,
    kind_of,
    length_of,
    order_of,
)

_TOKEN = re.compile(r"\s*([#:]?\w+|<=|>=|<>|[=<>(),.\[\]+-])")
_COMPARED: dict[str, Callable[[Any, Any], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
_ORDERED = frozenset({"S", "N", "B"})


@dataclass(frozen=True, slots=True)
class Scope:
    """The context of an expression: an item, and the values of its placeholders."""

    item: Item
    names: Mapping[str, str]
    values: Mapping[str, Value]


@dataclass(frozen=True, slots=True)
class Path:
    """A document path, `a.#b[0]`: attribute names (perhaps placeholders) and list indexes."""

    parts: tuple[str | int, ...]

    def named(self, names: Mapping[str, str]) -> tuple[str | int, ...]:
        """The same with its placeholders replaced."""
        return tuple(
            names[part] if isinstance(part, str) and part[0] == "#" else part for part in self.parts
        )

    def value(self, scope: Scope) -> Value | None:
        """The value at the path, or None."""
        return value_at(scope.item, self.named(scope.names))


@dataclass(frozen=True, slots=True)
class Given:
    """A value of the request, `:v`."""

    name: str

    def value(self, scope: Scope) -> Value | None:
        return scope.values[self.name]


@dataclass(frozen=True, slots=True)
class Size:
    """`size(path)`."""

    path: Path

    def value(self, scope: Scope) -> Value | None:
        found = self.path.value(scope)
        length = None if found is None else length_of(found)
        return None if length is None else {"N": str(length)}


Operand = Path | Given | Size


@dataclass(frozen=True, slots=True)
class Compared:
    """`a = b`, `a < b` …"""

    sign: str
    left: Operand
    right: Operand

    def holds(self, scope: Scope) -> bool:
        left, right = self.left.value(scope), self.right.value(scope)
        if self.sign == "=":
            return left is not None and left == right
        if self.sign == "<>":
            # A missing value differs from everything.
            return left is None or right is None or left != right
        return _in_order(_COMPARED[self.sign], left, right)


@dataclass(frozen=True, slots=True)
class Between:
    """`a BETWEEN b AND c`."""

    operand: Operand
    low: Operand
    high: Operand

    def holds(self, scope: Scope) -> bool:
        found = self.operand.value(scope)
        return _in_order(operator.ge, found, self.low.value(scope)) and _in_order(
            operator.le, found, self.high.value(scope)
        )


@dataclass(frozen=True, slots=True)
class Among:
    """`a IN (b, c)`."""

    operand: Operand
    choices: tuple[Operand, ...]

    def holds(self, scope: Scope) -> bool:
        found = self.operand.value(scope)
        return found is not None and any(found == one.value(scope) for one in self.choices)


@dataclass(frozen=True, slots=True)
class Both:
    """`a AND b`."""

    parts: tuple[Condition, ...]

    def holds(self, scope: Scope) -> bool:
        return all(one.holds(scope) for one in self.parts)


@dataclass(frozen=True, slots=True)
class Either:
    """`a OR b`."""

    parts: tuple[Condition, ...]

    def holds(self, scope: Scope) -> bool:
        return any(one.holds(scope) for one in self.parts)


@dataclass(frozen=True, slots=True)
class Not:
    """`NOT a`."""

    part: Condition

    def holds(self, scope: Scope) -> bool:
        return not self.part.holds(scope)


@dataclass(frozen=True, slots=True)
class Called:
    """`attribute_exists(path)`, `begins_with(path, b)` …"""

    function: str
    path: Path
    argument: Operand | None = None

    def holds(self, scope: Scope) -> bool:
        found = self.path.value(scope)
        if self.function == "attribute_exists":
            return found is not None
        if self.function == "attribute_not_exists":
            return found is None
        given = self.argument.value(scope) if self.argument else None
        return found is not None and given is not None and _CALLED[self.function](found, given)


Condition = Compared | Between | Among | Both | Either | Not | Called


def _begins(found: Value, given: Value) -> bool:
    [(kind, start)] = given.items()
    whole = found.get(kind)
    return kind in {"S", "B"} and whole is not None and bool(whole.startswith(start))


def _contains(found: Value, given: Value) -> bool:
    [(kind, content)], [(wanted, part)] = found.items(), given.items()
    if kind in {"S", "B"}:
        return kind == wanted and part in content
    if kind in SETS:
        return kind[0] == wanted and part in content
    return kind == "L" and given in content


_CALLED: dict[str, Callable[[Value, Value], bool]] = {
    "begins_with": _begins,
    "contains": _contains,
    "attribute_type": lambda found, given: kind_of(found) == given["S"],
}


def _in_order(compare: Callable[[Any, Any], bool], left: Value | None, right: Value | None) -> bool:
    if left is None or right is None:
        return False
    kind = kind_of(left)
    if kind != kind_of(right) or kind not in _ORDERED:
        return False
    return compare(order_of(left), order_of(right))


@dataclass(frozen=True, slots=True)
class IfMissing:
    """`if_not_exists(path, b)`."""

    path: Path
    otherwise: Source

    def value(self, scope: Scope) -> Value | None:
        found = self.path.value(scope)
        return self.otherwise.value(scope) if found is None else found


@dataclass(frozen=True, slots=True)
class Appended:
    """`list_append(a, b)`."""

    first: Source
    second: Source

    def value(self, scope: Scope) -> Value | None:
        lists = [one.value(scope) for one in (self.first, self.second)]
        if any(one is None for one in lists):
            return None
        if any(one is not None and kind_of(one) != "L" for one in lists):
            raise invalid("An operand in the update expression has an incorrect data type")
        return {"L": [member for one in lists if one for member in one["L"]]}


@dataclass(frozen=True, slots=True)
class Sum:
    """`a + b`, `a - b`."""

    sign: str
    left: Source
    right: Source

    def value(self, scope: Scope) -> Value | None:
        left, right = self.left.value(scope), self.right.value(scope)
        if left is None or right is None:
            return None
        if kind_of(left) != "N" or kind_of(right) != "N":
            raise invalid("An operand in the update expression has an incorrect data type")
        a, b = order_of(left), order_of(right)
        return {"N": f"{a + b if self.sign == '+' else a - b:f}"}


Source = Path | Given | IfMissing | Appended | Sum


@dataclass(frozen=True, slots=True)
class Clause:
    """A part of an update: `SET path = source`, `REMOVE path`, `ADD path :v`, `DELETE path :v`."""

    kind: str
    path: Path
    source: Source | None = None


@dataclass(frozen=True, slots=True)
class Parsed:
    """An expression, and the placeholders in it."""

    text: str
    condition: Condition | None = None
    clauses: tuple[Clause, ...] = ()
    paths: tuple[Path, ...] = ()
    placeholders: frozenset[str] = field(default_factory=frozenset)


@lru_cache(maxsize=4096)
def condition(text: str) -> Parsed:
    """A condition, filter or key condition."""
    parser = _Parser(text)
    found = parser.either()
    parser.ended()
    return Parsed(text, condition=found, placeholders=parser.placeholders)


@lru_cache(maxsize=4096)
def update(text: str) -> Parsed:
    """An update expression."""
    parser = _Parser(text)
    clauses = tuple(parser.clauses())
    parser.ended()
    return Parsed(text, clauses=clauses, placeholders=parser.placeholders)


@lru_cache(maxsize=4096)
def projection(text: str) -> Parsed:
    """A projection expression."""
    parser = _Parser(text)
    paths = tuple(parser.listed(parser.path))
    parser.ended()
    return Parsed(text, paths=paths, placeholders=parser.placeholders)


def value_at(item: Item, path: Sequence[str | int]) -> Value | None:
    """The value at a path of names and indexes, or None."""
    found: Any = {"M": item}
    for part in path:
        inside = found.get("L" if isinstance(part, int) else "M")
        if inside is None:
            return None
        if isinstance(part, int):
            found = inside[part] if part < len(inside) else None
        else:
            found = inside.get(part)
        if found is None:
            return None
    return found  # type: ignore[no-any-return]


class _Parser:
    """Recursive descent, one token ahead."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._tokens = list(_tokens(text))
        self._at = 0
        self.placeholders = frozenset(one for one in self._tokens if one[0] in "#:")

    def ended(self) -> None:
        """Require the end of the text."""
        if self._peek():
            raise self._wrong()

    def either(self) -> Condition:
        parts = [self._both()]
        while self._accept("OR"):
            parts.append(self._both())
        return parts[0] if len(parts) == 1 else Either(tuple(parts))

    def _both(self) -> Condition:
        parts = [self._single()]
        while self._accept("AND"):
            parts.append(self._single())
        return parts[0] if len(parts) == 1 else Both(tuple(parts))

    def _single(self) -> Condition:
        if self._accept("NOT"):
            return Not(self._single())
        if self._accept("("):
            inner = self.either()
            self._expect(")")
            return inner
        name = self._peek()
        if name in {"attribute_exists", "attribute_not_exists", *_CALLED} and self._peek(1) == "(":
            return self._called()
        left = self._operand()
        if self._accept("BETWEEN"):
            low = self._operand()
            self._expect("AND")
            return Between(left, low, self._operand())
        if self._accept("IN"):
            self._expect("(")
            choices = tuple(self.listed(self._operand))
            self._expect(")")
            return Among(left, choices)
        sign = self._take()
        if sign not in {"=", "<>", *_COMPARED}:
            raise self._wrong()
        return Compared(sign, left, self._operand())

    def _called(self) -> Called:
        function = self._take()
        self._expect("(")
        path = self.path()
        argument = self._operand() if self._accept(",") else None
        self._expect(")")
        if (argument is None) != function.startswith(("attribute_exists", "attribute_not_exists")):
            raise self._wrong()
        return Called(function, path, argument)

    def _operand(self) -> Operand:
        if self._peek() == "size" and self._peek(1) == "(":
            self._take()
            self._expect("(")
            path = self.path()
            self._expect(")")
            return Size(path)
        if (self._peek() or "").startswith(":"):
            return Given(self._take())
        return self.path()

    def path(self) -> Path:
        parts: list[str | int] = [self._name()]
        while True:
            if self._accept("."):
                parts.append(self._name())
            elif self._accept("["):
                parts.append(int(self._take()))
                self._expect("]")
            else:
                return Path(tuple(parts))

    def clauses(self) -> Iterator[Clause]:
        seen = set()
        while kind := (self._peek() or "").upper():
            if kind in seen or kind not in {"SET", "REMOVE", "ADD", "DELETE"}:
                raise self._wrong()
            seen.add(kind)
            self._take()
            yield from self.listed(lambda kind=kind: self._clause(kind))  # type: ignore[misc]

    def _clause(self, kind: str) -> Clause:
        path = self.path()
        if kind == "REMOVE":
            return Clause(kind, path)
        if kind == "SET":
            self._expect("=")
            source = self._source()
            if (sign := self._peek()) in {"+", "-"}:
                self._take()
                source = Sum(sign, source, self._source())
            return Clause(kind, path, source)
        if not (self._peek() or "").startswith(":"):
            raise self._wrong()
        return Clause(kind, path, Given(self._take()))

    def _source(self) -> Source:
        if self._peek(1) == "(" and self._peek() in {"if_not_exists", "list_append"}:
            function = self._take()
            self._expect("(")
            first = self._source()
            self._expect(",")
            second = self._source()
            self._expect(")")
            if function == "list_append":
                return Appended(first, second)
            if not isinstance(first, Path):
                raise self._wrong()
            return IfMissing(first, second)
        if (self._peek() or "").startswith(":"):
            return Given(self._take())
        return self.path()

    def listed(self, one: Callable[[], Any]) -> Iterator[Any]:
        """`one`, again after each comma."""
        yield one()
        while self._accept(","):
            yield one()

    def _name(self) -> str:
        token = self._take()
        if not re.fullmatch(r"#\w+|[A-Za-z_]\w*", token):
            raise self._wrong()
        return token

    def _peek(self, ahead: int = 0) -> str | None:
        at = self._at + ahead
        return self._tokens[at] if at < len(self._tokens) else None

    def _accept(self, token: str) -> bool:
        if (self._peek() or "").upper() != token:
            return False
        self._at += 1
        return True

    def _expect(self, token: str) -> None:
        if not self._accept(token):
            raise self._wrong()

    def _take(self) -> str:
        token = self._peek()
        if token is None:
            raise self._wrong()
        self._at += 1
        return token

    def _wrong(self) -> Exception:
        near = self._peek() or "<EOF>"
        return invalid(f'Syntax error; token: "{near}", in "{self._text}"')


def _tokens(text: str) -> Iterator[str]:
    at = 0
    while at < len(text.rstrip()):
        found = _TOKEN.match(text, at)
        if not found:
            raise invalid(f'Syntax error; token: "{text[at]}", in "{text}"')
        yield found[1]
        at = found.end()
