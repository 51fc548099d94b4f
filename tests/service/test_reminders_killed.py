"""The notifier killed around every request of a reminder, by day and by night (S42, S44, S46).

Nothing is lost. At most one mail more is sent than was queued, under the same reference, and its
sender logs it.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

import pytest

from local.client import eventually
from local.stack import Stack
from tests.support.running import lives as points
from tests.support.running.clock import sweep
from tests.support.running.fixtures import Switch
from tests.support.running.inside import BY, Inside
from tests.support.running.lives import Life, Lives
from tests.support.running.rows import Rows
from tests.support.running.sending import references
from tests.support.running.shop import worker
from tests.support.running.wire import Killed, RequestKiller, deaths_of

pytestmark = pytest.mark.usefixtures("lifecycle_control")

# Longer than a queue takes to redeliver a message that a worker under load gave back.
_PATIENCE = 120.0
_TWICE = "message may have been sent twice"


@dataclass
class Promised:
    """A person who is to be reminded, and the reminder's message."""

    life: Life
    message: str


Promising = Callable[[int], Promised]
Said = tuple[pytest.CaptureFixture[str], pytest.LogCaptureFixture]


@pytest.fixture
def queued(inside: Inside, rows: Rows, lives: Lives, relay: Switch) -> Promising:
    """Queues a reminder for a holder at this local hour; only the test sends it."""
    relay(on=False)

    def make(hour: int) -> Promised:
        life = lives.begin(points.REMINDER_3, hour=hour)
        inside.lifecycle_jobs().perform(life.account, by=BY)
        (message,) = rows.queued_by_subject()[life.subject]
        return Promised(life=life, message=message["pk"])

    return make


def test_a_reminder_is_sent_wherever_its_notifier_is_killed_and_a_second_time_only_with_a_note(
    *,
    stack: Stack,
    inside: Inside,
    rows: Rows,
    queued: Promising,
    capsys: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
) -> None:
    """F7, S42: killed after sending the mail and before recording it, it sends the mail again."""
    alive, whole = RequestKiller(), queued(12)
    _deliver(stack, inside, whole, alive)
    sent = alive.requests.index("send_email") + 1
    last = len(alive.requests)
    assert alive.requests[last - 1] == "update_item"
    deaths = {point: queued(12) for point in deaths_of(alive.requests)}
    for point, one in deaths.items():
        with pytest.raises(Killed):
            _deliver(stack, inside, one, RequestKiller(*point))
        # Its lease isn't over, or nobody has claimed it: it isn't sent a second time at once.
        assert worker(stack, "NotifierFunction", due=one.message)()
    stack.clock.move(timedelta(minutes=2))
    for (number, when), one in deaths.items():
        log = _log(stack, one, (capsys, caplog))
        twice = number > sent or (number, when) == (sent, "after")
        kept = (number, when) == (last, "after")
        assert references(stack, one.life.email) == [one.message] * (1 + (twice and not kept)), (
            number,
            when,
        )
        assert rows.message(one.message)["state"] == "done"
        assert (_TWICE in log, "MessageDuplicate" in log) == _noted(number, when, last, alive)


def test_a_reminder_that_waits_for_the_morning_is_sent_then_wherever_its_deferral_is_killed(
    *, stack: Stack, inside: Inside, rows: Rows, queued: Promising
) -> None:
    """F7: not at night, not twice, not never; a deferral is no attempt."""
    alive, whole = RequestKiller(), queued(6)
    _deliver(stack, inside, whole, alive)
    assert "send_email" not in alive.requests
    writes = [alive.requests.index("update_item") + 1, len(alive.requests)]
    assert alive.requests.count("update_item") == len(writes)
    deaths = {point: queued(6) for point in itertools.product(writes, ("before", "after"))}
    for point, one in deaths.items():
        with pytest.raises(Killed):
            _deliver(stack, inside, one, RequestKiller(*point))
    stack.clock.move(timedelta(minutes=2))
    everybody = [whole, *deaths.values()]
    for one in everybody:
        assert worker(stack, "NotifierFunction", due=one.message)()
        waiting = rows.message(one.message)
        assert (waiting["state"], references(stack, one.life.email)) == ("pending", [])
    until = {rows.message(one.message)["g1sk"].partition("#")[0] for one in everybody}
    assert len(until) == 1, "the morning of the one is that of the others"
    assert rows.message(whole.message)["attempts"] == 0
    stack.clock.move(timedelta(hours=2))
    sweep(stack)
    eventually(
        lambda: all(rows.message(one.message)["state"] == "done" for one in everybody),
        seconds=_PATIENCE,
        what="everybody is reminded",
    )
    for one in everybody:
        assert references(stack, one.life.email) == [one.message]


def _deliver(stack: Stack, inside: Inside, one: Promised, killer: RequestKiller) -> None:
    ses = killer.over(stack.client("sesv2"))
    inside.notifier(killer.over(inside.wire()), ses).deliver(one.message)


def _noted(number: int, when: str, last: int, alive: RequestKiller) -> tuple[bool, bool]:
    """Whether the next notifier can detect the killed one, which had claimed but not finished."""
    claim = alive.requests.index("update_item") + 1
    claimed = number > claim or (number, when) == (claim, "after")
    noted = claimed and (number, when) != (last, "after")
    return noted, noted


def _log(stack: Stack, one: Promised, said: Said) -> str:
    """Bring the message once more; returns the notifier's logs and metrics."""
    metrics, log = said
    metrics.readouterr()
    log.clear()
    assert worker(stack, "NotifierFunction", due=one.message)()
    return log.text + metrics.readouterr().out
