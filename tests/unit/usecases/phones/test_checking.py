"""Signing in with phones' codes: the phone meant, counting, notifications (E1, E3, S11).

One file, since each section continues with the phone and the token of the one before.
"""

from __future__ import annotations

from datetime import timedelta
from functools import partial

import pytest

from keyfob.domain.credentials.errors import Suspended, WrongCode
from keyfob.domain.credentials.suspension import Suspender
from keyfob.domain.errors import StorageUnavailable
from keyfob.domain.messages.kinds import Kind
from keyfob.domain.phones.errors import NoLiveCode, PhoneBlocked
from keyfob.domain.phones.phone import Phone
from keyfob.domain.sessions.session import Authenticator
from keyfob.storage.messages.store import OutboxRow
from keyfob.storage.phones import store as rows
from keyfob.usecases.credentials.verification import Guess
from local.device import Device
from tests.support.credential_world import wrong
from tests.support.fakes import START
from tests.support.faults import first, land_twice, lose_the_answer, silent
from tests.support.phone_world import VOICE, PhoneWorld, refusal_of
from tests.support.phones import NUMBERS, code_spoken


@pytest.fixture
def phone(phone_world: PhoneWorld) -> Phone:
    """Ada's only phone, a code on its way to it."""
    phone_world.subscriber()
    phone = phone_world.bound()
    phone_world.send(phone.id)
    return phone


@pytest.fixture
def device(phone_world: PhoneWorld) -> Device:
    """Ada's token; she is signed in with its code, and has a phone, too."""
    device = phone_world.credential_world.holder(period=60)
    phone_world.token = phone_world.credential_world.elevate(phone_world.token, device.code()).token
    phone_world.bound()
    return device


def only(phone_world: PhoneWorld) -> Phone:
    [phone] = phone_world.all.values()
    return phone


def told(phone_world: PhoneWorld, kind: Kind) -> list[dict[str, str]]:
    """The facts of the messages of this kind."""
    found = map(OutboxRow.from_raw_data, phone_world.credential_world.database.scan(OutboxRow))
    return [dict(row.facts) for row in found if row.kind == kind]


# A right code


def test_a_right_code_elevates_by_its_phone_E1_E2(phone_world: PhoneWorld, phone: Phone) -> None:
    done = phone_world.elevate()
    session = done.session
    assert (session.strength, session.by) == (2, phone.id)
    assert session.authenticator is Authenticator.PHONE
    assert session.epoch == phone_world.live.epoch_of(phone.id) == 0
    assert phone_world.strength == 2
    assert phone_world.session == session


def test_a_session_knows_whether_its_code_was_a_text_or_a_call_E4(
    phone_world: PhoneWorld, phone: Phone
) -> None:
    assert phone_world.elevate().session.spoken is False
    phone_world.clock.advance(minutes=1)
    phone_world.send(phone.id, VOICE)
    spoken = code_spoken(phone_world.messages.calls[-1][1].ssml)
    assert phone_world.elevate(spoken).session.spoken is True
    assert phone_world.session.spoken is True
    phone_world.clock.advance(minutes=1)
    phone_world.send(phone.id)
    phone_world.elevate()
    assert phone_world.session.spoken is False


def test_a_proofed_holder_gets_strength_3_by_phone_E2(phone_world: PhoneWorld) -> None:
    phone_world.subscriber(level=3, proofing=True)
    phone_world.send(phone_world.bound().id)
    assert phone_world.elevate().session.strength == 3


def test_a_right_code_is_spent_and_the_old_token_dead_S11_S21(
    phone_world: PhoneWorld, phone: Phone
) -> None:
    code, old = phone_world.last_code, phone_world.token
    phone_world.elevate()
    with pytest.raises(NoLiveCode):
        phone_world.elevate(code)
    assert refusal_of(partial(phone_world.elevate, code, token=old)) == "not_authenticated"


def test_a_right_code_is_an_entry_of_the_credential_and_sends_no_notification_E2(
    phone_world: PhoneWorld, phone: Phone
) -> None:
    before = phone_world.credential_world.trail(phone_world.live.subject)
    mails = len(list(phone_world.credential_world.database.scan(OutboxRow)))
    phone_world.elevate()
    assert phone_world.credential_world.trail(phone_world.live.subject) == [
        *before,
        "phone.accepted",
    ]
    assert len(list(phone_world.credential_world.database.scan(OutboxRow))) == mails


def test_it_forgives_the_wrong_ones_before_it_F2(phone_world: PhoneWorld, phone: Phone) -> None:
    phone_world.fail(4)
    phone_world.elevate()
    assert only(phone_world).failed == ()
    phone_world.clock.advance(minutes=1)
    phone_world.send(phone.id)
    assert phone_world.fail(4) == ["wrong_code"] * 4


def test_a_right_code_is_accepted_once_when_two_type_it_S3(
    phone_world: PhoneWorld, phone: Phone
) -> None:
    code, token = phone_world.last_code, phone_world.token
    phone_world.credential_world.client.next(
        "transact_write_items", first(lambda: phone_world.elevate(code, token=token))
    )
    # The faster one has another secret for the session.
    assert refusal_of(lambda: phone_world.elevate(code)) == "not_authenticated"


def test_a_right_code_right_after_a_wrong_one_is_decided_on_the_current_row_S4(
    phone_world: PhoneWorld, phone: Phone
) -> None:
    def somebody_guesses() -> None:
        phone_world.fail()

    phone_world.credential_world.client.next("transact_write_items", first(somebody_guesses))
    phone_world.elevate()
    assert only(phone_world).failed == ()


def test_a_code_whose_phone_is_removed_in_that_moment_is_refused_S20(
    phone_world: PhoneWorld, phone: Phone
) -> None:
    phone_world.credential_world.client.next(
        "transact_write_items", first(lambda: phone_world.remove(phone.id, confirmed=True))
    )
    with pytest.raises(NoLiveCode):
        phone_world.elevate()
    assert phone_world.session.strength == 1


# The phone that is meant


def test_the_phone_asked_for_last_is_meant_without_a_name_E1(
    phone_world: PhoneWorld, device: Device
) -> None:
    one = only(phone_world)
    two = phone_world.bound(NUMBERS[1])
    phone_world.send(two.id)
    phone_world.clock.advance(seconds=1)
    phone_world.send(one.id)
    assert phone_world.elevate().session.by == one.id
    phone_world.clock.advance(minutes=2)
    phone_world.send(one.id)
    phone_world.clock.advance(seconds=1)
    phone_world.send(two.id)
    assert phone_world.elevate().session.by == two.id


def test_a_named_phone_is_meant_and_no_other_E1_S11(
    phone_world: PhoneWorld, device: Device
) -> None:
    one = only(phone_world)
    two = phone_world.bound(NUMBERS[1])
    phone_world.send(one.id)
    code = phone_world.last_code
    phone_world.clock.advance(seconds=1)
    phone_world.send(two.id)
    with pytest.raises(WrongCode):
        phone_world.elevate(code, two.id)
    assert [len(phone_world.all[one_.id].failed) for one_ in (one, two)] == [0, 1]
    assert phone_world.elevate(code, one.id).session.by == one.id


@pytest.mark.parametrize("name", ["unknown", "", "token"])
def test_a_phone_that_is_none_of_ours_has_no_live_code_S23(
    name: str, phone_world: PhoneWorld, phone: Phone
) -> None:
    with pytest.raises(NoLiveCode):
        phone_world.elevate(phone=name)
    assert only(phone_world).failed == ()


def test_an_unconfirmed_phone_signs_nobody_in_S14(phone_world: PhoneWorld, device: Device) -> None:
    new = phone_world.add(NUMBERS[1])
    for name in (None, new.id):
        with pytest.raises(NoLiveCode):
            phone_world.elevate(phone=name)


def test_a_code_sent_in_another_session_signs_nobody_in_S11(
    phone_world: PhoneWorld, phone: Phone
) -> None:
    other = phone_world.credential_world.signed_in()
    for name in (None, phone.id):
        with pytest.raises(NoLiveCode):
            phone_world.elevate(phone=name, token=other)
    assert only(phone_world).failed == ()
    phone_world.elevate()


def test_without_a_credential_or_a_phone_there_is_no_live_code_E3(
    phone_world: PhoneWorld,
) -> None:
    with pytest.raises(NoLiveCode):
        phone_world.elevate("123456")
    phone_world.subscriber()
    with pytest.raises(NoLiveCode):
        phone_world.elevate("123456")


def test_the_right_code_of_a_suspended_credential_is_refused_and_not_spent_S8(
    phone_world: PhoneWorld, phone: Phone
) -> None:
    phone_world.credential_world.changed(suspensions={Suspender.HOLDER: START})
    before = phone_world.all
    with pytest.raises(Suspended):
        phone_world.elevate()
    assert phone_world.all == before
    phone_world.credential_world.changed(suspensions={})
    phone_world.elevate()


# A wrong code


def test_a_wrong_code_is_counted_by_one_write_before_its_answer_S4(
    phone_world: PhoneWorld, phone: Phone
) -> None:
    client = phone_world.credential_world.client
    client.calls.clear()
    refused = partial(phone_world.elevate, phone_world.wrong())
    with pytest.raises(WrongCode) as wrong_code:
        refused()
    assert "sent last" in str(wrong_code.value)
    assert [name for name, _ in client.calls] == ["batch_get_item", "get_item", "update_item"]
    assert len(only(phone_world).failed) == 1


def test_the_fifth_wrong_code_blocks_for_a_quarter_of_an_hour_and_notifies_once_E3(
    phone_world: PhoneWorld, phone: Phone
) -> None:
    assert phone_world.fail(4) == ["wrong_code"] * 4
    assert told(phone_world, Kind.PHONE_BLOCKED) == []
    assert phone_world.fail() == ["phone_blocked"]
    assert only(phone_world).blocked_until == phone_world.clock() + timedelta(minutes=15)
    assert refusal_of(phone_world.elevate) == "phone_blocked", "the right one, too"
    [facts] = told(phone_world, Kind.PHONE_BLOCKED)
    assert facts["phone"] == "+1 … 23"
    freed = phone_world.clock() + timedelta(minutes=15)
    assert facts["freed"] == freed.isoformat().replace("+00:00", "Z")
    assert phone_world.credential_world.trail(phone_world.live.subject)[-1] == "phone.blocked"
    assert phone_world.live.phones == {phone.id: 1}


def test_a_block_ends_to_the_second_and_the_next_right_code_forgives_E3(
    phone_world: PhoneWorld, phone: Phone
) -> None:
    phone_world.fail(5)
    phone_world.clock.advance(minutes=14, seconds=59)
    phone_world.token = phone_world.credential_world.signed_in()
    assert refusal_of(lambda: phone_world.send(phone.id)) == "phone_blocked"
    phone_world.clock.advance(seconds=1)
    phone_world.send(phone.id)
    phone_world.elevate()
    assert only(phone_world).failed == ()


def test_the_twentieth_wrong_code_locks_for_good_and_says_so_F2(
    phone_world: PhoneWorld, phone: Phone
) -> None:
    phone_world.clock.advance(minutes=11)
    ends = phone_world.fail_in_rounds(phone.id, 4)
    assert ends == ["phone_blocked"] * 3 + ["phone_locked"]
    facts = told(phone_world, Kind.PHONE_BLOCKED)
    assert sorted("freed" in one for one in facts) == [False, True, True, True]
    assert phone_world.live.phones == {phone.id: 4}
    assert only(phone_world).is_locked(phone_world.policy)


@pytest.mark.parametrize("code", ["", "12345", "1234567", "12345678", "abcdef", "1２3456"])  # noqa: RUF001
def test_an_invalid_code_of_a_phone_is_refused_and_costs_nothing_S1_S49(
    code: str, phone_world: PhoneWorld, phone: Phone
) -> None:
    guess = Guess(session=phone_world.token.session, code=code, trial="t", by=phone_world.by)
    judge = partial(phone_world.check.judge, phone_world.live, guess)
    assert refusal_of(judge) == "invalid_input"
    assert only(phone_world).failed == ()


# Races and outages


def test_a_wrong_code_counts_once_when_the_client_sends_it_again_S4(
    phone_world: PhoneWorld, phone: Phone
) -> None:
    phone_world.credential_world.client.next("update_item", land_twice)
    assert phone_world.fail() == ["wrong_code"]
    assert len(only(phone_world).failed) == 1


def test_a_wrong_code_that_could_not_be_counted_is_not_answered_S4_S50(
    phone_world: PhoneWorld, phone: Phone
) -> None:
    for fault, count in ((silent, 0), (lose_the_answer, 1)):
        phone_world.credential_world.client.next("update_item", fault)
        with pytest.raises(StorageUnavailable):
            phone_world.elevate(phone_world.wrong())
        assert len(only(phone_world).failed) == count


def test_two_wrong_codes_at_once_both_count_S4(phone_world: PhoneWorld, phone: Phone) -> None:
    phone_world.credential_world.client.next("update_item", first(phone_world.fail))
    assert phone_world.fail() == ["wrong_code"]
    assert len(only(phone_world).failed) == 2


def test_a_fifth_wrong_code_whose_blocks_answer_got_lost_is_answered_as_blocked_S4(
    phone_world: PhoneWorld, phone: Phone
) -> None:
    phone_world.fail(4)
    phone_world.credential_world.client.next("transact_write_items", land_twice)
    assert phone_world.fail() == ["phone_blocked"]
    assert len(only(phone_world).failed) == 5
    assert len(told(phone_world, Kind.PHONE_BLOCKED)) == 1


def test_a_wrong_code_overtaken_by_a_new_code_counts_for_the_new_one_S4_S11(
    phone_world: PhoneWorld, phone: Phone
) -> None:
    phone_world.clock.advance(minutes=1)
    typed = phone_world.wrong()
    phone_world.credential_world.client.next(
        "update_item", first(lambda: phone_world.send(phone.id))
    )
    assert refusal_of(lambda: phone_world.elevate(typed)) == "wrong_code"
    assert len(only(phone_world).codes[phone_world.token.session].tries) == 1


# Each authenticator alone


def test_wrong_phone_codes_lower_sessions_elevated_by_that_phone_and_no_others_E3(
    phone_world: PhoneWorld, device: Device
) -> None:
    by_token, one = phone_world.token, only(phone_world)
    two = phone_world.bound(NUMBERS[1])
    opened = {}
    for phone in (one, two):
        session = phone_world.credential_world.signed_in()
        phone_world.send(phone.id, token=session)
        opened[phone.id] = phone_world.elevate(token=session).token
        phone_world.clock.advance(minutes=2)
    guessing = phone_world.token = phone_world.credential_world.signed_in()
    phone_world.send(one.id)
    assert phone_world.fail(5)[-1] == "phone_blocked"

    def strength_of(token: object) -> int:
        phone_world.token = token  # type: ignore[assignment]
        return phone_world.strength

    assert strength_of(opened[one.id]) == 1
    assert strength_of(opened[two.id]) == 2
    assert strength_of(by_token) == 2
    assert phone_world.credential_world.token.failed == ()
    phone_world.token = guessing
    phone_world.token = phone_world.credential_world.elevate(guessing, device.code()).token
    assert phone_world.strength == 2


def test_wrong_token_codes_lower_sessions_elevated_by_the_token_and_by_no_phone_E3(
    phone_world: PhoneWorld, device: Device
) -> None:
    by_token, phone = phone_world.token, only(phone_world)
    by_phone = phone_world.credential_world.signed_in()
    phone_world.send(phone.id, token=by_phone)
    by_phone = phone_world.elevate(token=by_phone).token
    for _ in range(5):
        refusal_of(partial(phone_world.credential_world.elevate, by_phone, wrong(device.code())))
    assert phone_world.credential_world.token.is_locked(phone_world.policy)
    phone_world.token = by_token
    assert phone_world.strength == 1
    phone_world.token = by_phone
    assert phone_world.strength == 2
    assert only(phone_world).failed == ()
    phone_world.clock.advance(minutes=2)
    phone_world.send(phone.id)
    phone_world.elevate()


def test_a_session_lowered_by_a_block_stays_lowered_when_the_block_is_over_S20(
    phone_world: PhoneWorld, phone: Phone
) -> None:
    phone_world.elevate()
    by_phone, phone_world.token = phone_world.token, phone_world.credential_world.signed_in()
    phone_world.clock.advance(minutes=1)
    phone_world.send(phone.id)
    phone_world.fail(5)
    phone_world.clock.advance(minutes=16)
    phone_world.send(phone.id)
    phone_world.elevate()
    phone_world.token = by_phone
    assert phone_world.strength == 1


def test_a_phone_blocked_in_the_moment_of_its_right_code_stays_blocked_S4(
    phone_world: PhoneWorld, phone: Phone
) -> None:
    def another_guesses_on() -> None:
        seen = phone_world.seen
        before = seen.all[phone.id]
        until = phone_world.clock() + timedelta(minutes=15)
        failed = tuple(f"trial-{number}" for number in range(5))
        values = {name: getattr(before, name) for name in before.__slots__}
        after = Phone(**{**values, "failed": failed, "blocked_until": until})
        phone_world.store.write(rows.change(seen, before, after))

    phone_world.credential_world.client.next("transact_write_items", first(another_guesses_on))
    with pytest.raises(PhoneBlocked):
        phone_world.elevate()
    assert phone_world.session.strength == 1
