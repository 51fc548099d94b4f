"""Every five minutes: queues and leases due rows."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.typing import LambdaContext

from lifecycle_sweep import wiring

base = wiring.runtime()


@base.logger.inject_lambda_context
@base.metrics.log_metrics
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    def time_left() -> timedelta:
        return timedelta(milliseconds=context.get_remaining_time_in_millis())

    swept = wiring.sweep().run(time_left)
    lag = int(swept.lag.total_seconds())
    base.count("SweepRan")
    base.count("SweepQueued", swept.queued)
    base.metrics.add_metric(name="SweepLag", unit=MetricUnit.Seconds, value=lag)
    report = {"queued": swept.queued, "lag_seconds": lag, "finished": swept.finished}
    base.logger.info("swept", extra=report)
    return report
