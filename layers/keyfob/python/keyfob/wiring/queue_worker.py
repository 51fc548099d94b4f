"""Queue workers: raise to have a message tried again, return to acknowledge it."""

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

from keyfob.domain.error_description import described
from keyfob.wiring.runtime import Runtime

Handler = Callable[[dict[str, Any], LambdaContext], Any]


def worker(base: Runtime, perform: Callable[[SQSRecord], None]) -> Handler:
    """The handler that passes each message to `perform`; only those that raise return (S43)."""
    processor = BatchProcessor(event_type=EventType.SQS, raise_on_entire_batch_failure=False)

    def watched(record: SQSRecord) -> None:
        try:
            perform(record)
        except Exception as error:
            # The processor itself logs no failure that the queue will deliver again.
            about = {"message_id": record.message_id, **described(error)}
            base.logger.warning("message failed, the queue brings it again", extra=about)
            base.count("WorkerFailed")
            raise

    @base.logger.inject_lambda_context
    @base.metrics.log_metrics
    def handler(event: dict[str, Any], context: LambdaContext) -> Any:
        return process_partial_response(event, watched, processor, context)

    return handler
