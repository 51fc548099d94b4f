"""Admission: size, form, client address, session (S49)."""

from __future__ import annotations

import base64
import json
from datetime import timedelta
from typing import Any

import pytest

from keyfob.domain.directory.role import Role
from keyfob.domain.errors import BodyTooLarge, FrontRequired, MalformedBody, UnsupportedMediaType
from keyfob.domain.policy import Policy
from keyfob.domain.sessions.errors import NotAuthenticated
from keyfob.domain.sessions.permission import ANYBODY, BY_CHALLENGE, OWN, Permission
from keyfob.domain.sessions.session import Session, Sessions
from keyfob.http.gate import (
    MAX_BODY,
    Caller,
    Gate,
    client_of,
    header,
    raw_body,
    require_json,
    shown_token,
)
from keyfob.storage.database import Database
from keyfob.storage.sessions import store as rows
from keyfob.storage.sessions.store import SessionStore
from tests.support.builders import CLIENT, a_session
from tests.support.fakes import START, FakeClock, Meddler

JSON = {"Content-Type": "application/json"}


def event(body: str | None = None, headers: Any = JSON, **changes: Any) -> dict[str, Any]:
    context = {"requestId": "req-1", "identity": {"sourceIp": "198.18.0.1"}}
    values = {"body": body, "headers": headers, "isBase64Encoded": False}
    return {**values, "requestContext": context, **changes}


def encoded(content: bytes, **changes: Any) -> dict[str, Any]:
    return event(base64.b64encode(content).decode(), isBase64Encoded=True, **changes)


def of_size(size: int) -> str:
    body = json.dumps({"x": ""})
    return body.replace('""', '"' + "x" * (size - len(body)) + '"')


def test_a_body_of_exactly_64_kib_passes_and_one_byte_more_does_not_S49() -> None:
    assert MAX_BODY == 65_536
    require_json(event(of_size(65_536)))
    require_json(encoded(of_size(65_536).encode()))
    for too_large in (event(of_size(65_537)), encoded(of_size(65_537).encode())):
        with pytest.raises(BodyTooLarge):
            require_json(too_large)


def test_bytes_are_counted_and_not_characters_S49() -> None:
    with pytest.raises(BodyTooLarge):
        raw_body(event("ä" * 32_769))
    assert raw_body(event("ä" * 32_768))


def test_a_base64_body_is_the_text_that_was_sent_S49() -> None:
    assert raw_body(encoded('{"name": "Zoë"}'.encode())) == '{"name": "Zoë"}'


@pytest.mark.parametrize(
    "bad",
    [
        encoded(b"\xff\xfe{}"),
        encoded(b'{"a": "\xc3"}'),
        event("A", isBase64Encoded=True),
        event('{"a": "\ud800"}'),
        event("{"),
        event("[]"),
        event('"text"'),
        event("1"),
        event("null"),
        event('{"a": ' + "[" * 20_000 + "]" * 20_000 + "}"),
        event('{"a":' * 10_000 + "1" + "}" * 10_000),
        event('{"n": ' + "9" * 5_000 + "}"),
    ],
)
def test_a_body_other_than_one_json_object_in_utf_8_is_malformed_S49(bad: dict[str, Any]) -> None:
    with pytest.raises(MalformedBody):
        require_json(bad)


@pytest.mark.parametrize("body", [None, ""])
def test_no_body_at_all_passes(body: str | None) -> None:
    require_json(event(body, headers=None))


@pytest.mark.parametrize(
    "kind", ["application/json", "APPLICATION/JSON", "application/json; charset=utf-8"]
)
def test_json_may_say_so_in_any_case_and_with_parameters(kind: str) -> None:
    require_json(event("{}", headers={"content-TYPE": kind}))


@pytest.mark.parametrize("kind", ["", "text/plain", "application/jsonp", "multipart/form-data"])
def test_a_body_that_does_not_claim_to_be_json_is_refused_S49(kind: str) -> None:
    with pytest.raises(UnsupportedMediaType):
        require_json(event("{}", headers={"Content-Type": kind}))


def test_headers_are_found_in_any_case_and_missing_ones_are_empty() -> None:
    assert header(event(headers={"X-Thing": "1"}), "x-thing") == "1"
    assert header(event(headers={"x-THING": "1"}), "x-thing") == "1"
    assert header(event(headers={}), "x-thing") == header(event(headers=None), "x-thing") == ""


SECRET = {"x-front-secret": "s3cret"}


def seen_by_the_front(viewer: str, **headers: str) -> dict[str, str]:
    return {"CloudFront-Viewer-Address": viewer, **SECRET, **headers}


@pytest.mark.parametrize(
    ("headers", "address"),
    [
        (seen_by_the_front("203.0.113.7:46532"), "203.0.113.7"),
        (seen_by_the_front("2001:db8::7:46532"), "2001:db8::7"),
        (seen_by_the_front("[2001:db8::7]:46532"), "2001:db8::7"),
        (SECRET, "198.18.0.1"),
        (seen_by_the_front("nonsense"), "198.18.0.1"),
        ({**SECRET, "X-Forwarded-For": "203.0.113.7"}, "198.18.0.1"),
    ],
)
@pytest.mark.parametrize("front", [["s3cret"], ["newer", "s3cret"], ["s3cret", "older"]])
def test_a_viewers_address_is_believed_with_a_secret_of_the_fronts_S63(
    headers: dict[str, str], address: str, front: list[str]
) -> None:
    client = client_of(event(headers=headers), front=front)
    assert (client.address, client.correlation) == (address, "req-1")


@pytest.mark.parametrize("secret", ["", "guessed", "s3cre", "s3cret ", "s3cr\u00e9t", "\ud800"])
def test_with_a_front_a_request_without_its_secret_is_refused_S63(secret: str) -> None:
    headers = seen_by_the_front("203.0.113.7:46532", **{"x-front-secret": secret})
    for shown in (headers, {"CloudFront-Viewer-Address": "203.0.113.7:46532"}, None):
        with pytest.raises(FrontRequired):
            client_of(event(headers=shown), front=["s3cret", "older"])


def test_without_a_front_nothing_is_believed_about_the_address_S63() -> None:
    for secret in ("s3cret", ""):
        headers = seen_by_the_front("203.0.113.7:46532", **{"x-front-secret": secret})
        assert client_of(event(headers=headers), front=()).address == "198.18.0.1"


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER"])
def test_the_session_token_is_the_bearers(scheme: str) -> None:
    token = shown_token(event(headers={"authorization": f"{scheme} a.b.c"})).token
    assert (token.account, token.session, token.secret) == ("a", "b", "c")


@pytest.mark.parametrize("value", ["", "a.b.c", "Basic a.b.c", "Bearer", "Bearer ", "Bearer a.b"])
def test_anything_else_is_no_session(value: str) -> None:
    with pytest.raises(NotAuthenticated):
        shown_token(event(headers={"Authorization": value}))


@pytest.fixture
def gate(database: Database, clock: FakeClock, policy: Policy) -> Gate:
    return Gate(SessionStore(database), clock, policy)


def signed_in(database: Database, session: Session, **changes: Any) -> dict[str, Any]:
    """A request with this session."""
    account = Sessions(
        account="acc_ada",
        organization="acme",
        roles=(Role.HOLDER, Role.AGENT),
        active=True,
        epoch=1,
    )
    database.write(rows.put(account))
    database.write(rows.add(account, session, without=[], limit=5))
    return event(headers={"Authorization": f"Bearer acc_ada.{session.id}.secret"})


def admit(gate: Gate, request: dict[str, Any], permission: Permission = OWN) -> Caller | None:
    return gate.admit(request, permission, CLIENT)


def test_a_session_lets_its_account_in_with_the_servers_roles_S20(
    gate: Gate, database: Database
) -> None:
    caller = admit(gate, signed_in(database, a_session(strength=1)))
    assert caller
    assert (caller.account, caller.organization) == ("acc_ada", "acme")
    assert caller.roles == (Role.HOLDER, Role.AGENT)
    assert (caller.actor.id, caller.actor.address) == ("acc_ada", "198.18.0.1")


def test_a_public_route_reads_no_session(gate: Gate, client: Meddler) -> None:
    request = event(headers={"Authorization": "Bearer a.b.c"})
    assert admit(gate, request, ANYBODY) is None
    assert client.calls == []


def test_a_challenge_opens_only_routes_for_challenges_A4(gate: Gate, database: Database) -> None:
    request = signed_in(database, a_session(strength=0))
    assert admit(gate, request, BY_CHALLENGE)
    with pytest.raises(NotAuthenticated):
        admit(gate, request)


def test_a_session_does_not_open_routes_for_challenges(gate: Gate, database: Database) -> None:
    request = signed_in(database, a_session(strength=1))
    with pytest.raises(NotAuthenticated):
        admit(gate, request, BY_CHALLENGE)


def test_an_unknown_account_is_not_authenticated(gate: Gate) -> None:
    with pytest.raises(NotAuthenticated):
        admit(gate, event(headers={"Authorization": "Bearer acc_x.y.z"}))


def test_use_keeps_a_session_alive_and_is_written_once_a_minute(
    gate: Gate, database: Database, clock: FakeClock, client: Meddler
) -> None:
    request = signed_in(database, a_session())
    client.calls.clear()
    for _ in range(3):
        admit(gate, request)
    assert client.requests("update_item") == []
    for _ in range(3):
        clock.advance(minutes=20)
        admit(gate, request)
    assert len(client.requests("update_item")) == 3
    clock.advance(minutes=30)
    with pytest.raises(NotAuthenticated):
        admit(gate, request)


def test_a_session_ended_during_admission_is_not_restored_S22(
    gate: Gate, database: Database, clock: FakeClock, client: Meddler
) -> None:
    session = a_session()
    request = signed_in(database, session)
    clock.advance(minutes=2)

    def signed_out(operation: Any, kwargs: Any) -> Any:
        database.write(rows.remove("acc_ada", session))
        return operation(**kwargs)

    client.next("update_item", signed_out)
    with pytest.raises(NotAuthenticated):
        admit(gate, request)
    seen = SessionStore(database).get("acc_ada")
    assert seen
    assert not seen.live
    assert timedelta(minutes=2) + START == clock.now
