"""The check finds every change to the trail (S48)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from keyfob.domain.audit.entry import GENESIS, Entry, Recorded, Stored, alone, follow
from keyfob.domain.audit.heads import Head, head_of, hour_of
from keyfob.domain.audit.verify import against_heads, against_rows, walk
from tests.support.builders import ACTOR
from tests.support.examples import steady
from tests.support.fakes import START


@dataclass
class Story:
    """A trail with its heads and with the end of its chain that each row states."""

    stored: list[Stored] = field(default_factory=list)
    rows: dict[str, tuple[int, str]] = field(default_factory=dict)
    heads: list[Head] = field(default_factory=list)

    def happen(self, action: str, subject: str | None, at: datetime) -> None:
        entry = Entry(action=action, actor=ACTOR, at=at, subject=subject)
        number, head = self.rows.get(subject or "", (0, GENESIS))
        recorded = follow(entry, number=number, head=head) if subject else alone(entry)
        if subject:
            self.rows[subject] = (recorded.number, recorded.hash)
        self.stored.append(kept(recorded))

    def seal(self, hour: str) -> None:
        previous = self.heads[-1].hash if self.heads else GENESIS
        entries = [
            {"pk": one.pk, "number": one.recorded.number, "hash": one.hash}
            for one in self.stored
            if one.hour == hour
        ]
        self.heads.append(head_of(hour, entries, previous=previous))

    def faults(self, stored: Iterable[Stored] | None = None, **other: object) -> list[str]:
        heads: Sequence[Head] = other.get("heads", self.heads)  # type: ignore[assignment]
        rows: dict[str, tuple[int, str]] = other.get("rows", self.rows)  # type: ignore[assignment]
        inorder = sorted(
            self.stored if stored is None else stored,
            key=lambda one: (one.pk, one.recorded.number),
        )
        trail = walk(inorder)
        return [*trail.faults, *against_heads(trail, heads), *against_rows(trail, rows)]


def kept(recorded: Recorded) -> Stored:
    entry = recorded.entry
    pk = entry.subject or f"ACTOR#{entry.actor.id}"
    return Stored(pk=pk, hour=hour_of(entry.at), hash=recorded.hash, recorded=recorded)


def a_story() -> Story:
    """Two sealed hours and an open one; two subjects and sign-ins."""
    story = Story()
    for hour in range(3):
        for minute in range(4):
            at = START + timedelta(hours=hour, minutes=minute)
            story.happen("changed", f"ORDER#{minute % 2}", at)
            story.happen("session.begun", None, at)
        if hour < 2:
            story.seal(hour_of(START + timedelta(hours=hour)))
    return story


def changed(one: Stored, *, rehashed: bool = False) -> Stored:
    recorded = replace(one.recorded, entry=replace(one.recorded.entry, action="forged"))
    return replace(one, recorded=recorded, hash=recorded.hash if rehashed else one.hash)


def computed_anew(story: Story, subject: str, first: int, *, drop: bool = False) -> list[Stored]:
    """The subject's chain from its `first`-th entry on, forged and consistent in itself."""
    others = [one for one in story.stored if one.pk != subject]
    chain = [one for one in story.stored if one.pk == subject]
    number, head = (first - 1, chain[first - 2].hash) if first > 1 else (0, GENESIS)
    again = chain[: first - 1]
    for one in chain[first if drop else first - 1 :]:
        entry = replace(one.recorded.entry, action="forged")
        recorded = follow(entry, number=number, head=head)
        number, head = recorded.number, recorded.hash
        again.append(kept(recorded))
    return others + again


def test_an_untouched_trail_has_no_faults_S48() -> None:
    story = a_story()
    assert story.faults() == []
    assert len(story.stored) == 24


def test_an_entry_changed_in_place_is_found_S48() -> None:
    story = a_story()
    for place in range(len(story.stored)):
        stored = [*story.stored]
        stored[place] = changed(stored[place])
        assert story.faults(stored), place


def test_an_entry_changed_together_with_its_hash_is_found_S48() -> None:
    story = a_story()
    for place, one in enumerate(story.stored):
        if one.pk.startswith("ACTOR#") and one.hour == "2026-11-22T09":
            continue  # alone and not sealed yet: nothing refers to it
        stored = [*story.stored]
        stored[place] = changed(stored[place], rehashed=True)
        assert story.faults(stored), place


def test_a_missing_entry_is_found_S48() -> None:
    story = a_story()
    for place, one in enumerate(story.stored):
        if one.pk.startswith("ACTOR#") and one.hour == "2026-11-22T09":
            continue
        assert story.faults(story.stored[:place] + story.stored[place + 1 :]), place


def test_an_inserted_entry_is_found_S48() -> None:
    story = a_story()
    for one in story.stored[:16]:
        forged = replace(one.recorded, entry=replace(one.recorded.entry, action="forged"))
        assert story.faults([*story.stored, kept(forged)])


def test_an_entry_filed_under_another_hour_than_its_own_is_found_S48() -> None:
    story = a_story()
    entry = Entry(action="session.begun", actor=ACTOR, at=START, subject=None)
    forged = replace(kept(alone(entry)), hour="1999-12-31T23")
    assert story.faults([*story.stored, forged])


def backdated(
    story: Story, subject: str, at: datetime
) -> tuple[Stored, dict[str, tuple[int, str]]]:
    """One more entry at the end of a chain, or of a new one, and the rows adapted to it."""
    number, head = story.rows.get(subject, (0, GENESIS))
    entry = Entry(action="forged", actor=ACTOR, at=at, subject=subject)
    recorded = follow(entry, number=number, head=head)
    return kept(recorded), story.rows | {subject: (recorded.number, recorded.hash)}


def test_an_entry_dated_into_a_sealed_hour_is_found_S59() -> None:
    story = a_story()
    forged, rows = backdated(story, "ORDER#0", START + timedelta(minutes=50))
    assert story.faults([*story.stored, forged], rows=rows) == [
        "ORDER#0: entry 7 is dated before entry 6",
        "ORDER#0: entry 7 was filed under 2026-11-22T07 after it was sealed",
    ]


def test_a_whole_chain_dated_into_a_sealed_hour_is_found_S59() -> None:
    story = a_story()
    forged, rows = backdated(story, "ORDER#new", START + timedelta(minutes=50))
    assert story.faults([*story.stored, forged], rows=rows) == [
        "ORDER#new: entry 1 was filed under 2026-11-22T07 after it was sealed"
    ]


def test_an_entry_dated_after_its_successor_is_found_before_the_hour_is_sealed_S59() -> None:
    story = a_story()
    forged, rows = backdated(story, "ORDER#0", START + timedelta(hours=2, seconds=50))
    assert story.faults([*story.stored, forged], rows=rows) == [
        "ORDER#0: entry 7 is dated before entry 6"
    ]


def test_clocks_of_two_machines_may_differ_by_seconds_S59() -> None:
    """Entry 6 is of 09:02; its successor's machine is five seconds behind."""
    story = a_story()
    for seconds, faults in ((115, []), (114.9, ["ORDER#0: entry 7 is dated before entry 6"])):
        forged, rows = backdated(story, "ORDER#0", START + timedelta(hours=2, seconds=seconds))
        assert story.faults([*story.stored, forged], rows=rows) == faults


def test_the_instants_of_two_entries_exchanged_are_found_S59() -> None:
    """In an hour that isn't sealed yet; every later hash and the row fit."""
    story = a_story()
    others = [one for one in story.stored if one.pk != "ORDER#1"]
    *before, fifth, sixth = [one for one in story.stored if one.pk == "ORDER#1"]
    number, head = before[-1].recorded.number, before[-1].hash
    for one, at in ((fifth, sixth.recorded.entry.at), (sixth, fifth.recorded.entry.at)):
        recorded = follow(replace(one.recorded.entry, at=at), number=number, head=head)
        number, head = recorded.number, recorded.hash
        before.append(kept(recorded))
    rows = story.rows | {"ORDER#1": (number, head)}
    assert story.faults([*others, *before], rows=rows) == [
        "ORDER#1: entry 6 is dated before entry 5"
    ]


def test_the_rest_of_a_chain_is_checked_against_its_predecessor_S59() -> None:
    chain = [one for one in a_story().stored if one.pk == "ORDER#0"]
    assert walk(chain[3:], after=chain[2]).faults == []
    assert walk(chain[3:], after=chain[1]).faults == ["ORDER#0: after entry 2 comes 4"]
    other = replace(chain[2], hash="f" * 64)
    assert walk(chain[3:], after=other).faults == ["ORDER#0: entry 4 doesn't follow entry 3"]


def test_a_truncated_chain_is_found_by_its_row_and_by_the_heads_S48() -> None:
    story = a_story()
    chain = [one for one in story.stored if one.pk == "ORDER#0"]
    without_last = [one for one in story.stored if one is not chain[-1]]
    assert story.faults(without_last) == ["ORDER#0"]
    # With the row cut as well, an unsealed entry leaves no trace, a sealed one does.
    last_sealed = [one for one in chain if one.hour == "2026-11-22T08"][-1]
    kept_numbers = last_sealed.recorded.number - 1
    cut = [
        one for one in story.stored if one.pk != "ORDER#0" or one.recorded.number <= kept_numbers
    ]
    end = next(one for one in chain if one.recorded.number == kept_numbers)
    rows = story.rows | {"ORDER#0": (kept_numbers, end.hash)}
    assert any("was sealed" in fault for fault in story.faults(cut, rows=rows))


def test_a_chain_computed_anew_with_its_row_is_found_by_the_heads_S48() -> None:
    story = a_story()
    for drop in (False, True):
        for first in range(1, 5):
            stored = computed_anew(story, "ORDER#0", first, drop=drop)
            last = [one for one in stored if one.pk == "ORDER#0"][-1]
            rows = story.rows | {"ORDER#0": (last.recorded.number, last.hash)}
            assert any("was sealed" in fault for fault in story.faults(stored, rows=rows))


def test_a_subject_gone_altogether_is_found_S48() -> None:
    story = a_story()
    stored = [one for one in story.stored if one.pk != "ORDER#0"]
    rows = {subject: end for subject, end in story.rows.items() if subject != "ORDER#0"}
    assert story.faults(stored)
    assert story.faults(stored, rows=rows)


def test_a_row_that_was_put_back_to_an_older_version_is_found_S48() -> None:
    story = a_story()
    first = next(one for one in story.stored if one.pk == "ORDER#0")
    assert story.faults(rows=story.rows | {"ORDER#0": (1, first.hash)})
    assert story.faults(rows=story.rows | {"ORDER#new": (1, first.hash)})


def test_a_head_that_is_missing_or_made_anew_breaks_the_chain_of_heads_S48() -> None:
    story = a_story()
    first, second = story.heads
    assert story.faults(heads=[second])
    assert story.faults(heads=[head_of(first.hour, [], previous=GENESIS), second])
    assert story.faults(heads=[second, first])


@steady
@given(data=st.data())
def test_any_single_change_to_sealed_entries_is_found_S48(data: st.DataObject) -> None:
    story = a_story()
    place = data.draw(st.integers(0, 15))  # the first two hours are sealed
    one = story.stored[place]
    what = data.draw(st.sampled_from(["remove", "change", "rehash", "double", "move", "anew"]))
    stored, rows = [*story.stored], dict(story.rows)
    if what == "remove":
        del stored[place]
    elif what in {"change", "rehash"}:
        stored[place] = changed(one, rehashed=what == "rehash")
    elif what == "double":
        stored.append(one)
    elif what == "move":
        hours = data.draw(st.integers(1, 48))
        stored[place] = replace(one, hour=hour_of(one.recorded.entry.at + timedelta(hours=hours)))
    elif one.recorded.entry.subject:
        stored = computed_anew(story, one.pk, one.recorded.number)
        last = [each for each in stored if each.pk == one.pk][-1]
        rows[one.pk] = (last.recorded.number, last.hash)
    else:
        stored[place] = changed(one, rehashed=True)
    assert story.faults(stored, rows=rows), what
