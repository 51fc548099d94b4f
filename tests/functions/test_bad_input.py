"""Wrong input is refused clearly, never with a 5xx, and changes nothing (S49)."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from tests.support.deployment import Deployment, sample
from tests.support.templates import ROOT
from tests.support.unchanged import unchanged
from tests.support.visitor import TEMPORARY, Answer, Visitor, newcomer, visitor

# Every route that takes a body, by its sample; Stripe's is signed.
BODIES = [
    path.stem
    for path in sorted((ROOT / "events/api").glob("*.json"))
    if json.loads(path.read_text())["body"] and path.stem != "stripe_event"
]


def order_with(**changes: Any) -> str:
    return json.dumps(json.loads(sample("api/place_order")["body"]) | changes)


def assert_problem(answer: Answer, status: int, code: str) -> None:
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert (answer.status, answer.body["status"], answer.code) == (status, status, code)
    assert answer.body["type"] == f"urn:keyfob:problem:{code}"
    assert answer.body["title"]
    assert answer.body["detail"]


@pytest.fixture(scope="module", autouse=True)
def _alone(deployment: Deployment) -> Iterator[None]:
    """Isolates the module: every row is compared before and after each test."""
    kept = deployment.engine.snapshot(deployment.tables)
    deployment.engine.restore(dict.fromkeys(deployment.tables, ()))
    yield
    deployment.engine.restore(kept)


@pytest.fixture(scope="module")
def known(deployment: Deployment) -> Visitor:
    """May call every route."""
    administers = [
        *("organization_administrator", "application_administrator", "partner_administrator"),
    ]
    return visitor(deployment, roles=["holder", "agent", *administers], partner="northwind")


@pytest.fixture(scope="module")
def unsigned(deployment: Deployment) -> Visitor:
    return newcomer(deployment)


@pytest.fixture
def ada(known: Visitor) -> Visitor:
    """Signed in, again if a test has moved the clock."""
    known.stay()
    return known


@pytest.fixture
def challenged(unsigned: Visitor) -> Visitor:
    """A person who must set a password of their own."""
    if unsigned.call("set_password", {}).status == 401:
        unsigned.sign_in(TEMPORARY)
    return unsigned


@pytest.fixture
def _unchanged(ada: Visitor, challenged: Visitor, deployment: Deployment) -> Iterator[None]:
    """Fails if the test changes anything."""
    with unchanged(deployment):
        yield


# Bodies for every route

REFUSED: Mapping[str, tuple[bytes, int, str]] = {
    "nothing closed": (b"{", 400, "malformed_body"),
    "a list": (b"[]", 400, "malformed_body"),
    "null": (b"null", 400, "malformed_body"),
    "a text": (b'"text"', 400, "malformed_body"),
    "a number": (b"1", 400, "malformed_body"),
    "blank": (b"  ", 400, "malformed_body"),
    "two objects": (b"{}{}", 400, "malformed_body"),
    "single quotes": (b"{'partner': 'northwind'}", 400, "malformed_body"),
    "not UTF-8": (b'\xff\xfe{"partner": 1}', 400, "malformed_body"),
    "UTF-16": (order_with().encode("utf-16"), 400, "malformed_body"),
    "a byte order mark": (b"\xef\xbb\xbf" + order_with().encode(), 400, "malformed_body"),
    "deep lists": (b'{"a": ' + b"[" * 30_000 + b"]" * 30_000 + b"}", 400, "malformed_body"),
    "deep lists without an end": (b"[" * 60_000, 400, "malformed_body"),
    "deep objects": (b'{"a":' * 10_000, 400, "malformed_body"),
    "an endless number": (b'{"partner": ' + b"9" * 6_000 + b"}", 400, "malformed_body"),
    "over 64 KiB": (b'{"x": "' + b"x" * 65_536 + b'"}', 413, "body_too_large"),
    "no body": (b"", 422, "invalid_input"),
    "nothing": (b"{}", 422, "invalid_input"),
    "an unknown field": (b'{"unknown": 1}', 422, "invalid_input"),
    "not a number": (b'{"a": NaN}', 422, "invalid_input"),
    "lone surrogates": (
        rb'{"user_id": "\ud800", "password": "\ud800", "partner": "\ud800"}',
        422,
        "invalid_input",
    ),
    "a name that is no text": (
        rb'{"\ud800": 1, "user_id": "a", "password": "b"}',
        422,
        "invalid_input",
    ),
}


def send_everywhere(
    ada: Visitor, challenged: Visitor, content: bytes, **headers: str | None
) -> dict[str, Answer]:
    """The answer of every route that takes a body."""
    answers = {}
    for name in BODIES:
        event = sample(f"api/{name}")
        who = challenged if name == "set_password" else ada
        answers[name] = who.request(event["httpMethod"], event["path"], content, **headers)
    return answers


@pytest.mark.parametrize("what", REFUSED)
@pytest.mark.usefixtures("_unchanged")
def test_strange_bodies_are_refused_with_a_code_S49(
    what: str, ada: Visitor, challenged: Visitor
) -> None:
    content, status, code = REFUSED[what]
    answers = send_everywhere(ada, challenged, content)
    told = {name: (one.status, one.code) for name, one in answers.items()}
    assert told == dict.fromkeys(BODIES, (status, code))
    for answer in answers.values():
        assert_problem(answer, status, code)


@pytest.mark.parametrize(
    "kind", [None, "text/plain", "application/x-www-form-urlencoded", "multipart/form-data; b=x"]
)
@pytest.mark.usefixtures("_unchanged")
def test_only_json_is_taken_S49(kind: str | None, ada: Visitor, challenged: Visitor) -> None:
    answers = send_everywhere(ada, challenged, order_with().encode(), Content_Type=kind)
    for answer in answers.values():
        assert_problem(answer, 415, "unsupported_media_type")


@pytest.mark.parametrize(
    "kind",
    ["Application/JSON", "APPLICATION/json; charset=UTF-8", " application/JSON ;charset=utf-8"],
)
@pytest.mark.usefixtures("_unchanged")
def test_a_media_type_ignores_case_S65(kind: str, ada: Visitor, challenged: Visitor) -> None:
    for answer in send_everywhere(ada, challenged, b"{}", Content_Type=kind).values():
        assert_problem(answer, 422, "invalid_input")


# The words of the library, which knows patterns and Python's types.
LIBRARY = ("should", "pattern", "regex", "^", "Value error", "valid dictionary", "Field required")
JUNK: tuple[Any, ...] = (
    "",
    " ",
    "\u200b",
    "a\u2028b",
    "^$",
    "x" * 5_000,
    7,
    -1,
    10**30,
    1.5,
    True,
    None,
    [],
    ["x"],
    {},
)


def junk_in(body: Any, junk: Any) -> Iterator[Any]:
    """The body with `junk` in the place of each of its values, one at a time."""
    yield junk
    if isinstance(body, dict):
        for name, value in body.items():
            yield from ({**body, name: one} for one in junk_in(value, junk))
    if isinstance(body, list):
        for place, value in enumerate(body):
            yield from ([*body[:place], one, *body[place + 1 :]] for one in junk_in(value, junk))


@pytest.mark.parametrize("name", [one for one in BODIES if one != "sign_in"])
def test_field_messages_state_the_wanted_input_and_no_pattern_S65(
    name: str, ada: Visitor, challenged: Visitor
) -> None:
    event = sample(f"api/{name}")
    who = challenged if name == "set_password" else ada
    told = []
    for junk in JUNK:
        for body in junk_in(json.loads(event["body"]), junk):
            answer = who.request(event["httpMethod"], event["path"], body)
            told += answer.body.get("fields", {}).values()
    assert told
    assert [one for one in told if any(word in one for word in LIBRARY)] == []


@pytest.mark.parametrize("depth", range(50, 1_050, 50))
@pytest.mark.usefixtures("_unchanged")
def test_nesting_of_any_depth_is_no_defect_S49(depth: int, ada: Visitor) -> None:
    for opened, closed in (("[", "]"), ('{"a":', "}")):
        body = '{"po_number": ' + opened * depth + "1" + closed * depth + "}"
        assert ada.request("POST", "/orders", body).status in {400, 422}


def test_a_base64_body_is_read_and_one_that_is_not_utf_8_refused_S49(
    deployment: Deployment,
) -> None:
    def encoded(content: bytes) -> int:
        body = base64.b64encode(content).decode()
        return Visitor(deployment=deployment).call("sign_in", body, isBase64Encoded=True).status

    assert encoded(b'{"user_id": "somebody", "password": "x"}') == 401
    assert encoded(b'{"user_id": "\xff", "password": "x"}') == 400


# Fields

WRONG: Mapping[str, tuple[str, str]] = {
    "number for a text": (order_with(po_number=7), "po_number"),
    "fraction for a number": (
        order_with(items=[{"product": "hardware-token", "quantity": 1.5}]),
        "items.0.quantity",
    ),
    "text for a truth": (order_with(disclaimer_accepted="true"), "disclaimer_accepted"),
    "number for a truth": (order_with(disclaimer_accepted=1), "disclaimer_accepted"),
    "null": (order_with(partner=None), "partner"),
    "object for a list": (order_with(items={"product": "hardware-token"}), "items"),
    "list for an object": (order_with(shipping_address=[]), "shipping_address"),
    "not a number": (
        '{"items": [{"product": "hardware-token", "quantity": NaN}]}',
        "items.0.quantity",
    ),
    "beyond every number": (
        order_with(items=[{"product": "hardware-token", "quantity": 10**30}]),
        "items.0.quantity",
    ),
    "NUL": (order_with(po_number="PO\x00"), "po_number"),
    "NUL in an id": (order_with(partner="north\x00wind"), "partner"),
    "too long": (order_with(po_number="x" * 101), "po_number"),
    "too many items": (order_with(items=[{"product": "hardware-token"}] * 21), "items"),
}


def address_with(**changes: Any) -> str:
    right = json.loads(order_with())["shipping_address"]
    return order_with(shipping_address=right | changes)


PLACES: Mapping[str, tuple[str, str]] = {
    "a country's name": (address_with(country="Germany"), "shipping_address.country"),
    "no country": (address_with(country="ZZ"), "shipping_address.country"),
    "a territory of no country": (address_with(country="XK"), "shipping_address.country"),
    "a line separator": (address_with(city="Bonn\u2028X"), "shipping_address.city"),
    "a paragraph separator": (address_with(line2="Bonn\u2029X"), "shipping_address.line2"),
    "an override": (address_with(name="Ada\u202enoryB"), "shipping_address.name"),
    "an Arabic letter mark": (address_with(name="Ada\u061c"), "shipping_address.name"),
    "an invisible name": (address_with(name="\u200b\u2060"), "shipping_address.name"),
    "an invisible line": (address_with(line2="\u3164"), "shipping_address.line2"),
}
WRONG = {**WRONG, **PLACES}


@pytest.mark.parametrize("what", WRONG)
@pytest.mark.usefixtures("_unchanged")
def test_wrong_input_is_refused_by_field_S49(what: str, ada: Visitor) -> None:
    body, field = WRONG[what]
    answer = ada.request("POST", "/orders", body)
    assert_problem(answer, 422, "invalid_input")
    assert field in answer.body["fields"]


PHONES: Mapping[str, tuple[str, Mapping[str, Any], str]] = {
    "another channel": ("/phone-tests", {"channel": "fax"}, "channel"),
    "no number": ("/phone-tests", {"number": ""}, "number"),
    "a long number": ("/phone-tests", {"number": "+1" + "0" * 60}, "number"),
    "somebody to bill": ("/phone-tests", {"account": "acc_1"}, "account"),
    "a language": ("/phone-tests", {"language": "de"}, "language"),
    "a number for a code": ("/session/phone-codes", {"phone": "0a1b"}, "number"),
    "a blank label": ("/credentials/crd_1/phones", {"label": "  "}, "label"),
    "a label with a line break": ("/credentials/crd_1/phones", {"label": "a\r\nb"}, "label"),
    "confirmed": ("/credentials/crd_1/phones", {"label": "a", "confirmed": True}, "confirmed"),
    "a long code": ("/credentials/crd_1/phones/1/confirmation", {"code": "1" * 17}, "code"),
}


@pytest.mark.parametrize("what", PHONES)
@pytest.mark.usefixtures("_unchanged")
def test_wrong_input_about_phones_is_refused_by_field_S13_S49(what: str, ada: Visitor) -> None:
    """The provider gets no request."""
    path, changes, field = PHONES[what]
    body = {"number": "+1 202 555 0100", "channel": "text", **changes}
    answer = ada.request("POST", path, body)
    assert_problem(answer, 422, "invalid_input")
    assert field in answer.body["fields"]


@pytest.mark.usefixtures("_unchanged")
def test_a_refusal_does_not_repeat_what_was_sent_S47(deployment: Deployment) -> None:
    body = {"user_id": "ada", "password": ["correct horse battery staple"]}
    answer = Visitor(deployment=deployment).request("POST", "/session", body)
    assert_problem(answer, 422, "invalid_input")
    assert "horse" not in json.dumps(answer.body)


@pytest.mark.parametrize("user_id", ["a\x00b", "ada' --", "x" * 64, "ADA\u0130", "*", " "])
@pytest.mark.usefixtures("_unchanged")
def test_a_strange_user_id_is_a_wrong_one_S25(user_id: str, deployment: Deployment) -> None:
    body = {"user_id": user_id, "password": "some\x00thing"}
    answer = Visitor(deployment=deployment).request("POST", "/session", body)
    assert_problem(answer, 401, "wrong_credentials")


# Queries and paths


@pytest.mark.parametrize(
    "query",
    [
        "limit=1&limit=2",
        "limit=9999999999999999999999",
        "limit=-1",
        "cursor=%00",
        "cursor=%FF",
        "cursor=!",
        "cursor=" + "A" * 300,
    ],
)
@pytest.mark.parametrize("path", ["/orders", "/credentials/crd_1/history"])
@pytest.mark.usefixtures("_unchanged")
def test_a_wrong_query_is_refused_S49(path: str, query: str, ada: Visitor) -> None:
    assert_problem(ada.request("GET", f"{path}?{query}"), 422, "invalid_input")


@pytest.mark.parametrize(
    ("name", "status", "code"),
    [
        ("%00", 404, "not_found"),
        ("%FF", 404, "not_found"),
        ("%ED%A0%80", 404, "not_found"),
        ("SO-1%0D%0AX: 1", 404, "not_found"),
        ("' OR 1=1 --", 404, "not_found"),
        ("x" * 65, 422, "invalid_input"),
    ],
)
@pytest.mark.usefixtures("_unchanged")
def test_a_strange_name_in_a_path_finds_nothing_S49(
    name: str, status: int, code: str, ada: Visitor
) -> None:
    for method, path in (
        ("GET", f"/orders/{name}"),
        ("POST", f"/orders/{name}/cancellation"),
        ("GET", f"/partners/{name}/products"),
        ("GET", f"/credentials/{name}"),
        ("POST", f"/credentials/{name}/activation"),
        ("DELETE", f"/connections/{name}"),
        ("DELETE", f"/sessions/{name}"),
    ):
        assert_problem(ada.request(method, path), status, code)
