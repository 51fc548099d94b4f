"""Offers of partners to a holder: their list, their acceptance (B6)."""

from __future__ import annotations

from datetime import datetime
from http import HTTPStatus
from typing import Any, Literal

from aws_lambda_powertools.utilities.typing import LambdaContext

from keyfob.domain.clock import in_seconds
from keyfob.domain.orders.product_kind import ProductKind
from keyfob.domain.sessions.permission import OWN, TO_BIND
from keyfob.http.addresses import PostalAddress
from keyfob.http.credential_view import CredentialView, credential_view
from keyfob.http.fields import Country, IdempotencyKey, Name, RequiredText, idempotency_record_of
from keyfob.http.resolver import Model
from keyfob.usecases.sponsorships.accepting import Acceptance, Accepted, Acceptor
from keyfob.usecases.sponsorships.offers import Offer
from keyfob.wiring.api import api_of
from sponsorships import wiring

base = wiring.runtime()
app = api_of(base)


class SponsorshipView(Model):
    """A sponsorship: what a partner offers, or what became of it.

    It can be accepted as long as it is `offered` and some are `left`, until then if there is an
    end. `shipped`: a hardware token comes with it, so that an address is needed.
    """

    id: str
    partner: str
    product: str
    product_name: str
    proofing: bool
    shipped: bool
    state: Literal["offered", "accepted", "lapsed"]
    left: bool
    until: datetime | None
    accepted_at: datetime | None
    credential: str | None
    order: str | None


class SponsorshipList(Model):
    """One's sponsorships: those offered, accepted and lapsed."""

    sponsorships: list[SponsorshipView]


class SponsorshipAcceptance(Model):
    """The holder's legal name and country (ISO 3166 alpha-2); an address for a hardware token."""

    legal_name: RequiredText
    country: Country
    shipping_address: PostalAddress | None = None


class DeliveryView(Model):
    """The estimate of a hardware token's delivery, in business days from now."""

    from_days: int
    to_days: int


class AcceptedSponsorshipView(Model):
    """The new credential, its order, which is paid, and when a hardware token is expected."""

    credential: CredentialView
    order: str
    delivery: DeliveryView | None


@app.operation(
    "GET",
    "/sponsorships",
    permission=OWN,
    summary="What partners offer to one, and one's earlier sponsorships",
)
def list_sponsorships() -> SponsorshipList:
    account = wiring.directory().account(app.caller.account)
    found = wiring.offers().of(account) if account else []
    return SponsorshipList(sponsorships=[_view(one) for one in found])


@app.operation(
    "POST",
    "/sponsorships/<sponsorship>/acceptance",
    permission=TO_BIND,
    summary="Accept a sponsorship: it becomes one's credential, without a license key",
    status=HTTPStatus.CREATED,
    refusals=(HTTPStatus.NOT_FOUND, HTTPStatus.CONFLICT),
)
def accept_sponsorship(
    sponsorship: Name, body: SponsorshipAcceptance, idempotency_key: IdempotencyKey
) -> AcceptedSponsorshipView:
    caller = app.caller
    address = body.shipping_address
    acceptance = Acceptance(
        legal_name=body.legal_name,
        country=body.country,
        shipping=address.address() if address else None,
    )
    place = f"sponsorships/{sponsorship}/acceptance"
    record = idempotency_record_of(caller, idempotency_key, place, body)
    holder = Acceptor(by=caller.actor, proof=app.proof, credential=caller.credential)
    return _accepted(wiring.accepting().accept(sponsorship, acceptance, record, holder))


def _accepted(accepted: Accepted) -> AcceptedSponsorshipView:
    one, policy = accepted.credential, base.policy
    delivery = DeliveryView(from_days=policy.delivery_from_days, to_days=policy.delivery_to_days)
    return AcceptedSponsorshipView(
        credential=credential_view(one, [], base.clock(), policy),
        order=accepted.order,
        delivery=delivery if one.kind == ProductKind.HARDWARE_TOKEN else None,
    )


def _view(offer: Offer) -> SponsorshipView:
    campaign, own, now = offer.campaign, offer.sponsorship, in_seconds(base.clock)
    return SponsorshipView(
        id=campaign.id,
        partner=campaign.partner,
        product=campaign.product.id,
        product_name=campaign.product.name,
        proofing=campaign.product.proofing,
        shipped=campaign.product.kind is ProductKind.HARDWARE_TOKEN,
        state=offer.standing(now).value,
        left=offer.left > 0,
        until=campaign.until,
        accepted_at=own.accepted_at if own else None,
        credential=own.credential if own else None,
        order=own.order if own else None,
    )


@base.logger.inject_lambda_context
@base.metrics.log_metrics
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    return app.resolve(event, context)
