"""Invitations of organizations by partners, and of holders by their organization (A1, A5, A6)."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated, Any

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Path, Query
from aws_lambda_powertools.utilities.typing import LambdaContext

from invitations import wiring
from invitations.views import (
    Acceptance,
    AcceptedView,
    HolderInvitation,
    InvitationList,
    InvitationView,
    OrganizationInvitation,
    PublicRegistration,
    ShownInvitationView,
    SubscribedView,
    invitation_view,
    shown_view,
    subscription_view,
)
from keyfob.domain.errors import InvalidInput
from keyfob.domain.registrations.invitation import Invitation
from keyfob.domain.sessions.permission import (
    ADMINISTERS,
    ANYBODY,
    PARTNER_ACTS,
    PARTNER_SEES,
    TO_ACCEPT,
    TO_STAFF,
)
from keyfob.http.fields import IdempotencyKey, Name, idempotency_record_of
from keyfob.http.paging import cursor_of, position_of
from keyfob.http.registration_forms import begun_view
from keyfob.http.resolver import Model
from keyfob.storage.registrations.invitations import listing_key
from keyfob.usecases.registrations.inviting import Inviter, Wanted
from keyfob.usecases.registrations.subscribing import Subscriber
from keyfob.wiring.api import api_of

base = wiring.runtime()
app = api_of(base)

InvitationToken = Annotated[str, Path(min_length=1, max_length=128)]
Limit = Annotated[int, Query(ge=1, le=50)]
Cursor = Annotated[str | None, Query(max_length=256)]
_SENDING = (HTTPStatus.CONFLICT, HTTPStatus.TOO_MANY_REQUESTS)


@app.operation(
    "POST",
    "/partner/invitations",
    permission=PARTNER_ACTS,
    summary="Invite an organization to one of the partner's applications, by e-mail",
    status=HTTPStatus.CREATED,
    refusals=_SENDING,
)
def invite_organization(
    body: OrganizationInvitation, idempotency_key: IdempotencyKey
) -> InvitationView:
    wanted = Wanted(email=body.email, language=body.language, applications=(body.application,))
    return _invite(_partner(), wanted, idempotency_key, "partner/invitations", body)


@app.operation(
    "GET",
    "/partner/invitations",
    permission=PARTNER_SEES,
    summary="The partner's invitations, newest first",
)
def partner_invitations(limit: Limit = 20, cursor: Cursor = None) -> InvitationList:
    return _listed(_partner(), limit, cursor)


@app.operation(
    "POST",
    "/partner/invitations/<invitation>/resend",
    permission=PARTNER_ACTS,
    summary="Send an invitation again, with another link; the earlier one opens nothing any more",
    refusals=(HTTPStatus.NOT_FOUND, *_SENDING),
)
def resend_partner_invitation(invitation: Name) -> InvitationView:
    return _view(wiring.inviting().resend(_partner(), invitation))


@app.operation(
    "DELETE",
    "/partner/invitations/<invitation>",
    permission=PARTNER_ACTS,
    summary="Withdraw an invitation; doing it again changes nothing",
    status=HTTPStatus.NO_CONTENT,
    refusals=(HTTPStatus.NOT_FOUND, HTTPStatus.CONFLICT),
)
def withdraw_partner_invitation(invitation: Name) -> Response[None]:
    wiring.inviting().withdraw(_partner(), invitation)
    return Response(status_code=HTTPStatus.NO_CONTENT)


@app.operation(
    "POST",
    "/admin/invitations",
    permission=TO_STAFF,
    summary="Invite a holder to make an account in one's organization, by e-mail",
    status=HTTPStatus.CREATED,
    refusals=_SENDING,
)
def invite_holder(body: HolderInvitation, idempotency_key: IdempotencyKey) -> InvitationView:
    wanted = Wanted(
        email=body.email,
        language=body.language,
        applications=tuple(dict.fromkeys(body.applications)),
    )
    return _invite(_organization(), wanted, idempotency_key, "admin/invitations", body)


@app.operation(
    "GET",
    "/admin/invitations",
    permission=ADMINISTERS,
    summary="The organization's invitations, newest first",
)
def organization_invitations(limit: Limit = 20, cursor: Cursor = None) -> InvitationList:
    return _listed(_organization(), limit, cursor)


@app.operation(
    "POST",
    "/admin/invitations/<invitation>/resend",
    permission=TO_STAFF,
    summary="Send an invitation again, with another link; the earlier one opens nothing any more",
    refusals=(HTTPStatus.NOT_FOUND, *_SENDING),
)
def resend_invitation(invitation: Name) -> InvitationView:
    return _view(wiring.inviting().resend(_organization(), invitation))


@app.operation(
    "DELETE",
    "/admin/invitations/<invitation>",
    permission=TO_STAFF,
    summary="Withdraw an invitation; doing it again changes nothing",
    status=HTTPStatus.NO_CONTENT,
    refusals=(HTTPStatus.NOT_FOUND, HTTPStatus.CONFLICT),
)
def withdraw_invitation(invitation: Name) -> Response[None]:
    wiring.inviting().withdraw(_organization(), invitation)
    return Response(status_code=HTTPStatus.NO_CONTENT)


@app.operation(
    "POST",
    "/admin/invitations/<invitation>/acceptance",
    permission=TO_ACCEPT,
    summary="Accept a partner's invitation, by its link's token, for one's own organization",
    status=HTTPStatus.CREATED,
    refusals=(HTTPStatus.NOT_FOUND, HTTPStatus.CONFLICT),
)
def accept_for_organization(invitation: InvitationToken) -> SubscribedView:
    accepting, roles = wiring.accepting(), app.caller.roles
    return subscription_view(accepting.by_administrator(invitation, _subscriber(), roles))


@app.operation(
    "GET",
    "/invitations/<token>",
    permission=ANYBODY,
    summary="The invitation of a mailed link; changes nothing",
    refusals=(HTTPStatus.NOT_FOUND, HTTPStatus.CONFLICT),
)
def show_invitation(token: InvitationToken) -> ShownInvitationView:
    shown = wiring.accepting().show(token)
    form = wiring.bot_check().form() if shown.invitation.partner else None
    return shown_view(shown, form)


@app.operation(
    "POST",
    "/invitations/<token>/acceptance",
    permission=ANYBODY,
    summary="Accept the invitation of a mailed link, as somebody who has no account",
    status=HTTPStatus.CREATED,
    refusals=(HTTPStatus.NOT_FOUND, HTTPStatus.CONFLICT, HTTPStatus.TOO_MANY_REQUESTS),
)
def accept_invitation(token: InvitationToken, body: Acceptance) -> AcceptedView:
    accepting = wiring.accepting()
    if body.holder:
        account = accepting.by_holder(token, body.holder.holder(), app.client)
        return AcceptedView(user_id=account.user_id, registration=None)
    if body.form is None:
        raise InvalidInput(fields={"form": "give a form, or a holder's details"})
    begun = accepting.by_registrant(token, body.form.sent(), body.language or "", app.client)
    return AcceptedView(user_id=None, registration=begun_view(begun))


@app.operation(
    "POST",
    "/admin/registrations",
    permission=TO_STAFF,
    summary="Subscribe one's own organization to a public application; no operator is needed",
    status=HTTPStatus.CREATED,
    refusals=(HTTPStatus.CONFLICT,),
)
def register_application(body: PublicRegistration) -> SubscribedView:
    subscribing = wiring.subscribing()
    made = subscribing.to_public(_subscriber(), body.partner, body.application)
    return subscription_view(made)


def _partner() -> Inviter:
    caller = app.caller
    return Inviter(
        by=caller.actor, proof=app.proof, credential=caller.credential, partner=caller.partner
    )


def _organization() -> Inviter:
    caller = app.caller
    return Inviter(
        by=caller.actor,
        proof=app.proof,
        credential=caller.credential,
        organization=caller.organization,
    )


def _subscriber() -> Subscriber:
    caller = app.caller
    return Subscriber(
        by=caller.actor,
        organization=caller.organization,
        proof=app.proof,
        credential=caller.credential,
    )


def _invite(inviter: Inviter, wanted: Wanted, key: str, place: str, body: Model) -> InvitationView:
    record = idempotency_record_of(app.caller, key, place, body)
    return _view(wiring.inviting().invite(inviter, wanted, record))


def _listed(inviter: Inviter, limit: int, cursor: str | None) -> InvitationList:
    before = position_of(cursor) if cursor else None
    found = wiring.inviting().listed(inviter, limit=limit + 1, before=before)
    further = cursor_of(listing_key(found[limit])) if len(found) > limit else None
    return InvitationList(invitations=[_view(one) for one in found[:limit]], cursor=further)


def _view(one: Invitation) -> InvitationView:
    return invitation_view(one, base.clock())


@base.logger.inject_lambda_context
@base.metrics.log_metrics
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    return app.resolve(event, context)
