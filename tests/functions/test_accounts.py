"""Administrators make and see accounts of their organization (A5, S23, S24)."""

from __future__ import annotations

import json
from typing import Any

import pytest

from keyfob.domain.access.subscription import SubscriptionState
from tests.support.administrator import (
    ADMINISTRATOR,
    Administrator,
    account_of,
    an_administrator,
    an_organization,
    make,
    new_password,
    subscribes,
)
from tests.support.deployment import Deployment, later, of_its_own
from tests.support.fakes import unique
from tests.support.token_holder import a_holder_with_a_registered_token
from tests.support.visitor import PERMANENT, Visitor, visitor

__all__ = ["of_its_own"]


@pytest.fixture
def alice(deployment: Deployment) -> Administrator:
    return an_administrator(deployment)


def entries(deployment: Deployment, pk: str) -> list[Any]:
    found = deployment.client("dynamodb").query(
        TableName=deployment.values["TABLE_AUDIT"],
        KeyConditionExpression="pk = :pk",
        ExpressionAttributeValues={":pk": {"S": pk}},
    )["Items"]
    return [(row["action"]["S"], json.loads(row["facts"]["S"])) for row in found]


def refused_acts(deployment: Deployment, account: str) -> list[tuple[str, str, str]]:
    """Act, id and refusal of each entry about a refused act of this account, in order."""
    return [
        (facts["act"], facts["asked"], facts["refusal"])
        for action, facts in entries(deployment, f"ACTOR#{account}")
        if action == "administration.refused"
    ]


def test_an_account_is_made_and_its_owner_signs_in_with_the_mailed_password_A5(
    alice: Administrator, deployment: Deployment
) -> None:
    subscribes(deployment, alice.organization)
    user_id = unique("grace")
    made = alice.make(
        user_id=user_id.upper(), email=f"{user_id}@acme.example", applications=["parts-portal"]
    )
    assert made.status == 201, made.body
    shown = alice.show(made.body["id"])
    assert shown == {
        "id": made.body["id"],
        "user_id": user_id,
        "email": f"{user_id}@acme.example",
        "first_name": "Grace",
        "middle_name": "",
        "last_name": "Hopper",
        "language": "en",
        "active": True,
        "roles": ["holder"],
        "applications": ["parts-portal"],
        "administers": [],
        "connected": False,
        "credential": None,
    }
    [(action, facts)] = entries(deployment, f"ACCOUNT#{made.body['id']}")
    assert (action, facts["reason"]) == ("account.added", "Joins the quality team")
    assert "Grace" not in json.dumps(facts)
    grace = Visitor(deployment=deployment, user_id=user_id)
    password = new_password(deployment, user_id)
    assert grace.sign_in(password).body["strength"] == 0


@pytest.mark.parametrize("state", [None, SubscriptionState.TERMS, SubscriptionState.ENDED])
def test_only_applications_with_an_active_subscription_are_given_A5(
    alice: Administrator, deployment: Deployment, state: SubscriptionState | None
) -> None:
    if state:
        subscribes(deployment, alice.organization, "design-vault", state=state)
    refused = alice.make(applications=["design-vault"])
    assert (refused.status, list(refused.body["fields"])) == (422, ["applications"])
    made = alice.make("make_administrator", administers=["design-vault"])
    # Somebody has to accept the terms first.
    may = state is SubscriptionState.TERMS
    assert may or list(made.body["fields"]) == ["administers"]
    assert made.status == (201 if may else 422)


def test_an_account_with_an_application_has_its_access_and_may_administer_it_A5_A6(
    alice: Administrator, deployment: Deployment
) -> None:
    subscribes(deployment, alice.organization, "parts-portal")
    subscribes(deployment, alice.organization, "design-vault")
    made = alice.make(
        "make_administrator",
        organization_administrator=False,
        applications=["parts-portal"],
        administers=["parts-portal", "design-vault"],
    )
    account = made.body["id"]
    shown = alice.show(account)
    assert shown["roles"] == ["holder", "application_administrator"]
    assert shown["administers"] == ["design-vault", "parts-portal"]
    [(action, facts)] = entries(deployment, f"ACCESS#{account}#parts-portal")
    assert (action, facts["application"]) == ("access.approved", "parts-portal")
    [_, (action, facts)] = entries(deployment, f"SUBSCRIPTION#{alice.organization}#design-vault")
    assert (action, facts["account"]) == ("subscription.administrator_added", account)


def test_a_password_makes_holders_only_where_there_is_no_authenticator_S24(
    deployment: Deployment,
) -> None:
    home = an_organization(deployment)
    first = visitor(deployment, organization=home, roles=list(map(str, ADMINISTRATOR)))
    assert make(first).status == 201
    refused = make(first, "make_administrator")
    assert (refused.status, refused.code) == (403, "elevation_required")
    later(deployment, minutes=10)
    refused = make(first)
    assert (refused.status, refused.code) == (403, "recent_password_required")


def test_with_an_authenticator_its_recent_code_is_needed_S24_S58(
    alice: Administrator, deployment: Deployment
) -> None:
    made = alice.make("make_administrator")
    assert alice.show(made.body["id"])["roles"] == ["holder", "organization_administrator"]
    later(deployment, minutes=10)
    assert alice.make().code == "elevation_required"
    assert alice.call("show_account", made.body["id"]).status == 200
    alice.visitor.sign_in(PERMANENT)
    assert alice.make().code == "elevation_required"
    assert alice.call("show_account", made.body["id"]).code == "elevation_required"
    # Refused acts have entries, refused reads don't.
    refused = refused_acts(deployment, alice.account)
    assert refused == [("create", "no id", "elevation_required")] * 2


def test_a_taken_user_id_is_refused_and_counts_S62(
    alice: Administrator, deployment: Deployment
) -> None:
    taken = visitor(deployment).user_id
    refused = alice.make(user_id=taken)
    assert (refused.status, refused.code) == (409, "user_id_taken")
    assert refused_acts(deployment, alice.account) == [("create", "no id", "user_id_taken")]
    assert taken not in json.dumps(entries(deployment, f"ACTOR#{alice.account}"))
    assert alice.make().status == 201
    rows = deployment.rows("sessions")
    counted = [one for one in rows if one["pk"]["S"].startswith("LIMIT#accounts#")]
    assert "2" in {one["tries"]["N"] for one in counted}


def test_an_organization_makes_so_many_accounts_a_day_and_no_more_S62(
    alice: Administrator, deployment: Deployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    from dataclasses import replace

    from accounts import wiring

    use = wiring.creating()
    monkeypatch.setattr(use, "_policy", replace(use._policy, accounts_a_day=2))
    key = unique("idempotency-")
    user_id = unique("grace")
    first = alice.make(key=key, user_id=user_id)
    assert alice.make().status == 201
    refused = alice.make()
    assert (refused.status, refused.code) == (429, "too_many_tries")
    # The same request again is answered as before; another organization has its own limit.
    assert alice.make(key=key, user_id=user_id).body == first.body
    assert an_administrator(deployment).make().status == 201
    later(deployment, days=1)
    alice.visitor.sign_in(PERMANENT)
    alice.elevate()
    assert alice.make().status == 201


def test_the_same_key_with_another_body_is_refused_A5(alice: Administrator) -> None:
    key = unique("idempotency-")
    assert alice.make(key=key).status == 201
    assert alice.make(key=key).code == "idempotency_key_reused"


def test_an_administrator_without_a_role_to_give_uses_the_other_route_A5(
    alice: Administrator,
) -> None:
    refused = alice.make("make_administrator", organization_administrator=False)
    assert (refused.status, list(refused.body["fields"])) == (422, ["administers"])


@pytest.mark.parametrize("field", ["roles", "organization_administrator", "organization"])
def test_nobody_gives_a_role_or_an_organization_by_another_field_S20_S49(
    alice: Administrator, field: str
) -> None:
    refused = alice.make(**{field: "operator"})
    assert (refused.status, list(refused.body["fields"])) == (422, [field])


def test_a_foreign_account_is_an_unknown_one_and_is_recorded_S23(
    alice: Administrator, deployment: Deployment
) -> None:
    stranger = account_of(visitor(deployment))
    answers = [
        alice.call("show_account", one)
        for one in (stranger, "acc_00000000000000000000", "nonsense")
    ]
    assert {(one.status, one.code) for one in answers} == {(404, "not_found")}
    assert len({json.dumps(one.body) for one in answers}) == 1
    asked = [
        facts["asked"]
        for action, facts in entries(deployment, f"ACTOR#{alice.account}")
        if action == "account.refused"
    ]
    assert asked == [stranger, "acc_00000000000000000000", "no account"]


def test_a_credential_is_shown_without_secrets_F4_S24(
    deployment: Deployment,
) -> None:
    alice = an_administrator(deployment, "acme")
    holder = a_holder_with_a_registered_token(deployment)
    shown = alice.show(account_of(holder.visitor))
    assert shown["credential"]["id"] == holder.credential
    assert shown["credential"]["status"] == "active"
    assert holder.device.serial not in json.dumps(shown)
