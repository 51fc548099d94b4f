"""An S3 bucket with Object Lock: names sort by time, nothing is ever overwritten."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from keyfob.usecases.audit.documents import DocumentExists

if TYPE_CHECKING:
    from mypy_boto3_s3.client import S3Client

# The name is taken, or another request is just storing it.
_REFUSED = frozenset({"PreconditionFailed", "ConditionalRequestConflict"})


class S3Vault:
    """Stores small documents under names that sort. A failing bucket raises botocore's error.

    Args:
        client: of S3.
        bucket: its name.
        folder: the beginning of the objects' keys (`heads/`).
    """

    def __init__(self, client: S3Client, bucket: str, folder: str) -> None:
        self._client = client
        self._bucket = bucket
        self._folder = folder

    def last(self, *, after: str = "") -> tuple[str, bytes] | None:
        """Name and content of the newest document, if one is newer than `after`."""
        start = {"StartAfter": self._key(after)} if after else {}
        name = ""
        for page in self._pages("list_objects_v2", **start):
            for found in page.get("Contents", ()):
                name = self._name(found["Key"])
        return (name, self._content(name)) if name > after else None

    def add(self, name: str, content: bytes) -> None:
        """Store one more; S3 refuses an existing name.

        Raises:
            DocumentExists.
        """
        try:
            self._client.put_object(
                Bucket=self._bucket, Key=self._key(name), Body=content, IfNoneMatch="*"
            )
        except ClientError as error:
            if error.response["Error"]["Code"] in _REFUSED:
                raise DocumentExists(name) from error
            raise

    def get(self, name: str) -> bytes | None:
        """The content of the newest version of this document."""
        try:
            return self._content(name)
        except ClientError as error:
            if error.response["Error"]["Code"] == "NoSuchKey":
                return None
            raise

    def all(self, *, after: str = "") -> Iterator[tuple[str, bytes]]:
        """Every version of the documents after this name, oldest name first.

        Object Lock keeps them all: a later version or a delete marker only hides an earlier one.
        """
        for name, found in self._found("Versions", after):
            yield name, self._content(name, VersionId=found["VersionId"])

    def of(self, name: str) -> Iterator[bytes]:
        """Every version of one document."""
        for page in self._pages("list_object_versions", Prefix=self._key(name)):
            for found in page.get("Versions", ()):
                yield self._content(name, VersionId=found["VersionId"])

    def covered(self, *, after: str = "") -> list[str]:
        """Names after `after` that got a second version or a delete marker."""
        seen: set[str] = set()
        covered = [name for name, _ in self._found("DeleteMarkers", after)]
        for name, _ in self._found("Versions", after):
            covered += [name] if name in seen else []
            seen.add(name)
        return covered

    def _found(self, kind: str, after: str) -> Iterator[tuple[str, Any]]:
        """Versions or delete markers of the documents after this name, with the names."""
        start = {"KeyMarker": self._key(after)} if after else {}
        for page in self._pages("list_object_versions", **start):
            for found in page.get(kind, ()):
                name = self._name(found["Key"])
                # A marker itself is listed by some stores.
                if name > after:
                    yield name, found

    def _pages(self, operation: Any, **request: Any) -> Iterator[Any]:
        paginator = self._client.get_paginator(operation)
        yield from paginator.paginate(**{"Bucket": self._bucket, "Prefix": self._folder, **request})

    def _content(self, name: str, **version: Any) -> bytes:
        key = self._key(name)
        return self._client.get_object(Bucket=self._bucket, Key=key, **version)["Body"].read()

    def _key(self, name: str) -> str:
        return f"{self._folder}{name}.json"

    def _name(self, key: str) -> str:
        return key.removeprefix(self._folder).removesuffix(".json")
