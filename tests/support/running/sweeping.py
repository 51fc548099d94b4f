"""The sweep of credentials, run in the test's own process."""

from __future__ import annotations

import json
from datetime import timedelta

from keyfob.storage.credentials.store import CredentialRow
from tests.support.builders import by_password
from tests.support.running.inside import FROM_HERE, Inside
from tests.support.running.lives import HOUR, Life
from tests.support.running.wire import Wire


def swept(inside: Inside) -> set[str]:
    """The rows that a sweep has queued."""
    queue = inside.queue_wire()
    assert inside.sweep(CredentialRow, queue=queue).run(plenty).finished
    return queued(queue)


def queued(queue: Wire) -> set[str]:
    """The messages put on this queue."""
    return {
        json.loads(entry["MessageBody"])["due"]
        for _, request in queue.sent
        for entry in request["Entries"]
    }


def plenty() -> timedelta:
    """Time enough for any sweep."""
    return HOUR


def suspend(inside: Inside, life: Life, wire: Wire | None = None) -> None:
    """Its holder suspends it."""
    proof = by_password(inside.clock())
    inside.management(wire).suspend(life.credential, proof, FROM_HERE.as_account(life.account))
