"""Secrets and personal data are only where they belong (S17, S47); one trace ties all parts.

A person whose every datum is recognizable lives through the service and its failures; then logs,
tables and queues are searched, including what other tests left.
"""

from __future__ import annotations

import base64
import json
import re
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
import requests

from keyfob.domain.errors import InvalidInput
from keyfob.domain.orders.license_key import normalized
from local.client import Person, eventually, new_order, on_payment_page
from local.stack import Stack
from tests.stack.canary_identity import ASKED, IDENTITY, live_with_questions
from tests.stack.canary_person import (
    KEY,
    PERMANENT,
    PERSONAL,
    TEMPORARY,
    WEAK,
    WRONG,
    Lived,
    live,
    order,
)
from tests.support.running import people
from tests.support.running.fixtures import Paused, Switch
from tests.support.running.observed import (
    QUEUES,
    kept,
    log_lines,
)
from tests.support.running.people import person
from tests.support.running.rows import TABLES, Rows

WORKERS = ("PaymentWorkerFunction", "NotifierFunction", "EffectsWorkerFunction")


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """The places to search."""

    logs: str
    queues: str
    tables: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Secrets:
    """Values that must be nowhere."""

    tokens: list[str]
    keys: list[str]
    passwords: list[str]
    codes: list[str]
    seeds: list[str]


def queued(stack: Stack, someone: Person, paused: Paused) -> Iterator[str]:
    """Every message on any queue while no consumer takes them, after one more purchase."""
    sqs = stack.client("sqs")
    with paused(*WORKERS):
        one, other = order(someone), order(someone)
        on_payment_page(one, "pay")
        someone.expect(200, "POST", f"/orders/{other['number']}/cancellation")
        eventually(
            lambda: all(_waiting(stack, name) for name in QUEUES[:3]), what="messages on queues"
        )
        for name in QUEUES:
            # Visible again at once, for their consumers.
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
    """An item as text, its binary values as they are, in base64 and in hexadecimal."""
    if isinstance(value, bytes):
        return f"{value!r} {base64.b64encode(value).decode()} {value.hex()}"
    return str(value)


@pytest.fixture(scope="module")
def lived(stack: Stack, request: pytest.FixtureRequest) -> dict[str, Any]:
    """Filled by the first test that asks: its faults are those of one test."""
    return {}


@pytest.fixture
def found(
    stack: Stack, stripe: Switch, ses: Switch, paused: Paused, lived: dict[str, Any]
) -> Found:
    """Everything that a life left behind."""
    if not lived:
        lived["proofed"] = live_with_questions(stack)
        lived["life"] = life = live(stack, stripe, ses)
        queues = "\n".join(queued(stack, life.person, paused))
        kept_logs = [path.read_text(errors="replace") for path in (stack.state / "logs").iterdir()]
        items = (item for table in TABLES for item in Rows(stack).raw(table))
        lived["found"] = Found(
            logs="\n".join([*log_lines(stack), *kept_logs]),
            queues=queues,
            tables="\n".join(json.dumps(item, default=plain, ensure_ascii=False) for item in items),
        )
    found: Found = lived["found"]
    return found


@pytest.fixture
def secrets(stack: Stack, found: Found, lived: dict[str, Any]) -> Secrets:
    """The secrets of this life, and of lives before it."""
    sent = requests.get(f"{stack.url}/messages.json", timeout=30).json()
    # Temporary passwords have the form of license keys.
    keys = [key for mail in sent for key in KEY.findall(mail["text"])]
    life: Lived = lived["life"]
    return Secrets(
        tokens=[part for token in life.tokens for part in (token, token.split(".")[2])],
        keys=[form for key in keys for form in (key, key.replace("-", ""), key.lower())],
        passwords=[TEMPORARY, PERMANENT, WRONG, WEAK, people.TEMPORARY, people.PERMANENT],
        codes=life.codes,
        seeds=written(life.device.secret),
    )


def written(secret: bytes) -> list[str]:
    """Every spelling of a token's secret."""
    return [
        secret.hex(),
        base64.b32encode(secret).decode(),
        base64.b64encode(secret).decode(),
        base64.urlsafe_b64encode(secret).decode(),
        repr(secret)[2:-1],
    ]


def test_the_search_would_find_something(
    found: Found, secrets: Secrets, lived: dict[str, Any]
) -> None:
    """The search would find leaks: expected values are found, to the very end."""
    account = str(lived["life"].tokens[-1]).split(".", maxsplit=1)[0]
    ends = [line for line in found.logs.splitlines() if account in line and "cancellation" in line]
    assert len(ends) >= 2, "the first and the last thing this person did"
    assert '"message":"request"' in found.logs
    assert "POST /pay/cs_test" in found.logs
    assert all(kind in found.queues for kind in ("cs_test", "msg_", "eff_"))
    assert PERSONAL["last name"] in found.tables
    assert PERSONAL["street"] in found.tables
    assert len(secrets.keys) >= 9
    assert PERSONAL["legal name"] in found.tables
    assert all(kind in found.tables for kind in ("token.accepted", "token.locked", "PAST#crd_"))
    assert all(kind in found.tables for kind in ("phone.tested", "phone.accepted"))


def test_s47_no_number_of_a_phone_outlives_its_credential(found: Found) -> None:
    """It was in the row of phones alone."""
    assert [kind for kind in ("phone", "phone's name") if PERSONAL[kind] in found.tables] == []


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


def test_s17_no_code_of_a_token_or_phone_is_in_any_log_queue_or_table(
    found: Found, secrets: Secrets
) -> None:
    """Right, used, out of order and wrong ones; digits of longer words don't count."""
    seen = re.compile(rf"(?<![0-9A-Za-z.])(?:{'|'.join(secrets.codes)})(?![0-9A-Za-z])")
    for where in (found.logs, found.queues, found.tables):
        assert seen.findall(where) == []


def test_s16_no_secret_of_a_token_is_in_any_log_queue_or_table(
    found: Found, secrets: Secrets
) -> None:
    """In hexadecimal, base32, base64 or raw."""
    for where in (found.logs, found.queues, found.tables):
        assert [form for form in secrets.seeds if form.lower() in where.lower()] == []


@pytest.mark.parametrize("what", PERSONAL)
def test_s47_nothing_personal_is_in_any_log_or_queue(found: Found, what: str) -> None:
    for where in (found.logs, found.queues):
        assert PERSONAL[what].lower() not in where.lower()


@pytest.mark.parametrize("what", [*IDENTITY, *ASKED])
def test_s31_nothing_of_a_proofed_person_is_in_any_log_queue_table_or_mail(
    stack: Stack, found: Found, lived: dict[str, Any], what: str
) -> None:
    """S31: birth date, digits, address and answers, also from requests that were refused."""
    account = str(lived["proofed"].token).partition(".")[0]
    assert f"CASE#{account}" in found.tables, "the search would find something"
    sent = requests.get(f"{stack.url}/messages.json", timeout=30).text
    datum = {**IDENTITY, **ASKED}[what].lower()
    for where in (found.logs, found.queues, found.tables, sent):
        assert datum not in where.lower()


def test_s47_nobodys_mail_address_is_in_any_log_or_queue(found: Found) -> None:
    assert re.findall(r"[\w.]+@(?:acme|bolt|keyfob)\.example", found.logs + found.queues) == []


def test_s47_personal_data_is_in_the_tables_of_accounts_orders_and_credentials_only(
    stack: Stack, found: Found
) -> None:
    for table in ("sessions", "outbox", "audit"):
        content = "\n".join(json.dumps(item, default=plain) for item in Rows(stack).raw(table))
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
    entries = {entry["action"]: entry for entry in Rows(stack).entries(f"ORDER#{number}")}
    placed, paid = (entries[name]["correlation"] for name in ("order.placed", "order.paid"))

    eventually(
        lambda: (
            {line["service"] for line in lines_with(stack, paid)}
            == {"stripe_webhook", "payment_worker", "notifier"}
        ),
        what="webhook, payment and mails under one id",
    )
    assert entries["order.keys_minted"]["correlation"] == paid
    assert {row["correlation"] for row in Rows(stack).queued(number)} == {paid}
    [line] = lines_with(stack, placed)
    assert (line["service"], line["route"], line["status"]) == ("webstore", "/orders", 201)
    assert entries["order.placed"]["address"] == holder.headers["X-Forwarded-For"]
