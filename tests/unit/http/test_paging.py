"""Opaque cursors."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keyfob.domain.errors import InvalidInput
from keyfob.http.paging import cursor_of, position_of
from tests.support.examples import steady

POSITION = "2026-11-22T07:00:00Z#SO-10001"


@steady
@given(position=st.text(st.characters(max_codepoint=127), min_size=1))
def test_a_cursor_leads_back_to_its_position(position: str) -> None:
    assert position_of(cursor_of(position)) == position


def test_a_cursor_needs_no_escaping_in_an_address() -> None:
    assert cursor_of(POSITION).replace("-", "").replace("_", "").isalnum()


@pytest.mark.parametrize("cursor", ["", "a", "ä", "%%%", "a b", "/w", "_w", "MjAy****"])
def test_a_foreign_cursor_is_refused_by_name_S49(cursor: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        position_of(cursor)
    assert list(refused.value.fields) == ["cursor"]


@steady
@given(cursor=st.text())
def test_no_input_breaks_anything_S49(cursor: str) -> None:
    try:
        assert position_of(cursor).isascii()
    except InvalidInput:
        return
