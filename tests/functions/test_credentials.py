"""A holder's credentials over the API: shown, activated, suspended, revoked (F1, F3, F5)."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from keyfob.domain.credentials.credential import State
from keyfob.domain.credentials.suspension import Suspender
from tests.support.deployment import Deployment, later, sample
from tests.support.strictness import bodies
from tests.support.token_holder import (
    TokenHolder,
    a_holder_with_a_registered_token,
    a_holder_with_a_shipped_token,
)
from tests.support.visitor import PERMANENT, Answer, Visitor, visitor

ABOUT = [
    "show_credential",
    "show_credential_history",
    "activate_credential",
    "suspend_credential",
    "reenable_credential",
    "revoke_token",
    "revoke_credential",
]
PENDING: dict[str, Any] = {"state": State.PENDING_ACTIVATION, "activated_at": None}


@pytest.fixture
def ada(deployment: Deployment) -> TokenHolder:
    """Ada with an active credential and a token, signed in by password."""
    return a_holder_with_a_registered_token(deployment)


@pytest.fixture(scope="module")
def eve(deployment: Deployment) -> Visitor:
    """Signed in, without a credential."""
    return visitor(deployment)


def history(who: TokenHolder, **query: str) -> Answer:
    changes: dict[str, Any] = {
        "queryStringParameters": query or None,
        "multiValueQueryStringParameters": {one: [text] for one, text in query.items()} or None,
    }
    return who.call("show_credential_history", **changes)


def test_one_sees_ones_own_credentials_and_no_others_F1(ada: TokenHolder, eve: Visitor) -> None:
    assert ada.call("list_credentials").body == {"credentials": [ada.shown()]}
    assert eve.call("list_credentials").body == {"credentials": []}


def test_a_credential_says_when_it_ends_F1(ada: TokenHolder) -> None:
    shown = ada.shown()
    at = {
        one: datetime.fromisoformat(shown[one])
        for one in shown
        if shown[one] and "_" in one and one.endswith(("_at", "_from"))
    }
    assert at["renewal_from"] == at["expires_at"] - timedelta(days=30)
    assert at["revokes_at"] == at["expires_at"].replace(year=at["expires_at"].year + 1)
    assert shown["status"] == "active"


@pytest.mark.parametrize("name", ABOUT)
def test_anothers_credential_looks_like_an_unknown_one_S23(
    name: str, ada: TokenHolder, eve: Visitor
) -> None:
    foreign = eve.call(name, parameters={"credential": ada.credential})
    unknown = eve.call(name, parameters={"credential": "crd_99999999999999999999"})
    assert (foreign.status, foreign.code) == (404, "not_found")
    assert (foreign.body, foreign.headers) == (unknown.body, unknown.headers)
    assert ada.shown()["status"] == "active"


def test_activation_is_done_once_and_again_changes_nothing_C1(deployment: Deployment) -> None:
    who = a_holder_with_a_shipped_token(deployment, **PENDING)
    assert who.shown()["status"] == "pending_activation"
    done = who.call("activate_credential")
    assert (done.status, done.body["status"]) == (200, "active")
    assert done.body["activated_at"]
    assert who.call("activate_credential").body == done.body


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({**PENDING, "state": State.PENDING_APPROVAL}, "credential_not_approved"),
        ({**PENDING, "proofing": True}, "proofing_required"),
    ],
)
def test_a_refused_activation_gives_its_reason_C1_F1(
    changes: dict[str, Any], code: str, deployment: Deployment
) -> None:
    refused = a_holder_with_a_shipped_token(deployment, **changes).call("activate_credential")
    assert (refused.status, refused.code) == (403, code)


def test_a_holder_suspends_and_reenables_F5(ada: TokenHolder) -> None:
    done = ada.call("suspend_credential")
    assert (done.status, done.body["status"], done.body["suspended_by"]) == (
        200,
        "suspended",
        "holder",
    )
    assert ada.call("suspend_credential").body == done.body
    assert ada.call("revoke_token").status == 200, "a lost token can be given up all the same"
    lifted = ada.call("reenable_credential")
    assert (lifted.status, lifted.body["status"], lifted.body["suspended_at"]) == (
        200,
        "active",
        None,
    )
    assert ada.call("reenable_credential").body == lifted.body


def test_a_suspension_by_others_names_the_contact_F5_G5(deployment: Deployment) -> None:
    who = a_holder_with_a_shipped_token(
        deployment, suspensions={Suspender.SYSTEM: datetime(2026, 11, 1, tzinfo=UTC)}
    )
    refused = who.call("reenable_credential")
    assert (refused.status, refused.code) == (403, "suspended_by_others")
    assert refused.body["support"] == "help@keyfob.example"


def test_a_lost_token_is_given_up_alone_D4(ada: TokenHolder) -> None:
    before = ada.shown()
    done = ada.call("revoke_token")
    assert (done.status, done.body["token"]) == (200, None)
    assert done.body["expires_at"] == before["expires_at"]
    refused = ada.call("revoke_token")
    assert (refused.status, refused.code) == (403, "no_token")


# Revocation


def test_revocation_ends_sessions_and_holds_signing_in_until_the_reset_F3_S22(
    ada: TokenHolder, deployment: Deployment
) -> None:
    elsewhere = Visitor(deployment=deployment, user_id=ada.visitor.user_id)
    elsewhere.sign_in(PERMANENT)
    done = ada.call("revoke_credential")
    assert (done.status, done.body["status"], done.body["token"]) == (200, "revoked", None)
    assert done.body["revoked_at"]
    assert ada.call("list_credentials").status == elsewhere.call("show_session").status == 401
    refused = elsewhere.sign_in(PERMANENT)
    assert (refused.status, refused.code) == (409, "password_reset_pending")


@pytest.mark.parametrize(("body", "code"), [({"confirm": False}, "not_confirmed")])
def test_revocation_is_asked_twice_F3(body: Any, code: str, ada: TokenHolder) -> None:
    refused = ada.call("revoke_credential", body)
    assert (refused.status, refused.code) == (422, code)
    assert ada.shown()["status"] == "active"


@pytest.mark.parametrize("confirm", ["true", "yes", 1, 1.0])
def test_only_true_confirms_S49(confirm: Any, eve: Visitor) -> None:
    refused = eve.call("revoke_credential", {"confirm": confirm})
    assert (refused.status, set(refused.body["fields"])) == (422, {"confirm"})


@pytest.mark.parametrize(("body", "status", "field"), bodies("revoke_credential", "confirm"))
def test_bodies_are_taken_strictly_and_the_field_is_named_S49(
    body: Any, status: int, field: str, eve: Visitor
) -> None:
    refused = eve.call("revoke_credential", body)
    assert refused.status == status
    assert set(refused.body.get("fields", {})) == ({field} if field else set())
    stranger = Visitor(deployment=eve.deployment, token="acc_x.y.z")
    assert stranger.call("revoke_credential", body).code == "not_authenticated"


# History


def test_the_history_says_what_happened_when_by_whom_and_from_where_F1(
    ada: TokenHolder, deployment: Deployment
) -> None:
    ada.call("suspend_credential")
    reset = sample("operations/reset_token", user_id=ada.visitor.user_id)
    deployment.invoke("operations", reset)
    events = history(ada).body["events"]
    assert [(one["what"], one["by"], one["address"]) for one in events[:3]] == [
        ("token.reset", "operator", None),
        ("credential.suspended", "holder", ada.visitor.address),
        ("token.registered", "holder", ada.visitor.address),
    ]
    times = [datetime.fromisoformat(one["at"]) for one in events]
    assert times == sorted(times, reverse=True)
    assert set(events[0]) == {"at", "what", "by", "address"}


def test_the_history_is_read_page_by_page_F1(ada: TokenHolder) -> None:
    ada.call("suspend_credential")
    ada.call("reenable_credential")
    whole = history(ada).body
    assert whole["cursor"] is None
    found, cursor = [], ""
    for _ in whole["events"]:
        page = history(ada, limit="1", **({"cursor": cursor} if cursor else {})).body
        found += page["events"]
        cursor = page["cursor"] or ""
    assert (found, cursor) == (whole["events"], "")


@pytest.mark.parametrize(
    "query", [{"limit": "0"}, {"limit": "51"}, {"limit": "x"}, {"cursor": "é"}, {"cursor": "!"}]
)
def test_a_page_that_cannot_be_is_refused_S49(
    query: dict[str, str], deployment: Deployment, shared: TokenHolder
) -> None:
    refused = history(shared, **query)
    assert refused.status == 422
    assert refused.body["fields"]


@pytest.fixture(scope="module")
def shared(deployment: Deployment) -> TokenHolder:
    """A person whom no test changes."""
    return a_holder_with_a_shipped_token(deployment)


def test_a_past_credential_stays_visible_F1_F3(deployment: Deployment) -> None:
    from credentials import wiring

    who = a_holder_with_a_shipped_token(deployment)
    account = who.visitor.token.split(".")[0]
    seen = wiring.credentials().live(account)
    assert seen
    who.call("revoke_credential")
    past = wiring.credentials().get(account, who.credential)
    assert past
    assert past.state is State.REVOKED
    listed = wiring.credentials().of_account(account)
    assert [one.id for one in listed] == [who.credential]


def test_an_expired_one_is_shown_as_that_F1(deployment: Deployment) -> None:
    now = deployment.clock.now().replace(microsecond=0)
    who = a_holder_with_a_shipped_token(deployment, expires_at=now + timedelta(seconds=60))
    later(deployment, seconds=61)
    assert who.shown()["status"] == "expired"
    assert who.call("suspend_credential").body["status"] == "suspended", "expiry hides no cause"


def test_every_change_is_in_an_intact_trail_S48(ada: TokenHolder, deployment: Deployment) -> None:
    ada.elevate()
    ada.call("revoke_credential")
    verdict = deployment.invoke("operations", sample("operations/verify_audit"))
    account = ada.visitor.token.split(".")[0]
    about = [one for one in verdict["faults"] if account in one or ada.device.serial in one]
    assert about == []


def test_no_name_gets_into_a_log_line_S47(
    ada: TokenHolder, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    capsys.readouterr()
    caplog.clear()
    for name in ("list_credentials", "suspend_credential", "reenable_credential", "revoke_token"):
        assert ada.call(name).status == 200
    out = capsys.readouterr().out + str([one.__dict__ for one in caplog.records])
    for secret in (ada.shown()["legal_name"], ada.device.serial, ada.visitor.token.split(".")[2]):
        assert json.dumps(secret)[1:-1] not in out


@pytest.mark.parametrize(
    "name", ["activate_credential", "suspend_credential", "reenable_credential", "revoke_token"]
)
def test_a_route_without_a_body_refuses_fields_and_changes_nothing_S49(
    name: str, ada: TokenHolder
) -> None:
    before = ada.shown()
    headers = {"Content-Type": "application/json"}
    answer = ada.call(name, {"confirm": True}, headers=headers)
    assert (answer.status, answer.body["fields"]) == (422, {"confirm": "unknown field"})
    assert ada.shown() == before
