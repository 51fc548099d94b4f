"""Renewals over the API: a holder's orders and payments, and a clock that may be faster."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any

from keyfob.domain.due_index import instant
from tests.support.carts import RENEWAL
from tests.support.deployment import Deployment, failed, for_worker, sample
from tests.support.token_holder import TokenHolder, a_holder_with_a_license_key
from tests.support.visitor import Answer


def on_sale(deployment: Deployment) -> None:
    """A renewal is in the catalog."""
    seed = sample("operations/seed")
    [product] = seed["products"]
    renewal = product | {"id": RENEWAL, "kind": "renewal", "name": "Renewal", "price": 4_500}
    renewal |= {"renews": product["kind"]}
    deployment.invoke("operations", seed | {"products": [product, renewal]})


def subscriber(deployment: Deployment) -> TokenHolder:
    """A holder with an active credential that she bought, and a registered token."""
    on_sale(deployment)
    who = a_holder_with_a_license_key(deployment)
    assert who.redeem().status == 201
    assert who.call("activate_credential").status == 200
    assert who.register().status == 201
    return who


def ordered(who: TokenHolder, **item: Any) -> Answer:
    """An order for another year of her credential."""
    wanted = {"product": RENEWAL, "credential": who.credential, **item}
    return who.visitor.order(items=[wanted])


def pay(deployment: Deployment, order: dict[str, Any], *, times: int = 1) -> None:
    """The buyer pays, and the webhook's message comes so many times."""
    page = str(order["checkout_url"]).rsplit("/", 1)[1]
    deployment.provider.buyer_pays(page)
    about = json.loads(sample("workers/settle_payment")["Records"][0]["body"])
    event = for_worker("settle_payment", *[about | {"checkout": page}] * times)
    assert failed(deployment.invoke("payment_worker", event)) == []


def due(deployment: Deployment, *ids: str) -> list[str]:
    """Let the clock's worker process these; returns the messages that it gives back."""
    event = for_worker("due_order", *({"due": one} for one in ids))
    return failed(deployment.invoke("lifecycle_worker", event))


def account_of(who: TokenHolder) -> str:
    """Her row's id in the due index."""
    return f"ACCOUNT#{who.visitor.token.split('.')[0]}"


def expires_in(deployment: Deployment, who: TokenHolder, **delta: float) -> datetime:
    """Move her credential's end behind the service's back: other tests need the clock."""
    at = (deployment.clock.now() + timedelta(**delta)).replace(microsecond=0)
    deployment.client("dynamodb").update_item(
        TableName=deployment.values["TABLE_CREDENTIALS"],
        Key={"pk": {"S": account_of(who)}, "sk": {"S": "live"}},
        UpdateExpression="SET expires_at = :at",
        ConditionExpression="attribute_exists(pk)",
        ExpressionAttributeValues={":at": {"S": instant(at)}},
    )
    return at


def work_off(deployment: Deployment) -> None:
    """Do the work of stream, queues and workers for everything pending, and its consequences."""
    for _ in range(2):
        for row in _pending(deployment):
            effect = row.startswith("eff_")
            event = for_worker("perform_effect" if effect else "send_message", {"due": row})
            worker = "effects_worker" if effect else "notifier"
            assert failed(deployment.invoke(worker, event)) == []


def _pending(deployment: Deployment) -> list[str]:
    items = deployment.rows("outbox")
    return [item["pk"]["S"] for item in items if item["state"]["S"] == "pending"]
