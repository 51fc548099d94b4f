"""Settles what Stripe's events point at: raise to retry, return to acknowledge."""

from __future__ import annotations

from typing import Any

from aws_lambda_powertools.utilities.batch import (
    BatchProcessor,
    EventType,
    process_partial_response,
)
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord
from aws_lambda_powertools.utilities.typing import LambdaContext

from keyfob.audit.entry import Actor
from payment_worker import wiring

base = wiring.runtime()
processor = BatchProcessor(event_type=EventType.SQS, raise_on_entire_batch_failure=False)


def settle(record: SQSRecord) -> None:
    about = record.json_body
    by = Actor(kind="stripe", id=about["event"], correlation=about["correlation"])
    base.logger.info("settling", extra=about)
    wiring.payments().settle(about["checkout"], by=by)


@base.logger.inject_lambda_context
@base.metrics.log_metrics
def handler(event: dict[str, Any], context: LambdaContext) -> Any:
    return process_partial_response(event, settle, processor, context)
