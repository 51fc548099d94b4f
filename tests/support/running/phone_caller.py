"""A person with a phone who requests codes and signs in with them."""

from __future__ import annotations

from dataclasses import dataclass

from local.client import control, phone_requests
from local.stack import PHONE_PRICES, Stack
from tests.support.running.holder_attempts import DONE, Told, ask
from tests.support.running.rows import Rows
from tests.support.running.subscribers import Phone, Subscriber, pair

REFUSED = Told(status=503, code="phone_unavailable")
_TEXT = PHONE_PRICES["US"][0]
_SPEND = ("phone-spend-hour", "everybody")


@dataclass
class Caller:
    """A person with a phone, signed in by password, without any message so far."""

    owner: Subscriber
    phone: Phone

    def ask(self) -> Told:
        """Have a code sent."""
        body = {"phone": self.phone.id, "channel": "text"}
        return ask(self.owner.person, "POST", "/session/phone-codes", body)

    def elevate(self, code: str = "") -> Told:
        """Sign in with a code, by default with the last one."""
        body = {"method": "phone", "code": code or self.owner.code(self.phone.number)}
        answer = ask(self.owner.person, "POST", "/session/elevation", body)
        if answer.code == DONE:
            self.owner.person.token = answer.token
        return answer

    def strength(self) -> int:
        """The session's strength."""
        strength: int = self.owner.person.expect(200, "GET", "/session")["strength"]
        return strength


def asks_in_vain(stack: Stack, rows: Rows, caller: Caller, answer: Told) -> None:
    """The provider fails: the message is tried once, paid for, and elevates nothing (S12, S50)."""
    spent, asked = rows.tries(*_SPEND), phone_requests(stack.url)["text"]
    assert caller.ask() == answer
    assert phone_requests(stack.url)["text"] == asked + 1, "it is tried once"
    assert rows.tries(*_SPEND) == spent + _TEXT
    assert caller.strength() == 1


def asks_with_success(stack: Stack, caller: Caller) -> None:
    """The provider is back: a code can be requested at once, and elevates."""
    control(stack.url, "phone", {"answer": "normal"})
    assert caller.ask().code == DONE
    assert caller.elevate().code == DONE
    assert caller.strength() == 2


def counts_nothing(rows: Rows, caller: Caller, *, asked: int = 0) -> None:
    """Only the number of the account's requests is counted."""
    number, account = caller.phone.number, caller.owner.account
    assert rows.tries("phone-sends", account) == asked
    assert rows.tries("phone-gap", pair(account, number)) == rows.tries("phone-day", account) == 0
    assert rows.tries("phone-prefix", number[:-4]) == 0
