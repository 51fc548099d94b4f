"""An S3 bucket with Object Lock: names sort by time, nothing is ever written twice."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mypy_boto3_s3.client import S3Client

_PREFIX = "heads/"


class S3Vault:
    """Keeps small documents under names that sort. A bucket that fails raises botocore's error."""

    def __init__(self, client: S3Client, bucket: str) -> None:
        self._client = client
        self._bucket = bucket

    def last(self) -> tuple[str, bytes] | None:
        """Name and content of the newest document."""
        names = list(self._names())
        return (names[-1], self._content(names[-1])) if names else None

    def add(self, name: str, content: bytes) -> None:
        """Keep one more; S3 refuses a name that is there already."""
        self._client.put_object(
            Bucket=self._bucket, Key=f"{_PREFIX}{name}.json", Body=content, IfNoneMatch="*"
        )

    def all(self) -> Iterator[tuple[str, bytes]]:
        """Every document, oldest first."""
        for name in self._names():
            yield name, self._content(name)

    def _names(self) -> Iterator[str]:
        pages = self._client.get_paginator("list_objects_v2").paginate(
            Bucket=self._bucket, Prefix=_PREFIX
        )
        for page in pages:
            for found in page.get("Contents", ()):
                yield found["Key"].removeprefix(_PREFIX).removesuffix(".json")

    def _content(self, name: str) -> bytes:
        answer = self._client.get_object(Bucket=self._bucket, Key=f"{_PREFIX}{name}.json")
        return answer["Body"].read()
