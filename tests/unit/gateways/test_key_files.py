"""Fetching a key file that may have been replaced meanwhile."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError
from botocore.session import Session
from botocore.stub import Stubber

from keyfob.gateways.key_files import KeyFileGone, S3KeyFiles


@pytest.fixture
def s3() -> Iterator[Stubber]:
    client = Session().create_client(
        "s3", "eu-central-1", aws_access_key_id="x", aws_secret_access_key="x"
    )
    with Stubber(client) as stubbed:
        yield stubbed


@pytest.mark.parametrize(
    ("code", "error"),
    [
        ("PreconditionFailed", KeyFileGone),
        ("NoSuchKey", KeyFileGone),
        ("SlowDown", ClientError),
        ("AccessDenied", ClientError),
    ],
)
def test_only_a_file_that_is_gone_is_left_alone_G1(
    code: str, error: type[Exception], s3: Stubber
) -> None:
    s3.add_client_error(
        "get_object",
        code,
        expected_params={
            "Bucket": "files",
            "Key": "incoming/a.csv",
            "IfMatch": "tag",
        },
    )
    client: Any = s3.client
    with pytest.raises(error):
        S3KeyFiles(client, "files").fetch("incoming/a.csv", "tag")
