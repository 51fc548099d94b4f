"""Administrators deactivate accounts and reactivate them (A5, S22, S24)."""

from __future__ import annotations

from typing import Any

import pytest

from tests.functions.test_accounts import entries, refused_acts
from tests.support.administrator import (
    ADMINISTRATOR,
    Administrator,
    account_of,
    an_administrator,
    new_password,
)
from tests.support.deployment import Deployment, for_worker, later, of_its_own, sample
from tests.support.proofing import a_candidate
from tests.support.recovering import code_of, mailed
from tests.support.renewing import due, ordered, pay, subscriber
from tests.support.takeover import work_off_effects
from tests.support.token_holder import TokenHolder, a_holder_with_a_registered_token
from tests.support.two_accounts import connected
from tests.support.visitor import PERMANENT, Answer, Visitor, newcomer, visitor

__all__ = ["of_its_own"]


@pytest.fixture
def alice(deployment: Deployment) -> Administrator:
    return an_administrator(deployment, "acme")


@pytest.fixture
def ada(deployment: Deployment) -> TokenHolder:
    """A holder whose session is elevated by her token's code."""
    made = a_holder_with_a_registered_token(deployment)
    later(deployment, seconds=30)
    assert made.elevate().status == 201
    return made


def deactivate(alice: Administrator, who: Visitor, account: str = "") -> Answer:
    return alice.call("deactivate_account", account or account_of(who))


def reactivate(alice: Administrator, who: Visitor, account: str = "") -> Answer:
    return alice.call("reactivate_account", account or account_of(who))


def again(alice: Administrator) -> None:
    """The administrator gives another code."""
    alice.visitor.sign_in(PERMANENT)
    alice.elevate()


def outbox(deployment: Deployment, kind: str, recipient: str) -> list[Any]:
    rows = deployment.rows("outbox")
    return [row for row in rows if (row["kind"]["S"], row["recipient"]["S"]) == (kind, recipient)]


def test_sessions_end_at_once_and_nobody_signs_in_A5_S22(
    alice: Administrator, ada: TokenHolder
) -> None:
    answer = deactivate(alice, ada.visitor)
    assert (answer.status, answer.body["active"]) == (200, False)
    assert ada.call("show_session").code == "not_authenticated"
    refused = ada.visitor.sign_in(PERMANENT)
    wrong = ada.visitor.sign_in("a phrase that is no password")
    # As if the password were wrong: who doesn't belong here any more learns nothing.
    assert (refused.status, refused.body) == (401, wrong.body)


def test_its_credential_is_suspended_by_an_administrator_and_its_owner_is_told_A5_F5(
    alice: Administrator, ada: TokenHolder, deployment: Deployment
) -> None:
    shown = deactivate(alice, ada.visitor).body["credential"]
    assert (shown["status"], shown["suspended_by"]) == ("suspended", "administrator")
    subjects = [subject for subject, _ in mailed(deployment, ada.visitor.user_id)]
    assert "Your account was deactivated" in subjects
    assert "Your credential was suspended" in subjects
    [*_, (action, facts)] = entries(deployment, f"ACCOUNT#{account_of(ada.visitor)}")
    assert (action, facts) == ("account.deactivated", {"reason": "Has left the company"})


def test_reactivated_it_has_a_new_password_and_its_credential_again_A5(
    alice: Administrator, ada: TokenHolder, deployment: Deployment
) -> None:
    deactivate(alice, ada.visitor)
    answer = reactivate(alice, ada.visitor)
    assert (answer.status, answer.body["active"]) == (200, True)
    assert answer.body["credential"]["status"] == "active"
    # Nothing until the effect has reset the password, then the mailed one.
    assert ada.visitor.sign_in(PERMANENT).code == "password_reset_pending"
    assert ada.visitor.sign_in(new_password(deployment, ada.visitor.user_id)).status == 201
    chosen = {"password": "another phrase that nobody knows"}
    ada.visitor.token = ada.call("set_password", chosen).body["token"]
    later(deployment, seconds=30)
    assert ada.elevate().status == 201


def test_doing_either_again_changes_nothing_A5(
    alice: Administrator, ada: TokenHolder, deployment: Deployment
) -> None:
    for act in (deactivate, deactivate, reactivate, reactivate):
        assert act(alice, ada.visitor).status == 200
    trail = [action for action, _ in entries(deployment, f"ACCOUNT#{account_of(ada.visitor)}")]
    assert trail == ["account.added", "account.deactivated", "account.reactivated"]


def test_a_suspension_from_before_stays_when_the_account_is_reactivated_A5_F5(
    alice: Administrator, ada: TokenHolder
) -> None:
    assert ada.call("suspend_credential").status == 200
    deactivate(alice, ada.visitor)
    shown = reactivate(alice, ada.visitor).body["credential"]
    assert (shown["status"], shown["suspended_by"]) == ("suspended", "holder")


def test_what_the_60_days_ended_stays_ended_A5_F5(
    alice: Administrator, ada: TokenHolder, deployment: Deployment
) -> None:
    deactivate(alice, ada.visitor)
    later(deployment, days=60, seconds=1)
    assert due(deployment, f"ACCOUNT#{account_of(ada.visitor)}") == []
    again(alice)
    answer = reactivate(alice, ada.visitor)
    assert (answer.status, answer.body["active"], answer.body["credential"]) == (200, True, None)


def test_a_connected_account_has_no_code_while_its_parent_is_deactivated_A8_S22(
    alice: Administrator, deployment: Deployment
) -> None:
    couple = connected(deployment)
    assert couple.code(couple.child).status == 201
    parent = couple.parent.visitor
    assert deactivate(alice, parent).status == 200
    assert couple.child.call("show_session").body["strength"] == 1
    refused = couple.code(couple.child)
    assert refused.status == 403


def test_an_open_case_is_withdrawn_by_the_clock_A5_C3(
    alice: Administrator, deployment: Deployment
) -> None:
    bob = a_candidate(deployment)
    assert bob.choose().status == 200
    account = account_of(bob.holder.visitor)
    deactivate(alice, bob.holder.visitor)
    deployment.queued("lifecycle")
    deployment.invoke("lifecycle_sweep", sample("workers/sweep"))
    assert f"CASE#{account}" in {one["due"] for one in deployment.queued("lifecycle")}
    assert due(deployment, f"CASE#{account}") == []
    [*_, (action, _)] = entries(deployment, f"CASE#{account}")
    assert action == "proofing.withdrawn"


def test_unpaid_orders_are_canceled_and_paid_ones_stay_A5(
    alice: Administrator, deployment: Deployment
) -> None:
    ada = subscriber(deployment)
    paid, open_ = ordered(ada).body, ordered(ada).body
    pay(deployment, paid)
    assert deactivate(alice, ada.visitor).status == 200
    states = {
        order["number"]: entries(deployment, f"ORDER#{order['number']}")[-1][0]
        for order in (paid, open_)
    }
    assert states[open_["number"]] == "order.canceled"
    assert states[paid["number"]] != "order.canceled"
    # The process died before its orders: deactivating again finds them.
    assert deactivate(alice, ada.visitor).status == 200


def test_a_recovery_that_was_under_way_ends_A5_S25(
    alice: Administrator, deployment: Deployment
) -> None:
    who = visitor(deployment)
    who.call("request_recovery", {"user_id": who.user_id})
    code = code_of(deployment, who.user_id)
    body = {"user_id": who.user_id, "password": "a new phrase that nobody knows", "code": code}
    deactivate(alice, who)
    assert who.call("recover_password", body).code == "wrong_recovery_code"
    reactivate(alice, who)
    work_off_effects(deployment)
    assert who.call("recover_password", body).code == "wrong_recovery_code"


def test_no_mail_brings_a_deactivated_account_a_secret_A5_S46(
    alice: Administrator, deployment: Deployment
) -> None:
    made = alice.make().body
    work_off_effects(deployment)
    assert deactivate(alice, alice.visitor, made["id"]).status == 200
    [queued] = outbox(deployment, "temporary_password", made["id"])
    deployment.invoke("notifier", for_worker("send_message", {"due": queued["pk"]["S"]}))
    [row] = outbox(deployment, "temporary_password", made["id"])
    assert (row["state"]["S"], "sealed" in row) == ("moot", False)


def test_a_first_password_still_under_way_comes_after_the_reactivation_A5_S46(
    alice: Administrator, deployment: Deployment
) -> None:
    """The login is made by the effect that was queued with the account, whenever it is done."""
    who = newcomer(deployment, temporary_password=None)
    account = str(
        deployment.client("dynamodb").get_item(
            TableName=deployment.values["TABLE_ACCOUNTS"],
            Key={"pk": {"S": f"USER#{who.user_id}"}, "sk": {"S": "-"}},
        )["Item"]["account"]["S"]
    )
    for act in (deactivate, reactivate):
        assert act(alice, who, account).status == 200
    assert who.sign_in(new_password(deployment, who.user_id)).status == 201
    assert len(outbox(deployment, "temporary_password", account)) == 1


def test_a_deactivated_administrator_administers_nothing_and_does_again_later_A5_S24(
    alice: Administrator, deployment: Deployment
) -> None:
    bob = an_administrator(deployment, "acme")
    deactivate(alice, bob.visitor)
    assert bob.call("show_account", alice.account).status == 401
    held = deployment.client("dynamodb").query(
        TableName=deployment.values["TABLE_ACCOUNTS"],
        KeyConditionExpression="pk = :pk AND sk = :sk",
        ExpressionAttributeValues={
            ":pk": {"S": "ADMINISTRATORS#acme"},
            ":sk": {"S": bob.account},
        },
    )["Items"]
    assert held == []
    assert reactivate(alice, bob.visitor).status == 200
    bob.visitor.sign_in(new_password(deployment, bob.visitor.user_id))
    chosen = {"password": "another phrase that nobody knows"}
    bob.visitor.token = bob.holder.call("set_password", chosen).body["token"]
    bob.elevate()
    assert bob.call("deactivate_account", alice.account).status == 200


ACTS = ("deactivate_account", "reactivate_account")


@pytest.mark.parametrize("name", ACTS)
def test_both_take_a_recent_code_a_reason_and_another_own_account_S23_S24(
    name: str, alice: Administrator, deployment: Deployment
) -> None:
    bob, stranger = visitor(deployment), account_of(an_administrator(deployment).visitor)
    assert alice.call(name, account_of(bob), {}).code == "invalid_input"
    assert alice.call(name, alice.account).code == "not_on_oneself"
    for one in (stranger, "acc_00000000000000000000"):
        assert alice.call(name, one).code == "not_found"
    later(deployment, minutes=10)
    assert alice.call(name, account_of(bob)).code == "elevation_required"
    act = name.removesuffix("_account")
    assert refused_acts(deployment, alice.account) == [
        (act, alice.account, "not_on_oneself"),
        (act, account_of(bob), "elevation_required"),
    ]
    first = visitor(deployment, roles=list(map(str, ADMINISTRATOR)))
    refused = first.call(name, parameters={"account": account_of(bob)})
    assert refused.code == "elevation_required"
