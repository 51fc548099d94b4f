"""Lines of an export, and who may fetch it (A5, S23, S51)."""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keyfob.domain.directory.export import Export, anew, harmless, line
from tests.support.fakes import START

AN_EXPORT = Export(id="exp_1", organization="acme", by="acc_alice", until=START)


@pytest.mark.parametrize(
    "cell",
    ["=HYPERLINK(1)", "+1", "-1+1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "\uff1d1+1", "\uff20A1"],
)
def test_no_cell_is_a_formula_S51(cell: str) -> None:
    assert harmless(cell) == f"'{cell}"


@pytest.mark.parametrize("cell", ["", "Ada Byron", "ada@acme.example", "'=1", " =1", "5"])
def test_any_other_cell_stays_as_it_is_S51(cell: str) -> None:
    assert harmless(cell) == cell


@given(st.lists(st.text(), min_size=1))
def test_a_line_is_read_as_the_cells_that_were_written_S51(cells: list[str]) -> None:
    [read] = csv.reader(io.StringIO(line(cells), newline=""))
    assert read == [harmless(one) for one in cells]


def test_only_who_asked_fetches_it_and_only_for_a_day_S23() -> None:
    before, after = START - timedelta(seconds=1), START
    assert AN_EXPORT.fetchable("acc_alice", "acme", before)
    assert not AN_EXPORT.fetchable("acc_bob", "acme", before)
    assert not AN_EXPORT.fetchable("acc_alice", "bolt", before)
    assert not AN_EXPORT.fetchable("acc_alice", "acme", after)


def test_begun_anew_it_has_another_step_and_nothing_written_A5() -> None:
    written = replace(AN_EXPORT, step=3, upload="u", parts=("a", "b"), position="x", rows=9)
    assert anew(written) == replace(AN_EXPORT, step=4)
