"""A person at the API of the local stack: used by the demo and the tests."""

from __future__ import annotations

import json
import re
import time
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import requests

T = TypeVar("T")
_TIMEOUT = 120
# Seconds; a success ends the wait at once, and a busy machine needs this much.
_PATIENCE = 60.0

# `make up` also suggests to send this with curl.
ORDER = Path(__file__).parent / "order.json"


class Unexpected(Exception):
    """A step's answer differs from the expected one."""


@dataclass
class Person:
    """Someone with a user id, at the address of the front (or of the API itself)."""

    url: str
    user_id: str
    token: str = ""
    headers: dict[str, str] = field(default_factory=dict)

    def call(
        self,
        method: str,
        path: str,
        body: Mapping[str, Any] | None = None,
        *,
        headers: Mapping[str, str] | None = None,
    ) -> requests.Response:
        """One request to `/v1<path>` with this person's session."""
        sent = {**self.headers, **(headers or {})}
        if self.token:
            sent.setdefault("Authorization", f"Bearer {self.token}")
        return requests.request(
            method, f"{self.url}/v1{path}", json=body, headers=sent, timeout=_TIMEOUT
        )

    def expect(
        self,
        status: int,
        method: str,
        path: str,
        body: Mapping[str, Any] | None = None,
        *,
        headers: Mapping[str, str] | None = None,
    ) -> Any:
        """The answer's JSON, if its status is the expected one.

        Raises:
            Unexpected: it has another status.
        """
        answer = self.call(method, path, body, headers=headers)
        if answer.status_code != status:
            raise Unexpected(
                f"{method} {path} answered {answer.status_code} instead of {status}: {answer.text}"
            )
        return answer.json() if answer.content else None

    def sign_in(self, password: str) -> dict[str, Any]:
        """Sign in; keeps the session token (or the challenge's)."""
        credentials = {"user_id": self.user_id, "password": password}
        # A sign-in sends no session.
        answer: dict[str, Any] = Person(self.url, self.user_id, headers=self.headers).expect(
            201, "POST", "/session", credentials
        )
        self.token = answer["token"]
        return answer

    def first_sign_in(self, temporary: str, permanent: str) -> dict[str, Any]:
        """Sign in with the temporary password and set the permanent one."""
        challenge = self.sign_in(temporary)
        if challenge["status"] != "new_password_required":
            raise Unexpected(f"the temporary password of {self.user_id} was changed before")
        answer: dict[str, Any] = self.expect(
            201, "POST", "/session/new-password", {"password": permanent}
        )
        self.token = answer["token"]
        return answer

    def order(self, *, quantity: int = 1, key: str | None = None, **changes: Any) -> dict[str, Any]:
        """Order hardware tokens without proofing."""
        body = new_order(quantity=quantity, **changes)
        answer: dict[str, Any] = self.expect(
            201, "POST", "/orders", body, headers=idempotency_key(key)
        )
        return answer

    def redeem(
        self, license_key: str, *, name: str = "Ada Byron", country: str = "US"
    ) -> dict[str, Any]:
        """Redeem a license key; returns the new credential."""
        body = {"license_key": license_key, "legal_name": name, "country": country}
        answer: dict[str, Any] = self.expect(
            201, "POST", "/license-redemptions", body, headers=idempotency_key()
        )
        return answer

    def register(self, credential: str, serial: str, pair: Mapping[str, str]) -> requests.Response:
        """Try to register a token with two codes."""
        return self.call(
            "POST",
            f"/credentials/{credential}/token",
            {"serial": serial, **pair},
            headers=idempotency_key(),
        )

    def elevate(self, code: str, *, method: str = "token") -> requests.Response:
        """Try to elevate the session with a code; keeps the new session token."""
        answer = self.call("POST", "/session/elevation", {"method": method, "code": code})
        if answer.status_code == 201:
            self.token = answer.json()["token"]
        return answer

    def add_phone(self, credential: str, number: str, channel: str = "text") -> dict[str, Any]:
        """Add a phone; the service sends it a code."""
        body = {"number": number, "label": "My phone", "channel": channel}
        path = f"/credentials/{credential}/phones"
        answer: dict[str, Any] = self.expect(201, "POST", path, body, headers=idempotency_key())
        return answer

    def confirm_phone(self, credential: str, phone: str, code: str) -> requests.Response:
        """Try to confirm a phone with a code."""
        path = f"/credentials/{credential}/phones/{phone}/confirmation"
        return self.call("POST", path, {"code": code})

    def ask_for_code(self, phone: str, channel: str = "text") -> requests.Response:
        """Have a code sent to a phone."""
        body = {"phone": phone, "channel": channel}
        return self.call("POST", "/session/phone-codes", body)

    def show(self, number: str) -> dict[str, Any]:
        """One of this person's orders."""
        answer: dict[str, Any] = self.expect(200, "GET", f"/orders/{number}")
        return answer


def idempotency_key(key: str | None = None) -> dict[str, str]:
    """The header of a request that creates something; a new key unless one is given."""
    return {"Idempotency-Key": key or str(uuid.uuid4())}


def control(url: str, part: str, settings: Mapping[str, Any]) -> None:
    """Make the doubles behind the front misbehave, or behave again."""
    requests.post(f"{url}/_control/{part}", json=settings, timeout=_TIMEOUT).raise_for_status()


def new_order(*, quantity: int = 1, **changes: Any) -> dict[str, Any]:
    """The body of an order for hardware tokens without proofing."""
    body: dict[str, Any] = json.loads(ORDER.read_text(encoding="utf-8"))
    body["items"][0]["quantity"] = quantity
    return body | changes


def on_payment_page(order: Mapping[str, Any], button: str) -> requests.Response:
    """Press `pay`, `decline` or `expire` on the order's payment page."""
    return requests.post(
        f"{order['checkout_url']}/{button}", allow_redirects=False, timeout=_TIMEOUT
    )


def mails(url: str, *, to: str, containing: str = "") -> list[dict[str, Any]]:
    """The captured mails to an address, oldest first, with `containing` in subject or text."""
    found = requests.get(f"{url}/messages.json", params={"to": to}, timeout=_TIMEOUT).json()
    return [mail for mail in found if containing in mail["subject"] + mail["text"]]


def phone_messages(url: str, *, to: str) -> list[dict[str, Any]]:
    """The captured texts and calls to a number in E.164 form, oldest first."""
    found = requests.get(f"{url}/messages.json", params={"to": to}, timeout=_TIMEOUT).json()
    return [message for message in found if message["kind"] in {"text", "call"}]


def phone_code(message: Mapping[str, Any]) -> str:
    """The code that a text shows or a call says, digit by digit."""
    found = re.search(r"\b\d(?: ?\d){5}\b", message["text"])
    if not found:
        raise Unexpected(f"there is no code in: {message['text']}")
    return found[0].replace(" ", "")


def phone_requests(url: str) -> dict[str, int]:
    """The number of texts and calls (and `all`) requested of the provider, accepted or not."""
    found: dict[str, int] = requests.get(f"{url}/_control/phone/requests", timeout=_TIMEOUT).json()
    return found


def eventually(ask: Callable[[], T], *, seconds: float = _PATIENCE, what: str) -> T:
    """The first true answer of `ask`, which is called repeatedly.

    Raises:
        Unexpected: there was none in time.
    """
    deadline = time.monotonic() + seconds
    while True:
        answer = ask()
        if answer:
            return answer
        if time.monotonic() > deadline:
            raise Unexpected(f"{what}: not within {seconds:g} s")
        time.sleep(0.1)
