"""Handing letters over: batches, crashes, what is deleted when (C2, S31, S42, S43)."""

from __future__ import annotations

from typing import Any

import pytest

from keyfob.domain.errors import StorageUnavailable
from keyfob.storage.proofing.letters import BatchRow, LetterRow
from keyfob.usecases.proofing.letter_text import LetterText, Unprintable
from tests.support.faults import first
from tests.support.letter_world import FakeLetterFiles, Killed, LetterWorld
from tests.support.proofing_world import ProofingWorld


def rows(world: LetterWorld) -> list[dict[str, Any]]:
    found = world.base.database.scan(LetterRow)
    return [one for one in found if one["pk"]["S"] == "LETTERS"]


def batches(world: LetterWorld) -> list[Any]:
    return [one for one in world.base.database.scan(BatchRow) if one["pk"]["S"] == "BATCHES"]


def clock_acts(one: ProofingWorld) -> object:
    from keyfob.domain.audit.entry import Actor
    from keyfob.wiring.proofing import case_jobs_of

    return case_jobs_of(one.base).perform(one.by.account, by=Actor(kind="system", id="clock"))


def test_what_waits_goes_into_one_batch_and_is_erased_here_C2_S31(
    letter_world: LetterWorld,
) -> None:
    holders = [letter_world.asked() for _ in range(3)]
    done = letter_world.run()
    assert (done.batches, done.letters, done.failed) == (1, 3, 0)
    [manifest] = letter_world.files.manifests()
    ids = sorted(letter_world.letter(one) for one in holders)
    assert sorted(one["letter"] for one in manifest["letters"]) == ids
    assert sorted(letter_world.files.letters()) == ids
    assert {one["sk"]["S"] for one in rows(letter_world)} == set(ids)
    assert not any("sealed" in one for one in rows(letter_world))
    assert letter_world.files.puts[-1].endswith("manifest.json"), "the provider reads it last"
    again = letter_world.run()
    assert (again.batches, again.letters) == (0, 0)
    assert len(letter_world.files.puts) == 4


def test_a_manifest_names_files_by_letter_and_nobody_C2_S31(letter_world: LetterWorld) -> None:
    letter_world.asked()
    letter_world.run()
    [manifest] = letter_world.files.manifests()
    [entry] = manifest["letters"]
    assert entry.keys() == {"letter", "file", "sha256"}
    assert "Ada" not in str(manifest)


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("write", range(1, 5))
def test_a_run_that_is_killed_at_a_file_and_run_again_gives_the_same_letters_S42_S46(
    letter_world: LetterWorld, write: int, after: bool
) -> None:
    holders = [letter_world.asked() for _ in range(3)]
    letter_world.files.dies_at, letter_world.files.after = write, after
    with pytest.raises(Killed):
        letter_world.run()
    [before] = batches(letter_world)
    late = letter_world.asked()
    letter_world.run()
    manifests = letter_world.files.manifests()
    named = [one["letter"] for manifest in manifests for one in manifest["letters"]]
    assert sorted(named) == sorted(letter_world.letter(one) for one in [*holders, late])
    assert len(named) == len(set(named)) == 4, "never two of one"
    by_batch = {one["batch"]: len(one["letters"]) for one in manifests}
    assert by_batch[before["sk"]["S"]] == 3, "a batch's letters never change"
    assert not any("sealed" in one for one in rows(letter_world))


@pytest.mark.parametrize("fails", range(6))
def test_a_run_that_is_killed_between_its_rows_gives_the_same_letters_S42_S46(
    letter_world: LetterWorld, fails: int
) -> None:
    holders = [letter_world.asked() for _ in range(2)]
    operation = ("transact_write_items", "query", "batch_get_item", "get_item")[fails % 4]
    update = fails >= 4
    name = "update_item" if update else operation

    def die() -> None:
        raise Killed

    letter_world.client.next(name, first(die))
    with pytest.raises(Killed):
        letter_world.run()
    letter_world.run()
    named = [
        one["letter"] for manifest in letter_world.files.manifests() for one in manifest["letters"]
    ]
    assert sorted(named) == sorted(letter_world.letter(one) for one in holders)
    assert not any("sealed" in one for one in rows(letter_world))


def test_two_runs_at_once_make_one_batch_S42(letter_world: LetterWorld) -> None:
    letter_world.asked()
    letter_world.client.next("transact_write_items", first(letter_world.run))
    letter_world.run()
    [manifest] = letter_world.files.manifests()
    assert len(manifest["letters"]) == 1


def test_a_letter_that_another_run_took_is_in_no_second_batch_S42(
    letter_world: LetterWorld,
) -> None:
    letter_world.asked()

    def another_run() -> None:
        letter_world.asked()
        letter_world.files.dies_at = 1  # before it erases what is sealed
        with pytest.raises(Killed):
            letter_world.run()

    letter_world.client.next("transact_write_items", first(another_run))
    letter_world.run()
    named = [
        one["letter"] for manifest in letter_world.files.manifests() for one in manifest["letters"]
    ]
    assert len(named) == len(set(named)) == 2


def test_the_same_letters_have_the_same_batch_on_one_day_S42(letter_world: LetterWorld) -> None:
    from keyfob.storage.proofing import letters as stored

    for _ in range(2):
        letter_world.asked()
    waiting = letter_world.store.waiting()
    now = letter_world.clock()
    assert stored.take(waiting, now)[0].id == stored.take(waiting[::-1], now)[0].id
    assert stored.take(waiting, now)[0].id != stored.take(waiting[:1], now)[0].id


def test_more_letters_than_one_transaction_takes_go_into_several_batches_C2(
    letter_world: LetterWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("keyfob.storage.proofing.letters.MOST_LETTERS", 2)
    for _ in range(5):
        letter_world.asked()
    done = letter_world.run()
    assert (done.batches, done.letters) == (3, 5)


def test_a_withdrawn_case_is_sent_no_letter_and_its_data_are_erased_C2_S31(
    letter_world: LetterWorld,
) -> None:
    one, other = letter_world.asked(), letter_world.asked()
    one.cases.withdraw(one.case.id, one.proof, one.by)
    letter_world.run()
    assert list(letter_world.files.letters()) == [letter_world.letter(other)]
    assert [row["sk"]["S"] for row in rows(letter_world)] == [letter_world.letter(other)]


def test_a_case_that_is_withdrawn_after_a_kill_is_sent_no_letter_C2(
    letter_world: LetterWorld,
) -> None:
    one = letter_world.asked()
    letter_world.files.dies_at, letter_world.files.after = 1, True
    with pytest.raises(Killed):
        letter_world.run()
    one.cases.withdraw(one.case.id, one.proof, one.by)
    letter_world.run()
    assert letter_world.files.letters() == {}
    assert [one["letters"] for one in letter_world.files.manifests()] == [[]]


def test_who_chose_a_meeting_meanwhile_still_gets_the_letter_C2(letter_world: LetterWorld) -> None:
    one = letter_world.asked()
    one.choose()
    letter_world.run()
    assert list(letter_world.files.letters()) == [letter_world.letter(one)]


@pytest.mark.parametrize("error", [Unprintable, ValueError])
def test_a_letter_that_cannot_be_made_holds_up_no_other_one_S43(
    letter_world: LetterWorld,
    error: type[Exception],
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    bad, good = letter_world.asked(), letter_world.asked()
    wrong = {letter_world.letter(bad)}
    dispatching = letter_world.dispatching
    unseal = dispatching._unseal

    def opened(letter: str, sealed: bytes) -> str:
        if letter in wrong:
            raise error("9 Ledger Row")
        return unseal(letter, sealed)

    monkeypatch.setattr(dispatching, "_unseal", opened)
    done = dispatching.run()
    assert (done.letters, done.failed) == (1, 1)
    assert list(letter_world.files.letters()) == [letter_world.letter(good)]
    assert "Ledger" not in caplog.text
    assert not any("sealed" in one for one in rows(letter_world))


def test_an_outage_leaves_everything_for_the_next_run_S50(letter_world: LetterWorld) -> None:
    letter_world.asked()
    dispatching = letter_world.dispatching

    def down(_letter: str, _sealed: bytes) -> str:
        raise StorageUnavailable

    dispatching._unseal = down
    with pytest.raises(StorageUnavailable):
        dispatching.run()
    assert letter_world.files.manifests() == []
    assert letter_world.run().letters == 1


def test_a_letter_that_is_given_up_is_deleted_from_its_batch_C2_S31(
    letter_world: LetterWorld,
) -> None:
    early = letter_world.asked()
    letter_world.clock.advance(days=1)
    late = letter_world.asked()
    letter_world.run()
    letter_world.clock.advance(days=6)
    clock_acts(early)
    letter_world.run()
    assert list(letter_world.files.letters()) == [letter_world.letter(late)]
    letter_world.clock.advance(days=1)
    clock_acts(late)
    letter_world.run()
    assert (letter_world.files.letters(), rows(letter_world), batches(letter_world)) == ({}, [], [])


def test_after_seven_days_nothing_stays_of_a_batch_whose_case_forgot_its_letter_C2_S31(
    letter_world: LetterWorld,
) -> None:
    one = letter_world.asked()
    letter_world.run()
    one.cases.withdraw(one.case.id, one.proof, one.by)
    from keyfob.domain.proofing.case import Method

    one.chosen(Method.INSTANT)  # another case takes the row, and knows no letter
    letter_world.clock.advance(days=7)
    letter_world.run()
    assert (letter_world.files.letters(), rows(letter_world), batches(letter_world)) == ({}, [], [])


def test_the_reader_gets_the_letter_in_the_own_language_or_in_english_C2(
    letter_world: LetterWorld,
) -> None:
    letter_world.asked()
    letter_world.run()
    [text] = letter_world.typeset
    assert isinstance(text, LetterText)
    assert text.language == "en"
    assert text.address == ("Ada Byron", "9 Ledger Row", "Dallas TX 75201")
    assert (len(text.before), len(text.after)) == (1, 2)
    assert text.code not in (*text.before, *text.after, text.title)


def test_the_bucket_of_the_tests_never_changes_a_manifest() -> None:
    files = FakeLetterFiles()
    files.put_manifest("b", {"letters": [1]})
    files.put_manifest("b", {"letters": []})
    assert files.manifests() == [{"letters": [1]}]
