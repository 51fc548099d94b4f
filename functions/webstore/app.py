"""Catalog and orders (B1, B3, B4)."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated, Any

from aws_lambda_powertools.event_handler.openapi.params import Query
from aws_lambda_powertools.utilities.typing import LambdaContext

from keyfob.domain.orders.disclaimer import DEFAULT_LANGUAGE
from keyfob.domain.orders.payment_method import PaymentMethod
from keyfob.domain.sessions.permission import ANYBODY, OWN
from keyfob.http.fields import IdempotencyKey, Name, idempotency_record_of
from keyfob.http.paging import cursor_of, position_of
from keyfob.storage.orders.order_row import listing_key
from keyfob.usecases.orders.pricing import Cart
from keyfob.wiring.api import api_of
from webstore import wiring
from webstore.catalog_views import (
    DisclaimerView,
    OfferList,
    PartnerList,
    ProductList,
    disclaimer_view,
    offer_list,
    partner_view,
    product_view,
)
from webstore.views import (
    NewOrder,
    NewQuote,
    OrderList,
    OrderView,
    QuoteView,
    order_view,
    quote_view,
)

base = wiring.runtime()
app = api_of(base)


@app.operation("GET", "/partners", permission=ANYBODY, summary="The partners")
def partners() -> PartnerList:
    return PartnerList(partners=[partner_view(one) for one in wiring.directory().partners()])


@app.operation(
    "GET",
    "/partners/<partner>/products",
    permission=ANYBODY,
    summary="The products that fit a partner's applications",
    refusals=(HTTPStatus.NOT_FOUND,),
)
def products(partner: Name) -> ProductList:
    return ProductList(products=[product_view(one) for one in wiring.pricing().offered(partner)])


@app.operation(
    "GET",
    "/partners/<partner>/offers",
    permission=OWN,
    summary="A partner's products for oneself, and why the others aren't",
    refusals=(HTTPStatus.NOT_FOUND,),
)
def offers(partner: Name) -> OfferList:
    return offer_list(wiring.offering().of(app.caller.account, partner))


@app.operation(
    "GET",
    "/partners/<partner>/disclaimer",
    permission=ANYBODY,
    summary="The disclaimer to be accepted with an order from a partner's catalog",
    refusals=(HTTPStatus.NOT_FOUND,),
)
def disclaimer(
    partner: Name,
    language: Annotated[str, Query(pattern="^[a-z]{2}$")] = DEFAULT_LANGUAGE,
) -> DisclaimerView:
    return disclaimer_view(wiring.sales_terms().disclaimer(partner), language)


@app.operation(
    "POST",
    "/orders",
    permission=OWN,
    summary="Place an order and get its payment page or its invoice",
    status=HTTPStatus.CREATED,
    refusals=(HTTPStatus.CONFLICT, HTTPStatus.TOO_MANY_REQUESTS),
)
def place(body: NewOrder, idempotency_key: IdempotencyKey) -> OrderView:
    cart = Cart(
        partner=body.partner,
        items=tuple(item.item() for item in body.items),
        po_number=body.po_number,
        shipping=body.shipping_address.address(),
        billing=body.billing_address.address(),
        disclaimer_accepted=body.disclaimer_accepted,
        method=PaymentMethod(body.payment),
        confirmed=body.confirm,
        quote=body.quote,
        disclaimer_version=body.disclaimer_version or "",
        vat_id=body.vat_id or "",
        short_renewal_accepted=body.short_renewal_accepted,
    )
    record = idempotency_record_of(app.caller, idempotency_key, "orders", body)
    return order_view(
        wiring.placing().place(app.caller.actor, cart, record), base.clock(), base.policy
    )


@app.operation(
    "POST",
    "/quotes",
    permission=OWN,
    summary="Price a cart, and keep the prices for an order",
    status=HTTPStatus.CREATED,
    refusals=(HTTPStatus.NOT_FOUND, HTTPStatus.TOO_MANY_REQUESTS),
)
def make_quote(body: NewQuote) -> QuoteView:
    billing = body.billing_address.address()
    cart = Cart(
        partner=body.partner,
        items=tuple(item.item() for item in body.items),
        po_number="",
        shipping=billing,
        billing=billing,
        disclaimer_accepted=False,
        vat_id=body.vat_id or "",
    )
    return quote_view(wiring.quoting().quote(app.caller.actor, cart))


@app.operation(
    "GET",
    "/quotes/<number>",
    permission=OWN,
    summary="One of one's own quotes",
    refusals=(HTTPStatus.NOT_FOUND,),
)
def quote(number: Name) -> QuoteView:
    return quote_view(wiring.quotes().get(app.caller.actor, number))


@app.operation("GET", "/orders", permission=OWN, summary="One's own orders, newest first")
def orders(
    limit: Annotated[int, Query(ge=1, le=50)] = 20,
    cursor: Annotated[str | None, Query(max_length=256)] = None,
) -> OrderList:
    before = position_of(cursor) if cursor else None
    found = wiring.orders().of_account(app.caller.account, limit=limit + 1, before=before)
    further = cursor_of(listing_key(found[limit])) if len(found) > limit else None
    return OrderList(
        orders=[order_view(one, base.clock(), base.policy) for one in found[:limit]],
        cursor=further,
    )


@app.operation(
    "GET",
    "/orders/<number>",
    permission=OWN,
    summary="One of one's own orders",
    refusals=(HTTPStatus.NOT_FOUND,),
)
def order(number: Name) -> OrderView:
    return order_view(wiring.placing().get(app.caller.actor, number), base.clock(), base.policy)


@app.operation(
    "POST",
    "/orders/<number>/cancellation",
    permission=OWN,
    summary="Cancel an order that isn't paid; canceling it again changes nothing",
    refusals=(HTTPStatus.NOT_FOUND, HTTPStatus.CONFLICT),
)
def cancel(number: Name) -> OrderView:
    return order_view(wiring.placing().cancel(app.caller.actor, number), base.clock(), base.policy)


@base.logger.inject_lambda_context
@base.metrics.log_metrics
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    return app.resolve(event, context)
