"""Nothing secret and nothing personal where it doesn't belong (S17, S47); one trace through all.

A person whose every datum is recognizable lives through the service and its failures; then logs,
tables and queues are searched, for what others did before as well.
"""

from __future__ import annotations

import base64
import json
import re
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
import requests

from keyfob.errors import InvalidInput
from keyfob.orders.license_key import normalized
from local.client import Person, Unexpected, eventually, new_order, on_payment_page
from local.stack import Stack
from tests.stack.conftest import Faults, Paused
from tests.stack.observed import (
    QUEUES,
    TABLES,
    audited,
    kept,
    log_lines,
    promises,
    raw_rows,
)
from tests.support import people
from tests.support.people import person, unsigned

KEY = re.compile(r"\b[0-9A-Z]{5}(?:-[0-9A-Z]{5}){3}\b", re.IGNORECASE)
WORKERS = ("PaymentWorkerFunction", "NotifierFunction", "EffectsWorkerFunction")

TEMPORARY = "quokka-temporary-57131"
PERMANENT = "quokka permanent 86420"
WRONG = "quokka wrong password 97"
WEAK = "quokka weak"
PERSONAL = {
    "user id": "quokkaperson",
    "e-mail": "quokka.mail@acme.example",
    "first name": "Quokkafirst",
    "last name": "Quokkalast",
    "recipient": "Quokka Recipient",
    "street": "77 Quokka Street",
    "city": "Quokkatown",
    "postal code": "QK-77131",
    "PO number": "QUOKKA-PO-4711",
}
ADDRESS = {
    "name": PERSONAL["recipient"],
    "line1": PERSONAL["street"],
    "city": PERSONAL["city"],
    "postal_code": PERSONAL["postal code"],
    "country": "AU",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """Where to search."""

    logs: str
    queues: str
    tables: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Secrets:
    """What must be nowhere."""

    tokens: list[str]
    keys: list[str]
    passwords: list[str]


def order(someone: Person, **changes: Any) -> dict[str, Any]:
    return someone.order(
        shipping_address=ADDRESS,
        billing_address=ADDRESS,
        po_number=PERSONAL["PO number"],
        **changes,
    )


def attempt_what_is_refused(someone: Person) -> None:
    """Refusals are logged too."""
    stranger = Person(someone.url, someone.user_id, headers=someone.headers)
    stranger.call("POST", "/session", {"user_id": someone.user_id, "password": WRONG})
    stranger.call("POST", "/session", {"user_id": PERSONAL["e-mail"], "password": [WRONG]})
    body = new_order(shipping_address={**ADDRESS, "country": "Australia"}, secret=PERMANENT)
    someone.call("POST", "/orders", body, headers={"Idempotency-Key": PERSONAL["PO number"]})
    someone.call("GET", f"/orders/{PERSONAL['last name']}")
    someone.call("GET", f"/orders?cursor={PERSONAL['user id']}")


def live(stack: Stack, stripe: Faults, ses: Faults) -> Person:
    """A first sign-in, refusals, and orders that are paid, canceled, held and hit by failures."""
    someone = unsigned(
        stack,
        user_id=PERSONAL["user id"],
        email=PERSONAL["e-mail"],
        first_name=PERSONAL["first name"],
        last_name=PERSONAL["last name"],
        temporary_password=TEMPORARY,
    )
    someone.sign_in(TEMPORARY)
    someone.call("POST", "/session/new-password", {"password": WEAK})
    someone.first_sign_in(TEMPORARY, PERMANENT)
    attempt_what_is_refused(someone)
    ses(answer="error")
    paid, canceled = order(someone, quantity=2), order(someone)
    on_payment_page(paid, "pay")
    someone.expect(200, "POST", f"/orders/{canceled['number']}/cancellation")
    eventually(
        lambda: (
            len(promises(stack, paid["number"])) == 3
            and all(int(row["attempts"]) for row in promises(stack, paid["number"]))
        ),
        what="mails were tried in vain",
    )
    ses(answer="normal")
    held = order(someone)
    stripe(amount_override=1)
    on_payment_page(held, "pay")
    stripe(amount_override=None, answer="error500")
    with pytest.raises(Unexpected, match="503"):
        order(someone)
    stripe(answer="normal")
    stack.clock.move(timedelta(minutes=3))
    stack.invoke("LifecycleSweepFunction", {})
    for number, many in ((paid["number"], 3), (canceled["number"], 2)):
        kept(stack, number, at_least=many)
    return someone


def queued(stack: Stack, someone: Person, paused: Paused) -> Iterator[str]:
    """Every message on any queue while nobody takes them, after one more purchase."""
    sqs = stack.client("sqs")
    with paused(*WORKERS):
        one, other = order(someone), order(someone)
        on_payment_page(one, "pay")
        someone.expect(200, "POST", f"/orders/{other['number']}/cancellation")
        eventually(
            lambda: all(_waiting(stack, name) for name in QUEUES[:3]), what="messages on queues"
        )
        for name in QUEUES:
            # At once visible again, for whom they are for.
            answer = sqs.receive_message(
                QueueUrl=stack.outputs[name],
                MaxNumberOfMessages=10,
                VisibilityTimeout=0,
                MessageAttributeNames=["All"],
                AttributeNames=["All"],
            )
            yield json.dumps(answer.get("Messages", []))
    for number, many in ((one["number"], 2), (other["number"], 2)):
        kept(stack, number, at_least=many)


def _waiting(stack: Stack, queue: str) -> int:
    name = "ApproximateNumberOfMessages"
    answer = stack.client("sqs").get_queue_attributes(
        QueueUrl=stack.outputs[queue], AttributeNames=[name]
    )
    return int(answer["Attributes"][name])


def plain(value: Any) -> str:
    """An item as text, its binary values as they are and in base64."""
    if isinstance(value, bytes):
        return f"{value!r} {base64.b64encode(value).decode()}"
    return str(value)


@pytest.fixture(scope="module")
def lived(stack: Stack, request: pytest.FixtureRequest) -> dict[str, Any]:
    """Filled by the first test that asks: its faults are those of one test."""
    return {}


@pytest.fixture
def found(
    stack: Stack, stripe: Faults, ses: Faults, paused: Paused, lived: dict[str, Any]
) -> Found:
    """Everything that a life left behind."""
    if not lived:
        someone = live(stack, stripe, ses)
        lived["token"] = someone.token
        queues = "\n".join(queued(stack, someone, paused))
        kept_logs = [path.read_text(errors="replace") for path in (stack.state / "logs").iterdir()]
        items = (item for table in TABLES for item in raw_rows(stack, table))
        lived["found"] = Found(
            logs="\n".join([*log_lines(stack), *kept_logs]),
            queues=queues,
            tables="\n".join(json.dumps(item, default=plain, ensure_ascii=False) for item in items),
        )
    found: Found = lived["found"]
    return found


@pytest.fixture
def secrets(stack: Stack, found: Found, lived: dict[str, Any]) -> Secrets:
    """What was secret in this life, and in those of others before it."""
    mails = requests.get(f"{stack.url}/messages.json", timeout=30).json()
    keys = [key for mail in mails for key in KEY.findall(mail["text"])]
    return Secrets(
        tokens=[lived["token"], lived["token"].split(".")[2]],
        keys=[form for key in keys for form in (key, key.replace("-", ""), key.lower())],
        passwords=[TEMPORARY, PERMANENT, WRONG, WEAK, people.TEMPORARY, people.PERMANENT],
    )


def test_the_search_would_find_something(found: Found, secrets: Secrets) -> None:
    """A search in nothing finds nothing: what must be there is there."""
    assert '"message":"request"' in found.logs
    assert "POST /pay/cs_test" in found.logs
    assert all(kind in found.queues for kind in ("cs_test", "msg_", "eff_"))
    assert PERSONAL["last name"] in found.tables
    assert PERSONAL["street"] in found.tables
    assert len(secrets.keys) >= 9


def test_s17_no_license_key_is_in_any_log_queue_or_table(found: Found, secrets: Secrets) -> None:
    for where in (found.logs, found.queues, found.tables):
        assert [key for key in secrets.keys if key in where] == []


def test_s17_nothing_that_could_be_a_license_key_is_in_any_log_or_queue(found: Found) -> None:
    assert [text for text in KEY.findall(found.logs + found.queues) if _is_key(text)] == []


def _is_key(text: str) -> bool:
    try:
        normalized(text)
    except InvalidInput:
        return False
    return True


def test_s17_no_password_is_in_any_log_queue_or_table(found: Found, secrets: Secrets) -> None:
    for where in (found.logs, found.queues, found.tables):
        assert [one for one in secrets.passwords if one in where] == []


def test_s17_no_session_token_is_in_any_log_queue_or_table(found: Found, secrets: Secrets) -> None:
    for where in (found.logs, found.queues, found.tables):
        assert [one for one in secrets.tokens if one in where] == []


@pytest.mark.parametrize("what", PERSONAL)
def test_s47_nothing_personal_is_in_any_log_or_queue(found: Found, what: str) -> None:
    for where in (found.logs, found.queues):
        assert PERSONAL[what].lower() not in where.lower()


def test_s47_nobodys_mail_address_is_in_any_log_or_queue(found: Found) -> None:
    assert re.findall(r"[\w.]+@(?:acme|bolt|keyfob)\.example", found.logs + found.queues) == []


def test_s47_personal_data_is_in_the_tables_of_accounts_and_orders_only(
    stack: Stack, found: Found
) -> None:
    for table in ("SessionsTable", "OutboxTable", "AuditTable"):
        content = "\n".join(json.dumps(item, default=plain) for item in raw_rows(stack, table))
        assert [what for what, datum in PERSONAL.items() if datum in content] == []


def lines_with(stack: Stack, correlation: str) -> list[dict[str, Any]]:
    found = (json.loads(line) for line in log_lines(stack) if line.startswith("{"))
    return [line for line in found if correlation in (line.get("correlation"), line.get("origin"))]


def test_every_request_leaves_a_structured_line_with_a_correlation_id(stack: Stack) -> None:
    holder = person(stack)
    account = holder.token.split(".")[0]
    holder.expect(200, "GET", "/session")
    holder.expect(200, "GET", "/orders")
    holder.expect(404, "GET", "/orders/SO-1")
    holder.expect(204, "DELETE", "/session")

    def requests_of_the_holder() -> list[dict[str, Any]]:
        lines = (json.loads(line) for line in log_lines(stack) if '"message":"request"' in line)
        return [line for line in lines if line.get("account") == account]

    eventually(lambda: len(requests_of_the_holder()) >= 5, what="the log has every request")
    seen = sorted(requests_of_the_holder(), key=lambda line: str(line["timestamp"]))
    assert [(one["method"], one["route"], one["status"]) for one in seen] == [
        ("POST", "/session/new-password", 201),
        ("GET", "/session", 200),
        ("GET", "/orders", 200),
        ("GET", "/orders/{number}", 404),
        ("DELETE", "/session", 204),
    ]
    assert len({one["correlation"] for one in seen}) == 5
    assert all(one["correlation"] for one in seen)


def test_one_correlation_id_ties_log_queue_and_audit_entry_together(stack: Stack) -> None:
    holder = person(stack)
    answer = holder.call(
        "POST", "/orders", new_order(), headers={"Idempotency-Key": str(uuid.uuid4())}
    )
    number = answer.json()["number"]
    on_payment_page(answer.json(), "pay")
    kept(stack, number, at_least=2)
    entries = {entry["action"]: entry for entry in audited(stack, f"ORDER#{number}")}
    placed, paid = (entries[name]["correlation"] for name in ("order.placed", "order.paid"))

    eventually(
        lambda: (
            {line["service"] for line in lines_with(stack, paid)}
            == {"stripe_webhook", "payment_worker", "notifier"}
        ),
        what="webhook, payment and mails under one id",
    )
    assert entries["order.keys_minted"]["correlation"] == paid
    assert {row["correlation"] for row in promises(stack, number)} == {paid}
    [line] = lines_with(stack, placed)
    assert (line["service"], line["route"], line["status"]) == ("webstore", "/orders", 201)
    assert entries["order.placed"]["address"] == holder.headers["X-Forwarded-For"]
