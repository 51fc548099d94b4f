"""Foreign things look like missing ones, and each request for one leaves an audit entry (S23)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace

import pytest

from tests.support.administrators import AnAdministrator, an_administrator
from tests.support.approving import somebody_of_both
from tests.support.cast import CALLERS, NOBODYS, Cast, assembled, everybody
from tests.support.deployment import Deployment
from tests.support.gateway import FUNCTION_OF
from tests.support.inviting import a_partner_administrator, address, invite_holder
from tests.support.sponsoring import a_sponsor, make
from tests.support.subscribing import subscribed_in
from tests.support.token_holder import (
    TokenHolder,
    a_holder_with_a_registered_token,
    idempotent,
)
from tests.support.visitor import Answer, Visitor, visitor

# Administrators' routes about others come below: their caller has every role and a fresh code.
ROUTES = sorted(
    f"{method} {path}"
    for method, path in FUNCTION_OF
    if not path.startswith(("/admin/", "/partner/"))
)
OF_ORDERS = [route for route in ROUTES if "{number}" in route]
OF_CONNECTIONS = [route for route in ROUTES if "{connection}" in route]
OF_CREDENTIALS = [route for route in ROUTES if "{credential}" in route]
STRANGERS = [caller for caller in CALLERS if caller != "holder"]


@pytest.fixture(scope="module")
def known(deployment: Deployment) -> Mapping[str, Visitor]:
    return everybody(deployment)


@pytest.fixture(scope="module")
def other(deployment: Deployment) -> TokenHolder:
    """A person whose credential no other person may find."""
    return a_holder_with_a_registered_token(deployment)


@pytest.fixture(autouse=True)
def _recorded_again(deployment: Deployment) -> None:
    """Forget how many foreign ids each person has asked for in the tests before (S62)."""
    client, table = deployment.client("dynamodb"), deployment.values["TABLE_SESSIONS"]
    for item in deployment.rows("sessions"):
        if item["pk"]["S"].startswith("LIMIT#foreign-ids"):
            key = {"pk": item["pk"], "sk": item["sk"]}
            client.delete_item(TableName=table, Key=key)


@pytest.fixture
def cast(known: Mapping[str, Visitor]) -> Cast:
    return assembled(known)


def seen(answer: Answer) -> tuple[object, ...]:
    return answer.status, answer.body, answer.headers


def noted(deployment: Deployment, who: Visitor, action: str) -> list[str]:
    """The refused ids of this person, from the audit trail, in order."""
    found = deployment.client("dynamodb").query(
        TableName=deployment.values["TABLE_AUDIT"],
        KeyConditionExpression="pk = :pk",
        ExpressionAttributeValues={":pk": {"S": f"ACTOR#{who.token.split('.')[0]}"}},
    )["Items"]
    refused = [row["facts"]["S"] for row in found if row["action"]["S"] == action]
    return [json.loads(facts)["asked"] for facts in refused]


def test_foreign_ids_are_recorded_twenty_times_a_day_and_answered_alike_S62(
    cast: Cast, deployment: Deployment
) -> None:
    asked = "SO-77777777"
    answers = [cast.call("colleague", "GET /orders/{number}", number=asked) for _ in range(22)]
    assert {(one.status, one.code) for one in answers} == {(404, "not_found")}
    found = noted(deployment, cast.people["colleague"], "order.refused")
    assert found.count(asked) == 20


@pytest.mark.parametrize("route", OF_ORDERS)
def test_a_foreign_order_looks_like_one_that_does_not_exist_S23(route: str, cast: Cast) -> None:
    for caller in STRANGERS:
        foreign = cast.call(caller, route)
        assert foreign.status in {401, 404}
        for number in ("SO-99999999", "SO-1", "nonsense", "order-token"):
            assert seen(cast.call(caller, route, number=number)) == seen(foreign)
    assert cast.call("holder", "GET /orders/{number}").body["state"] == "awaiting_payment"


@pytest.mark.parametrize("route", OF_CONNECTIONS)
@pytest.mark.parametrize("connection", ["con_00000000000000000000", "con_1", "nonsense"])
def test_a_foreign_connection_looks_like_one_that_does_not_exist_S23(
    route: str, connection: str, cast: Cast, deployment: Deployment
) -> None:
    for caller in STRANGERS:
        foreign = cast.call(caller, route)
        assert foreign.status in {401, 404}
        assert seen(cast.call(caller, route, connection=connection)) == seen(foreign)
    [still] = cast.call("holder", "GET /connections").body["connections"]
    assert still["id"] == cast.connection
    asked = noted(deployment, cast.people["colleague"], "connection.refused")
    told = connection if connection.startswith("con_0") else "no connection"
    assert asked[-2:] == [cast.connection, told]


@pytest.fixture(scope="module")
def neighbor(deployment: Deployment) -> Visitor:
    """Another person with a credential."""
    return a_holder_with_a_registered_token(deployment).visitor


@pytest.mark.parametrize("route", OF_CREDENTIALS)
def test_a_foreign_credential_looks_like_one_that_does_not_exist_S23(
    route: str, cast: Cast, other: TokenHolder, neighbor: Visitor
) -> None:
    for someone in (other.visitor, neighbor):
        someone.stay()
    shown = other.shown()
    cast = replace(cast, people={**cast.people, "neighbor": neighbor})
    for caller in ("nobody", "neighbor", "other organization", "administrator", "agent"):
        foreign = cast.call(caller, route, credential=other.credential)
        assert foreign.status == (401 if caller == "nobody" else 404)
        for unknown in (NOBODYS, "crd_1", "live", f"PAST%23{other.credential}"):
            assert seen(cast.call(caller, route, credential=unknown)) == seen(foreign)
    assert other.shown() == shown


@pytest.mark.parametrize("route", OF_CREDENTIALS)
def test_a_request_for_a_foreign_credential_leaves_a_trace_S23(
    route: str, cast: Cast, other: TokenHolder, deployment: Deployment
) -> None:
    for credential in (other.credential, NOBODYS, "no%20id%20at%20all"):
        assert cast.call("colleague", route, credential=credential).status == 404
    asked = noted(deployment, cast.people["colleague"], "credential.refused")
    assert asked[-3:] == [other.credential, NOBODYS, "no credential"]


def test_a_list_shows_nobody_elses_credentials_S23(cast: Cast, other: TokenHolder) -> None:
    other.visitor.stay()
    for caller in CALLERS[2:]:
        assert cast.call(caller, "GET /credentials").body == {"credentials": []}
    [own] = other.call("list_credentials").body["credentials"]
    assert own["id"] == other.credential


def test_a_list_shows_nobody_elses_orders_S23(cast: Cast) -> None:
    assert cast.order in str(cast.call("holder", "GET /orders").body)
    for caller in CALLERS[3:]:
        listed = cast.call(caller, "GET /orders").body["orders"]
        assert cast.order not in {order["number"] for order in listed}


NO_ACCOUNT, NO_INVITATION = "acc_00000000000000000000", "inv_00000000000000000000"
NO_ORDER, NO_EXPORT = "SO-99999999", "exp_00000000000000000000"
# The link's token is a secret: who doesn't have it names nothing, and no entry repeats it.
BY_TOKEN = "POST /admin/invitations/{invitation}/acceptance"
ADMINISTRATORS = sorted(
    route
    for route in (f"{method} {path}" for method, path in FUNCTION_OF)
    if "{" in route
    and route != BY_TOKEN
    and route.split(" ")[1].startswith(("/admin/", "/partner/", "/terms/", "/applications/"))
)
# A request for access to it says that there is no subscription, whatever it is.
ASKING = "POST /applications/{application}/access"


@pytest.fixture(scope="module")
def ruler(deployment: Deployment) -> AnAdministrator:
    """Somebody with every administrator's role, at Bolt and for Northwind, and a token."""
    roles = ["holder", "organization_administrator", "application_administrator"]
    return an_administrator(
        deployment,
        roles=[*roles, "partner_administrator"],
        organization="bolt",
        partner="northwind",
    )


@pytest.fixture(scope="module")
def foreign(
    known: Mapping[str, Visitor], ruler: AnAdministrator, deployment: Deployment
) -> Mapping[str, str]:
    """Things of Acme's, and of another partner's: what each place of a route means."""
    from operations import wiring

    waiting = somebody_of_both(deployment)
    assert waiting.redeem().status == 201
    subscribed_in(wiring.runtime(), "yard")
    theirs = a_partner_administrator(deployment, "strict").invite(address(), application="yard")
    campaign = make(a_sponsor(deployment, "strict"), visitor(deployment))
    acme = an_administrator(deployment)
    ours = invite_holder(acme.visitor, address())
    export = acme.visitor.call("request_export", headers=idempotent())
    assert {theirs.status, ours.status, export.status, campaign.status} == {201, 202}
    return {
        "account": acme.account,
        "number": waiting.order,
        "credential": waiting.credential,
        "export": export.body["id"],
        "organization": "acme",
        "application": "yard",
        "partner invitation": theirs.body["id"],
        "invitation": ours.body["id"],
        "campaign": campaign.body["id"],
    }


UNKNOWN = {
    "account": NO_ACCOUNT,
    "number": NO_ORDER,
    "credential": NOBODYS,
    "export": NO_EXPORT,
    "organization": "no-organization",
    "application": "no-application",
    "invitation": NO_INVITATION,
    "campaign": "cam_00000000000000000000",
}


def refusals(deployment: Deployment, who: AnAdministrator) -> int:
    """How many entries this administrator has."""
    found = deployment.client("dynamodb").query(
        TableName=deployment.values["TABLE_AUDIT"],
        KeyConditionExpression="pk = :pk",
        ExpressionAttributeValues={":pk": {"S": f"ACTOR#{who.account}"}},
    )
    return len(found["Items"])


def test_the_routes_of_administrators_are_tried_by_every_place_S23() -> None:
    places = {one for route in ADMINISTRATORS for one in route.split("{")[1:]}
    assert {one.partition("}")[0] for one in places} - {"unit"} == set(UNKNOWN)


@pytest.mark.parametrize("route", ADMINISTRATORS)
def test_an_administrator_gets_the_same_404_and_one_entry_for_foreign_and_unknown_ids_S23_S24(
    route: str,
    cast: Cast,
    ruler: AnAdministrator,
    foreign: Mapping[str, str],
    deployment: Deployment,
) -> None:
    ruler.elevate()
    cast = replace(cast, people={**cast.people, "ruler": ruler.visitor})
    places = dict(foreign)
    if "/partner/" in route:
        places["invitation"] = foreign["partner invitation"]
    del places["partner invitation"]
    before = refusals(deployment, ruler)
    answers = [cast.call("ruler", route, **named) for named in (places, UNKNOWN)]
    assert seen(answers[0]) == seen(answers[1])
    if route == ASKING:
        assert answers[0].status == 409
        return
    assert (answers[0].status, answers[0].code) == (404, "not_found")
    assert refusals(deployment, ruler) == before + 2


@pytest.mark.parametrize("method", ["POST", "DELETE"])
def test_an_own_application_opens_no_foreign_account_S23(
    method: str,
    cast: Cast,
    ruler: AnAdministrator,
    foreign: Mapping[str, str],
    deployment: Deployment,
) -> None:
    ruler.elevate()
    cast = replace(cast, people={**cast.people, "ruler": ruler.visitor})
    route = f"{method} /applications/{{application}}/access/{{account}}"
    before = refusals(deployment, ruler)
    answers = [
        cast.call("ruler", route, application="parts-portal", account=one)
        for one in (foreign["account"], NO_ACCOUNT)
    ]
    assert seen(answers[0]) == seen(answers[1])
    assert (answers[0].status, answers[0].code) == (404, "not_found")
    assert refusals(deployment, ruler) == before + 2
