"""Holds that nothing has happened to anybody."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from tests.support.deployment import Deployment


@contextmanager
def unchanged(deployment: Deployment) -> Iterator[None]:
    """No row is added, changed or removed meanwhile; no phone and no payment page is asked for.

    Tries are counted, though, when a session was used last may be noted, and the trail notes who
    asked for what isn't theirs.
    """
    rows, asked = _rows(deployment), _asked(deployment)
    yield
    after = _rows(deployment)
    assert {key for key in rows.keys() | after.keys() if rows.get(key) != after.get(key)} == set()
    assert _asked(deployment) == asked


def _asked(deployment: Deployment) -> tuple[int, int]:
    return deployment.phones.asked, len(deployment.provider.pages)


def _rows(deployment: Deployment) -> dict[tuple[str, str, str], Any]:
    return {
        (table, item["pk"]["S"], item["sk"]["S"]): _without_use(item)
        for table, items in deployment.engine.snapshot(deployment.tables).items()
        for item in items
        if not _is_count(item) and not _is_refusal(item)
    }


def _without_use(item: Any) -> Any:
    for session in item.get("sessions", {}).get("M", {}).values():
        session["M"].pop("seen", None)
    return item


def _is_count(item: Any) -> bool:
    return bool(item["pk"]["S"].startswith("LIMIT#"))


def _is_refusal(item: Any) -> bool:
    action = item.get("action", {"S": ""})["S"]
    return bool(item["pk"]["S"].startswith("ACTOR#") and action.endswith(".refused"))
