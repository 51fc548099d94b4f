"""The outbox's fast path: puts new rows' keys from the table's stream onto their queues.

It may repeat a key or lose one; the workers lease each row once, and the sweep finds rows that
never arrived.
"""

from __future__ import annotations

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from keyfob.domain.messages.outbox import is_effect
from outbox_relay import wiring

base = wiring.runtime()


@base.logger.inject_lambda_context
@base.metrics.log_metrics
def handler(event: dict[str, Any], context: LambdaContext) -> None:
    ids = [record["dynamodb"]["Keys"]["pk"]["S"] for record in event["Records"]]
    wiring.effects().send([{"due": one} for one in ids if is_effect(one)])
    wiring.messages().send([{"due": one} for one in ids if not is_effect(one)])
    base.logger.info("relayed", extra={"rows": len(ids)})
