"""The bucket of key files: uploads under `incoming/`, our reports under `reports/`.

A silent bucket raises botocore's error: the event that started the import comes again.
"""

from __future__ import annotations

import hashlib
import io
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from keyfob.domain.inventory.report import Report
from keyfob.usecases.inventory.importing import MAX_BYTES, KeyFile

if TYPE_CHECKING:
    from mypy_boto3_s3.client import S3Client

INCOMING = "incoming/"
_REPORTS = "reports/"
_PIECE = 1024 * 1024
_GONE = frozenset({"PreconditionFailed", "NoSuchKey"})


class KeyFileGone(Exception):
    """The file was replaced or removed since the event; a newer one has an event of its own."""


class S3KeyFiles:
    """Reads key files, puts reports beside them, deletes what is imported."""

    def __init__(self, client: S3Client, bucket: str) -> None:
        self._client = client
        self._bucket = bucket

    def fetch(self, key: str, etag: str) -> KeyFile:
        """The file under this key, if it still has this ETag.

        A file that is too large is read only at its beginning.

        Raises:
            KeyFileGone: it was replaced or removed.
        """
        try:
            answer = self._client.get_object(Bucket=self._bucket, Key=key, IfMatch=etag)
        except ClientError as error:
            if error.response["Error"]["Code"] in _GONE:
                raise KeyFileGone from error
            raise
        content, digest, size = io.BytesIO(), hashlib.sha256(), 0
        for piece in answer["Body"].iter_chunks(_PIECE):
            digest.update(piece)
            size += len(piece)
            if size <= MAX_BYTES:
                content.write(piece)
        content.seek(0)
        name = key.removeprefix(INCOMING)
        return KeyFile(name=name, digest=digest.hexdigest(), size=size, content=content)

    def remove(self, key: str, etag: str) -> None:
        """Delete the file under this key for good, if it still has this ETag.

        One that was replaced or removed is left alone: a newer one has an event of its own.
        """
        try:
            self._client.delete_object(Bucket=self._bucket, Key=key, IfMatch=etag)
        except ClientError as error:
            if error.response["Error"]["Code"] not in _GONE:
                raise

    def put_report(self, report: Report) -> None:
        """Store both forms of a report beside the file; a later one of this name replaces them."""
        for suffix, kind, text in (
            ("report.json", "application/json", report.as_json()),
            ("report.txt", "text/plain; charset=utf-8", report.as_text()),
        ):
            self._client.put_object(
                Bucket=self._bucket,
                Key=f"{_REPORTS}{report.file}.{suffix}",
                Body=text.encode(),
                ContentType=kind,
            )
