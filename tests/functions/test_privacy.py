"""A person's data: shown to the person, and erased when nobody uses the account (S66)."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import pytest

from tests.functions.test_signed_orders import ask, change_order, files, upload
from tests.support.administrator import an_administrator
from tests.support.canaries import leaked
from tests.support.deployment import Deployment, failed, for_worker, sample
from tests.support.fakes import unique
from tests.support.phone_holder import PhoneHolder
from tests.support.phones import new_number
from tests.support.takeover import work_off_effects
from tests.support.token_holder import a_holder_with_a_shipped_token
from tests.support.visitor import PERMANENT, Visitor, visitor
from tests.unit.gateways.test_pdf_check import pdf

ADDRESS = {
    "name": "Somebody",
    "line1": "Wolpertinger Lane 7",
    "line2": "",
    "city": "Utopolis",
    "region": "CA",
    "postal_code": "94016",
    "country": "US",
}


@dataclass(kw_only=True)
class Person:
    """Somebody whose names and addresses nobody else has."""

    holder: PhoneHolder
    names: dict[str, str]
    number: str
    order: str

    @property
    def deployment(self) -> Deployment:
        return self.holder.deployment

    @property
    def visitor(self) -> Visitor:
        return self.holder.holder.visitor

    @property
    def account(self) -> str:
        return self.visitor.token.split(".")[0]

    def operate(self, name: str, **changes: Any) -> Any:
        event = sample(f"operations/{name}", **{"user_id": self.visitor.user_id, **changes})
        return self.deployment.invoke("operations", event)

    def revoke(self) -> None:
        self.visitor.sign_in(PERMANENT)
        assert self.holder.holder.call("revoke_credential", {"confirm": True}).status == 200
        # The revocation resets the password.
        work_off_effects(self.deployment)

    def deactivate(self) -> None:
        """As an administrator's deactivation leaves the row that decides."""
        set_active(self.deployment, self.account, active=False)

    def leave(self) -> None:
        """Everything that an erasure asks for."""
        self.visitor.sign_in(PERMANENT)
        assert self.visitor.request("POST", f"/orders/{self.order}/cancellation").status == 200
        self.revoke()
        self.deactivate()

    def rows(self, table: str) -> Any:
        return self.deployment.rows(table)

    def found(self) -> dict[str, list[str]]:
        """What stands of this person in each table."""
        shown = [*self.names.values(), self.visitor.user_id, self.number]
        snapshot = self.deployment.engine.snapshot(self.deployment.tables)
        found = {
            table: leaked(shown, json.dumps(rows, ensure_ascii=False, default=str))
            for table, rows in snapshot.items()
        }
        return {table.partition("-")[0]: hits for table, hits in found.items() if hits}


def set_active(deployment: Deployment, account: str, *, active: bool) -> None:
    """Change the row that decides whether somebody uses the account."""
    deployment.client("dynamodb").update_item(
        TableName=deployment.values["TABLE_SESSIONS"],
        Key={"pk": {"S": f"ACCOUNT#{account}"}, "sk": {"S": "-"}},
        UpdateExpression="SET active = :active",
        ExpressionAttributeValues={":active": {"BOOL": active}},
    )


@pytest.fixture
def person(deployment: Deployment) -> Person:
    names = {name: unique("Quirina") for name in ("first_name", "middle_name", "last_name")}
    legal = " ".join(names.values())
    who, address = visitor(deployment, **names), {**ADDRESS, "name": legal}
    order = who.order(shipping_address=address, billing_address=address).body["number"]
    token = a_holder_with_a_shipped_token(deployment, who=who, kind="phone", legal_name=legal)
    holder = PhoneHolder(holder=token, deployment=deployment)
    number = new_number()
    holder.bound(number)
    return Person(holder=holder, names=names, number=number, order=order)


def test_a_person_is_shown_what_is_kept_and_no_secret_S66(person: Person) -> None:
    shown = person.operate("export_person")
    assert shown["account"][0]["last_name"] == person.names["last_name"]
    assert shown["credential"][0]["legal_name"] == " ".join(person.names.values())
    assert shown["phone"][0]["number"] == person.number
    assert "Utopolis" in {one["shipping"]["city"] for one in shown["order"]}
    assert "account.added" in {one["action"] for one in shown["trail"]}
    text = json.dumps(shown)
    assert "head" not in shown["account"][0]
    assert leaked(["hash", "mac", "seed", "sealed", "failed", "secret"], text) == []
    exported = [one for one in person.rows("audit") if one["action"]["S"] == "person.exported"]
    assert [one for one in exported if person.account in one["facts"]["S"]]


def test_nothing_identifies_an_erased_person_S66(person: Person) -> None:
    assert {"accounts", "members", "credentials", "orders"} <= set(person.found())
    person.leave()
    answer = person.operate("erase_person")
    assert answer["account"] == person.account
    assert person.order not in answer["addresses_kept_until"]
    # What was typed at sign-in limits and recoveries is kept as a hash; mails name no person.
    assert person.found() == {}


def test_an_erased_person_cant_be_found_and_the_user_id_is_free_S66(person: Person) -> None:
    person.leave()
    person.operate("erase_person")
    assert person.operate("erase_person")["error"] == "not_found"
    [account] = sample("operations/seed")["accounts"]
    seed = sample("operations/seed", accounts=[{**account, "user_id": person.visitor.user_id}])
    assert person.deployment.invoke("operations", seed)["accounts"] == 1


def test_the_login_is_deleted_after_the_account_S66(person: Person) -> None:
    person.leave()
    person.operate("erase_person")
    queued = [
        one
        for one in person.rows("outbox")
        if (one["kind"]["S"], one["recipient"]["S"]) == ("delete_login", person.account)
    ]
    assert len(queued) == 1


def test_the_trail_stays_whole_without_the_person_S48_S66(person: Person) -> None:
    person.leave()
    person.operate("erase_person")
    faults = person.deployment.invoke("operations", sample("operations/verify_audit"))["faults"]
    assert [one for one in faults if person.account in one] == []


def test_a_reset_that_waits_comes_first_S66(person: Person) -> None:
    """After the erasure it would make a login that nobody asked for."""
    person.visitor.sign_in(PERMANENT)
    assert person.holder.holder.call("revoke_credential", {"confirm": True}).status == 200
    person.deactivate()
    refused = person.operate("erase_person")
    assert (refused["error"], "reset" in refused["detail"]) == ("in_use", True)


def test_an_erased_account_is_unknown_to_its_administrator_S66(person: Person) -> None:
    alice = an_administrator(person.deployment, "acme")
    assert alice.show(person.account)["user_id"] == person.visitor.user_id
    person.leave()
    person.operate("erase_person")
    for name, body in (
        ("show_account", None),
        ("change_account", {"first_name": "Eve", "reason": "A mistake"}),
        ("reactivate_account", {"reason": "A mistake"}),
    ):
        refused = alice.call(name, person.account, body)
        assert (refused.status, refused.code) == (404, "not_found"), name


@pytest.mark.parametrize("step", ["active", "credential", "order"])
def test_an_account_in_use_isnt_erased_S66(person: Person, step: str) -> None:
    if step != "active":
        person.revoke()
        person.deactivate()
    if step == "credential":
        a_holder_with_a_shipped_token(person.deployment, who=person.visitor, kind="phone")
    before = person.found()
    refused = person.operate("erase_person")
    assert refused["error"] == "in_use"
    assert step in refused["detail"]
    assert person.found() == before


def test_books_are_kept_for_ten_years_S66(person: Person) -> None:
    page = person.visitor.request("GET", f"/orders/{person.order}").body["checkout_url"]
    pay(person.deployment, page.rsplit("/", 1)[1])
    person.revoke()
    person.deactivate()
    answer = person.operate("erase_person")
    assert person.order in answer["addresses_kept_until"]
    assert set(person.found()) == {"orders"}


def test_the_signed_order_of_an_unpaid_order_is_deleted_with_the_addresses_S66(
    person: Person,
) -> None:
    signed = with_signed_order(person)
    person.leave()
    person.operate("erase_person")
    assert files(person.deployment, person.order) == signed, "an effect deletes it"
    work_off_effects(person.deployment)
    assert files(person.deployment, person.order) == []


def test_the_signed_order_of_a_paid_order_stays_for_the_books_S66(person: Person) -> None:
    signed = with_signed_order(person)
    page = person.visitor.request("GET", f"/orders/{person.order}").body["checkout_url"]
    pay(person.deployment, page.rsplit("/", 1)[1])
    person.revoke()
    person.deactivate()
    person.operate("erase_person")
    work_off_effects(person.deployment)
    assert files(person.deployment, person.order) == signed


def with_signed_order(person: Person) -> list[str]:
    """The order has an accepted signed purchase order; returns the keys of its files."""
    person.visitor.sign_in(PERMANENT)
    change_order(person.deployment, person.order, "method", "invoice")
    form = ask(person.visitor, person.order)
    assert upload(person.deployment, form, pdf()) == "accepted"
    change_order(person.deployment, person.order, "method", "card")
    return files(person.deployment, person.order)


def test_an_agents_working_place_is_erased_once_the_agent_has_no_free_times_S66(
    deployment: Deployment,
) -> None:
    room = f"https://meet.example.com/{unique('quirin')}"
    who = visitor(deployment, roles=["agent"])
    event = sample("operations/set_agent", user_id=who.user_id, room=room)
    assert "error" not in deployment.invoke("operations", event)
    set_active(deployment, who.token.split(".")[0], active=False)
    erase = sample("operations/erase_person", user_id=who.user_id)
    refused = deployment.invoke("operations", erase)
    assert (refused["error"], "agent" in refused["detail"]) == ("in_use", True)
    assert "error" not in deployment.invoke("operations", event | {"active": False})
    assert "error" not in deployment.invoke("operations", erase)
    rows = deployment.engine.snapshot(deployment.tables)
    assert leaked([room], json.dumps(rows, default=str)) == []


def test_when_the_books_are_closed_the_addresses_go_too_S66(
    person: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The erased account is named by its id."""
    page = person.visitor.request("GET", f"/orders/{person.order}").body["checkout_url"]
    pay(person.deployment, page.rsplit("/", 1)[1])
    person.revoke()
    person.deactivate()
    account = person.account
    person.operate("erase_person")
    assert person.found()
    monkeypatch.setattr("keyfob.usecases.privacy.erasing.kept_until", lambda *_: None)
    answer = person.operate("erase_person", user_id=account)
    assert answer == {"account": account, "addresses_kept_until": {}}
    assert person.found() == {}
    stranger = visitor(person.deployment)
    refused = person.operate("erase_person", user_id=stranger.token.split(".")[0])
    assert refused["error"] == "not_found", "an id alone erases nobody"


def pay(deployment: Deployment, page: str) -> None:
    deployment.provider.buyer_pays(page)
    about = json.loads(sample("workers/settle_payment")["Records"][0]["body"])
    event = for_worker("settle_payment", about | {"checkout": page})
    assert failed(deployment.invoke("payment_worker", event)) == []
