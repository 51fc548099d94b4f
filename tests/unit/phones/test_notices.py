"""Texts that nobody asked for: who gets them, and what they cost (A4, S12, S14)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from keyfob.credentials import store as credential_rows
from keyfob.credentials.credential import Credential
from keyfob.credentials.store import CredentialStore
from keyfob.directory.account import Account
from keyfob.directory.store import Directory
from keyfob.errors import PhoneUnavailable, TooManyTries
from keyfob.messages.outbox import Kind, Message
from keyfob.phones import store as rows
from keyfob.phones.notices import PhoneNotices
from keyfob.phones.number import prices_of
from keyfob.phones.phone import Phone
from keyfob.phones.promises import texts
from keyfob.phones.store import PhoneStore
from keyfob.policy import Policy
from keyfob.rows import Put
from keyfob.sessions.limits import Limits
from tests.support.fakes import START, FakePhoneMessages
from tests.support.otp import a_credential
from tests.support.shop import Shop

TEXT, OTHER, LANDLINE = "+12025550123", "+4915123456789", "+493012345678"
COST = 8


class Notices:
    """Ada, her credential with phones, and who tells them."""

    def __init__(self, shop: Shop, **policy: Any) -> None:
        self.shop, self.messages = shop, FakePhoneMessages()
        self.ada: Account = shop.person()
        self.policy = Policy(**policy)

    def use(self, prices: str = '{"US": [8, 14], "DE": [90, 20]}') -> PhoneNotices:
        database = self.shop.database
        return PhoneNotices(
            credentials=CredentialStore(database),
            store=PhoneStore(database),
            directory=Directory(database),
            limits=Limits(database),
            messages=self.messages,
            prices=prices_of(prices),
            clock=self.shop.clock,
            policy=self.policy,
            sender="Keyfob",
            support="help@keyfob.example",
        )

    def promised(self, *numbers: str, kind: Kind = Kind.PHONE_ADDED_TEXT) -> list[Message]:
        """Give her a credential with these phones; what they are to be told."""
        ids = {f"phone{place}": number for place, number in enumerate(numbers)}
        credential = a_credential(account=self.ada.id, phones=dict.fromkeys(ids, 0))
        self._written(credential)
        for phone_id, number in ids.items():
            phone = Phone(
                id=phone_id,
                number=number,
                shown="+1 … 23",
                label="Mine",
                added_at=START,
                confirmed_at=START,
            )
            seen = PhoneStore(self.shop.database).of(credential)
            self.shop.database.write(rows.add(seen, phone, without=[]))
        return texts(kind, credential, self.ada.id, 3, "req-1")

    def _written(self, credential: Credential) -> None:
        row = credential_rows.put(credential, credential.expires_at).row
        values = row.attribute_values | {"version": 1, "head": "f" * 64}
        self.shop.database.write(Put(row=type(row)(**values)))


@pytest.fixture
def notices(shop: Shop) -> Notices:
    return Notices(shop)


def test_a_phone_is_told_by_text_and_whom_to_ask_S14(notices: Notices) -> None:
    [message] = notices.promised(TEXT)
    assert notices.use().tell(message) is True
    [(number, said)] = notices.messages.texts
    assert number == TEXT
    assert "a phone was added" in said
    assert "help@keyfob.example" in said
    assert notices.messages.calls == []


def test_the_text_is_in_the_holders_language_S14(shop: Shop) -> None:
    notices = Notices(shop)
    notices.ada = shop.person(language="de")
    [message] = notices.promised(OTHER)
    assert notices.use().tell(message) is True
    assert "ein Telefon" in notices.messages.texts[0][1]


def test_a_recovered_password_is_told_to_phones_too_A4(notices: Notices) -> None:
    [message] = notices.promised(TEXT, kind=Kind.PASSWORD_RECOVERED_TEXT)
    assert notices.use().tell(message) is True
    assert "password was recovered" in notices.messages.texts[0][1]


@pytest.mark.parametrize(
    ("number", "prices"),
    [(TEXT, '{"DE": [90, 20]}'), (TEXT, "{}"), (LANDLINE, '{"DE": [90, 20]}')],
)
def test_who_takes_no_texts_or_is_no_longer_served_is_not_told_S13(
    number: str, prices: str, notices: Notices
) -> None:
    [message] = notices.promised(number)
    assert notices.use(prices).tell(message) is False
    assert notices.messages.texts == []


def test_a_phone_that_was_removed_meanwhile_is_not_told_S14(notices: Notices) -> None:
    [message, _] = notices.promised(TEXT, OTHER)
    live = CredentialStore(notices.shop.database).live(notices.ada.id)
    assert live
    seen = PhoneStore(notices.shop.database).of(live)
    notices.shop.database.write(rows.remove(seen, seen.all["phone0"]))
    assert notices.use().tell(message) is False
    assert notices.messages.texts == []


def test_without_account_or_credential_nobody_is_told(notices: Notices) -> None:
    [message] = notices.promised(TEXT)
    assert notices.use().tell(replace(message, recipient="acc_gone")) is False
    gone = replace(message, facts={**message.facts, "holder": "acc_gone"})
    assert notices.use().tell(gone) is False
    assert notices.messages.texts == []


def test_what_it_costs_counts_and_past_the_limit_it_waits_S12(shop: Shop) -> None:
    notices = Notices(shop, phone_spend_an_hour=2 * COST)
    [message] = notices.promised(TEXT)
    use = notices.use()
    assert [use.tell(message) for _ in range(2)] == [True, True]
    with pytest.raises(TooManyTries):
        use.tell(message)
    assert len(notices.messages.texts) == 2
    shop.clock.advance(hours=1)
    assert use.tell(message) is True


def test_a_day_has_its_limit_too_S12(shop: Shop) -> None:
    notices = Notices(shop, phone_spend_a_day=2 * COST)
    [message] = notices.promised(TEXT)
    for _ in range(2):
        notices.use().tell(message)
        shop.clock.advance(hours=2)
    with pytest.raises(TooManyTries):
        notices.use().tell(message)


def test_a_provider_that_is_out_has_the_promise_tried_again_S50(notices: Notices) -> None:
    [message] = notices.promised(TEXT)
    notices.messages.failing = True
    with pytest.raises(PhoneUnavailable):
        notices.use().tell(message)


def test_a_number_that_refuses_our_messages_is_left_alone_S50(notices: Notices) -> None:
    [message] = notices.promised(TEXT)
    notices.messages.rejecting = True
    assert notices.use().tell(message) is False
