"""The operations of Stripe's API that the double supports."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from local.stripe_double.account import Account
from local.stripe_double.errors import no_such
from local.stripe_double.events import Caller
from local.stripe_double.lists import listed
from local.stripe_double.schemas import SCHEMAS

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


def routes(account: Account) -> tuple[Route, ...]:
    """All operations of the double."""
    handlers = {
        **_checkout(account),
        **_customers(account),
        **_invoices(account),
        **_payments(account),
        **_given_back(account),
    }
    return tuple(
        Route(operation=operation, schema=schema, handler=handlers[operation])
        for operation, schema in SCHEMAS.items()
    )


def _checkout(account: Account) -> dict[str, Handler]:
    sessions, checkout = "/v1/checkout/sessions", account.checkout
    return {
        f"POST {sessions}": lambda _id, asked, _caller: checkout.create(asked),
        f"GET {sessions}": lambda _id, asked, _caller: listed(
            checkout.newest_first(), asked, url=sessions, by=("payment_intent", "status")
        ),
        f"GET {sessions}/{{session}}": lambda one, _asked, _caller: checkout.get(one),
        f"POST {sessions}/{{session}}/expire": lambda one, _asked, caller: checkout.expire(
            one, caller
        ),
    }


def _customers(account: Account) -> dict[str, Handler]:
    url, customers = "/v1/customers", account.customers
    return {
        f"POST {url}": lambda _id, asked, caller: customers.create(asked, caller),
        f"GET {url}/{{customer}}": lambda one, _asked, _caller: customers.get(one),
        f"POST {url}/{{customer}}": customers.update,
    }


def _invoices(account: Account) -> dict[str, Handler]:
    url, invoices, states = "/v1/invoices", account.invoices, account.invoice_states
    one_url = f"{url}/{{invoice}}"
    payments = account.invoice_payments
    return {
        f"POST {url}": lambda _id, asked, caller: invoices.create(asked, caller),
        f"GET {url}": lambda _id, asked, _caller: invoices.page(asked),
        f"GET {one_url}": lambda one, _asked, _caller: invoices.get(one),
        f"POST {one_url}": invoices.update,
        f"DELETE {one_url}": lambda one, _asked, caller: invoices.delete(one, caller),
        f"GET {one_url}/lines": lambda one, asked, _caller: invoices.lines_page(one, asked),
        f"POST {one_url}/finalize": states.finalize,
        f"POST {one_url}/send": lambda one, _asked, caller: states.send(one, caller),
        f"POST {one_url}/void": lambda one, _asked, caller: states.void(one, caller),
        f"POST {one_url}/mark_uncollectible": lambda one, _asked, caller: states.mark_uncollectible(
            one, caller
        ),
        f"POST {one_url}/pay": payments.pay_out_of_band,
        f"POST {one_url}/attach_payment": payments.attach,
        "POST /v1/invoiceitems": lambda _id, asked, caller: invoices.add_item(asked, caller),
    }


def _payments(account: Account) -> dict[str, Handler]:
    payments, records = account.invoice_payments, account.records
    return {
        "GET /v1/invoice_payments": lambda _id, asked, _caller: payments.page(asked),
        "GET /v1/invoice_payments/{invoice_payment}": lambda one, _asked, _caller: payments.get(
            one
        ),
        "POST /v1/payment_records/report_payment": lambda _id, asked, _caller: records.report(
            asked
        ),
        "GET /v1/payment_records/{id}": lambda one, _asked, _caller: records.get(one),
        "GET /v1/payment_intents/{intent}": _kept(account, "payment_intent", "intent"),
        "GET /v1/charges": _page(account, "charge", ("customer", "payment_intent")),
        "GET /v1/charges/{charge}": _kept(account, "charge", "charge"),
        "GET /v1/events/{id}": _kept(account, "event", "id"),
    }


def _given_back(account: Account) -> dict[str, Handler]:
    notes, refunds = account.credit_notes, account.refunds
    by = ("charge", "payment_intent")
    return {
        "POST /v1/credit_notes": lambda _id, asked, caller: notes.create(asked, caller),
        "GET /v1/credit_notes": lambda _id, asked, _caller: notes.page(asked),
        "GET /v1/credit_notes/{id}": lambda one, _asked, _caller: notes.get(one),
        "POST /v1/credit_notes/{id}/void": lambda one, _asked, caller: notes.void(one, caller),
        "GET /v1/disputes": _page(account, "dispute", by),
        "GET /v1/disputes/{dispute}": _kept(account, "dispute", "dispute"),
        "POST /v1/refunds": lambda _id, asked, caller: refunds.create(asked, caller),
        "GET /v1/refunds": _page(account, "refund", by),
        "GET /v1/refunds/{refund}": _kept(account, "refund", "refund"),
    }


def _kept(account: Account, kind: str, param: str) -> Handler:
    def find(object_id: str, _asked: Parameters, _caller: Caller) -> dict[str, Any]:
        found = account.store.get(kind, object_id)
        if found is None:
            raise no_such(kind, object_id, param=param)
        return found

    return find


def _page(account: Account, kind: str, by: tuple[str, ...]) -> Handler:
    def page(_id: str, asked: Parameters, _caller: Caller) -> dict[str, Any]:
        return listed(account.store.newest_first(kind), asked, url=f"/v1/{kind}s", by=by)

    return page
