"""Holders' requests in the races, and the answers."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import requests

from local.client import Person, idempotency_key
from local.stack import Stack
from tests.support.effort import effort
from tests.support.running.people import new_address
from tests.support.running.stack_holders import Entitlement, Holder, Supply

DONE = ""
_CHUNK = effort(8, 25)


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """An answer: its status, the code of its refusal (or `DONE`), its session token."""

    status: int
    code: str
    token: str = ""


class Stock:
    """Endless holders and entitlements. An order has as many as one chunk of license keys."""

    def __init__(self, stack: Stack) -> None:
        self._stack = stack
        self._supply: Supply | None = None
        self._left = 0

    def next(self) -> Entitlement:
        """An unused license key and token."""
        return self._supplied().next()

    def holder(self, someone: Person | None = None) -> Holder:
        """A holder with a registered token, signed in by password; a new person by default."""
        return self._supplied().holder(someone)

    def _supplied(self) -> Supply:
        if self._supply is None or not self._left:
            self._supply, self._left = Supply(self._stack, _CHUNK), _CHUNK
        self._left -= 1
        return self._supply


def account_of(someone: Person) -> str:
    """The account's id."""
    return someone.token.partition(".")[0]


def five_sessions(holder: Holder) -> list[str]:
    """The session tokens of as many sessions as allowed."""
    return [holder.person.token, *(holder.another_session().token for _ in range(4))]


def ask(
    someone: Person,
    method: str,
    path: str,
    body: Mapping[str, Any] | None = None,
    *,
    token: str = "",
    key: str | None = None,
) -> Told:
    """One request, from a network address of its own; with another session token, if given."""
    asking = Person(
        someone.url,
        someone.user_id,
        token=token or someone.token,
        headers={"X-Forwarded-For": new_address()},
    )
    headers = idempotency_key(key)
    while True:
        answer = asking.call(method, path, body, headers=headers)
        if not _is_turned_away(answer):
            return told(answer)
        time.sleep(0.1)


def _is_turned_away(answer: requests.Response) -> bool:
    """Whether the emulator had too many workers, so that no function saw this request."""
    return answer.status_code == 429 and "code" not in answer.json()


def try_code(holder: Holder, code: str, *, token: str = "") -> Told:
    """Sign in with a code."""
    body = {"method": "token", "code": code}
    return ask(holder.person, "POST", "/session/elevation", body, token=token)


def resynchronize(holder: Holder, pair: Mapping[str, str], *, token: str = "") -> Told:
    """Resynchronize the token by two codes."""
    path = f"/credentials/{holder.credential}/resynchronization"
    return ask(holder.person, "POST", path, pair, token=token)


def manage(holder: Holder, what: str, *, method: str = "POST", token: str = "") -> Told:
    """Suspend, re-enable, or revoke (confirmed) the credential."""
    path = f"/credentials/{holder.credential}/{what}"
    body = {"confirm": True} if what == "revocation" else None
    return ask(holder.person, method, path, body, token=token)


def redeem(someone: Person, license_key: str, *, key: str | None = None) -> Told:
    """Redeem a license key."""
    body = {"license_key": license_key, "legal_name": "Ada Byron", "country": "US"}
    return ask(someone, "POST", "/license-redemptions", body, key=key)


def register(
    someone: Person,
    credential: str,
    serial: str,
    pair: Mapping[str, str],
    *,
    key: str | None = None,
) -> Told:
    """Register a token."""
    path = f"/credentials/{credential}/token"
    return ask(someone, "POST", path, {"serial": serial, **pair}, key=key)


def told(answer: requests.Response) -> Told:
    """The parts of an answer."""
    body = answer.json() if answer.content else {}
    # The gateway's answer for a dead function is not the service's.
    refusal = DONE if answer.ok else f"http {answer.status_code}"
    token = body["token"] if body.get("status") == "signed_in" else ""
    return Told(status=answer.status_code, code=body.get("code", refusal), token=token)


def codes(answers: Iterable[Told]) -> Counter[str]:
    """The number of each refusal; `DONE` for successes."""
    return Counter(one.code for one in answers)
