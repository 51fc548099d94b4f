"""Entries and their chain (S48)."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from keyfob.domain.audit.entry import GENESIS, Actor, Entry, Recorded, alone, follow
from tests.support.builders import ACTOR
from tests.support.fakes import START

ENTRY = Entry(
    action="order.paid", actor=ACTOR, at=START, subject="ORDER#SO-1", facts={"total": 18_403}
)


def with_actor(**changes: Any) -> Entry:
    return replace(ENTRY, actor=replace(ACTOR, **changes))


def test_an_entry_follows_the_one_before_it_by_number_and_hash_S48() -> None:
    first = follow(ENTRY, number=0, head=GENESIS)
    second = follow(ENTRY, number=first.number, head=first.hash)
    assert (first.number, second.number, second.previous) == (1, 2, first.hash)
    assert first.hash != second.hash


def test_an_entry_without_subject_stands_alone() -> None:
    recorded = alone(replace(ENTRY, subject=None))
    assert (recorded.number, recorded.previous) == (0, GENESIS)


@pytest.mark.parametrize(
    "entry",
    [
        replace(ENTRY, action="order.held"),
        replace(ENTRY, at=START + timedelta(microseconds=1)),
        replace(ENTRY, subject="ORDER#SO-2"),
        replace(ENTRY, subject=None),
        replace(ENTRY, facts={"total": 18_404}),
        replace(ENTRY, facts={"total": "18403"}),
        replace(ENTRY, facts={}),
        with_actor(kind="operator"),
        with_actor(id="acc_eve"),
        with_actor(address="198.18.0.2"),
        with_actor(correlation="req-2"),
    ],
)
def test_every_field_is_part_of_the_hash_S48(entry: Entry) -> None:
    assert follow(entry, number=0, head=GENESIS).hash != follow(ENTRY, number=0, head=GENESIS).hash


def test_the_place_in_the_chain_is_part_of_the_hash_S48() -> None:
    here = follow(ENTRY, number=4, head="a" * 64)
    assert here.hash != replace(here, number=6).hash
    assert here.hash != replace(here, previous="b" * 64).hash


def test_a_hash_stays_the_same_for_ever_S48() -> None:
    actor = Actor(kind="account", id="acc_1", address="198.18.0.1", correlation="c")
    entry = Entry(action="a", actor=actor, at=START, subject="S#1", facts={"b": 1, "a": "ü"})
    same = replace(entry, facts={"a": "ü", "b": 1})
    kept = "37f42fd7eb41be6c1849365acc37e9a40ddcc83632d965e01a6a43effd09cd91"
    assert Recorded(entry=entry, number=1, previous=GENESIS).hash == kept
    assert Recorded(entry=same, number=1, previous=GENESIS).hash == kept
