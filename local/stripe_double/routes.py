"""The operations of Stripe's API that the double supports."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from stripe import params
from stripe.params import checkout as checkout_params

from local.stripe_double import objects
from local.stripe_double.checkout import Checkout
from local.stripe_double.errors import StripeRefusal, no_such, not_played
from local.stripe_double.events import Caller
from local.stripe_double.refunds import Refunds
from local.stripe_double.store import Store

_SESSIONS = "/v1/checkout/sessions"
_LIST_PLAYED = frozenset({"expand", "limit", "payment_intent", "starting_after", "status"})

# The type of each operation's parameters, in the SDK.
SCHEMAS: dict[str, type] = {
    f"POST {_SESSIONS}": checkout_params.SessionCreateParams,
    f"GET {_SESSIONS}": checkout_params.SessionListParams,
    f"GET {_SESSIONS}/{{session}}": checkout_params.SessionRetrieveParams,
    f"POST {_SESSIONS}/{{session}}/expire": checkout_params.SessionExpireParams,
    "GET /v1/payment_intents/{intent}": params.PaymentIntentRetrieveParams,
    "POST /v1/refunds": params.RefundCreateParams,
    "GET /v1/refunds/{refund}": params.RefundRetrieveParams,
    "GET /v1/events/{id}": params.EventRetrieveParams,
}

Parameters = dict[str, Any]
Handler = Callable[[str, Parameters, Caller], dict[str, Any]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """An operation by its name in the OpenAPI document, its parameters' type, and its handler.

    The handler gets the id in the path (empty if it has none), the parameters and the caller.
    """

    operation: str
    schema: type
    handler: Handler

    def match(self, method: str, path: str) -> str | None:
        """The id in `path` (empty if the operation has none), or None if this is another route."""
        wanted_method, wanted_path = self.operation.split(" ")
        wanted, given = wanted_path.split("/"), path.split("/")
        if wanted_method != method or len(wanted) != len(given):
            return None
        object_id = ""
        for pattern, segment in zip(wanted, given, strict=True):
            if pattern.startswith("{") and segment:
                object_id = segment
            elif pattern != segment:
                return None
        return object_id


def routes(store: Store, checkout: Checkout, refunds: Refunds) -> tuple[Route, ...]:
    """All operations of the double."""

    def kept(kind: str, param: str) -> Handler:
        def find(object_id: str, _asked: Parameters, _caller: Caller) -> dict[str, Any]:
            found = store.get(kind, object_id)
            if found is None:
                raise no_such(kind, object_id, param=param)
            return found

        return find

    handlers: dict[str, Handler] = {
        f"POST {_SESSIONS}": lambda _id, asked, _caller: checkout.create(asked),
        f"GET {_SESSIONS}": lambda _id, asked, _caller: _page(checkout, asked),
        f"GET {_SESSIONS}/{{session}}": lambda session, _asked, _caller: checkout.get(session),
        f"POST {_SESSIONS}/{{session}}/expire": (
            lambda session, _asked, caller: checkout.expire(session, caller)
        ),
        "GET /v1/payment_intents/{intent}": kept("payment_intent", "intent"),
        "POST /v1/refunds": lambda _id, asked, caller: refunds.create(asked, caller),
        "GET /v1/refunds/{refund}": kept("refund", "refund"),
        "GET /v1/events/{id}": kept("event", "id"),
    }
    return tuple(
        Route(operation=operation, schema=schema, handler=handlers[operation])
        for operation, schema in SCHEMAS.items()
    )


def _page(checkout: Checkout, asked: Parameters) -> dict[str, Any]:
    if unplayed := sorted(asked.keys() - _LIST_PLAYED):
        raise not_played(f"list: {', '.join(unplayed)}")
    limit = asked.get("limit", 10)
    if not 1 <= limit <= 100:
        raise StripeRefusal("The limit parameter must be between 1 and 100", param="limit")
    found = [
        session
        for session in checkout.newest_first()
        if all(
            session[name] == asked[name] for name in ("payment_intent", "status") if name in asked
        )
    ]
    if after := asked.get("starting_after"):
        ids = [session["id"] for session in found]
        if after not in ids:
            raise no_such("checkout.session", after, param="starting_after")
        found = found[ids.index(after) + 1 :]
    return objects.listing(found[:limit], url=_SESSIONS, has_more=len(found) > limit)
