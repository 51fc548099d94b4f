"""Finds guards: conditions of writes, refusals of decisions, permissions of roles."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from tests.support.templates import ROOT, template

LIBRARY = ROOT / "layers" / "keyfob" / "python" / "keyfob"
# Variables that hold conditions of writes.
_CONDITIONS = {"condition", "conditions", "same", "absent", "unchanged", "mine", "there"}
_BOUNDARY: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Mutant:
    """One guard, removed or weakened.

    Args:
        kind: `condition` of a write, `guard` of a decision, `right` of a role.
        name: operation and text, the same wherever the code stands.
        file: the changed file, or None where the template is.
        lines: the lines that a test has to run.
        source: the whole changed file.
        place: function, policy, statement and action of a right.
    """

    kind: str
    name: str
    file: Path | None = None
    lines: range = range(0)
    source: str = ""
    place: tuple[str, int, int, str] | None = None


def all_mutants() -> list[Mutant]:
    """Every mutant there is, by name."""
    found = [*_of_library(), *_of_template()]
    seen: Counter[str] = Counter()
    named = []
    for one in found:
        seen[one.name] += 1
        number = seen[one.name]
        named.append(replace(one, name=f"{one.name} ({number})") if number > 1 else one)
    return sorted(named, key=lambda one: (one.kind, one.name))


def _of_library() -> Iterator[Mutant]:
    for path in sorted(LIBRARY.rglob("*.py")):
        source = path.read_text(encoding="utf-8")
        yield from _Finder(path, source).found()


class _Finder:
    """Walks one module."""

    def __init__(self, path: Path, source: str) -> None:
        self._path = path
        self._source = source
        self._lines = source.encode().splitlines(keepends=True)

    def found(self) -> Iterator[Mutant]:
        yield from self._within(ast.parse(self._source), ())

    def _within(self, node: ast.AST, scope: tuple[str, ...]) -> Iterator[Mutant]:
        for child in ast.iter_child_nodes(node):
            inner = scope
            if isinstance(child, (ast.FunctionDef, ast.ClassDef)):
                inner = (*scope, child.name)
            yield from self._of(child, inner)
            yield from self._within(child, inner)

    def _of(self, node: ast.AST, scope: tuple[str, ...]) -> Iterator[Mutant]:
        operation = ".".join(scope)
        if isinstance(node, ast.keyword) and node.arg == "condition":
            yield from self._weaker(operation, node.value)
        elif isinstance(node, ast.Assign):
            [target, *_] = node.targets
            if isinstance(target, ast.Name) and target.id in _CONDITIONS:
                yield from self._weaker(operation, node.value)
        elif isinstance(node, ast.Return) and isinstance(node.value, (ast.BinOp, ast.List)):
            if _is_condition(node.value):
                yield from self._weaker(operation, node.value)
        elif isinstance(node, ast.If) and isinstance(node.body[-1], ast.Raise):
            yield from self._unguarded(operation, node)

    def _weaker(self, operation: str, value: ast.expr) -> Iterator[Mutant]:
        """The condition without each of its parts, or one that holds for every row."""
        if isinstance(value, ast.List):
            for part in value.elts:
                left = [one for one in value.elts if one is not part]
                yield self._changed("condition", operation, value, ast.List(left), part)
            return
        parts = list(_conjuncts(value))
        if len(parts) > 1:
            for part in parts:
                left = [one for one in parts if one is not part]
                yield self._changed("condition", operation, value, _joined(left), part)
        elif row := _row_of(value):
            any_row = ast.parse(f"{row}.pk.exists()", mode="eval").body
            yield self._changed("condition", operation, value, any_row, value)

    def _unguarded(self, operation: str, node: ast.If) -> Iterator[Mutant]:
        test, never = node.test, ast.Constant(value=False)
        yield self._changed("guard", operation, test, never, test)
        if isinstance(test, ast.BoolOp):
            for part in test.values:
                left = [one for one in test.values if one is not part]
                kept = left[0] if len(left) == 1 else ast.BoolOp(test.op, left)
                yield self._changed("guard", operation, test, kept, part)
        for compared in (one for one in ast.walk(test) if isinstance(one, ast.Compare)):
            if len(compared.ops) == 1 and type(compared.ops[0]) in _BOUNDARY:
                other = _BOUNDARY[type(compared.ops[0])]()
                moved = ast.Compare(compared.left, [other], compared.comparators)
                text = f"{ast.unparse(compared)} → {ast.unparse(ast.fix_missing_locations(moved))}"
                yield self._changed("guard", operation, compared, moved, text)

    def _changed(
        self, kind: str, operation: str, old: ast.expr, new: ast.expr, removed: ast.expr | str
    ) -> Mutant:
        text = removed if isinstance(removed, str) else f"without {ast.unparse(removed)}"
        assert old.end_lineno
        assert old.end_col_offset is not None
        begin, end = (
            self._at(old.lineno, old.col_offset),
            self._at(old.end_lineno, old.end_col_offset),
        )
        whole = b"".join(self._lines)
        written = f"({ast.unparse(ast.fix_missing_locations(new))})".encode()
        source = (whole[:begin] + written + whole[end:]).decode()
        lines = range(old.lineno, old.end_lineno + 1)
        return Mutant(
            kind=kind, name=f"{operation}: {text}", file=self._path, lines=lines, source=source
        )

    def _at(self, line: int, column: int) -> int:
        return sum(map(len, self._lines[: line - 1])) + column


def _is_condition(value: ast.BinOp | ast.List) -> bool:
    parts = value.elts if isinstance(value, ast.List) else [value]
    return any(_row_of(part) for part in parts) and not any(map(_acts, parts))


def _acts(part: ast.expr) -> bool:
    """Whether the call changes a row (`OrderRow.state.set(…)`)."""
    called = isinstance(part, ast.Call) and isinstance(part.func, ast.Attribute)
    return called and part.func.attr in {"set", "remove"}  # type: ignore[attr-defined]


def _conjuncts(value: ast.expr) -> Iterator[ast.expr]:
    if isinstance(value, ast.BinOp) and isinstance(value.op, ast.BitAnd):
        yield from _conjuncts(value.left)
        yield from _conjuncts(value.right)
    else:
        yield value


def _joined(parts: Sequence[ast.expr]) -> ast.expr:
    joined = parts[0]
    for part in parts[1:]:
        joined = ast.BinOp(joined, ast.BitAnd(), part)
    return joined


def _row_of(value: ast.expr) -> str | None:
    """The row that a comparison or call is about, such as `OrderRow`."""
    names = (one.id for one in ast.walk(value) if isinstance(one, ast.Name))
    return next((name for name in names if name.endswith("Row")), None)


def _of_template() -> Iterator[Mutant]:
    functions: dict[str, Any] = {
        name: one["Properties"]
        for name, one in template("template.yaml")["Resources"].items()
        if one["Type"] == "AWS::Serverless::Function"
    }
    for function, properties in functions.items():
        for p, policy in enumerate(properties["Policies"]):
            for s, statement in enumerate(policy["Statement"]):
                resource = _resource(statement["Resource"])
                for action in statement["Action"]:
                    if isinstance(action, str):
                        yield _right(function, p, s, action, f"{action} on {resource}")
                if "Condition" in statement:
                    about = f"the condition of {statement['Action'][0]} on {resource}"
                    yield _right(function, p, s, "Condition", about)


def _right(function: str, policy: int, statement: int, what: str, text: str) -> Mutant:
    place = (function, policy, statement, what)
    return Mutant(kind="right", name=f"{function}: without {text}", place=place)


def _resource(resource: Any) -> str:
    """The last word of a resource, such as `CredentialsTableArn`."""
    if isinstance(resource, str):
        return resource
    if isinstance(resource, list):
        return ", ".join(map(_resource, resource))
    [(_, value)] = resource.items()
    return _resource(value[-1] if isinstance(value, list) else value).rpartition(".")[2]
