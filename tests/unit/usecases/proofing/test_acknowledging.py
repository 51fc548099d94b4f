"""The provider's acknowledgments: marked once, by letter, whatever the file says (C2, C5, S42)."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import pytest

from keyfob.domain.proofing import letter as letters
from keyfob.domain.proofing.case import State
from tests.support.faults import first
from tests.support.letter_world import LetterWorld
from tests.support.phone_world import refusal_of
from tests.support.proofing_world import ProofingWorld
from tests.unit.usecases.proofing.test_dispatching import clock_acts, rows


def handed_over(world: LetterWorld, *holders: ProofingWorld) -> str:
    """Hand these holders' letters over; returns the batch."""
    world.run()
    [manifest] = [
        one
        for one in world.files.manifests()
        if {entry["letter"] for entry in one["letters"]} == {world.letter(one) for one in holders}
    ]
    return str(manifest["batch"])


def told(world: LetterWorld, one: ProofingWorld) -> list[str]:
    """The kinds of the messages about the holder's case."""
    from keyfob.storage.messages.store import OutboxRow

    found = world.base.database.scan(OutboxRow)
    return sorted(i["kind"]["S"] for i in found if i["subject"]["S"] == one.case.subject)


def test_a_mailed_letters_code_has_its_last_day_and_the_holder_is_told_C5(
    letter_world: LetterWorld,
) -> None:
    one = letter_world.asked()
    batch = handed_over(letter_world, one)
    today = letter_world.clock().date()
    result = letter_world.acknowledge(batch, [letter_world.letter(one)])
    assert (result.mailed, result.passed_over, result.refused) == (1, 0, 0)
    case = one.case
    assert case.state is State.LETTER_SENT
    assert case.letter
    assert case.letter.mailed_on == today
    from keyfob.domain.proofing.letter_validity import last_day_of

    assert letters.last_day(case) == last_day_of(today, letter_world.base.policy)
    assert told(letter_world, one) == ["letter_sent"]
    assert (letter_world.files.letters(), rows(letter_world)) == ({}, [])
    letter_world.run()
    assert letter_world.files.letters() == {}


def test_the_same_acknowledgment_again_and_at_once_marks_once_S42(
    letter_world: LetterWorld,
) -> None:
    one = letter_world.asked()
    batch, letter = handed_over(letter_world, one), letter_world.letter(one)
    letter_world.client.next(
        "transact_write_items", first(lambda: letter_world.acknowledge(batch, [letter]))
    )
    assert letter_world.acknowledge(batch, [letter]).mailed == 0
    assert letter_world.acknowledge(batch, [letter]).passed_over == 1
    assert told(letter_world, one) == ["letter_sent"]


def test_letters_of_a_batch_may_be_acknowledged_one_by_one_S42(letter_world: LetterWorld) -> None:
    one, other = letter_world.asked(), letter_world.asked()
    batch = handed_over(letter_world, one, other)
    letter_world.acknowledge(batch, [letter_world.letter(one)])
    assert (one.case.state, other.case.state) == (State.LETTER_SENT, State.LETTER_REQUESTED)
    assert list(letter_world.files.letters()) == [letter_world.letter(other)]
    both = [letter_world.letter(one), letter_world.letter(other)]
    result = letter_world.acknowledge(batch, both)
    assert (result.mailed, result.passed_over) == (1, 1)


def test_an_acknowledgment_speaks_for_its_own_batch_alone_S42(letter_world: LetterWorld) -> None:
    one = letter_world.asked()
    batch = handed_over(letter_world, one)
    for wrong in (f"{batch}x", "20270101-000000000000"):
        result = letter_world.acknowledge(wrong, [letter_world.letter(one)])
        assert (result.mailed, result.passed_over) == (0, 1)
    other = letter_world.asked()
    unprinted = letter_world.acknowledge(batch, [letter_world.letter(other)])
    assert unprinted.passed_over == 1
    assert other.case.state is State.LETTER_REQUESTED


@pytest.mark.parametrize("days", [-2, 2])
def test_a_day_on_which_it_cannot_have_been_mailed_is_refused_C5(
    letter_world: LetterWorld, days: int
) -> None:
    one = letter_world.asked()
    batch = handed_over(letter_world, one)
    mailed_on = date.fromordinal(letter_world.clock().date().toordinal() + days)
    result = letter_world.acknowledge(batch, [letter_world.letter(one)], str(mailed_on))
    assert (result.mailed, result.refused) == (0, 1)
    assert one.case.state is State.LETTER_REQUESTED
    assert list(letter_world.files.letters()), "it is still to be acknowledged"


GOOD = {"mailed_on": "2027-01-04", "letters": ["ltr_" + "0" * 20]}


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\xff\xfe",
        b"[]",
        b'{"mailed_on": "2027-01-04"}',
        json.dumps({**GOOD, "note": "x"}).encode(),
        json.dumps({**GOOD, "mailed_on": "yesterday"}).encode(),
        json.dumps({**GOOD, "mailed_on": 20270104}).encode(),
        json.dumps({**GOOD, "letters": []}).encode(),
        json.dumps({**GOOD, "letters": "ltr_" + "0" * 20}).encode(),
        json.dumps({**GOOD, "letters": [["ltr_"]]}).encode(),
        json.dumps({**GOOD, "letters": ["LETTERS"]}).encode(),
        b"[" * 60_000,
    ],
)
def test_a_file_that_is_no_acknowledgment_is_refused_whole_S43(
    letter_world: LetterWorld, content: bytes
) -> None:
    assert letter_world.acknowledge_raw("20270104-0", content).refused == 1


def withdrawn(world: LetterWorld, one: ProofingWorld) -> None:
    one.cases.withdraw(one.case.id, one.proof, one.by)


def given_up(world: LetterWorld, one: ProofingWorld) -> None:
    world.clock.advance(days=7)
    clock_acts(one)


@pytest.mark.parametrize("before", [withdrawn, given_up])
def test_a_late_acknowledgment_revives_nothing_C2(letter_world: LetterWorld, before: Any) -> None:
    one = letter_world.asked()
    batch, letter = handed_over(letter_world, one), letter_world.letter(one)
    before(letter_world, one)
    state = one.case.state
    result = letter_world.acknowledge(batch, [letter])
    assert (result.mailed, result.passed_over) == (0, 1)
    assert (one.case.state, dict(one.case.codes)) == (state, {})
    assert rows(letter_world) == []


def test_the_code_in_the_letter_activates_the_credential_C5(letter_world: LetterWorld) -> None:
    one = letter_world.asked()
    batch = handed_over(letter_world, one)
    code = letter_world.files.letters()[letter_world.letter(one)].decode().splitlines()[-1]
    letter_world.acknowledge(batch, [letter_world.letter(one)])
    wrong = refusal_of(
        lambda: one.activation.activate(one.credential.id, "00000-00000-00000", one.by)
    )
    assert wrong == "wrong_activation_code"
    done = one.activation.activate(one.credential.id, code, one.by)
    assert (str(done.state), done.level) == ("active", 3)
