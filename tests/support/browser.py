"""A person's browser: it keeps the cookies of answers, and its page sends the CSRF token."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from tests.support.deployment import Deployment, sample
from tests.support.token_holder import TokenHolder, a_holder_with_a_registered_token
from tests.support.visitor import PERMANENT, Answer, Visitor, visitor

SAFE = ("GET", "HEAD")
SESSION, REMEMBERED, DEVICE = "__Host-session", "__Host-remembered", "__Host-device"
FLAGS = {"Path=/", "Secure", "HttpOnly", "SameSite=Strict"}


@dataclass(kw_only=True)
class Browser(Visitor):
    """A visitor without a bearer token; `kept` are its cookies."""

    kept: dict[str, str] = field(default_factory=dict)
    csrf_token: str = ""

    def call(self, name: str, body: Any = None, **changes: Any) -> Answer:
        """Send the sample event with our cookies, and keep those of the answer."""
        headers = {"Authorization": ""}
        if self.kept:
            headers["Cookie"] = "; ".join(f"{one}={value}" for one, value in self.kept.items())
        if sample(f"api/{name}")["httpMethod"] not in SAFE and self.csrf_token:
            headers["X-CSRF-Token"] = self.csrf_token
        answer = super().call(name, body, headers=headers | changes.pop("headers", {}), **changes)
        self._keep(answer)
        return answer

    def sign_in(self, password: str) -> Answer:
        """Sign in; the session token is a cookie."""
        body = {"user_id": self.user_id, "password": password, "cookie": True}
        return self.call("sign_in", body)

    def _keep(self, answer: Answer) -> None:
        for cookie in answer.cookies:
            pair, *attributes = cookie.split("; ")
            name, _, value = pair.partition("=")
            self.kept[name] = value
            if "Max-Age=0" in attributes:
                del self.kept[name]
        shown = answer.body.get("csrf_token") if isinstance(answer.body, dict) else None
        self.csrf_token = shown or self.csrf_token


def browser_of(deployment: Deployment, user_id: str) -> Browser:
    """A browser that this person has never used."""
    return Browser(deployment=deployment, user_id=user_id)


def somebody(deployment: Deployment) -> Browser:
    """A person's browser, signed in by password, without a credential."""
    signed_in = browser_of(deployment, visitor(deployment).user_id)
    assert signed_in.sign_in(PERMANENT).status == 201
    return signed_in


def holder_at_browser(deployment: Deployment) -> TokenHolder:
    """A holder whose visitor is her browser, signed in by password."""
    who = a_holder_with_a_registered_token(deployment)
    who.visitor = browser_of(deployment, who.visitor.user_id)
    assert who.visitor.sign_in(PERMANENT).status == 201
    return who


def browser_at(who: TokenHolder) -> Browser:
    """The holder's browser."""
    assert isinstance(who.visitor, Browser)
    return who.visitor


def elevate(who: TokenHolder) -> Answer:
    """Sign in with the present code."""
    return who.call("elevate_session", {"method": "token", "code": who.device.code()})


def set_cookies(answer: Answer) -> dict[str, tuple[str, set[str]]]:
    """Name → value and attributes of the cookies that an answer sets."""
    found = {}
    for cookie in answer.cookies:
        pair, *attributes = cookie.split("; ")
        name, _, value = pair.partition("=")
        found[name] = (value, set(attributes))
    assert len(found) == len(answer.cookies), "each of them once"
    return found


def clears(answer: Answer, *names: str) -> bool:
    """Whether the answer takes exactly these away."""
    return set_cookies(answer) == {name: ("", FLAGS | {"Max-Age=0"}) for name in names}
