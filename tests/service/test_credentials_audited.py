"""The trail of credentials, live and past: it holds, and changes are found (G4, S48)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from local.stack import Stack
from tests.support.running.credential_checks import account_of
from tests.support.running.observed import faults_about
from tests.support.running.rows import Rows
from tests.support.running.stack_holders import Holder, Supply

Item = dict[str, Any]


@pytest.fixture(scope="module")
def supply(alone: Stack) -> Supply:
    """Event-based tokens."""
    return Supply(alone, 2, period=None)


@pytest.fixture(scope="module")
def live(supply: Supply) -> str:
    """The subject of a credential in use."""
    owner = supply.holder()
    assert owner.person.elevate(owner.device.press()).status_code == 201
    return subject_of(owner)


@pytest.fixture(scope="module")
def past(supply: Supply) -> str:
    """The subject of a credential that was revoked."""
    owner = supply.holder()
    path = f"/credentials/{owner.credential}/revocation"
    owner.person.expect(200, "POST", path, {"confirm": True})
    return subject_of(owner)


@pytest.fixture(params=["live", "past"])
def subject(request: pytest.FixtureRequest) -> str:
    """Either."""
    return str(request.getfixturevalue(request.param))


def subject_of(owner: Holder) -> str:
    return f"CREDENTIAL#{account_of(owner.person)}#{owner.credential}"


def row_of(alone: Stack, subject: str) -> Item:
    _, account, name = subject.split("#")
    return next(
        item
        for item in Rows(alone).raw("credentials")
        if item["pk"]["S"] == f"ACCOUNT#{account}" and item.get("id", {}).get("S") == name
    )


def entries_of(alone: Stack, subject: str) -> list[Item]:
    found = [item for item in Rows(alone).raw("audit") if item["pk"]["S"] == subject]
    return sorted(found, key=lambda item: str(item["sk"]["S"]))


@contextmanager
def altered(
    alone: Stack, table: str, item: Item, change: Callable[[Item], Item | None]
) -> Iterator[None]:
    """Stores `item` after `change`, or deletes it if that gives None; restored afterwards."""
    dynamodb, name = alone.client("dynamodb"), alone.outputs[table]
    instead = change(item)
    if instead is None:
        dynamodb.delete_item(TableName=name, Key={"pk": item["pk"], "sk": item["sk"]})
    else:
        dynamodb.put_item(TableName=name, Item=instead)
    try:
        yield
    finally:
        dynamodb.put_item(TableName=name, Item=item)


def test_s48_the_trail_of_credentials_tokens_and_license_keys_holds(
    alone: Stack, live: str, past: str
) -> None:
    alone.invoke("AuditHeadsFunction", {})
    verdict = alone.invoke("OperationsFunction", {"operation": "verify_audit"})
    assert (verdict["intact"], verdict["faults"]) == (True, [])
    for subject in (live, past):
        row = row_of(alone, subject)
        assert int(row["version"]["N"]) == len(entries_of(alone, subject))


def test_s48_a_changed_entry_about_a_credential_is_found(alone: Stack, subject: str) -> None:
    entry = entries_of(alone, subject)[1]
    with altered(
        alone, "AuditTable", entry, lambda item: {**item, "actor_id": {"S": "acc_another"}}
    ):
        assert faults_about(alone, subject) == [f"{subject}: entry 2 was changed"]
    assert faults_about(alone, subject) == []


@pytest.mark.parametrize("what", ["gone", "older"])
def test_s48_a_credentials_row_that_is_gone_or_older_than_its_trail_is_found(
    alone: Stack, subject: str, what: str
) -> None:
    def change(item: Item) -> Item | None:
        return None if what == "gone" else {**item, "version": {"N": "1"}}

    with altered(alone, "CredentialsTable", row_of(alone, subject), change):
        assert len(faults_about(alone, subject)) == 1
    assert faults_about(alone, subject) == []


def test_s48_a_revoked_credential_put_back_beside_its_past_is_found(
    alone: Stack, past: str
) -> None:
    """A row copied back to life can't make its trail end twice."""
    row = row_of(alone, past)
    again = {**row, "sk": {"S": "live"}, "state": {"S": "active"}, "version": {"N": "1"}}
    dynamodb, name = alone.client("dynamodb"), alone.outputs["CredentialsTable"]
    dynamodb.put_item(TableName=name, Item=again)
    try:
        assert faults_about(alone, past) != []
    finally:
        dynamodb.delete_item(TableName=name, Key={"pk": again["pk"], "sk": again["sk"]})
    assert faults_about(alone, past) == []
