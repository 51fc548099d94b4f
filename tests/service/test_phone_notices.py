"""Unrequested texts that phones get as notifications (A4, S14)."""

from __future__ import annotations

import pytest

from local.client import mails, phone_messages
from local.stack import Stack
from tests.service.test_recovery import ask, mailed, recover
from tests.support.running.clock import at_last
from tests.support.running.subscribers import Subscriber, Subscriptions, new_number


@pytest.fixture(scope="module")
def subscriptions(stack: Stack) -> Subscriptions:
    return Subscriptions(stack, 3)


@pytest.fixture
def someone(subscriptions: Subscriptions) -> Subscriber:
    return subscriptions.subscriber()


def told(stack: Stack, number: str, words: str) -> list[str]:
    """The texts to this number with these words, once there is one."""

    def found() -> list[str]:
        return [one["text"] for one in phone_messages(stack.url, to=number) if words in one["text"]]

    return at_last(stack, found, f"a text that says: {words}")


def test_s14_the_phone_that_was_there_is_told_of_another_one(
    stack: Stack, someone: Subscriber
) -> None:
    first = someone.bind()
    someone.elevate(first)
    second = someone.bind(new_number())
    assert len(told(stack, first.number, "a phone was added")) == 1
    assert not [
        one for one in phone_messages(stack.url, to=second.number) if "was added" in one["text"]
    ], "it was there itself"
    to = f"{someone.person.user_id}@acme.example"
    assert at_last(stack, lambda: mails(stack.url, to=to, containing="A phone was added"), "a mail")


def test_a4_phones_are_told_of_a_password_that_was_recovered(
    stack: Stack, someone: Subscriber
) -> None:
    phone = someone.bind()
    assert ask(stack, someone.person.user_id).status_code == 202
    code = mailed(stack, someone.person.user_id)
    assert recover(stack, someone.person.user_id, code).status_code == 204
    assert len(told(stack, phone.number, "password was recovered")) == 1


def test_s14_a_phone_that_is_removed_at_once_is_told_all_the_same(
    stack: Stack, someone: Subscriber
) -> None:
    first = someone.bind()
    someone.elevate(first)
    someone.bind(new_number())
    gone = someone.person.call("DELETE", f"/credentials/{someone.credential}/phones/{first.id}")
    assert gone.status_code == 204
    assert len(told(stack, first.number, "a phone was added")) == 1
