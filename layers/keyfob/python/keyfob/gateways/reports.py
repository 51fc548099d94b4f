"""The bucket of reports for operators. A bucket that fails raises botocore's error."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mypy_boto3_s3.client import S3Client

_FORECASTS = "forecasts/"


class S3Reports:
    """Stores forecasts; a later one of the same name replaces the former."""

    def __init__(self, client: S3Client, bucket: str) -> None:
        self._client = client
        self._bucket = bucket

    def keep(self, name: str, content: str, kind: str) -> str:
        """Store a file of this name and media type; returns its key in the bucket."""
        key = f"{_FORECASTS}{name}"
        self._client.put_object(
            Bucket=self._bucket, Key=key, Body=content.encode(), ContentType=kind
        )
        return key
