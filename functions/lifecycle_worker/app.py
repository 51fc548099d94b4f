"""Does what is due now for one row and plans what is due next.

What is due is derived from the row as it is, not from the message: an old message does no harm.
"""

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
from lifecycle_worker import wiring

base = wiring.runtime()
processor = BatchProcessor(event_type=EventType.SQS, raise_on_entire_batch_failure=False)


def perform(record: SQSRecord) -> None:
    kind, _, row_id = record.json_body["due"].partition("#")
    if kind != "ORDER":
        raise ValueError(f"nothing is ever due for a {kind}")
    by = Actor(kind="system", id="clock", correlation=record.message_id)
    base.logger.info("due", extra={"order": row_id})
    wiring.payments().reconcile(row_id, by=by)


@base.logger.inject_lambda_context
@base.metrics.log_metrics
def handler(event: dict[str, Any], context: LambdaContext) -> Any:
    return process_partial_response(event, perform, processor, context)
