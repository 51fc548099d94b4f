"""Does what is due now for one row and schedules what is due next.

The work is derived from the current row, not from the message: an old message does no harm.
"""

from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord

from keyfob.domain.audit.entry import Actor
from keyfob.wiring.queue_worker import worker
from lifecycle_worker import wiring

base = wiring.runtime()


def order_due(number: str, by: Actor) -> None:
    base.logger.info("due", extra={"order": number})
    wiring.payments().reconcile(number, by=by)


def license_key_due(mac: str, by: Actor) -> None:
    done = wiring.key_jobs().perform(f"KEY#{mac}", by=by)
    base.logger.info("license key due", extra={"done": done or "nothing"})
    if done is None:
        base.count("ClockMoot")


def credential_due(account: str, by: Actor) -> None:
    milestone = wiring.lifecycle_jobs().perform(account, by=by)
    done = milestone.kind if milestone else "nothing"
    base.logger.info("due", extra={"account": account, "done": done})
    if milestone is None:
        base.count("ClockMoot")


def case_due(account: str, by: Actor) -> None:
    done = wiring.case_jobs().perform(account, by=by)
    base.logger.info("due", extra={"case_of": account, "done": done or "nothing"})
    if done is None:
        base.count("ClockMoot")


def agent_due(account: str, by: Actor) -> None:
    done = wiring.agent_jobs().perform(account, by)
    base.logger.info("due", extra={"agent": account, "done": [one.job.kind for one in done]})
    if not done:
        base.count("ClockMoot")


def invitation_due(invitation: str, by: Actor) -> None:
    done = wiring.invitation_jobs().perform(invitation, by=by)
    base.logger.info("due", extra={"invitation": invitation, "done": done or "nothing"})
    if done is None:
        base.count("ClockMoot")


def registration_due(registration: str, by: Actor) -> None:
    done = wiring.registration_jobs().perform(registration, by=by)
    base.logger.info("due", extra={"registration": registration, "done": done or "nothing"})
    if done is None:
        base.count("ClockMoot")


def stock_due(_all: str, by: Actor) -> None:
    served = wiring.supplying().serve_all(by=by)
    base.logger.info("due", extra={"served": served})
    if not any(served.values()):
        base.count("ClockMoot")


def campaign_due(campaign: str, by: Actor) -> None:
    done = wiring.campaign_jobs().perform(campaign, by=by)
    base.logger.info("due", extra={"campaign": campaign, "done": done or "nothing"})
    if done is None:
        base.count("ClockMoot")


WORK = {
    "ORDER": order_due,
    "STOCK": stock_due,
    "KEY": license_key_due,
    "ACCOUNT": credential_due,
    "CASE": case_due,
    "AGENT": agent_due,
    "INVITATION": invitation_due,
    "REGISTRATION": registration_due,
    "CAMPAIGN": campaign_due,
}


def perform(record: SQSRecord) -> None:
    kind, _, row_id = record.json_body["due"].partition("#")
    if kind not in WORK:
        raise ValueError(f"nothing is ever due for a {kind}")
    WORK[kind](row_id, Actor(kind="system", id="clock", correlation=record.message_id))


handler = worker(base, perform)
