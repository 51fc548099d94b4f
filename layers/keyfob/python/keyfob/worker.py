"""Workers of queues: raise to have a message tried again, return to acknowledge it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from aws_lambda_powertools.utilities.batch import (
    BatchProcessor,
    EventType,
    process_partial_response,
)
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord
from aws_lambda_powertools.utilities.typing import LambdaContext

from keyfob.runtime import Runtime

Handler = Callable[[dict[str, Any], LambdaContext], Any]


def worker(base: Runtime, perform: Callable[[SQSRecord], None]) -> Handler:
    """The handler that gives `perform` each message; only those that raise come back (S43)."""
    processor = BatchProcessor(event_type=EventType.SQS, raise_on_entire_batch_failure=False)

    @base.logger.inject_lambda_context
    @base.metrics.log_metrics
    def handler(event: dict[str, Any], context: LambdaContext) -> Any:
        return process_partial_response(event, perform, processor, context)

    return handler
