"""The forecast reads only due rows, counts and reports them, and changes nothing (G2)."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from keyfob.domain.audit.entry import Entry
from keyfob.domain.credentials.milestones import next_due
from keyfob.domain.errors import InvalidInput, StorageUnavailable
from keyfob.domain.forecast.period import period_of
from keyfob.domain.policy import Policy
from keyfob.storage.credentials import store as rows
from keyfob.storage.database import Database
from keyfob.storage.forecast.store import DueCredentials, DueOffers
from keyfob.storage.transaction import Transactions
from keyfob.usecases.forecast.forecasting import Forecasting, Report
from tests.support.builders import ACTOR, a_credential
from tests.support.fakes import START, FakeClock, Meddler, unique
from tests.support.reports import FakeReports, Page, totals

PLENTY = timedelta(minutes=14)
UNTIL = "2027-11-30"


@pytest.fixture
def reports() -> FakeReports:
    return FakeReports()


@pytest.fixture
def forecasting(
    database: Database, clock: FakeClock, policy: Policy, reports: FakeReports
) -> Forecasting:
    return Forecasting(
        credentials=DueCredentials(database),
        offers=DueOffers(database),
        reports=reports,
        clock=clock,
        policy=policy,
    )


def make(
    forecasting: Forecasting, begins: str | None = None, until: str = UNTIL, left: Any = PLENTY
) -> Report:
    return forecasting.make(begins, until, left if callable(left) else lambda: left)


@pytest.fixture
def stored(transactions: Transactions, policy: Policy, client: Meddler) -> Any:
    """Stores so many credentials that expire then, each of an account of its own."""

    def store(count: int, expires_at: datetime, due: datetime | None = None) -> list[str]:
        accounts = [unique("acc_due") for _ in range(count)]
        for account in accounts:
            one = a_credential(account=account, expires_at=expires_at)
            write = rows.put(one, due or next_due(one, START, policy))
            entry = Entry(action="x", actor=ACTOR, at=START, subject=one.subject)
            transactions.commit(write, audit=[entry])
        client.calls.clear()
        return accounts

    return store


def read(client: Meddler) -> list[str]:
    """The accounts whose rows were read."""
    keys = [
        key["pk"]["S"]
        for request in client.requests("batch_get_item")
        for table in request["RequestItems"].values()
        for key in table["Keys"]
    ]
    return sorted(key.removeprefix("ACCOUNT#") for key in keys)


def test_the_report_is_a_page_and_a_table_that_agree_with_the_answer_G2(
    forecasting: Forecasting, stored: Any, reports: FakeReports
) -> None:
    stored(3, START + timedelta(days=200))
    report = make(forecasting)
    assert list(reports.kept) == [report.table, report.page]
    name = "forecasts/2026-11-22-to-2027-11-30-made-20261122T070000Z"
    assert (report.page, report.table) == (f"{name}.html", f"{name}.csv")
    (table, of_table), (page, of_page) = reports.kept[report.table], reports.kept[report.page]
    assert (of_table, of_page) == ("text/csv; charset=utf-8", "text/html; charset=utf-8")
    assert totals(table) == {"renewal_notice": 3, "expiry": 3}
    assert report.forecast.total == 6
    assert f"{name}.csv".removeprefix("forecasts/") in Page(page).words


def test_it_reads_the_rows_due_until_then_and_writes_nothing_G2(
    forecasting: Forecasting, stored: Any, client: Meddler
) -> None:
    stored(40, START + timedelta(days=700))
    soon = stored(5, START + timedelta(days=100))
    make(forecasting, until="2027-03-31")
    assert read(client) == sorted(soon)
    assert {operation for operation, _ in client.calls} == {"query", "batch_get_item"}
    queries = client.requests("query")
    assert {request["IndexName"] for request in queries} == {"due"}
    assert len(queries) == 2 * 16, "of credentials, and of campaigns"


def test_it_reads_a_hundred_rows_at_a_time_G2(
    forecasting: Forecasting, client: Meddler, stored: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("keyfob.domain.due_index.SHARDS", 1)
    everybody = stored(205, START + timedelta(days=100))
    assert make(forecasting).forecast.credentials == 205
    assert len(client.requests("batch_get_item")) == 3
    assert read(client) == sorted(everybody)


def test_one_that_the_clock_moves_meanwhile_counts_once_S42(
    forecasting: Forecasting, stored: Any, client: Meddler, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("keyfob.domain.due_index.SHARDS", 1)
    stored(3, START + timedelta(days=100))

    def comes_again(operation: Any, request: Any) -> Any:
        answer = operation(**request)
        return {**answer, "Items": [*answer["Items"], answer["Items"][0]]}

    client.next("query", comes_again)
    report = make(forecasting)
    assert (report.forecast.credentials, report.forecast.total) == (3, 6)


def test_one_that_is_revoked_meanwhile_is_not_counted_S42(
    forecasting: Forecasting, stored: Any, client: Meddler, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("keyfob.domain.due_index.SHARDS", 1)
    stored(3, START + timedelta(days=100))

    def gone(operation: Any, request: Any) -> Any:
        answer = operation(**request)
        [[table, items]] = answer["Responses"].items()
        return {**answer, "Responses": {table: items[1:]}}

    client.next("batch_get_item", gone)
    assert make(forecasting).forecast.credentials == 2


def test_one_that_the_sweep_has_just_leased_counts_although_it_stands_later_S44(
    forecasting: Forecasting, stored: Any, policy: Policy
) -> None:
    leased = START + policy.due_lease
    stored(1, START + timedelta(days=30), due=leased)
    report = make(forecasting, until="2026-11-22T07:05:00Z")
    assert [(due.kind.name, n) for due, n in report.forecast.counts.items()] == [
        ("renewal_notice", 1)
    ]


def test_it_asks_the_clock_once_and_counts_to_the_second_S45(
    forecasting: Forecasting, stored: Any, clock: FakeClock
) -> None:
    clock.now = START + timedelta(milliseconds=999)
    stored(1, START + timedelta(days=30))
    report = make(forecasting, until="2026-11-22T07:00:01Z")
    assert (report.forecast.made_at, report.forecast.total) == (START, 1)


def test_a_report_that_lacks_time_is_refused_with_a_shorter_period_G2(
    forecasting: Forecasting, stored: Any, reports: FakeReports, clock: FakeClock
) -> None:
    stored(40, START + timedelta(days=100))
    left = iter([PLENTY] * 9)
    with pytest.raises(InvalidInput, match="no report was made") as refused:
        make(forecasting, left=lambda: next(left, timedelta(seconds=59)))
    assert reports.kept == {}
    until = refused.value.fields["until"].removeprefix("ask until ")
    shorter = period_of(None, until, clock())
    assert clock() + timedelta(days=30) < shorter.end < clock() + timedelta(days=300)


@pytest.mark.parametrize(
    ("period", "asks"),
    [
        ((None, "2027-11-30"), "ask until 2027-05-27"),
        (("2027-11-01", "2027-11-30"), "ask until 2027-05-27, and leave `from` out"),
        ((None, "2026-11-22"), "ask until 2026-11-22T15:30:00Z"),
    ],
)
def test_the_period_named_is_always_a_shorter_one_G2(
    period: tuple[str | None, str],
    asks: str,
    forecasting: Forecasting,
    stored: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("keyfob.domain.due_index.SHARDS", 1)
    stored(1, START + timedelta(days=30))
    with pytest.raises(InvalidInput) as refused:
        make(forecasting, *period, left=timedelta(seconds=59))
    assert refused.value.fields == {"until": asks}


def test_a_silent_table_is_an_outage_and_leaves_no_report_S50(
    forecasting: Forecasting, stored: Any, client: Meddler, reports: FakeReports
) -> None:
    stored(1, START + timedelta(days=100))

    def silent(_operation: Any, _request: Any) -> Any:
        raise StorageUnavailable

    client.next("batch_get_item", silent)
    with pytest.raises(StorageUnavailable):
        make(forecasting)
    assert reports.kept == {}
