"""A function's routes behind the gate, put together."""

from __future__ import annotations

from keyfob.http.gate import Gate
from keyfob.http.resolver import Api
from keyfob.storage.sessions.store import SessionStore
from keyfob.wiring.front import front_of
from keyfob.wiring.runtime import Runtime


def operator_api_of(base: Runtime) -> Api:
    """The operators' routes: AWS has authenticated the caller, and no front is before them."""
    return Api(
        gate=lambda: Gate(SessionStore(base.database), base.clock, base.policy),
        front=tuple,
        support=lambda: base.support,
    )


def api_of(base: Runtime) -> Api:
    """The routes of this function; nothing is opened before the first request."""
    return Api(
        gate=lambda: Gate(SessionStore(base.database), base.clock, base.policy),
        front=lambda: tuple(base.outside(front_of)()),
        support=lambda: base.support,
    )
