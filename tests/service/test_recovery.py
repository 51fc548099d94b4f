"""Getting back in without the password, through mail (A4, S17, S22, S25)."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
import requests

from local.client import Person, eventually, mails
from local.stack import Stack
from tests.support.recovering import codes_in
from tests.support.running.observed import audited, log_lines, rows
from tests.support.running.people import PERMANENT, TEMPORARY, api, new_address, person, unsigned

NEW = "a new phrase that nobody knows"
WRONG = "0000-0000"


def stranger(stack: Stack, user_id: str) -> Person:
    """Somebody who says to be this user, from an address of their own."""
    return Person(api(stack), user_id, headers={"X-Forwarded-For": new_address()})


def ask(stack: Stack, user_id: str) -> requests.Response:
    return stranger(stack, user_id).call("POST", "/password-recovery", {"user_id": user_id})


def recover(stack: Stack, user_id: str, code: str, password: str = NEW) -> requests.Response:
    body = {"user_id": user_id, "code": code, "password": password}
    return stranger(stack, user_id).call("POST", "/password-recovery/confirmation", body)


def mailed(stack: Stack, user_id: str, *, number: int = 1) -> str:
    """The code in this person's `number`-th mail with one, once it is there."""

    def found() -> list[str]:
        of_person = mails(stack.url, to=f"{user_id}@acme.example", containing="new password")
        codes = codes_in(one["text"] for one in of_person)
        return codes if len(codes) >= number else []

    return eventually(found, what=f"recovery code {number} of {user_id}")[number - 1]


def deactivated(stack: Stack) -> str:
    """The user id of somebody whose account was active once."""
    someone = person(stack)
    stack.client("dynamodb").update_item(
        TableName=stack.outputs["SessionsTable"],
        Key={"pk": {"S": f"ACCOUNT#{someone.token.partition('.')[0]}"}, "sk": {"S": "-"}},
        UpdateExpression="SET active = :no",
        ExpressionAttributeValues={":no": {"BOOL": False}},
    )
    return someone.user_id


def test_a4_a_mailed_code_sets_a_new_password_and_ends_every_session(stack: Stack) -> None:
    holder = person(stack)
    elsewhere = Person(holder.url, holder.user_id, headers=holder.headers)
    elsewhere.sign_in(PERMANENT)
    assert ask(stack, holder.user_id).status_code == 202
    assert holder.call("GET", "/session").status_code == 200, "asking ends nothing"

    done = recover(stack, holder.user_id, mailed(stack, holder.user_id))

    assert (done.status_code, done.content) == (204, b"")
    for one in (holder, elsewhere):
        assert one.call("GET", "/session").status_code == 401
    credentials = {"user_id": holder.user_id, "password": PERMANENT}
    stranger(stack, holder.user_id).expect(401, "POST", "/session", credentials)
    assert holder.sign_in(NEW)["strength"] == 1
    address = f"{holder.user_id}@acme.example"
    told = eventually(
        lambda: mails(stack.url, to=address, containing="A new password was set"), what="told"
    )
    assert len(told) == 1
    account = holder.token.partition(".")[0]
    actions = [one["action"] for one in audited(stack, f"ACTOR#{account}")]
    assert [one for one in actions if "recover" in one] == [
        "password.recovery_requested",
        "password.recovery_begun",
        "password.recovered",
    ]


def test_a4_the_mail_says_from_where_it_was_asked_for_and_has_no_link(stack: Stack) -> None:
    holder = unsigned(stack)
    here = stranger(stack, holder.user_id)
    here.expect(202, "POST", "/password-recovery", {"user_id": holder.user_id})
    mailed(stack, holder.user_id)
    [mail] = mails(stack.url, to=f"{holder.user_id}@acme.example", containing="new password")
    for body in (mail["text"], mail["html"]):
        assert here.headers["X-Forwarded-For"] in body
        assert "href" not in body
        assert "http" not in body


def test_a4_who_never_signed_in_recovers_too(stack: Stack) -> None:
    new = unsigned(stack)
    ask(stack, new.user_id)
    assert recover(stack, new.user_id, mailed(stack, new.user_id)).status_code == 204
    assert new.sign_in(NEW)["status"] == "signed_in"
    stranger(stack, new.user_id).expect(
        401, "POST", "/session", {"user_id": new.user_id, "password": TEMPORARY}
    )


def test_s25_known_unknown_and_inactive_user_ids_get_the_same_answers(stack: Stack) -> None:
    """Status, body and every header but those that say when and which request."""
    people = [person(stack).user_id, unsigned(stack).user_id, deactivated(stack), "no-such-user"]
    for answers, status in (
        ([ask(stack, one) for one in people], 202),
        ([recover(stack, one, WRONG) for one in people], 403),
        ([recover(stack, one, WRONG) for one in ("another-such", *people)], 403),
    ):
        assert {one.status_code for one in answers} == {status}
        assert len({one.text for one in answers}) == 1
        assert len({json.dumps(shown(one)) for one in answers}) == 1
    inactive = people[2]
    assert mails(stack.url, to=f"{inactive}@acme.example", containing="Your code") == []


def shown(answer: requests.Response) -> dict[str, str]:
    """The headers that could tell something, in the order of their names."""
    own = {"date", "x-amzn-requestid", "x-amz-apigw-id", "x-amzn-trace-id", "x-amz-request-id"}
    headers = {name.lower(): value for name, value in answer.headers.items()}
    # Identifiers of the request, under whichever names, are of one form and of one length.
    varying = {name for name in headers if name in own or name.endswith(("-id", "-id-2"))}
    kept = {name: value for name, value in headers.items() if name not in varying}
    return dict(sorted((kept | {name: str(len(headers[name])) for name in varying}).items()))


def test_s17_a_code_works_once_and_only_the_newest(stack: Stack) -> None:
    holder = person(stack)
    ask(stack, holder.user_id)
    first = mailed(stack, holder.user_id)
    ask(stack, holder.user_id)
    second = mailed(stack, holder.user_id, number=2)
    for code, status in ((first, 403), (second, 204), (second, 403)):
        assert recover(stack, holder.user_id, code).status_code == status


def test_a4_a_code_ends_after_half_an_hour(stack: Stack) -> None:
    holder = person(stack)
    ask(stack, holder.user_id)
    code = mailed(stack, holder.user_id)
    stack.clock.move(timedelta(minutes=30))
    refused = recover(stack, holder.user_id, code)
    assert (refused.status_code, refused.json()["code"]) == (403, "wrong_recovery_code")
    holder.sign_in(PERMANENT)


@pytest.mark.parametrize("known", [True, False])
def test_a4_a_fourth_code_in_a_quarter_of_an_hour_is_refused(stack: Stack, known: bool) -> None:
    user_id = person(stack).user_id if known else "nobody-asks-often"
    assert [ask(stack, user_id).status_code for _ in range(4)] == [202, 202, 202, 429]
    stack.clock.move(timedelta(minutes=15))
    assert ask(stack, user_id).status_code == 202


def test_s17_a_code_is_in_no_table_and_no_log(stack: Stack) -> None:
    holder = person(stack)
    ask(stack, holder.user_id)
    code = mailed(stack, holder.user_id)
    recover(stack, holder.user_id, code)
    forms = (code, code.replace("-", ""), code.lower())
    tables = ("SessionsTable", "OutboxTable", "AuditTable")
    kept = str([rows(stack, one) for one in tables]) + str(log_lines(stack))
    assert "password.recovered" in kept
    assert [form for form in forms if form in kept] == []
