"""Administrators list and reissue the license keys of their organization (B5, S23, S24)."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import Any

import pytest

from tests.functions.test_administration import entries
from tests.support.administrator import an_organization
from tests.support.administrators import AnAdministrator, an_administrator
from tests.support.deployment import Deployment, later, sample
from tests.support.fakes import Meddler, unique
from tests.support.recovering import mailed
from tests.support.token_holder import (
    TokenHolder,
    a_holder_with_a_license_key,
    license_keys,
)
from tests.support.visitor import PERMANENT, Answer, visitor


@pytest.fixture
def grace(deployment: Deployment) -> AnAdministrator:
    return an_administrator(deployment)


def reissue(who: AnAdministrator, order: str, unit: str = "1", **changes: Any) -> Answer:
    body = json.loads(sample("api/reissue_license_key")["body"]) | changes
    return who.visitor.call("reissue_license_key", body, parameters={"number": order, "unit": unit})


def listed(who: AnAdministrator, **query: str) -> Any:
    several = {name: [one] for name, one in query.items()}
    return who.visitor.call(
        "list_license_keys",
        queryStringParameters=query or None,
        multiValueQueryStringParameters=several or None,
    ).body


def test_keys_that_nobody_has_redeemed_are_listed_without_the_key_B5(
    deployment: Deployment,
) -> None:
    """The purchaser's organization's alone, page by page, the latest paid first."""
    home = unique("home")
    grace = an_administrator(deployment, organization=home)
    ada = bought(deployment, home, quantity=2)
    later(deployment, seconds=5)
    bob = bought(deployment, home)
    elsewhere = a_holder_with_a_license_key(deployment)
    grace.elevate()

    found = listed(grace)
    shown = [(one["order"], one["unit"], one["purchaser"]) for one in found["license_keys"]]
    assert shown == [
        (bob.order, 1, bob.visitor.user_id),
        (ada.order, 2, ada.visitor.user_id),
        (ada.order, 1, ada.visitor.user_id),
    ]
    assert found["license_keys"][0]["product"] == "hardware-token"
    assert elsewhere.order not in json.dumps(found)
    for key in license_keys(deployment, ada.order):
        assert key not in json.dumps(found)

    first = listed(grace, limit="2")
    rest = listed(grace, limit="2", cursor=first["cursor"])
    assert first["license_keys"] + rest["license_keys"] == found["license_keys"]
    assert rest["cursor"] is None

    bob.visitor.stay()
    assert bob.redeem().status == 201
    assert [one["order"] for one in listed(grace)["license_keys"]] == [ada.order] * 2


def test_a_key_that_was_redeemed_a_moment_ago_is_not_listed_B5(
    deployment: Deployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The index lags behind the keys."""
    from license_keys import wiring

    database = wiring.runtime().database
    client = Meddler(database._client)
    monkeypatch.setattr(database, "_client", client)
    home = unique("home")
    grace, ada = an_administrator(deployment, organization=home), bought(deployment, home)
    seen: list[Any] = []

    def see(operation: Any, request: Any) -> Any:
        seen.append(operation(**request))
        return seen[0]

    grace.elevate()
    client.next("query", see, lambda _operation, _request: seen[0])
    assert len(listed(grace)["license_keys"]) == 1
    ada.visitor.stay()
    assert ada.redeem().status == 201
    assert listed(grace)["license_keys"] == []


def bought(deployment: Deployment, home: str, quantity: int = 1) -> TokenHolder:
    """Somebody of this organization with license keys; the first one's token is shipped."""
    return a_holder_with_a_license_key(
        deployment, who=visitor(deployment, organization=home), quantity=quantity
    )


def test_a_reissued_key_takes_the_place_of_the_old_one_B5(
    grace: AnAdministrator, deployment: Deployment
) -> None:
    ada = a_holder_with_a_license_key(deployment)
    old = ada.license_key
    grace.elevate()
    answer = reissue(grace, ada.order, reason="Mail went astray")
    assert answer.body == {"order": ada.order, "unit": 1}
    ada.visitor.stay()
    assert ada.redeem().code == "unknown_license_key"
    told = mailed(deployment, ada.visitor.user_id)
    [text] = [text for _, text in told if "takes the place of the one" in text]
    assert old not in text
    assert not any(old in one for _, one in told), "the first mail wasn't sent yet: it is obsolete"
    [ada.license_key] = re.findall(r"(?:[0-9A-Z]{5}-){3}[0-9A-Z]{5}", text)
    assert ada.redeem().status == 201
    refused = reissue(grace, ada.order)
    assert (refused.status, refused.code) == (409, "license_key_not_reissuable")
    noted = json.dumps(entries(deployment, f"ACTOR#{grace.account}"))
    assert "license_key_not_reissuable" in noted
    assert old not in noted
    assert ada.license_key not in noted


def test_the_entry_of_a_reissue_names_order_unit_and_reason_B5_S60(
    grace: AnAdministrator, deployment: Deployment
) -> None:
    ada = a_holder_with_a_license_key(deployment)
    grace.elevate()
    assert reissue(grace, ada.order, reason="Mail went astray").status == 200
    rows = deployment.rows("audit")
    [found] = [
        row
        for row in rows
        if row["action"]["S"] == "license_key.reissued" and ada.order in row["facts"]["S"]
    ]
    facts = json.loads(found["facts"]["S"])
    assert facts == {"order": ada.order, "unit": 1, "reason": "Mail went astray"}
    assert found["actor_id"]["S"] == grace.account


def test_another_organizations_order_looks_like_an_unknown_one_S23(
    grace: AnAdministrator, deployment: Deployment
) -> None:
    other = bought(deployment, unique("home"))
    grace.elevate()
    before = len(entries(deployment, f"ACTOR#{grace.account}"))
    answers = [reissue(grace, one) for one in (other.order, "SO-99999999", "nonsense")]
    assert {(one.status, json.dumps(one.body)) for one in answers} == {
        (404, json.dumps(answers[0].body))
    }
    noted = entries(deployment, f"ACTOR#{grace.account}")[before:]
    assert [(what, facts["asked"]) for what, facts in noted] == [
        ("order.refused", other.order),
        ("order.refused", "SO-99999999"),
        ("order.refused", "no order number"),
    ]
    other.visitor.stay()
    assert other.redeem().status == 201


def test_a_key_is_reissued_by_a_recent_code_alone_S24(
    grace: AnAdministrator, deployment: Deployment
) -> None:
    """Neither by a password typed just now nor by a session of a while ago."""
    ada = a_holder_with_a_license_key(deployment)
    grace.elevate()
    later(deployment, minutes=15)
    assert reissue(grace, ada.order).code == "elevation_required"
    grace.visitor.sign_in(PERMANENT)
    assert reissue(grace, ada.order).code == "elevation_required"
    assert grace.visitor.call("list_license_keys").code == "elevation_required"
    ada.visitor.stay()
    assert ada.redeem().status == 201


@pytest.mark.parametrize("unit", ["0", "2", "-1", "x", "99999999999"])
def test_a_unit_that_has_no_key_is_refused_B5(
    unit: str, grace: AnAdministrator, deployment: Deployment
) -> None:
    ada = a_holder_with_a_license_key(deployment)
    grace.elevate()
    assert reissue(grace, ada.order, unit).status in {404, 422}
    ada.visitor.stay()
    assert ada.redeem().status == 201


def test_an_operator_reissues_a_key_B5_G2(deployment: Deployment) -> None:
    ada = a_holder_with_a_license_key(deployment)
    event = sample("operations/reissue_license_key", order=ada.order, unit=1)
    answer = deployment.invoke("operations", event)
    account = ada.visitor.token.partition(".")[0]
    assert answer == {"order": ada.order, "unit": 1, "mailed_to": account}
    assert ada.redeem().code == "unknown_license_key"
    assert deployment.invoke("operations", event | {"unit": 2})["error"] == "not_found"
    assert "problems" in deployment.invoke("operations", event | {"reason": ""})


def test_an_organization_reissues_so_many_keys_a_day_S62(
    deployment: Deployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A refused reissue counts, too: each asks the key service."""
    from license_keys import wiring

    home = an_organization(deployment)
    grace = an_administrator(deployment, organization=home)
    monkeypatch.setattr(
        wiring.bought_keys(), "_policy", replace(wiring.runtime().policy, reissues_a_day=2)
    )
    ada = bought(deployment, home)
    grace.elevate()
    answers = [reissue(grace, ada.order) for _ in range(3)]
    assert [answers[0].status, answers[2].status, answers[2].code] == [200, 429, "too_many_tries"]


def resend(ada: TokenHolder, order: str = "", position: str = "1") -> Answer:
    where = {"number": order or ada.order, "position": position}
    return ada.visitor.call("resend_license_key", parameters=where)


def test_a_purchaser_gets_the_key_again_which_is_another_one_B5(deployment: Deployment) -> None:
    """Nothing keeps the first one; the entry says why there is a second."""
    ada = a_holder_with_a_license_key(deployment)
    answer = resend(ada)
    assert (answer.status, answer.body) == (200, {"order": ada.order, "position": 1})
    assert ada.redeem().code == "unknown_license_key"
    old = ada.license_key
    [ada.license_key] = [key for key in license_keys(deployment, ada.order) if key != old]
    [facts] = [
        json.loads(row["facts"]["S"])
        for row in deployment.rows("audit")
        if row["action"]["S"] == "license_key.reissued" and ada.order in row["facts"]["S"]
    ]
    assert facts["reason"] == "The mail has not arrived"
    assert ada.redeem().status == 201
    refused = resend(ada)
    assert (refused.status, refused.code) == (409, "license_key_not_reissuable")


def test_nobody_gets_the_key_of_anothers_order_again_S23(deployment: Deployment) -> None:
    """The same answer as for an unknown order, and an entry."""
    ada, eve = a_holder_with_a_license_key(deployment), a_holder_with_a_license_key(deployment)
    answers = [resend(eve, one) for one in (ada.order, "SO-99999999", "nonsense")]
    assert {(one.status, json.dumps(one.body)) for one in answers} == {
        (404, json.dumps(answers[0].body))
    }
    account = eve.visitor.token.partition(".")[0]
    noted = [
        (what, facts["asked"])
        for what, facts in entries(deployment, f"ACTOR#{account}")
        if what == "order.refused"
    ]
    assert noted == [
        ("order.refused", ada.order),
        ("order.refused", "SO-99999999"),
        ("order.refused", "no order number"),
    ]
    assert resend(ada, position="2").status == 404
    assert ada.redeem().status == 201


def test_a_purchaser_gets_so_many_keys_again_a_day_S62(
    deployment: Deployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    from license_keys import wiring

    policy = replace(wiring.runtime().policy, key_resends_a_day=1)
    monkeypatch.setattr(wiring.own_keys()._resending, "_policy", policy)
    ada, bob = a_holder_with_a_license_key(deployment), a_holder_with_a_license_key(deployment)
    assert [resend(ada).status for _ in range(2)] == [200, 429]
    assert resend(bob).status == 200
