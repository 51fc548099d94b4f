"""What isn't right is refused clearly, never with a 5xx, and changes nothing (S36, S49)."""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import requests
from stripe import StripeClient

from local.client import Person, eventually, new_order, on_payment_page, phone_requests
from local.stack import Stack
from local.stripe_double.events import signature
from tests.stack.observed import log_lines, rows
from tests.support.people import PERMANENT, TEMPORARY, api, new_address, person, unsigned

DOCUMENT = Path(__file__).parents[2] / "docs" / "openapi.json"
GUARDED = ("AccountsTable", "OrdersTable", "OutboxTable", "AuditTable")
# When a row is due next is the clock's business and may change at any time.
PLANNING = {"g1pk", "g1sk"}
EVENT = {"id": "evt_1", "type": "checkout.session.completed", "data": {"object": {"id": "cs_1"}}}

Send = Callable[..., requests.Response]


def dump(stack: Stack) -> dict[str, dict[str, Any]]:
    return {
        f"{table} {row['pk']} {row['sk']}": {
            name: value for name, value in row.items() if name not in PLANNING
        }
        for table in GUARDED
        for row in rows(stack, table)
    }


@pytest.fixture(scope="module")
def settled(stack: Stack, known: Person) -> Stack:
    """Nothing that other tests began is still under way."""
    stack.invoke("LifecycleSweepFunction", {})
    eventually(
        lambda: all(row["state"] != "pending" for row in rows(stack, "OutboxTable")),
        seconds=60,
        what="every promise kept",
    )
    return stack


@pytest.fixture
def unchanged(settled: Stack, someone: Person) -> Iterator[None]:
    """Whatever the test sends, it changes nothing."""
    before = dump(settled)
    yield
    after = dump(settled)
    # That somebody asked for what isn't theirs is noted, and nothing else.
    added = {row for row in after.keys() - before.keys() if not row.startswith("AuditTable ACTOR#")}
    assert not added
    assert {row: after.get(row) for row in before} == before


@pytest.fixture(scope="module")
def known(stack: Stack) -> Person:
    return person(stack)


@pytest.fixture
def someone(known: Person, settled: Stack) -> Person:
    """A person who is signed in; other tests may have moved the clock since the last time."""
    if known.call("GET", "/session").status_code == 401:
        known.sign_in(PERMANENT)
    return known


@pytest.fixture
def send(someone: Person) -> Send:
    """Sends anything at all."""

    def sending(
        method: str,
        path: str,
        body: bytes | str | None = None,
        *,
        kind: str | None = "application/json",
        token: str | None = someone.token,
        **headers: str,
    ) -> requests.Response:
        sent = {"X-Forwarded-For": new_address(), "Idempotency-Key": str(uuid.uuid4())}
        sent |= {name.replace("_", "-"): value for name, value in headers.items()}
        sent |= {"Content-Type": kind} if kind else {}
        sent |= {"Authorization": f"Bearer {token}"} if token else {}
        content = body.encode() if isinstance(body, str) else body
        url = f"{someone.url}/v1{path}"
        return requests.request(method, url, data=content, headers=sent, timeout=30)

    return sending


def assert_problem(answer: requests.Response, status: int, code: str) -> dict[str, Any]:
    assert answer.headers["Content-Type"] == "application/problem+json", answer.text
    problem: dict[str, Any] = answer.json()
    assert (answer.status_code, problem["status"], problem["code"]) == (status, status, code)
    assert problem["type"] == f"urn:keyfob:problem:{code}"
    assert problem["title"]
    assert problem["detail"]
    return problem


def order_with(**changes: Any) -> str:
    return json.dumps(new_order(**changes))


NOT_AN_OBJECT: Mapping[str, bytes] = {
    "nothing closed": b'{"partner": "northwind"',
    "a list": b"[]",
    "null": b"null",
    "a text": b'"order"',
    "a number": b"1",
    "blank": b"  ",
    "two objects": b"{}{}",
    "single quotes": b"{'partner': 'northwind'}",
    "not UTF-8": b'\xff\xfe{"partner": 1}',
    "UTF-16": order_with().encode("utf-16"),
    "a byte order mark": b"\xef\xbb\xbf" + order_with().encode(),
    "deep lists": b"[" * 60_000,
    "deep objects": b'{"a":' * 10_000,
    "an endless number": b'{"partner": ' + b"9" * 6_000 + b"}",
}


PATHS = ("/session", "/session/elevation", "/password-recovery", "/orders", "/phone-tests")


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("what", NOT_AN_OBJECT)
@pytest.mark.usefixtures("unchanged")
def test_s49_a_body_that_is_no_json_object_is_refused(send: Send, path: str, what: str) -> None:
    assert_problem(send("POST", path, NOT_AN_OBJECT[what]), 400, "malformed_body")


WRONG: Mapping[str, tuple[str, str]] = {
    "unknown field": (order_with(discount=100), "discount"),
    "unknown field inside": (
        order_with(items=[{"product": "phone", "quantity": 1, "price": 1}]),
        "items.0.price",
    ),
    "number for a text": (order_with(po_number=7), "po_number"),
    "text for a number": (
        order_with(items=[{"product": "phone", "quantity": "1"}]),
        "items.0.quantity",
    ),
    "fraction for a number": (
        order_with(items=[{"product": "phone", "quantity": 1.5}]),
        "items.0.quantity",
    ),
    "text for a truth": (order_with(disclaimer_accepted="true"), "disclaimer_accepted"),
    "number for a truth": (order_with(disclaimer_accepted=1), "disclaimer_accepted"),
    "null": (order_with(partner=None), "partner"),
    "object for a list": (order_with(items={"product": "phone"}), "items"),
    "list for an object": (order_with(shipping_address=[]), "shipping_address"),
    "not a number": (
        '{"items": [{"product": "phone", "quantity": NaN}]}',
        "items.0.quantity",
    ),
    "beyond every number": (
        order_with(items=[{"product": "phone", "quantity": 10**30}]),
        "items.0.quantity",
    ),
    "lone surrogate": (order_with(po_number="\ud800"), "po_number"),
    "NUL": (order_with(po_number="PO\x00"), "po_number"),
    "line break": (order_with(po_number="PO\r\nBcc: everybody@example.com"), "po_number"),
    "NUL in an id": (order_with(partner="north\x00wind"), "partner"),
    "too long": (order_with(po_number="x" * 101), "po_number"),
    "too many items": (order_with(items=[{"product": "phone"}] * 21), "items"),
    "nothing": ("{}", "partner"),
}


@pytest.mark.parametrize("what", WRONG)
@pytest.mark.usefixtures("unchanged")
def test_s49_wrong_input_is_refused_by_field(send: Send, what: str) -> None:
    body, field = WRONG[what]
    problem = assert_problem(send("POST", "/orders", body), 422, "invalid_input")
    assert field in problem["fields"]


PHONES: Mapping[str, tuple[str, Mapping[str, Any], str]] = {
    "another channel": ("/phone-tests", {"channel": "fax"}, "channel"),
    "a number for a number": ("/phone-tests", {"number": 12025550100}, "number"),
    "no number": ("/phone-tests", {"number": ""}, "number"),
    "a long number": ("/phone-tests", {"number": "+1" + "0" * 60}, "number"),
    "somebody to bill": ("/phone-tests", {"account": "acc_1"}, "account"),
    "a language": ("/phone-tests", {"language": "de"}, "language"),
    "a number for a code": ("/session/phone-codes", {"number": "+12025550100"}, "number"),
    "no phone": ("/session/phone-codes", {"number": None}, "phone"),
    "no label": ("/credentials/crd_1/phones", {}, "label"),
    "a blank label": ("/credentials/crd_1/phones", {"label": "  "}, "label"),
    "a label with a line break": ("/credentials/crd_1/phones", {"label": "a\r\nb"}, "label"),
    "confirmed": ("/credentials/crd_1/phones", {"label": "a", "confirmed": True}, "confirmed"),
    "a code that is a number": ("/credentials/crd_1/phones/1/confirmation", {"code": 1}, "code"),
    "a long code": ("/credentials/crd_1/phones/1/confirmation", {"code": "1" * 17}, "code"),
}


@pytest.mark.parametrize("what", PHONES)
@pytest.mark.usefixtures("unchanged")
def test_s49_wrong_input_about_phones_is_refused_by_field(
    send: Send, stack: Stack, what: str
) -> None:
    """S13: and nobody is called."""
    path, changes, field = PHONES[what]
    body = {"number": "+1 202 555 0100", "channel": "text", **changes}
    before = phone_requests(stack.url)
    problem = assert_problem(send("POST", path, json.dumps(body)), 422, "invalid_input")
    assert field in problem["fields"]
    assert phone_requests(stack.url) == before


@pytest.mark.parametrize("query", ["confirm=false", "confirm=True", "confirm=1", "confirm="])
@pytest.mark.usefixtures("unchanged")
def test_s49_a_last_phone_is_removed_by_a_clear_yes_only(send: Send, query: str) -> None:
    path = f"/credentials/crd_1/phones/1?{query}"
    assert_problem(send("DELETE", path), 422, "invalid_input")


@pytest.mark.usefixtures("unchanged")
def test_s49_a_field_name_that_is_no_text_is_refused(send: Send) -> None:
    body = '{"\\ud800": 1, "user_id": "a", "password": "b"}'
    assert_problem(send("POST", "/session", body, token=None), 422, "invalid_input")


@pytest.mark.usefixtures("unchanged")
def test_s47_a_refusal_does_not_repeat_what_was_sent(send: Send) -> None:
    body = '{"user_id": "ada", "password": ["correct horse battery staple"]}'
    answer = send("POST", "/session", body, token=None)
    assert_problem(answer, 422, "invalid_input")
    assert "horse" not in answer.text


@pytest.mark.parametrize("path", ["/session", "/session/elevation", "/orders", "/stripe/events"])
@pytest.mark.usefixtures("unchanged")
def test_s49_a_body_over_64_kib_is_refused(send: Send, path: str) -> None:
    body = order_with(po_number="x" * 70 * 1024)
    assert_problem(send("POST", path, body), 413, "body_too_large")


@pytest.mark.parametrize(
    "kind", [None, "text/plain", "application/x-www-form-urlencoded", "multipart/form-data; b=x"]
)
@pytest.mark.usefixtures("unchanged")
def test_s49_only_json_is_taken(send: Send, kind: str | None) -> None:
    for path in ("/orders", "/session/elevation", "/license-redemptions", "/phone-tests"):
        answer = send("POST", path, order_with(), kind=kind)
        assert_problem(answer, 415, "unsupported_media_type")


@pytest.mark.parametrize(
    "query",
    [
        "limit=0",
        "limit=51",
        "limit=many",
        "limit=1&limit=2",
        "limit=9999999999999999999999",
        "limit=-1",
        "cursor=%00",
        "cursor=%FF",
        "cursor=!",
        "cursor=" + "A" * 300,
    ],
)
@pytest.mark.usefixtures("unchanged")
def test_s49_a_wrong_query_is_refused(send: Send, query: str) -> None:
    assert_problem(send("GET", f"/orders?{query}"), 422, "invalid_input")


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
@pytest.mark.usefixtures("unchanged")
def test_s49_a_strange_name_in_a_path_finds_nothing(
    send: Send, name: str, status: int, code: str
) -> None:
    for method, path in (
        ("GET", f"/orders/{name}"),
        ("POST", f"/orders/{name}/cancellation"),
        ("GET", f"/partners/{name}/products"),
    ):
        assert_problem(send(method, path), status, code)


TOKENS: Mapping[str, str | None] = {
    "none": None,
    "one word": "nonsense",
    "two parts": "acc_1.2",
    "four parts": "acc_1.2.3.4",
    "empty parts": "..",
    "unknown account": "acc_1.2.3",
    "long": f"{'a' * 300}.b.c",
    "not ASCII": "acc_é.b.c".encode().decode("latin-1"),
}


GUARDED_ROUTES = [
    (method, re.sub(r"\{\w+\}", "SO-10001", path))
    for path, operations in json.loads(DOCUMENT.read_text())["paths"].items()
    for method, operation in operations.items()
    if operation.get("security")
]


@pytest.mark.parametrize("what", TOKENS)
@pytest.mark.usefixtures("unchanged")
def test_without_a_session_every_guarded_route_refuses(send: Send, what: str) -> None:
    """Before it looks at what else is wrong with the request."""
    assert len(GUARDED_ROUTES) >= 20
    for method, path in GUARDED_ROUTES:
        answer = send(method.upper(), path, token=TOKENS[what])
        assert_problem(answer, 401, "not_authenticated")


@pytest.mark.parametrize("scheme", ["Basic", "Token", ""])
@pytest.mark.usefixtures("unchanged")
def test_a_session_under_another_scheme_is_none(send: Send, someone: Person, scheme: str) -> None:
    shown = f"{scheme} {someone.token}".strip()
    answer = send("GET", "/session", token=None, Authorization=shown)
    assert_problem(answer, 401, "not_authenticated")


@pytest.mark.parametrize("end", ["signed out", "idle", "signed out everywhere"])
def test_an_ended_session_places_no_order(stack: Stack, send: Send, end: str) -> None:
    ended = person(stack)
    if end == "idle":
        stack.clock.move(timedelta(minutes=31))
    else:
        ended.expect(204, "DELETE", "/session" if end == "signed out" else "/sessions")
    before = {row["pk"] for row in rows(stack, "OrdersTable")}
    answer = send("POST", "/orders", order_with(), token=ended.token)
    assert_problem(answer, 401, "not_authenticated")
    assert {row["pk"] for row in rows(stack, "OrdersTable")} == before


def test_a_challenge_is_no_session_and_a_session_no_challenge(stack: Stack, send: Send) -> None:
    new, old = unsigned(stack), person(stack)
    new.sign_in(TEMPORARY)
    answer = send("POST", "/orders", order_with(), token=new.token)
    assert_problem(answer, 401, "not_authenticated")
    body = json.dumps({"password": "another good long password"})
    answer = send("POST", "/session/new-password", body, token=old.token)
    assert_problem(answer, 401, "not_authenticated")
    old.sign_in(PERMANENT)


@pytest.mark.parametrize("user_id", ["a\x00b", "ada' --", "x" * 64, "ADA\u0130", "*", " "])
@pytest.mark.usefixtures("unchanged")
def test_s25_a_strange_user_id_is_a_wrong_one(send: Send, user_id: str) -> None:
    body = json.dumps({"user_id": user_id, "password": "some\x00thing"})
    assert_problem(send("POST", "/session", body, token=None), 401, "wrong_credentials")


def stripe_event(stack: Stack, payload: str, header: str | None) -> requests.Response:
    headers = {"Content-Type": "application/json", "X-Forwarded-For": new_address()}
    headers |= {"Stripe-Signature": header} if header is not None else {}
    url = f"{api(stack)}/v1/stripe/events"
    return requests.post(url, data=payload.encode(), headers=headers, timeout=30)


@pytest.mark.parametrize("what", ["bad", "old", "future", "other", "none", "empty", "v0", "text"])
@pytest.mark.usefixtures("unchanged")
def test_s36_an_event_without_a_fresh_signature_of_stripes_is_refused(
    stack: Stack, what: str
) -> None:
    payload, secret = json.dumps(EVENT), stack.record.webhook_secret
    now = int(stack.clock.now().timestamp())
    good = signature(payload, secret, at=now)
    header = {
        "bad": good[:-1] + ("0" if good[-1] != "0" else "1"),
        "old": signature(payload, secret, at=now - 320),
        "future": signature(payload, secret, at=now + 320),
        "other": signature(payload + " ", secret, at=now),
        "none": None,
        "empty": "",
        "v0": good.replace("v1=", "v0="),
        "text": "t=now,v1=abc",
    }[what]
    assert_problem(stripe_event(stack, payload, header), 400, "invalid_signature")


@pytest.mark.usefixtures("unchanged")
def test_s36_a_second_timestamp_does_not_make_an_old_event_new(stack: Stack) -> None:
    payload, now = json.dumps(EVENT), int(stack.clock.now().timestamp())
    old = signature(payload, stack.record.webhook_secret, at=now - 3600)
    for header in (f"{old},t={now}", f"t={now},{old}", old.replace(",", f"={now},", 1)):
        assert_problem(stripe_event(stack, payload, header), 400, "invalid_signature")


@pytest.mark.usefixtures("unchanged")
def test_s36_any_of_several_signatures_is_enough_and_five_minutes_are_allowed(
    stack: Stack,
) -> None:
    payload = json.dumps({**EVENT, "type": "customer.created"})
    for age in (-280, 0, 280):
        at = int(stack.clock.now().timestamp()) - age
        time, good = signature(payload, stack.record.webhook_secret, at=at).split(",")
        header = f"{time},v1={'0' * 64},{good}"
        assert stripe_event(stack, payload, header).status_code == 204


SIGNED: Mapping[str, str] = {
    "a list": "[]",
    "not JSON": "{",
    "without its object": '{"id": "evt_1", "type": "checkout.session.completed"}',
    "numbers for ids": '{"id": 1, "type": 2, "data": {"object": {"id": 3}}}',
    "objects for ids": '{"id": {}, "type": {}, "data": {"object": {"id": {}}}}',
    "deep": "[" * 30_000,
}


@pytest.mark.parametrize("what", SIGNED)
@pytest.mark.usefixtures("unchanged")
def test_s49_a_signed_event_of_another_form_is_refused(stack: Stack, what: str) -> None:
    now = int(stack.clock.now().timestamp())
    header = signature(SIGNED[what], stack.record.webhook_secret, at=now)
    assert_problem(stripe_event(stack, SIGNED[what], header), 400, "malformed_body")


@pytest.mark.parametrize("number", ["SO-99999999", "one of ours"])
def test_s37_a_payment_page_that_is_not_ours_changes_nothing(
    stack: Stack, someone: Person, number: str
) -> None:
    """Another deployment may share the account at Stripe, and anybody there can name an order."""
    if number == "one of ours":
        number = someone.order()["number"]
    before = dump(stack)
    at_stripe = StripeClient(
        stack.record.stripe_key, base_addresses={"api": f"{stack.url}/_stripe"}
    )
    session = at_stripe.v1.checkout.sessions.create(
        {
            "mode": "payment",
            "ui_mode": "hosted_page",
            "client_reference_id": number,
            "success_url": "https://example.com/",
            "line_items": [
                {
                    "quantity": 1,
                    "price_data": {
                        "currency": "usd",
                        "unit_amount": 100,
                        "product_data": {"name": "Something else"},
                    },
                }
            ],
        }
    )

    on_payment_page({"checkout_url": session.url}, "pay").raise_for_status()

    eventually(
        lambda: any("order of ours" in line and session.id in line for line in log_lines(stack)),
        what="the payment worker has seen the event",
    )
    assert dump(stack) == before
