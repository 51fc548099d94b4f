"""Notices by text: recipients and cost (A4, S12, S14)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from keyfob.domain.errors import TooManyTries
from keyfob.domain.messages.kinds import Kind
from keyfob.domain.phones.errors import PhoneUnavailable
from keyfob.domain.phones.notifications import texts
from keyfob.domain.phones.number import prices_of
from keyfob.domain.policy import Policy
from keyfob.storage.directory.store import Directory
from keyfob.storage.holds.store import HoldStore
from keyfob.storage.limits import Limits
from keyfob.storage.messages.store import Lease
from keyfob.usecases.phones.notices import PhoneNotices
from tests.support.fakes import FakePhoneMessages, fake_seal, fake_unseal
from tests.support.order_world import OrderWorld
from tests.support.phones import a_phone
from tests.support.runtime import SETTINGS

TEXT, OTHER, LANDLINE = "+12025550123", "+4915123456789", "+493012345678"
COST = 8


class Notices:
    """An account with a phone, and the sender of its notices."""

    def __init__(self, order_world: OrderWorld, *, language: str = "en", **policy: Any) -> None:
        self.orders, self.messages = order_world, FakePhoneMessages()
        self.account = order_world.person(language=language).id
        self.policy = Policy(**policy)

    def use(self, prices: str = '{"US": [8, 14], "DE": [90, 20]}') -> PhoneNotices:
        database = self.orders.database
        return PhoneNotices(
            directory=Directory(database),
            holds=HoldStore(database),
            limits=Limits(database),
            messages=self.messages,
            unseal=fake_unseal,
            prices=prices_of(prices),
            clock=self.orders.clock,
            policy=self.policy,
            portal=SETTINGS["PUBLIC_URL"],
            sender="Keyfob",
            support="help@keyfob.example",
        )

    def lease(self, number: str = TEXT, kind: Kind = Kind.PHONE_ADDED_TEXT) -> Lease:
        """The lease of a queued text to this number."""
        [message] = texts(
            kind,
            [a_phone(number=number)],
            fake_seal,
            recipient=self.account,
            version=3,
            correlation="req-1",
        )
        return Lease(id=message.id, message=message, attempt=1)


@pytest.fixture
def notices(order_world: OrderWorld) -> Notices:
    return Notices(order_world)


def test_a_phone_is_notified_by_text_with_the_support_contact_S14(notices: Notices) -> None:
    assert notices.use().tell(notices.lease()) is True
    [(number, said)] = notices.messages.texts
    assert number == TEXT
    assert "a phone was added" in said
    assert "help@keyfob.example" in said
    assert notices.messages.calls == []


def test_the_text_is_in_the_holders_language_S14(order_world: OrderWorld) -> None:
    notices = Notices(order_world, language="de")
    assert notices.use().tell(notices.lease(OTHER)) is True
    assert "ein Telefon" in notices.messages.texts[0][1]


def test_a_recovered_password_is_notified_to_phones_too_A4(notices: Notices) -> None:
    assert notices.use().tell(notices.lease(kind=Kind.PASSWORD_RECOVERED_TEXT)) is True
    assert "password was recovered" in notices.messages.texts[0][1]


@pytest.mark.parametrize(
    ("number", "prices"),
    [(TEXT, '{"DE": [90, 20]}'), (TEXT, "{}"), (LANDLINE, '{"DE": [90, 20]}')],
)
def test_a_number_that_takes_no_texts_or_is_no_longer_served_is_not_notified_S13(
    number: str, prices: str, notices: Notices
) -> None:
    assert notices.use(prices).tell(notices.lease(number)) is False
    assert notices.messages.asked == 0


def test_no_text_is_sent_without_an_account(notices: Notices) -> None:
    lease = notices.lease()
    gone = replace(lease.message, recipient="acc_gone")
    assert notices.use().tell(replace(lease, message=gone)) is False
    assert notices.messages.asked == 0


def test_no_text_is_sent_without_its_number(notices: Notices) -> None:
    lease = notices.lease()
    bare = replace(lease.message, sealed=None)
    assert notices.use().tell(replace(lease, message=bare)) is False


def test_the_cost_of_a_notice_counts_and_past_the_limit_it_waits_S12(
    order_world: OrderWorld,
) -> None:
    notices = Notices(order_world, phone_spend_an_hour=2 * COST)
    use, lease = notices.use(), notices.lease()
    assert [use.tell(lease) for _ in range(2)] == [True, True]
    with pytest.raises(TooManyTries):
        use.tell(lease)
    assert len(notices.messages.texts) == 2
    order_world.clock.advance(hours=1)
    assert use.tell(lease) is True


def test_a_day_has_its_limit_too_S12(order_world: OrderWorld) -> None:
    notices = Notices(order_world, phone_spend_a_day=2 * COST)
    for _ in range(2):
        notices.use().tell(notices.lease())
        order_world.clock.advance(hours=2)
    with pytest.raises(TooManyTries):
        notices.use().tell(notices.lease())


def test_a_provider_that_is_out_has_the_message_tried_again_S50(notices: Notices) -> None:
    notices.messages.failing = True
    with pytest.raises(PhoneUnavailable):
        notices.use().tell(notices.lease())


def test_a_number_that_refuses_our_messages_is_left_alone_S50(notices: Notices) -> None:
    notices.messages.rejecting = True
    assert notices.use().tell(notices.lease()) is False
