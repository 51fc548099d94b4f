"""License keys whose time passes behind the service's back: other tests need the clock."""

from __future__ import annotations

from datetime import datetime, timedelta

from keyfob.domain.due_index import instant
from tests.support.deployment import Deployment
from tests.support.visitor import Answer

_MOVED = ("issued_at", "lapses_at", "told_at", "paid_at")


def a_key_of(deployment: Deployment, placed: Answer) -> str:
    """The id of the first key of a guest's order in the due index."""
    number = placed.body["order"]["number"]
    rows = [row for row in deployment.rows("orders") if row["pk"]["S"].startswith("KEY#")]
    [found] = [row["pk"]["S"] for row in rows if row["order"]["S"] == number]
    return str(found)


def hours_pass(deployment: Deployment, key: str, hours: float) -> None:
    """Let the key be that much older."""
    [row] = [row for row in deployment.rows("orders") if row["pk"]["S"] == key]
    earlier = {
        name: instant(datetime.fromisoformat(row[name]["S"]) - timedelta(hours=hours))
        for name in _MOVED
    }
    deployment.client("dynamodb").update_item(
        TableName=deployment.values["TABLE_ORDERS"],
        Key={"pk": {"S": key}, "sk": {"S": "-"}},
        UpdateExpression="SET " + ", ".join(f"{name} = :{name}" for name in _MOVED),
        ExpressionAttributeValues={f":{name}": {"S": at} for name, at in earlier.items()},
    )
