"""A partner's administrators approve the credentials that wait for it (F1, S23, S24)."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.functions.test_administration import entries
from tests.support.administrators import AnAdministrator, an_administrator
from tests.support.approving import STRICT, approve, somebody_of_both
from tests.support.deployment import Deployment, later, sample
from tests.support.recovering import mailed
from tests.support.takeover import account_of
from tests.support.token_holder import TokenHolder
from tests.support.visitor import PERMANENT, Answer, visitor

ROLES = ["holder", "partner_administrator"]
NOBODYS = "crd_00000000000000000000"


@pytest.fixture
def ada(deployment: Deployment) -> TokenHolder:
    """Somebody whose credential waits for the strict partner."""
    who = somebody_of_both(deployment)
    assert who.redeem().status == 201
    return who


@pytest.fixture
def grace(deployment: Deployment, ada: TokenHolder) -> AnAdministrator:
    """An administrator of the strict partner."""
    assert ada.credential
    return an_administrator(deployment, roles=ROLES, partner="strict")


def accept(who: AnAdministrator, credential: str, **changes: Any) -> Answer:
    body = json.loads(sample("api/approve_waiting_credential")["body"]) | changes
    return who.visitor.call(
        "approve_waiting_credential", body, parameters={"credential": credential}
    )


def listed(who: AnAdministrator, **query: str) -> Any:
    several = {name: [one] for name, one in query.items()}
    answer = who.visitor.call(
        "list_waiting_credentials",
        queryStringParameters=query or None,
        multiValueQueryStringParameters=several or None,
    )
    assert answer.status == 200, answer.body
    return answer.body


def everything(who: AnAdministrator) -> list[Any]:
    """All pages."""
    page = listed(who, limit="1")
    found = page["credentials"]
    while page["cursor"]:
        page = listed(who, limit="1", cursor=page["cursor"])
        found += page["credentials"]
    return list(found)


def test_a_partner_sees_who_waits_for_it_and_no_more_than_that_F1(
    grace: AnAdministrator, ada: TokenHolder, deployment: Deployment
) -> None:
    [one] = [one for one in everything(grace) if one["credential"] == ada.credential]
    assert one == {
        "credential": ada.credential,
        "name": "Ada Byron",
        "user_id": ada.visitor.user_id,
        "organization": "Acme Precision Parts",
        "applications": ["Yard"],
        "since": one["since"],
    }
    assert one["since"] <= deployment.clock.now().isoformat()
    assert listed(grace, limit="50")["credentials"] == everything(grace)


def test_the_partners_approval_lets_the_holder_go_on_F1(
    grace: AnAdministrator, ada: TokenHolder, deployment: Deployment
) -> None:
    """The holder is told; the history says that it was the partner; again, nothing changes."""
    done = accept(grace, ada.credential, reason="Works on the new hull")
    assert done.body == {"credential": ada.credential, "complete": True}
    assert accept(grace, ada.credential).body == done.body
    assert ada.credential not in str(everything(grace))
    assert ada.call("activate_credential").body["status"] == "active"
    events = ada.call("show_credential_history").body["events"]
    assert [(one["what"], one["by"]) for one in events] == [
        ("credential.activated", "holder"),
        ("credential.approved", "partner"),
        ("credential.redeemed", "holder"),
    ]
    chain = entries(deployment, f"CREDENTIAL#{account_of(ada.visitor)}#{ada.credential}")
    facts = dict(chain)["credential.approved"]
    assert (facts["partner"], facts["reason"]) == ("strict", "Works on the new hull")
    assert "Your credential was approved" in dict(mailed(deployment, ada.visitor.user_id))
    own = dict(mailed(deployment, grace.visitor.user_id))
    assert not any("in the name of" in subject for subject in own), "the partner did it itself"


def test_another_partners_credential_looks_like_an_unknown_one_S23(
    ada: TokenHolder, deployment: Deployment
) -> None:
    eve = an_administrator(deployment, roles=ROLES, partner="northwind")
    assert ada.credential not in str(everything(eve))
    before = len(entries(deployment, f"ACTOR#{eve.account}"))
    answers = [accept(eve, one) for one in (ada.credential, NOBODYS, "nonsense")]
    assert {(one.status, json.dumps(one.body)) for one in answers} == {
        (404, json.dumps(answers[0].body))
    }
    noted = entries(deployment, f"ACTOR#{eve.account}")[before:]
    assert [(what, facts["asked"]) for what, facts in noted] == [
        ("credential.refused", ada.credential),
        ("credential.refused", NOBODYS),
        ("credential.refused", "no credential"),
    ]
    assert ada.shown()["status"] == "pending_approval"


def test_a_partner_acts_by_a_recent_code_alone_S24(
    grace: AnAdministrator, ada: TokenHolder, deployment: Deployment
) -> None:
    """It reads by a code; without any authenticator there is nothing to read either."""
    later(deployment, minutes=15)
    assert accept(grace, ada.credential).code == "elevation_required"
    assert listed(grace)["credentials"]
    grace.visitor.sign_in(PERMANENT)
    assert grace.visitor.call("list_waiting_credentials").code == "elevation_required"
    new = visitor(deployment, roles=ROLES, partner="strict")
    assert new.call("list_waiting_credentials").code == "elevation_required"
    assert ada.shown()["status"] == "pending_approval"


def test_nobody_approves_an_own_credential_S24(deployment: Deployment) -> None:
    """Nor that of another account of the same person."""
    ada = somebody_of_both(deployment)
    assert ada.redeem().status == 201
    email = f"{ada.visitor.user_id}@acme.example"
    same = an_administrator(
        deployment, roles=ROLES, partner="strict", email=email, first_name="Ada"
    )
    refused = accept(same, ada.credential)
    assert (refused.status, refused.code) == (403, "not_on_oneself")
    assert ada.shown()["status"] == "pending_approval"


def test_who_acts_for_no_partner_has_no_list_S24(deployment: Deployment) -> None:
    nobodys = an_administrator(deployment, roles=ROLES)
    assert nobodys.visitor.call("list_waiting_credentials").code == "role_required"
    assert accept(nobodys, NOBODYS).code == "role_required"


def test_an_operators_approval_is_told_to_the_partner_with_its_reason_F1(
    grace: AnAdministrator, ada: TokenHolder, deployment: Deployment
) -> None:
    assert approve(deployment, ada)["status"] == "pending_activation"
    told = dict(mailed(deployment, grace.visitor.user_id))
    text = told[f"A credential was approved in the name of {STRICT['name']}"]
    assert ada.visitor.user_id in text
    assert sample("operations/approve_credential")["reason"] in text
    assert ada.credential not in str(everything(grace))


def test_a_revoked_credential_waits_no_more_F1(grace: AnAdministrator, ada: TokenHolder) -> None:
    assert ada.call("revoke_credential").status == 200
    assert ada.credential not in str(everything(grace))
    assert accept(grace, ada.credential).status == 404
