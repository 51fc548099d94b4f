"""The mirror of refunds and disputes as an order's row has it."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from keyfob.domain.orders.given_back import (
    NOTHING_BACK,
    Dispute,
    GivenBack,
    Refund,
    RefundRequest,
)


def written(mirror: GivenBack) -> dict[str, Any] | None:
    """The mirror as it is kept; None for an order without refunds and disputes."""
    if mirror == NOTHING_BACK:
        return None
    return {
        "refunds": [asdict(one) for one in mirror.refunds],
        "disputes": [asdict(one) for one in mirror.disputes],
        "requests": [
            asdict(one) | {"pieces": list(one.pieces), "parts": dict(one.parts)}
            for one in mirror.requests
        ],
        "assigned": {one: list(pieces) for one, pieces in mirror.assigned.items()},
        "undone": sorted(mirror.undone),
    }


def given_back_of(kept: dict[str, Any] | None) -> GivenBack:
    """The mirror in a row."""
    if not kept:
        return NOTHING_BACK
    return GivenBack(
        refunds=tuple(Refund(**one) for one in kept["refunds"]),
        disputes=tuple(Dispute(**one) for one in kept["disputes"]),
        requests=tuple(
            RefundRequest(**one | {"pieces": tuple(one["pieces"])}) for one in kept["requests"]
        ),
        assigned={one: tuple(pieces) for one, pieces in kept["assigned"].items()},
        undone=frozenset(kept["undone"]),
    )
