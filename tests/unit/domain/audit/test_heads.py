"""The heads of closed hours."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from keyfob.domain.audit.entry import GENESIS
from keyfob.domain.audit.heads import head_of, parse
from tests.support.examples import steady

ENTRIES = [
    {"pk": "ORDER#1", "number": "1", "hash": "a"},
    {"pk": "ORDER#1", "number": "2", "hash": "b"},
    {"pk": "ORDER#2", "number": "11", "hash": "c"},
    {"pk": "ORDER#2", "number": "9", "hash": "d"},
    {"pk": "ACTOR#x", "number": "0", "hash": "e"},
    {"pk": "ACTOR#y", "number": "0", "hash": "f"},
]


def test_a_head_names_the_last_entry_of_each_subject_and_digests_the_others_S48() -> None:
    head = head_of("2026-11-22T07", ENTRIES, previous=GENESIS)
    assert head.subjects == {"ORDER#1": (2, "b"), "ORDER#2": (11, "c")}
    assert head.alone_count == 2


@steady
@given(entries=st.permutations(ENTRIES))
def test_the_order_of_found_entries_changes_no_head_S48(
    entries: list[dict[str, str]],
) -> None:
    head = head_of("2026-11-22T07", entries, previous=GENESIS)
    assert head == head_of("2026-11-22T07", ENTRIES, previous=GENESIS)
    assert parse(head.content()) == head
    assert parse(head.content()).hash == head.hash


def test_every_field_of_a_head_is_part_of_its_hash_S48() -> None:
    usual = head_of("2026-11-22T07", ENTRIES, previous=GENESIS)
    others = [
        head_of("2026-11-22T08", ENTRIES, previous=GENESIS),
        head_of("2026-11-22T07", ENTRIES, previous="1" * 64),
        head_of("2026-11-22T07", ENTRIES[1:-1], previous=GENESIS),
        head_of("2026-11-22T07", [ENTRIES[0], *ENTRIES[2:]], previous=GENESIS),
    ]
    assert usual.hash not in {one.hash for one in others}
