"""Administrators decide about names that agents have found on documents (C4, F4, S24)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest

from tests.functions.test_name_corrections import DIFFERS, met, subjects
from tests.support.administrators import AnAdministrator, an_administrator
from tests.support.deployment import Deployment, later, of_its_own
from tests.support.proofing import AnAgent, Candidate, a_candidate, an_agent, works
from tests.support.takeover import account_of
from tests.support.visitor import PERMANENT

__all__ = ["of_its_own"]


@pytest.fixture
def agent(deployment: Deployment) -> Iterator[AnAgent]:
    """The only agent who works."""
    one = an_agent(deployment)
    yield one
    works(deployment, one.holder.visitor.user_id, active=False)


@pytest.fixture
def ada(deployment: Deployment, agent: AnAgent) -> Candidate:
    """Somebody whose agent found another name on the document."""
    one = a_candidate(deployment)
    assert one.choose().status == 200
    assert agent.result(met(one, agent), DIFFERS).status == 200
    return one


@pytest.fixture
def grace(deployment: Deployment, ada: Candidate) -> AnAdministrator:
    assert ada.proofing
    return an_administrator(deployment)


def test_an_administrator_sees_and_confirms_a_name(ada: Candidate, grace: AnAdministrator) -> None:
    """C4: with the account's names from now on, which must be those on the document."""
    account = account_of(ada.holder.visitor)
    shown = grace.about("show_name_in_question", account).body
    assert shown["name_on_document"] == "Ada King Lovelace"
    soon = (ada.deployment.clock.now() + timedelta(days=13)).isoformat()
    assert shown["until"] > soon
    wrong = grace.about("decide_name", account, first_name="Augusta")
    assert (wrong.status, list(wrong.body["fields"])) == (422, ["first_name"])
    done = grace.about("decide_name", account, middle_name="King")
    assert done.body == {"state": "to_book"}
    assert ada.call("show_credential").body["legal_name"] == "Ada King Lovelace"
    assert "Your name was corrected" in subjects(ada)
    again = grace.about("decide_name", account, middle_name="King")
    assert (again.status, again.code) == (409, "not_this_step")
    assert grace.about("show_name_in_question", account).code == "not_this_step"


def test_an_administrator_refuses_a_name(ada: Candidate, grace: AnAdministrator) -> None:
    """C4: the names stay; no name is sent along."""
    account = account_of(ada.holder.visitor)
    before = ada.call("show_credential").body["legal_name"]
    refusal = {"decision": "refuse", "first_name": None, "last_name": None}
    named = grace.about("decide_name", account, **(refusal | {"first_name": "Ada"}))
    assert named.status == 422
    assert grace.about("decide_name", account, **refusal).body == {"state": "to_book"}
    assert ada.call("show_credential").body["legal_name"] == before
    assert "Your name stays as it is" in subjects(ada)


def test_the_agent_who_found_a_name_does_not_decide_about_it(
    ada: Candidate, agent: AnAgent
) -> None:
    """S24, S34: two people, even if the agent administers the organization, too."""
    roles = ["agent", "organization_administrator"]
    agent.deployment.client("dynamodb").update_item(
        TableName=agent.deployment.values["TABLE_SESSIONS"],
        Key={"pk": {"S": f"ACCOUNT#{agent.account}"}, "sk": {"S": "-"}},
        UpdateExpression="SET #roles = :roles",
        ExpressionAttributeNames={"#roles": "roles"},
        ExpressionAttributeValues={":roles": {"S": str(roles).replace("'", '"')}},
    )
    later(agent.deployment, seconds=60)
    agent.holder.visitor.sign_in(PERMANENT)
    agent.elevate()
    administrator = AnAdministrator(holder=agent.holder, deployment=agent.deployment)
    refused = administrator.about("decide_name", account_of(ada.holder.visitor), middle_name="King")
    assert (refused.status, refused.code) == (403, "found_by_oneself")
