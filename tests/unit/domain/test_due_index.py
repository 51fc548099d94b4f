"""The due index's keys."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

from hypothesis import given
from hypothesis import strategies as st

from keyfob.domain import due_index as index
from tests.support.examples import steady
from tests.support.fakes import START

instants = st.datetimes(
    min_value=START.replace(year=1970, tzinfo=None),
    max_value=START.replace(year=2999, tzinfo=None),
    timezones=st.just(UTC),
)


@steady
@given(one=instants, other=instants)
def test_text_order_is_time_order(one: datetime, other: datetime) -> None:
    one, other = one.replace(microsecond=0), other.replace(microsecond=0)
    assert (index.instant(one) < index.instant(other)) == (one < other)


@steady
@given(at=instants, now=instants)
def test_only_due_rows_are_below_the_bound(at: datetime, now: datetime) -> None:
    due = index.sort_key(at, "ORDER#SO-1") <= index.until(now)
    assert due == (at.replace(microsecond=0) <= now)


def test_instants_are_utc_in_whole_seconds() -> None:
    tokyo = timezone(timedelta(hours=9))
    assert index.instant(START.astimezone(tokyo)) == "2026-11-22T07:00:00Z"
    assert datetime.fromisoformat(index.instant(START)) == START


def test_a_row_always_has_the_same_shard_and_all_shards_are_used() -> None:
    rows = [f"ORDER#SO-{number}" for number in range(500)]
    assert {index.shard_of(row) for row in rows} == set(index.shards())
    assert [index.shard_of(row) for row in rows] == [index.shard_of(row) for row in rows]
    assert len(index.shards()) == index.SHARDS == 16
