"""Partners' campaigns through the handlers (B6, S23, S24)."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.administrators import AnAdministrator
from tests.support.deployment import Deployment, sample
from tests.support.recovering import mailed
from tests.support.sponsoring import ROLES, a_sponsor, about, accept, make
from tests.support.token_holder import idempotent
from tests.support.visitor import Visitor, visitor

NOBODYS = "cam_00000000000000000000"


@pytest.fixture
def grace(deployment: Deployment) -> AnAdministrator:
    sponsor = a_sponsor(deployment)
    visitor(deployment)  # Acme subscribes with its first account
    return sponsor


def test_a_campaigns_end_may_be_late_but_must_be_in_the_calendar_S49(
    grace: AnAdministrator, deployment: Deployment
) -> None:
    ada = visitor(deployment)
    refused = make(grace, ada, number=1, until="9999-12-31T23:59:59-10:00")
    assert (refused.status, refused.code) == (422, "invalid_input")
    assert make(grace, ada, number=1, until="9999-12-31T23:59:59Z").status == 201


def test_a_partner_makes_sees_extends_and_ends_a_campaign_B6(
    grace: AnAdministrator, deployment: Deployment
) -> None:
    ada, bob = visitor(deployment), visitor(deployment)
    made = make(grace, ada, number=1)
    assert made.status == 201
    campaign = made.body["id"]
    assert made.body == {
        "id": campaign,
        "name": "Hull 7",
        "state": "open",
        "product": "hardware-token",
        "product_name": made.body["product_name"],
        "proofing": False,
        "price": made.body["price"],
        "currency": "USD",
        "target": "accounts",
        "organizations": [],
        "domain": None,
        "number": 1,
        "budget": None,
        "accepted": 0,
        "spent": 0,
        "until": "2027-03-31T22:00:00Z",
        "made_at": made.body["made_at"],
        "ended_at": None,
    }
    assert accept(ada, campaign).status == 201
    extended = about(grace, "extend_campaign", campaign, number=2, accounts=[bob.user_id])
    assert (extended.status, extended.body["number"]) == (200, 2)
    [shown, *_] = grace.visitor.call("list_campaigns").body["campaigns"]
    assert (shown["id"], shown["accepted"], shown["spent"]) == (campaign, 1, shown["price"])
    ended = about(grace, "end_campaign", campaign)
    assert (ended.status, ended.body["state"]) == (200, "ended")
    refused = about(grace, "extend_campaign", campaign)
    assert (refused.status, refused.code) == (409, "illegal_state")
    report = about(grace, "show_campaign", campaign).body
    counts = [report[name] for name in ("offered", "accepted", "active", "lapsed")]
    assert counts == [2, 1, 0, 1]
    told = {one["user_id"]: (one["state"], one["status"]) for one in report["holders"]}
    assert told == {
        ada.user_id: ("accepted", "pending_activation"),
        bob.user_id: ("lapsed", None),
    }


def test_the_partner_pays_for_another_year_of_one_credential_B6_B7(
    grace: AnAdministrator, deployment: Deployment
) -> None:
    ada = visitor(deployment)
    campaign = make(grace, ada, number=1).body["id"]
    before = accept(ada, campaign).body["credential"]

    def renew(key: str = "", **changes: Any) -> Any:
        body = {"reason": "Another hull", "user_id": ada.user_id, **changes}
        return grace.visitor.call(
            "renew_sponsored",
            body,
            parameters={"campaign": campaign},
            headers=idempotent(key),
        )

    first, again = (renew(key="one-year-and-no-more") for _ in range(2))
    assert (first.status, again.body) == (201, first.body)
    assert (first.body["renewals"], first.body["expires_at"][:4]) == (
        1,
        str(int(before["expires_at"][:4]) + 1),
    )
    refused = renew(user_id="nobody-at-all")
    assert (refused.status, list(refused.body["fields"])) == (422, ["user_id"])
    orders = ada.call("list_orders").body["orders"]
    assert [one["total"] for one in orders] == [0, 0]


def test_pages_of_campaigns_and_of_a_report_go_on_B6(
    grace: AnAdministrator, deployment: Deployment
) -> None:
    people = [visitor(deployment) for _ in range(3)]
    campaign = make(grace, *people, number=3).body["id"]
    make(grace, people[0], number=1)

    def pages(name: str, what: str, **parameters: str) -> list[Any]:
        found, cursor = [], None
        while True:
            query = {"limit": "1", **({"cursor": cursor} if cursor else {})}
            answer = grace.visitor.call(
                name,
                parameters=parameters or None,
                queryStringParameters=query,
                multiValueQueryStringParameters={one: [value] for one, value in query.items()},
            )
            assert answer.status == 200
            found += answer.body[what]
            cursor = answer.body["cursor"]
            if not cursor:
                return found

    holders = pages("show_campaign", "holders", campaign=campaign)
    assert sorted(one["user_id"] for one in holders) == sorted(one.user_id for one in people)
    listed = [one["id"] for one in pages("list_campaigns", "campaigns")]
    assert len(set(listed)) == len(listed) >= 2


def test_the_same_request_again_makes_one_campaign_B6(
    grace: AnAdministrator, deployment: Deployment
) -> None:
    ada = visitor(deployment)
    first, again = (make(grace, ada, key="one-campaign-only") for _ in range(2))
    assert (first.status, again.body) == (201, first.body)
    assert [subject for subject, _ in mailed(deployment, ada.user_id)].count(
        "Northwind Aerospace pays for your credential"
    ) == 1
    reused = make(grace, ada, key="one-campaign-only", number=2)
    assert (reused.status, reused.code) == (409, "idempotency_key_reused")


def test_another_partners_campaign_is_the_same_404_S23(
    grace: AnAdministrator, deployment: Deployment
) -> None:
    seed = sample(
        "operations/seed",
        partners=[{"id": "southwind", "name": "Southwind", "applications": []}],
        accounts=[],
    )
    assert "error" not in deployment.invoke("operations", seed)
    eve = a_sponsor(deployment, partner="southwind")
    campaign = make(grace, visitor(deployment), number=1).body["id"]
    for name in ("show_campaign", "extend_campaign", "end_campaign"):
        answers = [about(eve, name, one) for one in (campaign, NOBODYS, "nonsense")]
        assert {one.status for one in answers} == {404}, name
        assert answers[0].body == answers[1].body == answers[2].body
    assert eve.visitor.call("list_campaigns").body == {"campaigns": [], "cursor": None}


def test_a_session_without_a_code_does_nothing_here_S24(deployment: Deployment) -> None:
    plain = visitor(deployment, roles=ROLES, partner="northwind")
    for name, parameters in (
        ("make_campaign", None),
        ("list_campaigns", None),
        ("show_campaign", {"campaign": NOBODYS}),
        ("extend_campaign", {"campaign": NOBODYS}),
        ("end_campaign", {"campaign": NOBODYS}),
    ):
        refused = plain.call(name, parameters=parameters)
        assert (refused.status, refused.code) == (403, "elevation_required"), name


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"until": "2027-03-31"}, "until"),
        ({"until": "2027-03-31T22:00:00"}, "until"),
        ({"until": 1}, "until"),
        ({"until": "2020-01-01T00:00:00Z"}, "until"),
        ({"number": 0}, "number"),
        ({"number": 1.5}, "number"),
        ({"number": 10**9}, "number"),
        ({"budget": 10**15, "number": None}, "budget"),
        ({"name": "Hull\n7"}, "name"),
        ({"accounts": ["a"] * 101}, "accounts"),
        ({"accounts": ["nobody-at-all"]}, "accounts.0"),
        ({"accounts": [], "organizations": ["nobody"]}, "organizations.0"),
        ({"accounts": [], "domain": "x" * 300}, "domain"),
        ({"accounts": [], "domain": "acme.example/../"}, "domain"),
        ({"product": "Nothing!"}, "product"),
    ],
)
def test_bad_input_is_refused_with_its_field(
    grace: AnAdministrator, deployment: Deployment, changes: dict[str, Any], field: str
) -> None:
    holder: list[Visitor] = [] if "accounts" in changes else [visitor(deployment)]
    refused = make(grace, *holder, **{"number": 1, **changes})
    assert (refused.status, list(refused.body["fields"])) == (422, [field])
