"""The vault of signed heads (S48): our fake, and a bucket with Object Lock."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.session import Session

from keyfob.gateways.audit_vault import S3Vault
from keyfob.usecases.audit.documents import DocumentExists, Vault
from tests.support.fakes import FakeVault, unique
from tests.support.templates import resources


@pytest.fixture(scope="module")
def s3(aws: Session) -> Any:
    return aws.create_client("s3")


@pytest.fixture
def bucket(s3: Any) -> str:
    name = unique("heads-")
    wanted = resources("AWS::S3::Bucket", "infra/data.yaml")["HeadsBucket"]
    s3.create_bucket(
        Bucket=name,
        ObjectLockEnabledForBucket=wanted["Properties"]["ObjectLockEnabled"],
        CreateBucketConfiguration={"LocationConstraint": "eu-central-1"},
    )
    return name


@pytest.fixture(params=["fake", "s3"])
def vault(request: pytest.FixtureRequest) -> Vault:
    if request.param == "fake":
        return FakeVault()
    return S3Vault(request.getfixturevalue("s3"), request.getfixturevalue("bucket"), "heads/")


def test_an_empty_vault_has_nothing(vault: Vault) -> None:
    assert vault.last() is None
    assert list(vault.all()) == []
    assert list(vault.covered()) == []


def test_documents_come_back_in_the_order_of_their_names(vault: Vault) -> None:
    hours = ["2026-11-22T09", "2026-11-22T07", "2026-11-22T10", "2026-11-22T08"]
    for hour in hours:
        vault.add(hour, hour.encode())
    assert vault.last() == ("2026-11-22T10", b"2026-11-22T10")
    assert list(vault.all()) == [(hour, hour.encode()) for hour in sorted(hours)]
    assert list(vault.covered()) == []


def test_documents_after_a_name_are_found_without_the_earlier_ones_S59(vault: Vault) -> None:
    for hour in ("2026-11-22T07", "2026-11-22T08", "2026-11-22T09"):
        vault.add(hour, hour.encode())
    assert [name for name, _ in vault.all(after="2026-11-22T07")] == [
        "2026-11-22T08",
        "2026-11-22T09",
    ]
    # A name needn't exist to come after it.
    assert [name for name, _ in vault.all(after="2026-11-22T08x")] == ["2026-11-22T09"]
    assert list(vault.all(after="2026-11-22T09")) == []
    assert vault.last(after="2026-11-22T08") == ("2026-11-22T09", b"2026-11-22T09")
    assert vault.last(after="2026-11-22T09") is None


def test_one_document_is_found_by_its_name_S59(vault: Vault) -> None:
    vault.add("2026-11-22T07", b"head")
    assert list(vault.of("2026-11-22T07")) == [b"head"]
    assert list(vault.of("2026-11-22T0")) == []


def test_the_newest_version_of_a_document_is_got_by_its_name_S48(vault: Vault) -> None:
    vault.add("2026-11-22T07", b"head")
    assert vault.get("2026-11-22T07") == b"head"
    assert vault.get("2026-11-22T08") is None


def test_nothing_is_ever_written_twice_S48(vault: Vault) -> None:
    vault.add("2026-11-22T07", b"first")
    with pytest.raises(DocumentExists):
        vault.add("2026-11-22T07", b"second")
    assert list(vault.all()) == [("2026-11-22T07", b"first")]


def test_a_head_that_somebody_hides_or_covers_is_still_read_and_named_S48(
    s3: Any, bucket: str
) -> None:
    vault = S3Vault(s3, bucket, "heads/")
    for hour in ("2026-11-22T07", "2026-11-22T08", "2026-11-22T09"):
        vault.add(hour, b"head")
    s3.delete_object(Bucket=bucket, Key="heads/2026-11-22T07.json")
    s3.put_object(Bucket=bucket, Key="heads/2026-11-22T08.json", Body=b"forged")
    assert sorted(vault.covered()) == ["2026-11-22T07", "2026-11-22T08"]
    assert sorted(vault.all()) == [
        ("2026-11-22T07", b"head"),
        ("2026-11-22T08", b"forged"),
        ("2026-11-22T08", b"head"),
        ("2026-11-22T09", b"head"),
    ]
    assert vault.covered(after="2026-11-22T07") == ["2026-11-22T08"]
    assert sorted(vault.of("2026-11-22T08")) == [b"forged", b"head"]
    assert list(vault.of("2026-11-22T07")) == [b"head"]


def test_two_folders_of_one_bucket_dont_mix_S59(s3: Any, bucket: str) -> None:
    heads, checks = S3Vault(s3, bucket, "heads/"), S3Vault(s3, bucket, "checks/")
    heads.add("2026-11-22T07", b"head")
    checks.add("2026-11-22T08", b"check")
    assert list(heads.all(after="2026-11-22T06")) == [("2026-11-22T07", b"head")]
    assert list(checks.all()) == [("2026-11-22T08", b"check")]
    assert heads.last() == ("2026-11-22T07", b"head")
