"""`make test` and `make test-long` take the tests that are meant for them, in the right size."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable

import pytest

from tests.support.effort import examples, rounds
from tests.support.templates import ROOT

TESTS = {
    path.relative_to(ROOT).as_posix(): path.read_text(encoding="utf-8")
    for path in sorted(ROOT.glob("tests/**/test_*.py"))
}
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")


@pytest.mark.parametrize("number", [examples, rounds])
def test_a_number_is_the_long_one_in_the_long_run_only(
    monkeypatch: pytest.MonkeyPatch, number: Callable[[int, int], int]
) -> None:
    monkeypatch.delenv("KEYFOB_LONG", raising=False)
    assert number(5, 20) == 5
    monkeypatch.setenv("KEYFOB_LONG", "1")
    assert number(5, 20) == 20
    with pytest.raises(ValueError, match="20 is not less than 5"):
        number(20, 5)


def test_a_test_with_two_sizes_is_marked_so_that_the_long_run_takes_it() -> None:
    sized = {path for path, text in TESTS.items() if "tests.support.effort import" in text}
    marked = {path for path, text in TESTS.items() if re.search(r"pytest\.mark\.longer\b", text)}
    assert sized - {"tests/unit/test_effort.py"} == marked - {"tests/unit/test_effort.py"}


def test_the_long_run_covers_every_folder_that_has_a_long_test() -> None:
    [run] = re.findall(r"(?m)^\t@KEYFOB_LONG=1 .*tests/,([a-z ]+)\)", MAKEFILE)
    marked = [path for path, text in TESTS.items() if re.search(r"pytest\.mark\.longe?r?\b", text)]
    folders = {path.split("/")[1] for path in marked} - {"unit"}
    assert folders
    assert folders <= set(run.split())


def test_whatever_is_started_without_a_word_leaves_the_long_tests_out() -> None:
    options = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    pytest_options = options["tool"]["pytest"]["ini_options"]
    assert pytest_options["addopts"][-2:] == ["-m", "not long"]
    assert [one.split(":")[0] for one in pytest_options["markers"]] == ["long", "longer"]
