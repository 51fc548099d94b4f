"""Makes the outbox's calls to outside services."""

from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord

from effects_worker import wiring
from keyfob.wiring.queue_worker import worker


def deliver(record: SQSRecord) -> None:
    wiring.outbox_processor().deliver(record.json_body["due"])


handler = worker(wiring.runtime(), deliver)
