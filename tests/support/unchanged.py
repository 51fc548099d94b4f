"""Checks that nothing has changed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from tests.support.deployment import Deployment


@contextmanager
def unchanged(deployment: Deployment) -> Iterator[None]:
    """Requires that no row changes, and that no phone and no payment page is requested.

    Tries are counted, though, a session's last use may be recorded, and the trail may record a
    request for another's ids.
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
    recorded = action.endswith(".refused") or action == "foreign_ids.unrecorded"
    return bool(item["pk"]["S"].startswith("ACTOR#") and recorded)
