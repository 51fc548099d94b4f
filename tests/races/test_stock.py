"""Many orders for the last token at once (B5)."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import partial
from typing import Any

from local.client import Person
from local.device import Device, key_file
from local.key_files import drop
from local.seed import content
from local.stack import Stack
from tests.races.at_once import at_once, crowd
from tests.support.effort import effort
from tests.support.fakes import unique
from tests.support.running.clock import at_last
from tests.support.running.people import person
from tests.support.running.rows import Rows
from tests.support.running.shop import pay, worker

MANY = effort(6, 30)


def test_many_orders_for_the_last_token_at_once_are_one_reserved_and_the_rest_in_line(
    stack: Stack, rows: Rows
) -> None:
    """B5: payments, workers and the clock compete for one token, then for a second one."""
    model = unique("race-").lower()
    product = _product(stack, model)
    arrive(stack, model)
    someone = [person(stack) for _ in range(effort(2, 4))]
    orders = crowd([partial(_ordered, someone[nth % len(someone)], product) for nth in range(MANY)])
    numbers = [str(one["number"]) for one in orders]
    look = [worker(stack, "LifecycleWorkerFunction", due=f"ORDER#{one}") for one in numbers]
    acts: list[Callable[[], object]] = [partial(pay, one) for one in orders]
    at_once([*acts, *look[: effort(2, 10)]])

    def states() -> list[str]:
        return [state for number in numbers for state in _states(rows, number)]

    def expected(reserved: int) -> bool:
        now = states()
        return (now.count("reserved"), now.count("back_ordered")) == (reserved, MANY - reserved)

    at_last(stack, lambda: expected(1), "one token is reserved, and everybody else waits")
    assert _counters(rows, model) == (0, MANY - 1)
    arrive(stack, model)
    serve = worker(stack, "LifecycleWorkerFunction", due="STOCK")
    at_once([serve] * effort(3, 8))
    assert expected(2)
    assert _counters(rows, model) == (0, MANY - 2)
    places = [row["sk"].partition("#")[0] for row in rows.under("orders", f"STOCK#{model}")]
    assert (places.count("RESERVED"), places.count("WAITS")) == (2, MANY - 2)


def arrive(stack: Stack, model: str) -> None:
    """A key file with one token of the model is imported."""
    device = Device(unique("RACE-").upper(), stack.clock.now)
    drop(stack, f"model={model}/{unique('batch-')}.csv", key_file(device).encode())


def _product(stack: Stack, model: str) -> str:
    """The id of a new product of the demo's partner with a token of this model."""
    sold = next(one for one in content()["products"] if one["id"] == "hardware-token")
    event = {"operation": "seed", "products": [{**sold, "id": model, "model": model}]}
    assert stack.invoke("OperationsFunction", event)["products"] == 1
    return model


def _ordered(someone: Person, product: str) -> Any:
    return someone.order(items=[{"product": product, "quantity": 1}])


def _states(rows: Rows, number: str) -> list[str]:
    written = rows.order(number).get("supplies")
    return [one["state"] for one in json.loads(written)] if written else []


def _counters(rows: Rows, model: str) -> tuple[int, int]:
    [row] = [one for one in rows.under("orders", "STOCK") if one["sk"] == model]
    return int(row["free"]), int(row["waiting"])
