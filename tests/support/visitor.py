"""A person who uses the API through its sample events."""

from __future__ import annotations

import itertools
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.support.deployment import Deployment, sample
from tests.support.fakes import unique
from tests.support.gateway import FUNCTION_OF, event_of

TEMPORARY, PERMANENT = "temporary-password", "correct horse battery staple"
_numbers = itertools.count(1)


@dataclass(frozen=True, kw_only=True)
class Answer:
    """A handler's answer as a client sees it."""

    status: int
    body: Any
    headers: Mapping[str, str]
    cookies: tuple[str, ...] = ()

    @property
    def code(self) -> str:
        """The stable code of a refusal."""
        return str(self.body["code"])


@dataclass(kw_only=True)
class Visitor:
    """A person with a network address, and a session after signing in."""

    deployment: Deployment
    user_id: str = ""
    token: str = ""
    address: str = field(default_factory=lambda: f"198.19.1.{next(_numbers) % 250}")

    def call(self, name: str, body: Any = None, **changes: Any) -> Answer:
        """Send the sample event of this name, with our session token and these changes."""
        event = sample(f"api/{name}")
        headers = dict(event["headers"])
        if "Authorization" in headers:
            headers["Authorization"] = f"Bearer {self.token}"
        headers |= changes.pop("headers", {})
        if body is not None:
            event["body"] = body if isinstance(body, str) else json.dumps(body)
        parameters = changes.pop("parameters", None)
        if parameters:
            event["pathParameters"] = parameters
            event["path"] = event["resource"].format(**parameters)
        event["requestContext"]["identity"]["sourceIp"] = self.address
        event |= {"headers": headers, **changes}
        event["multiValueHeaders"] = {one: [value] for one, value in headers.items()}
        return self.send(event)

    def request(self, method: str, target: str, body: Any = None, **headers: str | None) -> Answer:
        """Send any request, by default as JSON and with our session token.

        Underscores in a header's name stand for hyphens; a header that is None is left out.
        """
        changed = {name.replace("_", "-"): value for name, value in headers.items()}
        shown = {
            "Authorization": f"Bearer {self.token}" if self.token else None,
            "Content-Type": "application/json",
            "Idempotency-Key": unique("idempotency-"),
            **changed,
        }
        sent = {name: value for name, value in shown.items() if value is not None}
        event = event_of(method, target, _content(body), headers=sent, address=self.address)
        return self.send(event)

    def send(self, event: Mapping[str, Any]) -> Answer:
        """Let the function that serves this event's route answer."""
        function = FUNCTION_OF[event["httpMethod"], event["resource"]]
        answer = self.deployment.invoke(function, event)
        shown = {one: value[0] for one, value in answer.get("multiValueHeaders", {}).items()}
        text = answer.get("body")
        return Answer(
            status=answer["statusCode"],
            body=text if text and text.startswith("<") else json.loads(text) if text else None,
            headers={**shown, **answer.get("headers", {})},
            cookies=tuple(answer.get("multiValueHeaders", {}).get("Set-Cookie", ())),
        )

    def sign_in(self, password: str) -> Answer:
        """Sign in and keep the session token."""
        answer = self.call("sign_in", {"user_id": self.user_id, "password": password})
        if answer.status == 201:
            self.token = answer.body["token"]
        return answer

    def stay(self) -> None:
        """Sign in once more if the session has ended meanwhile."""
        if self.call("show_session").status == 401:
            assert self.sign_in(PERMANENT).status == 201

    def order(self, *, key: str = "", **changes: Any) -> Answer:
        """Place the sample order under a key of its own."""
        body = json.loads(sample("api/place_order")["body"]) | changes
        headers = {"Idempotency-Key": key or unique("idempotency-")}
        return self.call("place_order", body, headers=headers)


def _content(body: Any) -> bytes:
    if body is None or isinstance(body, bytes):
        return body or b""
    return (body if isinstance(body, str) else json.dumps(body)).encode()


def newcomer(deployment: Deployment, **changes: Any) -> Visitor:
    """A new account that has never signed in."""
    seed = sample("operations/seed")
    [account] = seed["accounts"]
    user_id = unique("visitor")
    account |= {"user_id": user_id, "email": f"{user_id}@acme.example"}
    account |= {"temporary_password": TEMPORARY, **changes}
    deployment.invoke("operations", seed | {"accounts": [account]})
    return Visitor(deployment=deployment, user_id=user_id)


def visitor(deployment: Deployment, **changes: Any) -> Visitor:
    """A new account, signed in with its permanent password."""
    made = newcomer(deployment, **changes)
    made.sign_in(TEMPORARY)
    made.token = made.call("set_password", {"password": PERMANENT}).body["token"]
    return made
