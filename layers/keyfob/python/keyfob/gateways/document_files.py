"""The bucket's part of documents: `documents/<number>/<kind>-<version>-<language>.pdf`.

Timeouts: those of the client. A bucket that fails to store raises botocore's error: the worker's
queue brings the document again. A link is signed here, without a call.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from keyfob.domain.orders.document_kind import DocumentId

if TYPE_CHECKING:
    from mypy_boto3_s3.client import S3Client

_DOCUMENTS = "documents/"
PDF = "application/pdf"


class S3DocumentFiles:
    """Stores documents and signs links to them."""

    def __init__(self, client: S3Client, bucket: str) -> None:
        self._client = client
        self._bucket = bucket

    def put(self, document: DocumentId, pdf: bytes) -> None:
        """Store a document; the same one again changes nothing."""
        self._client.put_object(
            Bucket=self._bucket, Key=_DOCUMENTS + document.file, Body=pdf, ContentType=PDF
        )

    def get(self, document: DocumentId) -> bytes | None:
        """The document; None if it can't be read: nothing depends on it (fail open)."""
        try:
            found = self._client.get_object(Bucket=self._bucket, Key=_DOCUMENTS + document.file)
            return found["Body"].read()
        except (ClientError, BotoCoreError):
            return None

    def link(self, document: DocumentId, lifetime: timedelta) -> str:
        """An address at which the document can be fetched for so long, as an attachment."""
        name = f"{document.number}-{document.kind}.pdf"
        return self._client.generate_presigned_url(
            "get_object",
            Params={
                "Bucket": self._bucket,
                "Key": _DOCUMENTS + document.file,
                "ResponseContentDisposition": f'attachment; filename="{name}"',
                "ResponseContentType": PDF,
                "ResponseCacheControl": "private, no-store",
            },
            ExpiresIn=int(lifetime.total_seconds()),
        )
