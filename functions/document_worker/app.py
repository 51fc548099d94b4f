"""Writes the documents of orders and quotes that are queued."""

from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord

from document_worker import wiring
from keyfob.wiring.queue_worker import worker

base = wiring.runtime()


def write(record: SQSRecord) -> None:
    written = wiring.writer().write(record.json_body)
    base.count("DocumentWritten" if written else "DocumentObsolete")


handler = worker(base, write)
