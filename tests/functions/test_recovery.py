"""Recovering a password over the API (A4, S25)."""

from __future__ import annotations

import pytest

from tests.support.deployment import Deployment, later
from tests.support.fakes import unique
from tests.support.recovering import code_of, codes_in, mailed
from tests.support.visitor import PERMANENT, TEMPORARY, Answer, Visitor, newcomer, visitor

NEW, WRONG = "a new phrase that nobody knows", "00000-00000-00000"


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
    tried = [recover(forgotten(deployment, one), WRONG) for one in people]
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


def test_after_three_mails_the_answer_stays_the_same_and_no_mail_comes_S25_S56(
    deployment: Deployment,
) -> None:
    ada = visitor(deployment)
    answers = [
        ask(forgotten(deployment, user_id))
        for user_id in (ada.user_id, "nobody-who-asks-so-often")
        for _ in range(5)
    ]
    assert {one.status for one in answers} == {202}
    assert all((one.body, one.headers) == (answers[0].body, answers[0].headers) for one in answers)
    codes = codes_in(text for _, text in mailed(deployment, ada.user_id))
    assert (len(codes), len(set(codes))) == (3, 1)
    assert recover(ada, codes[0]).status == 204


def test_an_address_must_wait_after_too_many_requests_and_is_told_how_long_A4(
    deployment: Deployment,
) -> None:
    here = Visitor(deployment=deployment, address=unique("address-"))
    answers = [
        here.call("request_recovery", {"user_id": f"somebody-{number}"}) for number in range(21)
    ]
    assert {one.status for one in answers[:-1]} == {202}
    assert (answers[-1].status, answers[-1].code) == (429, "too_many_tries")
    assert 0 < int(answers[-1].headers["Retry-After"]) <= 3600


def test_an_address_must_wait_after_too_many_wrong_codes_and_nobody_else_S56(
    deployment: Deployment,
) -> None:
    ada = visitor(deployment)
    ask(forgotten(deployment, ada.user_id))
    eve = Visitor(deployment=deployment, user_id=ada.user_id, address=unique("address-"))
    answers = [recover(eve, WRONG) for _ in range(51)]
    assert {one.status for one in answers[:-1]} == {403}
    assert (answers[-1].status, answers[-1].code) == (429, "too_many_tries")
    assert 0 < int(answers[-1].headers["Retry-After"]) <= 3600
    assert recover(ada, code_of(deployment, ada.user_id)).status == 204


@pytest.mark.parametrize("cookie", [True, False])
def test_who_recovers_is_no_stranger_when_signing_in_S56(
    deployment: Deployment, *, cookie: bool
) -> None:
    ada = visitor(deployment)
    for _ in range(5):
        forgotten(deployment, ada.user_id).sign_in("not the password")
    ask(ada)
    body = {"user_id": ada.user_id, "code": code_of(deployment, ada.user_id), "password": NEW}
    done = ada.call("recover_password", {**body, "cookie": cookie})
    assert done.status == 204
    assert ("X-Device" in done.headers, len(done.cookies)) == (not cookie, int(cookie))
    assert ada.sign_in(NEW).code == "too_many_tries"
    pair = done.cookies[0].split("; ")[0] if cookie else ""
    shown = {"Cookie": pair} if cookie else {"X-Device": done.headers["X-Device"]}
    signed_in = ada.call("sign_in", {"user_id": ada.user_id, "password": NEW}, headers=shown)
    assert signed_in.status == 201


def test_a_weak_password_of_the_persons_names_leaves_the_code_good_S55(
    deployment: Deployment,
) -> None:
    ada = visitor(deployment, last_name="Quillfeather")
    ask(ada)
    code = code_of(deployment, ada.user_id)
    weak = recover(ada, code, "Quillfeather 2026")
    assert (weak.status, weak.code) == (422, "weak_password")
    assert recover(ada, code).status == 204


# Forgotten user ids


def test_user_ids_are_mailed_to_their_mailbox_and_the_answer_is_always_the_same_A4_S25(
    deployment: Deployment,
) -> None:
    ada, eve = newcomer(deployment), Visitor(deployment=deployment)
    known = eve.call("request_user_ids", {"email": f"{ada.user_id}@acme.example"})
    unknown = eve.call("request_user_ids", {"email": "nobody-at-all@acme.example"})
    assert (
        (known.status, known.body)
        == (unknown.status, unknown.body)
        == (
            202,
            {"status": "requested"},
        )
    )
    assert f"    {ada.user_id}\n" in dict(mailed(deployment, ada.user_id))["Your user id"]
    assert mailed(deployment, "nobody-at-all") == []


def test_the_first_password_is_answered_with_a_link_to_the_next_step_A4_A10(
    deployment: Deployment,
) -> None:
    ada = visitor(deployment)
    mail = dict(mailed(deployment, ada.user_id))["You can sign in now"]
    assert ada.user_id in mail
    assert "/next-step" in mail
