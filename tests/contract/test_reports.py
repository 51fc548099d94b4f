"""The store of reports (G2): our fake, and a bucket."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.session import Session

from keyfob.gateways.reports import S3Reports
from keyfob.usecases.forecast.forecasting import Reports
from tests.support.fakes import unique
from tests.support.reports import FakeReports

BUCKET = unique("reports-")


@pytest.fixture(scope="module")
def s3(aws: Session) -> Any:
    client: Any = aws.create_client("s3")
    client.create_bucket(
        Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": "eu-central-1"}
    )
    return client


@pytest.fixture(params=["fake", "s3"])
def reports(request: pytest.FixtureRequest) -> Reports:
    if request.param == "fake":
        return FakeReports()
    return S3Reports(request.getfixturevalue("s3"), BUCKET)


def content(reports: Reports, key: str) -> tuple[str, str]:
    """A stored report's content and its media type."""
    if isinstance(reports, FakeReports):
        return reports.kept[key]
    answer = reports._client.get_object(Bucket=BUCKET, Key=key)  # type: ignore[attr-defined]
    return answer["Body"].read().decode(), answer["ContentType"]


def test_a_report_is_kept_as_it_is_where_it_says_G2(reports: Reports) -> None:
    key = reports.keep(
        "january.csv", "day,count\r\n2027-01-01,\u00fc\r\n", "text/csv; charset=utf-8"
    )
    assert key == "forecasts/january.csv"
    kept = ("day,count\r\n2027-01-01,\u00fc\r\n", "text/csv; charset=utf-8")
    assert content(reports, key) == kept


def test_a_later_report_of_the_same_name_takes_its_place(reports: Reports) -> None:
    reports.keep("february.csv", "first", "text/csv")
    key = reports.keep("february.csv", "second", "text/csv")
    assert content(reports, key)[0] == "second"
