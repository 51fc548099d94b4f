"""Ways around a hold: connecting, silencing phones, voiding releases, freezing for ever (S54)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from tests.support.deployment import Deployment, later, of_its_own
from tests.support.phone_holder import PhoneHolder
from tests.support.phones import code_in, new_number
from tests.support.recovering import mailed
from tests.support.takeover import (
    STOLEN,
    Thief,
    account_of,
    held,
    links,
    operate,
    remove,
    replacement,
    texted_links,
    thief,
    with_phone,
)
from tests.support.token_holder import a_holder_with_a_registered_token, idempotent
from tests.support.two_accounts import connected
from tests.support.visitor import PERMANENT, Answer, Visitor, visitor

__all__ = ["of_its_own"]


def texts_to(deployment: Deployment, number: str) -> list[str]:
    return [text for to, text in deployment.phones.texts if to == number]


def first_phone(ada: PhoneHolder) -> str:
    return str(ada.listed()[0]["id"])


def elevated(ada: PhoneHolder, number: str) -> None:
    ada.send(first_phone(ada))
    assert ada.elevate(ada.told(number)).status == 201


def pressed(deployment: Deployment, token: str) -> Answer:
    """The button on the page of a freeze link."""
    return Visitor(deployment=deployment).request("POST", f"/freezes/{token}")


def hold_row(deployment: Deployment, who: Visitor, part: str = "-") -> dict[str, Any]:
    key = {"pk": {"S": f"HOLD#{account_of(who)}"}, "sk": {"S": part}}
    table = deployment.values["TABLE_CREDENTIALS"]
    found: dict[str, Any] = deployment.client("dynamodb").get_item(TableName=table, Key=key)["Item"]
    return found


@contextmanager
def between(deployment: Deployment, act: Callable[[], object]) -> Iterator[None]:
    """Do this once, just before the next transaction is sent."""
    due = [act]

    def instead(_service: str, model: Any, _request: Any) -> None:
        if due and model.name == "TransactWriteItems":
            due.pop()()

    before, deployment.between.instead = deployment.between.instead, instead
    yield
    deployment.between.instead = before


def test_a_held_account_is_not_connected_to_a_credential_of_the_thiefs_A8_S54(
    deployment: Deployment,
) -> None:
    """The holder's other account, with a phone of the thief's, would lend its strength."""
    ada = a_holder_with_a_registered_token(deployment)
    other = thief(deployment, visitor(deployment, email=f"{ada.visitor.user_id}@acme.example"))
    other.sign_in()
    other.redeem()
    assert (other.add().status, other.confirm().status) == (201, 200)
    eve = thief(deployment, ada.visitor, ada.credential)
    eve.recover()
    assert eve.revoke().status == 200
    eve.take_temporary_password()
    wanted = {"user_id": other.visitor.user_id}
    asked = eve.visitor.call("request_connection", wanted, headers=idempotent())
    assert asked.status == 202

    def confirm() -> Answer:
        later(deployment, minutes=1)
        other.sign_in()
        sent = other.visitor.call("send_phone_code", {"phone": other.phone, "channel": "text"})
        assert sent.status == 201, sent.body
        code = code_in(texts_to(deployment, other.number)[-1])
        up = other.visitor.call("elevate_session_by_phone", {"method": "phone", "code": code})
        other.visitor.token = up.body["token"]
        place = {"connection": asked.body["id"]}
        return other.visitor.call("confirm_connection", parameters=place)

    assert held(confirm(), deployment)
    later(deployment, hours=72)
    assert confirm().status == 200, "the hold is over"


def test_an_end_at_the_moment_of_a_connection_is_noticed_A8_S54(deployment: Deployment) -> None:
    two = connected(deployment)
    assert two.code(two.child).status == 201
    assert two.about("end_connection", two.child).status == 204
    two.child.sign_in(PERMANENT)
    assert two.ask().status == 202
    own = thief(deployment, two.child)
    own.sign_in()

    def lose() -> None:
        own.redeem()
        assert own.revoke().status == 200

    with between(deployment, lose):
        assert held(two.confirm(), deployment)


def test_tries_before_a_release_do_not_use_up_its_code_S54(deployment: Deployment) -> None:
    ada, _ = with_phone(deployment)
    eve = thief(deployment, ada.holder.visitor, ada.holder.credential)
    eve.sign_in()
    assert remove(eve.visitor, eve.credential, first_phone(ada)).status == 204
    for _ in range(25):
        assert eve.add(release_code="00000-00000").code == "wrong_release_code"
    later(deployment, minutes=5)
    code = operate(deployment, "release_binding", eve.visitor.user_id)["code"]
    owner = Thief(deployment=deployment, visitor=eve.visitor, credential=eve.credential)
    owner.take_temporary_password()
    assert owner.add(release_code=code).status == 201


def test_a_release_has_twenty_tries_of_its_own_S54(deployment: Deployment) -> None:
    ada, _ = with_phone(deployment)
    eve = thief(deployment, ada.holder.visitor, ada.holder.credential)
    eve.sign_in()
    assert remove(eve.visitor, eve.credential, first_phone(ada)).status == 204
    for _ in range(2):
        code = operate(deployment, "release_binding", eve.visitor.user_id)["code"]
        eve.take_temporary_password()
        wrong = [eve.add(release_code="00000-00000").code for _ in range(21)]
        assert wrong == ["wrong_release_code"] * 20 + ["too_many_tries"]
        assert eve.add(release_code=code).code == "too_many_tries"
        later(deployment, minutes=5)


def test_a_phone_that_is_removed_is_told_whoever_did_it_S14_S54(deployment: Deployment) -> None:
    """Who waits for the end of the kept numbers, and ends the rest, was told of the beginning."""
    ada = a_holder_with_a_registered_token(deployment)
    later(deployment, seconds=30)
    assert ada.elevate().status == 201
    mine, number = PhoneHolder(holder=ada, deployment=deployment), new_number()
    phone = mine.bound(number)
    eve = thief(deployment, ada.visitor, ada.credential)
    eve.sign_in()
    assert remove(eve.visitor, eve.credential, phone).status == 204
    mailed(deployment, ada.visitor.user_id)
    assert any("no longer signs you in" in text for text in texts_to(deployment, number))


def test_a_phone_that_a_code_of_another_one_removes_is_told_S14_S58(
    deployment: Deployment,
) -> None:
    ada, number = with_phone(deployment)
    ada.holder.visitor.sign_in(PERMANENT)
    elevated(ada, number)
    old, own = first_phone(ada), new_number()
    added = ada.add(own)
    assert ada.confirm(added.body["id"], ada.told(own)).status == 200
    assert remove(ada.holder.visitor, ada.holder.credential, old).status == 204
    mailed(deployment, ada.holder.visitor.user_id)
    assert any("no longer signs you in" in text for text in texts_to(deployment, number))


def test_who_piles_up_numbers_keeps_no_end_and_no_thaw_from_happening_S54(
    deployment: Deployment,
) -> None:
    ada = a_holder_with_a_registered_token(deployment)
    mine = PhoneHolder(holder=ada, deployment=deployment)
    other = thief(deployment, ada.visitor, ada.credential)
    removed = []
    for _ in range(3):
        later(deployment, minutes=11)
        ada.visitor.sign_in(PERMANENT)
        later(deployment, seconds=30)
        assert ada.elevate().status == 201
        other.sign_in()
        for _ in range(4):
            removed.append(new_number())
            phone = mine.bound(removed[-1])
            assert remove(other.visitor, other.credential, phone).status == 204
    kept = hold_row(deployment, ada.visitor, "numbers")["numbers"]["M"]
    assert len(kept) == 10
    ada.visitor.sign_in(PERMANENT)
    assert ada.call("revoke_credential").status == 200
    mailed(deployment, ada.visitor.user_id)
    told = [bool(texted_links(deployment, number)) for number in removed]
    assert told == [True] * 10 + [False] * 2, "the first ones are kept"
    operate(deployment, "freeze_account", ada.visitor.user_id)
    operate(deployment, "thaw_account", ada.visitor.user_id)


def test_the_phones_of_a_parents_ended_credential_hear_of_the_childs_end_A8_S54(
    deployment: Deployment,
) -> None:
    two, number = connected(deployment), new_number()
    assert two.code(two.parent.visitor).status == 201
    PhoneHolder(holder=two.parent, deployment=deployment).bound(number)
    eve = thief(deployment, two.parent.visitor, two.parent.credential)
    eve.sign_in()
    assert eve.revoke().status == 200
    other = thief(deployment, two.child)
    other.sign_in()
    assert two.about("end_connection", other.visitor).status == 204
    mailed(deployment, two.parent.visitor.user_id)
    of_both = texted_links(deployment, number)
    assert [pressed(deployment, link).status for link in of_both] == [200, 200]
    refused = other.sign_in()
    assert (refused.status, refused.code) == (409, "account_frozen")


def test_a_frozen_parents_credential_signs_no_child_in_A8_S54(deployment: Deployment) -> None:
    two = connected(deployment)
    assert two.code(two.child).body["strength"] == 2
    operate(deployment, "freeze_account", two.parent.visitor.user_id)
    assert two.child.call("show_session").body["strength"] == 1
    assert two.code(two.child).status == 403


def test_links_from_before_a_thaw_freeze_nothing_more_S54(deployment: Deployment) -> None:
    ada, _ = with_phone(deployment)
    eve = thief(deployment, ada.holder.visitor, ada.holder.credential)
    eve.sign_in()
    assert eve.revoke().status == 200
    [old] = links(deployment, eve.visitor.user_id)
    assert pressed(deployment, old).status == 200
    later(deployment, minutes=5)
    operate(deployment, "thaw_account", eve.visitor.user_id)
    assert pressed(deployment, old).status == 404
    [new] = [one for one in links(deployment, eve.visitor.user_id) if one != old]
    assert pressed(deployment, new).status == 200


def test_a_thaw_tells_the_phones_of_the_live_credential_and_keeps_none_for_longer_S54(
    deployment: Deployment,
) -> None:
    ada, number = with_phone(deployment)
    who = ada.holder.visitor
    operate(deployment, "freeze_account", who.user_id)
    operate(deployment, "thaw_account", who.user_id)
    mailed(deployment, who.user_id)
    assert len(texted_links(deployment, number)) == 1
    operate(deployment, "freeze_account", who.user_id)
    operate(deployment, "thaw_account", who.user_id)
    waits = hold_row(deployment, who)["until"]["S"]
    expires = float(hold_row(deployment, who, "numbers")["expires"]["N"])
    later(deployment, hours=72, seconds=1)
    assert expires < deployment.clock.now().timestamp(), waits


def test_a_release_outlives_the_end_of_what_the_thief_redeemed_S54(
    deployment: Deployment,
) -> None:
    ada, _ = with_phone(deployment)
    eve = thief(deployment, ada.holder.visitor, ada.holder.credential)
    eve.sign_in()
    assert eve.revoke().status == 200
    eve.take_temporary_password()
    eve.redeem()
    code = operate(deployment, "release_binding", eve.visitor.user_id)["code"]
    owner = Thief(deployment=deployment, visitor=eve.visitor, credential=eve.credential)
    owner.take_temporary_password()
    assert owner.revoke().status == 200, "it isn't hers"
    owner.take_temporary_password()
    owner.redeem()
    assert owner.add(release_code=code).status == 201
    assert owner.confirm(release_code=code).status == 200


def test_a_freeze_voids_a_release_S54(deployment: Deployment) -> None:
    ada, _ = with_phone(deployment)
    eve = thief(deployment, ada.holder.visitor, ada.holder.credential)
    eve.sign_in()
    assert remove(eve.visitor, eve.credential, first_phone(ada)).status == 204
    code = operate(deployment, "release_binding", eve.visitor.user_id)["code"]
    operate(deployment, "freeze_account", eve.visitor.user_id)
    operate(deployment, "thaw_account", eve.visitor.user_id)
    eve.take_temporary_password()
    assert eve.add(release_code=code).code == "wrong_release_code"


def test_a_replacement_that_was_shipped_before_the_lost_token_was_given_up_binds_at_once_D4_S54(
    deployment: Deployment,
) -> None:
    ada = a_holder_with_a_registered_token(deployment)
    replacement(deployment, ada)
    later(deployment, days=3)
    ada.visitor.sign_in(PERMANENT)
    assert ada.call("revoke_token").status == 200
    assert ada.register().status == 201


def test_a_replacement_that_was_shipped_before_a_thaw_waits_D4_S54(deployment: Deployment) -> None:
    ada = a_holder_with_a_registered_token(deployment)
    replacement(deployment, ada)
    later(deployment, days=3)
    ada.visitor.sign_in(PERMANENT)
    assert ada.call("revoke_token").status == 200
    operate(deployment, "freeze_account", ada.visitor.user_id)
    operate(deployment, "thaw_account", ada.visitor.user_id)
    eve = thief(deployment, ada.visitor)
    eve.take_temporary_password()
    ada.visitor.sign_in(STOLEN)
    assert held(ada.register(), deployment)


def test_a_release_without_an_earlier_hold_opens_nothing_to_the_password_S54(
    deployment: Deployment,
) -> None:
    """An earlier version removed the last phone, and wrote no hold."""
    ada, _ = with_phone(deployment)
    eve = thief(deployment, ada.holder.visitor, ada.holder.credential)
    eve.sign_in()
    assert remove(eve.visitor, eve.credential, first_phone(ada)).status == 204
    key = {"pk": {"S": f"HOLD#{account_of(eve.visitor)}"}, "sk": {"S": "-"}}
    table = deployment.values["TABLE_CREDENTIALS"]
    deployment.client("dynamodb").delete_item(TableName=table, Key=key)
    code = operate(deployment, "release_binding", eve.visitor.user_id)["code"]
    eve.take_temporary_password()
    assert eve.add().code == "reopening_required"
    assert eve.add(release_code=code).status == 201


@pytest.mark.parametrize("first", [True, False])
def test_a_freeze_at_the_moment_of_a_binding_is_noticed_S46_S54(
    deployment: Deployment, *, first: bool
) -> None:
    ada, number = with_phone(deployment)
    elevated(ada, number)
    if first:
        gone = remove(ada.holder.visitor, ada.holder.credential, first_phone(ada))
        assert gone.status == 204
        ada.holder.visitor.sign_in(PERMANENT)
    own = new_number()
    added = ada.add(own)
    assert added.status == 201
    code = ada.told(own)
    with between(
        deployment, lambda: operate(deployment, "freeze_account", ada.holder.visitor.user_id)
    ):
        refused = ada.confirm(added.body["id"], code)
    assert (refused.status, refused.code) == (409, "account_frozen")
