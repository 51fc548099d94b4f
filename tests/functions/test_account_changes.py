"""Administrators change names, addresses and roles of accounts (A5, A8, S24)."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest

from keyfob.domain.credentials.credential import LEVEL_PROOFED
from tests.functions.test_accounts import entries, refused_acts
from tests.support.administrator import (
    ADMINISTRATOR,
    REASON,
    Administrator,
    account_of,
    an_administrator,
    subscribes,
)
from tests.support.deployment import Deployment, later
from tests.support.proofing import a_candidate
from tests.support.recovering import code_of, mailed
from tests.support.takeover import links
from tests.support.token_holder import (
    TokenHolder,
    a_holder_with_a_registered_token,
    a_holder_with_a_shipped_token,
)
from tests.support.two_accounts import connected
from tests.support.visitor import PERMANENT, Answer, Visitor, newcomer, visitor


@pytest.fixture
def alice(deployment: Deployment) -> Administrator:
    """An administrator of the organization that most accounts of these tests belong to."""
    return an_administrator(deployment, "acme")


def change(alice: Administrator, who: Visitor, **fields: Any) -> Answer:
    return alice.call("change_account", account_of(who), {"reason": REASON, **fields})


def assign(alice: Administrator, who: Visitor, *administers: str, all_: bool = False) -> Answer:
    body = {
        "organization_administrator": all_,
        "administers": list(administers),
        "reason": REASON,
    }
    return alice.call("assign_roles", account_of(who), body)


def proofed(deployment: Deployment) -> TokenHolder:
    holder = a_holder_with_a_shipped_token(deployment, proofing=True, level=LEVEL_PROOFED)
    assert holder.register().status == 201
    later(deployment, seconds=30)
    assert holder.elevate().status == 201
    return holder


def member(deployment: Deployment, who: Visitor) -> Any:
    return deployment.client("dynamodb").get_item(
        TableName=deployment.values["TABLE_MEMBERS"],
        Key={"pk": {"S": f"ACCOUNT#{account_of(who)}"}, "sk": {"S": "-"}},
    )["Item"]


def test_both_addresses_are_told_of_a_new_one_A5_S24(
    alice: Administrator, deployment: Deployment
) -> None:
    who = visitor(deployment)
    answer = change(alice, who, email=f"new-{who.user_id}@acme.example")
    assert (answer.status, answer.body["email"]) == (200, f"new-{who.user_id}@acme.example")
    [*_, (former, text)] = mailed(deployment, who.user_id)
    assert former == "Mails about your account go to another address"
    assert f"new-{who.user_id}" not in text
    come = [subject for subject, _ in mailed(deployment, f"new-{who.user_id}")]
    assert "Mails about your account come here now" in come
    listed = member(deployment, who)
    assert listed["mailbox"]["S"] == f"new-{who.user_id}@acme.example"
    assert listed["by_email"]["S"] == f"{listed['mailbox']['S']}#{account_of(who)}"
    [*_, (action, facts)] = entries(deployment, f"ACCOUNT#{account_of(who)}")
    assert (action, facts["changed"], facts["reason"]) == ("account.changed", "email", REASON)
    assert who.user_id not in json.dumps(facts), "hashes, whose values can be erased"


def test_the_former_address_is_nowhere_in_the_outbox_S17_S66(
    alice: Administrator, deployment: Deployment
) -> None:
    who = visitor(deployment)
    change(alice, who, email=f"new-{who.user_id}@acme.example")
    rows = deployment.rows("outbox")
    assert not [one for one in rows if f"{who.user_id}@acme" in str(one)]
    mailed(deployment, who.user_id)
    rows = deployment.rows("outbox")
    [told] = [
        one
        for one in rows
        if one["kind"]["S"] == "email_changed_from" and one["recipient"]["S"] == account_of(who)
    ]
    assert (told["state"]["S"], "sealed" in told) == ("done", False)


def test_the_reader_of_the_former_address_freezes_the_account_S24_S54(
    alice: Administrator, deployment: Deployment
) -> None:
    who = visitor(deployment)
    change(alice, who, email=f"new-{who.user_id}@acme.example")
    [link] = links(deployment, who.user_id)
    assert links(deployment, f"new-{who.user_id}") == []
    anybody = Visitor(deployment=deployment)
    assert anybody.request("POST", f"/freezes/{link}").status == 200
    assert who.sign_in(PERMANENT).code == "account_frozen"


def test_the_new_address_is_told_until_when_a_password_binds_nothing_S54(
    alice: Administrator, deployment: Deployment
) -> None:
    who = visitor(deployment)
    change(alice, who, email=f"new-{who.user_id}@acme.example")
    told = dict(mailed(deployment, f"new-{who.user_id}"))["Mails about your account come here now"]
    until = deployment.clock.now() + timedelta(hours=72)
    assert f"{until.day} {until:%B %Y}" in told
    assert "with the password alone" in " ".join(told.split())


def test_an_address_that_was_mistyped_has_no_link_and_no_hold_S54(
    alice: Administrator, deployment: Deployment
) -> None:
    """Nobody has signed in to the account yet: there is nobody to take it from."""
    who = newcomer(deployment)
    rows = deployment.rows("accounts")
    [row] = [one for one in rows if one.get("user_id", {}).get("S") == who.user_id]
    account = row["pk"]["S"].removeprefix("ACCOUNT#")
    answer = alice.call("change_account", account, {"reason": REASON, "email": "a@acme.example"})
    assert answer.status == 200
    assert links(deployment, who.user_id) == []
    [(subject, _)] = [one for one in mailed(deployment, who.user_id) if "another" in one[0]]
    assert subject == "Mails about your account go to another address"


def test_a_code_mailed_to_the_former_address_recovers_nothing_any_more_A5_S25(
    alice: Administrator, deployment: Deployment
) -> None:
    who = visitor(deployment)
    who.call("request_recovery", {"user_id": who.user_id})
    code = code_of(deployment, who.user_id)
    assert change(alice, who, email="elsewhere@acme.example").status == 200
    body = {"user_id": who.user_id, "password": "a new phrase that nobody knows", "code": code}
    assert who.call("recover_password", body).code == "wrong_recovery_code"


def test_a_changed_name_is_listed_told_and_entered_without_itself_A5_S66(
    alice: Administrator, deployment: Deployment
) -> None:
    who = visitor(deployment)
    answer = change(alice, who, first_name="Augusta", middle_name="Ada", last_name="King")
    shown = [answer.body[one] for one in ("first_name", "middle_name", "last_name")]
    assert shown == ["Augusta", "Ada", "King"]
    assert member(deployment, who)["by_name"]["S"] == f"king augusta ada#{account_of(who)}"
    told = dict(mailed(deployment, who.user_id))
    assert "Hello Augusta Ada King," in told["The name of your account was changed"]
    [*_, (_, facts)] = entries(deployment, f"ACCOUNT#{account_of(who)}")
    assert facts["changed"] == "first_name, middle_name, last_name"
    assert "King" not in json.dumps(facts)
    # The same again changes nothing.
    assert change(alice, who, first_name="Augusta").status == 200
    assert len(entries(deployment, f"ACCOUNT#{account_of(who)}")) == 2


def test_a_proofing_ends_with_the_name_it_was_made_under_A8_C4(
    alice: Administrator, deployment: Deployment
) -> None:
    ada = proofed(deployment)
    assert ada.call("show_session").body["strength"] == 3
    answer = change(alice, ada.visitor, last_name="King")
    assert (answer.status, answer.body["credential"]["level"]) == (200, 2)
    assert ada.call("show_session").body["strength"] == 2
    subjects = [subject for subject, _ in mailed(deployment, ada.visitor.user_id)]
    assert "Your credential is level 2 now" in subjects
    # An address is nobody's name.
    bob = proofed(deployment)
    assert change(alice, bob.visitor, email="b@acme.example").body["credential"]["level"] == 3


def test_a_case_under_way_ends_with_the_name_it_was_begun_under_C4(
    alice: Administrator, deployment: Deployment
) -> None:
    ada = a_candidate(deployment)
    assert ada.choose().status == 200
    assert change(alice, ada.holder.visitor, last_name="King").status == 200
    assert ada.shown()["state"] == "withdrawn"


@pytest.mark.parametrize("field", ["email", "last_name"])
def test_connections_are_judged_anew_after_a_change_A8(
    field: str, alice: Administrator, deployment: Deployment
) -> None:
    couple = connected(deployment)
    value = "other@acme.example" if field == "email" else "King"
    assert change(alice, couple.parent.visitor, **{field: value}).status == 200
    assert couple.child.call("show_session").status == 401
    couple.child.sign_in(PERMANENT)
    assert couple.shown(couple.child) == []


def test_nothing_to_change_is_refused_A5(alice: Administrator, deployment: Deployment) -> None:
    refused = change(alice, visitor(deployment))
    assert (refused.status, refused.code) == (422, "invalid_input")
    assert change(alice, visitor(deployment), last_name="").status == 422


def test_roles_given_and_taken_count_with_the_next_request_A5(
    alice: Administrator, deployment: Deployment
) -> None:
    bob = visitor(deployment)
    show = {"parameters": {"account": alice.account}}
    assert bob.call("show_account", **show).code == "role_required"
    given = assign(alice, bob, all_=True)
    assert given.body["roles"] == ["holder", "organization_administrator"]
    assert bob.call("show_account", **show).status == 200
    assert json.loads(member(deployment, bob)["roles"]["S"]) == given.body["roles"]
    taken = assign(alice, bob)
    assert taken.body["roles"] == ["holder"]
    assert bob.call("show_account", **show).code == "role_required"
    [_, *changes] = entries(deployment, f"ACCOUNT#{account_of(bob)}")
    assert [facts["after"] for _, facts in changes] == [
        "holder, organization_administrator",
        "holder",
    ]
    assert [subject for subject, _ in mailed(deployment, bob.user_id)].count(
        "Your role was changed"
    ) == 2


def test_an_application_administrator_is_one_of_the_named_applications_A5_A6(
    deployment: Deployment,
) -> None:
    alice = an_administrator(deployment)
    bob = alice.colleague()
    for one in ("parts-portal", "design-vault"):
        subscribes(deployment, alice.organization, one)
    first = assign(alice, bob, "parts-portal").body
    assert (first["roles"][1:], first["administers"]) == (
        ["application_administrator"],
        ["parts-portal"],
    )
    assert assign(alice, bob, "design-vault").body["administers"] == ["design-vault"]
    assert assign(alice, bob, "unknown").code == "invalid_input"
    last = assign(alice, bob).body
    assert (last["roles"], last["administers"]) == (["holder"], [])
    trail = entries(deployment, f"SUBSCRIPTION#{alice.organization}#parts-portal")
    assert [action for action, _ in trail][1:] == [
        "subscription.administrator_added",
        "subscription.administrator_removed",
    ]


def test_an_agent_stays_one_A5(alice: Administrator, deployment: Deployment) -> None:
    agnes = visitor(deployment, roles=["agent"])
    assert assign(alice, agnes, all_=True).body["roles"] == ["agent", "organization_administrator"]
    assert assign(alice, agnes).body["roles"] == ["agent"]


ACTS: dict[str, Any] = {
    "change_account": {"last_name": "King", "reason": REASON},
    "assign_roles": {"organization_administrator": False, "administers": [], "reason": REASON},
}


@pytest.mark.parametrize("name", ACTS)
def test_nobody_acts_on_the_own_account_S24(
    name: str, alice: Administrator, deployment: Deployment
) -> None:
    refused = alice.call(name, alice.account, ACTS[name])
    assert (refused.status, refused.code) == (403, "not_on_oneself")
    [(_, asked, refusal)] = refused_acts(deployment, alice.account)
    assert (asked, refusal) == (alice.account, "not_on_oneself")


@pytest.mark.parametrize("name", ACTS)
def test_acts_take_a_recent_code_a_reason_and_an_own_account_S23_S24(
    name: str, alice: Administrator, deployment: Deployment
) -> None:
    bob, stranger = visitor(deployment), account_of(an_administrator(deployment).visitor)
    without = {field: value for field, value in ACTS[name].items() if field != "reason"}
    assert alice.call(name, account_of(bob), without).code == "invalid_input"
    for one in (stranger, "acc_00000000000000000000"):
        refused = alice.call(name, one, ACTS[name])
        assert (refused.status, refused.code) == (404, "not_found")
    asked = [
        facts["asked"]
        for action, facts in entries(deployment, f"ACTOR#{alice.account}")
        if action == "account.refused"
    ]
    assert asked == [stranger, "acc_00000000000000000000"]
    assert refused_acts(deployment, alice.account) == []
    later(deployment, minutes=10)
    assert alice.call(name, account_of(bob), ACTS[name]).code == "elevation_required"
    [(_, about, refusal)] = refused_acts(deployment, alice.account)
    assert (about, refusal) == (account_of(bob), "elevation_required")


def test_an_administrator_without_any_authenticator_changes_nothing_S24(
    deployment: Deployment,
) -> None:
    first = visitor(deployment, roles=list(map(str, ADMINISTRATOR)))
    bob = a_holder_with_a_registered_token(deployment).visitor
    for name, body in ACTS.items():
        refused = first.call(name, body, parameters={"account": account_of(bob)})
        assert (refused.status, refused.code) == (403, "elevation_required")
