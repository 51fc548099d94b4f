"""An S3 bucket with Object Lock: names sort by time, nothing is ever overwritten."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mypy_boto3_s3.client import S3Client

_PREFIX = "heads/"


class S3Vault:
    """Stores small documents under names that sort. A failing bucket raises botocore's error."""

    def __init__(self, client: S3Client, bucket: str) -> None:
        self._client = client
        self._bucket = bucket

    def last(self) -> tuple[str, bytes] | None:
        """Name and content of the newest document."""
        names = list(self._names())
        return (names[-1], self._content(names[-1])) if names else None

    def add(self, name: str, content: bytes) -> None:
        """Store one more; S3 refuses an existing name."""
        self._client.put_object(
            Bucket=self._bucket, Key=f"{_PREFIX}{name}.json", Body=content, IfNoneMatch="*"
        )

    def all(self) -> Iterator[tuple[str, bytes]]:
        """Every version of every document, oldest name first.

        Object Lock keeps them all: a later version or a delete marker only hides an earlier one.
        """
        for name, version in self._versions():
            yield name, self._content(name, VersionId=version)

    def covered(self) -> list[str]:
        """Names that got a second version or a delete marker."""
        seen: set[str] = set()
        covered: list[str] = []
        for page in self._pages("list_object_versions"):
            covered += [_name(marker["Key"]) for marker in page.get("DeleteMarkers", ())]
            for found in page.get("Versions", ()):
                name = _name(found["Key"])
                covered += [name] if name in seen else []
                seen.add(name)
        return covered

    def _versions(self) -> Iterator[tuple[str, str]]:
        for page in self._pages("list_object_versions"):
            for found in page.get("Versions", ()):
                yield _name(found["Key"]), found["VersionId"]

    def _names(self) -> Iterator[str]:
        for page in self._pages("list_objects_v2"):
            for found in page.get("Contents", ()):
                yield _name(found["Key"])

    def _pages(self, operation: Any) -> Iterator[Any]:
        paginator = self._client.get_paginator(operation)
        yield from paginator.paginate(Bucket=self._bucket, Prefix=_PREFIX)

    def _content(self, name: str, **version: Any) -> bytes:
        key = f"{_PREFIX}{name}.json"
        return self._client.get_object(Bucket=self._bucket, Key=key, **version)["Body"].read()


def _name(key: str) -> str:
    return key.removeprefix(_PREFIX).removesuffix(".json")
