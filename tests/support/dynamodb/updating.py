"""Applies update expressions to items."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from tests.support.dynamodb.expressions import Clause, Scope, value_at
from tests.support.dynamodb.values import (
    SETS,
    Item,
    Refused,
    Value,
    canonical,
    copied,
    invalid,
    kind_of,
    number,
    order_of,
)

_WRONG_TYPE = "An operand in the update expression has an incorrect data type"
Steps = tuple[str | int, ...]


def updated(scope: Scope, clauses: Sequence[Clause]) -> Item:
    """The item after the update; every operand is read before anything changes.

    Raises:
        Refused: a path leads nowhere, overlaps another, or an operand has the wrong type.
    """
    paths = [clause.path.named(scope.names) for clause in clauses]
    _apart(paths)
    item = copied(scope.item)
    read = [
        (clause, path, _operand(clause, scope)) for clause, path in zip(clauses, paths, strict=True)
    ]
    # From the last member of a list to its first: removing one moves those behind it.
    for clause, path, operand in sorted(read, key=_last_index, reverse=True):
        _APPLIED[clause.kind](item, path, operand)
    return item


def _last_index(one: tuple[Clause, Steps, Value | None]) -> int:
    last = one[1][-1]
    return last if one[0].kind == "REMOVE" and isinstance(last, int) else -1


def _operand(clause: Clause, scope: Scope) -> Value | None:
    if clause.source is None:
        return None
    found = clause.source.value(scope)
    if found is None:
        raise invalid(
            "The provided expression refers to an attribute that does not exist in the item"
        )
    return canonical(found)


def _apart(paths: Sequence[Steps]) -> None:
    for place, one in enumerate(paths):
        for other in paths[place + 1 :]:
            shared = min(len(one), len(other))
            if one[:shared] == other[:shared]:
                raise invalid(
                    "Invalid UpdateExpression: Two document paths overlap with each other; "
                    f"must remove or rewrite one of these paths; path one: {one}, path two: {other}"
                )


def _parent(item: Item, path: Steps) -> Any:
    """The map or list that a path's last step is about."""
    found = value_at(item, path[:-1]) if len(path) > 1 else {"M": item}
    inside = None if found is None else found.get("L" if isinstance(path[-1], int) else "M")
    if inside is None:
        raise invalid("The document path provided in the update expression is invalid for update")
    return inside


def _set(item: Item, path: Steps, operand: Value | None) -> None:
    parent, last = _parent(item, path), path[-1]
    if isinstance(last, int) and last >= len(parent):
        parent.append(operand)
    else:
        parent[last] = operand


def _remove(item: Item, path: Steps, _operand: Value | None) -> None:
    if value_at(item, path) is None:
        return
    parent, last = _parent(item, path), path[-1]
    if isinstance(last, int):
        parent.pop(last)
    else:
        del parent[last]


def _add(item: Item, path: Steps, operand: Value | None) -> None:
    assert operand
    kind = kind_of(operand)
    if kind != "N" and kind not in SETS:
        raise invalid(_WRONG_TYPE)
    before = value_at(item, path)
    if before is None:
        _set(item, path, operand)
        return
    if kind_of(before) != kind:
        raise invalid(_WRONG_TYPE)
    if kind == "N":
        became: Value = {"N": number(f"{order_of(before) + order_of(operand):f}")}
    else:
        became = canonical({kind: sorted({*before[kind], *operand[kind]})})
    _set(item, path, became)


def _delete(item: Item, path: Steps, operand: Value | None) -> None:
    assert operand
    kind, before = kind_of(operand), value_at(item, path)
    if kind not in SETS or (before is not None and kind_of(before) != kind):
        raise invalid(_WRONG_TYPE)
    if before is None:
        return
    left = [one for one in before[kind] if one not in operand[kind]]
    if left:
        _set(item, path, {kind: left})
    else:
        _remove(item, path, None)


_APPLIED: dict[str, Callable[[Item, Steps, Value | None], None]] = {
    "SET": _set,
    "REMOVE": _remove,
    "ADD": _add,
    "DELETE": _delete,
}


def require_keys_kept(clauses: Sequence[Clause], keys: Sequence[str], scope: Scope) -> None:
    """An update may not name the key.

    Raises:
        Refused: it does.
    """
    for clause in clauses:
        name = clause.path.named(scope.names)[0]
        if name in keys:
            raise Refused(
                "ValidationException",
                f"One or more parameter values were invalid: Cannot update attribute {name}. "
                "This attribute is part of the key",
            )
