"""The local stage's clock."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from local.clock import LocalClock


def test_an_unmoved_clock_tells_the_real_time_in_utc(tmp_path: Path) -> None:
    clock = LocalClock(tmp_path / "clock-offset")
    before, now, after = datetime.now(UTC), clock.now(), datetime.now(UTC)
    assert before <= now <= after
    assert not (tmp_path / "clock-offset").exists()


def test_moves_add_up_and_are_seen_by_every_clock_on_the_file(tmp_path: Path) -> None:
    path = tmp_path / "state" / "clock-offset"
    clock, another = LocalClock(path), LocalClock(path)
    clock.move(timedelta(days=30))
    another.move(timedelta(hours=-12))
    assert clock.offset() == another.offset() == timedelta(days=29, hours=12)
    assert clock.now() > datetime.now(UTC) + timedelta(days=29)


def test_a_clock_can_be_moved_to_an_instant(tmp_path: Path) -> None:
    clock = LocalClock(tmp_path / "clock-offset")
    clock.move(timedelta(days=3))
    then = datetime(2031, 2, 28, 12, 0, tzinfo=UTC)
    clock.move_to(then)
    assert then <= clock.now() < then + timedelta(minutes=1)


def test_the_file_holds_seconds_and_nothing_lies_beside_it(tmp_path: Path) -> None:
    path = tmp_path / "clock-offset"
    LocalClock(path).move(timedelta(minutes=1, milliseconds=500))
    assert float(path.read_text()) == 60.5
    assert list(tmp_path.iterdir()) == [path]
