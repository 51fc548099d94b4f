"""The bucket's parts of signed purchase orders, which only browsers and programs of people fill.

    quarantine/<order>/<upload>.pdf    as it was uploaded, by a form that we sign; gone after a day
    signed/<order>/<upload>.pdf        the bytes that were checked

A silent bucket raises botocore's error: the event that started the check comes again.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import timedelta
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from keyfob.domain.orders.signed_order import MOST_BYTES

if TYPE_CHECKING:
    from mypy_boto3_s3.client import S3Client

_QUARANTINE, _SIGNED = "quarantine/", "signed/"
_KEY = re.compile(r"quarantine/(SO-[0-9]{1,12})/(pdf_[0-9a-z]{20})\.pdf", re.ASCII)
_PDF = "application/pdf"
_ENCRYPTED = {"x-amz-server-side-encryption": "AES256"}


def upload_of(key: str) -> tuple[str, str] | None:
    """Order and upload of a key in the quarantine; None if we have given out no such key."""
    found = _KEY.fullmatch(key)
    return (found[1], found[2]) if found else None


class S3SignedFiles:
    """Signs forms and links; reads uploads, keeps the good ones, deletes them all."""

    def __init__(self, client: S3Client, bucket: str) -> None:
        self._client = client
        self._bucket = bucket

    def form(self, order: str, file: str, lifetime: timedelta) -> tuple[str, Mapping[str, str]]:
        """Address and fields of a form that uploads one PDF of at most five megabytes.

        The file store refuses every other key, type and size, and everything after `lifetime`.
        """
        fields = {"Content-Type": _PDF, **_ENCRYPTED}
        made = self._client.generate_presigned_post(
            Bucket=self._bucket,
            Key=_quarantined(order, file),
            Fields=dict(fields),
            Conditions=[
                *({name: value} for name, value in fields.items()),
                ["content-length-range", 1, MOST_BYTES],
            ],
            ExpiresIn=int(lifetime.total_seconds()),
        )
        return made["url"], made["fields"]

    def uploaded(self, order: str, file: str) -> bytes | None:
        """The upload; None if it is gone. Of one that is too large, a byte more than allowed."""
        try:
            answer = self._client.get_object(Bucket=self._bucket, Key=_quarantined(order, file))
        except ClientError as error:
            # Without the right to list, a file that isn't there is one that may not be read.
            if error.response["Error"]["Code"] in {"NoSuchKey", "AccessDenied"}:
                return None
            raise
        return answer["Body"].read(MOST_BYTES + 1)

    def keep(self, order: str, file: str, content: bytes) -> None:
        """Store the bytes that were checked; the same ones again change nothing."""
        self._client.put_object(
            Bucket=self._bucket, Key=_signed(order, file), Body=content, ContentType=_PDF
        )

    def remove(self, order: str, file: str) -> None:
        """Delete the upload for good, if it is there."""
        self._client.delete_object(Bucket=self._bucket, Key=_quarantined(order, file))

    def discard(self, order: str, file: str) -> None:
        """Delete the checked file for good, if it is there."""
        self._client.delete_object(Bucket=self._bucket, Key=_signed(order, file))

    def link(self, order: str, file: str, lifetime: timedelta) -> str:
        """An address at which the checked file can be fetched for so long, as an attachment."""
        return self._client.generate_presigned_url(
            "get_object",
            Params={
                "Bucket": self._bucket,
                "Key": _signed(order, file),
                "ResponseContentDisposition": (
                    f'attachment; filename="{order}-purchase-order.pdf"'
                ),
                "ResponseContentType": _PDF,
                "ResponseCacheControl": "private, no-store",
            },
            ExpiresIn=int(lifetime.total_seconds()),
        )


def _quarantined(order: str, file: str) -> str:
    return f"{_QUARANTINE}{order}/{file}.pdf"


def _signed(order: str, file: str) -> str:
    return f"{_SIGNED}{order}/{file}.pdf"
