"""Secrets are read once in five minutes; the last value outlives an outage."""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.exceptions import ReadTimeoutError
from botocore.session import Session

from keyfob.domain.errors import KeysUnavailable
from keyfob.gateways.secrets import Secret
from tests.support.fakes import FakeClock, Meddler, unique


@pytest.fixture
def store(aws: Session) -> Meddler:
    return Meddler(aws.create_client("secretsmanager"))


@pytest.fixture
def name(store: Meddler) -> str:
    name = unique("stripe")
    store.create_secret(Name=name, SecretString='{"api_key": "one"}')
    return name


def test_a_rolled_secret_is_picked_up_after_five_minutes_S19(
    store: Meddler, name: str, clock: FakeClock
) -> None:
    secret = Secret(store, name, clock)  # type: ignore[arg-type]
    assert secret()["api_key"] == "one"
    store.put_secret_value(SecretId=name, SecretString=json.dumps({"api_key": "two"}))
    clock.advance(minutes=4, seconds=59)
    assert secret()["api_key"] == "one"
    assert len(store.requests("get_secret_value")) == 1
    clock.advance(seconds=1)
    assert secret()["api_key"] == "two"
    assert len(store.requests("get_secret_value")) == 2


def test_a_value_outlives_an_outage_of_the_store_S63(
    store: Meddler, name: str, clock: FakeClock
) -> None:
    def fails(_operation: Any, _request: Any) -> Any:
        raise ReadTimeoutError(endpoint_url="store")

    secret = Secret(store, name, clock)  # type: ignore[arg-type]
    assert secret()["api_key"] == "one"
    store.put_secret_value(SecretId=name, SecretString='{"api_key": "two"}')
    clock.advance(minutes=5)
    store.next("get_secret_value", fails)
    assert secret()["api_key"] == "one"
    clock.advance(minutes=4, seconds=59)
    # Nor does every request wait for a store that is out.
    assert secret()["api_key"] == "one"
    assert len(store.requests("get_secret_value")) == 2
    clock.advance(seconds=1)
    assert secret()["api_key"] == "two"


def test_a_store_that_does_not_answer_is_unavailable_S50(store: Meddler, clock: FakeClock) -> None:
    secret: Any = Secret(store, "no-such-secret", clock)  # type: ignore[arg-type]
    with pytest.raises(KeysUnavailable):
        secret()
