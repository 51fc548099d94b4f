"""Invalid bodies for every route (S49)."""

from __future__ import annotations

import json
from typing import Any

from tests.support.deployment import sample


def bodies(name: str, *fields: str) -> list[tuple[Any, int, str]]:
    """Bodies made of a sample's, the status that refuses each, and the field that it names."""
    right = json.loads(sample(f"api/{name}")["body"])
    wrong: list[tuple[Any, int, str]] = [
        ({**right, "unknown": 1}, 422, "unknown"),
        (json.dumps(right)[:-1], 400, ""),
        (json.dumps([right]), 400, ""),
        ('"text"', 400, ""),
        ({**right, "padding": "x" * 65_536}, 413, ""),
    ]
    for field in fields:
        wrong.append(({one: right[one] for one in right if one != field}, 422, field))
        others: tuple[Any, ...] = (None, 12345678, [], {})
        wrong += [({**right, field: other}, 422, field) for other in others]
    return wrong
