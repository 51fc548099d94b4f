"""The queues of a deployment, all through one client."""

from __future__ import annotations

from typing import TYPE_CHECKING

from keyfob.gateways import aws
from keyfob.gateways.queue import Queue
from keyfob.wiring.runtime import Runtime

if TYPE_CHECKING:
    from mypy_boto3_sqs.client import SQSClient


def sqs_of(_base: Runtime) -> SQSClient:
    """The queue service."""
    client: SQSClient = aws.client("sqs")
    return client


def queue_of(base: Runtime, logical: str) -> Queue:
    """The queue of this name."""
    return Queue(base.outside(sqs_of), base.settings.queue(logical))
