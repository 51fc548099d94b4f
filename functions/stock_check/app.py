"""Every night: compare each model's stock with its tokens, reservations and queue (B5, G3)."""

from __future__ import annotations

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from stock_check import wiring

base = wiring.runtime()


@base.logger.inject_lambda_context
@base.metrics.log_metrics
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    found = wiring.stocktaking().check()
    by_model = {one.model: one for one in found.stocks}
    for model, counted in found.different.items():
        about = {
            "model": model,
            "free": by_model[model].free,
            "free_counted": counted.free,
            "waiting": by_model[model].waiting,
            "waiting_counted": counted.waiting,
        }
        base.logger.error("the stock differs from the inventory", extra=about)
    base.count("StockChecked", len(found.stocks))
    base.count("StockDifferent", len(found.different))
    base.count("StockLow", len(found.low))
    answer = {
        "models": len(found.stocks),
        "different": sorted(found.different),
        "low": found.low,
        "unsettled": found.unsettled,
    }
    base.logger.info("stock checked", extra=answer)
    return answer
