"""Codes on their way to phones, and messages that try one (B1, E1, S10-S13, S17)."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from keyfob.domain.credentials.credential import State
from keyfob.domain.credentials.errors import (
    Expired,
    NotActivated,
    NotApproved,
    Suspended,
    WrongCode,
)
from keyfob.domain.credentials.suspension import Suspender
from keyfob.domain.errors import Busy, NotFound, TooManyTries
from keyfob.domain.phones.errors import (
    InvalidPhone,
    NoLiveCode,
    PhoneBlocked,
    PhoneLocked,
    PhoneMessagesPaused,
    PhoneNotAllowed,
    PhoneUnavailable,
)
from keyfob.domain.phones.phone import Phone
from keyfob.storage.audit.store import AuditRow
from keyfob.storage.limits import LimitRow
from keyfob.storage.phones import store as rows
from tests.support.fakes import START, unique
from tests.support.faults import contended, first
from tests.support.phone_world import TEXT, VOICE, PhoneWorld
from tests.support.phones import NUMBER, NUMBERS, code_in, code_spoken

MINUTE = timedelta(minutes=1)


@pytest.fixture
def phone(phone_world: PhoneWorld) -> Phone:
    """Ada's only phone, confirmed a while ago."""
    phone_world.subscriber()
    return phone_world.bound()


def entries(phone_world: PhoneWorld, action: str) -> list[AuditRow]:
    found = map(AuditRow.from_raw_data, phone_world.credential_world.database.scan(AuditRow))
    return [one for one in found if one.action == action]


def tick(phone_world: PhoneWorld) -> None:
    phone_world.clock.advance(seconds=4)


def unchanged(phone_world: PhoneWorld, asked: int, before: dict[str, Phone]) -> None:
    """The provider wasn't asked to send anything, and no code was made."""
    assert phone_world.messages.asked == asked
    assert phone_world.all == before


# Sending


def test_a_text_contains_the_right_code_E1(phone_world: PhoneWorld, phone: Phone) -> None:
    sent = phone_world.send(phone.id)
    now = phone_world.clock()
    assert (sent.shown, sent.until, sent.again_at) == (
        "+1 … 23",
        now + 5 * MINUTE,
        now + MINUTE,
    )
    number, text = phone_world.messages.texts[-1]
    assert number == NUMBER
    assert phone_world.elevate(code_in(text)).session.strength == 2


def test_a_call_contains_the_right_code_E1(phone_world: PhoneWorld, phone: Phone) -> None:
    phone_world.send(phone.id, VOICE)
    [(number, call)] = phone_world.messages.calls
    assert number == NUMBER
    assert phone_world.elevate(code_spoken(call.ssml)).session.strength == 2


def test_a_code_is_sent_in_the_language_of_its_holder_E1(phone_world: PhoneWorld) -> None:
    credential_world = phone_world.credential_world
    credential_world.ada = credential_world.orders.person(language="de")
    phone_world.token = credential_world.signed_in()
    phone_world.subscriber()
    phone = phone_world.bound()
    phone_world.send(phone.id)
    phone_world.clock.advance(minutes=1)
    phone_world.send(phone.id, VOICE)
    assert "ist Ihr Code" in phone_world.messages.texts[-1][1]
    assert phone_world.messages.calls[-1][1].voice == "VICKI"


def test_every_code_is_another_one_S10(
    phone_world: PhoneWorld, phone: Phone, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = iter(["000001", "000002"])
    monkeypatch.setattr("keyfob.domain.phones.phone.generate", lambda: next(made))
    told = []
    for _ in range(2):
        phone_world.send(phone.id)
        told.append(phone_world.last_code)
        phone_world.clock.advance(minutes=1)
    assert told == ["000001", "000002"]


def test_a_new_code_kills_the_one_before_S11(phone_world: PhoneWorld, phone: Phone) -> None:
    phone_world.send(phone.id)
    old = phone_world.last_code
    phone_world.clock.advance(minutes=1)
    phone_world.send(phone.id)
    with pytest.raises(WrongCode):
        phone_world.elevate(old)
    phone_world.elevate()


def test_a_new_code_brings_no_tries_back_S11(phone_world: PhoneWorld, phone: Phone) -> None:
    phone_world.send(phone.id)
    phone_world.fail(3)
    phone_world.clock.advance(minutes=1)
    phone_world.send(phone.id)
    assert len(phone_world.all[phone.id].codes[phone_world.token.session].tries) == 3
    assert phone_world.fail(2) == ["wrong_code", "phone_blocked"]


def test_a_code_ends_to_the_second_S10(phone_world: PhoneWorld, phone: Phone) -> None:
    sent = phone_world.send(phone.id)
    assert sent.until
    phone_world.clock.now = sent.until
    with pytest.raises(NoLiveCode):
        phone_world.elevate()
    phone_world.clock.now = sent.until - timedelta(seconds=1)
    phone_world.elevate()


def test_a_code_ends_at_its_stated_time_however_long_the_provider_took_S10(
    phone_world: PhoneWorld, phone: Phone
) -> None:
    begun = phone_world.clock()
    phone_world.messages.before_answer = lambda: tick(phone_world)
    sent = phone_world.send(phone.id)
    assert (sent.until, sent.again_at) == (begun + 5 * MINUTE, begun + MINUTE)
    assert phone_world.all[phone.id].codes[phone_world.token.session].until == sent.until


def test_the_trail_names_a_masked_number_and_no_code_S47(
    phone_world: PhoneWorld, phone: Phone
) -> None:
    before = len(entries(phone_world, "phone.code_sent"))
    phone_world.send(phone.id, VOICE)
    [entry] = entries(phone_world, "phone.code_sent")[before:]
    trail = str(list(phone_world.credential_world.database.scan(AuditRow)))
    assert entry.facts == {"phone": "+1 … 23", "country": "US", "channel": "voice"}
    code = code_spoken(phone_world.messages.calls[-1][1].ssml)
    assert NUMBER not in trail
    assert NUMBER[1:] not in trail
    assert f'"{code}"' not in trail


def test_the_tables_hold_no_code_S17(phone_world: PhoneWorld, phone: Phone) -> None:
    phone_world.send(phone.id)
    client, tables = (
        phone_world.credential_world.client,
        phone_world.credential_world.database._tables,
    )
    everything = str([client.scan(TableName=name)["Items"] for name in tables.values()])
    assert phone_world.last_code not in everything


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"state": State.PENDING_APPROVAL}, NotApproved),
        ({"state": State.PENDING_ACTIVATION}, NotActivated),
        (
            {
                "suspensions": {Suspender.HOLDER: START},
            },
            Suspended,
        ),
        ({"expires_at": START}, Expired),
    ],
)
def test_no_code_goes_to_a_phone_of_a_credential_that_cant_be_used_S8(
    changes: dict[str, object], refusal: type[Exception], phone_world: PhoneWorld, phone: Phone
) -> None:
    phone_world.credential_world.changed(**changes)
    asked, before = phone_world.messages.asked, phone_world.all
    with pytest.raises(refusal):
        phone_world.send(phone.id)
    unchanged(phone_world, asked, before)


def test_a_phone_unconfirmed_in_time_gets_no_more_codes_D3(
    phone_world: PhoneWorld,
) -> None:
    phone_world.subscriber()
    added = phone_world.add()
    phone_world.clock.advance(seconds=3_599)
    phone_world.send(added.id)
    asked, before = phone_world.messages.asked, phone_world.all
    phone_world.clock.advance(seconds=1)
    with pytest.raises(NotFound):
        phone_world.send(added.id)
    unchanged(phone_world, asked, dict(before))


def test_without_a_credential_there_is_no_phone_to_send_to_E3(phone_world: PhoneWorld) -> None:
    with pytest.raises(NotFound):
        phone_world.codes.send(None, "session", "phone1", TEXT, phone_world.by)
    assert phone_world.messages.asked == 0


@pytest.mark.parametrize("phone_id", ["unknown", "token", ""])
def test_an_unknown_phone_is_not_found_S23(
    phone_id: str, phone_world: PhoneWorld, phone: Phone
) -> None:
    asked, before = phone_world.messages.asked, phone_world.all
    with pytest.raises(NotFound):
        phone_world.send(phone_id)
    unchanged(phone_world, asked, before)


def test_nothing_is_sent_to_a_blocked_or_locked_phone_E3(
    phone_world: PhoneWorld, phone: Phone
) -> None:
    phone_world.send(phone.id)
    phone_world.fail(5)
    phone_world.clock.advance(minutes=1)
    asked, before = phone_world.messages.asked, phone_world.all
    with pytest.raises(PhoneBlocked):
        phone_world.send(phone.id)
    unchanged(phone_world, asked, before)
    phone_world.clock.advance(minutes=14)
    assert phone_world.fail_in_rounds(phone.id, 3)[-1] == "phone_locked"
    phone_world.clock.advance(days=2)
    asked, before = phone_world.messages.asked, phone_world.all
    with pytest.raises(PhoneLocked):
        phone_world.send(phone.id)
    unchanged(phone_world, asked, before)


def test_a_number_whose_country_lost_its_price_gets_nothing_S13(
    phone_world: PhoneWorld, phone: Phone
) -> None:
    for prices in ({}, {"DE": {TEXT: 90}}):
        phone_world.codes._prices = prices
        asked, before = phone_world.messages.asked, phone_world.all
        with pytest.raises(PhoneNotAllowed):
            phone_world.send(phone.id)
        unchanged(phone_world, asked, before)


def test_a_phone_that_takes_no_calls_gets_none_S13(phone_world: PhoneWorld) -> None:
    phone_world.subscriber()
    phone = phone_world.bound("+33612345678")
    asked, before = phone_world.messages.asked, phone_world.all
    with pytest.raises(PhoneNotAllowed):
        phone_world.send(phone.id, VOICE)
    unchanged(phone_world, asked, before)


def test_a_code_refused_by_a_limit_is_none_and_the_one_before_stays_right_S11_S12(
    phone_world: PhoneWorld, phone: Phone
) -> None:
    phone_world.send(phone.id)
    asked, before = phone_world.messages.asked, phone_world.all
    with pytest.raises(TooManyTries):
        phone_world.send(phone.id)
    phone_world.clock.advance(minutes=1)
    phone_world.sending._policy = replace(phone_world.policy, phone_spend_an_hour=1)
    with pytest.raises(PhoneMessagesPaused):
        phone_world.send(phone.id)
    unchanged(phone_world, asked, before)
    phone_world.elevate()


def test_a_failure_leaves_an_unknown_code_and_another_may_follow_at_once_S50(
    phone_world: PhoneWorld, phone: Phone
) -> None:
    phone_world.messages.silent = True
    for _ in range(4):
        with pytest.raises(PhoneUnavailable):
            phone_world.send(phone.id)
    phone_world.messages.silent = False
    phone_world.send(phone.id)
    phone_world.elevate()


def test_an_overtaken_sending_makes_another_code_and_sends_it_once_S46(
    phone_world: PhoneWorld, phone: Phone
) -> None:
    other = phone_world.credential_world.signed_in()
    asked = phone_world.messages.asked

    def another_asks() -> None:
        seen = phone_world.seen
        sent = replace(seen.all[phone.id], label="Renamed")
        phone_world.store.write(rows.change(seen, seen.all[phone.id], sent))
        code = replace(sent, failed=("trial",))
        phone_world.store.write(rows.change(seen, sent, code))

    phone_world.credential_world.client.next("transact_write_items", first(another_asks))
    phone_world.send(phone.id, token=other)
    assert phone_world.messages.asked == asked + 1
    phone_world.elevate(token=other)


def test_a_sending_overtaken_every_time_sends_nothing_S46_S50(
    phone_world: PhoneWorld, phone: Phone
) -> None:
    asked, before = phone_world.messages.asked, phone_world.all
    phone_world.credential_world.client.next("transact_write_items", *[contended] * 99)
    with pytest.raises(Busy):
        phone_world.send(phone.id)
    phone_world.credential_world.client._faults.clear()
    unchanged(phone_world, asked, before)


# Trying a number


def test_a_number_is_tried_without_a_credential_and_gets_no_code_B1(
    phone_world: PhoneWorld,
) -> None:
    sent = phone_world.codes.test(" +1 (202) 555-0123", TEXT, phone_world.by)
    assert (sent.shown, sent.until) == ("+1 … 23", None)
    assert sent.again_at == phone_world.clock() + MINUTE
    [(number, text)] = phone_world.messages.texts
    assert number == NUMBER
    assert not any(character.isdigit() for character in text)
    [entry] = entries(phone_world, "phone.tested")
    assert entry.facts == {"phone": "+1 … 23", "country": "US", "channel": "text"}


def test_a_number_is_tried_by_a_call_B1(phone_world: PhoneWorld) -> None:
    phone_world.codes.test(NUMBER, VOICE, phone_world.by)
    [(number, call)] = phone_world.messages.calls
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
    typed: str, refusal: type[Exception], phone_world: PhoneWorld
) -> None:
    with pytest.raises(refusal):
        phone_world.codes.test(typed, TEXT, phone_world.by)
    assert phone_world.messages.asked == 0
    assert not [
        one
        for one in map(LimitRow.from_raw_data, phone_world.credential_world.database.scan(LimitRow))
        if one.pk.startswith("LIMIT#phone")
    ]


def test_trials_count_like_codes_do_S12(phone_world: PhoneWorld) -> None:
    for number in NUMBERS[:5]:
        phone_world.codes.test(number, TEXT, phone_world.by)
    with pytest.raises(TooManyTries):
        phone_world.codes.test(NUMBERS[5], TEXT, phone_world.by)
    assert phone_world.messages.asked == 5


def test_a_person_without_account_gets_the_trial_in_english_B1(phone_world: PhoneWorld) -> None:
    by = replace(phone_world.by, id=unique("acc_gone"))
    phone_world.codes.test(NUMBER, TEXT, by)
    assert "test" in phone_world.messages.texts[0][1].lower()
