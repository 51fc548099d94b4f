"""A person of each kind that may call the API, and the requests of every route."""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from keyfob.domain.orders.license_key import generate
from tests.support.deployment import Deployment, sample
from tests.support.phone_holder import subscriber
from tests.support.proofing import a_candidate
from tests.support.token_holder import a_holder_with_a_registered_token
from tests.support.visitor import PERMANENT, Answer, Visitor, visitor

CALLERS = (
    "nobody",
    "guest",
    "holder",
    "colleague",
    "other organization",
    "administrator",
    "administrator elsewhere",
    "application administrator",
    "partner administrator",
    "another partner's",
    "agent",
)
NOBODYS = "crd_00000000000000000000"
NO_CASE = "prf_00000000000000000000"
TWO_CODES = {"first_code": "00000000", "second_code": "00000001"}
REASON = {"reason": "Asked for it on the phone"}
# The same for all callers: only the caller may make the difference.
BODIES: Mapping[str, Any] = {
    "POST /session/new-password": {"password": PERMANENT},
    "POST /password-recovery/confirmation": {
        "code": "00000-00000-00000",
        "password": "a phrase that nobody knows",
    },
    "POST /orders": sample("api/place_order")["body"],
    "POST /quotes": sample("api/make_quote")["body"],
    "POST /guest-orders": {**json.loads(sample("api/place_guest_order")["body"]), "items": []},
    "POST /stripe/events": sample("api/stripe_event")["body"],
    "POST /session/elevation": {"method": "token", "code": "00000000"},
    "POST /license-redemptions": {
        "license_key": generate(),
        "legal_name": "Ada Byron",
        "country": "US",
    },
    "POST /connections": {"user_id": "nobody-at-all"},
    "POST /credentials/{credential}/token": {"serial": "NONE-0001", **TWO_CODES},
    "POST /credentials/{credential}/resynchronization": TWO_CODES,
    "POST /credentials/{credential}/revocation": {"confirm": True},
    "POST /terms/{application}/acceptance": {"version": "2027-01"},
    "POST /applications/{application}/access": sample("api/request_access")["body"],
    "POST /applications/{application}/access/{account}": sample("api/decide_access")["body"],
    "DELETE /applications/{application}/access/{account}": sample("api/remove_access")["body"],
    "DELETE /partner/subscriptions/{organization}/{application}": sample("api/end_subscription")[
        "body"
    ],
    "POST /user-id-reminders": {"email": "nobody@acme.example"},
    "POST /phone-tests": {"number": "+1 900 555 0100", "channel": "text"},
    "POST /session/phone-codes": {"phone": "somebody's", "channel": "text"},
    "POST /credentials/{credential}/phones": {
        "number": "+1 202 555 0100",
        "label": "Mine",
        "channel": "text",
    },
    "POST /credentials/{credential}/phones/{phone}/confirmation": {"code": "000000"},
    "POST /partner/invitations": sample("api/invite_organization")["body"],
    "POST /admin/invitations": {"email": "grace@acme.example"},
    "POST /admin/registrations": sample("api/register_application")["body"],
    "POST /invitations/{token}/acceptance": sample("api/accept_invitation")["body"],
    "POST /registrations": sample("api/begin_registration")["body"],
    "PUT /registrations/{token}": {"organization": {"name": "Acme"}},
    "POST /registrations/{token}/submission": sample("api/submit_registration")["body"],
    "POST /credentials/{credential}/proofing": {"method": "live"},
    "POST /credentials/{credential}/upgrade": sample("api/begin_upgrade")["body"],
    "POST /proofings/{proofing}/identity": sample("api/identify")["body"],
    "POST /proofings/{proofing}/letter": sample("api/request_letter")["body"],
    "POST /proofings/{proofing}/answers": sample("api/answer_questions")["body"],
    "PUT /proofings/{proofing}/appointment": sample("api/book_appointment")["body"],
    "POST /agent/appointments/{appointment}/result": sample("api/give_result")["body"],
    "POST /admin/accounts": sample("api/make_account")["body"],
    "PATCH /admin/accounts/{account}": sample("api/change_account")["body"],
    "PUT /admin/accounts/{account}/roles": sample("api/assign_roles")["body"],
    "POST /admin/accounts/{account}/deactivation": sample("api/deactivate_account")["body"],
    "DELETE /admin/accounts/{account}/deactivation": sample("api/reactivate_account")["body"],
    "POST /admin/accounts/export": sample("api/request_export")["body"],
    "POST /admin/administrators": sample("api/make_administrator")["body"],
    "PATCH /credentials/{credential}/phones/{phone}": {"label": "The old one"},
    "POST /admin/accounts/{account}/credential/suspension": REASON,
    "DELETE /admin/accounts/{account}/credential/suspension": REASON,
    "POST /admin/accounts/{account}/credential/revocation": {**REASON, "confirm": True},
    "POST /admin/accounts/{account}/phones/release": REASON,
    "POST /admin/accounts/{account}/binding-release": REASON,
    "POST /admin/accounts/{account}/freeze": REASON,
    "DELETE /admin/accounts/{account}/freeze": REASON,
    "POST /partner/credentials/{credential}/approval": REASON,
    "POST /admin/orders/{number}/units/{unit}/reissue": REASON,
    "POST /partner/campaigns": sample("api/make_campaign")["body"],
    "POST /partner/campaigns/{campaign}/extension": sample("api/extend_campaign")["body"],
    "POST /partner/campaigns/{campaign}/end": REASON,
    "POST /partner/campaigns/{campaign}/renewals": sample("api/renew_sponsored")["body"],
    "POST /sponsorships/{sponsorship}/acceptance": sample("api/accept_sponsorship")["body"],
    "POST /admin/accounts/{account}/name": {**REASON, "decision": "refuse"},
}


QUERIES = {
    "GET /proofings/{proofing}/slots": "?from=2027-01-04&to=2027-01-08&time_zone=Asia/Kolkata",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Cast:
    """The people; of the holder's an order, a connection, and if required more."""

    people: Mapping[str, Visitor]
    order: str
    connection: str
    credential: str = NOBODYS
    phone: str = "0000"
    proofing: str = NO_CASE

    def call(self, caller: str, route: str, **places: str) -> Answer:
        """Send this route's request as this caller."""
        someone = self.people[caller]
        method, path = route.split(" ")
        body = BODIES.get(route)
        if route == "POST /session":
            body = {"user_id": someone.user_id, "password": PERMANENT}
        if "/password-recovery" in route:
            body = {"user_id": someone.user_id, **BODIES.get(route, {})}
        named = {
            "unit": "1",
            "position": "1",
            "partner": "northwind",
            "application": "parts-portal",
            "number": self.order,
            "invitation": "inv_00000000000000000000",
            "connection": self.connection,
            "credential": self.credential,
            "phone": self.phone,
            "token": "never-mailed",
            "proofing": self.proofing,
            "appointment": "apt_00000000000000000000",
            "export": "exp_00000000000000000000",
            "organization": "acme",
            "campaign": "cam_00000000000000000000",
            "sponsorship": "cam_00000000000000000000",
            "account": self.people["holder"].token.split(".")[0],
            "session": self.people["holder"].token.split(".")[1],
        }
        target = path.format(**named | places) + QUERIES.get(route, "")
        shown = {"X_Order_Token": "never-given"} if "/guest-orders" in route else {}
        return someone.request(method, target, body, **shown)

    def with_credential(self, deployment: Deployment) -> Cast:
        """The holder is a new one, with a credential and its token."""
        new = a_holder_with_a_registered_token(deployment)
        people = {**self.people, "holder": new.visitor}
        return replace(self, people=people, credential=new.credential)

    def with_phone(self, deployment: Deployment) -> Cast:
        """The holder is a new one, with a credential and one confirmed phone."""
        new = subscriber(deployment)
        phone, people = new.bound(), {**self.people, "holder": new.holder.visitor}
        return replace(self, people=people, credential=new.holder.credential, phone=phone)

    def with_case(self, deployment: Deployment) -> Cast:
        """The holder is a new one, who has chosen to be proofed by an agent."""
        new = a_candidate(deployment)
        assert new.choose().status == 200
        people = {**self.people, "holder": new.holder.visitor}
        return replace(self, people=people, proofing=new.proofing)


def everybody(deployment: Deployment) -> Mapping[str, Visitor]:
    """A person of each kind."""
    administering = ["holder", "organization_administrator", "application_administrator"]
    ours: dict[str, Any] = {"organization": "keyfob", "applications": []}
    elsewhere = [
        {"id": "bolt", "name": "Bolt", "country": "US", "time_zone": "America/New_York"},
        {"id": "keyfob", "name": "Keyfob", "country": "US", "time_zone": "America/New_York"},
    ]
    another = {"id": "southwind", "name": "Southwind", "applications": []}
    seed = sample("operations/seed", partners=[another], organizations=elsewhere, accounts=[])
    assert "error" not in deployment.invoke("operations", seed)
    return {
        "nobody": Visitor(deployment=deployment, user_id="nobody-at-all"),
        # Bought without an account: holds 256 random bits that open no session.
        "guest": Visitor(
            deployment=deployment,
            user_id="guest",
            token=f"acc_guest.order.{secrets.token_urlsafe(32)}",
        ),
        "holder": visitor(deployment),
        "colleague": visitor(deployment),
        "other organization": visitor(deployment, organization="bolt"),
        "administrator": visitor(deployment, roles=administering),
        "administrator elsewhere": visitor(
            deployment, roles=administering, organization="bolt", applications=[]
        ),
        "application administrator": visitor(deployment, roles=administering[2:]),
        "partner administrator": visitor(
            deployment, roles=["partner_administrator"], partner="northwind", **ours
        ),
        "another partner's": visitor(
            deployment, roles=["partner_administrator"], partner="southwind", **ours
        ),
        "agent": visitor(deployment, roles=["agent"], **ours),
    }


def assembled(known: Mapping[str, Visitor]) -> Cast:
    """All signed-in people, an unpaid order of the holder's and her request for a connection."""
    for someone in known.values():
        if someone.user_id not in {"nobody-at-all", "guest"}:
            someone.stay()
    holder = known["holder"]
    return Cast(people=known, order=_unpaid(holder), connection=_waiting(holder))


def _unpaid(buyer: Visitor) -> str:
    """The number of an order that waits for its payment, old or new: few may wait at once."""
    found = buyer.call("list_orders").body["orders"]
    waiting = [one["number"] for one in found if one["state"] == "awaiting_payment"]
    return str(waiting[0] if waiting else buyer.order().body["number"])


def _waiting(child: Visitor) -> str:
    """The id of this account's request for another one's credential, old or new."""
    found = child.call("list_connections").body["connections"]
    if not found:
        body = {"user_id": "nobody-at-all"}
        found = [child.request("POST", "/connections", body).body]
    return str(found[0]["id"])
