"""Idempotent requests: the same key with the same body is one request."""

from __future__ import annotations

from dataclasses import replace

import pytest

from keyfob.domain.errors import IdempotencyKeyReused
from keyfob.storage.credentials.store import CredentialIdempotencyRow
from keyfob.storage.database import Conflict, Database
from keyfob.storage.idempotency import IdempotencyRecord, put, result_of
from keyfob.storage.orders.store import OrderIdempotencyRow
from tests.support.builders import a_record
from tests.support.fakes import START, Meddler

ROW = CredentialIdempotencyRow


def test_the_clients_key_stands_in_no_row_and_is_the_accounts_own() -> None:
    one = IdempotencyRecord(account="acc_ada", key="key with anything\n#", body="b")
    assert "key with" not in one.pk
    assert one.pk == replace(one, body="c").pk
    assert one.pk != replace(one, account="acc_eve").pk
    assert one.pk != replace(one, key="another").pk


def test_the_result_of_a_request_is_found_again_and_is_kept_for_a_while(
    database: Database, client: Meddler
) -> None:
    record = a_record("acc_ada")
    assert result_of(database, ROW, record) is None
    database.write(put(ROW, record, "crd_1", until=START))
    assert result_of(database, ROW, record) == "crd_1"
    [item] = database.scan(ROW)
    assert item["expires"]["N"] == str(int(START.timestamp()))
    assert all(one["ConsistentRead"] for one in client.requests("get_item"))


def test_another_body_under_the_same_key_is_refused(database: Database) -> None:
    record = a_record("acc_ada")
    database.write(put(ROW, record, "crd_1", until=START))
    with pytest.raises(IdempotencyKeyReused):
        result_of(database, ROW, replace(record, body="another"))


def test_one_of_two_requests_with_one_key_at_once_is_written(database: Database) -> None:
    record = a_record("acc_ada")
    database.write(put(ROW, record, "crd_1", until=START))
    with pytest.raises(Conflict):
        database.write(put(ROW, record, "crd_2", until=START))
    assert result_of(database, ROW, record) == "crd_1"


def test_a_key_belongs_to_one_account_and_one_table(database: Database) -> None:
    record = a_record("acc_ada")
    database.write(put(ROW, record, "crd_1", until=START))
    assert result_of(database, ROW, replace(record, account="acc_eve")) is None
    assert result_of(database, OrderIdempotencyRow, record) is None
