"""Imports the key files that operators put in the bucket into the inventory (G1, S18)."""

from __future__ import annotations

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from keyfob.domain.audit.entry import Actor
from keyfob.domain.inventory.report import Outcome
from keyfob.gateways.key_files import KeyFileGone
from token_import import wiring

base = wiring.runtime()


def actor(event: dict[str, Any]) -> Actor:
    # The bucket's permissions decide who may upload files; CloudTrail has the name.
    address = event["detail"].get("source-ip-address", "")
    return Actor(kind="operator", id="key-files", address=address, correlation=event["id"])


@base.logger.inject_lambda_context
@base.metrics.log_metrics
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    dropped = event["detail"]["object"]
    try:
        # Unlike S3's own notifications, EventBridge's have the key as it is, not URL-encoded.
        file = wiring.files().fetch(dropped["key"], dropped["etag"])
    except KeyFileGone:
        base.logger.info("key file is gone or another one by now", extra={"event": event["id"]})
        return {"outcome": "gone"}
    report = wiring.token_import().run(file, by=actor(event))
    wiring.files().put_report(report)
    if report.outcome is not Outcome.REFUSED:
        # It holds the tokens' secrets, and is needed no more.
        wiring.files().remove(dropped["key"], dropped["etag"])
    answer = {
        "outcome": report.outcome,
        "batch": report.batch.id,
        "reasons": len(report.reasons),
        "warnings": len(report.warnings),
    }
    base.logger.info("key file", extra=answer)
    return answer
