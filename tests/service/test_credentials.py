"""A holder's view and acts: F1, F3, F5, D4, S22, and a partner that approves."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from local.client import Person, eventually
from local.stack import Stack
from tests.support.running.credential_checks import (
    account_of,
    claim,
    how_often,
    live_row,
    operator,
    refused,
    session,
    shown,
    temporary_password,
    token_row,
    told,
)
from tests.support.running.people import PERMANENT, new_address, person
from tests.support.running.rows import Rows
from tests.support.running.stack_holders import Holder, Supply

NEW = "another horse battery staple"


@pytest.fixture(scope="module")
def supply(stack: Stack) -> Supply:
    """Event-based tokens: their codes don't depend on when a test runs."""
    return Supply(stack, 14, period=None)


@pytest.fixture
def owner(supply: Supply) -> Holder:
    """A holder with a registered token, signed in by password."""
    return supply.holder()


def act(owner: Holder, what: str, method: str = "POST", **body: Any) -> dict[str, Any]:
    """Do this to the credential, successfully."""
    path = f"/credentials/{owner.credential}/{what}"
    answer: dict[str, Any] = owner.person.expect(200, method, path, body or None)
    return answer


def history(owner: Holder, query: str = "") -> dict[str, Any]:
    answer: dict[str, Any] = owner.person.expect(
        200, "GET", f"/credentials/{owner.credential}/history{query}"
    )
    return answer


def test_c1_activation_is_told_and_doing_it_again_changes_nothing(
    stack: Stack, supply: Supply
) -> None:
    someone = person(stack)
    owner = Holder(someone, someone.redeem(supply.next().license_key)["id"], supply.devices[0])
    for what, method in (("suspension", "POST"), ("suspension", "DELETE")):
        answer = someone.call(method, f"/credentials/{owner.credential}/{what}")
        refused(answer, 403, "credential_not_activated")

    first = act(owner, "activation")

    assert (first["status"], first["level"]) == ("active", 2)
    activated = datetime.fromisoformat(first["activated_at"])
    assert abs(stack.clock.now() - activated) < timedelta(minutes=2)
    assert datetime.fromisoformat(first["renewal_from"]) < datetime.fromisoformat(
        first["expires_at"]
    )
    assert act(owner, "activation") == first
    [mail] = told(stack, someone, "Your credential is activated")
    assert mail["to"] == [f"{someone.user_id}@acme.example"]
    assert how_often(stack, someone, "Your credential is activated") == 1
    assert [one["what"] for one in history(owner)["events"]] == [
        "credential.activated",
        "credential.redeemed",
    ]


def test_f1_the_history_pages_and_says_what_when_by_whom_and_from_where(
    stack: Stack, owner: Holder
) -> None:
    operator(stack, "reset_token", owner.person)
    act(owner, "suspension")
    seen: list[dict[str, Any]] = []
    cursor = ""
    for _ in range(3):
        page = history(owner, f"?limit=2{cursor}")
        seen += page["events"]
        assert len(page["events"]) <= 2
        if page["cursor"] is None:
            break
        cursor = f"&cursor={page['cursor']}"
    assert seen == history(owner)["events"]
    here = owner.person.headers["X-Forwarded-For"]
    assert [(one["what"], one["by"], one["address"]) for one in seen] == [
        ("credential.suspended", "holder", here),
        ("token.reset", "operator", None),
        ("token.registered", "holder", here),
        ("credential.activated", "holder", here),
        ("credential.redeemed", "holder", here),
    ]
    times = [datetime.fromisoformat(one["at"]) for one in seen]
    assert times == sorted(times, reverse=True)
    for query in ("?limit=0", "?limit=51", "?cursor=!", "?cursor=" + "A" * 300):
        path = f"/credentials/{owner.credential}/history{query}"
        refused(owner.person.call("GET", path), 422, "invalid_input")


def test_f1_signing_in_with_the_token_is_in_the_history(owner: Holder) -> None:
    assert owner.person.elevate(owner.device.press()).status_code == 201
    newest = history(owner, "?limit=1")["events"][0]
    assert (newest["what"], newest["by"]) == ("token.accepted", "holder")


def test_f5_a_suspension_counts_at_once_and_its_end_asks_for_a_new_code(
    stack: Stack, owner: Holder
) -> None:
    elevated, other = owner.person, owner.another_session()
    assert elevated.elevate(owner.device.press()).status_code == 201
    suspending = Holder(other, owner.credential, owner.device)

    seen = act(suspending, "suspension")

    assert (seen["status"], seen["suspended_by"]) == ("suspended", "holder")
    # Sixty days from then: that comes before a year after the expiry.
    since = datetime.fromisoformat(seen["suspended_at"])
    assert datetime.fromisoformat(seen["revokes_at"]) == since + timedelta(days=60)
    weak = session(elevated)
    assert (weak["strength"], weak["authenticator"]) == (1, "password")
    assert act(suspending, "suspension") == seen, "again it changes nothing"

    back = act(suspending, "suspension", "DELETE")

    assert (back["status"], back["suspended_at"], back["suspended_by"]) == ("active", None, None)
    assert act(suspending, "suspension", "DELETE") == back
    weak = session(elevated)
    assert (weak["strength"], weak["elevated_until"]) == (1, None), "it doesn't come back by itself"
    assert elevated.elevate(owner.device.press()).status_code == 201
    assert session(elevated)["strength"] == 2
    told(stack, other, "Your credential was suspended", "Your credential was re-enabled")
    assert how_often(stack, other, "Your credential was suspended") == 1


@pytest.mark.parametrize("others", ["administrator", "system"])
def test_f5_a_suspension_by_others_is_not_the_holders_to_lift(
    stack: Stack, owner: Holder, others: str
) -> None:
    act(owner, "suspension")
    stack.client("dynamodb").update_item(
        TableName=stack.outputs["CredentialsTable"],
        Key={"pk": {"S": f"ACCOUNT#{account_of(owner.person)}"}, "sk": {"S": "live"}},
        UpdateExpression="SET suspensions = :causes",
        ExpressionAttributeValues={
            ":causes": {"M": {others: {"S": stack.clock.now().isoformat()}}},
        },
    )
    answer = owner.person.call("DELETE", f"/credentials/{owner.credential}/suspension")
    assert refused(answer, 403, "suspended_by_others")["support"]
    assert shown(owner.person, owner.credential)["status"] == "suspended"


def test_f3_a_revocation_that_is_not_confirmed_changes_nothing(stack: Stack, owner: Holder) -> None:
    path, before = f"/credentials/{owner.credential}/revocation", live_row(stack, owner.person)
    refused(owner.person.call("POST", path, {"confirm": False}), 422, "not_confirmed")
    for body in ({}, None, {"confirm": "true"}, {"confirm": 1}, {"confirm": True, "reason": "x"}):
        refused(owner.person.call("POST", path, body), 422, "invalid_input")
    assert live_row(stack, owner.person) == before
    assert session(owner.person)["strength"] == 1


def test_f3_s22_a_revocation_ends_every_session_and_the_password_and_then_all_begins_anew(
    stack: Stack, supply: Supply, owner: Holder
) -> None:
    someone, others = owner.person, [owner.another_session(), owner.another_session()]
    assert others[0].elevate(owner.device.press()).status_code == 201

    seen = act(owner, "revocation", confirm=True)

    assert (seen["status"], seen["token"], seen["revokes_at"]) == ("revoked", None, None)
    assert abs(stack.clock.now() - datetime.fromisoformat(seen["revoked_at"])) < timedelta(
        minutes=2
    )
    for one in (someone, *others):
        refused(one.call("GET", "/session"), 401, "not_authenticated")
        refused(one.elevate(owner.device.press()), 401, "not_authenticated")
    assert_old_password_is_dead(someone)
    row = token_row(stack, owner.device)
    assert (row["state"], row["holder"]) == (
        "retired",
        f"CREDENTIAL#{account_of(someone)}#{seen['id']}",
    )
    temporary = temporary_password(stack, someone)
    told(stack, someone, "Your credential was revoked")

    new = Person(someone.url, someone.user_id, headers={"X-Forwarded-For": new_address()})
    challenge = new.sign_in(temporary)
    assert (challenge["status"], challenge["strength"]) == ("new_password_required", 0)
    license_key = supply.next().license_key
    refused(claim(new, license_key), 401, "not_authenticated")
    refused(
        new.call("POST", "/session/new-password", {"password": temporary}), 422, "weak_password"
    )
    new.token = new.expect(201, "POST", "/session/new-password", {"password": NEW})["token"]

    assert shown(new, owner.credential) == seen, "its end can be read"
    again = Holder(new, owner.credential, owner.device)
    assert history(again)["events"][0]["what"] == "credential.revoked"
    assert_final(again)
    made = claim(new, license_key)
    assert made.status_code == 201, made.text
    listed = new.expect(200, "GET", "/credentials")["credentials"]
    assert listed == [made.json(), seen], "the live one first"


def assert_old_password_is_dead(someone: Person) -> None:
    """At first its reset is under way; then it is an ordinary wrong password."""
    credentials = {"user_id": someone.user_id, "password": PERMANENT}
    stranger = Person(someone.url, someone.user_id, headers=someone.headers)

    def is_wrong() -> bool:
        answer = stranger.call("POST", "/session", credentials)
        assert (answer.status_code, answer.json()["code"]) in {
            (409, "password_reset_pending"),
            (401, "wrong_credentials"),
        }
        return answer.status_code == 401

    eventually(is_wrong, what="the old password is wrong")


def assert_final(owner: Holder) -> None:
    for method, what, body in (
        ("POST", "activation", None),
        ("POST", "suspension", None),
        ("DELETE", "suspension", None),
        ("POST", "token/revocation", None),
        ("POST", "revocation", {"confirm": True}),
    ):
        answer = owner.person.call(method, f"/credentials/{owner.credential}/{what}", body)
        refused(answer, 404, "not_found")


@pytest.mark.parametrize("state", ["pending activation", "suspended", "locked", "elevated"])
def test_f3_a_credential_can_be_revoked_in_every_state(
    stack: Stack, supply: Supply, state: str
) -> None:
    if state == "pending activation":
        someone, entitlement = person(stack), supply.next()
        made = someone.redeem(entitlement.license_key)["id"]
        owner = Holder(someone, made, entitlement.device)
    else:
        owner = supply.holder()
    if state == "suspended":
        act(owner, "suspension")
    for _ in range(5 if state == "locked" else 0):
        owner.person.elevate("31415926")
    if state == "elevated":
        assert owner.person.elevate(owner.device.press()).status_code == 201
    assert act(owner, "revocation", confirm=True)["status"] == "revoked"
    refused(owner.person.call("GET", "/session"), 401, "not_authenticated")
    subject = f"CREDENTIAL#{account_of(owner.person)}#{owner.credential}"
    assert Rows(stack).entries(subject)[-1]["action"] == "credential.revoked"
