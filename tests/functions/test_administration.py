"""Administrators manage the credentials of their organization's holders (F4, F5, S23, S24)."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.support.administrators import AnAdministrator, about, an_administrator
from tests.support.deployment import Deployment, later, sample
from tests.support.fakes import unique
from tests.support.phone_holder import PhoneHolder, subscriber
from tests.support.phones import new_number
from tests.support.recovering import mailed
from tests.support.takeover import account_of, held, links, operate, thief, work_off_effects
from tests.support.token_holder import (
    TokenHolder,
    a_holder_with_a_registered_token,
    a_holder_with_a_shipped_token,
    wrong,
)
from tests.support.two_accounts import connected
from tests.support.unchanged import unchanged
from tests.support.visitor import PERMANENT, Answer, Visitor, visitor

READS = ("show_holders_credential", "show_holders_history", "show_name_in_question")
ACTS = (
    "suspend_for_holder",
    "reenable_for_holder",
    "revoke_for_holder",
    "release_phones",
    "release_binding",
    "freeze_account",
    "thaw_account",
    "decide_name",
)
NOBODYS = "acc_00000000000000000000"


@pytest.fixture
def grace(deployment: Deployment) -> AnAdministrator:
    return an_administrator(deployment)


@pytest.fixture
def ada(deployment: Deployment) -> TokenHolder:
    return a_holder_with_a_registered_token(deployment)


def entries(deployment: Deployment, pk: str) -> list[tuple[str, dict[str, Any]]]:
    """Action and facts of each entry of this chain or actor, in order."""
    found = deployment.client("dynamodb").query(
        TableName=deployment.values["TABLE_AUDIT"],
        KeyConditionExpression="pk = :pk",
        ExpressionAttributeValues={":pk": {"S": pk}},
    )["Items"]
    return [(one["action"]["S"], json.loads(one["facts"]["S"])) for one in found]


def chain(deployment: Deployment, who: TokenHolder) -> list[tuple[str, dict[str, Any]]]:
    return entries(deployment, f"CREDENTIAL#{account_of(who.visitor)}#{who.credential}")


def subjects(deployment: Deployment, who: Visitor) -> list[str]:
    return [subject for subject, _ in mailed(deployment, who.user_id)]


def refused(answer: Answer) -> tuple[int, str]:
    return answer.status, answer.code


# Admission


@pytest.mark.parametrize("name", [*READS, *ACTS])
def test_another_organizations_account_looks_like_an_unknown_one_S23_S24(
    name: str, grace: AnAdministrator, deployment: Deployment
) -> None:
    """The same answer and one entry each, whatever the account is."""
    stranger = account_of(visitor(deployment, organization="bolt"))
    before = len(entries(deployment, f"ACTOR#{grace.account}"))
    answers = [grace.about(name, one) for one in (stranger, NOBODYS, "nonsense")]
    assert {(one.status, json.dumps(one.body)) for one in answers} == {
        (404, json.dumps(answers[0].body))
    }
    noted = entries(deployment, f"ACTOR#{grace.account}")[before:]
    assert [(what, facts["asked"]) for what, facts in noted] == [
        ("account.refused", stranger),
        ("account.refused", NOBODYS),
        ("account.refused", "no account"),
    ]


@pytest.mark.parametrize("name", ACTS)
def test_nobody_acts_on_oneself_by_whichever_account_S24(
    name: str, grace: AnAdministrator, deployment: Deployment
) -> None:
    """The own account, and another one of the same person, which connected accounts are (A8)."""
    email = f"{grace.visitor.user_id}@acme.example"
    child = account_of(visitor(deployment, email=email, first_name="Grace"))
    before = len(entries(deployment, f"ACTOR#{grace.account}"))
    for account in (grace.account, child):
        assert refused(grace.about(name, account)) == (403, "not_on_oneself")
    noted = entries(deployment, f"ACTOR#{grace.account}")[before:]
    assert [(what, facts["asked"], facts["refusal"]) for what, facts in noted] == [
        ("administration.refused", grace.account, "not_on_oneself"),
        ("administration.refused", child, "not_on_oneself"),
    ]


def test_a_child_does_not_act_on_its_parent_S24(deployment: Deployment) -> None:
    """An administrator's child account, which signs in with the parent's token."""
    pair = connected(deployment)
    role = ["holder", "organization_administrator"]
    email = f"{pair.parent.visitor.user_id}@acme.example"
    other = visitor(deployment, roles=role, email=email)
    pair.child = other
    pair.ask()
    assert pair.confirm().status == 200
    other.sign_in(PERMANENT)
    assert pair.code(other).status == 201
    parent = account_of(pair.parent.visitor)
    for name in ACTS:
        assert refused(about(other, name, parent)) == (403, "not_on_oneself")


@pytest.mark.parametrize("name", ACTS)
def test_the_password_or_an_open_session_of_an_administrator_does_nothing_S24_S58(
    name: str, grace: AnAdministrator, ada: TokenHolder, deployment: Deployment
) -> None:
    """Neither a password typed just now, nor a code of a quarter of an hour ago."""
    account = account_of(ada.visitor)
    later(deployment, minutes=15)
    assert refused(grace.about(name, account)) == (403, "elevation_required")
    grace.visitor.sign_in(PERMANENT)
    assert refused(grace.about(name, account)) == (403, "elevation_required")
    new = visitor(deployment, roles=["organization_administrator"])
    assert refused(about(new, name, account)) == (403, "elevation_required")
    noted = entries(deployment, f"ACTOR#{account_of(new)}")
    assert ("administration.refused", "elevation_required") in [
        (what, facts.get("refusal")) for what, facts in noted
    ]


@pytest.mark.parametrize("name", READS[:2])
def test_an_administrator_with_a_token_reads_by_a_code_S24(
    name: str, grace: AnAdministrator, ada: TokenHolder, deployment: Deployment
) -> None:
    """Without any authenticator the password is enough to look, so that an organization begins."""
    account = account_of(ada.visitor)
    later(deployment, minutes=15)
    assert grace.about(name, account).status == 200
    grace.visitor.sign_in(PERMANENT)
    assert refused(grace.about(name, account)) == (403, "elevation_required")
    new = visitor(deployment, roles=["organization_administrator"])
    assert about(new, name, account).status == 200


@pytest.mark.parametrize("name", ACTS)
def test_every_act_takes_a_reason_S24(
    name: str, grace: AnAdministrator, ada: TokenHolder, deployment: Deployment
) -> None:
    with unchanged(deployment):
        for reason in ("", "   ", None, 7, "x" * 201):
            answer = grace.about(name, account_of(ada.visitor), reason=reason)
            assert (answer.status, list(answer.body["fields"])) == (422, ["reason"])


# What is seen


def test_an_administrator_sees_what_the_holder_sees_without_secrets_F1_S24(
    grace: AnAdministrator, ada: TokenHolder
) -> None:
    account = account_of(ada.visitor)
    shown = grace.about("show_holders_credential", account)
    assert shown.body == ada.shown()
    assert ada.device.serial not in json.dumps(shown.body)
    seen = grace.about("show_holders_history", account).body["events"]
    own = ada.call("show_credential_history").body["events"]
    assert [one | {"address": None} for one in own] == seen
    assert any(one["address"] for one in own)


def test_a_past_credential_stays_visible_and_an_account_without_any_says_so_F1(
    grace: AnAdministrator, ada: TokenHolder, deployment: Deployment
) -> None:
    account = account_of(ada.visitor)
    assert ada.call("revoke_credential").status == 200
    assert grace.about("show_holders_credential", account).body["status"] == "revoked"
    assert refused(grace.about("suspend_for_holder", account)) == (404, "no_credential")
    bob = account_of(visitor(deployment))
    for name in READS[:2]:
        assert refused(grace.about(name, bob)) == (404, "no_credential")


def test_a_connected_accounts_credential_is_its_parents_A8_F4(
    grace: AnAdministrator, deployment: Deployment
) -> None:
    """Neither shown nor changed by the child's account; what is the child's own is."""
    pair = connected(deployment)
    child = account_of(pair.child)
    expected = (409, "credential_of_another_account")
    for name in (*READS[:2], *ACTS[:4]):
        assert refused(grace.about(name, child)) == expected
    assert pair.parent.shown()["status"] == "active"
    assert grace.about("freeze_account", child).body == {"frozen": True}
    assert pair.child.call("show_session").status == 401
    assert pair.parent.visitor.sign_in(PERMANENT).status == 201


# Suspension


def test_an_administrator_suspends_and_another_one_re_enables_F5(
    grace: AnAdministrator, ada: TokenHolder, deployment: Deployment
) -> None:
    """Neither the holder nor an operator lifts it; the holder is told each time, and by whom."""
    account = account_of(ada.visitor)
    done = grace.about("suspend_for_holder", account, reason="On leave")
    assert (done.body["status"], done.body["suspended_by"]) == ("suspended", "administrator")
    assert grace.about("suspend_for_holder", account).body == done.body
    assert refused(ada.call("reenable_credential")) == (403, "suspended_by_others")
    event = sample("operations/lift_suspension", user_id=ada.visitor.user_id, cause="proofing")
    assert deployment.invoke("operations", event)["error"] == "suspended_by_others"

    colleague = an_administrator(deployment)
    assert colleague.about("reenable_for_holder", account).body["status"] == "active"

    told = dict(mailed(deployment, ada.visitor.user_id))
    suspended = told["Your credential was suspended"]
    assert "Your organization's administrator did this" in suspended
    assert "Your credential was re-enabled" in told
    (what, facts), (what_then, then) = chain(deployment, ada)[-2:]
    assert (what, facts["reason"]) == ("credential.suspended", "On leave")
    assert (what_then, then["reason"]) == ("credential.reenabled", "Back from leave")
    events = ada.call("show_credential_history").body["events"][:2]
    assert [(one["by"], one["address"]) for one in events] == [("administrator", None)] * 2


def test_a_holders_own_suspension_is_the_holders_to_lift_F5(
    grace: AnAdministrator, ada: TokenHolder
) -> None:
    """Both stand side by side; each is lifted by the one who may."""
    account = account_of(ada.visitor)
    assert ada.call("suspend_credential").status == 200
    assert refused(grace.about("reenable_for_holder", account)) == (403, "suspended_by_others")
    assert grace.about("suspend_for_holder", account).status == 200
    assert grace.about("reenable_for_holder", account).body["status"] == "suspended"
    assert ada.call("reenable_credential").body["status"] == "active"


def test_what_was_never_in_use_is_not_suspended_F5(
    grace: AnAdministrator, deployment: Deployment
) -> None:
    ada = subscriber(deployment, state="pending_activation", activated_at=None).holder
    account = account_of(ada.visitor)
    assert refused(grace.about("suspend_for_holder", account)) == (403, "credential_not_activated")
    assert grace.about("revoke_for_holder", account).body["status"] == "revoked"


# Revocation


def test_a_revocation_on_behalf_has_the_effects_of_the_holders_own_F4_S22(
    grace: AnAdministrator, ada: TokenHolder, deployment: Deployment
) -> None:
    """Sessions end, the password is reset, the holder is told; but no hold begins (S54)."""
    account = account_of(ada.visitor)
    unconfirmed = grace.about("revoke_for_holder", account, confirm=False)
    assert refused(unconfirmed) == (422, "not_confirmed")
    assert ada.shown()["status"] == "active"

    done = grace.about("revoke_for_holder", account, reason="Has left")

    assert (done.body["status"], done.body["token"]) == ("revoked", None)
    assert ada.visitor.call("show_session").status == 401
    assert ada.visitor.sign_in(PERMANENT).status == 409, "before the reset"
    work_off_effects(deployment)
    assert ada.visitor.sign_in(PERMANENT).status == 401
    told = subjects(deployment, ada.visitor)
    assert "Your credential was revoked" in told
    assert "Was it you? Something of your sign-in was ended" not in told
    what, facts = chain(deployment, ada)[-1]
    assert (what, facts["reason"]) == ("credential.revoked", "Has left")


@pytest.mark.parametrize("by", ["administrator", "operator"])
def test_an_end_by_an_administrator_or_operator_holds_no_binding_S54(
    by: str, grace: AnAdministrator, deployment: Deployment
) -> None:
    ada = subscriber(deployment)
    ada.bound()
    if by == "operator":
        operate(deployment, "revoke_credential", ada.holder.visitor.user_id)
    else:
        grace.about("revoke_for_holder", account_of(ada.holder.visitor))
    assert links(deployment, ada.holder.visitor.user_id) == []
    again = thief(deployment, ada.holder.visitor)
    again.take_temporary_password()
    again.redeem()
    assert again.add().status == 201, "the holder's new phone waits for nothing"


def test_an_end_by_an_administrator_shortens_no_hold_that_waits_S54(
    grace: AnAdministrator, deployment: Deployment
) -> None:
    ada = a_holder_with_a_registered_token(deployment)
    assert ada.call("revoke_credential").status == 200
    other = thief(deployment, ada.visitor)
    other.take_temporary_password()
    other.redeem()
    assert held(other.add(), deployment)
    assert grace.about("revoke_for_holder", account_of(ada.visitor)).status == 200
    other.take_temporary_password()
    other.redeem()
    assert held(other.add(), deployment)


def test_colleagues_revoke_each_others_even_the_last_administrators_F4(
    grace: AnAdministrator, deployment: Deployment
) -> None:
    colleague = an_administrator(deployment)
    assert grace.about("revoke_for_holder", colleague.account).body["status"] == "revoked"
    assert colleague.visitor.call("show_session").status == 401


# Phones


def blocked(deployment: Deployment) -> PhoneHolder:
    ada = subscriber(deployment)
    number = new_number()
    phone = ada.bound(number)
    ada.send(phone)
    for _ in range(5):
        ada.elevate(wrong(ada.told(number)), phone=phone)
    assert ada.listed()[0]["blocked_until"]
    return ada


def test_an_administrator_frees_a_blocked_phone_F2(
    grace: AnAdministrator, deployment: Deployment
) -> None:
    ada = blocked(deployment)
    account = account_of(ada.holder.visitor)
    shown = grace.about("show_holders_credential", account).body["phones"]
    assert shown == ada.listed()
    freed = grace.about("release_phones", account, reason="Called back")
    assert freed.body["phones"][0]["blocked_until"] is None
    assert "Your phone can be used again" in subjects(deployment, ada.holder.visitor)
    what, facts = chain(deployment, ada.holder)[-1]
    assert (what, facts["reason"]) == ("phone.freed", "Called back")
    count = len(chain(deployment, ada.holder))
    assert grace.about("release_phones", account).status == 200
    assert len(chain(deployment, ada.holder)) == count, "nothing is blocked any more"


# Holds


def test_an_administrators_release_binds_once_within_a_day_S54(deployment: Deployment) -> None:
    """The code stands in the answer alone; the mails tell account and administrators."""
    home = unique("home")
    grace = an_administrator(deployment, organization=home)
    who = visitor(deployment, organization=home)
    holder = a_holder_with_a_shipped_token(deployment, who=who, kind="phone")
    ada = PhoneHolder(holder=holder, deployment=deployment)
    ada.bound()
    assert ada.holder.call("revoke_credential").status == 200
    account = account_of(ada.holder.visitor)
    release = grace.about("release_binding", account, reason="Came to my desk")
    assert release.status == 200
    again = thief(deployment, ada.holder.visitor)
    again.take_temporary_password()
    again.redeem()
    assert held(again.add(), deployment)
    code = release.body["code"]
    assert again.add(release_code=code).status == 201
    told = mailed(deployment, ada.holder.visitor.user_id)
    colleagues = mailed(deployment, grace.visitor.user_id)
    subject = "You can register a phone or a token again"
    assert subject in [one for one, _ in told]
    assert subject in [one for one, _ in colleagues]
    assert not any(code in text for _, text in (*told, *colleagues))
    noted = dict(entries(deployment, f"ACTOR#{grace.account}"))
    assert (noted["binding.released"]["account"], noted["binding.released"]["reason"]) == (
        account,
        "Came to my desk",
    )
    assert code not in json.dumps(noted)


def test_an_administrator_freezes_and_thaws_S54(
    grace: AnAdministrator, ada: TokenHolder, deployment: Deployment
) -> None:
    account = account_of(ada.visitor)
    assert refused(grace.about("thaw_account", account)) == (409, "illegal_state")
    assert grace.about("freeze_account", account).body == {"frozen": True}
    assert grace.about("freeze_account", account).body == {"frozen": True}
    assert ada.visitor.call("show_session").status == 401
    assert refused(ada.visitor.sign_in(PERMANENT)) == (409, "account_frozen")
    assert refused(grace.about("release_binding", account)) == (409, "illegal_state")
    assert grace.about("thaw_account", account, reason="New laptop").body == {"frozen": False}
    thawed = thief(deployment, ada.visitor)
    thawed.take_temporary_password()
    told = subjects(deployment, ada.visitor)
    assert {"The account is frozen", "The account is thawed"} <= set(told)
    noted = dict(entries(deployment, f"ACTOR#{grace.account}"))
    assert noted["account.thawed"]["reason"] == "New laptop"
    assert noted["account.thawed"]["account"] == account
