"""Sign-ins, sign-outs and sign-outs everywhere, at once."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial

import requests

from keyfob.domain.ids import CROCKFORD
from local.client import Person, eventually
from local.stack import Stack
from tests.races.at_once import at_once
from tests.support.effort import effort
from tests.support.running.people import PERMANENT, new_address, person
from tests.support.running.rows import Rows

LIMIT = 5
_PATIENCE = 120


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedIn:
    """A session token, and when its sign-in was sent and answered."""

    token: str
    sent: float
    answered: float

    @property
    def session(self) -> str:
        """The session's id."""
        return self.token.split(".")[1]


class Newcomers:
    """Many parallel sign-ins to one account."""

    def __init__(self, someone: Person) -> None:
        self._someone = someone
        self.signed_in: list[SignedIn] = []
        # When the sign-out everywhere was sent and answered.
        self.ended = 0.0, 0.0

    def sign_in(self) -> None:
        """Sign in; again if the limit of tries or a sign-out everywhere prevented it."""
        eventually(self._signed_in, seconds=_PATIENCE, what="a sign-in")

    def end_all(self) -> None:
        """Sign out everywhere in the middle of it."""
        eventually(lambda: len(self.signed_in) >= 5, seconds=_PATIENCE, what="five sign-ins")
        eventually(self._ended, seconds=_PATIENCE, what="the sign-out everywhere")

    def opening(self) -> set[str]:
        """The ids of the sessions whose session tokens are still valid."""

        def is_open(one: SignedIn) -> bool:
            return self._with(one).call("GET", "/session").status_code == 200

        opened = at_once([partial(is_open, one) for one in self.signed_in])
        return {one.session for one, is_ in zip(self.signed_in, opened, strict=True) if is_}

    def _signed_in(self) -> bool:
        sent = time.monotonic()
        answer = _post_session(self._someone, PERMANENT, new_address())
        if answer.status_code != 201:
            assert answer.json()["code"] in {"too_many_tries", "not_authenticated", "busy"}
            return False
        token, answered = answer.json()["token"], time.monotonic()
        self.signed_in.append(SignedIn(token=token, sent=sent, answered=answered))
        return True

    def _ended(self) -> bool:
        # A session that newer ones have displaced can't end anything: use the newest.
        newest = self._with(max(self.signed_in, key=lambda one: one.session))
        sent = time.monotonic()
        status = newest.call("DELETE", "/sessions").status_code
        self.ended = sent, time.monotonic()
        return status == 204

    def _with(self, one: SignedIn) -> Person:
        return Person(self._someone.url, self._someone.user_id, token=one.token)


def test_no_sign_in_that_began_before_outlives_signing_out_everywhere(
    stack: Stack, rows: Rows
) -> None:
    """S22: parallel sign-ins with a sign-out everywhere in their middle."""
    someone = person(stack)
    account = someone.token.split(".")[0]
    for _ in range(effort(1, 20)):
        newcomers = Newcomers(someone)
        at_once([newcomers.end_all, *[newcomers.sign_in] * effort(9, 12)])
        sent, answered = newcomers.ended

        live = set(rows.sessions(account))
        committed_after = _last_ended(rows, account)
        for session in live:
            # Younger than the sign-out, so its password was checked after it, too.
            assert _begun(session) >= committed_after - timedelta(milliseconds=1)
        early = {one.session for one in newcomers.signed_in if one.answered < sent}
        late = {one.session for one in newcomers.signed_in if one.sent > answered}
        assert early
        assert not early & live
        assert late <= live or len(live) == LIMIT
        assert newcomers.opening() == live


def test_more_than_five_sessions_never_exist(stack: Stack, rows: Rows) -> None:
    """The row is read continuously during many sign-ins."""
    someone = person(stack)
    account = someone.token.split(".")[0]
    most, done = 0, threading.Event()

    def watch() -> None:
        nonlocal most
        while not done.is_set():
            most = max(most, len(rows.sessions(account)))

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        for _ in range(effort(1, 2)):
            at_once([Newcomers(someone).sign_in] * effort(9, 12))
    finally:
        done.set()
        watcher.join()
    assert most == LIMIT
    assert len(rows.sessions(account)) == LIMIT


def test_a_session_that_was_signed_out_is_not_brought_back_by_its_own_requests(
    stack: Stack, rows: Rows
) -> None:
    """S22: each of ten requests notes the session's use while it is being ended."""
    someone = person(stack)
    account, session, _ = someone.token.split(".")
    for _ in range(effort(2, 20)):
        # A minute later its next request writes to the session.
        stack.clock.move(timedelta(minutes=2))

        def end() -> int:
            return someone.call("DELETE", "/session").status_code

        def use() -> int:
            return someone.call("GET", "/session").status_code

        out, *used = at_once([end, *[use] * 10])
        assert out == 204
        assert set(used) <= {200, 401}
        assert session not in rows.sessions(account)
        assert use() == 401
        _, session, _ = someone.sign_in(PERMANENT)["token"].split(".")


def test_one_session_is_ended_once_however_often_it_is_signed_out(stack: Stack, rows: Rows) -> None:
    """S42: ten parallel sign-outs of one session leave one audit entry."""
    someone = person(stack)
    account = someone.token.split(".")[0]
    statuses = at_once([lambda: someone.call("DELETE", "/session").status_code] * 10)
    assert set(statuses) <= {204, 401}
    actions = [entry["action"] for entry in rows.entries(f"ACTOR#{account}")]
    assert actions.count("session.ended") == 1


def _post_session(someone: Person, password: str, address: str) -> requests.Response:
    return requests.post(
        f"{someone.url}/v1/session",
        json={"user_id": someone.user_id, "password": password},
        headers={"X-Forwarded-For": address},
        timeout=40,
    )


def _last_ended(rows: Rows, account: str) -> datetime:
    entries = rows.entries(f"ACTOR#{account}")
    return max(
        datetime.fromisoformat(entry["at"])
        for entry in entries
        if entry["action"] == "session.all_ended"
    )


def _begun(session: str) -> datetime:
    """The time of a session's ULID: right after its password was found right."""
    milliseconds = 0
    for digit in session[:10].upper():
        milliseconds = milliseconds * 32 + CROCKFORD.index(digit)
    return datetime.fromtimestamp(milliseconds / 1000, UTC)
