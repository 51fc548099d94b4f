"""Does what is due now for one row and plans what is due next.

What is due is derived from the row as it is, not from the message: an old message does no harm.
"""

from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord

from keyfob.audit.entry import Actor
from keyfob.wiring.worker import worker
from lifecycle_worker import wiring

base = wiring.runtime()


def perform(record: SQSRecord) -> None:
    kind, _, row_id = record.json_body["due"].partition("#")
    if kind != "ORDER":
        raise ValueError(f"nothing is ever due for a {kind}")
    by = Actor(kind="system", id="clock", correlation=record.message_id)
    base.logger.info("due", extra={"order": row_id})
    wiring.payments().reconcile(row_id, by=by)


handler = worker(base, perform)
