"""Applications and statements over the API (A7, A9, E4, S15, S20, S26)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from joserfc import jwt
from joserfc.jwk import KeySet

from operations import wiring as operations
from statements import wiring
from tests.support.administrator import an_organization
from tests.support.deployment import Deployment, later, sample
from tests.support.phone_holder import PhoneHolder
from tests.support.phones import code_spoken
from tests.support.subscribing import subscribed_in
from tests.support.token_holder import TokenHolder, a_holder_with_a_registered_token
from tests.support.two_accounts import connected
from tests.support.visitor import PERMANENT, Answer, Visitor, visitor

PORTAL, VAULT = "parts-portal", "design-vault"


@pytest.fixture(autouse=True)
def _subscribed(deployment: Deployment) -> None:
    """The seed has made the partner; Acme subscribes to both of its applications."""
    for application in (PORTAL, VAULT):
        subscribed_in(operations.runtime(), application)


@pytest.fixture
def ada(deployment: Deployment) -> TokenHolder:
    return a_holder_with_a_registered_token(deployment)


def ask(who: Visitor, application: str = PORTAL) -> Answer:
    return who.call("issue_statement", parameters={"application": application})


def keys(deployment: Deployment) -> Any:
    return Visitor(deployment=deployment).call("show_statement_keys")


def claims(deployment: Deployment, answer: Answer) -> dict[str, Any]:
    """The claims, verified by the published keys."""
    assert answer.status == 200, answer.body
    published = KeySet.import_key_set(keys(deployment).body)
    return dict(jwt.decode(answer.body["statement"], published, algorithms=["ES256"]).claims)


def refused(answer: Answer) -> list[str]:
    assert (answer.status, answer.code) == (403, "statement_refused")
    return list(answer.body["missing"])


def shown(who: Visitor) -> dict[str, Any]:
    """The applications as the API shows them, by id."""
    found = who.call("list_applications").body["applications"]
    return {one["id"]: one for one in found}


def test_a_code_opens_both_applications_and_the_statement_says_so_E4_S26(
    ada: TokenHolder, deployment: Deployment
) -> None:
    assert refused(ask(ada.visitor)) == ["code"]
    later(deployment, seconds=30)
    assert ada.elevate().status == 201
    coded = int(deployment.clock.now().timestamp())
    later(deployment, seconds=90)
    said = claims(deployment, ask(ada.visitor, VAULT))
    assert (said["aud"], said["acr"], said["amr"]) == (VAULT, "urn:keyfob:level:2", ["pwd", "otp"])
    assert said["iss"] == deployment.values["PUBLIC_URL"]
    assert said["exp"] - said["iat"] == 300
    assert coded <= said["auth_time"] <= coded + 5 < said["iat"]
    assert shown(ada.visitor)[VAULT]["ready"]


def test_a_phones_session_is_no_hardware_tokens_though_there_is_one_S15(
    ada: TokenHolder, deployment: Deployment
) -> None:
    holder = PhoneHolder(holder=ada, deployment=deployment)
    later(deployment, seconds=30)
    ada.elevate()
    phone = holder.bound()
    ada.visitor.sign_in(PERMANENT)
    holder.send(phone, "voice")
    assert holder.elevate(code_spoken(deployment.phones.calls[-1][1].ssml)).status == 201
    assert claims(deployment, ask(ada.visitor))["amr"] == ["pwd", "tel"]
    assert refused(ask(ada.visitor, VAULT)) == ["token_code"]


def test_a_suspended_holder_gets_none_at_once_and_is_told_whom_to_ask_E4_G5(
    ada: TokenHolder, deployment: Deployment
) -> None:
    later(deployment, seconds=30)
    ada.elevate()
    assert ask(ada.visitor).status == 200
    assert ada.call("suspend_credential").status == 200
    answer = ask(ada.visitor)
    assert refused(answer) == ["reenabling"]
    assert answer.body["support"] == "help@keyfob.example"
    assert "Re-enable" in answer.body["detail"]


def test_an_account_that_is_no_longer_active_gets_none_at_once_S22(
    ada: TokenHolder, deployment: Deployment
) -> None:
    later(deployment, seconds=30)
    ada.elevate()
    assert ask(ada.visitor).status == 200
    account = ada.visitor.token.split(".")[0]
    deployment.client("dynamodb").update_item(
        TableName=deployment.values["TABLE_SESSIONS"],
        Key={"pk": {"S": f"ACCOUNT#{account}"}, "sk": {"S": "-"}},
        UpdateExpression="SET active = :no",
        ExpressionAttributeValues={":no": {"BOOL": False}},
    )
    assert (ask(ada.visitor).status, ask(ada.visitor).code) == (401, "not_authenticated")


def test_a_frozen_account_and_its_child_get_none_at_once_S54(deployment: Deployment) -> None:
    pair = connected(deployment)
    pair.child.sign_in(PERMANENT)
    for who in (pair.child, pair.parent.visitor):
        assert pair.code(who).status == 201
        assert ask(who).status == 200
    user_id = pair.parent.visitor.user_id
    frozen = deployment.invoke("operations", sample("operations/freeze_account", user_id=user_id))
    assert "error" not in frozen
    assert ask(pair.parent.visitor).status == 401
    assert refused(ask(pair.child)) == ["credential"]


def test_who_has_no_credential_is_shown_what_to_buy_A7(deployment: Deployment) -> None:
    eve = visitor(deployment)
    assert refused(ask(eve)) == ["credential"]
    answer = eve.call("list_applications")
    assert (answer.body["no_purchase_needed"], answer.body["notice"]) == (False, None)
    vault = shown(eve)[VAULT]
    assert (
        vault.items()
        >= {
            "level": 2,
            "hardware_only": True,
            "subscription": "active",
            "access": "approved",
            "credential_is_enough": False,
            "ready": False,
            "missing": ["credential"],
        }.items()
    )
    assert {one["kind"] for one in vault["products"]} == {"hardware_token"}
    assert "Buy one" in vault["next_step"]


def test_an_organization_with_its_own_identity_provider_is_told_so_A9(
    deployment: Deployment,
) -> None:
    home = an_organization(deployment)
    eve = visitor(deployment, organization=home)
    assert eve.call("list_applications").body["no_purchase_needed"] is False
    event = sample("operations/set_identity_provider", organization=home)
    for _ in range(2):
        answer = deployment.invoke("operations", event)
        assert answer == {"organization": home, "identity_provider": True}
    answer = eve.call("list_applications")
    assert answer.body["no_purchase_needed"] is True
    assert "no purchase is needed" in answer.body["notice"]
    assert all(one["products"] == [] for one in answer.body["applications"])
    assert deployment.invoke("operations", event | {"has": False})["identity_provider"] is False
    assert eve.call("list_applications").body["no_purchase_needed"] is False
    unknown = deployment.invoke("operations", event | {"organization": "nowhere"})
    assert unknown["error"] == "not_found"


def test_a_child_gets_statements_by_its_parents_token_A8(deployment: Deployment) -> None:
    pair = connected(deployment)
    pair.child.sign_in(PERMANENT)
    assert refused(ask(pair.child)) == ["code"]
    assert pair.code(pair.child).status == 201
    child = claims(deployment, ask(pair.child))
    assert pair.code(pair.parent.visitor).status == 201
    parent = claims(deployment, ask(pair.parent.visitor))
    assert child["sub"] != parent["sub"]
    assert child["acr"] == parent["acr"]


def test_another_organizations_application_is_unknown_S23(deployment: Deployment) -> None:
    stranger = visitor(deployment, organization=an_organization(deployment), applications=[])
    answers = [ask(stranger, one) for one in (PORTAL, "nothing-such")]
    assert [(one.status, one.code) for one in answers] == [(404, "not_found")] * 2
    assert answers[0].body == answers[1].body
    assert shown(stranger) == {}


def test_the_eleventh_statement_of_a_minute_waits_S62(
    ada: TokenHolder, deployment: Deployment
) -> None:
    later(deployment, seconds=30)
    ada.elevate()
    for _ in range(10):
        assert ask(ada.visitor).status == 200
    limited = ask(ada.visitor)
    assert (limited.status, limited.code) == (429, "too_many_tries")
    assert 0 < int(limited.headers["Retry-After"]) <= 60


# The keys


def test_two_keys_are_published_to_everybody_and_may_be_cached_for_an_hour_S26(
    deployment: Deployment,
) -> None:
    answer = keys(deployment)
    assert answer.status == 200
    assert answer.headers["Cache-Control"] == "public, max-age=3600"
    found = answer.body["keys"]
    assert [set(one) for one in found] == [{"kty", "crv", "x", "y", "kid", "alg", "use"}] * 2
    assert len({one["kid"] for one in found}) == 2


@pytest.fixture
def switched() -> Iterator[Any]:
    """Lets a test choose which key signs, as the template's parameter does."""
    base, before = wiring.runtime(), wiring.runtime().settings

    def signer(name: str) -> None:
        changed = {**before.environment, "STATEMENTS_SIGNER": name}
        base.settings = replace(before, environment=changed)
        wiring.signing.cache_clear()
        wiring.issuing.cache_clear()

    yield signer
    signer("first")
    base.settings = before


def test_the_roll_of_a_key_changes_neither_the_keys_nor_a_subject_S26(
    ada: TokenHolder, switched: Any, deployment: Deployment
) -> None:
    later(deployment, seconds=30)
    ada.elevate()
    old, published = ask(ada.visitor), keys(deployment).body
    switched("second")
    new = ask(ada.visitor)
    assert keys(deployment).body == published
    both = [claims(deployment, one) for one in (old, new)]
    assert both[0]["sub"] == both[1]["sub"]
    by = KeySet.import_key_set(published)
    heads = [
        jwt.decode(one.body["statement"], by, algorithms=["ES256"]).header for one in (old, new)
    ]
    assert [one["kid"] for one in heads] == [one["kid"] for one in published["keys"]]


def test_the_key_service_is_asked_once_a_key_and_container_S26_S62(
    deployment: Deployment, switched: Any
) -> None:
    switched("first")
    asked: list[str] = []
    deployment.open("kms").meta.events.register(
        "before-call.kms", lambda model, **_other: asked.append(model.name), unique_id="counted"
    )
    try:
        for _ in range(3):
            assert keys(deployment).status == 200
    finally:
        deployment.open("kms").meta.events.unregister("before-call.kms", unique_id="counted")
    assert asked == ["GetPublicKey"] * 2
