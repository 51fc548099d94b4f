"""Fixtures of AWS in this process: no socket, and tables of its own for every test."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from botocore.session import Session
from moto import mock_aws
from moto.s3.models import S3Backend

from keyfob.domain.policy import Policy
from keyfob.storage.database import Database
from keyfob.storage.transaction import Transactions
from tests.support.dynamodb import Client, Engine, answer_clients_of
from tests.support.fakes import Counts, FakeClock, Meddler
from tests.support.templates import create_tables

ENVIRONMENT = {
    "AWS_ACCESS_KEY_ID": "testing",
    "AWS_SECRET_ACCESS_KEY": "testing",
    "AWS_SESSION_TOKEN": "testing",
    "AWS_DEFAULT_REGION": "eu-central-1",
    "AWS_CONFIG_FILE": "/dev/null",
    "AWS_SHARED_CREDENTIALS_FILE": "/dev/null",
}
# Endpoints and credentials of the machine's own AWS configuration must not interfere.
ELSEWHERE = ("AWS_PROFILE", "AWS_ENDPOINT_URL", "AWS_REGION")


_list_object_versions = S3Backend.list_object_versions


def _after_any_key(self: S3Backend, bucket_name: str, **request: Any) -> Any:
    """S3 begins after any marker; moto leaves out the first key after one that is no key."""
    marker = request.get("key_marker")
    if marker and not request.get("version_id_marker"):
        before = [name for name in self.get_bucket(bucket_name).keys if name <= marker]
        request["key_marker"] = max(before, default=None)
    return _list_object_versions(self, bucket_name, **request)


@pytest.fixture(scope="session")
def aws() -> Iterator[Session]:
    """A botocore session whose clients end in this process."""
    with pytest.MonkeyPatch.context() as environment:
        for name in ELSEWHERE:
            environment.delenv(name, raising=False)
        for name, value in ENVIRONMENT.items():
            environment.setenv(name, value)
        environment.setattr(S3Backend, "list_object_versions", _after_any_key)
        with mock_aws():
            yield Session()


@pytest.fixture(scope="session")
def engine(aws: Session) -> Engine:
    """The tables of this process; the session's DynamoDB clients end here."""
    made = Engine()
    answer_clients_of(aws, made)
    return made


@pytest.fixture(scope="session")
def dynamodb(engine: Engine) -> Client:
    """A client of the tables without serialization."""
    return Client(engine)


@pytest.fixture(scope="session")
def _created(dynamodb: Client) -> dict[str, str]:
    return create_tables(dynamodb, lambda name: f"{name}-of-a-test")


@pytest.fixture
def tables(_created: dict[str, str], engine: Engine) -> dict[str, str]:
    """Deployed names of the tables that the template describes, all of them empty."""
    for name in _created.values():
        engine.tables[name].clear()
    return _created


@pytest.fixture
def client(dynamodb: Client) -> Meddler:
    """The DynamoDB client in which a test can interfere."""
    return Meddler(dynamodb)


@pytest.fixture
def database(client: Meddler, tables: dict[str, str]) -> Database:
    """All tables."""
    return Database(client, tables, pause=lambda _seconds: None)  # type: ignore[arg-type]


@pytest.fixture
def clock() -> FakeClock:
    """The time, which stands still."""
    return FakeClock()


@pytest.fixture
def policy() -> Policy:
    """The defaults."""
    return Policy()


@pytest.fixture
def counts() -> Counts:
    """Metrics."""
    return Counts()


@pytest.fixture
def transactions(database: Database, clock: FakeClock, policy: Policy) -> Transactions:
    """The writer of transactions, without waiting between attempts."""
    return Transactions(
        database, clock, patience=policy.outbox_patience, pause=lambda _seconds: None
    )
