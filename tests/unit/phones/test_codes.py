"""Codes on their way to phones, and messages that try one (B1, E1, S10-S13, S17)."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from keyfob.audit.store import AuditRow
from keyfob.credentials.credential import State, Suspender
from keyfob.errors import (
    Busy,
    Expired,
    InvalidPhone,
    NoLiveCode,
    NotActivated,
    NotApproved,
    NotFound,
    PhoneBlocked,
    PhoneLocked,
    PhoneMessagesPaused,
    PhoneNotAllowed,
    PhoneUnavailable,
    Suspended,
    TooManyTries,
    WrongCode,
)
from keyfob.phones import store as rows
from keyfob.phones.phone import Phone
from keyfob.sessions.limits import LimitRow
from tests.support.fakes import START, unique
from tests.support.faults import contended, first
from tests.support.phones import NUMBER, NUMBERS, code_in, code_spoken
from tests.support.switchboard import TEXT, VOICE, Switchboard

MINUTE = timedelta(minutes=1)


@pytest.fixture
def phone(switchboard: Switchboard) -> Phone:
    """Ada's only phone, confirmed a while ago."""
    switchboard.subscriber()
    return switchboard.bound()


def entries(switchboard: Switchboard, action: str) -> list[AuditRow]:
    found = map(AuditRow.from_raw_data, switchboard.bureau.database.scan(AuditRow))
    return [one for one in found if one.action == action]


def tick(switchboard: Switchboard) -> None:
    switchboard.clock.advance(seconds=4)


def unchanged(switchboard: Switchboard, asked: int, before: dict[str, Phone]) -> None:
    """Nobody was asked to send anything, and no code was made."""
    assert switchboard.messages.asked == asked
    assert switchboard.all == before


# Sending


def test_a_text_tells_the_code_that_is_right_E1(switchboard: Switchboard, phone: Phone) -> None:
    sent = switchboard.send(phone.id)
    now = switchboard.clock()
    assert (sent.shown, sent.until, sent.again_at) == (
        "+1 … 23",
        now + 5 * MINUTE,
        now + MINUTE,
    )
    number, text = switchboard.messages.texts[-1]
    assert number == NUMBER
    assert switchboard.elevate(code_in(text)).session.strength == 2


def test_a_call_tells_the_code_that_is_right_E1(switchboard: Switchboard, phone: Phone) -> None:
    switchboard.send(phone.id, VOICE)
    [(number, call)] = switchboard.messages.calls
    assert number == NUMBER
    assert switchboard.elevate(code_spoken(call.ssml)).session.strength == 2


def test_a_code_is_told_in_the_language_of_its_holder_E1(switchboard: Switchboard) -> None:
    bureau = switchboard.bureau
    bureau.ada = bureau.shop.person(language="de")
    switchboard.token = bureau.signed_in()
    switchboard.subscriber()
    phone = switchboard.bound()
    switchboard.send(phone.id)
    switchboard.clock.advance(minutes=1)
    switchboard.send(phone.id, VOICE)
    assert "ist Ihr Code" in switchboard.messages.texts[-1][1]
    assert switchboard.messages.calls[-1][1].voice == "VICKI"


def test_every_code_is_another_one_S10(
    switchboard: Switchboard, phone: Phone, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = iter(["000001", "000002"])
    monkeypatch.setattr("keyfob.phones.phone.generate", lambda: next(made))
    told = []
    for _ in range(2):
        switchboard.send(phone.id)
        told.append(switchboard.last_code)
        switchboard.clock.advance(minutes=1)
    assert told == ["000001", "000002"]


def test_a_new_code_kills_the_one_before_S11(switchboard: Switchboard, phone: Phone) -> None:
    switchboard.send(phone.id)
    old = switchboard.last_code
    switchboard.clock.advance(minutes=1)
    switchboard.send(phone.id)
    with pytest.raises(WrongCode):
        switchboard.elevate(old)
    switchboard.elevate()


def test_a_new_code_brings_no_tries_back_S11(switchboard: Switchboard, phone: Phone) -> None:
    switchboard.send(phone.id)
    switchboard.fail(3)
    switchboard.clock.advance(minutes=1)
    switchboard.send(phone.id)
    assert len(switchboard.all[phone.id].codes[switchboard.token.session].tries) == 3
    assert switchboard.fail(2) == ["wrong_code", "phone_blocked"]


def test_a_code_ends_to_the_second_S10(switchboard: Switchboard, phone: Phone) -> None:
    sent = switchboard.send(phone.id)
    assert sent.until
    switchboard.clock.now = sent.until
    with pytest.raises(NoLiveCode):
        switchboard.elevate()
    switchboard.clock.now = sent.until - timedelta(seconds=1)
    switchboard.elevate()


def test_a_code_ends_when_it_says_however_long_the_provider_took_S10(
    switchboard: Switchboard, phone: Phone
) -> None:
    begun = switchboard.clock()
    switchboard.messages.before_answer = lambda: tick(switchboard)
    sent = switchboard.send(phone.id)
    assert (sent.until, sent.again_at) == (begun + 5 * MINUTE, begun + MINUTE)
    assert switchboard.all[phone.id].codes[switchboard.token.session].until == sent.until


def test_the_trail_names_a_masked_number_and_no_code_S47(
    switchboard: Switchboard, phone: Phone
) -> None:
    before = len(entries(switchboard, "phone.code_sent"))
    switchboard.send(phone.id, VOICE)
    [entry] = entries(switchboard, "phone.code_sent")[before:]
    trail = str(list(switchboard.bureau.database.scan(AuditRow)))
    assert entry.facts == {"phone": "+1 … 23", "country": "US", "channel": "voice"}
    code = code_spoken(switchboard.messages.calls[-1][1].ssml)
    assert NUMBER not in trail
    assert NUMBER[1:] not in trail
    assert f'"{code}"' not in trail


def test_the_tables_hold_no_code_S17(switchboard: Switchboard, phone: Phone) -> None:
    switchboard.send(phone.id)
    client, tables = switchboard.bureau.client, switchboard.bureau.database._tables
    everything = str([client.scan(TableName=name)["Items"] for name in tables.values()])
    assert switchboard.last_code not in everything


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"state": State.PENDING_APPROVAL}, NotApproved),
        ({"state": State.PENDING_ACTIVATION}, NotActivated),
        (
            {
                "state": State.SUSPENDED,
                "suspended_by": Suspender.HOLDER,
                "suspended_at": START,
            },
            Suspended,
        ),
        ({"expires_at": START}, Expired),
    ],
)
def test_no_code_goes_to_a_phone_of_a_credential_that_cant_be_used_S8(
    changes: dict[str, object], refusal: type[Exception], switchboard: Switchboard, phone: Phone
) -> None:
    switchboard.bureau.changed(**changes)
    asked, before = switchboard.messages.asked, switchboard.all
    with pytest.raises(refusal):
        switchboard.send(phone.id)
    unchanged(switchboard, asked, before)


def test_a_phone_that_nobody_confirmed_in_time_gets_no_more_codes_D3(
    switchboard: Switchboard,
) -> None:
    switchboard.subscriber()
    added = switchboard.add()
    switchboard.clock.advance(seconds=3_599)
    switchboard.send(added.id)
    asked, before = switchboard.messages.asked, switchboard.all
    switchboard.clock.advance(seconds=1)
    with pytest.raises(NotFound):
        switchboard.send(added.id)
    unchanged(switchboard, asked, dict(before))


def test_without_a_credential_there_is_no_phone_to_send_to_E3(switchboard: Switchboard) -> None:
    with pytest.raises(NotFound):
        switchboard.codes.send(None, "session", "phone1", TEXT, switchboard.by)
    assert switchboard.messages.asked == 0


@pytest.mark.parametrize("phone_id", ["unknown", "token", ""])
def test_an_unknown_phone_is_not_found_S23(
    phone_id: str, switchboard: Switchboard, phone: Phone
) -> None:
    asked, before = switchboard.messages.asked, switchboard.all
    with pytest.raises(NotFound):
        switchboard.send(phone_id)
    unchanged(switchboard, asked, before)


def test_nothing_is_sent_to_a_blocked_or_locked_phone_E3(
    switchboard: Switchboard, phone: Phone
) -> None:
    switchboard.send(phone.id)
    switchboard.fail(5)
    switchboard.clock.advance(minutes=1)
    asked, before = switchboard.messages.asked, switchboard.all
    with pytest.raises(PhoneBlocked):
        switchboard.send(phone.id)
    unchanged(switchboard, asked, before)
    switchboard.clock.advance(minutes=14)
    assert switchboard.fail_in_rounds(phone.id, 3)[-1] == "phone_locked"
    switchboard.clock.advance(days=2)
    asked, before = switchboard.messages.asked, switchboard.all
    with pytest.raises(PhoneLocked):
        switchboard.send(phone.id)
    unchanged(switchboard, asked, before)


def test_a_number_whose_country_lost_its_price_gets_nothing_S13(
    switchboard: Switchboard, phone: Phone
) -> None:
    for prices in ({}, {"DE": {TEXT: 90}}):
        switchboard.codes._prices = prices
        asked, before = switchboard.messages.asked, switchboard.all
        with pytest.raises(PhoneNotAllowed):
            switchboard.send(phone.id)
        unchanged(switchboard, asked, before)


def test_a_phone_that_takes_no_calls_gets_none_S13(switchboard: Switchboard) -> None:
    switchboard.subscriber()
    phone = switchboard.bound("+33612345678")
    asked, before = switchboard.messages.asked, switchboard.all
    with pytest.raises(PhoneNotAllowed):
        switchboard.send(phone.id, VOICE)
    unchanged(switchboard, asked, before)


def test_a_code_refused_by_a_limit_is_none_and_the_one_before_stays_right_S11_S12(
    switchboard: Switchboard, phone: Phone
) -> None:
    switchboard.send(phone.id)
    asked, before = switchboard.messages.asked, switchboard.all
    with pytest.raises(TooManyTries):
        switchboard.send(phone.id)
    switchboard.clock.advance(minutes=1)
    switchboard.sending._policy = replace(switchboard.policy, phone_spend_an_hour=1)
    with pytest.raises(PhoneMessagesPaused):
        switchboard.send(phone.id)
    unchanged(switchboard, asked, before)
    switchboard.elevate()


def test_a_failure_leaves_a_code_that_nobody_knows_and_another_may_follow_at_once_S50(
    switchboard: Switchboard, phone: Phone
) -> None:
    switchboard.messages.silent = True
    for _ in range(4):
        with pytest.raises(PhoneUnavailable):
            switchboard.send(phone.id)
    switchboard.messages.silent = False
    switchboard.send(phone.id)
    switchboard.elevate()


def test_whoever_is_overtaken_makes_another_code_and_sends_it_once_S46(
    switchboard: Switchboard, phone: Phone
) -> None:
    other = switchboard.bureau.signed_in()
    asked = switchboard.messages.asked

    def another_asks() -> None:
        seen = switchboard.seen
        sent = replace(seen.all[phone.id], label="Renamed")
        switchboard.store.write(rows.change(seen, seen.all[phone.id], sent))
        code = replace(sent, failed=("trial",))
        switchboard.store.write(rows.change(seen, sent, code))

    switchboard.bureau.client.next("transact_write_items", first(another_asks))
    switchboard.send(phone.id, token=other)
    assert switchboard.messages.asked == asked + 1
    switchboard.elevate(token=other)


def test_whoever_is_overtaken_every_time_sends_nothing_S46_S50(
    switchboard: Switchboard, phone: Phone
) -> None:
    asked, before = switchboard.messages.asked, switchboard.all
    switchboard.bureau.client.next("transact_write_items", *[contended] * 99)
    with pytest.raises(Busy):
        switchboard.send(phone.id)
    switchboard.bureau.client._faults.clear()
    unchanged(switchboard, asked, before)


# Trying a number


def test_a_number_is_tried_without_a_credential_and_told_no_code_B1(
    switchboard: Switchboard,
) -> None:
    sent = switchboard.codes.test(" +1 (202) 555-0123", TEXT, switchboard.by)
    assert (sent.shown, sent.until) == ("+1 … 23", None)
    assert sent.again_at == switchboard.clock() + MINUTE
    [(number, text)] = switchboard.messages.texts
    assert number == NUMBER
    assert not any(character.isdigit() for character in text)
    [entry] = entries(switchboard, "phone.tested")
    assert entry.facts == {"phone": "+1 … 23", "country": "US", "channel": "text"}


def test_a_number_is_tried_by_a_call_B1(switchboard: Switchboard) -> None:
    switchboard.codes.test(NUMBER, VOICE, switchboard.by)
    [(number, call)] = switchboard.messages.calls
    assert (number, call.voice) == (NUMBER, "JOANNA")


@pytest.mark.parametrize(
    ("typed", "refusal"),
    [
        ("+19005550123", PhoneNotAllowed),
        ("+881612345678", PhoneNotAllowed),
        ("+447400123456", PhoneNotAllowed),
        ("+18765550123", PhoneNotAllowed),
        ("2025550123", InvalidPhone),
        ("+1", InvalidPhone),
    ],
)
def test_premium_satellite_and_other_countries_numbers_get_nothing_S13(
    typed: str, refusal: type[Exception], switchboard: Switchboard
) -> None:
    with pytest.raises(refusal):
        switchboard.codes.test(typed, TEXT, switchboard.by)
    assert switchboard.messages.asked == 0
    assert not [
        one
        for one in map(LimitRow.from_raw_data, switchboard.bureau.database.scan(LimitRow))
        if one.pk.startswith("LIMIT#phone")
    ]


def test_trials_count_like_codes_do_S12(switchboard: Switchboard) -> None:
    for number in NUMBERS[:5]:
        switchboard.codes.test(number, TEXT, switchboard.by)
    with pytest.raises(TooManyTries):
        switchboard.codes.test(NUMBERS[5], TEXT, switchboard.by)
    assert switchboard.messages.asked == 5


def test_somebody_whose_account_is_gone_is_told_in_english_B1(switchboard: Switchboard) -> None:
    by = replace(switchboard.by, id=unique("acc_gone"))
    switchboard.codes.test(NUMBER, TEXT, by)
    assert "test" in switchboard.messages.texts[0][1].lower()
