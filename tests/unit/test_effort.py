"""`make test` and `make test-long` select their tests, in the right size."""

from __future__ import annotations

import re
import tomllib

import pytest

from tests.support import effort as module
from tests.support.effort import effort
from tests.support.templates import ROOT

TESTS = {
    path.relative_to(ROOT).as_posix(): path.read_text(encoding="utf-8")
    for path in sorted(ROOT.glob("tests/**/*.py"))
}


def test_a_number_is_the_long_one_in_the_long_run_only(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "LONG", False)
    assert effort(5, 20) == 5
    monkeypatch.setattr(module, "LONG", True)
    assert effort(5, 20) == 20
    with pytest.raises(ValueError, match="20 is not less than 5"):
        effort(20, 5)


def test_the_long_run_covers_every_folder_with_a_long_form() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    runs = re.findall(r"(?m)^\t@KEYFOB_LONG=1 .*tests/,([a-z/ ]+)\)", makefile)
    run = {f"tests/{folder}/" for one in runs for folder in one.split()}
    sized = r"pytest\.mark\.long\b|support\.effort import"
    # These speak of the mark.
    of_its_own = (
        "tests/support/",
        "tests/unit/test_effort.py",
        "tests/unit/test_shown_requirements.py",
    )
    for path, text in TESTS.items():
        if re.search(sized, text) and not path.startswith(of_its_own):
            assert path.startswith(tuple(run)), path


def test_a_run_without_options_leaves_the_long_tests_out() -> None:
    options = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    pytest_options = options["tool"]["pytest"]["ini_options"]
    assert pytest_options["addopts"][-2:] == ["-m", "not long"]
    assert [one.split(":")[0] for one in pytest_options["markers"]] == ["long"]
