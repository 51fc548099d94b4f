"""Checks the purchase orders that are uploaded to the quarantine (B3, S45)."""

from __future__ import annotations

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from keyfob.domain.audit.entry import Actor
from keyfob.gateways.signed_files import upload_of
from purchase_orders import wiring

base = wiring.runtime()


@base.logger.inject_lambda_context
@base.metrics.log_metrics
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, str]:
    upload = upload_of(event["detail"]["object"]["key"])
    if upload is None:
        # The quarantine takes nothing but our forms' keys; its rule deletes this one.
        base.logger.warning("no upload of ours", extra={"event": event["id"]})
        base.count("SignedOrderUnmatched")
        return {"outcome": "unmatched"}
    # The form was given to the purchaser, as an entry says; whoever had it has sent the file.
    address = event["detail"].get("source-ip-address", "")
    by = Actor(kind="system", id="purchase-orders", address=address, correlation=event["id"])
    order, file = upload
    outcome = wiring.checking().check(order, file, by=by)
    base.logger.info("purchase order", extra={"order": order, "outcome": outcome})
    return {"outcome": outcome}
