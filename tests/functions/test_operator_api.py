"""The operators' API: the acts of the operations function, by a person whom AWS has proven (G2)."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest

from keyfob.domain.errors import StorageUnavailable
from tests.support.context import Context
from tests.support.deployment import Deployment, sample
from tests.support.fakes import unique
from tests.support.operating import ROLE, Operator
from tests.support.templates import ROOT
from tests.support.token_holder import a_holder_with_a_registered_token
from tests.support.unchanged import unchanged
from tests.support.visitor import visitor


@pytest.fixture
def olivia(deployment: Deployment) -> Operator:
    return Operator(deployment=deployment)


def entries(deployment: Deployment, subject: str) -> list[dict[str, Any]]:
    found = deployment.client("dynamodb").query(
        TableName=deployment.values["TABLE_AUDIT"],
        KeyConditionExpression="pk = :pk",
        ExpressionAttributeValues={":pk": {"S": subject}},
    )
    return [{name: next(iter(one.values())) for name, one in row.items()} for row in found["Items"]]


def test_an_act_has_the_name_the_reason_and_the_invocation_in_its_entry_G2_S60(
    olivia: Operator, deployment: Deployment
) -> None:
    owner = a_holder_with_a_registered_token(deployment)
    answer = olivia.act("reset_token", "She called back", user_id=owner.visitor.user_id)
    assert (answer.status, answer.body["credential"]) == (200, owner.credential)
    assert answer.headers["Cache-Control"] == "no-store"
    subject = f"CREDENTIAL#{owner.visitor.token.split('.')[0]}#{owner.credential}"
    last = entries(deployment, subject)[-1]
    assert (last["action"], last["actor_kind"], last["actor_id"]) == (
        *("token.reset", "operator"),
        "olivia",
    )
    # By the invocation's id the API's access log leads to the principal.
    assert last["correlation"] == Context.aws_request_id
    assert json.loads(last["facts"])["reason"] == "She called back"


def test_an_invocation_past_the_api_is_recorded_as_by_nobody_proven_S60(
    deployment: Deployment,
) -> None:
    owner = a_holder_with_a_registered_token(deployment)
    event = {"operation": "reset_token", "reason": "By hand", "user_id": owner.visitor.user_id}
    assert deployment.invoke("operations", event)["credential"] == owner.credential
    subject = f"CREDENTIAL#{owner.visitor.token.split('.')[0]}#{owner.credential}"
    assert entries(deployment, subject)[-1]["actor_id"] == "console"


@pytest.mark.parametrize(
    "name", sorted(path.stem for path in (ROOT / "events/operations").glob("*.json"))
)
def test_the_api_takes_every_event_of_a_direct_invocation_G2(name: str, olivia: Operator) -> None:
    event = sample(f"operations/{name}")
    if name == "forecast":
        # Tests share a clock that goes on: the sample's period may be over.
        from operations import wiring

        today = wiring.runtime().clock().date()
        event = {"operation": "forecast", "until": str(today + timedelta(days=30))}
    answer = olivia.call("POST", "/operator/operations", event)
    # Whether it can be done depends on the tests before; that it is understood doesn't.
    fields = answer.body.get("fields", {}) if answer.status == 422 else {}
    assert answer.status in {200, 404, 409, 422}
    assert not [one for one in fields if one.startswith(f"{event['operation']}.")]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"reason": None}, "reset_token.reason"),
        ({"reason": "  "}, "reset_token.reason"),
        ({"user_id": 7}, "reset_token.user_id"),
        ({"as": "otto"}, "reset_token.as"),
        ({"operation": "reset_everything"}, "body"),
    ],
)
def test_an_act_without_a_reason_or_with_wrong_fields_changes_nothing_S60(
    changes: dict[str, Any], field: str, olivia: Operator, deployment: Deployment
) -> None:
    body = {"operation": "reset_token", "reason": "Asked", "user_id": "somebody-else", **changes}
    with unchanged(deployment):
        refused = olivia.call("POST", "/operator/operations", body)
    assert (refused.status, refused.code, list(refused.body["fields"])) == (
        *(422, "invalid_input"),
        [field],
    )


def test_operators_make_partners_applications_and_their_administrators_G2_S60(
    olivia: Operator, deployment: Deployment
) -> None:
    ada, partner, forum = visitor(deployment), unique("partner-"), unique("forum-")
    application = {
        **sample("operations/put_application"),
        "partner": partner,
        "id": forum,
        "reason": "They asked",
    }
    put: dict[str, Any] = {
        "id": partner,
        "name": "New",
        "approves_credentials": False,
        "proofing_questions": True,
    }
    unknown = olivia.call("POST", "/operator/operations", application)
    assert (unknown.status, unknown.code) == (404, "not_found")
    assert olivia.act("put_partner", **put).body["applications"] == []
    made = olivia.call("POST", "/operator/operations", application)
    assert (made.body["applications"], made.body["changed"]["level"]) == ([forum], 1)
    again = olivia.call("POST", "/operator/operations", application)
    assert (again.status, again.body["changed"]) == (200, {})
    named = {"user_id": ada.user_id, "partner": partner}
    appointed = olivia.act("set_partner_administrator", **named)
    assert (appointed.body["partner"], "partner_administrator" in appointed.body["roles"]) == (
        partner,
        True,
    )
    dismissed = olivia.act("set_partner_administrator", **named, administers=False)
    assert (dismissed.body["partner"], dismissed.body["roles"]) == (None, ["holder"])
    actions = [one["action"] for one in entries(deployment, f"PARTNER#{partner}")]
    assert actions == ["partner.added", "application.added"]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"level": 0}, "level"),
        ({"level": 4}, "level"),
        ({"hardware_only": True}, "hardware_only"),
        ({"terms": {"version": "1", "text": " \n ", "reacceptance": False}}, "terms.text"),
        ({"terms": {"version": "", "text": "Be kind.", "reacceptance": False}}, "terms.version"),
        ({"terms": {"version": "1", "text": "a\u202eb", "reacceptance": False}}, "terms.text"),
        ({"terms": "none"}, "terms"),
        ({"id": "A forum"}, "id"),
    ],
)
def test_an_application_that_makes_no_sense_is_refused_A7(
    changes: dict[str, Any], field: str, olivia: Operator, deployment: Deployment
) -> None:
    body = {**sample("operations/put_application"), **changes}
    with unchanged(deployment):
        refused = olivia.call("POST", "/operator/operations", body)
    assert refused.code == "invalid_input"
    assert list(refused.body["fields"]) == [f"put_application.{field}"]


@pytest.mark.parametrize("field", ["public", "terms", "level", "hardware_only", "name"])
def test_what_a_put_leaves_out_is_not_guessed_A7(field: str, olivia: Operator) -> None:
    body = sample("operations/put_application")
    del body[field]
    refused = olivia.call("POST", "/operator/operations", body)
    assert refused.body["fields"] == {f"put_application.{field}": "is required"}


def test_a_body_cannot_name_the_operator_S60(olivia: Operator, deployment: Deployment) -> None:
    """Nor does a header: the name is the signature's."""
    seed = sample("operations/seed")
    seed["organizations"][0] |= {"id": unique("supplier-")}
    event = sample("operators/operate", body=json.dumps(seed))
    event["headers"] |= {"X-Operator": "otto", "X-Amzn-User-Arn": f"{ROLE}/otto"}
    assert olivia.send(event).status == 200
    [added] = entries(deployment, f"ORGANIZATION#{seed['organizations'][0]['id']}")
    assert added["actor_id"] == "olivia"


def test_an_outage_is_answered_as_one_and_can_be_repeated_S43(
    olivia: Operator, deployment: Deployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    from operations import wiring

    someone = visitor(deployment)

    def fail(*_: Any) -> None:
        raise StorageUnavailable

    monkeypatch.setattr(wiring.help_desk(), "reset_token", fail)
    refused = olivia.act("reset_token", user_id=someone.user_id)
    assert (refused.status, refused.code) == (503, "storage_unavailable")
