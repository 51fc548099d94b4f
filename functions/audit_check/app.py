"""Every night: compare what was sealed since the last check with the trail (G4, S59)."""

from __future__ import annotations

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from audit_check import wiring

base = wiring.runtime()


@base.logger.inject_lambda_context
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    check = wiring.checking().check()
    for fault in check.faults:
        base.logger.error("audit fault", extra={"fault": fault})
    base.count("HoursChecked", check.heads)
    base.count("AuditFaults", len(check.faults))
    # Before the position: if this run dies in between, the next one finds the faults again.
    base.metrics.flush_metrics()
    wiring.checking().keep(check)
    return {
        "hour": check.hour,
        "heads": check.heads,
        "entries": check.entries,
        "faults": list(check.faults),
    }
