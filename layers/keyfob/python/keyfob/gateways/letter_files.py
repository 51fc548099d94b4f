"""The bucket through which letters go to the provider that prints and mails them.

    batches/<batch>/<letter>.pdf       ours, one a letter
    batches/<batch>/manifest.json      ours, last: the batch is complete, and never changes again
    acknowledged/<batch>.json          the provider's: which letters were mailed, and when

A silent bucket raises botocore's error: the job runs again.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

if TYPE_CHECKING:
    from mypy_boto3_s3.client import S3Client

ACKNOWLEDGED = "acknowledged/"
_MOST_BYTES = 64 * 1024


class S3LetterFiles:
    """Puts batches, deletes their letters, reads acknowledgments."""

    def __init__(self, client: S3Client, bucket: str) -> None:
        self._client = client
        self._bucket = bucket

    def put_letter(self, batch: str, letter: str, pdf: bytes) -> None:
        """Store a letter; the same one again changes nothing."""
        self._client.put_object(
            Bucket=self._bucket,
            Key=_letter(batch, letter),
            Body=pdf,
            ContentType="application/pdf",
        )

    def put_manifest(self, batch: str, manifest: Mapping[str, Any]) -> None:
        """Complete the batch; a manifest that is there stays."""
        try:
            self._client.put_object(
                Bucket=self._bucket,
                Key=f"batches/{batch}/manifest.json",
                Body=json.dumps(manifest, indent=1).encode(),
                ContentType="application/json",
                IfNoneMatch="*",
            )
        except ClientError as error:
            if error.response["Error"]["Code"] != "PreconditionFailed":
                raise

    def remove_letters(self, batch: str, letters: Sequence[str]) -> None:
        """Delete these letters' files for good, if they are there."""
        for letter in letters:
            self._client.delete_object(Bucket=self._bucket, Key=_letter(batch, letter))

    def acknowledgment(self, key: str) -> bytes | None:
        """The content under this key; None if it is gone, or too large to be an acknowledgment."""
        try:
            answer = self._client.get_object(Bucket=self._bucket, Key=key)
        except ClientError as error:
            if error.response["Error"]["Code"] == "NoSuchKey":
                return None
            raise
        content = answer["Body"].read(_MOST_BYTES + 1)
        return content if len(content) <= _MOST_BYTES else None


def _letter(batch: str, letter: str) -> str:
    return f"batches/{batch}/{letter}.pdf"
