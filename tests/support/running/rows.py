"""The rows of the tables, read without the code under test."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from boto3.dynamodb.types import TypeDeserializer

from local.stack import Stack

TABLES = (
    "accounts",
    "credentials",
    "sessions",
    "orders",
    "outbox",
    "proofing",
    "letters",
    "members",
    "registrations",
    "audit",
)
_value = TypeDeserializer().deserialize


class Rows:
    """Reads the deployed tables as the account's root; strongly consistent."""

    def __init__(self, stack: Stack) -> None:
        self._client = stack.client("dynamodb")
        self._outputs = stack.outputs

    def all(self, table: str) -> list[dict[str, Any]]:
        """Every item of a table."""
        return self._pages("scan", table)

    def raw(self, table: str) -> Iterator[dict[str, Any]]:
        """Every item of a table, as DynamoDB has it."""
        return self._items("scan", table)

    def under(self, table: str, pk: str) -> list[dict[str, Any]]:
        """The items under a partition key, in order."""
        return self._pages("query", table, KeyConditionExpression="#o = :o", **_where("pk", pk))

    def sessions(self, account: str) -> dict[str, Any]:
        """The account's live sessions, by id."""
        row = self._get("sessions", f"ACCOUNT#{account}")
        sessions: dict[str, Any] = row["sessions"]
        return sessions

    def epoch(self, account: str) -> int:
        """The epoch, whose rise ends all sign-ins under way."""
        return int(self._get("sessions", f"ACCOUNT#{account}")["epoch"])

    def pending_reset(self, account: str) -> str | None:
        """The effect that will reset the account's password, until it is done."""
        return self._get("sessions", f"ACCOUNT#{account}").get("pending_reset")

    def parent(self, account: str) -> str | None:
        """The account whose credential this one uses."""
        return self._get("sessions", f"ACCOUNT#{account}").get("parent")

    def connections(self, account: str) -> list[str]:
        """The account's audit actions about connections to a parent, oldest first."""
        return [entry["action"] for entry in self.entries(f"CONNECTION#{account}")]

    def credential(self, account: str) -> dict[str, Any]:
        """The account's live credential."""
        return self._get("credentials", f"ACCOUNT#{account}", "live")

    def credentials(self, account: str) -> list[dict[str, Any]]:
        """All of the account's credentials."""
        return self._pages(
            "query",
            "credentials",
            KeyConditionExpression="#o = :o AND #r < :r",
            ExpressionAttributeNames={"#o": "pk", "#r": "sk"},
            # `live` and `PAST#…`, not the receipts.
            ExpressionAttributeValues={":o": {"S": f"ACCOUNT#{account}"}, ":r": {"S": "m"}},
        )

    def token(self, serial: str) -> dict[str, Any]:
        """A hardware token of the inventory."""
        return self._get("credentials", f"TOKEN#{serial}")

    def happened(self, credential: dict[str, Any]) -> list[str]:
        """The audit actions about a credential, oldest first."""
        subject = str(credential["pk"]).replace("ACCOUNT#", "CREDENTIAL#")
        return [entry["action"] for entry in self.entries(f"{subject}#{credential['id']}")]

    def order(self, number: str) -> dict[str, Any]:
        """An order."""
        return self._get("orders", f"ORDER#{number}")

    def license_keys(self, number: str) -> list[dict[str, Any]]:
        """The license keys minted for an order."""
        found = self._pages("scan", "orders", FilterExpression="#o = :o", **_where("order", number))
        return [row for row in found if row["pk"].startswith("KEY#")]

    def orders_of(self, account: str) -> list[str]:
        """The numbers of an account's orders."""
        found = self._pages(
            "scan", "orders", FilterExpression="#o = :o", **_where("account", account)
        )
        return [_number(row) for row in found if row["pk"].startswith("ORDER#")]

    def entries(self, pk: str) -> list[dict[str, Any]]:
        """The audit entries about a subject or by an actor (`ACTOR#…`), oldest first."""
        return self.under("audit", pk)

    def changes(self, number: str) -> list[str]:
        """The audit actions about an order, oldest first."""
        return [entry["action"] for entry in self.entries(f"ORDER#{number}")]

    def tries(self, limit: str, subject: str) -> int:
        """The number of tries counted for somebody."""
        return int(self._limit(limit, subject).get("tries", 0))

    def window_end(self, limit: str, subject: str) -> datetime:
        """The end of the window of those tries; long ago, if there are none."""
        found = self._limit(limit, subject).get("window_end")
        return datetime.fromisoformat(found) if found else datetime.min.replace(tzinfo=UTC)

    def phones(self, account: str) -> dict[str, Any]:
        """The phones of the account's credential, by id."""
        row = self._get("credentials", f"ACCOUNT#{account}", "phones")
        phones: dict[str, Any] = row["phones"]
        return phones

    def message(self, message_id: str) -> dict[str, Any]:
        """A row of the outbox."""
        return self._get("outbox", message_id)

    def queued(self, number: str, kind: str = "") -> list[dict[str, Any]]:
        """The outbox rows about an order and its license keys."""
        # A license key's message names its order among its facts, which are JSON.
        about = {":subject": {"S": f"ORDER#{number}"}, ":fact": {"S": f'"{number}"'}}
        found = self._pages(
            "scan",
            "outbox",
            FilterExpression="#s = :subject OR contains(#f, :fact)",
            ExpressionAttributeNames={"#s": "subject", "#f": "facts"},
            ExpressionAttributeValues=about,
        )
        return [row for row in found if kind in {"", row["kind"]}]

    def effects(self, subject: str, kind: str) -> list[dict[str, Any]]:
        """The outbox rows of one kind about a subject, done or not."""
        about = _where("subject", subject)
        found = self._pages("scan", "outbox", FilterExpression="#o = :o", **about)
        return [row for row in found if row["kind"] == kind]

    def queued_by_subject(self) -> dict[str, list[dict[str, Any]]]:
        """All outbox rows, by subject."""
        found: dict[str, list[dict[str, Any]]] = defaultdict(list)
        for row in self._pages("scan", "outbox"):
            found[row["subject"]].append(row)
        return found

    def unkept(self, number: str) -> list[dict[str, Any]]:
        """The messages about an order that are still pending."""
        return [row for row in self.queued(number) if row["state"] == "pending"]

    def _get(self, table: str, pk: str, sk: str = "-") -> dict[str, Any]:
        key = {"pk": {"S": pk}, "sk": {"S": sk}}
        answer = self._client.get_item(TableName=self._name(table), Key=key, ConsistentRead=True)
        return _plain(answer["Item"])

    def _limit(self, limit: str, subject: str) -> dict[str, Any]:
        key = {"pk": {"S": f"LIMIT#{limit}#{limited(subject)}"}, "sk": {"S": "-"}}
        answer = self._client.get_item(
            TableName=self._name("sessions"), Key=key, ConsistentRead=True
        )
        return _plain(answer.get("Item", {}))

    def _pages(self, operation: str, table: str, **request: Any) -> list[dict[str, Any]]:
        return [_plain(item) for item in self._items(operation, table, **request)]

    def _items(self, operation: str, table: str, **request: Any) -> Iterator[dict[str, Any]]:
        pages = self._client.get_paginator(operation).paginate(
            TableName=self._name(table), ConsistentRead=True, **request
        )
        for page in pages:
            yield from page["Items"]

    def _name(self, table: str) -> str:
        return self._outputs[f"{table.title()}Table"]


def limited(subject: str) -> str:
    """The hash of a subject in the key of its limit's row."""
    return hashlib.sha256(subject.encode()).hexdigest()[:32]


def _where(attribute: str, value: str) -> dict[str, Any]:
    return {
        "ExpressionAttributeNames": {"#o": attribute},
        "ExpressionAttributeValues": {":o": {"S": value}},
    }


def _plain(item: dict[str, Any]) -> dict[str, Any]:
    return {name: _value(value) for name, value in item.items()}


def _number(row: dict[str, Any]) -> str:
    return str(row["pk"]).removeprefix("ORDER#")
