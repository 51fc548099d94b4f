"""Adding, confirming, naming and removing phones (D3, S14, S23).

One file, since a phone's life is one: added, confirmed, renamed, removed.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from functools import partial

import pytest

from keyfob.domain.credentials.errors import (
    ElevationRequired,
    LastAuthenticator,
    WrongCode,
)
from keyfob.domain.errors import IdempotencyKeyReused, NotFound, TooManyTries
from keyfob.domain.holds.errors import BindingHeld
from keyfob.domain.messages.kinds import Kind
from keyfob.domain.orders.product_kind import ProductKind
from keyfob.domain.phones.errors import (
    InvalidPhone,
    NoLiveCode,
    PhoneNotAllowed,
    PhoneRegistered,
    PhoneUnavailable,
    TooManyPhones,
)
from keyfob.domain.sessions.errors import RecentPasswordRequired
from keyfob.storage.messages.store import OutboxRow
from keyfob.storage.phones import store as rows
from keyfob.usecases.phones.binding import NewPhone
from tests.support.builders import a_binder, a_record, to_end
from tests.support.faults import first
from tests.support.phone_world import VOICE, PhoneWorld, refusal_of
from tests.support.phones import NUMBER, NUMBERS, code_in, code_spoken

HARDWARE = {"kind": ProductKind.HARDWARE_TOKEN}


def told(phone_world: PhoneWorld) -> list[str]:
    """The kinds of the messages that were queued."""
    found = map(OutboxRow.from_raw_data, phone_world.credential_world.database.scan(OutboxRow))
    return sorted(row.kind for row in found)


def trail(phone_world: PhoneWorld) -> list[str]:
    return phone_world.credential_world.trail(phone_world.live.subject)


def guesses(phone_world: PhoneWorld, phone: str, count: int) -> list[str]:
    """The refusals of so many wrong codes for an unconfirmed phone."""
    wrong = partial(phone_world.confirm, phone, phone_world.wrong())
    return [refusal_of(wrong) for _ in range(count)]


@pytest.fixture
def fresh(phone_world: PhoneWorld) -> PhoneWorld:
    """Ada has a fresh credential for phones."""
    phone_world.subscriber()
    return phone_world


@pytest.fixture
def elevated(phone_world: PhoneWorld) -> PhoneWorld:
    """Ada has a hardware token, and is signed in with its code."""
    device = phone_world.credential_world.holder()
    phone_world.token = phone_world.credential_world.elevate(phone_world.token, device.code()).token
    return phone_world


# Adding


def test_a_phone_counts_once_its_code_was_typed_in_D3_S14(fresh: PhoneWorld) -> None:
    added = fresh.add(" +1 202-555-0123", label="Work")
    assert (added.number, added.shown, added.label) == (NUMBER, "+1 … 23", "Work")
    assert (added.confirmed_at, added.added_at) == (None, fresh.clock())
    assert fresh.live.phones == {}
    assert fresh.store.confirmed(fresh.live) == []
    fresh.clock.advance(minutes=1)
    confirmed = fresh.confirm(added.id)
    assert confirmed.confirmed_at == fresh.clock()
    assert fresh.live.phones == {added.id: 0}
    assert fresh.store.confirmed(fresh.live) == [confirmed]
    assert fresh.all == {added.id: confirmed}
    assert confirmed.codes == {}


def test_its_code_may_come_by_a_call_D3(fresh: PhoneWorld) -> None:
    phone = fresh.add(channel=VOICE)
    [(number, call)] = fresh.messages.calls
    assert (number, fresh.messages.texts) == (NUMBER, [])
    fresh.confirm(phone.id, code_spoken(call.ssml))


def test_confirming_is_audited_and_notified_and_adding_is_neither_S14(fresh: PhoneWorld) -> None:
    before = trail(fresh)
    phone = fresh.add()
    assert (trail(fresh), told(fresh)) == (before, [])
    fresh.confirm(phone.id)
    assert trail(fresh) == [*before, "phone.confirmed"]
    assert told(fresh) == [Kind.PHONE_ADDED]


def test_confirming_does_not_elevate_the_session_S20(fresh: PhoneWorld) -> None:
    fresh.confirm(fresh.add().id)
    assert fresh.strength == 1


@pytest.mark.parametrize("number", ["+19005550123", "+447400123456", "+881612345678"])
def test_a_number_that_gets_nothing_is_not_added_S13(number: str, fresh: PhoneWorld) -> None:
    with pytest.raises(PhoneNotAllowed):
        fresh.add(number)
    assert (fresh.all, fresh.messages.asked) == ({}, 0)


def test_an_invalid_number_is_not_added_S13(fresh: PhoneWorld) -> None:
    with pytest.raises(InvalidPhone):
        fresh.add("0151 23456789")
    assert (fresh.all, fresh.messages.asked) == ({}, 0)


def test_a_password_adds_no_second_phone_S14(fresh: PhoneWorld) -> None:
    fresh.bound()
    asked = fresh.messages.asked
    with pytest.raises(ElevationRequired):
        fresh.add(NUMBERS[1])
    assert (len(fresh.all), fresh.messages.asked) == (1, asked)


def test_a_password_adds_no_phone_to_a_hardware_credential_S14(phone_world: PhoneWorld) -> None:
    phone_world.credential_world.credential(**HARDWARE)
    with pytest.raises(ElevationRequired):
        phone_world.add()
    assert (phone_world.all, phone_world.messages.asked) == ({}, 0)


def test_a_code_of_the_token_adds_a_phone_and_that_phones_code_another_D3_S14(
    elevated: PhoneWorld,
) -> None:
    phone = elevated.bound()
    assert elevated.strength == 2
    elevated.token = elevated.credential_world.signed_in()
    elevated.send(phone.id)
    elevated.elevate()
    elevated.bound(NUMBERS[1])
    assert len(elevated.live.phones) == 2


def test_a_phone_whose_code_failed_to_send_is_kept_and_gets_another_code_S50(
    fresh: PhoneWorld,
) -> None:
    fresh.messages.silent = True
    with pytest.raises(PhoneUnavailable):
        fresh.add()
    fresh.messages.silent = False
    [phone] = fresh.all.values()
    fresh.send(phone.id)
    fresh.confirm(phone.id)


def test_a_limit_adds_nothing_S12(fresh: PhoneWorld) -> None:
    fresh.codes.test(NUMBER, VOICE, fresh.by)
    with pytest.raises(TooManyTries):
        fresh.add()
    assert (fresh.all, fresh.messages.asked) == ({}, 1)


def test_other_accounts_tests_keep_nobody_from_binding_S62(fresh: PhoneWorld) -> None:
    """Two others use up what they may send to her number all day."""
    others = [replace(fresh.by, id=f"acc_{name}", address="") for name in ("eve", "mallory")]
    for _ in range(22):
        for other in others:
            refusal_of(partial(fresh.codes.test, NUMBER, VOICE, other))
        fresh.clock.advance(minutes=11)
    fresh.token = fresh.credential_world.signed_in()
    fresh.confirm(fresh.add().id)
    assert fresh.live.phones


# Again


def test_the_same_request_again_adds_and_sends_nothing_B4(fresh: PhoneWorld) -> None:
    record = a_record(fresh.credential_world.ada.id)
    phone = fresh.add(record=record)
    assert fresh.add(record=record) == phone
    assert (fresh.all, fresh.messages.asked) == ({phone.id: phone}, 1)
    confirmed = fresh.confirm(phone.id)
    assert fresh.add(record=record) == confirmed


def test_another_request_with_the_same_key_is_refused_B4(fresh: PhoneWorld) -> None:
    record = a_record(fresh.credential_world.ada.id, key="key", body="one")
    fresh.add(record=record)
    with pytest.raises(IdempotencyKeyReused):
        fresh.add(record=a_record(fresh.credential_world.ada.id, key="key", body="two"))
    assert fresh.messages.asked == 1


def test_the_same_request_at_once_adds_one_phone_and_sends_one_code_B4(
    fresh: PhoneWorld,
) -> None:
    record = a_record(fresh.credential_world.ada.id)
    other: list[str] = []
    fresh.credential_world.client.next(
        "transact_write_items",
        first(lambda: other.append(fresh.add(record=record).id)),
    )
    assert [fresh.add(record=record).id] == other == list(fresh.all)
    assert fresh.messages.asked == 1


def test_confirming_again_changes_nothing_with_any_code_D3(fresh: PhoneWorld) -> None:
    phone = fresh.confirm(fresh.add().id)
    before = trail(fresh)
    assert fresh.confirm(phone.id, "000000") == phone
    assert (trail(fresh), fresh.all) == (before, {phone.id: phone})


def test_a_phone_that_is_confirmed_once_its_credential_was_read_is_not_asked_for_another_code_D3(
    fresh: PhoneWorld,
) -> None:
    phone, right = fresh.add(), fresh.last_code
    credential = fresh.live.id
    fresh.credential_world.client.next(
        "get_item", first(lambda: None), first(lambda: fresh.confirm(phone.id, right))
    )
    confirmed = fresh.binding.confirm(credential, phone.id, right, fresh.binder())
    assert confirmed.confirmed_at
    assert fresh.all == {phone.id: confirmed}, "no wrong code was counted"


# The same number, too many phones, and unconfirmed ones


def test_a_number_that_counts_already_is_refused_D3(elevated: PhoneWorld) -> None:
    elevated.bound()
    asked = elevated.messages.asked
    with pytest.raises(PhoneRegistered):
        elevated.add()
    assert elevated.messages.asked == asked


def test_a_number_that_waits_for_its_code_is_added_anew_D3_S11(fresh: PhoneWorld) -> None:
    old = fresh.add()
    fresh.clock.advance(minutes=1)
    new = fresh.add(label="Again")
    assert fresh.all == {old.id: new}
    assert (new.id, new.label, new.added_at) == (old.id, "Again", fresh.clock())
    with pytest.raises(WrongCode):
        fresh.confirm(new.id, code_in(fresh.messages.texts[0][1]))


@pytest.mark.parametrize("removed", [False, True])
def test_a_number_added_again_keeps_its_tries_S11(removed: bool, fresh: PhoneWorld) -> None:
    phone = fresh.add()
    assert guesses(fresh, phone.id, 4) == ["wrong_code"] * 4
    if removed:
        fresh.remove(phone.id)
    fresh.clock.advance(minutes=1)
    again = fresh.add()
    assert len(again.codes[fresh.token.session].tries) == 4
    assert guesses(fresh, again.id, 2) == ["phone_blocked"] * 2
    if removed:
        fresh.remove(again.id)
    fresh.clock.advance(minutes=1)
    asked = fresh.messages.asked
    assert refusal_of(fresh.add) == "phone_blocked"
    assert fresh.messages.asked == asked


def test_a_number_added_again_after_its_hour_begins_anew_S11(fresh: PhoneWorld) -> None:
    phone = fresh.add()
    guesses(fresh, phone.id, 4)
    fresh.remove(phone.id)
    fresh.clock.advance(hours=1)
    fresh.token = fresh.credential_world.signed_in()
    again = fresh.add()
    assert (again.id != phone.id, again.failed) == (True, ())
    assert set(fresh.all) == {again.id}
    fresh.confirm(again.id)


def test_a_phone_removed_after_a_wrong_code_is_gone_for_every_request_D3_S11(
    fresh: PhoneWorld,
) -> None:
    phone = fresh.add()
    guesses(fresh, phone.id, 1)
    fresh.remove(phone.id)
    assert fresh.binding.of(fresh.live.id, fresh.by) == []
    for act in ACTS.values():
        with pytest.raises(NotFound):
            act(fresh, phone.id)


def test_a_phone_removed_after_a_wrong_code_keeps_its_place_for_its_hour_S11(
    elevated: PhoneWorld,
) -> None:
    for number in NUMBERS[:5]:
        added = elevated.add(number)
    guesses(elevated, added.id, 1)
    elevated.remove(added.id)
    elevated.clock.advance(minutes=11)
    with pytest.raises(TooManyPhones):
        elevated.add(NUMBERS[5])
    assert elevated.add(NUMBERS[4]).id == added.id


def test_a_wrong_code_in_the_moment_of_its_removal_counts_S11(fresh: PhoneWorld) -> None:
    phone = fresh.add()
    fresh.credential_world.client.next(
        "transact_write_items", first(lambda: guesses(fresh, phone.id, 1))
    )
    fresh.remove(phone.id)
    assert fresh.all == {}
    fresh.clock.advance(minutes=1)
    assert len(fresh.add().failed) == 1


def test_a_sixth_phone_is_one_too_many_confirmed_or_not_D3(elevated: PhoneWorld) -> None:
    for number in NUMBERS[:3]:
        elevated.bound(number)
    for number in NUMBERS[3:5]:
        elevated.add(number)
    asked, before = elevated.messages.asked, elevated.all
    elevated.clock.advance(minutes=11)
    with pytest.raises(TooManyPhones):
        elevated.add(NUMBERS[5])
    assert (elevated.messages.asked, elevated.all) == (asked, before)
    again = elevated.add(NUMBERS[4])
    assert again.id in before, "the same number takes its own place"


def test_phones_unconfirmed_for_an_hour_make_room_to_the_second_D3(
    elevated: PhoneWorld,
) -> None:
    for number in NUMBERS[:5]:
        elevated.add(number)
    begun = elevated.clock()
    elevated.clock.now = begun + timedelta(minutes=59, seconds=59)
    with pytest.raises(TooManyPhones):
        elevated.add(NUMBERS[5])
    elevated.clock.now = begun + timedelta(hours=1)
    new = elevated.add(NUMBERS[5])
    assert set(elevated.all) == {new.id}


def test_two_at_once_never_make_six_D3(elevated: PhoneWorld) -> None:
    for number in NUMBERS[:2]:
        elevated.bound(number)
    for number in NUMBERS[2:4]:
        elevated.add(number)
    elevated.clock.advance(minutes=11)
    elevated.credential_world.client.next(
        "transact_write_items", first(lambda: elevated.add(NUMBERS[4]))
    )
    with pytest.raises(TooManyPhones):
        elevated.add(NUMBERS[5])
    assert len(elevated.all) == 5


# Confirming


def test_a_code_of_another_session_is_refused_S11(elevated: PhoneWorld) -> None:
    phone = elevated.add()
    other = elevated.credential_world.signed_in()
    elevated.credential_world.clock.advance(minutes=1)
    code = elevated.last_code
    with pytest.raises(ElevationRequired):
        elevated.confirm(phone.id, code, token=other)
    assert elevated.live.phones == {}
    elevated.confirm(phone.id, code)


def test_a_code_of_another_session_is_refused_even_for_the_first_phone_S11(
    fresh: PhoneWorld,
) -> None:
    phone = fresh.add()
    other = fresh.credential_world.signed_in()
    with pytest.raises(NoLiveCode):
        fresh.confirm(phone.id, token=other)
    fresh.clock.advance(minutes=1)
    code = fresh.last_code
    fresh.send(phone.id, token=other)
    assert fresh.confirm(phone.id, code).confirmed_at, "each session has its own"


def test_a_code_of_another_phone_is_refused_S11(fresh: PhoneWorld) -> None:
    one, two = fresh.add(), fresh.add(NUMBERS[1])
    codes = [code_in(text) for _, text in fresh.messages.texts]
    with pytest.raises(WrongCode):
        fresh.confirm(one.id, codes[1])
    fresh.confirm(two.id, codes[1])


def test_a_password_confirms_no_second_phone_once_the_first_is_confirmed_S14(
    fresh: PhoneWorld,
) -> None:
    one, two = fresh.add(), fresh.add(NUMBERS[1])
    codes = [code_in(text) for _, text in fresh.messages.texts]
    fresh.confirm(one.id, codes[0])
    with pytest.raises(ElevationRequired):
        fresh.confirm(two.id, codes[1])
    assert set(fresh.live.phones) == {one.id}


def test_one_of_two_first_phones_confirmed_at_once_counts_S14(fresh: PhoneWorld) -> None:
    one, two = fresh.add(), fresh.add(NUMBERS[1])
    codes = [code_in(text) for _, text in fresh.messages.texts]
    fresh.credential_world.client.next(
        "transact_write_items", first(lambda: fresh.confirm(one.id, codes[0]))
    )
    with pytest.raises(ElevationRequired):
        fresh.confirm(two.id, codes[1])
    assert set(fresh.live.phones) == {one.id}


def test_wrong_codes_count_and_block_an_unconfirmed_phone_without_notification_S11(
    fresh: PhoneWorld,
) -> None:
    phone = fresh.add()
    wrong = partial(fresh.confirm, phone.id, fresh.wrong())
    assert [refusal_of(wrong) for _ in range(6)] == [
        *["wrong_code"] * 4,
        *["phone_blocked"] * 2,
    ]
    assert refusal_of(partial(fresh.confirm, phone.id)) == "phone_blocked"
    assert len(fresh.all[phone.id].failed) == 5
    assert (told(fresh), trail(fresh)) == ([], ["credential.redeemed"])


@pytest.mark.parametrize("code", ["", "12345", "1234567", "abcdef", "12345 ", "１２３４５６"])  # noqa: RUF001
def test_an_invalid_code_is_refused_and_not_counted_S49(code: str, fresh: PhoneWorld) -> None:
    phone = fresh.add()
    confirm = partial(fresh.binding.confirm, fresh.live.id, phone.id, code, fresh.binder())
    assert [refusal_of(confirm) for _ in range(6)] == ["invalid_input"] * 6
    fresh.confirm(phone.id)


def test_an_abandoned_phone_is_not_confirmed_any_more_D3(fresh: PhoneWorld) -> None:
    phone = fresh.add()
    fresh.clock.advance(minutes=57)
    fresh.token = fresh.credential_world.signed_in()
    fresh.send(phone.id)
    fresh.clock.advance(minutes=3)
    with pytest.raises(NotFound):
        fresh.confirm(phone.id)
    assert fresh.live.phones == {}


# Naming and listing


def test_a_phone_is_renamed_and_nothing_else_D3(fresh: PhoneWorld) -> None:
    phone = fresh.bound()
    fresh.send(phone.id)
    before = fresh.all[phone.id]
    renamed = fresh.rename(phone.id, "Büro")
    assert fresh.all == {phone.id: renamed}
    assert (renamed.label, renamed.codes, renamed.number) == ("Büro", before.codes, NUMBER)
    assert told(fresh) == [Kind.PHONE_ADDED]
    fresh.elevate()


def test_a_phone_renamed_to_its_own_name_stays_as_it_is_D3(fresh: PhoneWorld) -> None:
    phone = fresh.bound()
    before = fresh.all, trail(fresh)
    assert fresh.rename(phone.id, phone.label) == fresh.all[phone.id]
    assert (fresh.all, trail(fresh)) == before


def test_phones_added_in_the_same_second_are_listed_oldest_first_D3(elevated: PhoneWorld) -> None:
    added = []
    for number in NUMBERS[:4]:
        added.append(elevated.add(number).id)
        elevated.clock.advance(microseconds=10)
    assert [phone.id for phone in elevated.binding.of(elevated.live.id, elevated.by)] == added


def test_phones_are_listed_oldest_first_whether_they_count_or_not_D3(
    elevated: PhoneWorld,
) -> None:
    numbers = [NUMBERS[2], NUMBERS[0], NUMBERS[1]]
    elevated.bound(numbers[0])
    for number in numbers[1:]:
        elevated.add(number)
        elevated.clock.advance(seconds=1)
    listed = elevated.binding.of(elevated.live.id, elevated.by)
    assert [phone.number for phone in listed] == numbers


# Removing


def test_the_last_phone_is_asked_twice_and_then_the_next_one_waits_D3_S14_S54(
    fresh: PhoneWorld,
) -> None:
    phone = fresh.bound()
    with pytest.raises(LastAuthenticator):
        fresh.remove(phone.id)
    assert (set(fresh.all), fresh.live.phones) == ({phone.id}, {phone.id: 0})
    fresh.remove(phone.id, confirmed=True)
    assert (fresh.all, fresh.live.phones, fresh.live.replacing) == ({}, {}, True)
    assert trail(fresh)[-1] == "phone.removed"
    assert Kind.PHONE_REMOVED in told(fresh)
    with pytest.raises(BindingHeld):
        fresh.add(NUMBERS[1])


def test_the_last_phone_takes_the_proofing_with_it_D3_D4(phone_world: PhoneWorld) -> None:
    phone_world.subscriber(level=3, proofing=True)
    phone_world.remove(phone_world.bound().id, confirmed=True)
    assert phone_world.live.level == 2


@pytest.mark.parametrize("confirmed", [False, True])
def test_one_of_several_is_not_asked_twice_D3(confirmed: bool, elevated: PhoneWorld) -> None:
    one, two = elevated.bound(), elevated.bound(NUMBERS[1])
    elevated.remove(one.id, confirmed=confirmed)
    elevated.remove(two.id, confirmed=confirmed)
    assert (elevated.live.phones, elevated.live.replacing, elevated.all) == ({}, False, {})
    assert elevated.live.token


def test_after_a_replaced_token_was_lost_the_last_phone_is_asked_twice_too_D3_D4(
    elevated: PhoneWorld,
) -> None:
    elevated.credential_world.changed(replacing=True)
    phone = elevated.bound()
    elevated.credential_world.changed(token=None)
    with pytest.raises(LastAuthenticator):
        elevated.remove(phone.id)
    elevated.remove(phone.id, confirmed=True)
    assert elevated.live.phones == {}


def test_a_session_elevated_by_a_phone_falls_back_when_it_is_removed_D3_S20(
    elevated: PhoneWorld,
) -> None:
    by_token = elevated.token
    phone = elevated.bound()
    by_phone = elevated.credential_world.signed_in()
    elevated.send(phone.id, token=by_phone)
    by_phone = elevated.elevate(token=by_phone).token
    elevated.token = by_phone
    assert elevated.strength == 2
    elevated.remove(phone.id)
    assert elevated.strength == 1
    elevated.token = by_token
    assert elevated.strength == 2, "what the token elevated stays"


def test_a_removed_phone_that_comes_back_brings_nothing_back_S20(elevated: PhoneWorld) -> None:
    phone = elevated.bound()
    by_phone = elevated.credential_world.signed_in()
    elevated.send(phone.id, token=by_phone)
    by_phone = elevated.elevate(token=by_phone).token
    elevated.remove(phone.id)
    elevated.clock.advance(minutes=1)
    elevated.bound()
    elevated.token = by_phone
    assert elevated.strength == 1


def test_an_unconfirmed_phone_is_dropped_without_question_or_notification_D3(
    fresh: PhoneWorld,
) -> None:
    phone = fresh.add()
    fresh.remove(phone.id)
    assert (fresh.all, fresh.live.replacing, told(fresh)) == ({}, False, [])


def test_removing_takes_a_password_alone_D3(elevated: PhoneWorld) -> None:
    phone = elevated.bound()
    elevated.token = elevated.credential_world.signed_in()
    elevated.remove(phone.id)
    assert elevated.all == {}


def test_removing_takes_a_password_typed_just_now_S58(elevated: PhoneWorld) -> None:
    phone, typed = elevated.bound(), elevated.credential_world.proof
    elevated.clock.advance(minutes=10)
    with pytest.raises(RecentPasswordRequired):
        elevated.remove(phone.id, proof=typed)
    assert set(elevated.live.phones) == set(elevated.all) == {phone.id}


def test_a_phone_confirmed_in_the_moment_it_is_dropped_is_removed_as_confirmed_D3(
    fresh: PhoneWorld,
) -> None:
    phone = fresh.add()
    fresh.credential_world.client.next(
        "transact_write_items", first(lambda: fresh.confirm(phone.id))
    )
    with pytest.raises(LastAuthenticator):
        fresh.remove(phone.id)
    assert fresh.live.phones == {phone.id: 0} == dict.fromkeys(fresh.all, 0)


def test_a_phone_confirmed_in_the_moment_it_is_added_anew_stays_D3(fresh: PhoneWorld) -> None:
    phone = fresh.add()
    fresh.clock.advance(minutes=1)
    fresh.credential_world.client.next(
        "transact_write_items", first(lambda: fresh.confirm(phone.id))
    )
    with pytest.raises(ElevationRequired):
        fresh.add()
    assert fresh.live.phones == {phone.id: 0} == dict.fromkeys(fresh.all, 0)


def test_a_phone_confirmed_once_its_credential_was_read_is_not_added_again_D3(
    fresh: PhoneWorld,
) -> None:
    phone, right = fresh.add(), fresh.last_code
    fresh.clock.advance(minutes=1)
    credential, binder, asked = fresh.live.id, fresh.binder(), fresh.messages.asked
    passes = [first(lambda: None)] * 2
    fresh.credential_world.client.next(
        "get_item", *passes, first(lambda: fresh.confirm(phone.id, right))
    )
    new = NewPhone(number=NUMBER, label="Again", channel=VOICE)
    with pytest.raises(ElevationRequired):
        fresh.binding.add(credential, new, binder, a_record(fresh.credential_world.ada.id))
    assert (fresh.all[phone.id].label, fresh.messages.asked) == ("Mine", asked)


# Unknown and foreign ids

ACTS: dict[str, Callable[[PhoneWorld, str], object]] = {
    "confirm": lambda board, phone: board.confirm(phone, "123456"),
    "rename": lambda board, phone: board.rename(phone, "Mine"),
    "remove": lambda board, phone: board.remove(phone, confirmed=True),
    "send": lambda board, phone: board.send(phone),
}


@pytest.mark.parametrize("act", ACTS)
def test_unknown_phones_and_those_of_an_earlier_credential_are_not_found_S23(
    act: str, fresh: PhoneWorld
) -> None:
    phone = fresh.bound()
    fresh.credential_world.changed(phones={})
    row = fresh.seen
    fresh.store.write(rows.remove(row, phone))
    for one in (phone.id, "unknown", ""):
        with pytest.raises(NotFound):
            ACTS[act](fresh, one)


def test_a_foreign_credential_is_not_found_for_any_request_S23(
    fresh: PhoneWorld,
) -> None:
    phone, asked = fresh.bound(), fresh.messages.asked
    grace = fresh.credential_world.orders.person()
    mine, session = fresh.live.id, fresh.session
    fresh.credential_world.ada = grace
    by, binding = fresh.by, fresh.binding
    for act in (
        partial(binding.of, mine, by),
        partial(binding.confirm, mine, phone.id, "123456", a_binder(by, session)),
        partial(binding.rename, mine, phone.id, "Mine", by),
        partial(binding.remove, mine, phone.id, to_end(session), by, confirmed=True),
    ):
        with pytest.raises(NotFound):
            act()
    assert fresh.messages.asked == asked
