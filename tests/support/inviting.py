"""Administrators who invite, and people with the links of their mails."""

from __future__ import annotations

import email
import email.policy
import json
import re
from dataclasses import dataclass
from typing import Any

from keyfob.domain.messages.outbox import is_effect
from tests.support.deployment import Deployment, failed, for_worker, later, sample
from tests.support.fakes import unique
from tests.support.token_holder import TokenHolder, a_holder_with_a_shipped_token, idempotent
from tests.support.visitor import Answer, Visitor, visitor

_LINK = re.compile(r"/(?:invitations|registrations)/([\w-]+\.[\w-]{43})")
ADMINISTRATOR = ["holder", "organization_administrator"]


@dataclass(kw_only=True)
class PartnerAdministrator:
    """A partner's administrator, who has given a code."""

    holder: TokenHolder
    deployment: Deployment

    def call(self, name: str, body: Any = None, **changes: Any) -> Answer:
        """Send a sample event."""
        return self.holder.visitor.call(name, body, **changes)

    def invite(self, email: str, *, application: str = "parts-portal", **changes: Any) -> Answer:
        """Invite an organization."""
        body = {"email": email, "application": application, **changes}
        return self.call("invite_organization", body, headers=idempotent())

    def invitations(self) -> list[Any]:
        """The partner's invitations."""
        found: list[Any] = self.call("list_partner_invitations").body["invitations"]
        return found

    def elevate(self) -> None:
        """Give the next code."""
        later(self.deployment, seconds=30)
        self.holder.device.settle()
        assert self.holder.elevate().status == 201


def a_partner_administrator(
    deployment: Deployment, partner: str | None = "northwind"
) -> PartnerAdministrator:
    """Signed in, with a code given just now."""
    who = visitor(deployment, roles=["partner_administrator"], partner=partner)
    holder = a_holder_with_a_shipped_token(deployment, who=who)
    assert holder.register().status == 201
    made = PartnerAdministrator(holder=holder, deployment=deployment)
    made.elevate()
    return made


def an_administrator(deployment: Deployment, **changes: Any) -> Visitor:
    """An organization's administrator without a credential or an application."""
    return visitor(deployment, **{"roles": ADMINISTRATOR, "applications": [], **changes})


def invite_holder(who: Visitor, email: str, applications: tuple[str, ...] = ()) -> Answer:
    """Invite somebody to the administrator's organization."""
    body = {"email": email, "applications": list(applications)}
    return who.call("invite_holder", body, headers=idempotent())


def address() -> str:
    """A new e-mail address."""
    return f"{unique('invited')}@newcomer.example"


def mails_to(deployment: Deployment, to: str) -> list[tuple[str, str]]:
    """Subject and text of each mail to this address, oldest first, after all were sent."""
    send_queued(deployment)
    found = []
    for raw in deployment.mails():
        if to not in raw:
            continue
        mail: Any = email.message_from_string(raw, policy=email.policy.default)
        if mail["To"].addresses[0].addr_spec == to:
            found.append((str(mail["Subject"]), mail.get_body(("plain",)).get_content()))
    return found


def send_queued(deployment: Deployment, *, effects: bool = False) -> None:
    """Let the workers send the queued mails, and do the effects if wanted."""
    rows = deployment.rows("outbox")
    for row in rows:
        if row["state"]["S"] != "pending":
            continue
        if not is_effect(row["pk"]["S"]):
            deployment.invoke("notifier", for_worker("send_message", {"due": row["pk"]["S"]}))
        elif effects:
            event = for_worker("perform_effect", {"due": row["pk"]["S"]})
            assert failed(deployment.invoke("effects_worker", event)) == []


def link_to(deployment: Deployment, to: str) -> str:
    """The token of the link in the newest mail to this address."""
    text = "\n".join(text for _, text in mails_to(deployment, to))
    # A long link is no paragraph of prose: it isn't broken.
    return str(_LINK.findall(text)[-1])


def show(deployment: Deployment, token: str) -> Answer:
    """Open the link of an invitation."""
    return Visitor(deployment=deployment).call("show_invitation", parameters={"token": token})


def accept(deployment: Deployment, token: str, body: Any) -> Answer:
    """Accept an invitation as somebody without a session."""
    someone = Visitor(deployment=deployment)
    return someone.call("accept_invitation", body, parameters={"token": token})


def a_holder(**changes: Any) -> dict[str, Any]:
    """The entries of an invited holder."""
    entered = {"user_id": unique("grace"), "first_name": "Grace", "last_name": "Hopper", **changes}
    return {"holder": entered}


def come_due(deployment: Deployment, row: str) -> None:
    """Let the clock look at a row."""
    event = for_worker("due_order", {"due": row})
    assert failed(deployment.invoke("lifecycle_worker", event)) == []


def entries(deployment: Deployment, subject: str) -> list[tuple[str, Any]]:
    """Action and facts of the entries about a subject."""
    found = deployment.client("dynamodb").query(
        TableName=deployment.values["TABLE_AUDIT"],
        KeyConditionExpression="pk = :pk",
        ExpressionAttributeValues={":pk": {"S": subject}},
    )["Items"]
    return [(row["action"]["S"], json.loads(row["facts"]["S"])) for row in found]


def with_an_application(deployment: Deployment, **changes: Any) -> str:
    """A new partner with one application `app-<partner>`; its id."""
    partner = unique("partner")
    one = {"id": f"app-{partner}", "name": "Portal", "level": 2, "hardware_only": False, **changes}
    seed = sample("operations/seed", organizations=[], accounts=[], products=[])
    seed["partners"] = [{"id": partner, "name": f"Partner {partner}", "applications": [one]}]
    assert "error" not in deployment.invoke("operations", seed)
    return partner
