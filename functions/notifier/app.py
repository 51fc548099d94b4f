"""Sends the outbox's messages to people."""

from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord

from keyfob.wiring.queue_worker import worker
from notifier import wiring


def deliver(record: SQSRecord) -> None:
    wiring.outbox_processor().deliver(record.json_body["due"])


handler = worker(wiring.runtime(), deliver)
