"""A person with phones, who uses the API through its samples."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from tests.support.deployment import Deployment, later
from tests.support.phones import code_in, new_number
from tests.support.token_holder import TokenHolder, a_holder_with_a_shipped_token, idempotent
from tests.support.visitor import Answer


@dataclass(kw_only=True)
class PhoneHolder:
    """A holder, and the messages to the phones in their hands."""

    holder: TokenHolder
    deployment: Deployment

    def call(self, name: str, body: Any = None, *, phone: str = "", **changes: Any) -> Answer:
        """Send a sample event, with our credential and this phone where it names one."""
        if phone:
            parameters = {"credential": self.holder.credential, "phone": phone}
            changes = {"parameters": parameters, **changes}
        return self.holder.call(name, body, **changes)

    def told(self, number: str) -> str:
        """The last code sent to this phone."""
        return [code_in(text) for to, text in self.deployment.phones.texts if to == number][-1]

    def add(self, number: str, *, key: str = "", **changes: Any) -> Answer:
        """Add a phone."""
        body = {"number": number, "label": "Mine", "channel": "text", **changes}
        return self.call("add_phone", body, headers=idempotent(key))

    def bound(self, number: str = "") -> str:
        """The id of a confirmed phone; another code may be sent to it."""
        number = number or new_number()
        phone = str(self.add(number).body["id"])
        assert self.confirm(phone, self.told(number)).status == 200
        later(self.deployment, seconds=61)
        return phone

    def confirm(self, phone: str, code: str) -> Answer:
        """Type in the code that came."""
        return self.call("confirm_phone", {"code": code}, phone=phone)

    def send(self, phone: str, channel: str = "text") -> Answer:
        """Have a code sent."""
        return self.call("send_phone_code", {"phone": phone, "channel": channel})

    def elevate(self, code: str, **more: str) -> Answer:
        """Sign in with a phone's code, and keep the new session."""
        answer = self.call("elevate_session_by_phone", {"method": "phone", "code": code, **more})
        if answer.status == 201:
            self.holder.visitor.token = answer.body["token"]
        return answer

    def listed(self) -> Any:
        """Her phones as the API shows them."""
        return self.call("show_phones").body["phones"]


def subscriber(deployment: Deployment, **changes: Any) -> PhoneHolder:
    """A person with a fresh credential for phones."""
    who = a_holder_with_a_shipped_token(deployment, **{"kind": "phone", **changes})
    return PhoneHolder(holder=who, deployment=deployment)
