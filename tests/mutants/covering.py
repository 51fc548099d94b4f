"""The tests that run each line, by coverage's contexts (`pytest --cov-context=test`)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from coverage import CoverageData

from tests.mutants.finding import LIBRARY, Mutant
from tests.support.templates import ROOT

# For the template, which has no executed lines.
_TEMPLATE = [
    *sorted((ROOT / "tests" / "unit").glob("test_template*.py")),
    ROOT / "tests" / "functions" / "test_rights.py",
]
_SUITES = ("unit", "functions", "contract", "local", "service")


class Covering:
    """Coverage's data file.

    Args:
        data: the file.
        slow: tests that take too long to be run for each mutant.
    """

    def __init__(self, data: Path, slow: Iterable[str] = ()) -> None:
        self._slow = tuple(slow)
        self._data = CoverageData(str(data))
        self._data.read()
        files = self._data.measured_files()
        # The paths may be of another checkout.
        self._files = {one.rpartition("/python/keyfob/")[2]: one for one in files}

    def of(self, mutant: Mutant) -> list[str]:
        """The tests that run the mutant's lines, those of its module's own file first."""
        if mutant.file is None:
            return [str(one.relative_to(ROOT)) for one in _TEMPLATE]
        own = str(mutant.file.relative_to(LIBRARY))
        by_line = self._data.contexts_by_lineno(self._files.get(own, ""))
        found = {one.partition("|")[0] for line in mutant.lines for one in by_line.get(line, ())}
        file, mirror = f"test_{mutant.file.stem}", f"unit/{own.rpartition('/')[0]}/"
        tests = [one for one in found if one and not one.startswith(self._slow)]
        return sorted(tests, key=lambda one: (file not in one, mirror not in one, _place(one)))


def _place(test: str) -> tuple[int, str]:
    suites: Iterator[int] = (place for place, one in enumerate(_SUITES) if f"tests/{one}/" in test)
    return next(suites, len(_SUITES)), test
