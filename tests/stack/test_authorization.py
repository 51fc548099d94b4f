"""Who may call what: every route of the API's document against every kind of caller (S23, S49)."""

from __future__ import annotations

import json
import secrets
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
import requests

from keyfob.orders.license_key import generate
from local.client import Person, idempotency_key, new_order
from local.stack import Stack
from tests.stack.observed import audited
from tests.support.holders import Holder, Supply
from tests.support.people import PERMANENT, api, new_address, person
from tests.support.subscribers import Subscriptions

DOCUMENT = json.loads((Path(__file__).parents[2] / "docs" / "openapi.json").read_text())
METHODS = ("get", "put", "post", "delete", "patch")
ROUTES = [
    f"{method.upper()} {path}"
    for path, operations in DOCUMENT["paths"].items()
    for method in METHODS
    if method in operations
]
CALLERS = (
    "nobody",
    "guest",
    "holder",
    "colleague",
    "other organization",
    "administrator",
    "agent",
    "operator",
)

Row = Mapping[str, int]


def everybody(status: int, **others: int) -> Row:
    """The same answer for all but some."""
    return dict.fromkeys(CALLERS, status) | {
        name.replace("_", " "): value for name, value in others.items()
    }


def signed_in(status: int, **others: int) -> Row:
    """An answer for whoever is signed in."""
    return everybody(status, nobody=401, guest=401, **others)


# The orders, credentials and sessions named in paths are the holder's.
EXPECTED: Mapping[str, Row] = {
    "GET /partners": everybody(200),
    "GET /partners/{partner}/products": everybody(200),
    "POST /session": everybody(201, nobody=401, guest=401),
    # A session is no challenge.
    "POST /session/new-password": everybody(401),
    # Of a code that is wrong: whoever calls has asked for one before, or nobody has.
    "POST /password-recovery": everybody(202),
    "POST /password-recovery/confirmation": everybody(403),
    "GET /session": signed_in(200),
    "DELETE /session": signed_in(204),
    "GET /sessions": signed_in(200),
    "DELETE /sessions": signed_in(204),
    "DELETE /sessions/{session}": signed_in(404, holder=204),
    # Nobody has a token there but the holder of a credential, whose code is wrong.
    "POST /session/elevation": signed_in(403),
    "POST /license-redemptions": signed_in(422),
    "GET /credentials": signed_in(200),
    "GET /credentials/{credential}": signed_in(404, holder=200),
    "GET /credentials/{credential}/history": signed_in(404, holder=200),
    "POST /credentials/{credential}/activation": signed_in(404, holder=200),
    "POST /credentials/{credential}/suspension": signed_in(404, holder=200),
    "DELETE /credentials/{credential}/suspension": signed_in(404, holder=200),
    # It has a token already; these are no codes of it.
    "POST /credentials/{credential}/token": signed_in(404, holder=409),
    "POST /credentials/{credential}/resynchronization": signed_in(404, holder=422),
    "POST /credentials/{credential}/token/revocation": signed_in(404, holder=200),
    "POST /credentials/{credential}/revocation": signed_in(404, holder=200),
    # For an unknown user id; the holder waits for the answer to another request.
    "POST /connections": signed_in(202, holder=409),
    "GET /connections": signed_in(200),
    # The connection is the holder's as a child: only the parent can confirm it.
    "POST /connections/{connection}/confirmation": signed_in(404),
    "DELETE /connections/{connection}": signed_in(404, holder=204),
    # Whoever asks, premium numbers get nothing.
    "POST /phone-tests": signed_in(422),
    "POST /session/phone-codes": signed_in(404),
    "GET /credentials/{credential}/phones": signed_in(404, holder=200),
    # It isn't fresh, and a password alone adds no phone (S14).
    "POST /credentials/{credential}/phones": signed_in(404, holder=403),
    # Confirmed before; the last one that the credential has.
    "POST /credentials/{credential}/phones/{phone}/confirmation": signed_in(404, holder=200),
    "PATCH /credentials/{credential}/phones/{phone}": signed_in(404, holder=200),
    "DELETE /credentials/{credential}/phones/{phone}": signed_in(404, holder=422),
    "GET /orders": signed_in(200),
    # Agent and operator have no application that a product would be for (B2).
    "POST /orders": signed_in(201, agent=422, operator=422),
    "GET /orders/{number}": signed_in(404, holder=200),
    "POST /orders/{number}/cancellation": signed_in(404, holder=200),
    # Stripe alone can sign.
    "POST /stripe/events": everybody(400),
}
FOREIGN = [route for route in ROUTES if "{number}" in route]
OF_CREDENTIALS = [route for route in ROUTES if "{credential}" in route]
OF_CONNECTIONS = [route for route in ROUTES if "{connection}" in route]
OF_PHONES = [route for route in ROUTES if "{phone}" in route]
NOBODYS = "crd_00000000000000000000"
TWO_CODES = {"first_code": "00000000", "second_code": "00000001"}

# For everybody alike: only who calls may make the difference.
BODIES: Mapping[str, Mapping[str, Any]] = {
    "POST /session/new-password": {"password": PERMANENT},
    "POST /password-recovery/confirmation": {
        "code": "0000-0000",
        "password": "a phrase that nobody knows",
    },
    "POST /orders": new_order(),
    "POST /stripe/events": {"id": "evt_1", "type": "x", "data": {"object": {"id": "cs_1"}}},
    "POST /session/elevation": {"method": "token", "code": "00000000"},
    "POST /license-redemptions": {
        "license_key": generate(),
        "legal_name": "Ada Byron",
        "country": "US",
    },
    "POST /connections": {"user_id": "nobody-at-all"},
    "POST /credentials/{credential}/token": {"serial": "NONE-0001", **TWO_CODES},
    "POST /credentials/{credential}/resynchronization": TWO_CODES,
    "POST /credentials/{credential}/revocation": {"confirm": True},
    "POST /phone-tests": {"number": "+1 900 555 0100", "channel": "text"},
    "POST /session/phone-codes": {"phone": "somebody's", "channel": "text"},
    "POST /credentials/{credential}/phones": {
        "number": "+1 202 555 0100",
        "label": "Mine",
        "channel": "text",
    },
    "POST /credentials/{credential}/phones/{phone}/confirmation": {"code": "000000"},
    "PATCH /credentials/{credential}/phones/{phone}": {"label": "Mine"},
}
PLACES = {"partner": "northwind"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Cast:
    """The people; an order, a connection and, if need be, credential and phone of the holder's."""

    people: Mapping[str, Person]
    order: str
    connection: str
    credential: str = NOBODYS
    phone: str = "0000"

    def call(self, caller: str, route: str, **places: str) -> requests.Response:
        """Send this route's request as this caller."""
        someone = self.people[caller]
        method, path = route.split(" ")
        body = BODIES.get(route)
        if route == "POST /session":
            body = {"user_id": someone.user_id, "password": PERMANENT}
        if "/password-recovery" in route:
            body = {"user_id": someone.user_id, **BODIES.get(route, {})}
        named = {
            **PLACES,
            "number": self.order,
            "connection": self.connection,
            "credential": self.credential,
            "phone": self.phone,
            "session": self.people["holder"].token.split(".")[1],
        }
        return someone.call(
            method,
            path.format(**{**named, **places}),
            body,
            headers={"Idempotency-Key": str(uuid.uuid4())},
        )


@pytest.fixture(scope="module")
def known(stack: Stack) -> Mapping[str, Person]:
    """Somebody of each kind."""
    here = {"X-Forwarded-For": new_address()}
    return {
        "nobody": Person(api(stack), "nobody-at-all", headers=here),
        # Bought without an account: holds 256 random bits that open no session.
        "guest": Person(
            api(stack), "guest", token=f"acc_guest.order.{secrets.token_urlsafe(32)}", headers=here
        ),
        "holder": person(stack),
        "colleague": person(stack),
        "other organization": person(stack, organization="bolt"),
        "administrator": person(
            stack, roles=["holder", "organization_administrator", "application_administrator"]
        ),
        "agent": person(stack, organization="keyfob", roles=["agent"], applications=[]),
        "operator": person(stack, organization="keyfob", roles=["operator"], applications=[]),
    }


@pytest.fixture(scope="module")
def supply(stack: Stack) -> Supply:
    """A license key and a token for each route that may be the end of them, and two more."""
    return Supply(stack, len(OF_CREDENTIALS) + 2, period=None)


@pytest.fixture(scope="module")
def subscriptions(stack: Stack) -> Subscriptions:
    """A license key for each route that needs a phone."""
    return Subscriptions(stack, len(OF_PHONES))


@pytest.fixture
def cast(known: Mapping[str, Person]) -> Cast:
    """Everybody signed in, and a new order of the holder's."""
    for name, someone in known.items():
        if name not in {"nobody", "guest"}:
            someone.sign_in(PERMANENT)
    holder = known["holder"]
    return Cast(people=known, order=holder.order()["number"], connection=waiting(holder))


def waiting(child: Person) -> str:
    """A request of this account's for another one's credential, old or new."""
    found = child.expect(200, "GET", "/connections")["connections"]
    if found:
        return str(found[0]["id"])
    body = {"user_id": "nobody-at-all"}
    made = child.expect(202, "POST", "/connections", body, headers=idempotency_key())
    return str(made["id"])


@pytest.fixture
def playing(cast: Cast, route: str, request: pytest.FixtureRequest) -> Cast:
    """The cast; where the route names a credential, the holder is a new one who has one."""
    if route not in OF_CREDENTIALS:
        return cast
    if route in OF_PHONES:
        subscriptions: Subscriptions = request.getfixturevalue("subscriptions")
        owner = subscriptions.subscriber()
        people = {**cast.people, "holder": owner.person}
        return replace(cast, people=people, credential=owner.credential, phone=owner.bind().id)
    supply: Supply = request.getfixturevalue("supply")
    new = supply.holder()
    return replace(cast, people={**cast.people, "holder": new.person}, credential=new.credential)


@pytest.fixture(scope="module")
def other(supply: Supply) -> Holder:
    """Somebody whose credential nobody else may find."""
    return supply.holder()


def test_every_route_of_the_document_has_its_row_in_the_table() -> None:
    assert sorted(ROUTES) == sorted(EXPECTED)
    assert all(tuple(row) == CALLERS for row in EXPECTED.values())


def test_the_document_names_every_deployed_route_and_no_other(stack: Stack) -> None:
    resources = stack.client("apigateway").get_resources(restApiId=stack.record.api_id, limit=500)
    deployed = [
        f"{method} {resource['path']}"
        for resource in resources["items"]
        for method in resource.get("resourceMethods", {})
    ]
    assert sorted(deployed) == sorted(ROUTES)


@pytest.mark.parametrize("route", ROUTES)
def test_s23_each_caller_gets_what_the_table_says(playing: Cast, route: str) -> None:
    answers = {caller: playing.call(caller, route) for caller in CALLERS}
    assert {caller: one.status_code for caller, one in answers.items()} == EXPECTED[route]
    for answer in answers.values():
        if route != "POST /stripe/events":
            assert answer.headers["Cache-Control"] == "no-store"
        if answer.status_code >= 400:
            assert answer.headers["Content-Type"] == "application/problem+json"
            assert answer.json()["status"] == answer.status_code
        if answer.status_code == 401:
            assert answer.headers["WWW-Authenticate"] == "Bearer"


@pytest.mark.parametrize("route", FOREIGN)
@pytest.mark.parametrize("number", ["SO-99999999", "SO-1", "nonsense", "order-token"])
def test_s23_a_foreign_order_looks_like_one_that_does_not_exist(
    cast: Cast, route: str, number: str
) -> None:
    for caller in CALLERS:
        if caller == "holder":
            continue
        foreign, unknown = cast.call(caller, route), cast.call(caller, route, number=number)
        assert (foreign.status_code, foreign.json()) == (unknown.status_code, unknown.json())
        assert foreign.status_code in {401, 404}
    assert cast.call("holder", "GET /orders/{number}").json()["state"] == "awaiting_payment"


@pytest.mark.parametrize("route", OF_CONNECTIONS)
@pytest.mark.parametrize("connection", ["con_00000000000000000000", "con_1", "nonsense"])
def test_s23_a_foreign_connection_looks_like_one_that_does_not_exist(
    stack: Stack, cast: Cast, route: str, connection: str
) -> None:
    for caller in CALLERS:
        if caller == "holder":
            continue
        foreign = cast.call(caller, route)
        unknown = cast.call(caller, route, connection=connection)
        assert (foreign.status_code, foreign.json()) == (unknown.status_code, unknown.json())
        assert foreign.status_code in {401, 404}
    [still] = cast.call("holder", "GET /connections").json()["connections"]
    assert still["id"] == cast.connection
    colleague = cast.people["colleague"].token.split(".")[0]
    asked = [
        json.loads(one["facts"])["asked"]
        for one in audited(stack, f"ACTOR#{colleague}")
        if one["action"] == "connection.refused"
    ]
    noted = connection if connection.startswith("con_0") else "no connection"
    assert asked[-2:] == [cast.connection, noted]


@pytest.fixture(scope="module")
def neighbor(supply: Supply) -> Person:
    """Somebody with a credential of their own."""
    return supply.holder().person


@pytest.mark.parametrize("route", OF_CREDENTIALS)
def test_s23_a_foreign_credential_looks_like_one_that_does_not_exist(
    cast: Cast, other: Holder, neighbor: Person, route: str
) -> None:
    shown = other.person.expect(200, "GET", f"/credentials/{other.credential}")
    cast = replace(cast, people={**cast.people, "neighbor": neighbor})
    for caller in ("nobody", "neighbor", "other organization", "administrator", "operator"):
        foreign = cast.call(caller, route, credential=other.credential)
        for unknown in (NOBODYS, "crd_1", "live", f"PAST%23{other.credential}"):
            answer = cast.call(caller, route, credential=unknown)
            assert (foreign.status_code, foreign.json()) == (answer.status_code, answer.json())
        assert foreign.status_code == (401 if caller == "nobody" else 404)
    assert other.person.expect(200, "GET", f"/credentials/{other.credential}") == shown


@pytest.mark.parametrize("route", OF_CREDENTIALS)
def test_s23_who_asks_for_a_foreign_credential_leaves_a_trace(
    stack: Stack, cast: Cast, other: Holder, route: str
) -> None:
    asked = (other.credential, NOBODYS, "no%20id%20at%20all")
    for credential in asked:
        assert cast.call("colleague", route, credential=credential).status_code == 404
    colleague = cast.people["colleague"].token.split(".")[0]
    trail = audited(stack, f"ACTOR#{colleague}")
    refused = [one["facts"] for one in trail if one["action"] == "credential.refused"][-3:]
    noted = [json.loads(facts)["asked"] for facts in refused]
    assert noted == [other.credential, NOBODYS, "no credential"]


def test_s23_a_list_shows_nobody_elses_credentials(cast: Cast, other: Holder) -> None:
    for caller in CALLERS[2:]:
        assert cast.call(caller, "GET /credentials").json() == {"credentials": []}
    [own] = other.person.expect(200, "GET", "/credentials")["credentials"]
    assert own["id"] == other.credential


def test_s23_a_list_shows_nobody_elses_orders(cast: Cast) -> None:
    for caller in CALLERS[3:]:
        listed = cast.call(caller, "GET /orders").json()["orders"]
        assert cast.order not in {order["number"] for order in listed}


def test_s20_a_role_of_ones_own_making_counts_for_nothing(cast: Cast) -> None:
    """Strength and roles come from the server only."""
    colleague = cast.people["colleague"]
    answer = colleague.call(
        "GET",
        f"/orders/{cast.order}",
        headers={"X-Roles": "operator", "X-Account": "admin", "X-Strength": "3"},
    )
    assert answer.status_code == 404


def test_only_the_front_is_believed_about_the_clients_address(stack: Stack, cast: Cast) -> None:
    """A made-up secret of the front changes nothing and breaks nothing."""
    colleague = cast.people["colleague"]
    for secret in ("", "guessed", stack.record.front_secret[:-1], "Ä"):
        answer = colleague.call(
            "GET", "/session", headers={"X-Front-Secret": secret.encode().decode("latin-1")}
        )
        assert answer.status_code == 200
