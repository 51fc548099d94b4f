"""What the stack holds, as an operator with every right would see it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import requests
from boto3.dynamodb.types import TypeDeserializer

from local.client import eventually, mails
from local.stack import Stack

TABLES = (
    "AccountsTable",
    "CredentialsTable",
    "SessionsTable",
    "OrdersTable",
    "OutboxTable",
    "AuditTable",
)
QUEUES = (
    "PaymentsQueue",
    "MessagesQueue",
    "EffectsQueue",
    "LifecycleQueue",
    "PaymentsDeadLetters",
    "MessagesDeadLetters",
    "EffectsDeadLetters",
    "LifecycleDeadLetters",
)
ROLES = (
    "SessionRole",
    "RecoveryRole",
    "ElevationRole",
    "PhonesRole",
    "RedemptionRole",
    "RegistrationRole",
    "CredentialsRole",
    "ConnectionsRole",
    "WebstoreRole",
    "StripeWebhookRole",
    "PaymentWorkerRole",
    "OutboxRelayRole",
    "NotifierRole",
    "EffectsWorkerRole",
    "LifecycleSweepRole",
    "LifecycleWorkerRole",
    "AuditHeadsRole",
    "OperationsRole",
    "TokenImportRole",
)
_LOG_PAGE = 10_000
_value = TypeDeserializer().deserialize


def row_at(stack: Stack, table: str, pk: str, sk: str = "-") -> dict[str, Any]:
    """The item under this key of the table that this output names, in plain values."""
    answer = stack.client("dynamodb").get_item(
        TableName=stack.outputs[table], Key={"pk": {"S": pk}, "sk": {"S": sk}}, ConsistentRead=True
    )
    return {name: _value(value) for name, value in answer["Item"].items()}


def raw_rows(stack: Stack, table: str) -> Iterator[dict[str, Any]]:
    """Every item of the table that this output names, as DynamoDB has it."""
    pages = stack.client("dynamodb").get_paginator("scan")
    for page in pages.paginate(TableName=stack.outputs[table], ConsistentRead=True):
        yield from page["Items"]


def rows(stack: Stack, table: str) -> list[dict[str, Any]]:
    """Every item of the table that this output names, in plain values."""
    return [
        {name: _value(value) for name, value in item.items()} for item in raw_rows(stack, table)
    ]


def faults_about(stack: Stack, subject: str) -> list[str]:
    """What the check of the audit trail finds about this subject: others alter what is theirs."""
    verdict = stack.invoke("OperationsFunction", {"operation": "verify_audit"})
    return [fault for fault in verdict["faults"] if subject in fault]


def order_row(stack: Stack, number: str) -> dict[str, Any]:
    """An order as its table has it."""
    return row_at(stack, "OrdersTable", f"ORDER#{number}")


def promises(stack: Stack, number: str) -> list[dict[str, Any]]:
    """The outbox rows about an order and about its license keys."""
    # A license key's message names its order among its facts, which are JSON.
    about = {":subject": {"S": f"ORDER#{number}"}, ":fact": {"S": f'"{number}"'}}
    pages = stack.client("dynamodb").get_paginator("scan")
    found = pages.paginate(
        TableName=stack.outputs["OutboxTable"],
        ConsistentRead=True,
        FilterExpression="#s = :subject OR contains(#f, :fact)",
        ExpressionAttributeNames={"#s": "subject", "#f": "facts"},
        ExpressionAttributeValues=about,
    )
    return [
        {name: _value(value) for name, value in item.items()}
        for page in found
        for item in page["Items"]
    ]


def kept(stack: Stack, number: str, *, at_least: int = 1) -> list[dict[str, Any]]:
    """The promises about an order, once there are so many and none is pending any more."""

    def finished() -> list[dict[str, Any]]:
        made = promises(stack, number)
        done = len(made) >= at_least and all(row["state"] != "pending" for row in made)
        return made if done else []

    return eventually(finished, what=f"every promise about {number} kept")


def order_mails(stack: Stack, user_id: str, number: str) -> list[dict[str, Any]]:
    """The mails to a person of tests that name an order."""
    return mails(stack.url, to=f"{user_id}@acme.example", containing=number)


def audited(stack: Stack, pk: str) -> list[dict[str, Any]]:
    """The audit entries under a subject (`ORDER#…`) or an actor (`ACTOR#…`), in order."""
    return rows_under(stack, "AuditTable", pk)


def rows_under(stack: Stack, table: str, pk: str) -> list[dict[str, Any]]:
    """The items under a partition key of the table that this output names, in order."""
    answer = stack.client("dynamodb").query(
        TableName=stack.outputs[table],
        KeyConditionExpression="pk = :pk",
        ExpressionAttributeValues={":pk": {"S": pk}},
        ConsistentRead=True,
    )
    return [{name: _value(value) for name, value in item.items()} for item in answer["Items"]]


def at_stripe(stack: Stack, path: str) -> dict[str, Any]:
    """An object as Stripe's double has it: `checkout/sessions/cs_…`, `refunds/re_…`."""
    answer = requests.get(
        f"{stack.url}/_stripe/v1/{path}",
        headers={"Authorization": f"Bearer {stack.record.stripe_key}"},
        timeout=10,
    )
    answer.raise_for_status()
    found: dict[str, Any] = answer.json()
    return found


def asked_of_stripe(stack: Stack, what: str, number: str) -> list[dict[str, Any]]:
    """The writes (`checkout`, `refund`) that Stripe's double carried out for an order."""
    prefix = f"{what}:{order_row(stack, number)['reference']}:"
    seen = requests.get(f"{stack.url}/_control/requests", timeout=10).json()
    return [
        request
        for request in seen
        if (request["idempotency_key"] or "").startswith(prefix) and request["status"] == 200
    ]


def checkout_of(order: dict[str, Any]) -> str:
    """The id of the Checkout Session behind an order's payment page."""
    return str(order["checkout_url"]).rsplit("/", 1)[1]


def log_lines(stack: Stack) -> list[str]:
    """Everything that any function has logged."""
    groups = stack.client("logs").describe_log_groups()["logGroups"]
    return [line for group in groups for line in _lines(stack, group["logGroupName"])]


def _lines(stack: Stack, group: str) -> Iterator[str]:
    """The oldest first; the emulator shows so many of them at most and leads no further."""
    start = 0
    while True:
        page = stack.client("logs").filter_log_events(
            logGroupName=group, startTime=start, limit=_LOG_PAGE
        )["events"]
        if len(page) < _LOG_PAGE:
            yield from (event["message"] for event in page)
            return
        # Those of the last millisecond come again, with what else is of it.
        start = page[-1]["timestamp"]
        yield from (event["message"] for event in page if event["timestamp"] < start)
