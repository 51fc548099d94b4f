"""People with a credential and a token in their hands, on the local stack; everything is real."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from local.client import Person, mails, on_payment_page
from local.device import Device, key_file
from local.key_files import drop
from local.stack import Stack
from tests.support.builders import REASON
from tests.support.running.clock import at_last
from tests.support.running.people import PERMANENT, new_address, person

_LICENSE_KEY = re.compile(r"license key (\d+) of .*?((?:[0-9A-Z]{5}-){3}[0-9A-Z]{5})", re.DOTALL)
_batches = itertools.count(1)


@dataclass
class Entitlement:
    """A license key that was bought, and the token that was shipped for it."""

    order: str
    license_key: str
    device: Device


@dataclass
class Holder:
    """A person whose credential is active and whose token is registered."""

    person: Person
    credential: str
    device: Device

    def another_session(self) -> Person:
        """The same person signed in once more, by password only, from another address."""
        headers = {"X-Forwarded-For": new_address()}
        again = Person(self.person.url, self.person.user_id, headers=headers)
        again.sign_in(PERMANENT)
        return again


class Supply:
    """Bought license keys with shipped tokens, made in one order and one batch.

    `shape` describes the tokens as `Device` does.
    """

    _product = "hardware-token"

    def __init__(self, stack: Stack, count: int, *, product: str = _product, **shape: Any) -> None:
        self.stack, self._product = stack, product
        batch = next(_batches)
        self.devices = [
            Device(f"HOLD-{batch:03d}-{number:04d}", stack.clock.now, **shape)
            for number in range(count)
        ]
        drop(stack, f"holders-{batch}.csv", key_file(*self.devices).encode())
        self.buyer = person(stack)
        self.order = self._bought(count)
        self._left = self._entitlements()

    def next(self) -> Entitlement:
        """An unused one."""
        return next(self._left)

    def holder(self, someone: Person | None = None) -> Holder:
        """A person with an active credential and a registered token, signed in by password.

        The codes spent are those of the two periods before the present one, so that the token's
        code of now is good.
        """
        who = someone or person(self.stack)
        entitlement = self.next()
        credential = who.redeem(entitlement.license_key)["id"]
        who.expect(200, "POST", f"/credentials/{credential}/activation")
        device = entitlement.device
        pair = device.pair() if device.period is None else self._past(device)
        answer = who.register(credential, device.serial, pair)
        assert answer.status_code == 201, answer.text
        return Holder(person=who, credential=credential, device=device)

    def _past(self, device: Device) -> dict[str, str]:
        """The pair before the present code, with time enough to be sent before the next one."""
        device.settle()
        return device.pair(ahead=-1)

    def _bought(self, count: int) -> str:
        order = self.buyer.order(items=[{"product": self._product, "quantity": count}])
        on_payment_page(order, "pay")
        number = str(order["number"])
        what = f"{number} is fulfilled"
        at_last(self.stack, lambda: self.buyer.show(number)["state"] == "fulfilled", what)
        return number

    def _entitlements(self) -> Iterator[Entitlement]:
        to, count = f"{self.buyer.user_id}@acme.example", len(self.devices)
        subject = f"Your license key for order {self.order}"

        def arrived() -> dict[int, str]:
            told = mails(self.stack.url, to=to, containing=subject)
            found = [_LICENSE_KEY.search(mail["text"]) for mail in told]
            keys = {int(match[1]): match[2] for match in found if match}
            return keys if len(keys) == count else {}

        keys = at_last(self.stack, arrived, f"{count} license keys")
        for position, device in enumerate(self.devices, start=1):
            self._ship(position, device)
            yield Entitlement(order=self.order, license_key=keys[position], device=device)

    def _ship(self, position: int, device: Device) -> None:
        event = {
            "operation": "mark_shipped",
            "order": self.order,
            "unit": position,
            "serial": device.serial,
            "tracking": "1Z 999",
            "reason": REASON,
        }
        answer = self.stack.invoke("OperationsFunction", event)
        assert "error" not in answer, answer
