"""Applications, statements for them, and the keys that verify these (A7, A9, E4)."""

from __future__ import annotations

from datetime import datetime
from http import HTTPStatus
from typing import Any, Literal

from aws_lambda_powertools.utilities.typing import LambdaContext

from keyfob.domain.access.errors import NO_PURCHASE, next_step
from keyfob.domain.access.judgement import Missing
from keyfob.domain.orders.product import Product
from keyfob.domain.orders.product_kind import ProductKind
from keyfob.domain.sessions.permission import ANYBODY, OWN
from keyfob.domain.statements.keys import KEYS_CACHED
from keyfob.http.fields import Name
from keyfob.http.resolver import Model
from keyfob.usecases.access.applications import Holder, Overview, Seen
from keyfob.wiring.api import api_of
from statements import wiring

base = wiring.runtime()
app = api_of(base)


class KeyView(Model):
    """A public key (RFC 7517); `kid` is its thumbprint (RFC 7638)."""

    kty: Literal["EC"]
    crv: Literal["P-256"]
    x: str
    y: str
    kid: str
    alg: Literal["ES256"]
    use: Literal["sig"]


class KeySet(Model):
    """The keys that verify statements: the one that signs, and the next or the previous one."""

    keys: list[KeyView]


class NamedPartnerView(Model):
    """The partner of an application."""

    id: str
    name: str


class HelpfulProductView(Model):
    """A product that supplies something missing; `price` in minor units without tax."""

    partner: str
    id: str
    name: str
    kind: ProductKind
    price: int
    currency: str


class ApplicationStandingView(Model):
    """An application, and what is missing to use it in this session.

    `credential_is_enough` is about the credential alone, one's own or a connected account's.
    `next_step` is the first missing part in words. `products` supply something that is missing.
    """

    id: str
    name: str
    partner: NamedPartnerView
    level: int
    hardware_only: bool
    public: bool
    subscription: Literal["none", "terms", "active", "ended"]
    access: Literal["none", "requested", "approved", "denied", "removed"]
    credential_is_enough: bool
    ready: bool
    missing: list[Missing]
    next_step: str | None
    products: list[HelpfulProductView]


class ApplicationList(Model):
    """Applications by partner and name.

    `notice` tells organizations with an identity provider of their own that they need no purchase.
    """

    applications: list[ApplicationStandingView]
    no_purchase_needed: bool
    notice: str | None


class StatementView(Model):
    """A signed statement (JWT), for one application."""

    statement: str
    expires_at: datetime


@app.operation(
    "GET",
    "/.well-known/jwks.json",
    permission=ANYBODY,
    summary="The keys that verify statements",
    max_age=KEYS_CACHED,
)
def statement_keys() -> KeySet:
    found = wiring.signing().published()
    return KeySet(keys=[KeyView.model_validate(one.jwk()) for one in found])


@app.operation(
    "GET",
    "/applications",
    permission=OWN,
    summary="The applications of this account, and what is missing for each",
)
def applications() -> ApplicationList:
    found = wiring.applications().overview(_holder())
    return ApplicationList(
        applications=[_view(one, found) for one in found.applications],
        no_purchase_needed=found.no_purchase,
        notice=NO_PURCHASE if found.no_purchase else None,
    )


@app.operation(
    "POST",
    "/applications/<application>/statement",
    permission=OWN,
    summary="A signed statement about this session for an application",
    refusals=(HTTPStatus.NOT_FOUND, HTTPStatus.TOO_MANY_REQUESTS),
)
def issue_statement(application: Name) -> StatementView:
    done = wiring.issuing().issue(_holder(), application, app.caller.actor)
    return StatementView(statement=done.statement, expires_at=done.expires_at)


def _holder() -> Holder:
    caller = app.caller
    return Holder(
        account=caller.account,
        organization=caller.organization,
        session=caller.session,
        credential=caller.credential,
    )


def _view(seen: Seen, overview: Overview) -> ApplicationStandingView:
    missing, application = seen.judgement.missing, seen.application
    return ApplicationStandingView(
        id=application.id,
        name=application.name,
        partner=NamedPartnerView(id=seen.partner.id, name=seen.partner.name),
        level=application.level,
        hardware_only=application.hardware_only,
        public=application.public,
        subscription=seen.subscription.state.value if seen.subscription else "none",
        access=seen.access.value if seen.access else "none",
        credential_is_enough=seen.judgement.credential_is_enough,
        ready=seen.judgement.is_ready,
        missing=list(missing),
        next_step=next_step(missing, no_purchase=overview.no_purchase) if missing else None,
        products=[_product_view(one) for one in seen.products],
    )


def _product_view(product: Product) -> HelpfulProductView:
    return HelpfulProductView(
        partner=product.partner,
        id=product.id,
        name=product.name,
        kind=product.kind,
        price=product.price,
        currency=product.currency,
    )


@base.logger.inject_lambda_context
@base.metrics.log_metrics
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    return app.resolve(event, context)
