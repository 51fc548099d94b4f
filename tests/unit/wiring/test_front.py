"""The front's accepted secrets (S63)."""

from __future__ import annotations

from typing import Any

import pytest

from keyfob.wiring.front import accepted


@pytest.mark.parametrize(
    ("value", "secrets"),
    [
        ({"current": "b"}, ["b"]),
        ({"current": "b", "previous": "a"}, ["b", "a"]),
        ({"current": "b", "previous": ""}, ["b"]),
        ({"current": "b", "previous": None}, ["b"]),
    ],
)
def test_the_current_secret_counts_and_the_previous_one_while_it_is_rolled_S63(
    value: dict[str, Any], secrets: list[str]
) -> None:
    assert accepted(value) == secrets


@pytest.mark.parametrize("value", [{}, {"current": ""}, {"current": None}, {"previous": "a"}])
def test_a_secret_without_a_current_value_lets_nobody_in_S63(value: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="current"):
        accepted(value)
