"""Signing in and out, and how sessions end (A4, E1, S20, S25)."""

from __future__ import annotations

from datetime import timedelta

import pytest

from local.client import Person, eventually, mails
from local.stack import Stack
from tests.support.running.credential_checks import temporary_password
from tests.support.running.people import PERMANENT, TEMPORARY, new_address, person, unsigned
from tests.support.running.rows import Rows

WEAK = {
    "short": "only-fourteen.",
    "repetitive": "aaaaaaaaaaaaaaaa",
    "common": "iloveyouiloveyou",
    "the service's name": "Keyfob-Keyfob-2026",
    "the organization's name": "acme.example 2026",
    "unchanged": TEMPORARY,
}


def also(someone: Person) -> Person:
    """The same person in another browser, signed in there, too."""
    other = Person(someone.url, someone.user_id, headers=someone.headers)
    other.sign_in(PERMANENT)
    return other


def is_signed_in(someone: Person) -> bool:
    answer = someone.call("GET", "/session")
    assert answer.status_code in {200, 401}, answer.text
    return answer.status_code == 200


def sign_in_answer(someone: Person, password: str) -> tuple[int, str]:
    stranger = Person(someone.url, someone.user_id, headers=someone.headers)
    credentials = {"user_id": someone.user_id, "password": password}
    answer = stranger.call("POST", "/session", credentials)
    return answer.status_code, answer.text


def test_a10_the_first_password_comes_by_mail_where_none_was_typed(stack: Stack) -> None:
    new = unsigned(stack, temporary_password=None)
    mailed = temporary_password(stack, new)
    challenge = new.sign_in(mailed)
    assert (challenge["status"], challenge["strength"]) == ("new_password_required", 0)
    new.expect(201, "POST", "/session/new-password", {"password": PERMANENT})


def test_a4_the_first_sign_in_asks_for_a_new_password_and_gives_a_session_for_it(
    stack: Stack,
) -> None:
    new = unsigned(stack)
    challenge = new.sign_in(TEMPORARY)
    assert (challenge["status"], challenge["strength"]) == ("new_password_required", 0)
    assert not is_signed_in(new), "a challenge opens nothing but the new password"

    signed_in = new.expect(201, "POST", "/session/new-password", {"password": PERMANENT})

    assert (signed_in["status"], signed_in["strength"]) == ("signed_in", 1)
    new.token = signed_in["token"]
    shown = new.expect(200, "GET", "/session")
    assert (shown["strength"], shown["authenticator"]) == (1, "password")
    address = f"{new.user_id}@acme.example"
    told = eventually(
        lambda: mails(stack.url, to=address, containing="password"), what="told of the change"
    )
    assert len(told) == 1
    assert PERMANENT not in told[0]["text"] + told[0]["html"]


def test_a4_after_the_change_only_the_new_password_counts(stack: Stack) -> None:
    holder = person(stack)
    assert sign_in_answer(holder, TEMPORARY)[0] == 401
    assert sign_in_answer(holder, PERMANENT)[0] == 201


@pytest.mark.parametrize("weakness", [*WEAK, "user id"])
def test_a4_a_weak_password_is_refused_and_the_challenge_stays(stack: Stack, weakness: str) -> None:
    new = unsigned(stack)
    new.sign_in(TEMPORARY)
    weak = WEAK.get(weakness, f"it-is-{new.user_id}-again")

    refusal = new.expect(422, "POST", "/session/new-password", {"password": weak})

    assert refusal["code"] == "weak_password"
    assert weak not in refusal["detail"]
    new.expect(201, "POST", "/session/new-password", {"password": PERMANENT})


def test_a4_a_challenge_works_once(stack: Stack) -> None:
    new = unsigned(stack)
    new.sign_in(TEMPORARY)
    new.expect(201, "POST", "/session/new-password", {"password": PERMANENT})

    refusal = new.expect(401, "POST", "/session/new-password", {"password": "another " + PERMANENT})

    assert refusal["code"] == "not_authenticated"
    assert sign_in_answer(new, PERMANENT)[0] == 201


def test_a4_a_challenge_ends_after_ten_minutes(stack: Stack) -> None:
    new = unsigned(stack)
    new.sign_in(TEMPORARY)
    stack.clock.move(timedelta(minutes=10))
    new.expect(401, "POST", "/session/new-password", {"password": PERMANENT})


def test_s25_a_wrong_password_and_an_unknown_user_get_the_same_answer(stack: Stack) -> None:
    holder = person(stack)
    unknown = Person(holder.url, "nobody-of-this-name", headers={"X-Forwarded-For": new_address()})
    wrong = sign_in_answer(holder, "not the password at all")
    assert wrong == sign_in_answer(unknown, "not the password at all")
    assert wrong[0] == 401
    assert '"wrong_credentials"' in wrong[1]


def test_the_sixth_wrong_password_in_twenty_minutes_is_not_even_checked(stack: Stack) -> None:
    holder = person(stack)
    for _ in range(5):
        assert sign_in_answer(holder, "not the password at all")[0] == 401

    stranger = Person(holder.url, holder.user_id, headers=holder.headers)
    credentials = {"user_id": holder.user_id, "password": PERMANENT}
    refusal = stranger.call("POST", "/session", credentials)

    assert refusal.status_code == 429
    assert refusal.json()["code"] == "too_many_tries"
    assert 0 < int(refusal.headers["Retry-After"]) <= 1200
    assert is_signed_in(holder), "whoever guesses doesn't sign the holder out"
    stack.clock.move(timedelta(minutes=20))
    assert sign_in_answer(holder, PERMANENT)[0] == 201


def test_s56_a_program_that_shows_its_device_value_signs_in_whatever_strangers_do(
    stack: Stack,
) -> None:
    holder = person(stack)
    stranger = Person(holder.url, holder.user_id, headers=holder.headers)
    credentials = {"user_id": holder.user_id, "password": PERMANENT}
    device = stranger.call("POST", "/session", credentials).headers["X-Device"]
    for _ in range(5):
        assert sign_in_answer(holder, "not the password at all")[0] == 401
    assert sign_in_answer(holder, PERMANENT)[0] == 429

    stranger.expect(201, "POST", "/session", credentials, headers={"X-Device": device})

    holder.expect(204, "DELETE", "/sessions")
    refused = stranger.call("POST", "/session", credentials, headers={"X-Device": device})
    assert refused.status_code == 429, "it died with all sessions"


def test_signing_out_ends_this_session_and_no_other(holder: Person) -> None:
    other = also(holder)
    holder.expect(204, "DELETE", "/session")
    assert not is_signed_in(holder)
    assert is_signed_in(other)


def test_signing_out_everywhere_ends_every_session(stack: Stack, holder: Person) -> None:
    others = [also(holder), also(holder)]
    others[0].expect(204, "DELETE", "/sessions")
    assert [is_signed_in(one) for one in (holder, *others)] == [False, False, False]
    assert is_signed_in(also(holder)), "one can sign in again"
    account = holder.token.split(".")[0]
    assert "session.all_ended" in {one["action"] for one in Rows(stack).entries(f"ACTOR#{account}")}


def test_at_most_five_sessions_live_and_the_oldest_goes(holder: Person) -> None:
    others = [also(holder) for _ in range(5)]
    assert not is_signed_in(holder)
    assert all(is_signed_in(one) for one in others)


def test_a_session_ends_when_it_is_idle_for_half_an_hour(stack: Stack) -> None:
    idle, busy = person(stack), person(stack)
    stack.clock.move(timedelta(minutes=20))
    assert is_signed_in(busy)
    stack.clock.move(timedelta(minutes=11))
    assert not is_signed_in(idle)
    assert is_signed_in(busy)
    assert is_signed_in(also(idle)), "one can sign in again"


def test_a_session_ends_after_twelve_hours_however_busy(stack: Stack) -> None:
    holder = person(stack)
    for _ in range(28):
        stack.clock.move(timedelta(minutes=25))
        assert is_signed_in(holder)
    stack.clock.move(timedelta(minutes=20))
    assert not is_signed_in(holder)
    assert is_signed_in(also(holder)), "one can sign in again"


@pytest.mark.parametrize("part", [0, 1, 2])
def test_a_token_is_worth_nothing_with_one_part_of_another(stack: Stack, part: int) -> None:
    holder, other = person(stack), person(stack)
    parts = holder.token.split(".")
    parts[part] = other.token.split(".")[part]
    forger = Person(holder.url, holder.user_id, token=".".join(parts), headers=holder.headers)
    assert not is_signed_in(forger)
    assert is_signed_in(holder)
