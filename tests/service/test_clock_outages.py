"""Tables and queues fail under the clock: waiting work is done later, once (S43, S44, S50).

`faults` makes the functions' requests fail.
"""

from __future__ import annotations

from typing import Any

import pytest

from local.client import eventually
from local.stack import FunctionFailed, Stack
from tests.support.running import lives as points
from tests.support.running.clock import sweep
from tests.support.running.faults import FAIL, HANG, THROTTLE, Faults
from tests.support.running.fixtures import Switch
from tests.support.running.inside import BY, Inside
from tests.support.running.lifecycle_control import LifecycleControl
from tests.support.running.lives import HOUR, Lives, Point, Standing
from tests.support.running.rows import Rows
from tests.support.running.sending import references
from tests.support.running.shop import record, worker

_MINUTE = HOUR / 60
_COMMIT = "TransactWriteItems"
_SOON = 60.0  # seconds; a loaded machine takes its time
_POISONED = "acc_poisoned"


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
    faults: Faults,
    operation: str,
    how: str,
) -> None:
    """S44: the next one finds all of it."""
    whole, life = _whole(inside, lives, points.NOTICE), lives.begin(points.NOTICE, lease=-_MINUTE)
    faults.always(how, operation)
    with pytest.raises(FunctionFailed):
        sweep(stack)
    assert lives.planned(life) == -_MINUTE
    faults.heal()
    assert life.due in lifecycle_control.sweep()
    assert lives.standing(life) == [whole]


def test_a_queue_of_the_clock_that_is_out_does_not_keep_mails_from_being_sent(
    *, stack: Stack, inside: Inside, rows: Rows, lives: Lives, relay: Switch, faults: Faults
) -> None:
    """S43: the sweep fails, but does everything that it can."""
    relay(on=False)
    life = lives.begin(points.EXPIRY)
    inside.lifecycle_jobs().perform(life.account, by=BY)
    (message,) = [one["pk"] for one in rows.queued_by_subject()[life.subject]]
    stack.clock.move(3 * _MINUTE)
    due = lives.begin(points.NOTICE, lease=-_MINUTE)
    faults.always(FAIL, "SendMessageBatch", about="ACCOUNT#")
    with pytest.raises(FunctionFailed):
        sweep(stack)
    eventually(
        lambda: rows.message(message)["state"] == "done", seconds=2 * _SOON, what="it is mailed"
    )
    assert references(stack, life.email) == [message]
    assert lives.planned(due) == -_MINUTE


@pytest.mark.parametrize(
    ("operation", "how"),
    [("GetItem", FAIL), ("GetItem", THROTTLE), (_COMMIT, FAIL), (_COMMIT, HANG)],
)
def test_a_message_of_the_clock_comes_back_while_the_tables_are_out(
    *, stack: Stack, inside: Inside, lives: Lives, faults: Faults, operation: str, how: str
) -> None:
    """S43, S46: only that one of the batch; afterwards it is done once."""
    point = points.LAPSE_OF_SUSPENDED
    whole = _whole(inside, lives, point)
    life, other = lives.begin(point), lives.begin(point)
    before = lives.standing(life)
    faults.always(how, operation, about=life.account)
    records = _records(life.due, other.due)
    answer = stack.invoke("LifecycleWorkerFunction", {"Records": records})
    assert answer == {"batchItemFailures": [{"itemIdentifier": "race-0"}]}
    assert lives.standing(life) == before
    faults.heal()
    assert worker(stack, "LifecycleWorkerFunction", due=life.due)()
    assert lives.standing(life, other) == [whole] * 2


def _whole(inside: Inside, lives: Lives, point: Point) -> Standing:
    """The result when nothing fails."""
    life = lives.begin(point)
    inside.lifecycle_jobs().perform(life.account, by=BY)
    (standing,) = lives.standing(life)
    return standing


def _records(*due: str) -> list[dict[str, Any]]:
    records = [record(due=one)["Records"][0] for one in due]
    return [one | {"messageId": f"race-{number}"} for number, one in enumerate(records)]
