"""The sparse due index: a row carries its one next due instant, or none. Pure.

`g1pk = DUE#<shard>` spreads the load, `g1sk = <instant>#<id>` sorts by time; the index holds
keys only, so that a sweep costs in proportion to the due rows, not to all rows.
"""

from __future__ import annotations

import zlib
from datetime import UTC, datetime

SHARDS = 16
INDEX = "due"


def shard_of(row_id: str) -> str:
    """The fixed partition of a row's due instant."""
    return f"DUE#{zlib.crc32(row_id.encode()) % SHARDS}"


def shards() -> list[str]:
    """Every partition of the index."""
    return [f"DUE#{shard}" for shard in range(SHARDS)]


def sort_key(at: datetime, row_id: str) -> str:
    """A key that sorts by instant (seconds, UTC), then by id."""
    return f"{instant(at)}#{row_id}"


def instant(at: datetime) -> str:
    """`2026-11-22T07:00:00Z`: fixed width, so that text order is time order."""
    return at.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="seconds") + "Z"


def until(now: datetime) -> str:
    """The greatest sort key that is due at `now`."""
    return f"{instant(now)}#\uffff"
