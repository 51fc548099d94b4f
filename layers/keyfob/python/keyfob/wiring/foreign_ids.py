"""The refusal of foreign ids, put together; the hot path needs none of it."""

from __future__ import annotations

from keyfob.storage.limits import Limits
from keyfob.usecases.audit.foreign_ids import ForeignIds
from keyfob.wiring.runtime import Runtime


def foreign_ids_of(base: Runtime) -> ForeignIds:
    """Refuses ids of others and records them."""
    return ForeignIds(
        limits=Limits(base.database),
        transactions=base.transactions,
        clock=base.clock,
        policy=base.policy,
        count=base.count,
    )
