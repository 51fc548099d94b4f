"""Tables and queues fail under the clock: waiting work is done later, once (S43, S44, S50).

A proxy makes the deployed functions' requests fail.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from local.stack import Stack
from tests.races.proxy import Proxy
from tests.support.running import lives as points
from tests.support.running.clock import sweep
from tests.support.running.faults import LOSE
from tests.support.running.inside import BY, Inside
from tests.support.running.lifecycle_control import LifecycleControl
from tests.support.running.lives import HOUR, Lives, Point, Standing
from tests.support.running.shop import worker

_MINUTE = HOUR / 60
_COMMIT = "TransactWriteItems"
_SOON = 60.0  # seconds; a loaded machine takes its time
_POISONED = "acc_poisoned"


@pytest.fixture(scope="module")
def proxied(stack: Stack, lifecycle_control: LifecycleControl) -> Iterator[Proxy]:
    """A proxy before the functions of the clock, whose sweep and worker run only in the tests."""
    assert lifecycle_control
    between = Proxy(stack)
    with between.before("LifecycleSweepFunction", "LifecycleWorkerFunction"):
        yield between


@pytest.fixture
def proxy(proxied: Proxy) -> Iterator[Proxy]:
    """The proxy; it passes everything on again when the test ends."""
    yield proxied
    proxied.heal()


def test_a_commit_of_the_clock_whose_answer_is_lost_is_done_once(
    *, stack: Stack, inside: Inside, lives: Lives, proxy: Proxy
) -> None:
    """S46: the commit is sent again with the same client request token, and acknowledged."""
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
    """Rows in the due index that can't be read as credentials."""
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
    """The result when nothing fails."""
    life = lives.begin(point)
    inside.lifecycle_jobs().perform(life.account, by=BY)
    (standing,) = lives.standing(life)
    return standing
