"""Recovering a password through mail (A4, S17, S22)."""

from __future__ import annotations

import requests

from local.client import Person, eventually, mails
from local.stack import Stack
from tests.support.recovering import codes_in
from tests.support.running.observed import log_lines
from tests.support.running.people import PERMANENT, api, new_address, person, unsigned
from tests.support.running.rows import Rows

NEW = "a new phrase that nobody knows"


def stranger(stack: Stack, user_id: str) -> Person:
    """A person who claims to be this user, from an address of their own."""
    return Person(api(stack), user_id, headers={"X-Forwarded-For": new_address()})


def ask(stack: Stack, user_id: str) -> requests.Response:
    return stranger(stack, user_id).call("POST", "/password-recovery", {"user_id": user_id})


def recover(stack: Stack, user_id: str, code: str, password: str = NEW) -> requests.Response:
    body = {"user_id": user_id, "code": code, "password": password}
    return stranger(stack, user_id).call("POST", "/password-recovery/confirmation", body)


def mailed(stack: Stack, user_id: str) -> str:
    """The code in this person's mail that brings one, once it is there."""

    def found() -> list[str]:
        of_person = mails(stack.url, to=f"{user_id}@acme.example", containing="new password")
        return codes_in(one["text"] for one in of_person)

    [code] = eventually(found, what=f"the recovery code of {user_id}")
    return code


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
    actions = [one["action"] for one in Rows(stack).entries(f"ACTOR#{account}")]
    assert [one for one in actions if "recover" in one] == [
        "password.recovery_requested",
        "password.recovery_begun",
        "password.recovered",
    ]


def test_s56_strangers_keep_nobody_from_recovering_and_signing_in(stack: Stack) -> None:
    holder = person(stack)
    credentials = {"user_id": holder.user_id, "password": NEW}
    for _ in range(5):
        stranger(stack, holder.user_id).expect(401, "POST", "/session", credentials)
    for _ in range(4):
        assert ask(stack, holder.user_id).status_code == 202
        assert recover(stack, holder.user_id, "00000-00000-00000").status_code == 403

    def found() -> list[str]:
        of_person = mails(stack.url, to=f"{holder.user_id}@acme.example", containing="new password")
        codes = codes_in(one["text"] for one in of_person)
        return codes if len(codes) == 3 else []

    codes = eventually(found, what="three mails")
    assert len(set(codes)) == 1
    done = recover(stack, holder.user_id, codes[0])
    assert done.status_code == 204
    refused = stranger(stack, holder.user_id).call("POST", "/session", credentials)
    assert refused.status_code == 429
    device = {"X-Device": done.headers["X-Device"]}
    stranger(stack, holder.user_id).expect(201, "POST", "/session", credentials, headers=device)


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


def test_s17_a_code_is_in_no_table_and_no_log(stack: Stack) -> None:
    holder = person(stack)
    ask(stack, holder.user_id)
    code = mailed(stack, holder.user_id)
    recover(stack, holder.user_id, code)
    forms = (code, code.replace("-", ""), code.lower())
    tables = ("sessions", "outbox", "audit")
    kept = str([Rows(stack).all(one) for one in tables]) + str(log_lines(stack))
    assert "password.recovered" in kept
    assert [form for form in forms if form in kept] == []
