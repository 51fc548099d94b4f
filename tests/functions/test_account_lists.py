"""Lists of accounts over the API (A5, S23)."""

from __future__ import annotations

from typing import Any

import pytest

from accounts import wiring
from tests.support.administrator import Administrator, account_of, an_administrator
from tests.support.deployment import Deployment, later
from tests.support.token_holder import a_holder_with_a_shipped_token, wrong
from tests.support.units import Meter
from tests.support.visitor import Answer, Visitor


@pytest.fixture
def alice(deployment: Deployment) -> Administrator:
    return an_administrator(deployment)


def listed(alice: Administrator, **query: str) -> Answer:
    return alice.visitor.call(
        "list_accounts",
        queryStringParameters=query or None,
        multiValueQueryStringParameters={name: [value] for name, value in query.items()} or None,
    )


def ids(answer: Answer) -> list[str]:
    assert answer.status == 200, answer.body
    return [one["id"] for one in answer.body["accounts"]]


def test_an_administrator_sees_everybody_of_the_own_organization_and_nobody_else_A5_S23(
    alice: Administrator, deployment: Deployment
) -> None:
    bob = alice.colleague(first_name="Bob", last_name="Åkesson")
    an_administrator(deployment)
    answer = listed(alice)
    assert ids(answer) == [account_of(bob), alice.account]
    [shown, _] = answer.body["accounts"]
    assert shown == {
        "id": account_of(bob),
        "user_id": bob.user_id,
        "name": "Bob Åkesson",
        "email": f"{bob.user_id}@acme.example",
        "roles": ["holder"],
        "active": True,
        "expires_at": None,
        "locked": False,
    }
    assert "cursor" not in answer.body or answer.body["cursor"] is None


def test_a_page_of_50_leads_to_the_next_and_costs_30_read_units_with_its_gate_A5(
    alice: Administrator, deployment: Deployment
) -> None:
    for number in range(60):
        assert alice.make(last_name=f"Hopper {number:02d}").status == 201
    # Its client signed by the gate within the minute: no write of its use.
    answers: list[Answer] = []
    meter = Meter(wiring.runtime().database._client)
    charges = meter.charged(lambda: answers.append(listed(alice)))
    assert charges.read <= 30, charges.calls
    [first] = answers
    second = listed(alice, cursor=first.body["cursor"])
    assert (len(ids(first)), len(ids(second))) == (50, 11)
    assert len({*ids(first), *ids(second)}) == 61
    elsewhere = an_administrator(deployment)
    assert len(ids(listed(elsewhere, cursor=first.body["cursor"]))) <= 1


def test_accounts_are_found_and_filtered_A5(alice: Administrator, deployment: Deployment) -> None:
    bob = alice.colleague(first_name="Bob", last_name="Zuse")
    assert ids(listed(alice, search="zuse b")) == [account_of(bob)]
    assert ids(listed(alice, search=bob.user_id)) == [account_of(bob)]
    assert account_of(bob) in ids(listed(alice, filter="without_credential"))
    # Her credential was written without its use case: that it is renewed or revoked is listed.
    assert ids(listed(alice, filter="locked")) == []
    device = lock(bob, alice, deployment)
    assert ids(listed(alice, filter="locked")) == [account_of(bob)]
    assert device


def lock(bob: Visitor, alice: Administrator, deployment: Deployment) -> Any:
    """Bob has a token, and types wrong codes until it is locked."""
    held = a_holder_with_a_shipped_token(deployment, who=bob, organization=alice.organization)
    assert held.register().status == 201
    later(deployment, seconds=30)
    for _ in range(5):
        held.elevate(wrong(held.device.code()))
    return held.device


def test_a_deactivated_account_is_listed_as_one_A5(alice: Administrator) -> None:
    bob = alice.colleague()
    assert alice.call("deactivate_account", account_of(bob)).status == 200
    shown = {one["id"]: one["active"] for one in listed(alice).body["accounts"]}
    assert shown == {account_of(bob): False, alice.account: True}


@pytest.mark.parametrize(
    "query",
    [
        {"search": "a", "filter": "locked"},
        {"search": ""},
        {"search": "a" * 65},
        {"filter": "everybody"},
        {"filter": "expiring", "days": "0"},
        {"filter": "expiring", "days": "367"},
        {"filter": "expiring", "days": "soon"},
        {"cursor": "nonsense"},
        {"cursor": "WzksIiJd"},
    ],
)
def test_a_list_that_makes_no_sense_is_refused_S49(
    query: dict[str, str], alice: Administrator
) -> None:
    refused = listed(alice, **query)
    assert (refused.status, refused.code) == (422, "invalid_input")


def test_a_list_takes_a_code_where_there_is_an_authenticator_S24(
    alice: Administrator, deployment: Deployment
) -> None:
    later(deployment, minutes=15)
    assert listed(alice).status == 200
    alice.visitor.sign_in("correct horse battery staple")
    assert listed(alice).code == "elevation_required"
