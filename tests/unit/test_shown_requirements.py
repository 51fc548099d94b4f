"""Every requirement that works, wholly or in part, has a test with its id.

`docs/requirements.md` says which those are. The id stands in a test's name or docstring; a test
that is skipped shows nothing.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
REQUIREMENTS = ROOT / "docs" / "requirements.md"
_LINE = re.compile(r"\| ([A-Z])(\d+)(?:\u2013[A-Z](\d+))? \| ([●◐○]) \| .* \|")
_ID = re.compile(r"(?<![A-Za-z0-9])[A-Z]\d+(?![A-Za-z0-9])")
_SKIPS = {"skip", "skipif", "xfail"}


def working(text: str) -> Iterator[str]:
    """The ids of the lines that aren't wholly missing; a line may be about a range."""
    for letter, first, last, status in _LINE.findall(text):
        if status != "○":
            yield from (f"{letter}{number}" for number in range(int(first), int(last or first) + 1))


def shown(sources: Iterable[str]) -> set[str]:
    """The ids in the names and docstrings of these files' tests."""
    return {one for source in sources for one in _ids(ast.parse(source).body)}


def _ids(body: list[ast.stmt]) -> Iterator[str]:
    if any(_marks(one) & _SKIPS for one in body if isinstance(one, ast.Assign)):
        return
    for one in body:
        if not isinstance(one, ast.FunctionDef | ast.ClassDef):
            continue
        if any(_marks(decorator) & _SKIPS for decorator in one.decorator_list):
            continue
        if isinstance(one, ast.ClassDef):
            yield from _ids(one.body)
        elif one.name.startswith("test_"):
            said = one.name.replace("_", " ") + " " + (ast.get_docstring(one) or "")
            yield from _ID.findall(said)


def _marks(node: ast.AST) -> set[str]:
    """The attributes of `pytest.mark` in a decorator, or in what is assigned to `pytestmark`."""
    if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) != "pytestmark":
        return set()
    return {one.attr for one in ast.walk(node) if isinstance(one, ast.Attribute)}


def test_every_working_requirement_has_a_test_with_its_id() -> None:
    files = sorted((ROOT / "tests").rglob("test_*.py"))
    found = shown(file.read_text(encoding="utf-8") for file in files)
    missing = [one for one in working(REQUIREMENTS.read_text(encoding="utf-8")) if one not in found]
    assert not missing


def test_every_line_of_the_tables_is_understood() -> None:
    """A line in another form would be left out silently."""
    rows = [
        line
        for line in REQUIREMENTS.read_text(encoding="utf-8").splitlines()
        if line.startswith("|") and line not in {"| id | | |", "|---|---|---|"}
    ]
    assert len(rows) > 90
    assert [line for line in rows if not _LINE.fullmatch(line)] == []


def test_ranges_and_partly_working_requirements_count_and_missing_ones_do_not() -> None:
    text = "| A1 | ○ | later |\n| S1\u2013S3 | ● | codes |\n| C4 | ◐ | a day ●; a year ○ |\n"
    assert list(working(text)) == ["S1", "S2", "S3", "C4"]


@pytest.mark.parametrize(
    ("source", "ids"),
    [
        ("def test_a_code_C4_S34(): ...", {"C4", "S34"}),
        ("def test_a_code():\n    '''C4: it is held.'''", {"C4"}),
        ("class TestCodes:\n    def test_one_C4(self): ...", {"C4"}),
        ("'''All about C4.'''\ndef test_a_code(): ...", set()),
        ("def helper_C4(): ...", set()),
        ("def test_a_code_C41(): ...", {"C41"}),
        ("@pytest.mark.skip\ndef test_a_code_C4(): ...", set()),
        ("@pytest.mark.skipif(True, reason='')\ndef test_a_code_C4(): ...", set()),
        ("@pytest.mark.parametrize('one', [1])\ndef test_a_code_C4(one): ...", {"C4"}),
        ("@pytest.mark.xfail\nclass TestCodes:\n    def test_one_C4(self): ...", set()),
        ("pytestmark = pytest.mark.skip\ndef test_a_code_C4(): ...", set()),
        ("pytestmark = pytest.mark.long\ndef test_a_code_C4(): ...", {"C4"}),
    ],
)
def test_only_a_test_that_runs_shows_a_requirement(source: str, ids: set[str]) -> None:
    assert shown([source]) == ids
