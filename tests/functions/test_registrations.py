"""Registration of organizations without an account, over the API (A1, A2)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from keyfob.domain.access.subscription import SubscriptionState
from keyfob.gateways.kms import KmsUnseal
from keyfob.storage.access.store import AccessStore, change_subscription
from tests.support.deployment import Deployment, later, of_its_own, sample
from tests.support.inviting import (
    PartnerAdministrator,
    a_partner_administrator,
    accept,
    address,
    an_administrator,
    come_due,
    entries,
    link_to,
    mails_to,
    show,
    with_an_application,
)
from tests.support.registering import (
    PASSWORD,
    Registrant,
    a_person,
    begun,
    submitted,
    too_little,
    work,
)
from tests.support.token_holder import happened
from tests.support.unchanged import unchanged
from tests.support.visitor import visitor

__all__ = ["of_its_own"]


@pytest.fixture
def ada(deployment: Deployment) -> Registrant:
    """Has begun a registration."""
    return begun(deployment)


def stored(deployment: Deployment, table: str = "REGISTRATIONS") -> str:
    return str(deployment.rows(table))


# Beginning


def test_a_public_application_needs_no_invitation_A2(deployment: Deployment) -> None:
    who = Registrant(deployment=deployment, email=address())
    partner = with_an_application(deployment, public=True)
    answer = who.begin(partner)
    assert (answer.status, set(answer.body)) == (201, {"token", "expires_at"})
    shown = who.shown()
    assert (shown["state"], shown["partner"]) == ("draft", partner)
    assert link_to(deployment, who.email) == who.token, "the registrant can come back"
    assert [action for action, _ in entries(deployment, f"REGISTRATION#{who.id}")] == [
        "registration.begun"
    ]


@pytest.mark.parametrize("application", ["parts-portal", "nothing-at-all"])
def test_other_applications_and_unknown_ones_get_one_answer_A2_S25(
    application: str, deployment: Deployment
) -> None:
    who = Registrant(deployment=deployment, email=address())
    assert visitor(deployment)  # has made the partner
    refused = who.begin("northwind", application=application)
    assert (refused.status, refused.code) == (422, "not_public")


def test_the_notice_must_have_been_read_A2(deployment: Deployment) -> None:
    who = Registrant(deployment=deployment, email=address())
    partner = with_an_application(deployment, public=True)
    refused = who.begin(partner, no_obligation=False)
    assert refused.status == 422
    assert "no_obligation" in refused.body["fields"]


def test_the_secret_of_the_link_is_kept_nowhere_A1_S17(
    ada: Registrant, deployment: Deployment
) -> None:
    secret = ada.token.split(".")[1]
    for table in ("REGISTRATIONS", "OUTBOX", "AUDIT"):
        assert secret not in stored(deployment, table)
        assert (ada.email in stored(deployment, table)) is (table == "REGISTRATIONS")


@pytest.mark.parametrize("method", ["show_registration", "save_registration"])
def test_an_unknown_link_is_not_found_A1(
    method: str, ada: Registrant, deployment: Deployment
) -> None:
    for token in (f"{ada.id}.{'A' * 43}", "nonsense", ada.id):
        someone = Registrant(deployment=deployment, email="", token=token)
        body = {"organization": {"name": "Mine"}} if method == "save_registration" else None
        assert someone.call(method, body).status == 404
    assert ada.shown()["organization"]["name"] == ""


# The check that a person begins it


def forged(form: dict[str, Any], bits: int, how: str) -> dict[str, Any]:
    issued, nonce, signature = form["form"].split(".")
    if how == "form_invalid":
        text = f"{int(issued) - 1}.{nonce}.{signature}"
        return {"form": text, "work": work(text, bits)}
    if how == "form_trapped":
        return {**form, "website": "https://spam.example"}
    if how == "work_insufficient":
        return {**form, "work": too_little(form["form"], bits)}
    return form


@pytest.mark.parametrize("how", ["form_invalid", "form_trapped", "work_insufficient"])
def test_a_program_is_refused_A1_S49(how: str, deployment: Deployment) -> None:
    who = Registrant(deployment=deployment, email=address())
    partner = with_an_application(deployment, public=True)
    bits = who.visitor.call("show_registration_form").body["bits"]
    good = who.form()
    with unchanged(deployment):
        refused = who.begin(partner, form=forged(good, bits, how))
    assert (refused.status, refused.code) == (403, how)
    assert who.begin(partner, form=good).status == 201


def test_a_form_is_neither_too_new_nor_too_old_A1(deployment: Deployment) -> None:
    who = Registrant(deployment=deployment, email=address())
    partner = with_an_application(deployment, public=True)
    issued = who.visitor.call("show_registration_form").body
    form = {"form": issued["form"], "work": work(issued["form"], issued["bits"])}
    later(deployment, minutes=-1)  # however long the work has taken here
    early = who.begin(partner, form=form)
    assert (early.status, early.code) == (403, "form_too_fast")
    later(deployment, hours=2, minutes=1)
    late = who.begin(partner, form=form)
    assert (late.status, late.code) == (409, "form_expired")


def test_a_form_begins_one_registration_A1(deployment: Deployment) -> None:
    who = Registrant(deployment=deployment, email=address())
    partner, form = with_an_application(deployment, public=True), who.form()
    assert who.begin(partner, form=form).status == 201
    again = who.begin(partner, form=form)
    assert (again.status, again.code) == (409, "form_used")


def test_an_address_begins_ten_an_hour_and_four_about_a_mailbox_a_day_S62(
    deployment: Deployment,
) -> None:
    who, partner = Registrant(deployment=deployment, email=address()), ""
    partner = with_an_application(deployment, public=True)
    answers = [who.begin(partner).status for _ in range(5)]
    assert answers == [201, 201, 201, 201, 429]
    answers = [who.begin(partner, email=address()).status for _ in range(7)]
    assert answers == [201] * 6 + [429]


def test_strangers_do_not_use_up_the_mails_of_a_mailbox_for_its_owner_S62(
    deployment: Deployment,
) -> None:
    """Each network has one of its own; the others are shared."""
    owner = Registrant(deployment=deployment, email=address())
    partner = with_an_application(deployment, public=True)
    strangers = [Registrant(deployment=deployment, email=owner.email) for _ in range(2)]
    refused = [[one.begin(partner).status for _ in range(6)].count(429) for one in strangers]
    assert refused == [2, 5], "one each, and three together"
    assert [owner.begin(partner).status for _ in range(2)] == [201, 429]


# By invitation


@pytest.fixture(scope="module")
def inviter(deployment: Deployment) -> PartnerAdministrator:
    return a_partner_administrator(deployment)


def test_an_invitation_becomes_a_registration_once_A1(
    inviter: PartnerAdministrator, deployment: Deployment
) -> None:
    to = address()
    inviter.holder.visitor.stay()
    inviter.elevate()
    invitation = inviter.invite(to).body["id"]
    token = link_to(deployment, to)
    form = show(deployment, token).body["form"]
    later(deployment, seconds=5)
    body = {"form": {"form": form["form"], "work": work(form["form"], form["bits"])}}
    accepted = accept(deployment, token, body)
    assert accepted.status == 201, accepted.body
    assert accepted.body["user_id"] is None
    who = Registrant(deployment=deployment, email=to, token=accepted.body["registration"]["token"])
    assert who.shown()["application"] == "parts-portal"
    assert link_to(deployment, to) == who.token
    again = accept(deployment, token, body)
    assert (again.status, again.code) == (409, "invitation_accepted")
    assert show(deployment, token).code == "invitation_accepted"
    [(_, facts)] = [
        one
        for one in entries(deployment, f"INVITATION#{invitation}")
        if one[0] == "invitation.accepted"
    ]
    assert facts == {"result": who.id}


def test_an_acceptance_without_a_form_spends_nothing_A1(
    inviter: PartnerAdministrator, deployment: Deployment
) -> None:
    to = address()
    inviter.holder.visitor.stay()
    inviter.elevate()
    assert inviter.invite(to).status == 201
    token = link_to(deployment, to)
    wrong = {"form": "1795331400.AAAAAAAAAAAAAAAAAAAAAA." + "0" * 64, "work": "1"}
    assert accept(deployment, token, {}).status == 422
    assert accept(deployment, token, {"form": wrong}).status in {403, 409}
    assert show(deployment, token).status == 200


# Entering


def test_a_draft_is_saved_between_steps_and_says_what_is_missing_A1(ada: Registrant) -> None:
    missing = ada.shown()["missing"]
    assert set(missing) == {
        "organization.name",
        "organization.country",
        "organization.time_zone",
        "organization.address",
        "administrators",
    }
    assert ada.save(organization={"name": "Acme", "country": "DE"}).status == 200
    saved = ada.save(administrators=[a_person(one_time_password=None, last_name="")])
    assert saved.status == 200, saved.body
    shown = ada.shown()
    assert shown["organization"]["name"] == "Acme"
    assert set(shown["missing"]) == {
        "organization.time_zone",
        "organization.address",
        "administrators.0.last_name",
        "administrators.0.one_time_password",
    }
    refused = ada.submit()
    assert (refused.status, refused.code) == (422, "registration_incomplete")
    assert refused.body["fields"] == shown["missing"]


def test_each_of_both_kinds_of_administrators_is_needed_A1(ada: Registrant) -> None:
    for role in ("organization_administrator", "application_administrator"):
        ada.fill_in(a_person(roles=[role]))
        assert list(ada.shown()["missing"]) == ["administrators"]
    both = [a_person(roles=[f"{one}_administrator"]) for one in ("organization", "application")]
    assert ada.fill_in(*both).body["missing"] == {}


def test_a_one_time_password_is_judged_and_never_shown_again_A1_S47_S55(
    ada: Registrant, deployment: Deployment
) -> None:
    weak = ("too short", "aaaaaaaaaaaaaaaaaaaaaa", "password password password")
    for one in weak:
        refused = ada.fill_in(a_person(), a_person(one_time_password=one))
        assert (refused.status, refused.code) == (422, "weak_password")
        assert list(refused.body["fields"]) == ["administrators.1.one_time_password"]
        assert one not in str(refused.body)
    person = a_person(email="grace.hopper@acme.example", one_time_password="grace.hopper and so on")
    assert ada.fill_in(person).code == "weak_password", "it has the beginning of the user id"
    saved = ada.fill_in(a_person())
    assert PASSWORD not in str(saved.body)
    assert saved.body["administrators"][0]["has_one_time_password"] is True
    for table in ("REGISTRATIONS", "OUTBOX", "AUDIT"):
        assert PASSWORD not in stored(deployment, table)


def test_a_one_time_password_is_sealed_for_its_account_alone_A1_S16(
    ada: Registrant, deployment: Deployment
) -> None:
    from keyfob.usecases.directory.accounts import first_reset
    from registrations import wiring

    saved = ada.fill_in(a_person(), a_person())
    first, second = (one["id"] for one in saved.body["administrators"])
    content = wiring.registering()._registrations.content(ada.id)
    assert content
    sealed = content.people[0].sealed
    assert sealed
    unseal = KmsUnseal(deployment.client("kms"), deployment.values["KEY_MESSAGES"])
    assert unseal(first_reset(first), sealed) == PASSWORD
    with pytest.raises(ValueError, match="does not open"):
        unseal(first_reset(second), sealed)


def test_who_was_entered_before_keeps_the_password_and_nobody_else_gets_it_A1(
    ada: Registrant,
) -> None:
    [first] = ada.fill_in(a_person()).body["administrators"]
    again = a_person(id=first["id"], one_time_password=None, first_name="Augusta")
    [kept] = ada.fill_in(again).body["administrators"]
    assert (kept["id"], kept["has_one_time_password"]) == (first["id"], True)
    for wrong in ([again, again], [{**again, "id": "acc_00000000000000000000"}]):
        assert ada.fill_in(*wrong).status == 422
    [other] = ada.fill_in(a_person(one_time_password=None)).body["administrators"]
    assert other["has_one_time_password"] is False


def test_at_most_ten_administrators_fit_A1_S49(ada: Registrant) -> None:
    people = [a_person(one_time_password=None) for _ in range(11)]
    assert ada.fill_in(*people[:10]).status == 200
    assert ada.fill_in(*people).status == 422


def test_known_and_unknown_addresses_get_the_same_answers_A1_S25(
    deployment: Deployment,
) -> None:
    known = an_administrator(deployment)
    shapes = []
    for email in (f"{known.user_id}@acme.example", address()):
        who = begun(deployment)
        saved = who.fill_in(a_person(email=email))
        assert who.submit().status == 200
        shown = who.shown()
        [person] = shown["administrators"]
        assert person.pop("email") == email
        person.pop("id")
        for varying in ("partner", "application", "submitted_at", "answer_by", "organization"):
            shown.pop(varying)
        shapes.append((saved.status, shown))
    assert shapes[0] == shapes[1]


def test_the_function_reads_no_account_S25_S52() -> None:
    from tests.support.roles import rights_on_table

    assert rights_on_table("registrations", "Accounts") == {("GetItem", "PARTNER#*")}


def test_a_registration_is_saved_so_often_an_hour_S62(
    ada: Registrant, monkeypatch: pytest.MonkeyPatch
) -> None:
    from registrations import wiring

    few = replace(wiring.runtime().policy, registration_saves=10)
    monkeypatch.setattr(wiring.registering(), "_policy", few)
    answers = [ada.save(organization={"name": "Acme"}).status for _ in range(11)]
    assert answers == [200] * 10 + [429]


# Submitting, and ends


def test_a_submitted_registration_is_closed_and_has_an_answer_date_A1_A3(
    deployment: Deployment,
) -> None:
    who = submitted(deployment)
    shown = who.shown()
    assert (shown["state"], shown["expires_at"]) == ("submitted", None)
    assert shown["answer_by"]
    assert who.submit().status == 200, "again changes nothing"
    actions = [action for action, _ in entries(deployment, f"REGISTRATION#{who.id}")]
    assert actions == ["registration.begun", "registration.submitted"]
    refused = who.save(organization={"name": "Another"})
    assert (refused.status, refused.code) == (409, "registration_closed")
    subject, text = mails_to(deployment, who.email)[-1]
    assert subject.endswith("was submitted")
    assert PASSWORD not in text


def test_a_save_that_a_submission_overtakes_changes_nothing_A1_S46(
    deployment: Deployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    from registrations import wiring

    who = begun(deployment)
    assert who.fill_in(a_person()).status == 200
    store = wiring.registering()._registrations
    read = store.content
    overtaken: list[bool] = []

    def content(registration_id: str) -> Any:
        found = read(registration_id)
        if not overtaken:
            overtaken.append(True)
            assert who.submit().status == 200
        return found

    monkeypatch.setattr(store, "content", content)
    refused = who.save(organization={"name": "Another"})
    assert (refused.status, refused.code) == (409, "registration_closed")
    assert who.shown()["organization"]["name"] != "Another"


def test_what_waits_for_a_decision_is_deleted_by_nobody_A3(deployment: Deployment) -> None:
    who = begun(deployment)
    assert who.fill_in(a_person()).status == 200
    key = {"pk": {"S": f"REGISTRATION#{who.id}"}, "sk": {"S": "content"}}
    table = {"TableName": deployment.values["TABLE_REGISTRATIONS"], "Key": key}
    client = deployment.client("dynamodb")
    assert "expires" in client.get_item(**table)["Item"]
    assert who.submit().status == 200
    assert "expires" not in client.get_item(**table)["Item"]


def test_a_draft_ends_after_fourteen_days_and_leaves_no_personal_data_A1_S66(
    deployment: Deployment,
) -> None:
    who, person = begun(deployment), a_person()
    assert who.fill_in(person).status == 200
    later(deployment, days=14, seconds=1)
    assert who.shown()["state"] == "expired"
    assert who.save(organization={"name": "Late"}).code == "registration_closed"
    assert who.submit().code == "registration_closed"
    come_due(deployment, f"REGISTRATION#{who.id}")
    come_due(deployment, f"REGISTRATION#{who.id}")
    assert who.shown()["state"] == "expired"
    assert (who.shown()["organization"], who.shown()["administrators"]) == (None, [])
    for told in (who.email, person["email"]):
        assert told not in stored(deployment)
    actions = [action for action, _ in entries(deployment, f"REGISTRATION#{who.id}")]
    assert actions == ["registration.begun", "registration.expired"]


# An organization that exists


def test_an_administrator_subscribes_to_a_public_application_at_once_A2_A6(
    deployment: Deployment,
) -> None:
    partner = with_an_application(deployment, public=True)
    boss = an_administrator(deployment)
    body = {"partner": partner, "application": f"app-{partner}", "no_obligation": True}
    made = boss.call("register_application", body)
    assert (made.status, made.body["state"]) == (201, "active")
    again = boss.call("register_application", body)
    assert (again.status, again.code) == (409, "already_subscribed")
    refused = boss.call("register_application", {**body, "no_obligation": False})
    assert refused.status == 422


def test_a_second_administrator_doesnt_take_the_first_ones_right_A6(
    deployment: Deployment,
) -> None:
    from webstore import wiring

    base, partner = wiring.runtime(), with_an_application(deployment, public=True)
    body = {"partner": partner, "application": f"app-{partner}", "no_obligation": True}
    first, second = an_administrator(deployment), an_administrator(deployment)
    assert first.call("register_application", body).status == 201
    found = AccessStore(base.database).subscription("acme", f"app-{partner}")
    assert found
    ended = replace(found[0], state=SubscriptionState.ENDED)
    happened(base, change_subscription(found[0], ended, found[1]))
    assert second.call("register_application", body).status == 201
    again = AccessStore(base.database).subscription("acme", f"app-{partner}")
    assert again
    both = [one.token.split(".")[0] for one in (first, second)]
    assert list(again[0].administrators) == both


def test_an_administrator_needs_an_invitation_where_the_application_is_not_public_A2(
    deployment: Deployment,
) -> None:
    boss = an_administrator(deployment)
    for application in ("parts-portal", "nothing-at-all"):
        body = {"partner": "northwind", "application": application, "no_obligation": True}
        refused = boss.call("register_application", body)
        assert (refused.status, refused.code) == (422, "not_public")
    holder = visitor(deployment)
    assert holder.call("register_application", body).code == "role_required"


def test_the_samples_of_registrations_need_no_session() -> None:
    for name in ("begin_registration", "save_registration", "submit_registration"):
        assert "Authorization" not in sample(f"api/{name}")["headers"]
