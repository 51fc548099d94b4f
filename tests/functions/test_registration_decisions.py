"""Decisions about registrations (A3, S60), and the first login of administrators (A4)."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

import pytest

from keyfob.storage.access.store import AccessStore
from keyfob.storage.directory.store import Directory
from operations import wiring as operations_wiring
from tests.support.deployment import Deployment, later, of_its_own, sample
from tests.support.fakes import unique
from tests.support.inviting import address, come_due, entries, mails_to, send_queued
from tests.support.registering import (
    PASSWORD,
    Registrant,
    a_person,
    begun,
    decide,
    submitted,
    waiting,
)
from tests.support.unchanged import unchanged
from tests.support.visitor import PERMANENT, Visitor

__all__ = ["of_its_own"]


def directory() -> Directory:
    return Directory(operations_wiring.runtime().database)


def stored(deployment: Deployment, table: str) -> str:
    return str(deployment.rows(table))


def test_a_submitted_registration_waits_with_all_that_an_operator_needs_A3(
    deployment: Deployment,
) -> None:
    person = a_person()
    who = submitted(deployment, person, registers={"duns": "12-345-6789"})
    found = waiting(deployment, who)
    assert (found["registrant"], found["overdue"], found["invited"]) == (who.email, False, False)
    assert found["organization"]["registers"] == {"duns": "12-345-6789"}
    [administrator] = found["administrators"]
    assert (administrator["name"], administrator["email"]) == ("Ada Byron", person["email"])
    assert PASSWORD not in str(found)
    assert found["answer_by"] > found["submitted_at"]


def test_only_an_approval_makes_anything_A3(deployment: Deployment) -> None:
    who = begun(deployment)
    before = stored(deployment, "ACCOUNTS"), stored(deployment, "MEMBERS")
    assert who.fill_in(a_person()).status == 200
    assert who.submit().status == 200
    assert (stored(deployment, "ACCOUNTS"), stored(deployment, "MEMBERS")) == before
    made = decide(deployment, who, "approve")
    assert directory().organization(made["organization"])
    assert who.shown()["state"] == "approved"


def test_an_approval_makes_organization_subscription_and_administrators_together_A3(
    deployment: Deployment,
) -> None:
    boss = a_person(roles=["organization_administrator"], email=address(), language="de")
    clerk = a_person(roles=["application_administrator"], first_name="Grace", email=address())
    who = submitted(deployment, boss, clerk, website="https://acme.example", country="DE")
    application = who.shown()["application"]
    made = decide(deployment, who, "approve")
    organization = directory().organization(made["organization"])
    assert organization
    assert (organization.country, organization.website) == ("DE", "https://acme.example")
    accounts = [directory().account(one["account"]) for one in made["administrators"]]
    assert [one.email for one in accounts if one] == [boss["email"], clerk["email"]]
    assert {one.applications for one in accounts if one} == {(application,)}
    assert {one.organization for one in accounts if one} == {organization.id}
    assert directory().administrators(organization.id) == [made["administrators"][0]["account"]]
    subject = f"SUBSCRIPTION#{organization.id}#{application}"
    [(action, _)] = entries(deployment, subject)
    assert action == "subscription.added"
    found = AccessStore(operations_wiring.runtime().database).subscription(
        organization.id, application
    )
    assert found
    assert found[0].administrators == (made["administrators"][1]["account"],)
    decided = entries(deployment, f"REGISTRATION#{who.id}")[-1]
    assert decided[0] == "registration.approved"
    assert decided[1]["reason"] == sample("operations/approve_registration")["reason"]
    for told in (who.email, PASSWORD):
        assert told not in stored(deployment, "REGISTRATIONS")
    assert "'content'" not in str(
        [
            row
            for row in deployment.rows("registrations")
            if row["pk"]["S"] == f"REGISTRATION#{who.id}"
        ]
    )


def test_each_administrator_is_mailed_and_signs_in_with_the_one_time_password_A3_A4(
    deployment: Deployment,
) -> None:
    person = a_person()
    who = submitted(deployment, person)
    [made] = decide(deployment, who, "approve")["administrators"]
    send_queued(deployment, effects=True)
    [(subject, text)] = mails_to(deployment, person["email"])
    assert subject == "Your administrator's account at Keyfob"
    assert made["user_id"] in text
    assert "that person knows it" in " ".join(text.split())
    assert PASSWORD not in text
    ada = Visitor(deployment=deployment, user_id=made["user_id"])
    first = ada.sign_in(PASSWORD)
    assert (first.status, first.body["status"]) == (201, "new_password_required")
    ada.token = ada.call("set_password", {"password": PERMANENT}).body["token"]
    assert ada.call("show_session").status == 200
    for table in ("OUTBOX", "REGISTRATIONS", "AUDIT"):
        assert PASSWORD not in stored(deployment, table)
    sealed = [
        row
        for row in deployment.rows("outbox")
        if row["recipient"]["S"] == made["account"] and "sealed" in row
    ]
    assert sealed == [], "erased once used"


def test_known_addresses_get_new_accounts_with_user_ids_of_their_own_A1_S25(
    deployment: Deployment,
) -> None:
    email = address()
    first, second = (submitted(deployment, a_person(email=email)) for _ in range(2))
    made = [decide(deployment, one, "approve")["administrators"][0] for one in (first, second)]
    assert made[0]["user_id"] != made[1]["user_id"]
    stem = email.split("@")[0]
    assert all(one["user_id"].startswith(f"{stem}.") for one in made)


def test_ten_administrators_fit_into_one_transaction_A3(deployment: Deployment) -> None:
    roles = ["organization_administrator", "application_administrator"]
    people = [a_person(roles=roles, email=f"ada{nth}@company{nth}.example") for nth in range(10)]
    registers = {"duns": "1", "cage": "2", "vat": "3"}
    who = submitted(deployment, *people, registers=registers)
    assert len(decide(deployment, who, "approve")["administrators"]) == 10


def test_a_rejection_is_mailed_with_its_reason_and_erased_after_thirty_days_A3_S66(
    deployment: Deployment,
) -> None:
    person = a_person()
    who = submitted(deployment, person)
    answer = decide(deployment, who, "reject")
    assert answer == {"registration": who.id, "state": "rejected"}
    reason = sample("operations/reject_registration")["reason"]
    text = mails_to(deployment, who.email)[-1][1]
    assert reason in " ".join(text.split())
    shown = who.shown()
    assert (shown["state"], shown["reason"]) == ("rejected", reason)
    [kept] = shown["administrators"]
    assert kept["has_one_time_password"] is False, "removed at once"
    assert directory().account(kept["id"]) is None
    later(deployment, days=30, seconds=1)
    come_due(deployment, f"REGISTRATION#{who.id}")
    come_due(deployment, f"REGISTRATION#{who.id}")
    for told in (who.email, person["email"]):
        assert told not in stored(deployment, "REGISTRATIONS")
    actions = [action for action, _ in entries(deployment, f"REGISTRATION#{who.id}")]
    assert actions[-2:] == ["registration.rejected", "registration.erased"]


@pytest.mark.parametrize("then", ["approve", "reject"])
@pytest.mark.parametrize("first", ["approve", "reject"])
def test_a_registration_is_decided_once_A3(first: str, then: str, deployment: Deployment) -> None:
    who = submitted(deployment)
    assert "error" not in decide(deployment, who, first)
    with unchanged(deployment):
        assert decide(deployment, who, then)["error"] == "illegal_state"
    assert waiting(deployment, who) is None


@pytest.mark.parametrize("how", ["approve", "reject"])
def test_a_draft_and_an_unknown_registration_are_not_decided_A3(
    how: str, deployment: Deployment
) -> None:
    draft = begun(deployment)
    unknown = Registrant(deployment=deployment, email="", token="reg_00000000000000000000.x")
    assert decide(deployment, draft, how)["error"] == "illegal_state"
    assert decide(deployment, unknown, how)["error"] == "not_found"


def test_a_late_answer_is_counted_every_day_until_it_is_there_A3(
    deployment: Deployment, capsys: pytest.CaptureFixture[str]
) -> None:
    who = submitted(deployment)
    row, due = f"REGISTRATION#{who.id}", datetime.fromisoformat(who.shown()["answer_by"])
    come_due(deployment, row)
    assert not waiting(deployment, who)["overdue"]
    late = (due - deployment.clock.now()).total_seconds() + 1
    later(deployment, seconds=late)
    capsys.readouterr()
    come_due(deployment, row)
    come_due(deployment, row)
    counted = [
        line
        for line in capsys.readouterr().out.splitlines()
        if "RegistrationOverdue" in line and "_aws" in line
    ]
    [metric] = map(json.loads, counted)
    assert (metric["RegistrationOverdue"], metric["service"]) == ([1.0], "lifecycle_worker")
    assert waiting(deployment, who)["overdue"]
    later(deployment, days=1)
    come_due(deployment, row)
    actions = [action for action, _ in entries(deployment, row)]
    assert actions.count("registration.overdue") == 2
    assert "error" not in decide(deployment, who, "approve")
    later(deployment, days=1)
    come_due(deployment, row)
    assert entries(deployment, row)[-1][0] == "registration.approved"


def duplicates(deployment: Deployment, who: Registrant) -> list[Any]:
    found = waiting(deployment, who)["likely_duplicates"]
    return [(one["organization"], one["same"]) for one in found]


def own_domain() -> dict[str, Any]:
    """An administrator with an address of nobody else's domain."""
    return a_person(email=f"ada@{unique('company')}.example")


def test_likely_duplicates_are_shown_and_decide_nothing_A3(deployment: Deployment) -> None:
    first = submitted(
        deployment,
        a_person(email="ada@shared.example"),
        name="Łódź Tools, Inc.",
        registers={"vat": "DE 123-456"},
    )
    one = decide(deployment, first, "approve")["organization"]
    namesake = submitted(deployment, own_domain(), name="łódź  TOOLS inc")
    other_country = submitted(deployment, own_domain(), name="Łódź Tools, Inc.", country="FR")
    registered = submitted(deployment, own_domain(), registers={"vat": "de123456"})
    mailed = submitted(deployment, a_person(email="grace@shared.example"))
    gmail = [submitted(deployment, a_person(email=f"{n}@gmail.com")) for n in ("ada", "bob")]
    assert duplicates(deployment, namesake) == [(one, "name")]
    assert duplicates(deployment, registered) == [(one, "register")]
    assert duplicates(deployment, mailed) == [(one, "domain")]
    assert duplicates(deployment, other_country) == []
    assert "error" not in decide(deployment, gmail[0], "approve")
    assert duplicates(deployment, gmail[1]) == []
    assert "error" not in decide(deployment, mailed, "approve")


def test_a_seeded_organization_is_recognized_A3(deployment: Deployment) -> None:
    seed = sample("operations/seed", partners=[], products=[], accounts=[])
    seed["organizations"] = [
        {
            "id": "seeded",
            "name": "Seeded Parts",
            "country": "US",
            "time_zone": "America/New_York",
            "domains": ["seeded.example"],
        }
    ]
    assert "error" not in deployment.invoke("operations", seed)
    who = submitted(deployment, a_person(email="ada@seeded.example"), name="SEEDED parts")
    assert set(duplicates(deployment, who)) == {("seeded", "name"), ("seeded", "domain")}


def faults(deployment: Deployment) -> list[str]:
    """What verify_audit finds; no hour is sealed here."""
    answer = deployment.invoke("operations", sample("operations/verify_audit"))
    return [one for one in answer["faults"] if "under no head" not in one]


def test_every_chain_of_a_decided_registration_ends_in_its_row_A3_G4(
    deployment: Deployment,
) -> None:
    decided = [submitted(deployment) for _ in range(2)]
    for one, how in zip(decided, ("approve", "reject"), strict=True):
        assert "error" not in decide(deployment, one, how)
    assert faults(deployment) == []
    row = {"pk": {"S": f"REGISTRATION#{decided[0].id}"}, "sk": {"S": "-"}}
    name = deployment.values["TABLE_REGISTRATIONS"]
    kept = deployment.client("dynamodb").get_item(TableName=name, Key=row)["Item"]
    deployment.client("dynamodb").put_item(
        TableName=name, Item={**kept, "version": {"N": str(int(kept["version"]["N"]) + 1)}}
    )
    assert decided[0].id in str(faults(deployment))
    deployment.client("dynamodb").put_item(TableName=name, Item=kept)
