"""The bucket's part of exported accounts: `exports/<export>.csv`, gone after a day.

Timeouts: those of the client. A bucket that fails raises botocore's error: the effect is tried
again. A link is signed here, without a call.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING, TypeVar

from botocore.exceptions import ClientError

from keyfob.usecases.directory.exporting import UploadGone

if TYPE_CHECKING:
    from mypy_boto3_s3.client import S3Client

_EXPORTS = "exports/"
_KIND = "text/csv; charset=utf-8"

T = TypeVar("T")


class S3ExportFiles:
    """Stores files in one piece or in parts, and signs links to them."""

    def __init__(self, client: S3Client, bucket: str) -> None:
        self._client = client
        self._bucket = bucket

    def put(self, file: str, content: bytes) -> None:
        """Store a whole file; the same one again changes nothing."""
        self._client.put_object(
            Bucket=self._bucket, Key=_EXPORTS + file, Body=content, ContentType=_KIND
        )

    def begin(self, file: str) -> str:
        """Begin a file of several parts; returns the upload's id."""
        answer = self._client.create_multipart_upload(
            Bucket=self._bucket, Key=_EXPORTS + file, ContentType=_KIND
        )
        return answer["UploadId"]

    def put_part(self, file: str, upload: str, number: int, content: bytes) -> str:
        """Store a part (from 1) and return its entity tag; one of the same number is replaced.

        Raises:
            UploadGone.
        """
        answer = _known(
            lambda: self._client.upload_part(
                Bucket=self._bucket,
                Key=_EXPORTS + file,
                UploadId=upload,
                PartNumber=number,
                Body=content,
            )
        )
        return answer["ETag"]

    def complete(self, file: str, upload: str, parts: tuple[str, ...]) -> None:
        """Make the file of its parts, in order.

        Raises:
            UploadGone.
        """
        _known(
            lambda: self._client.complete_multipart_upload(
                Bucket=self._bucket,
                Key=_EXPORTS + file,
                UploadId=upload,
                MultipartUpload={
                    "Parts": [
                        {"ETag": tag, "PartNumber": number}
                        for number, tag in enumerate(parts, start=1)
                    ]
                },
            )
        )

    def link(self, file: str, lifetime: timedelta) -> str:
        """An address at which the file can be fetched for so long, as an attachment."""
        return self._client.generate_presigned_url(
            "get_object",
            Params={
                "Bucket": self._bucket,
                "Key": _EXPORTS + file,
                "ResponseContentDisposition": 'attachment; filename="accounts.csv"',
            },
            ExpiresIn=int(lifetime.total_seconds()),
        )


def _known(call: Callable[[], T]) -> T:
    try:
        return call()
    except ClientError as error:
        if error.response["Error"]["Code"] == "NoSuchUpload":
            raise UploadGone from error
        raise
