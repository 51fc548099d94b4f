"""Signing in with phones' codes: which phone is meant, what counts, who is told (E1, E3, S11)."""

from __future__ import annotations

from datetime import timedelta
from functools import partial

import pytest

from keyfob.credentials.credential import State, Suspender
from keyfob.credentials.verification import Guess
from keyfob.errors import (
    NoLiveCode,
    PhoneBlocked,
    StorageUnavailable,
    Suspended,
    WrongCode,
)
from keyfob.messages.outbox import Kind
from keyfob.messages.store import OutboxRow
from keyfob.phones import store as rows
from keyfob.phones.phone import Phone
from keyfob.sessions.session import Authenticator
from local.device import Device
from tests.support.bureau import wrong
from tests.support.fakes import START
from tests.support.faults import first, land_twice, lose_the_answer, silent
from tests.support.phones import NUMBERS
from tests.support.switchboard import Switchboard, refusal_of


@pytest.fixture
def phone(switchboard: Switchboard) -> Phone:
    """Ada's only phone, a code on its way to it."""
    switchboard.subscriber()
    phone = switchboard.bound()
    switchboard.send(phone.id)
    return phone


@pytest.fixture
def device(switchboard: Switchboard) -> Device:
    """Ada's token; she is signed in with its code, and has a phone, too."""
    device = switchboard.bureau.holder(period=60)
    switchboard.token = switchboard.bureau.elevate(switchboard.token, device.code()).token
    switchboard.bound()
    return device


def only(switchboard: Switchboard) -> Phone:
    [phone] = switchboard.all.values()
    return phone


def told(switchboard: Switchboard, kind: Kind) -> list[dict[str, str]]:
    """The facts of the messages of this kind."""
    found = map(OutboxRow.from_raw_data, switchboard.bureau.database.scan(OutboxRow))
    return [dict(row.facts) for row in found if row.kind == kind]


# A right code


def test_a_right_code_elevates_by_its_phone_E1_E2(switchboard: Switchboard, phone: Phone) -> None:
    done = switchboard.elevate()
    session = done.session
    assert (session.strength, session.by) == (2, phone.id)
    assert session.authenticator is Authenticator.PHONE
    assert session.epoch == switchboard.live.epoch_of(phone.id) == 0
    assert switchboard.strength == 2
    assert switchboard.session == session


def test_a_proofed_holder_gets_strength_3_by_phone_E2(switchboard: Switchboard) -> None:
    switchboard.subscriber(level=3, proofing=True)
    switchboard.send(switchboard.bound().id)
    assert switchboard.elevate().session.strength == 3


def test_a_right_code_is_spent_and_the_old_token_dead_S11_S21(
    switchboard: Switchboard, phone: Phone
) -> None:
    code, old = switchboard.last_code, switchboard.token
    switchboard.elevate()
    with pytest.raises(NoLiveCode):
        switchboard.elevate(code)
    assert refusal_of(partial(switchboard.elevate, code, token=old)) == "not_authenticated"


def test_it_is_an_entry_of_the_credential_and_nobody_is_told_E2(
    switchboard: Switchboard, phone: Phone
) -> None:
    before = switchboard.bureau.trail(switchboard.live.subject)
    mails = len(list(switchboard.bureau.database.scan(OutboxRow)))
    switchboard.elevate()
    assert switchboard.bureau.trail(switchboard.live.subject) == [*before, "phone.accepted"]
    assert len(list(switchboard.bureau.database.scan(OutboxRow))) == mails


def test_it_forgives_the_wrong_ones_before_it_F2(switchboard: Switchboard, phone: Phone) -> None:
    switchboard.fail(4)
    switchboard.elevate()
    assert only(switchboard).failed == ()
    switchboard.clock.advance(minutes=1)
    switchboard.send(phone.id)
    assert switchboard.fail(4) == ["wrong_code"] * 4


def test_a_right_code_is_accepted_once_when_two_type_it_S3(
    switchboard: Switchboard, phone: Phone
) -> None:
    code, token = switchboard.last_code, switchboard.token
    switchboard.bureau.client.next(
        "transact_write_items", first(lambda: switchboard.elevate(code, token=token))
    )
    # The faster one has another secret for the session.
    assert refusal_of(lambda: switchboard.elevate(code)) == "not_authenticated"


def test_a_right_code_right_after_a_wrong_one_lands_on_what_is_there_S4(
    switchboard: Switchboard, phone: Phone
) -> None:
    def somebody_guesses() -> None:
        switchboard.fail()

    switchboard.bureau.client.next("transact_write_items", first(somebody_guesses))
    switchboard.elevate()
    assert only(switchboard).failed == ()


def test_a_code_whose_phone_is_removed_in_that_moment_is_refused_S20(
    switchboard: Switchboard, phone: Phone
) -> None:
    switchboard.bureau.client.next(
        "transact_write_items", first(lambda: switchboard.remove(phone.id, confirmed=True))
    )
    with pytest.raises(NoLiveCode):
        switchboard.elevate()
    assert switchboard.session.strength == 1


# Which phone


def test_without_a_name_the_one_asked_for_last_is_meant_E1(
    switchboard: Switchboard, device: Device
) -> None:
    one = only(switchboard)
    two = switchboard.bound(NUMBERS[1])
    switchboard.send(two.id)
    switchboard.clock.advance(seconds=1)
    switchboard.send(one.id)
    assert switchboard.elevate().session.by == one.id
    switchboard.clock.advance(minutes=2)
    switchboard.send(one.id)
    switchboard.clock.advance(seconds=1)
    switchboard.send(two.id)
    assert switchboard.elevate().session.by == two.id


def test_a_named_phone_is_meant_and_no_other_E1_S11(
    switchboard: Switchboard, device: Device
) -> None:
    one = only(switchboard)
    two = switchboard.bound(NUMBERS[1])
    switchboard.send(one.id)
    code = switchboard.last_code
    switchboard.clock.advance(seconds=1)
    switchboard.send(two.id)
    with pytest.raises(WrongCode):
        switchboard.elevate(code, two.id)
    assert [len(switchboard.all[one_.id].failed) for one_ in (one, two)] == [0, 1]
    assert switchboard.elevate(code, one.id).session.by == one.id


@pytest.mark.parametrize("name", ["unknown", "", "token"])
def test_a_phone_that_is_none_of_ours_has_no_live_code_S23(
    name: str, switchboard: Switchboard, phone: Phone
) -> None:
    with pytest.raises(NoLiveCode):
        switchboard.elevate(phone=name)
    assert only(switchboard).failed == ()


def test_a_phone_that_nobody_confirmed_signs_nobody_in_S14(
    switchboard: Switchboard, device: Device
) -> None:
    new = switchboard.add(NUMBERS[1])
    for name in (None, new.id):
        with pytest.raises(NoLiveCode):
            switchboard.elevate(phone=name)


def test_a_code_sent_in_another_session_signs_nobody_in_S11(
    switchboard: Switchboard, phone: Phone
) -> None:
    other = switchboard.bureau.signed_in()
    for name in (None, phone.id):
        with pytest.raises(NoLiveCode):
            switchboard.elevate(phone=name, token=other)
    assert only(switchboard).failed == ()
    switchboard.elevate()


def test_without_a_credential_or_a_phone_there_is_no_live_code_E3(
    switchboard: Switchboard,
) -> None:
    with pytest.raises(NoLiveCode):
        switchboard.elevate("123456")
    switchboard.subscriber()
    with pytest.raises(NoLiveCode):
        switchboard.elevate("123456")


def test_the_right_code_of_a_suspended_credential_is_refused_and_not_spent_S8(
    switchboard: Switchboard, phone: Phone
) -> None:
    switchboard.bureau.changed(
        state=State.SUSPENDED, suspended_at=START, suspended_by=Suspender.HOLDER
    )
    before = switchboard.all
    with pytest.raises(Suspended):
        switchboard.elevate()
    assert switchboard.all == before
    switchboard.bureau.changed(state=State.ACTIVE, suspended_at=None, suspended_by=None)
    switchboard.elevate()


# A wrong code


def test_a_wrong_code_is_counted_by_one_write_before_its_answer_S4(
    switchboard: Switchboard, phone: Phone
) -> None:
    client = switchboard.bureau.client
    client.calls.clear()
    refused = partial(switchboard.elevate, switchboard.wrong())
    with pytest.raises(WrongCode) as wrong_code:
        refused()
    assert "sent last" in str(wrong_code.value)
    assert [name for name, _ in client.calls] == ["batch_get_item", "get_item", "update_item"]
    assert len(only(switchboard).failed) == 1


def test_the_fifth_blocks_for_a_quarter_of_an_hour_and_the_holder_is_told_once_E3(
    switchboard: Switchboard, phone: Phone
) -> None:
    assert switchboard.fail(4) == ["wrong_code"] * 4
    assert told(switchboard, Kind.PHONE_BLOCKED) == []
    assert switchboard.fail() == ["phone_blocked"]
    assert only(switchboard).blocked_until == switchboard.clock() + timedelta(minutes=15)
    assert refusal_of(switchboard.elevate) == "phone_blocked", "the right one, too"
    [facts] = told(switchboard, Kind.PHONE_BLOCKED)
    assert facts["phone"] == "+1 … 23"
    freed = switchboard.clock() + timedelta(minutes=15)
    assert facts["freed"] == freed.isoformat().replace("+00:00", "Z")
    assert switchboard.bureau.trail(switchboard.live.subject)[-1] == "phone.blocked"
    assert switchboard.live.phones == {phone.id: 1}


def test_a_block_ends_to_the_second_and_the_next_right_code_forgives_E3(
    switchboard: Switchboard, phone: Phone
) -> None:
    switchboard.fail(5)
    switchboard.clock.advance(minutes=14, seconds=59)
    switchboard.token = switchboard.bureau.signed_in()
    assert refusal_of(lambda: switchboard.send(phone.id)) == "phone_blocked"
    switchboard.clock.advance(seconds=1)
    switchboard.send(phone.id)
    switchboard.elevate()
    assert only(switchboard).failed == ()


def test_the_twentieth_locks_for_good_and_says_so_F2(
    switchboard: Switchboard, phone: Phone
) -> None:
    switchboard.clock.advance(minutes=11)
    ends = switchboard.fail_in_rounds(phone.id, 4)
    assert ends == ["phone_blocked"] * 3 + ["phone_locked"]
    facts = told(switchboard, Kind.PHONE_BLOCKED)
    assert sorted("freed" in one for one in facts) == [False, True, True, True]
    assert switchboard.live.phones == {phone.id: 4}
    assert only(switchboard).is_locked(switchboard.policy)


@pytest.mark.parametrize("code", ["", "12345", "1234567", "12345678", "abcdef", "1２3456"])  # noqa: RUF001
def test_what_can_be_no_code_of_a_phone_is_invalid_and_costs_nothing_S1_S49(
    code: str, switchboard: Switchboard, phone: Phone
) -> None:
    guess = Guess(session=switchboard.token.session, code=code, trial="t", by=switchboard.by)
    judge = partial(switchboard.check.judge, switchboard.live, guess)
    assert refusal_of(judge) == "invalid_input"
    assert only(switchboard).failed == ()


# While others are faster, or nobody answers


def test_a_wrong_code_counts_once_when_the_client_sends_it_again_S4(
    switchboard: Switchboard, phone: Phone
) -> None:
    switchboard.bureau.client.next("update_item", land_twice)
    assert switchboard.fail() == ["wrong_code"]
    assert len(only(switchboard).failed) == 1


def test_a_wrong_code_that_could_not_be_counted_is_not_answered_S4_S50(
    switchboard: Switchboard, phone: Phone
) -> None:
    for fault, count in ((silent, 0), (lose_the_answer, 1)):
        switchboard.bureau.client.next("update_item", fault)
        with pytest.raises(StorageUnavailable):
            switchboard.elevate(switchboard.wrong())
        assert len(only(switchboard).failed) == count


def test_of_two_wrong_codes_at_once_both_count_S4(switchboard: Switchboard, phone: Phone) -> None:
    switchboard.bureau.client.next("update_item", first(switchboard.fail))
    assert switchboard.fail() == ["wrong_code"]
    assert len(only(switchboard).failed) == 2


def test_a_fifth_wrong_code_whose_block_landed_unheard_is_told_as_blocked_S4(
    switchboard: Switchboard, phone: Phone
) -> None:
    switchboard.fail(4)
    switchboard.bureau.client.next("transact_write_items", land_twice)
    assert switchboard.fail() == ["phone_blocked"]
    assert len(only(switchboard).failed) == 5
    assert len(told(switchboard, Kind.PHONE_BLOCKED)) == 1


def test_a_wrong_code_overtaken_by_a_new_code_counts_for_the_new_one_S4_S11(
    switchboard: Switchboard, phone: Phone
) -> None:
    switchboard.clock.advance(minutes=1)
    typed = switchboard.wrong()
    switchboard.bureau.client.next("update_item", first(lambda: switchboard.send(phone.id)))
    assert refusal_of(lambda: switchboard.elevate(typed)) == "wrong_code"
    assert len(only(switchboard).codes[switchboard.token.session].tries) == 1


# Each authenticator alone


def test_wrong_phone_codes_lower_what_that_phone_elevated_and_nothing_else_E3(
    switchboard: Switchboard, device: Device
) -> None:
    by_token, one = switchboard.token, only(switchboard)
    two = switchboard.bound(NUMBERS[1])
    opened = {}
    for phone in (one, two):
        session = switchboard.bureau.signed_in()
        switchboard.send(phone.id, token=session)
        opened[phone.id] = switchboard.elevate(token=session).token
        switchboard.clock.advance(minutes=2)
    guessing = switchboard.token = switchboard.bureau.signed_in()
    switchboard.send(one.id)
    assert switchboard.fail(5)[-1] == "phone_blocked"

    def strength_of(token: object) -> int:
        switchboard.token = token  # type: ignore[assignment]
        return switchboard.strength

    assert strength_of(opened[one.id]) == 1
    assert strength_of(opened[two.id]) == 2
    assert strength_of(by_token) == 2
    assert switchboard.bureau.token.failed == ()
    switchboard.token = guessing
    switchboard.token = switchboard.bureau.elevate(guessing, device.code()).token
    assert switchboard.strength == 2


def test_wrong_token_codes_lower_what_the_token_elevated_and_no_phones_sessions_E3(
    switchboard: Switchboard, device: Device
) -> None:
    by_token, phone = switchboard.token, only(switchboard)
    by_phone = switchboard.bureau.signed_in()
    switchboard.send(phone.id, token=by_phone)
    by_phone = switchboard.elevate(token=by_phone).token
    for _ in range(5):
        refusal_of(partial(switchboard.bureau.elevate, by_phone, wrong(device.code())))
    assert switchboard.bureau.token.is_locked(switchboard.policy)
    switchboard.token = by_token
    assert switchboard.strength == 1
    switchboard.token = by_phone
    assert switchboard.strength == 2
    assert only(switchboard).failed == ()
    switchboard.clock.advance(minutes=2)
    switchboard.send(phone.id)
    switchboard.elevate()


def test_what_a_block_lowered_does_not_come_back_when_the_block_is_over_S20(
    switchboard: Switchboard, phone: Phone
) -> None:
    switchboard.elevate()
    by_phone, switchboard.token = switchboard.token, switchboard.bureau.signed_in()
    switchboard.clock.advance(minutes=1)
    switchboard.send(phone.id)
    switchboard.fail(5)
    switchboard.clock.advance(minutes=16)
    switchboard.send(phone.id)
    switchboard.elevate()
    switchboard.token = by_phone
    assert switchboard.strength == 1


def test_a_phone_blocked_in_the_moment_of_its_right_code_stays_blocked_S4(
    switchboard: Switchboard, phone: Phone
) -> None:
    def another_guesses_on() -> None:
        seen = switchboard.seen
        before = seen.all[phone.id]
        until = switchboard.clock() + timedelta(minutes=15)
        failed = tuple(f"trial-{number}" for number in range(5))
        values = {name: getattr(before, name) for name in before.__slots__}
        after = Phone(**{**values, "failed": failed, "blocked_until": until})
        switchboard.store.write(rows.change(seen, before, after))

    switchboard.bureau.client.next("transact_write_items", first(another_guesses_on))
    with pytest.raises(PhoneBlocked):
        switchboard.elevate()
    assert switchboard.session.strength == 1
