"""Every day: hand letters over to their provider; on its acknowledgments: mark them (C2, S42)."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from keyfob.domain.audit.entry import Actor
from keyfob.gateways.letter_files import ACKNOWLEDGED
from letters import wiring

base = wiring.runtime()


def acknowledged(event: dict[str, Any]) -> dict[str, int]:
    # The bucket's policy decides who may acknowledge; CloudTrail has the name.
    address = event["detail"].get("source-ip-address", "")
    by = Actor(kind="system", id="letters", address=address, correlation=event["id"])
    key = str(event["detail"]["object"]["key"])
    batch = key.removeprefix(ACKNOWLEDGED).removesuffix(".json")
    result = wiring.acknowledging().take(batch, key, by=by)
    base.count("LetterAcknowledgmentsRefused", result.refused)
    return asdict(result)


def dispatched() -> dict[str, int]:
    result = wiring.dispatching().run()
    base.count("LettersHandedOver", result.letters)
    base.count("LettersFailed", result.failed)
    return asdict(result)


@base.logger.inject_lambda_context
@base.metrics.log_metrics
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    report = acknowledged(event) if event.get("detail-type") == "Object Created" else dispatched()
    base.logger.info("letters", extra=report)
    return report
