"""A key file in the bucket: its import, its report, and its end (G1, S18)."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError

from local.device import Device, key_file
from tests.support.deployment import Deployment, sample
from tests.support.fakes import unique


def dropped(deployment: Deployment, name: str, content: str) -> dict[str, Any]:
    """Upload the file; returns the event."""
    answer = deployment.client("s3").put_object(
        Bucket=deployment.values["BUCKET_KEY_FILES"],
        Key=f"incoming/{name}",
        Body=content.encode(),
    )
    event = sample("workers/import_tokens")
    event["detail"]["object"] |= {"key": f"incoming/{name}", "etag": answer["ETag"].strip('"')}
    return event


def stored(deployment: Deployment, name: str) -> set[str]:
    """The objects of this name: the file, its reports."""
    found = deployment.client("s3").list_objects_v2(Bucket=deployment.values["BUCKET_KEY_FILES"])
    return {one["Key"] for one in found.get("Contents", ()) if name in one["Key"]}


def a_file(deployment: Deployment) -> tuple[str, str]:
    name = unique("batch-") + ".csv"
    return name, key_file(Device(unique("FT-8000"), deployment.clock.now))


def test_an_imported_file_is_deleted_once_its_report_is_written_G1_S18(
    deployment: Deployment,
) -> None:
    name, content = a_file(deployment)
    event = dropped(deployment, name, content)
    assert deployment.invoke("token_import", event)["outcome"] == "imported"
    reports = {f"reports/{name}.report.json", f"reports/{name}.report.txt"}
    assert stored(deployment, name) == reports
    assert deployment.invoke("token_import", event)["outcome"] == "gone"
    again = dropped(deployment, name, content)
    assert deployment.invoke("token_import", again)["outcome"] == "already_imported"
    assert stored(deployment, name) == reports


def test_a_refused_file_stays_for_its_operator_G1(deployment: Deployment) -> None:
    name, _ = a_file(deployment)
    event = dropped(deployment, name, "serial\nFT-1\n")
    assert deployment.invoke("token_import", event)["outcome"] == "refused"
    assert f"incoming/{name}" in stored(deployment, name)


def test_a_file_that_replaced_the_imported_one_stays_for_its_own_import_G1(
    deployment: Deployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    from token_import import wiring

    name, content = a_file(deployment)
    event = dropped(deployment, name, content)
    report, newer = wiring.files().put_report, a_file(deployment)[1]

    def replaced_meanwhile(written: Any) -> None:
        report(written)
        dropped(deployment, name, newer)

    monkeypatch.setattr(wiring.files(), "put_report", replaced_meanwhile)
    assert deployment.invoke("token_import", event)["outcome"] == "imported"
    assert f"incoming/{name}" in stored(deployment, name)


def test_a_file_that_could_not_be_deleted_is_deleted_by_the_next_try_G1(
    deployment: Deployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    from token_import import wiring

    name, content = a_file(deployment)
    event = dropped(deployment, name, content)

    def silent(**_asked: Any) -> Any:
        raise ClientError({"Error": {"Code": "SlowDown", "Message": ""}}, "DeleteObject")

    with monkeypatch.context() as patch:
        patch.setattr(wiring.files()._client, "delete_object", silent)
        with pytest.raises(ClientError):
            deployment.invoke("token_import", event)
    assert deployment.invoke("token_import", event)["outcome"] == "already_imported"
    assert f"incoming/{name}" not in stored(deployment, name)
