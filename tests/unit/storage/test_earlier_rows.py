"""Rows that an earlier version wrote are read as they were meant (`earlier_rows.json`).

They are what handlers left behind after purchases, renewals, a connection, a recovery and a life
with phones, before the library was laid out by layer. A key, attribute, state or kind that is
renamed by mistake turns a test red.
"""

from __future__ import annotations

import json
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from keyfob.domain.audit.verify import walk
from keyfob.domain.messages.kinds import Kind
from keyfob.domain.messages.outbox import message_id
from keyfob.domain.orders.product_kind import ProductKind
from keyfob.domain.policy import Policy
from keyfob.storage.audit.store import AuditStore, stored
from keyfob.storage.connections.store import ConnectionStore
from keyfob.storage.credentials.store import CredentialStore
from keyfob.storage.database import Database
from keyfob.storage.directory.store import Directory
from keyfob.storage.inventory.data_keys import DataKeyRow
from keyfob.storage.inventory.store import Inventory
from keyfob.storage.messages.store import OutboxRow, OutboxStore
from keyfob.storage.orders.catalog import Catalog
from keyfob.storage.orders.store import OrderStore
from keyfob.storage.phones.store import PhoneStore
from keyfob.storage.sessions.store import SessionStore

Item = dict[str, Any]
ROWS: dict[str, list[Item]] = json.loads(
    (Path(__file__).parent / "earlier_rows.json").read_text(encoding="utf-8")
)
LATER = datetime(2040, 1, 1, tzinfo=UTC)


def rows(table: str, prefix: str, sk: str = "") -> list[Item]:
    return [
        one
        for one in ROWS[table]
        if one["pk"]["S"].startswith(prefix) and one["sk"]["S"].startswith(sk)
    ]


def ids(table: str, prefix: str, sk: str = "") -> list[str]:
    return [one["pk"]["S"].removeprefix(prefix) for one in rows(table, prefix, sk)]


def _typed(value: Any) -> Any:
    """As botocore has it: bytes, which JSON can't have, are written as hexadecimals."""
    if not isinstance(value, dict):
        return value
    return {
        kind: bytes.fromhex(one)
        if kind == "B"
        else [_typed(part) for part in one]
        if kind == "L"
        else {name: _typed(part) for name, part in one.items()}
        if kind == "M"
        else one
        for kind, one in value.items()
    }


@pytest.fixture
def earlier(database: Database, tables: dict[str, str]) -> Database:
    for table, items in ROWS.items():
        for item in items:
            typed = {name: _typed(value) for name, value in item.items()}
            database._client.put_item(TableName=tables[table], Item=typed)
    return database


def test_accounts_and_whom_they_belong_to_are_read(earlier: Database) -> None:
    directory = Directory(earlier)
    for item in rows("accounts", "ACCOUNT#"):
        account = directory.account(item["pk"]["S"].removeprefix("ACCOUNT#"))
        assert account
        assert account.email == item["email"]["S"]
        assert directory.account_of(account.user_id) == account.id
        assert directory.organization(account.organization)
    assert all(directory.partner(one) for one in ids("accounts", "PARTNER#"))


def test_sessions_have_their_roles_epochs_and_secrets(earlier: Database) -> None:
    for item in rows("sessions", "ACCOUNT#"):
        found = SessionStore(earlier).get(item["pk"]["S"].removeprefix("ACCOUNT#"))
        assert found
        assert list(found.roles) == json.loads(item["roles"]["S"])
        assert found.epoch == int(item["epoch"]["N"])
        assert set(found.live) == set(item["sessions"]["M"])


def test_credentials_live_and_past_have_their_states_tokens_and_phones(earlier: Database) -> None:
    store, states = CredentialStore(earlier), Counter[str]()
    accounts = {*ids("credentials", "ACCOUNT#", "live"), *ids("credentials", "ACCOUNT#", "PAST")}
    for account in accounts:
        for one in store.of_account(account):
            states[one.state] += 1
            assert set(one.phones) <= set(PhoneStore(earlier).of(one).all)
    stored = [
        *rows("credentials", "ACCOUNT#", "live"),
        *rows("credentials", "ACCOUNT#", "PAST"),
    ]
    assert states == Counter(one["state"]["S"] for one in stored)


def test_tokens_batches_and_data_keys_are_read(earlier: Database) -> None:
    inventory = Inventory(earlier)
    for item in rows("credentials", "TOKEN#"):
        token = inventory.token(item["pk"]["S"].removeprefix("TOKEN#"))
        assert token
        assert (token.state, token.holder) == (
            item["state"]["S"] if "state" in item else None,
            item["holder"]["S"] if "holder" in item else None,
        )
    assert all(inventory.batch(one) for one in ids("credentials", "BATCH#"))
    for one in rows("credentials", "DATAKEY#"):
        assert earlier.get(DataKeyRow, one["pk"]["S"], one["sk"]["S"])


def test_orders_and_license_keys_have_their_states(earlier: Database) -> None:
    orders = OrderStore(earlier)
    for item in rows("orders", "ORDER#"):
        order = orders.get(item["pk"]["S"].removeprefix("ORDER#"))
        assert order
        assert order.state == item["state"]["S"]
        assert order.total > 0
    for item in rows("orders", "KEY#"):
        key = orders.keys.get(item["pk"]["S"])
        assert key
        assert key.is_issued is (item["state"]["S"] == "issued")


def test_products_are_read_and_an_earlier_renewal_suits_no_credential_B7(
    earlier: Database,
) -> None:
    stored = rows("orders", "PARTNER#northwind", "PRODUCT#")
    products = Catalog(earlier).of_partner("northwind")
    assert [one.id for one in products] == [
        item["sk"]["S"].removeprefix("PRODUCT#") for item in stored
    ]
    assert [int(one.price) for one in products] == [int(item["price"]["N"]) for item in stored]
    [renewal] = [one for one in products if one.kind is ProductKind.RENEWAL]
    for kind in ProductKind:
        assert not renewal.suits(kind, proofing=False, seller="northwind")


def test_connections_are_read_from_both_sides(earlier: Database) -> None:
    connections = ConnectionStore(earlier)
    for item in rows("accounts", "CONNECTION#"):
        connection = connections.of_child(item["pk"]["S"].removeprefix("CONNECTION#"))
        assert connection
        assert connections.has_asked(connection.child, connection.parent)
        assert connection.state == item["state"]["S"]


def test_every_queued_message_is_of_a_kind_that_there_is_and_can_be_leased(
    earlier: Database,
) -> None:
    outbox = OutboxStore(earlier, Policy())
    for item in rows("outbox", ""):
        # By its name in rows; mypy takes it for a new member.
        kind = Kind(item["kind"]["S"])  # type: ignore[call-arg]
        said = (item["subject"]["S"], int(item["subject_version"]["N"]), item["recipient"]["S"])
        assert message_id(kind, *said) == item["pk"]["S"]
        earlier._client.update_item(
            TableName=earlier._table(OutboxRow),
            Key={name: item[name] for name in ("pk", "sk")},
            UpdateExpression="SET #s = :pending REMOVE lease_until",
            ExpressionAttributeNames={"#s": "state"},
            ExpressionAttributeValues={":pending": {"S": "pending"}},
        )
        lease = outbox.lease(item["pk"]["S"], LATER)
        assert lease
        # Such a message was about a credential; its account is the recipient's.
        if kind is not Kind.CREDENTIAL_REOPENED:
            lease.message.require_facts()


def test_the_audit_trail_verifies_as_it_was_written_S48(earlier: Database) -> None:
    trail = walk(map(stored, AuditStore(earlier).all()))
    assert trail.entries == len(ROWS["audit"])
    assert trail.faults == []
