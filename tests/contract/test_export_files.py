"""The bucket of exports (A5): in one piece, in parts, and by a link."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from botocore.config import Config
from botocore.exceptions import ClientError
from botocore.session import Session

from keyfob.gateways.export_files import S3ExportFiles
from keyfob.usecases.directory.exporting import UploadGone
from tests.support.fakes import unique

BUCKET = unique("exports-")
# The least that S3 takes for a part which isn't the last.
PART = b"a" * (5 * 1024 * 1024)


@pytest.fixture(scope="module")
def s3(aws: Session) -> Any:
    client: Any = aws.create_client("s3", config=Config(signature_version="s3v4"))
    client.create_bucket(
        Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": "eu-central-1"}
    )
    return client


@pytest.fixture
def files(s3: Any) -> S3ExportFiles:
    return S3ExportFiles(s3, BUCKET)


def content(s3: Any, file: str) -> bytes:
    found: bytes = s3.get_object(Bucket=BUCKET, Key=f"exports/{file}")["Body"].read()
    return found


def test_a_whole_file_is_there_as_it_was_put_the_last_one_too(
    files: S3ExportFiles, s3: Any
) -> None:
    for text in (b"first", b"second"):
        files.put("a.csv", text)
        assert content(s3, "a.csv") == text


def test_parts_make_a_file_and_one_of_the_same_number_replaces_another(
    files: S3ExportFiles, s3: Any
) -> None:
    upload = files.begin("b.csv")
    files.put_part("b.csv", upload, 1, b"killed")
    first = files.put_part("b.csv", upload, 1, PART)
    second = files.put_part("b.csv", upload, 2, b"the rest")
    files.complete("b.csv", upload, (first, second))
    assert content(s3, "b.csv") == PART + b"the rest"


class Refusing:
    """S3's answers about an upload, which moto doesn't give."""

    def __init__(self, code: str) -> None:
        response: Any = {"Error": {"Code": code, "Message": "The upload is not there."}}
        self._error = ClientError(response, "UploadPart")

    def upload_part(self, **_request: Any) -> Any:
        raise self._error

    def complete_multipart_upload(self, **_request: Any) -> Any:
        raise self._error


@pytest.mark.parametrize(
    ("code", "expected"), [("NoSuchUpload", UploadGone), ("SlowDown", ClientError)]
)
def test_an_upload_that_is_not_there_any_more_is_told_from_other_faults(
    code: str, expected: type[Exception]
) -> None:
    client: Any = Refusing(code)
    files = S3ExportFiles(client, BUCKET)
    with pytest.raises(expected):
        files.put_part("c.csv", "upload", 1, b"all")
    with pytest.raises(expected):
        files.complete("c.csv", "upload", ("tag",))


def test_a_link_is_signed_for_one_file_and_five_minutes(files: S3ExportFiles) -> None:
    files.put("d.csv", b"text")
    link = urlsplit(files.link("d.csv", timedelta(minutes=5)))
    query = parse_qs(link.query)
    assert link.path.endswith("/exports/d.csv")
    assert query["X-Amz-Expires"] == ["300"]
    assert query["X-Amz-Algorithm"] == ["AWS4-HMAC-SHA256"]
    assert query["response-content-disposition"] == ['attachment; filename="accounts.csv"']
