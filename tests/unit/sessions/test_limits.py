"""Counters against guessing: charged before anything is evaluated."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from keyfob.dynamo import Database
from keyfob.errors import Busy, TooManyTries
from keyfob.sessions.limits import Limit, LimitRow, Limits, network_of
from tests.support.fakes import START, Meddler

LIMIT = Limit(name="password", tries=3, period=timedelta(minutes=10))


@pytest.fixture
def limits(database: Database) -> Limits:
    return Limits(database)


def use_up(limits: Limits, subject: str = "ada") -> None:
    for _ in range(LIMIT.tries):
        limits.charge(LIMIT, subject, START)


def test_the_limit_is_reached_and_not_passed_S4(limits: Limits) -> None:
    use_up(limits)
    with pytest.raises(TooManyTries) as refused:
        limits.charge(LIMIT, "ada", START + timedelta(minutes=4))
    assert refused.value.retry_after == timedelta(minutes=6)


def test_a_refused_try_does_not_lengthen_the_window(limits: Limits, database: Database) -> None:
    use_up(limits)
    with pytest.raises(TooManyTries):
        limits.charge(LIMIT, "ada", START + timedelta(minutes=9, seconds=59))
    limits.charge(LIMIT, "ada", START + timedelta(minutes=10))
    [row] = [LimitRow.from_raw_data(item) for item in database.scan(LimitRow)]
    assert (row.tries, row.window_end) == (1, "2026-11-22T07:20:00Z")


def test_everybody_has_a_window_of_their_own(limits: Limits) -> None:
    use_up(limits, "ada")
    limits.charge(LIMIT, "grace", START)
    limits.charge(Limit(name="other", tries=1, period=LIMIT.period), "ada", START)


def test_whom_a_counter_limits_is_not_written_down_S47(limits: Limits, database: Database) -> None:
    limits.charge(LIMIT, "ada@acme.example", START)
    [item] = database.scan(LimitRow)
    assert "ada" not in str(item)


def test_a_right_try_is_given_back(limits: Limits) -> None:
    limits.charge(LIMIT, "ada", START)
    for _ in range(5):
        limits.give_back(limits.charge(LIMIT, "ada", START))
    limits.charge(LIMIT, "ada", START)
    limits.charge(LIMIT, "ada", START)
    with pytest.raises(TooManyTries):
        limits.charge(LIMIT, "ada", START)


def test_giving_back_to_a_window_that_ended_changes_nothing(
    limits: Limits, database: Database
) -> None:
    old = limits.charge(LIMIT, "ada", START)
    limits.charge(LIMIT, "ada", START + timedelta(minutes=10))
    limits.give_back(old)
    [row] = [LimitRow.from_raw_data(item) for item in database.scan(LimitRow)]
    assert row.tries == 1


def test_who_loses_the_race_for_the_last_try_is_refused_S4(limits: Limits, client: Meddler) -> None:
    limits.charge(LIMIT, "ada", START)

    def others_come_first(operation: Any, request: Any) -> Any:
        limits.charge(LIMIT, "ada", START)
        limits.charge(LIMIT, "ada", START)
        return operation(**request)

    client.next("update_item", others_come_first)
    with pytest.raises(TooManyTries):
        limits.charge(LIMIT, "ada", START)


def test_who_loses_the_race_for_a_new_window_counts_in_it_S4(
    limits: Limits, client: Meddler, database: Database
) -> None:
    def somebody_comes_first(operation: Any, request: Any) -> Any:
        limits.charge(LIMIT, "ada", START)
        return operation(**request)

    client.next("put_item", somebody_comes_first)
    limits.charge(LIMIT, "ada", START)
    later = START + timedelta(minutes=10)
    client.next("update_item", somebody_comes_first_at(limits, later))
    limits.charge(LIMIT, "ada", later)
    [row] = [LimitRow.from_raw_data(item) for item in database.scan(LimitRow)]
    assert row.tries == 2


def somebody_comes_first_at(limits: Limits, when: Any) -> Any:
    def fault(operation: Any, request: Any) -> Any:
        limits.charge(LIMIT, "ada", when)
        return operation(**request)

    return fault


def test_who_never_gets_through_is_refused_rather_than_let_in_S4(
    limits: Limits, client: Meddler
) -> None:
    from keyfob.sessions import limits as module

    many = Limit(name="password", tries=1000, period=LIMIT.period)
    limits.charge(many, "ada", START)

    def overtaken(_operation: Any, _request: Any) -> Any:
        raise conflict()

    client.next("update_item", *[overtaken] * module._ATTEMPTS)
    with pytest.raises(Busy):
        limits.charge(many, "ada", START)


def conflict() -> Exception:
    from botocore.exceptions import ClientError

    code = "ConditionalCheckFailedException"
    return ClientError({"Error": {"Code": code, "Message": ""}}, "UpdateItem")


def test_an_address_that_is_none_is_counted_as_it_is() -> None:
    """API Gateway's own console sends a name in its place."""
    assert network_of("test-invoke-source-ip") == "test-invoke-source-ip"


def test_an_address_of_ipv6_counts_as_the_network_its_client_is_given() -> None:
    """One client has a whole /64 to choose addresses from."""
    assert network_of("2001:db8:1:2:3:4:5:6") == network_of("2001:db8:1:2::9")
    assert network_of("2001:db8:1:3::9") != network_of("2001:db8:1:2::9")
    assert network_of("198.18.0.1") != network_of("198.18.0.2")
