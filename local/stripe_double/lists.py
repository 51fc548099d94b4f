"""Pages of lists (docs.stripe.com/api/pagination) and refusals of features not played."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from local.stripe_double import objects
from local.stripe_double.errors import StripeRefusal, no_such, not_played

_PAGING = frozenset({"expand", "limit", "starting_after"})
_MOST = 100


def only(asked: Mapping[str, Any], played: Collection[str], at: str) -> None:
    """Raise StripeRefusal if a parameter is one that this double lacks."""
    if unplayed := sorted(asked.keys() - set(played)):
        raise not_played(f"{at}: {', '.join(unplayed)}")


def listed(
    found: Sequence[dict[str, Any]], asked: Mapping[str, Any], *, url: str, by: Collection[str] = ()
) -> dict[str, Any]:
    """The page asked for; `found` is in the list's order, `by` are the fields it may filter by.

    Raises StripeRefusal on a bad limit, an unknown cursor or another filter.
    """
    only(asked, _PAGING | set(by), "list")
    limit = asked.get("limit", 10)
    if not 1 <= limit <= _MOST:
        raise StripeRefusal("The limit parameter must be between 1 and 100", param="limit")
    chosen = [one for one in found if all(one[name] == asked[name] for name in by if name in asked)]
    if after := asked.get("starting_after"):
        ids = [one["id"] for one in chosen]
        if after not in ids:
            raise no_such("object", after, param="starting_after")
        chosen = chosen[ids.index(after) + 1 :]
    return objects.listing(chosen[:limit], url=url, has_more=len(chosen) > limit)
