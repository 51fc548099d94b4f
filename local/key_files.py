"""Uploads a manufacturer's key file to the bucket, as an operator does in the console."""

from __future__ import annotations

from local.client import eventually
from local.stack import Stack


def drop(stack: Stack, name: str, content: bytes, *, seconds: float = 60) -> str:
    """Upload a key file under `incoming/`; returns its report.

    Raises:
        Unexpected: there was none in time.
    """
    s3, bucket = stack.client("s3"), stack.outputs["KeyFilesBucket"]
    s3.put_object(Bucket=bucket, Key=f"incoming/{name}", Body=content)

    def report() -> str:
        key = f"reports/{name}.report.txt"
        found = s3.list_objects_v2(Bucket=bucket, Prefix=key)
        if not found.get("KeyCount"):
            return ""
        return str(s3.get_object(Bucket=bucket, Key=key)["Body"].read().decode())

    return eventually(report, seconds=seconds, what=f"the report on {name}")
