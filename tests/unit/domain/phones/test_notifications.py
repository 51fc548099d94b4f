"""Notifications to phones about changes made elsewhere (A4, S14)."""

from __future__ import annotations

from dataclasses import replace

from keyfob.domain.messages.declared import MessageChannel
from keyfob.domain.messages.kinds import Kind
from keyfob.domain.messages.outbox import Message
from keyfob.domain.phones.notifications import texts
from tests.support.fakes import fake_seal
from tests.support.phones import a_phone

PHONES = [a_phone(id="k3f9qa"), a_phone(id="7h2m4x", number="+4915123456789")]


def made(kind: Kind = Kind.PHONE_ADDED_TEXT, version: int = 7) -> list[Message]:
    return texts(kind, PHONES, fake_seal, recipient="acc_ada", version=version, correlation="req-1")


def test_each_phone_is_notified_once_S14() -> None:
    assert len({one.id for one in made()}) == 2
    for one in made():
        assert one.kind.declared.channel is MessageChannel.TEXT
        assert (one.recipient, one.version, one.correlation) == ("acc_ada", 7, "req-1")


def test_the_number_goes_along_sealed_for_its_row_alone_S14_S17() -> None:
    """A person who added a phone may remove the others before the text goes out."""
    for one, phone in zip(made(), PHONES, strict=True):
        assert one.sealed == fake_seal(one.id, phone.number)
        assert phone.number not in str(replace(one, sealed=None))


def test_the_same_event_is_notified_once_and_the_next_one_again_S42() -> None:
    def ids(version: int) -> list[str]:
        return [one.id for one in made(Kind.PASSWORD_RECOVERED_TEXT, version)]

    assert ids(7) == ids(7)
    assert not set(ids(7)) & set(ids(8))


def test_no_notification_is_sent_without_phones_S14() -> None:
    assert not texts(
        Kind.PHONE_ADDED_TEXT, [], fake_seal, recipient="acc_ada", version=1, correlation=""
    )
