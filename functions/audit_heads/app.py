"""Every hour: sign what the audit trail held in the hours that have closed (G4, S48)."""

from __future__ import annotations

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from audit_heads import wiring

base = wiring.runtime()


@base.logger.inject_lambda_context
@base.metrics.log_metrics
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, int]:
    sealed = wiring.sealing().seal()
    base.count("HoursSealed", sealed)
    base.logger.info("sealed", extra={"hours": sealed})
    return {"sealed": sealed}
