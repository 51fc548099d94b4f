"""The gate and browsers: cookie, CSRF token, and precedence of the bearer (S21, S49)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from keyfob.domain.policy import Policy
from keyfob.domain.sessions.errors import CsrfTokenWrong, NotAuthenticated
from keyfob.domain.sessions.permission import BY_CHALLENGE, OWN, Permission
from keyfob.domain.sessions.session import Session, Sessions, hashed
from keyfob.http.cookies import MAX_HEADER, csrf_token
from keyfob.http.gate import Caller, Gate, shown_device, shown_token
from keyfob.storage.database import Database
from keyfob.storage.sessions import store as rows
from keyfob.storage.sessions.store import SessionStore
from tests.support.builders import CLIENT, a_session
from tests.support.fakes import FakeClock, Meddler

CHANGING = ("POST", "PUT", "PATCH", "DELETE", "OPTIONS", "get")
MALFORMED = [
    "__Host-session",
    "__Host-session=",
    "__Host-session=a.b",
    "__Host-session=é.é.é",
    "__Host-session=\ud800.b.c",
    f"__Host-session={'a' * 300}.b.c",
    "__host-session=acc_ada.{id}.secret",
    '__Host-session="acc_ada.{id}.secret"',
    "__Host-session=acc_ada.{id}.secret; __Host-session=acc_ada.{id}.secret",
    "__Host-session=acc_ada.{id}.secret; __Host-session=",
    "__Host-session=acc_ada.{id}.secret; x=" + "x" * MAX_HEADER,
    ";" * MAX_HEADER,
]


@pytest.fixture
def gate(database: Database, clock: FakeClock, policy: Policy) -> Gate:
    return Gate(SessionStore(database), clock, policy)


@pytest.fixture
def session(database: Database) -> Session:
    """Ada's session, opened by `secret`."""
    begun = a_session()
    account = Sessions(account="acc_ada", organization="acme", roles=(), active=True, epoch=1)
    database.write(rows.put(account))
    database.write(rows.add(account, begun, without=[], limit=5))
    return begun


@pytest.fixture
def request_of(session: Session) -> Callable[..., dict[str, Any]]:
    """A request with the cookie of that session."""

    def sent(
        method: str = "GET", *, secret: str = "secret", cookie: str = "", **headers: str
    ) -> dict[str, Any]:
        value = cookie or "__Host-session=acc_ada.{id}." + secret
        named = {name.replace("_", "-"): one for name, one in headers.items()}
        return {
            "httpMethod": method,
            "headers": {"Cookie": value.replace("{id}", session.id), **named},
        }

    return sent


Request = Callable[..., dict[str, Any]]


def admit(gate: Gate, request: dict[str, Any], permission: Permission = OWN) -> Caller | None:
    return gate.admit(request, permission, CLIENT)


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_a_cookie_alone_may_look(method: str, gate: Gate, request_of: Request) -> None:
    caller = admit(gate, request_of(method))
    assert caller
    assert caller.account == "acc_ada"
    assert caller.by_cookie
    assert caller.csrf_token == csrf_token("secret")


@pytest.mark.parametrize("method", CHANGING)
def test_a_cookie_with_its_csrf_token_may_do_everything(
    method: str, gate: Gate, request_of: Request
) -> None:
    assert admit(gate, request_of(method, x_csrf_token=csrf_token("secret")))


def test_the_csrf_token_may_come_in_a_header_of_any_case(gate: Gate, request_of: Request) -> None:
    assert admit(gate, request_of("POST", X_CSRF_TOKEN=csrf_token("secret")))


WRONG = ["", "secret", csrf_token("another"), csrf_token("secret")[:-1], "é", "\ud800"]


@pytest.mark.parametrize("method", CHANGING)
@pytest.mark.parametrize("wrong", [*WRONG, None])
def test_without_its_csrf_token_a_cookie_changes_nothing_and_nothing_is_looked_up(
    method: str, wrong: str | None, gate: Gate, request_of: Request, client: Meddler
) -> None:
    headers = {} if wrong is None else {"x_csrf_token": wrong}
    client.calls.clear()
    with pytest.raises(CsrfTokenWrong):
        admit(gate, request_of(method, **headers))
    assert client.calls == []


def test_a_forged_request_is_answered_alike_whether_or_not_the_session_lives(
    gate: Gate, request_of: Request
) -> None:
    """It doesn't keep the session alive either: nothing is looked up, see above."""
    for secret in ("secret", "another"):
        with pytest.raises(CsrfTokenWrong):
            admit(gate, request_of("POST", secret=secret))


def test_another_sessions_csrf_token_is_wrong(gate: Gate, request_of: Request) -> None:
    with pytest.raises(CsrfTokenWrong):
        admit(gate, request_of("POST", x_csrf_token=csrf_token("another")))
    both = request_of("POST", secret="another", x_csrf_token=csrf_token("another"))
    with pytest.raises(NotAuthenticated):
        admit(gate, both)


def test_after_a_rotation_the_old_cookie_is_dead_and_the_old_csrf_token_wrong_S21(
    gate: Gate, request_of: Request, database: Database, session: Session
) -> None:
    seen = SessionStore(database).get("acc_ada")
    assert seen
    database.write(rows.elevate(seen, session, replace(session, secret_hash=hashed("new"))))
    for method in ("GET", "POST"):
        with pytest.raises(NotAuthenticated):
            admit(gate, request_of(method, x_csrf_token=csrf_token("secret")))
    with pytest.raises(CsrfTokenWrong):
        admit(gate, request_of("POST", secret="new", x_csrf_token=csrf_token("secret")))
    assert admit(gate, request_of("POST", secret="new", x_csrf_token=csrf_token("new")))


def test_a_bearer_needs_no_csrf_token(gate: Gate, session: Session) -> None:
    headers = {"Authorization": f"Bearer acc_ada.{session.id}.secret"}
    caller = admit(gate, {"httpMethod": "POST", "headers": headers})
    assert caller
    assert not caller.by_cookie


def test_the_bearer_alone_counts_beside_a_cookie(
    gate: Gate, request_of: Request, session: Session
) -> None:
    right, wrong = (f"Bearer acc_ada.{session.id}.{secret}" for secret in ("secret", "another"))
    caller = admit(gate, request_of("POST", secret="another", Authorization=right))
    assert caller
    assert not caller.by_cookie
    for refused in (wrong, "Bearer", "bearer nonsense"):
        with pytest.raises(NotAuthenticated):
            admit(gate, request_of("GET", Authorization=refused))


def test_another_scheme_leaves_the_cookie_and_its_requirements(
    gate: Gate, request_of: Request
) -> None:
    """A browser sends Basic by itself where a stage is behind a password."""
    assert admit(gate, request_of("GET", Authorization="Basic YTpi"))
    with pytest.raises(CsrfTokenWrong):
        admit(gate, request_of("POST", Authorization="Basic YTpi"))


@pytest.mark.parametrize("cookie", MALFORMED)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_malformed_cookie_is_no_session_S49(
    cookie: str, method: str, gate: Gate, request_of: Request
) -> None:
    quoted = csrf_token('secret"')
    for csrf in (csrf_token("secret"), quoted) if method == "POST" else ("",):
        with pytest.raises((NotAuthenticated, CsrfTokenWrong)):
            admit(gate, request_of(method, cookie=cookie, x_csrf_token=csrf))


@pytest.mark.parametrize("cookie", [one for one in MALFORMED if '"' not in one])
def test_a_foreign_cookie_is_not_authenticated_before_its_csrf_token_is_checked(
    cookie: str, gate: Gate, request_of: Request
) -> None:
    with pytest.raises(NotAuthenticated):
        admit(gate, request_of("POST", cookie=cookie))


def test_cookies_in_two_headers_are_read_as_one() -> None:
    """API Gateway keeps the last of them in `headers`, all in `multiValueHeaders`."""
    event = {
        "httpMethod": "GET",
        "headers": {"cookie": "x=1"},
        "multiValueHeaders": {"cookie": ["__Host-session=a.b.c", "x=1"]},
    }
    assert str(shown_token(event).token) == "a.b.c"
    twice = {"Cookie": ["__Host-session=a.b.c", "__Host-session=d.e.f"]}
    with pytest.raises(NotAuthenticated):
        shown_token({**event, "multiValueHeaders": twice})


def test_a_challenge_may_come_as_a_cookie_with_its_csrf_token_A4(
    gate: Gate, database: Database
) -> None:
    challenge = a_session(strength=0)
    account = Sessions(account="acc_bob", organization="acme", roles=(), active=True, epoch=1)
    database.write(rows.put(account))
    database.write(rows.add(account, challenge, without=[], limit=5))
    headers = {"Cookie": f"__Host-session=acc_bob.{challenge.id}.secret"}
    request = {"httpMethod": "POST", "headers": headers}
    with pytest.raises(CsrfTokenWrong):
        admit(gate, request, BY_CHALLENGE)
    request = {**request, "headers": {**headers, "X-CSRF-Token": csrf_token("secret")}}
    assert admit(gate, request, BY_CHALLENGE)
    with pytest.raises(NotAuthenticated):
        admit(gate, request)


@pytest.mark.parametrize(
    ("headers", "shown"),
    [
        ({}, ""),
        ({"x-DEVICE": "a.b"}, "a.b"),
        ({"Cookie": "x=y; __Host-device=c.d; z"}, "c.d"),
        ({"X-Device": "a.b", "Cookie": "__Host-device=c.d"}, "a.b"),
        ({"X-Device": "", "Cookie": "__Host-device=c.d"}, "c.d"),
        ({"Cookie": "__Host-device=c.d; __Host-device=e.f"}, ""),
        ({"Cookie": "__host-device=c.d"}, ""),
        ({"Cookie": "__Host-device=c.d; x=" + "x" * MAX_HEADER}, ""),
    ],
)
def test_a_device_value_is_shown_in_a_header_or_one_cookie_S56(
    headers: dict[str, str], shown: str
) -> None:
    assert shown_device({"headers": headers}) == shown
