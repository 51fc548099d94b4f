"""Permissions of each route in the API's document, for every kind of caller (S23, S49)."""

from __future__ import annotations

import json
from collections.abc import Mapping

import pytest

from tests.support.cast import CALLERS, Cast, assembled, everybody
from tests.support.deployment import Deployment
from tests.support.templates import ROOT
from tests.support.unchanged import unchanged
from tests.support.visitor import Visitor

METHODS = ("get", "put", "post", "delete", "patch")
OPERATIONS = {
    f"{method.upper()} {path}": operation
    for path, operations in json.loads((ROOT / "docs/openapi.json").read_text())["paths"].items()
    for method, operation in operations.items()
    if method in METHODS
}
ROUTES = list(OPERATIONS)
GUARDED = [route for route, operation in OPERATIONS.items() if operation.get("security")]

# Pages for browsers, whatever they answer.
PAGES = (
    "GET /freezes/{token}",
    "POST /freezes/{token}",
    "GET /disputes/{token}",
    "POST /disputes/{token}",
)

# What is the same for everybody; no other answer may be kept.
CACHED = {"GET /.well-known/jwks.json": "public, max-age=3600"}

# An arbitrary value in the place of a name.
ANYTHING = dict.fromkeys(
    (
        *("number", "credential", "connection", "session", "phone", "proofing", "appointment"),
        *("application", "account", "export", "invitation", "organization", "unit", "position"),
        *("campaign", "sponsorship", "partner"),
    ),
    "SO-10001",
)

Row = Mapping[str, int]
# Administrators of another organization, of one application, of a partner, of another partner.
SHORT = {
    "elsewhere": "administrator elsewhere",
    "approver": "application administrator",
    "partner": "partner administrator",
    "other_partner": "another partner's",
}


def all_alike(status: int, **others: int) -> Row:
    """The same answer for all callers but those named."""
    named = {SHORT.get(name, name.replace("_", " ")): value for name, value in others.items()}
    return dict.fromkeys(CALLERS, status) | named


def signed_in(status: int, **others: int) -> Row:
    """The same answer for all callers with a session."""
    return all_alike(status, nobody=401, guest=401, **others)


# The orders, credentials and sessions named in paths are the holder's.
EXPECTED: Mapping[str, Row] = {
    "GET /partners": all_alike(200),
    "GET /partners/{partner}/products": all_alike(200),
    "GET /partners/{partner}/disclaimer": all_alike(404),
    "POST /session": all_alike(201, nobody=401, guest=401),
    # A session token is no challenge.
    "POST /session/new-password": all_alike(401),
    # The code is wrong: the caller asked for one before, or none was sent.
    "POST /user-id-reminders": all_alike(202),
    "POST /password-recovery": all_alike(202),
    "POST /password-recovery/confirmation": all_alike(403),
    "GET /session": signed_in(200),
    "DELETE /session": signed_in(204),
    "GET /sessions": signed_in(200),
    "DELETE /sessions": signed_in(204),
    "DELETE /sessions/{session}": signed_in(404, holder=204),
    # Only the holder has a token there, and her code is wrong.
    "POST /session/elevation": signed_in(403),
    "POST /license-redemptions": signed_in(422),
    "GET /credentials": signed_in(200),
    "GET /credentials/{credential}": signed_in(404, holder=200),
    "GET /credentials/{credential}/history": signed_in(404, holder=200),
    "POST /credentials/{credential}/activation": signed_in(404, holder=200),
    # She has given a password alone.
    "POST /credentials/{credential}/upgrade": signed_in(404, holder=403),
    "POST /credentials/{credential}/suspension": signed_in(404, holder=200),
    "DELETE /credentials/{credential}/suspension": signed_in(404, holder=200),
    # The credential has a token already; these are no codes of it.
    "POST /credentials/{credential}/token": signed_in(404, holder=409),
    "POST /credentials/{credential}/resynchronization": signed_in(404, holder=422),
    "POST /credentials/{credential}/token/revocation": signed_in(404, holder=200),
    "POST /credentials/{credential}/revocation": signed_in(404, holder=200),
    # She has given a password alone; there is no case, or it has no appointment.
    "POST /credentials/{credential}/proofing": signed_in(404, holder=403),
    "GET /credentials/{credential}/proofing": signed_in(404),
    "DELETE /proofings/{proofing}": signed_in(404, holder=200),
    "GET /proofings/{proofing}/slots": signed_in(404, holder=200),
    "GET /proofings/{proofing}/appointment": signed_in(404),
    "PUT /proofings/{proofing}/appointment": signed_in(404, holder=409),
    "DELETE /proofings/{proofing}/appointment": signed_in(404, holder=204),
    "POST /proofings/{proofing}/appointment/absence": signed_in(404, holder=409),
    # She has chosen a meeting, and is asked no questions.
    "POST /proofings/{proofing}/identity": signed_in(404, holder=409),
    "POST /proofings/{proofing}/letter": signed_in(404, holder=409),
    "GET /proofings/{proofing}/questions": signed_in(404, holder=409),
    "POST /proofings/{proofing}/answers": signed_in(404, holder=409),
    # The agent has typed a password alone.
    "GET /agent/appointments": signed_in(403),
    "POST /agent/appointments/{appointment}/result": signed_in(403),
    "POST /agent/appointments/{appointment}/code": signed_in(403),
    # For an unknown user id; the holder has a pending request already.
    "POST /connections": signed_in(202, holder=409),
    "GET /connections": signed_in(200),
    "GET /.well-known/jwks.json": all_alike(200),
    "GET /applications": signed_in(200),
    # Nobody's organization subscribes to it; the agent doesn't even see it.
    "POST /applications/{application}/statement": signed_in(
        403, agent=404, partner=404, other_partner=404
    ),
    # The connection is the holder's as a child: only the parent can confirm it.
    "POST /connections/{connection}/confirmation": signed_in(404),
    "DELETE /connections/{connection}": signed_in(404, holder=204),
    # Acme's administrator has typed the password just now; the application has no terms.
    "GET /terms": signed_in(403, administrator=200, elsewhere=200, approver=200),
    "POST /terms/{application}/acceptance": signed_in(
        403, administrator=409, elsewhere=409, approver=409
    ),
    # All but the agent have access already; the agent's organization has no subscription.
    "POST /applications/{application}/access": signed_in(
        202, agent=409, partner=409, other_partner=409
    ),
    "GET /applications/{application}/access-requests": signed_in(
        403, administrator=200, elsewhere=404, approver=200
    ),
    # The administrator has typed a password alone.
    "POST /applications/{application}/access/{account}": signed_in(403),
    "DELETE /applications/{application}/access/{account}": signed_in(403),
    "GET /partner/subscriptions": signed_in(403),
    "DELETE /partner/subscriptions/{organization}/{application}": signed_in(403),
    "GET /next-step": signed_in(200),
    # Premium numbers get no message from any caller.
    "POST /phone-tests": signed_in(422),
    "POST /session/phone-codes": signed_in(404),
    "GET /credentials/{credential}/phones": signed_in(404, holder=200),
    # The credential isn't fresh, and a password alone adds no phone (S14).
    "POST /credentials/{credential}/phones": signed_in(404, holder=403),
    # The phone was confirmed before; it is the last one of the credential.
    "POST /credentials/{credential}/phones/{phone}/confirmation": signed_in(404, holder=200),
    "PATCH /credentials/{credential}/phones/{phone}": signed_in(404, holder=200),
    "DELETE /credentials/{credential}/phones/{phone}": signed_in(404, holder=422),
    # There is no partner's administrator among them.
    "POST /partner/invitations": signed_in(403),
    "GET /partner/invitations": signed_in(403),
    "POST /partner/invitations/{invitation}/resend": signed_in(403),
    "DELETE /partner/invitations/{invitation}": signed_in(403),
    # There is no invitation with this id.
    "POST /admin/invitations": signed_in(403, administrator=201, elsewhere=201),
    "GET /admin/invitations": signed_in(403, administrator=200, elsewhere=200),
    "POST /admin/invitations/{invitation}/resend": signed_in(403, administrator=404, elsewhere=404),
    "DELETE /admin/invitations/{invitation}": signed_in(403, administrator=404, elsewhere=404),
    "POST /admin/invitations/{invitation}/acceptance": signed_in(404),
    # The application takes an invitation.
    "POST /admin/registrations": signed_in(403, administrator=422, elsewhere=422),
    # The cart is empty; the order in the path is an account's.
    "GET /guest-orders/form": all_alike(200),
    "POST /guest-orders": all_alike(422),
    "GET /guest-orders/{number}": all_alike(404),
    "GET /guest-orders/{number}/confirmation.pdf": all_alike(404),
    "POST /guest-orders/{number}/cancellation": all_alike(404),
    "POST /guest-orders/{number}/license-keys/{position}/resend": all_alike(404),
    # The order isn't paid: it has no key.
    "POST /orders/{number}/license-keys/{position}/resend": signed_in(404),
    "POST /registrations": all_alike(422),
    "GET /registrations/form": all_alike(200),
    # The administrator has typed a password alone, and has no authenticator.
    "GET /admin/accounts/{account}/credential": signed_in(403, administrator=200, elsewhere=404),
    "GET /admin/accounts/{account}/credential/history": signed_in(
        403, administrator=200, elsewhere=404
    ),
    "POST /admin/accounts/{account}/credential/suspension": signed_in(403),
    "DELETE /admin/accounts/{account}/credential/suspension": signed_in(403),
    "POST /admin/accounts/{account}/credential/revocation": signed_in(403),
    "POST /admin/accounts/{account}/phones/release": signed_in(403),
    "POST /admin/accounts/{account}/binding-release": signed_in(403),
    "POST /admin/accounts/{account}/freeze": signed_in(403),
    "DELETE /admin/accounts/{account}/freeze": signed_in(403),
    # There is no proofing.
    "GET /admin/accounts/{account}/name": signed_in(403, administrator=404, elsewhere=404),
    "POST /admin/accounts/{account}/name": signed_in(403),
    # Nobody here administers a partner.
    "GET /partner/credentials": signed_in(403),
    "POST /partner/credentials/{credential}/approval": signed_in(403),
    "POST /partner/campaigns": signed_in(403),
    "GET /partner/campaigns": signed_in(403),
    "GET /partner/campaigns/{campaign}": signed_in(403),
    "POST /partner/campaigns/{campaign}/extension": signed_in(403),
    "POST /partner/campaigns/{campaign}/end": signed_in(403),
    "POST /partner/campaigns/{campaign}/renewals": signed_in(403),
    "GET /sponsorships": signed_in(200),
    # There is no such campaign.
    "POST /sponsorships/{sponsorship}/acceptance": signed_in(404),
    "GET /admin/license-keys": signed_in(403, administrator=200, elsewhere=200),
    "POST /admin/orders/{number}/units/{unit}/reissue": signed_in(403),
    # The administrator has no authenticator: a password makes holders, and nothing more.
    "POST /admin/accounts": signed_in(403, administrator=201, elsewhere=409),
    "POST /admin/administrators": signed_in(403),
    "POST /admin/accounts/export": signed_in(403),
    "GET /admin/accounts/exports/{export}": signed_in(403),
    "GET /admin/accounts": signed_in(403, administrator=200, elsewhere=200),
    "GET /admin/accounts/{account}": signed_in(403, administrator=200, elsewhere=404),
    # She has given a password alone.
    "PATCH /admin/accounts/{account}": signed_in(403),
    "PUT /admin/accounts/{account}/roles": signed_in(403),
    "POST /admin/accounts/{account}/deactivation": signed_in(403),
    "DELETE /admin/accounts/{account}/deactivation": signed_in(403),
    # No such link was ever mailed.
    "GET /invitations/{token}": all_alike(404),
    "POST /invitations/{token}/acceptance": all_alike(404),
    "GET /registrations/{token}": all_alike(404),
    "PUT /registrations/{token}": all_alike(404),
    "POST /registrations/{token}/submission": all_alike(404),
    "GET /disputes/{token}": all_alike(404),
    "POST /disputes/{token}": all_alike(404),
    "GET /freezes/{token}": all_alike(404),
    "POST /freezes/{token}": all_alike(404),
    "GET /partners/{partner}/offers": signed_in(200),
    "GET /orders": signed_in(200),
    # The agent has no application that fits a product (B2).
    "POST /orders": signed_in(201, agent=422, elsewhere=422, partner=422, other_partner=422),
    "POST /quotes": signed_in(201, agent=422, elsewhere=422, partner=422, other_partner=422),
    # The number in the path is the order's.
    "GET /quotes/{number}": signed_in(404),
    "GET /quotes/{number}/quote.pdf": signed_in(404),
    "GET /orders/{number}": signed_in(404, holder=200),
    "POST /orders/{number}/cancellation": signed_in(404, holder=200),
    # It isn't written yet; and the holder's order has no invoice.
    "GET /orders/{number}/confirmation.pdf": signed_in(404, holder=202),
    "GET /orders/{number}/quote.pdf": signed_in(404, holder=202),
    "GET /orders/{number}/invoice.pdf": signed_in(404),
    # The holder's order is paid by card.
    "POST /orders/{number}/purchase-order": signed_in(404, holder=409),
    "GET /orders/{number}/purchase-order": signed_in(404),
    "GET /admin/orders/{number}/purchase-order": signed_in(403, administrator=404, elsewhere=404),
    # Only Stripe can sign.
    "POST /stripe/events": all_alike(400),
}


@pytest.fixture(scope="module")
def known(deployment: Deployment) -> Mapping[str, Visitor]:
    return everybody(deployment)


@pytest.fixture
def playing(route: str, known: Mapping[str, Visitor], deployment: Deployment) -> Cast:
    """The cast; where the route names a credential, a new holder with one."""
    cast = assembled(known)
    if "{phone}" in route:
        return cast.with_phone(deployment)
    if "{proofing}" in route:
        return cast.with_case(deployment)
    theirs = "{credential}" in route or "{account}" in route
    return cast.with_credential(deployment) if theirs else cast


def test_every_route_of_the_document_has_its_row_in_the_table() -> None:
    assert sorted(ROUTES) == sorted(EXPECTED)
    assert all(tuple(row) == CALLERS for row in EXPECTED.values())


@pytest.mark.parametrize("route", ROUTES)
def test_each_caller_gets_what_the_table_says_S23(route: str, playing: Cast) -> None:
    answers = {caller: playing.call(caller, route) for caller in CALLERS}
    assert {caller: one.status for caller, one in answers.items()} == EXPECTED[route]
    for answer in answers.values():
        assert answer.headers["Cache-Control"] == CACHED.get(route, "no-store")
        if route in PAGES:
            assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
        elif answer.status >= 400:
            assert answer.headers["Content-Type"] == "application/problem+json"
            assert answer.body["status"] == answer.status
        if answer.status == 401:
            assert answer.headers["WWW-Authenticate"] == "Bearer"


TOKENS: Mapping[str, str] = {
    "none": "",
    "one word": "nonsense",
    "two parts": "acc_1.2",
    "four parts": "acc_1.2.3.4",
    "empty parts": "..",
    "more empty parts": "....",
    "unknown account": "acc_1.2.3",
    "long": f"{'a' * 300}.b.c",
    "long and whole": "a" * 300,
    "not ASCII": "acc_é.b.c",
    "with a blank": "acc_a.b.c d",
}


@pytest.mark.parametrize("what", TOKENS)
def test_without_a_session_every_guarded_route_refuses(what: str, deployment: Deployment) -> None:
    """The refusal comes before any other check of the request."""
    eve = Visitor(deployment=deployment, token=TOKENS[what])
    with unchanged(deployment):
        answers = {route: eve.request(*route.format_map(ANYTHING).split(" ")) for route in GUARDED}
    assert {route: (one.status, one.code) for route, one in answers.items()} == dict.fromkeys(
        GUARDED, (401, "not_authenticated")
    )
    assert len(GUARDED) >= 30


def test_a_role_of_ones_own_making_counts_for_nothing_S20(
    known: Mapping[str, Visitor],
) -> None:
    """Strength and roles come from the server only."""
    cast = assembled(known)
    answer = cast.people["colleague"].request(
        "GET", f"/orders/{cast.order}", X_Roles="operator", X_Account="admin", X_Strength="3"
    )
    assert (answer.status, answer.code) == (404, "not_found")


@pytest.mark.parametrize(
    "name", ["show_session", "elevate_session", "list_partners", "stripe_event"]
)
def test_every_answer_tells_browsers_to_come_by_tls_S63(deployment: Deployment, name: str) -> None:
    answer = Visitor(deployment=deployment).call(name)
    assert answer.headers["Strict-Transport-Security"] == "max-age=31536000"
