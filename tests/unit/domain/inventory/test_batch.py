"""States of a batch (G1, S18)."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from keyfob.domain.errors import IllegalTransition
from keyfob.domain.inventory.batch import (
    Batch,
    Change,
    Known,
    Place,
    Reason,
    State,
    begin,
    complete,
    place,
    refuse,
)
from keyfob.domain.inventory.token import Algorithm, Token, TokenType

NOW = datetime(2026, 11, 22, 7, tzinfo=UTC)
NEW = Batch(id="a1", file="a.csv", changed_at=NOW)


def begun() -> Batch:
    return begin(NEW, tokens=3, model="c200", now=NOW).batch


def test_each_beginning_after_a_refusal_is_an_attempt_of_its_own() -> None:
    first = begun()
    assert (first.state, first.attempt, first.owner) == (State.IMPORTING, 1, "a1#1")
    again = begin(refuse(first, now=NOW).batch, tokens=3, model="c200", now=NOW).batch
    assert again.owner == "a1#2"


def test_an_import_under_way_goes_on_as_the_same_attempt() -> None:
    assert begin(begun(), tokens=3, model="c200", now=NOW).change is None


def test_complete_is_final() -> None:
    done = complete(begun(), owner="a1#1", added=2, now=NOW)
    assert (done.change, done.batch.state, done.batch.added) == (
        Change.IMPORTED,
        State.COMPLETE,
        2,
    )
    for transition in (
        begin(done.batch, tokens=9, model="c200", now=NOW),
        refuse(done.batch, now=NOW),
        complete(done.batch, owner="a1#1", added=9, now=NOW),
    ):
        assert (transition.change, transition.batch) == (None, done.batch)


def test_a_withdrawn_serial_number_is_free_for_another_file_S64() -> None:
    token = Token(
        serial="FT-1000",
        secret=bytes(20),
        type=TokenType.TOTP,
        algorithm=Algorithm.SHA1,
        digits=8,
        period=30,
    )
    batch = complete(begun(), owner="a1#1", added=1, now=NOW).batch
    known = Known(token=replace(token, secret=bytes(21)), owner="a1#1", batch=batch)
    assert isinstance(place(token, known, owner="b2#1"), Reason)
    assert place(token, replace(known, withdrawn=True), owner="b2#1") is Place.FREE


def test_an_attempt_that_was_refused_or_replaced_meanwhile_can_not_complete() -> None:
    refused = refuse(begun(), now=NOW).batch
    replaced = replace(begun(), attempt=2)
    for batch in (refused, replaced):
        with pytest.raises(IllegalTransition):
            complete(batch, owner="a1#1", added=3, now=NOW)
