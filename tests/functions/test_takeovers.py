"""Stolen secrets replace no second factor; the holder's own ways stay open (S54, S58)."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from tests.support.administrators import an_administrator
from tests.support.deployment import Deployment, later, of_its_own
from tests.support.fakes import unique
from tests.support.inviting import address, invite_holder
from tests.support.phones import new_number
from tests.support.recovering import code_of, mailed
from tests.support.renewing import expires_in
from tests.support.takeover import (
    STOLEN,
    Thief,
    account_of,
    end_by_clock,
    held,
    links,
    operate,
    replacement,
    texted_links,
    thief,
    with_phone,
    work_off_effects,
)
from tests.support.token_holder import (
    a_holder_with_a_registered_token,
    idempotent,
)
from tests.support.two_accounts import connected
from tests.support.visitor import PERMANENT, Visitor, visitor

__all__ = ["of_its_own"]


# The four ways of taking over


def test_a_childs_password_alone_binds_no_phone_for_72_hours_A8_S54(
    deployment: Deployment,
) -> None:
    two = connected(deployment)
    eve = thief(deployment, two.child)
    eve.sign_in()
    assert two.about("end_connection", eve.visitor).status == 204
    eve.sign_in()
    eve.redeem()
    assert held(eve.add(), deployment)


def test_a_mailbox_alone_binds_no_phone_for_72_hours_S54(deployment: Deployment) -> None:
    ada, _ = with_phone(deployment)
    eve = thief(deployment, ada.holder.visitor, ada.holder.credential)
    eve.recover()
    assert eve.revoke().status == 200
    eve.take_temporary_password()
    eve.redeem()
    assert held(eve.add(), deployment)


def test_a_suspension_of_60_days_binds_no_phone_for_72_hours_F5_S54(
    deployment: Deployment,
) -> None:
    ada = a_holder_with_a_registered_token(deployment)
    eve = thief(deployment, ada.visitor, ada.credential)
    eve.sign_in()
    place = {"credential": ada.credential}
    assert eve.visitor.call("suspend_credential", parameters=place).status == 200
    later(deployment, days=60, seconds=1)
    end_by_clock(deployment, ada.visitor)
    eve.sign_in()
    eve.redeem()
    assert held(eve.add(), deployment)


def test_only_who_has_the_operators_code_binds_after_a_release_S54(deployment: Deployment) -> None:
    ada, _ = with_phone(deployment)
    eve = thief(deployment, ada.holder.visitor, ada.holder.credential)
    eve.sign_in()
    phone = ada.listed()[0]["id"]
    gone = eve.visitor.call(
        "remove_phone",
        parameters={"credential": ada.holder.credential, "phone": phone},
        queryStringParameters={"confirm": "true"},
        multiValueQueryStringParameters={"confirm": ["true"]},
    )
    assert gone.status == 204
    release = operate(deployment, "release_binding", ada.holder.visitor.user_id)
    assert ada.holder.visitor.call("show_session").status == 401
    assert eve.visitor.call("show_session").status == 401
    # The password is reset, so that of the thief is worth nothing; the mailbox gets another.
    work_off_effects(deployment)
    assert eve.sign_in().status == 401
    eve.take_temporary_password()
    assert held(eve.add(), deployment)
    wrong = eve.add(release_code="00000-00000")
    assert (wrong.status, wrong.code) == (403, "wrong_release_code")
    owner = Thief(deployment=deployment, visitor=eve.visitor, credential=eve.credential)
    assert owner.add(release_code=release["code"].lower()).status == 201
    assert held(owner.confirm(), deployment)
    assert owner.confirm(release_code=release["code"]).status == 200
    texts = " ".join(text for _, text in mailed(deployment, ada.holder.visitor.user_id))
    assert release["code"] not in texts


def test_a_release_code_binds_once_and_for_a_day_S54(deployment: Deployment) -> None:
    ada, _ = with_phone(deployment)
    eve = thief(deployment, ada.holder.visitor, ada.holder.credential)
    eve.sign_in()
    assert eve.revoke().status == 200
    eve.take_temporary_password()
    eve.redeem()
    code = operate(deployment, "release_binding", eve.visitor.user_id)["code"]
    eve.take_temporary_password()
    later(deployment, hours=24)
    eve.sign_in(STOLEN)
    assert eve.add(release_code=code).code == "wrong_release_code"
    code = operate(deployment, "release_binding", eve.visitor.user_id)["code"]
    eve.take_temporary_password()
    assert eve.add(release_code=code).status == 201
    assert eve.confirm(release_code=code).status == 200
    assert eve.confirm(release_code=code).status == 200  # repeated: its answer may be lost
    other = Thief(deployment=deployment, visitor=eve.visitor, credential=eve.credential)
    assert other.add(release_code=code).code == "elevation_required"


# The hold is over, and lets in


def test_after_72_hours_a_phone_is_bound_by_password_for_a_week_S54(
    deployment: Deployment,
) -> None:
    ada, _ = with_phone(deployment)
    eve = thief(deployment, ada.holder.visitor, ada.holder.credential)
    eve.sign_in()
    assert eve.revoke().status == 200
    eve.take_temporary_password()
    later(deployment, hours=70)
    eve.sign_in(STOLEN)
    eve.redeem()
    assert held(eve.add(), deployment, hours=2)
    later(deployment, hours=2, seconds=1)
    eve.sign_in(STOLEN)
    assert eve.add().status == 201
    later(deployment, days=7)
    eve.sign_in(STOLEN)
    other = Thief(deployment=deployment, visitor=eve.visitor, credential=eve.credential)
    refused = other.add()
    assert (refused.status, refused.code) == (403, "reopening_required")


# The holder's own ways


def test_a_revocation_with_a_code_begins_no_hold_F3_S54(deployment: Deployment) -> None:
    ada = a_holder_with_a_registered_token(deployment)
    later(deployment, seconds=30)
    assert ada.elevate().status == 201
    herself = Thief(deployment=deployment, visitor=ada.visitor, credential=ada.credential)
    assert herself.revoke().status == 200
    herself.take_temporary_password()
    herself.redeem()
    assert herself.add().status == 201
    assert herself.confirm().status == 200
    assert links(deployment, ada.visitor.user_id) == []


def test_a_lost_token_is_replaced_by_the_one_that_an_operator_ships_at_once_D4_S54(
    deployment: Deployment,
) -> None:
    ada = a_holder_with_a_registered_token(deployment)
    assert ada.call("revoke_token").status == 200
    assert len(links(deployment, ada.visitor.user_id)) == 1
    replacement(deployment, ada)
    assert ada.register().status == 201


def test_a_first_time_holder_waits_for_nothing_D1_S54(deployment: Deployment) -> None:
    new = visitor(deployment)
    first = Thief(deployment=deployment, visitor=new)
    first.redeem()
    assert first.add().status == 201
    assert first.confirm().status == 200


def test_a_child_that_disconnects_with_a_code_registers_its_own_at_once_A8_S54(
    deployment: Deployment,
) -> None:
    two = connected(deployment)
    assert two.code(two.child).status == 201
    assert two.about("end_connection", two.child).status == 204
    own = Thief(deployment=deployment, visitor=two.child)
    own.sign_in()
    own.redeem()
    assert own.add().status == 201


def test_the_year_of_grace_begins_no_hold_F6_S54(deployment: Deployment) -> None:
    ada = a_holder_with_a_registered_token(deployment)
    expires_in(deployment, ada, days=-367)
    end_by_clock(deployment, ada.visitor)
    herself = Thief(deployment=deployment, visitor=ada.visitor)
    herself.sign_in()
    herself.redeem()
    assert herself.add().status == 201
    assert links(deployment, ada.visitor.user_id) == []


# Notices and the freeze


def test_mailbox_phones_and_administrators_are_told_at_once_with_a_link_that_freezes_S54(
    deployment: Deployment,
) -> None:
    ada, number = with_phone(deployment)
    chief = visitor(deployment, roles=["holder", "organization_administrator"])
    eve = thief(deployment, ada.holder.visitor, ada.holder.credential)
    eve.sign_in()
    assert eve.revoke().status == 200
    user_id = ada.holder.visitor.user_id
    [mail], [office] = links(deployment, user_id), links(deployment, chief.user_id)
    [text] = texted_links(deployment, number)
    assert mail == office == text
    # A scanner that opens it changes nothing.
    asked = Visitor(deployment=deployment).request("GET", f"/freezes/{mail}")
    assert (asked.status, "<form" in asked.body) == (200, True)
    eve.take_temporary_password()
    done = Visitor(deployment=deployment).request("POST", f"/freezes/{text}")
    assert (done.status, "<form" in done.body) == (200, False)
    assert eve.visitor.call("show_session").status == 401
    refused = eve.sign_in(STOLEN)
    assert (refused.status, refused.code) == (409, "account_frozen")
    assert Visitor(deployment=deployment).request("POST", f"/freezes/{mail}").status == 200
    subjects = [subject for subject, _ in mailed(deployment, chief.user_id)]
    assert subjects.count("The account is frozen") == 1
    # Nobody recovers it by mail, either; the answer doesn't say so.
    who = {"user_id": user_id}
    before = len(mailed(deployment, user_id))
    assert eve.visitor.call("request_recovery", who).status == 202
    assert len(mailed(deployment, user_id)) == before
    # Thawed, it has another password, and the hold begins anew.
    operate(deployment, "thaw_account", user_id)
    eve.take_temporary_password()
    eve.redeem()
    assert held(eve.add(), deployment)


def test_a_phone_that_was_removed_first_hears_of_the_end_of_the_others_S54(
    deployment: Deployment,
) -> None:
    ada, first = with_phone(deployment)
    second = new_number()
    code = ada.listed()[0]["id"]
    ada.send(code)
    assert ada.elevate(ada.told(first)).status == 201
    later(deployment, seconds=61)
    ada.bound(second)
    eve = thief(deployment, ada.holder.visitor, ada.holder.credential)
    eve.sign_in()
    for phone in ada.listed():
        gone = eve.visitor.call(
            "remove_phone",
            parameters={"credential": ada.holder.credential, "phone": phone["id"]},
            queryStringParameters={"confirm": "true"},
            multiValueQueryStringParameters={"confirm": ["true"]},
        )
        assert gone.status == 204
    mailed(deployment, ada.holder.visitor.user_id)
    assert len(texted_links(deployment, first)) == len(texted_links(deployment, second)) == 1


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_an_unknown_or_old_link_says_so_and_changes_nothing_S54(
    method: str, deployment: Deployment
) -> None:
    ada, _ = with_phone(deployment)
    eve = thief(deployment, ada.holder.visitor, ada.holder.credential)
    eve.sign_in()
    assert eve.revoke().status == 200
    [link] = links(deployment, ada.holder.visitor.user_id)
    later(deployment, hours=96, seconds=1)
    for token in (link, "x" * 43):
        answer = Visitor(deployment=deployment).request(method, f"/freezes/{token}")
        assert (answer.status, "help@keyfob.example" in answer.body) == (404, True)
        assert answer.headers["Content-Type"].startswith("text/html")
    work_off_effects(deployment)
    assert eve.visitor.sign_in(PERMANENT).code != "account_frozen"


def test_a_page_of_a_link_loads_nothing_and_leaks_no_address_S54(deployment: Deployment) -> None:
    answer = Visitor(deployment=deployment).request("GET", f"/freezes/{'x' * 43}")
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert answer.headers["Cache-Control"] == "no-store"


# A recent proof


def test_a_session_found_open_ends_nothing_for_good_S58(deployment: Deployment) -> None:
    ada = a_holder_with_a_registered_token(deployment)
    later(deployment, minutes=9, seconds=40)
    assert ada.call("show_credential").status == 200
    later(deployment, minutes=1)
    for name in ("suspend_credential", "reenable_credential", "revoke_token", "revoke_credential"):
        refused = ada.call(name)
        assert (refused.status, refused.code) == (403, "recent_password_required"), name
    everywhere = ada.visitor.call("sign_out_everywhere")
    assert everywhere.code == "recent_password_required"
    assert ada.visitor.sign_in(PERMANENT).status == 201
    assert ada.call("revoke_token").status == 200


def test_an_elevation_of_hours_ago_binds_no_phone_S58(deployment: Deployment) -> None:
    ada, number = with_phone(deployment)
    ada.holder.visitor.sign_in(PERMANENT)
    ada.send(ada.listed()[0]["id"])
    assert ada.elevate(ada.told(number)).status == 201
    later(deployment, minutes=10)
    assert ada.holder.visitor.call("show_session").body["strength"] == 2
    assert ada.add(new_number()).code == "elevation_required"


def test_an_administrators_password_that_gives_up_the_token_opens_nothing_about_others_S24_S54(
    deployment: Deployment,
) -> None:
    """As before the token was given up: neither lists nor invitations nor accounts."""
    grace = an_administrator(deployment)
    eve = grace.visitor
    eve.sign_in(PERMANENT)
    refused = (403, "elevation_required")
    for given_up in (False, True):
        if given_up:
            assert grace.holder.call("revoke_token").status == 200
            eve.sign_in(PERMANENT)
        answers = [
            eve.call("list_accounts"),
            eve.call("list_terms"),
            invite_holder(eve, address()),
            eve.call("make_account", headers=idempotent()),
        ]
        assert [(one.status, one.code) for one in answers] == [refused] * 4


def test_an_administrator_who_changed_the_address_takes_nothing_over_alone_S24_S54(
    deployment: Deployment,
) -> None:
    """The mailbox gives a password, and binds nothing for 72 hours."""
    eve, grace = an_administrator(deployment), an_administrator(deployment)
    ada, _ = with_phone(deployment)
    victim, mailbox = ada.holder.visitor, unique("eve")
    eve.elevate()
    changed = eve.about("change_account", account_of(victim), email=f"{mailbox}@acme.example")
    assert changed.status == 200

    stranger = thief(deployment, victim, ada.holder.credential)
    assert stranger.visitor.call("request_recovery", {"user_id": victim.user_id}).status == 202
    body = {"user_id": victim.user_id, "code": code_of(deployment, mailbox), "password": STOLEN}
    assert stranger.visitor.call("recover_password", body).status == 204
    assert stranger.sign_in(STOLEN).status == 201
    refused = eve.about("release_binding", account_of(victim))
    assert (refused.status, refused.code) == (403, "second_person_needed")
    wait = datetime.fromisoformat(refused.body["until"]) - deployment.clock.now()
    assert timedelta(hours=71) < wait <= timedelta(hours=72)
    for act in ("revoke_for_holder", "release_phones"):
        assert eve.about(act, account_of(victim)).code == "second_person_needed"

    grace.elevate()
    assert grace.about("release_binding", account_of(victim)).status == 200
