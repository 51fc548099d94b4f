"""Tables and queues that fail under the clock: what waits is done later, once (S43, S44, S50).

The deployed functions meet it through a proxy.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from local.client import eventually
from local.stack import FunctionFailed, Stack
from tests.races import lives as points
from tests.races.conftest import Switch
from tests.races.inside import BY, Inside
from tests.races.lifecycle_control import LifecycleControl
from tests.races.lives import HOUR, Lives, Point, Standing
from tests.races.proxy import FAIL, HANG, LOSE, THROTTLE, Proxy
from tests.races.rows import Rows
from tests.races.sending import references
from tests.races.shop import record, worker
from tests.support.clock import sweep

_MINUTE = HOUR / 60
_COMMIT = "TransactWriteItems"
_SOON = 60.0  # seconds; a loaded machine takes its time
_POISONED = "acc_poisoned"


@pytest.fixture(scope="module")
def proxied(stack: Stack, lifecycle_control: LifecycleControl) -> Iterator[Proxy]:
    """Before the functions of the clock, which stands still but for the tests."""
    assert lifecycle_control
    between = Proxy(stack)
    with between.before("LifecycleSweepFunction", "LifecycleWorkerFunction"):
        yield between


@pytest.fixture
def proxy(proxied: Proxy) -> Iterator[Proxy]:
    """It passes everything on again when the test ends."""
    yield proxied
    proxied.heal()


@pytest.mark.parametrize(
    ("operation", "how"),
    [("Query", FAIL), ("SendMessageBatch", FAIL), ("UpdateItem", FAIL), ("UpdateItem", THROTTLE)],
)
def test_a_sweep_in_an_outage_fails_and_leases_nothing_that_is_not_queued(
    *,
    stack: Stack,
    inside: Inside,
    lives: Lives,
    lifecycle_control: LifecycleControl,
    proxy: Proxy,
    operation: str,
    how: str,
) -> None:
    """S44: the next one finds all of it."""
    whole, life = _whole(inside, lives, points.NOTICE), lives.begin(points.NOTICE, lease=-_MINUTE)
    proxy.always(how, operation)
    with pytest.raises(FunctionFailed):
        sweep(stack)
    assert lives.planned(life) == -_MINUTE
    proxy.heal()
    assert life.due in lifecycle_control.sweep()
    assert lives.standing(life) == [whole]


def test_a_queue_of_the_clock_that_is_out_does_not_keep_mails_from_being_sent(
    *, stack: Stack, inside: Inside, rows: Rows, lives: Lives, relay: Switch, proxy: Proxy
) -> None:
    """S43: the sweep fails, and what it could do is done."""
    relay(on=False)
    life = lives.begin(points.EXPIRY)
    inside.clockwork().perform(life.account, by=BY)
    (message,) = [one["pk"] for one in rows.promised()[life.subject]]
    stack.clock.move(3 * _MINUTE)
    due = lives.begin(points.NOTICE, lease=-_MINUTE)
    proxy.always(FAIL, "SendMessageBatch", about="ACCOUNT#")
    with pytest.raises(FunctionFailed):
        sweep(stack)
    eventually(
        lambda: rows.promise(message)["state"] == "done", seconds=2 * _SOON, what="it is mailed"
    )
    assert references(stack, life.email) == [message]
    assert lives.planned(due) == -_MINUTE


@pytest.mark.parametrize(
    ("operation", "how"),
    [("GetItem", FAIL), ("GetItem", THROTTLE), (_COMMIT, FAIL), (_COMMIT, HANG)],
)
def test_a_message_of_the_clock_comes_back_while_the_tables_are_out(
    *, stack: Stack, inside: Inside, lives: Lives, proxy: Proxy, operation: str, how: str
) -> None:
    """S43, S46: only that one of the batch; afterwards it is done once."""
    point = points.LAPSE_OF_SUSPENDED
    whole = _whole(inside, lives, point)
    life, other = lives.begin(point), lives.begin(point)
    before = lives.standing(life)
    proxy.always(how, operation, about=life.account)
    records = _records(life.due, other.due)
    answer = stack.invoke("LifecycleWorkerFunction", {"Records": records})
    assert answer == {"batchItemFailures": [{"itemIdentifier": "race-0"}]}
    assert lives.standing(life) == before
    proxy.heal()
    assert worker(stack, "LifecycleWorkerFunction", due=life.due)()
    assert lives.standing(life, other) == [whole] * 2


def test_a_commit_of_the_clock_whose_answer_is_lost_is_done_once(
    *, stack: Stack, inside: Inside, lives: Lives, proxy: Proxy
) -> None:
    """S46: it is sent again with the same token, and acknowledged."""
    whole, life = _whole(inside, lives, points.REMINDER_30), lives.begin(points.REMINDER_30)
    proxy.next(_COMMIT, LOSE)
    assert worker(stack, "LifecycleWorkerFunction", due=life.due)()
    assert lives.standing(life) == [whole]


def test_rows_that_nobody_can_read_end_among_the_dead_letters_and_the_others_go_on(
    *, stack: Stack, inside: Inside, lives: Lives, lifecycle_control: LifecycleControl
) -> None:
    """S43: three of them, due before all others of their shard; each message comes five times."""
    whole = _whole(inside, lives, points.NOTICE)
    with _poisoned(stack, 3) as poisoned:
        others = [lives.begin(points.NOTICE, lease=-_MINUTE) for _ in range(3)]
        sweep(stack)
        while lifecycle_control.bring():
            pass
        assert lifecycle_control.buried() == poisoned
        assert lives.standing(*others) == [whole] * 3


@contextmanager
def _poisoned(stack: Stack, count: int) -> Iterator[set[str]]:
    """Rows that stand in the due index and can't be read as credentials."""
    table = {"TableName": stack.outputs["CredentialsTable"]}
    keys = [f"ACCOUNT#{_POISONED}{number}" for number in range(count)]
    client = stack.client("dynamodb")
    for key in keys:
        item = {
            "pk": key,
            "sk": "live",
            "g1pk": "DUE#3",
            "g1sk": f"2026-01-01T00:00:00Z#{key}",
            "expires_at": "soon",
        }
        client.put_item(Item={name: {"S": value} for name, value in item.items()}, **table)
    try:
        yield set(keys)
    finally:
        for key in keys:
            client.delete_item(Key={"pk": {"S": key}, "sk": {"S": "live"}}, **table)


def _whole(inside: Inside, lives: Lives, point: Point) -> Standing:
    """How it ends when nothing fails."""
    life = lives.begin(point)
    inside.clockwork().perform(life.account, by=BY)
    (standing,) = lives.standing(life)
    return standing


def _records(*due: str) -> list[dict[str, Any]]:
    records = [record(due=one)["Records"][0] for one in due]
    return [one | {"messageId": f"race-{number}"} for number, one in enumerate(records)]
