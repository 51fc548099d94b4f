"""Recovering a password over the API (A4, S25)."""

from __future__ import annotations

import pytest

from tests.support.deployment import Deployment, later
from tests.support.recovering import code_of, mailed
from tests.support.visitor import PERMANENT, TEMPORARY, Answer, Visitor, newcomer, visitor

NEW = "a new phrase that nobody knows"


def forgotten(deployment: Deployment, user_id: str) -> Visitor:
    """A person without a session, with an address of their own."""
    return Visitor(deployment=deployment, user_id=user_id)


def ask(someone: Visitor) -> Answer:
    return someone.call("request_recovery", {"user_id": someone.user_id})


def recover(someone: Visitor, code: str, password: str = NEW) -> Answer:
    body = {"user_id": someone.user_id, "code": code, "password": password}
    return someone.call("recover_password", body)


def deactivated(deployment: Deployment) -> str:
    """The user id of an account that was active and is deactivated."""
    someone = visitor(deployment)
    account = someone.token.partition(".")[0]
    deployment.client("dynamodb").update_item(
        TableName=deployment.values["TABLE_SESSIONS"],
        Key={"pk": {"S": f"ACCOUNT#{account}"}, "sk": {"S": "-"}},
        UpdateExpression="SET active = :no",
        ExpressionAttributeValues={":no": {"BOOL": False}},
    )
    assert someone.call("show_session").status == 401
    return someone.user_id


def test_a_mailed_code_sets_a_new_password_and_gives_no_session_A4(deployment: Deployment) -> None:
    ada = visitor(deployment)
    asked = ask(forgotten(deployment, ada.user_id))
    assert (asked.status, asked.body) == (202, {"status": "requested", "valid_for": 1800})
    code = code_of(deployment, ada.user_id)
    done = recover(forgotten(deployment, ada.user_id), code.lower().replace("-", " "))
    assert (done.status, done.body) == (204, None)
    assert ada.call("show_session").status == 401
    assert ada.sign_in(PERMANENT).status == 401
    assert ada.sign_in(NEW).body["strength"] == 1
    subjects = [subject for subject, _ in mailed(deployment, ada.user_id)]
    assert subjects.count("Your code for a new password") == 1
    assert subjects[-1] == "A new password was set with a code from this mailbox"
    assert recover(forgotten(deployment, ada.user_id), code).code == "wrong_recovery_code"


def test_a_person_who_never_signed_in_recovers_too_A4(deployment: Deployment) -> None:
    ada = newcomer(deployment)
    ask(ada)
    assert recover(ada, code_of(deployment, ada.user_id)).status == 204
    assert ada.sign_in(TEMPORARY).status == 401
    assert ada.sign_in(NEW).body["status"] == "signed_in"


def test_known_unknown_and_inactive_user_ids_get_the_same_answers_S25(
    deployment: Deployment,
) -> None:
    people = [
        visitor(deployment).user_id,
        newcomer(deployment).user_id,
        deactivated(deployment),
        "nobody-of-this-name",
    ]
    asked = [ask(forgotten(deployment, one)) for one in people]
    tried = [recover(forgotten(deployment, one), "0000-0000") for one in people]
    assert {one.status for one in asked} == {202}
    assert {(one.status, one.code) for one in tried} == {(403, "wrong_recovery_code")}
    for answers in (asked, tried):
        assert all(
            (one.body, one.headers) == (answers[0].body, answers[0].headers) for one in answers
        )


def test_an_expired_code_is_a_wrong_one_A4(deployment: Deployment) -> None:
    ada = visitor(deployment)
    ask(ada)
    code = code_of(deployment, ada.user_id)
    later(deployment, minutes=30)
    refused = recover(ada, code)
    assert (refused.status, refused.code) == (403, "wrong_recovery_code")


def test_a_weak_password_and_a_typing_error_cost_no_try(deployment: Deployment) -> None:
    ada = visitor(deployment)
    ask(ada)
    code = code_of(deployment, ada.user_id)
    for _ in range(6):
        weak = recover(ada, code, "short")
        assert (weak.status, weak.code) == (422, "weak_password")
        mistyped = recover(ada, "7K3M")
        assert (mistyped.status, mistyped.code) == (422, "invalid_input")
        assert list(mistyped.body["fields"]) == ["code"]
    assert recover(ada, code).status == 204


@pytest.mark.parametrize(("act", "limit"), [("asking", 3), ("trying", 20)])
def test_after_too_many_one_must_wait_and_is_told_how_long_A4(
    deployment: Deployment, act: str, limit: int
) -> None:
    for user_id in (visitor(deployment).user_id, f"nobody-{act}"):
        answers = [
            ask(forgotten(deployment, user_id))
            if act == "asking"
            else recover(forgotten(deployment, user_id), "0000-0000")
            for _ in range(limit + 1)
        ]
        assert {one.status for one in answers[:-1]} == {202 if act == "asking" else 403}
        assert (answers[-1].status, answers[-1].code) == (429, "too_many_tries")
        assert 0 < int(answers[-1].headers["Retry-After"]) <= 1800
