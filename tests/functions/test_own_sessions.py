"""The list of one's own sessions, and ending one of them (E2, S22, S23)."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.browser import (
    SESSION,
    Browser,
    browser_at,
    browser_of,
    clears,
    elevate,
    holder_at_browser,
    somebody,
)
from tests.support.deployment import Deployment, later
from tests.support.token_holder import TokenHolder
from tests.support.visitor import PERMANENT, TEMPORARY, Answer, newcomer, visitor


@pytest.fixture
def browser(deployment: Deployment) -> Browser:
    return somebody(deployment)


@pytest.fixture
def ada(deployment: Deployment) -> TokenHolder:
    return holder_at_browser(deployment)


def listed(who: Any) -> list[dict[str, Any]]:
    answer = who.call("list_sessions")
    assert answer.status == 200
    found: list[dict[str, Any]] = answer.body["sessions"]
    return found


def test_one_sees_ones_own_sessions_newest_first_and_which_is_this_one(ada: TokenHolder) -> None:
    browser = browser_at(ada)
    elevate(ada)
    later(browser.deployment, seconds=2)
    program = visitor(browser.deployment)
    program.user_id = browser.user_id
    program.sign_in(PERMANENT)
    shown = listed(browser)
    assert [(one["strength"], one["authenticator"]) for one in shown] == [
        (1, "password"),
        (2, "token"),
        (1, "password"),
    ]
    assert [one["current"] for one in shown] == [False, True, False]
    assert [one["current"] for one in listed(program)] == [True, False, False]
    [mine] = [one for one in shown if one["current"]]
    about = browser.call("show_session").body
    for name in ("expires_at", "idle_after", "elevated_until"):
        assert mine[name] == about[name]
    assert mine["created_at"] <= mine["seen_at"] < mine["idle_after"]


def test_a_list_shows_no_secret_and_no_hash_of_one_S17(browser: Browser) -> None:
    text = str(browser.call("list_sessions").body)
    assert browser.kept[SESSION].split(".")[1] in text
    assert browser.kept[SESSION].split(".")[2] not in text
    assert "hash" not in text


def test_a_session_that_has_lost_its_strength_or_ended_is_shown_so_E2(
    ada: TokenHolder, deployment: Deployment
) -> None:
    elevate(ada)
    assert ada.call("suspend_credential").status == 200
    assert {one["strength"] for one in listed(ada)} == {1}
    later(deployment, minutes=31)
    browser = browser_at(ada)
    browser.sign_in(PERMANENT)
    assert [one["current"] for one in listed(browser)] == [True]


def test_a_challenge_is_no_session_of_the_list_A4(deployment: Deployment) -> None:
    new = newcomer(deployment)
    new.sign_in(TEMPORARY)
    session = new.token.split(".")[1]
    new.token = new.call("set_password", {"password": PERMANENT}).body["token"]
    assert session not in {one["id"] for one in listed(new)}
    assert len(listed(new)) == 1


def end(who: Any, session: str) -> Answer:
    answer: Answer = who.call("end_session", parameters={"session": session})
    return answer


def test_one_of_ones_own_sessions_can_be_ended_from_another(
    browser: Browser, deployment: Deployment
) -> None:
    elsewhere = browser_of(deployment, browser.user_id)
    elsewhere.sign_in(PERMANENT)
    [other] = [one["id"] for one in listed(elsewhere) if one["id"] in browser.kept[SESSION]]
    answer = end(elsewhere, other)
    assert (answer.status, answer.cookies) == (204, ())
    assert browser.call("show_session").status == 401
    assert elsewhere.call("show_session").status == 200
    assert other not in {one["id"] for one in listed(elsewhere)}
    assert end(elsewhere, other).status == 404


def test_ending_the_session_that_asks_signs_out(browser: Browser) -> None:
    [current] = [one["id"] for one in listed(browser) if one["current"]]
    copied = dict(browser.kept)
    assert clears(end(browser, current), SESSION)
    browser.kept = copied
    assert browser.call("show_session").status == 401


def test_a_foreign_session_looks_like_one_that_is_not_there_S23(
    browser: Browser, deployment: Deployment
) -> None:
    stranger = visitor(deployment)
    foreign = stranger.token.split(".")[1]
    answers = [end(browser, one) for one in (foreign, foreign[:-1] + "0", "nonsense", "A" * 26)]
    assert {one.status for one in answers} == {404}
    assert all(one.body == answers[0].body for one in answers)
    assert stranger.call("show_session").status == 200
