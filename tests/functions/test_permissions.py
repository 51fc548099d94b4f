"""Each route requires exactly what this table states, and no caller with less gets through.

The handlers declare most of this; the table repeats it by hand to check the declarations.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from keyfob.http.openapi import permissions
from tests.support.cast import Cast, assembled, everybody
from tests.support.deployment import Deployment
from tests.support.gateway import event_of
from tests.support.operating import Operator
from tests.support.phone_holder import PhoneHolder, subscriber
from tests.support.phones import new_number
from tests.support.templates import capability, functions
from tests.support.unchanged import unchanged
from tests.support.visitor import PERMANENT, TEMPORARY, Answer, Visitor, newcomer, visitor

# A route's scope, the proof that its caller's session must have been given, and the roles of which
# the caller must have one.
ANY_ROLE = None
PUBLIC = ("public", "password", ANY_ROLE)
CHALLENGE = ("challenge", "password", ANY_ROLE)
OWN = ("own", "password", ANY_ROLE)
TO_BIND = ("own", "recent_code_if_possible", ANY_ROLE)
TO_CONNECT = ("own", "recent_code", ANY_ROLE)
TO_END = ("own", "recent_password", ANY_ROLE)
SEES_OTHERS = ("own", "code", frozenset({"agent"}))
FOR_OTHERS = ("own", "recent_code", frozenset({"agent"}))
TO_ACCEPT = TO_BIND
STAFF = frozenset({"organization_administrator"})
ADMINISTERS = ("organization", "code_if_possible", STAFF)
TO_ADMINISTER = ("organization", "recent_code", STAFF)
PARTNERS = frozenset({"partner_administrator"})
PARTNER_SEES = ("partner", "code", PARTNERS)
PARTNER_ACTS = ("partner", "recent_code", PARTNERS)
TO_STAFF = ("organization", "recent_code_if_possible", STAFF)
SEES_TERMS = (
    "organization",
    "code_if_possible",
    frozenset({"organization_administrator", "application_administrator"}),
)
ADMINISTERS_APPLICATION = (
    "organization",
    "code_if_possible",
    frozenset({"application_administrator"}),
)
TO_ADMINISTER_APPLICATION = ("organization", "recent_code", ADMINISTERS_APPLICATION[2])
TO_ACCEPT_TERMS = ("organization", "recent_code_if_possible", SEES_TERMS[2])
SIGNED = ("signed", "password", ANY_ROLE)
BY_OPERATOR = ("operator", "password", ANY_ROLE)

EXPECTED: Mapping[str, Any] = {
    "GET /partners": PUBLIC,
    "GET /partners/{partner}/products": PUBLIC,
    "GET /partners/{partner}/disclaimer": PUBLIC,
    "POST /session": PUBLIC,
    "POST /session/new-password": CHALLENGE,
    "POST /user-id-reminders": PUBLIC,
    "POST /password-recovery": PUBLIC,
    "POST /password-recovery/confirmation": PUBLIC,
    "GET /session": OWN,
    "DELETE /session": OWN,
    "GET /sessions": OWN,
    "DELETE /sessions": TO_END,
    "DELETE /sessions/{session}": TO_END,
    "POST /session/elevation": OWN,
    "POST /license-redemptions": OWN,
    "GET /credentials": OWN,
    "GET /credentials/{credential}": OWN,
    "GET /credentials/{credential}/history": OWN,
    "POST /credentials/{credential}/activation": OWN,
    "POST /credentials/{credential}/upgrade": TO_CONNECT,
    "POST /credentials/{credential}/suspension": TO_END,
    "DELETE /credentials/{credential}/suspension": TO_END,
    "POST /credentials/{credential}/token": TO_BIND,
    "POST /credentials/{credential}/resynchronization": OWN,
    "POST /credentials/{credential}/token/revocation": TO_END,
    "POST /credentials/{credential}/revocation": TO_END,
    "POST /credentials/{credential}/proofing": TO_BIND,
    "GET /credentials/{credential}/proofing": OWN,
    "DELETE /proofings/{proofing}": TO_END,
    "GET /proofings/{proofing}/slots": OWN,
    "GET /proofings/{proofing}/appointment": OWN,
    "PUT /proofings/{proofing}/appointment": OWN,
    "DELETE /proofings/{proofing}/appointment": TO_END,
    "POST /proofings/{proofing}/appointment/absence": OWN,
    "POST /proofings/{proofing}/identity": OWN,
    "GET /proofings/{proofing}/questions": OWN,
    "POST /proofings/{proofing}/answers": OWN,
    "POST /proofings/{proofing}/letter": OWN,
    "GET /agent/appointments": SEES_OTHERS,
    "POST /agent/appointments/{appointment}/result": FOR_OTHERS,
    "POST /agent/appointments/{appointment}/code": FOR_OTHERS,
    "POST /connections": OWN,
    "GET /connections": OWN,
    "GET /.well-known/jwks.json": PUBLIC,
    "GET /applications": OWN,
    "POST /applications/{application}/statement": OWN,
    "POST /connections/{connection}/confirmation": TO_CONNECT,
    "DELETE /connections/{connection}": TO_END,
    "GET /terms": SEES_TERMS,
    "POST /terms/{application}/acceptance": TO_ACCEPT_TERMS,
    "POST /applications/{application}/access": OWN,
    "GET /applications/{application}/access-requests": ADMINISTERS_APPLICATION,
    "POST /applications/{application}/access/{account}": TO_ADMINISTER_APPLICATION,
    "DELETE /applications/{application}/access/{account}": TO_ADMINISTER_APPLICATION,
    "GET /partner/subscriptions": PARTNER_SEES,
    "DELETE /partner/subscriptions/{organization}/{application}": PARTNER_ACTS,
    "GET /next-step": OWN,
    "POST /phone-tests": OWN,
    "POST /session/phone-codes": OWN,
    "GET /credentials/{credential}/phones": OWN,
    "POST /credentials/{credential}/phones": TO_BIND,
    "POST /credentials/{credential}/phones/{phone}/confirmation": TO_BIND,
    "PATCH /credentials/{credential}/phones/{phone}": OWN,
    "DELETE /credentials/{credential}/phones/{phone}": TO_END,
    "POST /partner/invitations": PARTNER_ACTS,
    "GET /partner/invitations": PARTNER_SEES,
    "POST /partner/invitations/{invitation}/resend": PARTNER_ACTS,
    "DELETE /partner/invitations/{invitation}": PARTNER_ACTS,
    "POST /admin/invitations": TO_STAFF,
    "GET /admin/invitations": ADMINISTERS,
    "POST /admin/invitations/{invitation}/resend": TO_STAFF,
    "DELETE /admin/invitations/{invitation}": TO_STAFF,
    "POST /admin/invitations/{invitation}/acceptance": TO_ACCEPT,
    "POST /admin/registrations": TO_STAFF,
    "GET /invitations/{token}": PUBLIC,
    "POST /invitations/{token}/acceptance": PUBLIC,
    "GET /guest-orders/form": PUBLIC,
    "POST /guest-orders": PUBLIC,
    "GET /guest-orders/{number}": PUBLIC,
    "GET /guest-orders/{number}/confirmation.pdf": PUBLIC,
    "POST /guest-orders/{number}/cancellation": PUBLIC,
    "POST /guest-orders/{number}/license-keys/{position}/resend": PUBLIC,
    "POST /orders/{number}/license-keys/{position}/resend": OWN,
    "GET /registrations/form": PUBLIC,
    "POST /registrations": PUBLIC,
    "GET /registrations/{token}": PUBLIC,
    "PUT /registrations/{token}": PUBLIC,
    "POST /registrations/{token}/submission": PUBLIC,
    "GET /admin/accounts/{account}/credential": ADMINISTERS,
    "GET /admin/accounts/{account}/credential/history": ADMINISTERS,
    "POST /admin/accounts/{account}/credential/suspension": TO_ADMINISTER,
    "DELETE /admin/accounts/{account}/credential/suspension": TO_ADMINISTER,
    "POST /admin/accounts/{account}/credential/revocation": TO_ADMINISTER,
    "POST /admin/accounts/{account}/phones/release": TO_ADMINISTER,
    "POST /admin/accounts/{account}/binding-release": TO_ADMINISTER,
    "POST /admin/accounts/{account}/freeze": TO_ADMINISTER,
    "DELETE /admin/accounts/{account}/freeze": TO_ADMINISTER,
    "GET /admin/accounts/{account}/name": ADMINISTERS,
    "POST /admin/accounts/{account}/name": TO_ADMINISTER,
    "POST /partner/campaigns": PARTNER_ACTS,
    "GET /partner/campaigns": PARTNER_SEES,
    "GET /partner/campaigns/{campaign}": PARTNER_SEES,
    "POST /partner/campaigns/{campaign}/extension": PARTNER_ACTS,
    "POST /partner/campaigns/{campaign}/end": PARTNER_ACTS,
    "POST /partner/campaigns/{campaign}/renewals": PARTNER_ACTS,
    "GET /sponsorships": OWN,
    "POST /sponsorships/{sponsorship}/acceptance": TO_BIND,
    "GET /partner/credentials": PARTNER_SEES,
    "POST /partner/credentials/{credential}/approval": PARTNER_ACTS,
    "GET /admin/license-keys": ADMINISTERS,
    "POST /admin/orders/{number}/units/{unit}/reissue": TO_ADMINISTER,
    "POST /admin/accounts": TO_STAFF,
    "POST /admin/administrators": TO_ADMINISTER,
    "POST /admin/accounts/export": TO_ADMINISTER,
    "GET /admin/accounts/exports/{export}": TO_ADMINISTER,
    "GET /admin/accounts": ADMINISTERS,
    "GET /admin/accounts/{account}": ADMINISTERS,
    "PATCH /admin/accounts/{account}": TO_ADMINISTER,
    "PUT /admin/accounts/{account}/roles": TO_ADMINISTER,
    "POST /admin/accounts/{account}/deactivation": TO_ADMINISTER,
    "DELETE /admin/accounts/{account}/deactivation": TO_ADMINISTER,
    "GET /disputes/{token}": PUBLIC,
    "POST /disputes/{token}": PUBLIC,
    "GET /freezes/{token}": PUBLIC,
    "POST /freezes/{token}": PUBLIC,
    "GET /partners/{partner}/offers": OWN,
    "GET /orders": OWN,
    "POST /orders": OWN,
    "POST /quotes": OWN,
    "GET /quotes/{number}": OWN,
    "GET /quotes/{number}/quote.pdf": OWN,
    "GET /orders/{number}": OWN,
    "POST /orders/{number}/cancellation": OWN,
    "GET /orders/{number}/confirmation.pdf": OWN,
    "GET /orders/{number}/quote.pdf": OWN,
    "GET /orders/{number}/invoice.pdf": OWN,
    "POST /orders/{number}/purchase-order": OWN,
    "GET /orders/{number}/purchase-order": OWN,
    "GET /admin/orders/{number}/purchase-order": ADMINISTERS,
    "POST /stripe/events": SIGNED,
}


OPERATED: Mapping[str, Any] = {
    "POST /operator/operations": BY_OPERATOR,
    "GET /operator/search": BY_OPERATOR,
    "GET /operator/accounts/{account}": BY_OPERATOR,
    "GET /operator/organizations/{organization}": BY_OPERATOR,
    "GET /operator/partners/{partner}": BY_OPERATOR,
    "GET /operator/partners/{partner}/products/{product}": BY_OPERATOR,
    "GET /operator/orders/{number}": BY_OPERATOR,
    "GET /operator/orders/{number}/purchase-order": BY_OPERATOR,
    "GET /operator/orders/{number}/packing-slip.pdf": BY_OPERATOR,
    "GET /operator/license-keys/{license_key}": BY_OPERATOR,
    "GET /operator/credentials/{credential}": BY_OPERATOR,
    "GET /operator/tokens/{serial}": BY_OPERATOR,
    "GET /operator/messages/{message}": BY_OPERATOR,
}


def declared() -> Iterator[tuple[str, Any]]:
    for function in functions().values():
        for (method, path), permission in permissions(capability(function)).items():
            said = (str(permission.scope), str(permission.proof), permission.roles)
            yield f"{method} {path}", said


def test_each_route_declares_what_the_table_says_and_no_other_is_served_S23_S49() -> None:
    assert dict(declared()) == {**EXPECTED, **OPERATED}


# Scopes


@pytest.fixture(scope="module")
def cast(deployment: Deployment) -> Cast:
    return assembled(everybody(deployment))


@pytest.fixture
def challenged(deployment: Deployment) -> Visitor:
    """A person who has shown the temporary password and not chosen another yet."""
    new = newcomer(deployment)
    new.sign_in(TEMPORARY)
    return new


def let_in(answer: Answer) -> bool:
    return not (answer.status == 401 and answer.code == "not_authenticated")


@pytest.mark.parametrize("route", EXPECTED)
def test_no_session_a_challenge_and_a_session_open_the_routes_of_the_table_A4_S20(
    route: str, cast: Cast, challenged: Visitor, deployment: Deployment
) -> None:
    scope, _, _ = EXPECTED[route]
    people = {"nobody": Visitor(deployment=deployment), "challenge": challenged}
    people["session"] = visitor(deployment)
    shown = Cast(people={**cast.people, **people}, order=cast.order, connection=cast.connection)
    found = {one: let_in(shown.call(one, route)) for one in people}
    everybody_is = dict.fromkeys(people, scope in {"public", "signed"})
    assert found == everybody_is | {
        "challenge": scope in {"public", "signed", "challenge"},
        "session": scope in {"public", "signed", "own", "organization", "partner"},
    }


# Proofs; that a connection takes a code is shown in test_connections.py


def refusal(answer: Answer) -> str | None:
    return answer.code if answer.status >= 400 else None


def phones_of(deployment: Deployment) -> tuple[PhoneHolder, str]:
    """A holder with a confirmed and an unconfirmed phone, signed in by password."""
    ada = subscriber(deployment)
    numbers = new_number(), new_number()
    waiting = str(ada.add(numbers[0]).body["id"])
    ada.bound(numbers[1])
    ada.holder.visitor.sign_in(PERMANENT)
    return ada, waiting


def elevate(ada: PhoneHolder) -> None:
    [phone] = [one["id"] for one in ada.listed() if one["confirmed"]]
    ada.send(phone)
    assert ada.elevate(ada.told(ada.deployment.phones.texts[-1][0])).status == 201


def test_a_phone_is_added_and_confirmed_by_a_code_where_there_is_a_phone_D3_S14(
    deployment: Deployment,
) -> None:
    ada, waiting = phones_of(deployment)
    assert refusal(ada.add(new_number())) == "elevation_required"
    assert refusal(ada.confirm(waiting, "000000")) == "elevation_required"
    elevate(ada)
    assert refusal(ada.confirm(waiting, "000000")) == "no_live_code"
    assert refusal(ada.add(new_number())) is None


def test_a_token_is_registered_by_a_code_where_there_is_a_phone_D4_S14(
    deployment: Deployment,
) -> None:
    ada, _ = phones_of(deployment)
    assert refusal(ada.holder.register()) == "elevation_required"
    elevate(ada)
    assert refusal(ada.holder.register()) in {None, "wrong_serial"}


# Operators


@pytest.mark.parametrize("route", OPERATED)
@pytest.mark.parametrize(
    "principal",
    [
        None,
        "arn:aws:iam::123456789012:root",
        "arn:aws:iam::123456789012:user/olivia",
        "arn:aws:sts::123456789012:federated-user/olivia",
    ],
)
def test_whoever_is_no_persons_session_at_aws_is_no_operator_whatever_they_send_G2_S60(
    route: str, principal: str | None, cast: Cast, deployment: Deployment
) -> None:
    method, path = route.split(" ")
    olivia = Operator(deployment=deployment)
    event = event_of_operator(olivia, method, path)
    event["requestContext"]["identity"]["userArn"] = principal
    event["headers"]["Authorization"] = f"Bearer {cast.people['administrator'].token}"
    with unchanged(deployment):
        refused = olivia.send(event)
    assert (refused.status, refused.code) == (403, "assumed_role_required")


def event_of_operator(by: Operator, method: str, path: str) -> dict[str, Any]:
    """Any request to an operators' route: the principal is judged before all else of it."""
    target = path.replace("{", "").replace("}", "")
    headers: dict[str, str] = {}
    return event_of(
        method, target, b"", headers=headers, address="198.19.3.2", principal=by.principal
    )
