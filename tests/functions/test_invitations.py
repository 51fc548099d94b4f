"""Invitations of organizations and holders over the API (A1, A5, A6)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from keyfob.domain.access.subscription import SubscriptionState
from keyfob.storage.access.store import AccessStore, change_subscription
from keyfob.storage.database import Database
from tests.functions.test_foreign_ids import noted
from tests.support.deployment import Deployment, later, of_its_own
from tests.support.fakes import unique
from tests.support.inviting import (
    PartnerAdministrator,
    a_holder,
    a_partner_administrator,
    accept,
    address,
    an_administrator,
    come_due,
    entries,
    invite_holder,
    link_to,
    mails_to,
    send_queued,
    show,
    with_an_application,
)
from tests.support.token_holder import a_holder_with_a_shipped_token, happened, idempotent
from tests.support.unchanged import unchanged
from tests.support.visitor import PERMANENT, Answer, Visitor, visitor

__all__ = ["of_its_own"]
NOBODYS = "inv_00000000000000000000"


@pytest.fixture(scope="module")
def inviter(deployment: Deployment) -> PartnerAdministrator:
    """An administrator of the partner `northwind`."""
    return a_partner_administrator(deployment)


@pytest.fixture(autouse=True)
def _elevated(inviter: PartnerAdministrator) -> None:
    """Whatever a test before has done to the clock."""
    inviter.holder.visitor.stay()
    inviter.elevate()


@pytest.fixture(scope="module")
def admin(deployment: Deployment) -> Visitor:
    """An administrator of the organization `acme`."""
    return an_administrator(deployment)


def about(who: Any, name: str, invitation: str) -> Answer:
    answer: Answer = who.call(name, parameters={"invitation": invitation})
    return answer


def invited(inviter: PartnerAdministrator, deployment: Deployment, to: str) -> tuple[str, str]:
    """The id of an invitation, and the token of its link."""
    made = inviter.invite(to)
    assert made.status == 201, made.body
    return str(made.body["id"]), link_to(deployment, to)


def accept_with(who: Visitor, token: str) -> Answer:
    return about(who, "accept_for_organization", token)


# Organizations


def test_an_invitation_is_mailed_listed_and_shown_A1(
    inviter: PartnerAdministrator, deployment: Deployment
) -> None:
    to = address()
    made = inviter.invite(to)
    assert (made.status, made.body["state"], made.body["email"]) == (201, "open", to)
    [(subject, text)] = mails_to(deployment, to)
    assert subject == "Northwind Aerospace invites you to collaborate"
    assert "to use Parts Portal" in " ".join(text.split())
    shown = show(deployment, link_to(deployment, to)).body
    assert (shown["what"], shown["email"], shown["host"]) == (
        "organization",
        to,
        "Northwind Aerospace",
    )
    assert shown["partner"] == {"id": "northwind", "name": "Northwind Aerospace"}
    assert shown["application"] == {"id": "parts-portal", "name": "Parts Portal"}
    assert shown["inviter"] == "Ada Byron"
    assert made.body["id"] in {one["id"] for one in inviter.invitations()}


def test_neither_the_row_nor_the_outbox_opens_the_link_A1_S17_S47(
    inviter: PartnerAdministrator, deployment: Deployment
) -> None:
    to = address()
    invitation, token = invited(inviter, deployment, to)
    secret = token.split(".")[1]
    for name in ("registrations", "outbox", "audit"):
        rows = deployment.rows(name)
        assert secret not in str(rows)
        assert (to in str(rows)) is (name == "registrations")
    assert entries(deployment, f"INVITATION#{invitation}")[0][0] == "invitation.sent"


def test_a_scanner_that_opens_the_link_spends_nothing_A1(
    inviter: PartnerAdministrator, deployment: Deployment
) -> None:
    _, token = invited(inviter, deployment, address())
    with unchanged(deployment):
        for _ in range(3):
            assert show(deployment, token).status == 200


def test_an_unknown_link_is_not_found_A1(
    inviter: PartnerAdministrator, deployment: Deployment
) -> None:
    invitation, token = invited(inviter, deployment, address())
    secret = token.split(".")[1]
    wrong = (f"{invitation}.{'A' * 43}", f"{NOBODYS}.{secret}", "nonsense", invitation)
    for one in wrong:
        assert show(deployment, one).status == 404
        assert accept(deployment, one, a_holder()).status == 404
    assert show(deployment, token).status == 200


def test_another_sending_makes_the_earlier_link_useless_A1(
    inviter: PartnerAdministrator, deployment: Deployment
) -> None:
    to = address()
    invitation, first = invited(inviter, deployment, to)
    again = about(inviter, "resend_partner_invitation", invitation)
    assert (again.status, again.body["id"]) == (200, invitation)
    second = link_to(deployment, to)
    assert show(deployment, first).status == 404
    assert show(deployment, second).status == 200


def test_a_mail_of_an_earlier_sending_is_not_sent_any_more_A1(
    inviter: PartnerAdministrator, deployment: Deployment
) -> None:
    to = address()
    invitation = inviter.invite(to).body["id"]
    assert about(inviter, "resend_partner_invitation", invitation).status == 200
    assert len(mails_to(deployment, to)) == 1


def test_the_mail_of_a_withdrawn_invitation_is_not_sent_any_more_A1(
    inviter: PartnerAdministrator, deployment: Deployment
) -> None:
    to = address()
    invitation = inviter.invite(to).body["id"]
    assert about(inviter, "withdraw_partner_invitation", invitation).status == 204
    assert mails_to(deployment, to) == []


def test_a_reminder_that_comes_after_the_end_is_not_sent_A1_S44(
    admin: Visitor, deployment: Deployment
) -> None:
    admin.sign_in(PERMANENT)
    to = address()
    invitation = invite_holder(admin, to).body["id"]
    assert len(mails_to(deployment, to)) == 1
    later(deployment, days=15)
    come_due(deployment, f"INVITATION#{invitation}")
    assert len(mails_to(deployment, to)) == 1


def test_a_withdrawn_invitation_says_whom_to_ask_A1(
    inviter: PartnerAdministrator, deployment: Deployment
) -> None:
    invitation, token = invited(inviter, deployment, address())
    for _ in range(2):
        assert about(inviter, "withdraw_partner_invitation", invitation).status == 204
    refused = show(deployment, token)
    assert (refused.status, refused.code) == (409, "invitation_withdrawn")
    assert refused.body["ask"] == "Northwind Aerospace"
    assert about(inviter, "resend_partner_invitation", invitation).code == "illegal_state"
    refusals = noted(deployment, inviter.holder.visitor, "administration.refused")
    assert refusals.count(invitation) == 1
    actions = [action for action, _ in entries(deployment, f"INVITATION#{invitation}")]
    assert actions == ["invitation.sent", "invitation.withdrawn"]


def test_an_invitation_expires_after_a_reminder_and_can_be_sent_again_A1(
    inviter: PartnerAdministrator, deployment: Deployment
) -> None:
    to = address()
    invitation, token = invited(inviter, deployment, to)
    later(deployment, days=11, seconds=1)
    for _ in range(2):
        come_due(deployment, f"INVITATION#{invitation}")
    mails_to(deployment, to)
    later(deployment, hours=12)  # a reminder waits for the morning
    subjects = [subject for subject, _ in mails_to(deployment, to)]
    assert len(subjects) == 2
    assert subjects[1].startswith("The invitation by Northwind Aerospace expires on ")
    assert link_to(deployment, to) == token, "the reminder repeats the link"
    later(deployment, days=3)
    refused = show(deployment, token)
    assert (refused.status, refused.code) == (409, "invitation_expired")
    assert refused.body["ask"] == "Northwind Aerospace"
    inviter.holder.visitor.sign_in(PERMANENT)
    inviter.elevate()
    [listed] = [one for one in inviter.invitations() if one["id"] == invitation]
    assert listed["state"] == "expired"
    assert about(inviter, "resend_partner_invitation", invitation).status == 200
    assert show(deployment, link_to(deployment, to)).status == 200


def test_an_address_is_erased_thirty_days_after_the_end_S66(
    inviter: PartnerAdministrator, deployment: Deployment
) -> None:
    to = address()
    invitation, _ = invited(inviter, deployment, to)
    later(deployment, days=44, seconds=1)
    come_due(deployment, f"INVITATION#{invitation}")
    assert to not in str(deployment.rows("registrations"))
    inviter.holder.visitor.sign_in(PERMANENT)
    inviter.elevate()
    [listed] = [one for one in inviter.invitations() if one["id"] == invitation]
    assert listed["email"] is None
    assert about(inviter, "resend_partner_invitation", invitation).code == "illegal_state"


def test_the_same_request_again_sends_no_second_mail_A1(
    inviter: PartnerAdministrator, deployment: Deployment
) -> None:
    to, key = address(), idempotent()
    body = {"email": to, "application": "parts-portal"}
    first, second = (inviter.call("invite_organization", body, headers=key) for _ in range(2))
    assert first.body["id"] == second.body["id"]
    assert len(mails_to(deployment, to)) == 1


def test_a_partner_invites_to_its_own_applications_only_A1(inviter: PartnerAdministrator) -> None:
    refused = inviter.invite(address(), application="somebody-elses")
    assert (refused.status, refused.code) == (422, "invalid_input")
    assert "applications.somebody-elses" in refused.body["fields"]


def test_inviting_takes_a_recent_code_S24_S58(
    inviter: PartnerAdministrator, deployment: Deployment
) -> None:
    later(deployment, minutes=11)
    refused = inviter.invite(address())
    assert (refused.status, refused.code) == (403, "elevation_required")
    assert inviter.call("list_partner_invitations").status == 200


@pytest.mark.parametrize("name", ["resend_partner_invitation", "withdraw_partner_invitation"])
def test_changing_an_invitation_takes_a_recent_code_S24_S58(
    name: str, inviter: PartnerAdministrator, deployment: Deployment
) -> None:
    invitation, token = invited(inviter, deployment, address())
    later(deployment, minutes=11)
    assert about(inviter, name, invitation).code == "elevation_required"
    refused = noted(deployment, inviter.holder.visitor, "administration.refused")
    assert refused.count(invitation) == 1
    assert show(deployment, token).status == 200


def test_reading_invitations_takes_a_code_S24(inviter: PartnerAdministrator) -> None:
    inviter.holder.visitor.sign_in(PERMANENT)
    refused = inviter.call("list_partner_invitations")
    assert (refused.status, refused.code) == (403, "elevation_required")


def test_a_partners_administrator_of_no_partner_has_no_invitations_S24(
    deployment: Deployment,
) -> None:
    adrift = a_partner_administrator(deployment, partner=None)
    assert adrift.call("list_partner_invitations").code == "role_required"
    assert adrift.invite(address()).code == "role_required"


def test_invitations_of_another_partner_look_like_none_and_leave_a_trace_A1_S23(
    inviter: PartnerAdministrator, deployment: Deployment
) -> None:
    invitation, token = invited(inviter, deployment, address())
    partner = with_an_application(deployment)
    other = a_partner_administrator(deployment, partner)
    assert other.invitations() == []
    for name in ("resend_partner_invitation", "withdraw_partner_invitation"):
        foreign, unknown = (about(other, name, one) for one in (invitation, NOBODYS))
        assert (foreign.status, foreign.body) == (unknown.status, unknown.body)
        assert (foreign.status, foreign.code) == (404, "not_found")
    assert (
        noted(deployment, other.holder.visitor, "invitation.refused")
        == [
            invitation,
            NOBODYS,
        ]
        * 2
    )
    assert show(deployment, token).status == 200


def test_an_account_sends_so_many_invitations_a_day_S62(
    deployment: Deployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    from invitations import wiring

    few = replace(wiring.runtime().policy, invitations_a_day=2)
    monkeypatch.setattr(wiring.inviting(), "_policy", few)
    ada, bob = an_administrator(deployment), an_administrator(deployment)
    refused = [invite_holder(ada, address()).status for _ in range(3)][-1]
    assert refused == 429
    assert invite_holder(bob, address()).status == 201


# An organization that exists


def test_an_administrator_accepts_for_the_organization_without_an_operator_A6(
    inviter: PartnerAdministrator, deployment: Deployment
) -> None:
    organization = an_organization(deployment)
    ada = an_administrator(
        deployment, organization=organization, email=f"{unique('a')}@newcomer.example"
    )
    invitation, token = invited(inviter, deployment, address())
    accepted = accept_with(ada, token)
    assert accepted.status == 201, accepted.body
    assert accepted.body["state"] == "active"
    assert (accepted.body["partner"], accepted.body["application"]) == ("northwind", "parts-portal")
    again = accept_with(ada, token)
    assert (again.status, again.code) == (409, "invitation_accepted")
    assert "Sign in" in again.body["detail"]
    assert [action for action, _ in entries(deployment, f"INVITATION#{invitation}")][-1] == (
        "invitation.accepted"
    )
    subscribed = entries(deployment, f"SUBSCRIPTION#{organization}#parts-portal")
    assert [action for action, _ in subscribed] == ["subscription.added"]
    roles = session_roles(deployment, ada)
    assert "application_administrator" in roles


def an_organization(deployment: Deployment) -> str:
    from tests.support.deployment import sample

    made = unique("org")
    one = {"id": made, "name": made, "country": "US", "time_zone": "America/New_York"}
    seed = sample("operations/seed", organizations=[one], accounts=[], partners=[], products=[])
    assert "error" not in deployment.invoke("operations", seed)
    return made


def session_roles(deployment: Deployment, who: Visitor) -> str:
    found = deployment.client("dynamodb").get_item(
        TableName=deployment.values["TABLE_SESSIONS"],
        Key={"pk": {"S": f"ACCOUNT#{who.token.split('.')[0]}"}, "sk": {"S": "-"}},
    )["Item"]
    return str(found["roles"])


@pytest.mark.parametrize("why", ["no administrator", "another domain", "a holder's invitation"])
def test_a_wrong_account_spends_nothing_A1(
    why: str, inviter: PartnerAdministrator, admin: Visitor, deployment: Deployment
) -> None:
    here = {"email": f"{unique('a')}@newcomer.example"}
    _, token = invited(inviter, deployment, address())
    if why == "no administrator":
        who = visitor(deployment, **here)
    elif why == "another domain":
        who = an_administrator(deployment)
    else:
        who = an_administrator(deployment, **here)
        admin.sign_in(PERMANENT)
        to = address()
        assert invite_holder(admin, to).status == 201
        token = link_to(deployment, to)
    refused = accept_with(who, token)
    assert (refused.status, refused.code) == (403, "wrong_account")
    assert show(deployment, token).status == 200


def test_an_organization_that_has_the_application_spends_no_invitation_A6(
    inviter: PartnerAdministrator, deployment: Deployment
) -> None:
    organization = an_organization(deployment)
    ada = an_administrator(
        deployment, organization=organization, email=f"{unique('a')}@newcomer.example"
    )
    _, first = invited(inviter, deployment, address())
    _, second = invited(inviter, deployment, address())
    assert accept_with(ada, first).status == 201
    refused = accept_with(ada, second)
    assert (refused.status, refused.code) == (409, "already_subscribed")
    assert show(deployment, second).status == 200


def test_an_acceptance_takes_a_recent_code_where_there_is_a_token_S24_S58(
    inviter: PartnerAdministrator, deployment: Deployment
) -> None:
    here = {"organization": an_organization(deployment), "email": f"{unique('a')}@newcomer.example"}
    who = an_administrator(deployment, **here)
    holder = a_holder_with_a_shipped_token(deployment, who=who)
    assert holder.register().status == 201
    _, token = invited(inviter, deployment, address())
    refused = accept_with(who, token)
    assert (refused.status, refused.code) == (403, "elevation_required")
    assert show(deployment, token).status == 200
    later(deployment, seconds=30)
    assert holder.elevate().status == 201
    assert accept_with(who, token).status == 201


def test_an_administrator_without_a_token_types_the_password_again_S24(
    admin: Visitor, deployment: Deployment
) -> None:
    admin.sign_in(PERMANENT)
    to = address()
    invitation = invite_holder(admin, to).body["id"]
    later(deployment, minutes=11)
    public = {"partner": "northwind", "application": "parts-portal", "no_obligation": True}
    for refused in (
        invite_holder(admin, address()),
        about(admin, "resend_invitation", invitation),
        about(admin, "withdraw_invitation", invitation),
        admin.call("register_application", public),
    ):
        assert (refused.status, refused.code) == (403, "recent_password_required")
    assert admin.call("list_invitations").status == 200
    assert show(deployment, link_to(deployment, to)).status == 200


def test_an_application_with_terms_waits_for_them_A4_A6(deployment: Deployment) -> None:
    terms = {"version": "1", "text": "Be good.", "reacceptance": False}
    partner = with_an_application(deployment, terms=terms)
    boss = a_partner_administrator(deployment, partner)
    organization = an_organization(deployment)
    ada = an_administrator(
        deployment, organization=organization, email=f"{unique('a')}@newcomer.example"
    )
    to = address()
    assert boss.invite(to, application=f"app-{partner}").status == 201
    accepted = accept_with(ada, link_to(deployment, to))
    assert (accepted.status, accepted.body["state"]) == (201, "terms")


# Holders


def subscribed(deployment: Deployment, inviter: PartnerAdministrator) -> Visitor:
    """An administrator whose organization has the parts portal."""
    organization = an_organization(deployment)
    ada = an_administrator(
        deployment, organization=organization, email=f"{unique('a')}@newcomer.example"
    )
    _, token = invited(inviter, deployment, address())
    assert accept_with(ada, token).status == 201
    return ada


def test_an_invited_holder_makes_an_account_and_gets_a_password_by_mail_A5(
    inviter: PartnerAdministrator, deployment: Deployment
) -> None:
    ada, to = subscribed(deployment, inviter), address()
    assert invite_holder(ada, to, ("parts-portal",)).status == 201
    token = link_to(deployment, to)
    shown = show(deployment, token).body
    assert (shown["what"], shown["partner"], shown["application"]) == ("holder", None, None)
    body = a_holder()
    made = accept(deployment, token, body)
    assert (made.status, made.body["user_id"]) == (201, body["holder"]["user_id"])
    send_queued(deployment, effects=True)
    text = mails_to(deployment, to)[-1][1]
    password = next(line.strip() for line in text.splitlines() if line.startswith("    "))
    grace = Visitor(deployment=deployment, user_id=made.body["user_id"])
    assert grace.sign_in(password).body["status"] == "new_password_required"
    from invitations import wiring

    database: Database = wiring.runtime().database
    account = directory_of(database).account(account_id(database, grace.user_id))
    assert account
    assert (account.email, account.applications) == (to, ("parts-portal",))
    inviting = directory_of(database).account(ada.token.split(".")[0])
    assert account.organization == inviting.organization
    assert "administrator" not in session_roles_of(deployment, account.id)
    refused = accept(deployment, token, a_holder())
    assert (refused.status, refused.code) == (409, "invitation_accepted")


def directory_of(database: Database) -> Any:
    from keyfob.storage.directory.store import Directory

    return Directory(database)


def account_id(database: Database, user_id: str) -> str:
    return str(directory_of(database).account_of(user_id))


def session_roles_of(deployment: Deployment, account: str) -> str:
    return session_roles(deployment, Visitor(deployment=deployment, token=f"{account}.x.y"))


def test_a_holder_gets_only_applications_that_are_still_active_A5(
    inviter: PartnerAdministrator, deployment: Deployment
) -> None:
    from webstore import wiring

    base = wiring.runtime()
    ada, to = subscribed(deployment, inviter), address()
    assert invite_holder(ada, to, ("parts-portal",)).status == 201
    token = link_to(deployment, to)
    account = directory_of(base.database).account(ada.token.split(".")[0])
    found = AccessStore(base.database).subscription(account.organization, "parts-portal")
    assert found
    seen, subject = found
    ended = replace(seen, state=SubscriptionState.ENDED)
    happened(base, change_subscription(seen, ended, subject))
    made = accept(deployment, token, a_holder())
    assert made.status == 201
    database = base.database
    new = directory_of(database).account(account_id(database, made.body["user_id"]))
    assert new.applications == ()


def test_a_holder_is_invited_to_active_applications_of_the_organization_only_A5(
    deployment: Deployment,
) -> None:
    admin = an_administrator(deployment, organization=an_organization(deployment))
    refused = invite_holder(admin, address(), ("parts-portal",))
    assert (refused.status, refused.code) == (422, "invalid_input")
    assert invite_holder(admin, address()).status == 201


def test_a_taken_user_id_spends_nothing_A5(admin: Visitor, deployment: Deployment) -> None:
    admin.sign_in(PERMANENT)
    to = address()
    assert invite_holder(admin, to).status == 201
    token = link_to(deployment, to)
    refused = accept(deployment, token, a_holder(user_id=admin.user_id.upper()))
    assert (refused.status, refused.code) == (409, "user_id_taken")
    assert accept(deployment, token, a_holder()).status == 201


def test_an_impossible_user_id_is_named_A5_S49(admin: Visitor, deployment: Deployment) -> None:
    admin.sign_in(PERMANENT)
    to = address()
    assert invite_holder(admin, to).status == 201
    refused = accept(deployment, link_to(deployment, to), a_holder(user_id="a b"))
    assert refused.status == 422
    assert "holder.user_id" in refused.body["fields"]


def test_invitations_of_another_organization_look_like_none_and_leave_a_trace_A5_S23(
    admin: Visitor, deployment: Deployment
) -> None:
    admin.sign_in(PERMANENT)
    to = address()
    invitation = invite_holder(admin, to).body["id"]
    other = an_administrator(deployment, organization=an_organization(deployment))
    assert other.call("list_invitations").body == {"invitations": [], "cursor": None}
    for name in ("resend_invitation", "withdraw_invitation"):
        foreign, unknown = (about(other, name, one) for one in (invitation, NOBODYS))
        assert (foreign.status, foreign.body) == (unknown.status, unknown.body)
        assert foreign.status == 404
    assert noted(deployment, other, "invitation.refused") == [invitation, NOBODYS] * 2
    assert noted(deployment, other, "administration.refused") == []
    assert show(deployment, link_to(deployment, to)).status == 200


def test_a_list_comes_in_pages_newest_first_A1(admin: Visitor, deployment: Deployment) -> None:
    ada = an_administrator(deployment, organization=an_organization(deployment))
    made = []
    for _ in range(3):
        made.append(invite_holder(ada, address()).body["id"])
        later(deployment, seconds=2)
    first = ada.request("GET", "/admin/invitations?limit=2").body
    assert [one["id"] for one in first["invitations"]] == made[:0:-1]
    second = ada.request("GET", f"/admin/invitations?limit=2&cursor={first['cursor']}").body
    assert [one["id"] for one in second["invitations"]] == made[:1]
    assert second["cursor"] is None


def test_who_administers_nothing_invites_nobody_S24(deployment: Deployment) -> None:
    holder = visitor(deployment)
    assert invite_holder(holder, address()).code == "role_required"
    body = {"email": address(), "application": "parts-portal"}
    refused = holder.call("invite_organization", body, headers=idempotent())
    assert (refused.status, refused.code) == (403, "role_required")
