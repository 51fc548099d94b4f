"""Settles the payments that Stripe's events name."""

from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord

from keyfob.domain.audit.entry import Actor
from keyfob.wiring.queue_worker import worker
from payment_worker import wiring

base = wiring.runtime()


def settle(record: SQSRecord) -> None:
    about = record.json_body
    by = Actor(kind="stripe", id=about["event"], correlation=about["correlation"])
    base.logger.info("settling", extra=about)
    if "payment" in about:
        wiring.payments().compare(about["payment"], by=by)
    elif "invoice" in about:
        wiring.payments().settle_invoice(about["invoice"], by=by)
    else:
        wiring.payments().settle(about["checkout"], by=by)


handler = worker(base, settle)
