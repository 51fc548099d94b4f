"""People with a subscription for phones, and their phones, on the local stack."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from keyfob.domain.limits import Limit, Quota
from local.client import Person, mails, on_payment_page, phone_code, phone_messages
from local.stack import Stack
from tests.support.running.clock import at_last
from tests.support.running.people import PERMANENT, new_address, person

_LICENSE_KEY = re.compile(r"(?:[0-9A-Z]{5}-){3}[0-9A-Z]{5}")
_LIMITS = (
    "phone-gap",
    "phone-sends",
    "phone-day",
    "phone-first",
    "phone-number",
    "phone-prefix",
    "phone-address",
)
# Numbers for fiction (555-0100 to 555-0199) in area codes of their own, so that no test uses up
# the limits of another's range of numbers.
_AREAS = (*range(212, 221), *range(312, 322), *range(712, 721), *range(912, 921))
_numbers = itertools.count()


def new_number() -> str:
    """A number in E.164 form that no other test uses."""
    line, area = divmod(next(_numbers), len(_AREAS))
    assert line < 100
    return f"+1{_AREAS[area]}55501{line:02}"


def tried(number: str) -> str:
    """The subject of limits for an unconfirmed number of an account; also for a range."""
    return f"unconfirmed {number}"


def pair(account: str, number: str) -> str:
    """The subject of limits for an account and a number."""
    return f"{account} {number}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Phone:
    """A phone of a credential."""

    id: str
    number: str


@dataclass
class Subscriber:
    """A person with an active credential for phones, signed in by password."""

    stack: Stack
    person: Person
    credential: str

    @property
    def account(self) -> str:
        """The account's id."""
        return self.person.token.partition(".")[0]

    def add(self, number: str, channel: str = "text") -> str:
        """Add a phone that isn't confirmed yet: its id."""
        return str(self.person.add_phone(self.credential, number, channel)["id"])

    def bind(self, number: str = "") -> Phone:
        """Add a phone and confirm it; its limits are reset."""
        number = number or new_number()
        phone = self.add(number)
        answer = self.person.confirm_phone(self.credential, phone, self.code(number))
        assert answer.status_code == 200, answer.text
        self.unlimited(number)
        return Phone(id=phone, number=number)

    def code(self, number: str) -> str:
        """The last code sent to this number."""
        return self.codes(number)[-1]

    def codes(self, number: str) -> list[str]:
        """All codes sent to this number, among its other messages."""
        told = phone_messages(self.stack.url, to=number)
        return [phone_code(message) for message in told if " code" in message["text"].lower()]

    def ask(self, phone: Phone, someone: Person | None = None, channel: str = "text") -> str:
        """Have a code sent to a phone, for the session of `someone`; returns the code."""
        self.unlimited(phone.number)
        answer = (someone or self.person).ask_for_code(phone.id, channel)
        assert answer.status_code == 201, answer.text
        return self.code(phone.number)

    def elevate(self, phone: Phone) -> None:
        """Raise the session by a code of this phone."""
        answer = self.person.elevate(self.ask(phone), method="phone")
        assert answer.status_code == 201, answer.text

    def another_session(self) -> Person:
        """The same person signed in once more, by password only, from another address."""
        headers = {"X-Forwarded-For": new_address()}
        again = Person(self.person.url, self.person.user_id, headers=headers)
        again.sign_in(PERMANENT)
        return again

    def unlimited(self, number: str) -> None:
        """Reset the limits of a number and its holder: other tests need the clock."""
        subjects = (number, number[:-4], pair(self.account, number))
        unlimited(self.stack, *subjects, *map(tried, subjects), self.account)


class Subscriptions:
    """Bought license keys for phones, of one order."""

    def __init__(self, stack: Stack, count: int) -> None:
        self.stack = stack
        self.buyer = person(stack)
        self._left = self._bought(count)

    def next(self) -> str:
        """An unused license key."""
        return next(self._left)

    def subscriber(self, someone: Person | None = None, **changes: Any) -> Subscriber:
        """A person with an active credential and no phone yet."""
        who = someone or person(self.stack, **changes)
        credential = str(who.redeem(self.next())["id"])
        who.expect(200, "POST", f"/credentials/{credential}/activation")
        return Subscriber(self.stack, who, credential)

    def _bought(self, count: int) -> Iterator[str]:
        order = self.buyer.order(items=[{"product": "phone", "quantity": count}])
        on_payment_page(order, "pay")
        to = f"{self.buyer.user_id}@acme.example"
        subject = f"Your license key for order {order['number']}"

        def arrived() -> list[str]:
            told = mails(self.stack.url, to=to, containing=subject)
            keys = [_LICENSE_KEY.search(mail["text"]) for mail in told]
            found = sorted({key[0] for key in keys if key})
            return found if len(found) == count else []

        return iter(at_last(self.stack, arrived, f"{count} license keys"))


def unlimited(stack: Stack, *subjects: str) -> None:
    """Reset the limits of these numbers, ranges, addresses and accounts."""
    table = stack.outputs["SessionsTable"]
    for name in _LIMITS:
        for subject in subjects:
            limit = Limit(name=name, tries=1, period=timedelta(0))
            key = {"pk": {"S": Quota(limit=limit, subject=subject).key}, "sk": {"S": "-"}}
            stack.client("dynamodb").delete_item(TableName=table, Key=key)
