"""Browsers over the API: session cookies, and the cookie of a remembered browser (E1, F3, S21)."""

from __future__ import annotations

import pytest

from keyfob.http.cookies import MAX_HEADER
from tests.support.browser import (
    DEVICE,
    FLAGS,
    REMEMBERED,
    SESSION,
    Browser,
    browser_at,
    browser_of,
    clears,
    elevate,
    holder_at_browser,
    set_cookies,
    somebody,
)
from tests.support.deployment import Deployment
from tests.support.token_holder import TokenHolder, a_holder_with_a_registered_token
from tests.support.visitor import PERMANENT, TEMPORARY, newcomer, visitor


@pytest.fixture
def browser(deployment: Deployment) -> Browser:
    return somebody(deployment)


@pytest.fixture
def ada(deployment: Deployment) -> TokenHolder:
    return holder_at_browser(deployment)


def test_a_browser_signs_in_and_gets_its_token_as_a_cookie_alone_E1(
    browser: Browser, deployment: Deployment
) -> None:
    again = browser_of(deployment, browser.user_id)
    answer = again.sign_in(PERMANENT)
    assert (answer.status, answer.body["status"]) == (201, "signed_in")
    assert answer.body["token"] is None
    assert answer.body["remembered"] is False
    given = set_cookies(answer)
    assert set(given) == {SESSION, DEVICE}
    token, attributes = given[SESSION]
    assert token.split(".")[2] not in str(answer.body)
    [age] = attributes - FLAGS
    assert attributes > FLAGS
    assert 43_140 < int(age.removeprefix("Max-Age=")) <= 43_200
    assert again.call("show_session").body["csrf_token"] == answer.body["csrf_token"]


def test_a_browser_keeps_its_device_value_for_a_year_and_shows_it_S56(
    browser: Browser, deployment: Deployment
) -> None:
    new = browser_of(deployment, browser.user_id)
    first = new.sign_in(PERMANENT)
    value, attributes = set_cookies(first)[DEVICE]
    assert attributes == FLAGS | {"Max-Age=31536000"}
    assert "X-Device" not in first.headers
    assert value not in str(first.body)
    for _ in range(5):
        assert browser_of(deployment, browser.user_id).sign_in("not the password").status == 401
    assert browser_of(deployment, browser.user_id).sign_in(PERMANENT).code == "too_many_tries"
    again = new.sign_in(PERMANENT)
    assert (again.status, set(set_cookies(again))) == (201, {SESSION})
    assert new.kept[DEVICE] == value


def test_another_account_in_the_same_browser_gets_a_device_value_of_its_own_S56(
    browser: Browser, deployment: Deployment
) -> None:
    value = browser.kept[DEVICE]
    browser.user_id = visitor(deployment).user_id
    assert DEVICE in set_cookies(browser.sign_in(PERMANENT))
    assert browser.kept[DEVICE] != value


def test_a_program_gets_no_cookie_and_needs_no_csrf_token(deployment: Deployment) -> None:
    program = visitor(deployment)
    answer = program.sign_in(PERMANENT)
    assert answer.cookies == ()
    assert (answer.body["csrf_token"], answer.body["remembered"]) == (None, False)
    assert program.call("show_session").body["csrf_token"] is None
    ended = program.call("sign_out")
    assert (ended.status, ended.cookies) == (204, ())


def test_a_first_sign_in_stays_in_the_browser_A4(deployment: Deployment) -> None:
    new = browser_of(deployment, newcomer(deployment).user_id)
    challenge = new.sign_in(TEMPORARY)
    assert challenge.body["status"] == "new_password_required"
    assert challenge.body["token"] is None
    first = new.kept[SESSION]
    refused = new.call("set_password", {"password": PERMANENT}, headers={"X-CSRF-Token": ""})
    assert (refused.status, refused.code) == (403, "csrf_token_wrong")
    answer = new.call("set_password", {"password": PERMANENT})
    assert (answer.status, answer.body["token"]) == (201, None)
    assert new.kept[SESSION] != first
    assert new.call("show_session").body["strength"] == 1


def test_a_challenge_leaves_what_a_browser_remembers_to_the_sign_in_that_follows_A4_E1(
    deployment: Deployment,
) -> None:
    new = browser_of(deployment, newcomer(deployment).user_id)
    new.kept[REMEMBERED] = "somebody-elses"
    challenge = new.sign_in(TEMPORARY)
    assert challenge.body["remembered"] is False
    assert set(set_cookies(challenge)) == {SESSION, DEVICE}
    answer = new.call("set_password", {"password": PERMANENT})
    assert set(set_cookies(answer)) == {SESSION, REMEMBERED, DEVICE}
    assert REMEMBERED not in new.kept


def test_a_challenge_of_a_program_leads_to_a_program_s_session_A4(deployment: Deployment) -> None:
    new = newcomer(deployment)
    new.sign_in(TEMPORARY)
    answer = new.call("set_password", {"password": PERMANENT})
    assert answer.body["token"]
    assert answer.cookies == ()


@pytest.mark.parametrize("wrong", ["", "nonsense"])
@pytest.mark.parametrize(
    "route", ["sign_out", "sign_out_everywhere", "end_session", "place_order", "elevate_session"]
)
def test_a_request_with_a_wrong_csrf_token_changes_nothing(
    route: str, wrong: str, browser: Browser
) -> None:
    refused = browser.call(route, headers={"X-CSRF-Token": wrong})
    assert (refused.status, refused.code, refused.cookies) == (403, "csrf_token_wrong", ())
    assert refused.headers["Content-Type"] == "application/problem+json"
    assert browser.call("show_session").status == 200


def test_a_sign_in_looks_at_no_session_that_is_there_already(
    browser: Browser, deployment: Deployment
) -> None:
    """Fixation: the new session is not the one planted in the browser."""
    planted = browser.kept[SESSION]
    victim = browser_of(deployment, visitor(deployment).user_id)
    victim.kept[SESSION] = planted
    assert victim.sign_in(PERMANENT).status == 201
    own = victim.kept[SESSION]
    for part, other in zip(own.split("."), planted.split("."), strict=True):
        assert part != other
    browser.kept[SESSION] = planted
    assert browser.call("show_session").status == 200, "and it is no stronger than it was"


@pytest.mark.parametrize("cookie", ["a.b.c; __Host-session=d.e.f", "x" * 300, '"a.b.c', ""])
def test_a_sign_in_takes_no_offense_at_a_strange_cookie(cookie: str, browser: Browser) -> None:
    browser.kept[SESSION] = cookie
    assert browser.call("show_session").status == 401
    assert browser.sign_in(PERMANENT).status == 201
    assert browser.call("show_session").status == 200


def test_a_huge_header_is_no_session_and_no_defect_S49(browser: Browser) -> None:
    browser.kept["x"] = "x" * MAX_HEADER
    for route in ("show_session", "sign_out", "elevate_session"):
        refused = browser.call(route)
        assert (refused.status, refused.code) == (401, "not_authenticated")
    assert browser.sign_in(PERMANENT).status == 201


def test_an_elevation_replaces_cookie_and_csrf_token_S21(ada: TokenHolder) -> None:
    browser = browser_at(ada)
    old, old_csrf = browser.kept[SESSION], browser.csrf_token
    answer = elevate(ada)
    assert (answer.status, answer.body["token"], answer.body["strength"]) == (201, None, 2)
    given = set_cookies(answer)
    assert set(given) == {SESSION, REMEMBERED}
    assert given[SESSION][1] > FLAGS
    assert given[REMEMBERED][1] == FLAGS | {"Max-Age=31536000"}
    assert browser.csrf_token == answer.body["csrf_token"] != old_csrf
    assert browser.call("show_session").body["strength"] == 2
    stale = browser.call("sign_out", headers={"X-CSRF-Token": old_csrf})
    assert (stale.status, stale.code) == (403, "csrf_token_wrong")
    dead = {"Cookie": f"{SESSION}={old}", "X-CSRF-Token": old_csrf}
    for route in ("show_session", "sign_out"):
        assert browser.call(route, headers=dead).code == "not_authenticated"


def test_a_program_that_elevates_gets_no_cookie_S21(deployment: Deployment) -> None:
    who = a_holder_with_a_registered_token(deployment)
    answer = elevate(who)
    assert (answer.status, answer.cookies, answer.body["csrf_token"]) == (201, (), None)
    assert answer.body["token"]


def test_a_caller_with_bearer_token_and_cookie_is_a_program(
    ada: TokenHolder, deployment: Deployment
) -> None:
    browser = browser_at(ada)
    bearer = visitor(deployment).token
    both = {"Authorization": f"Bearer {bearer}", "X-CSRF-Token": ""}
    ended = browser.call("sign_out", headers=both)
    assert (ended.status, ended.cookies) == (204, ())
    assert browser.call("show_session").status == 200, "another session has ended"


def test_a_browser_that_used_a_code_is_remembered_E1(ada: TokenHolder) -> None:
    browser = browser_at(ada)
    elevate(ada)
    assert clears(browser.call("sign_out"), SESSION)
    again = browser.sign_in(PERMANENT)
    assert again.body["remembered"] is True
    assert set(set_cookies(again)) == {SESSION}
    assert again.body["strength"] == 1, "remembering trusts nobody"
    assert (
        browser_of(browser.deployment, browser.user_id).sign_in(PERMANENT).body["remembered"]
        is False
    )


def test_another_account_in_the_same_browser_is_not_remembered_E1(ada: TokenHolder) -> None:
    elevate(ada)
    browser = browser_at(ada)
    browser.user_id = visitor(browser.deployment).user_id
    answer = browser.sign_in(PERMANENT)
    assert answer.body["remembered"] is False
    assert set_cookies(answer)[REMEMBERED] == ("", FLAGS | {"Max-Age=0"})
    assert REMEMBERED not in browser.kept


def test_a_wrong_password_says_nothing_of_what_is_remembered_S25(ada: TokenHolder) -> None:
    elevate(ada)
    refused = browser_at(ada).sign_in("not the password")
    assert refused.code == "wrong_credentials"
    assert refused.cookies == ()
    assert "remembered" not in refused.body


def test_a_revocation_forgets_this_browser_and_ends_its_session_F3(ada: TokenHolder) -> None:
    browser = browser_at(ada)
    elevate(ada)
    not_confirmed = ada.call("revoke_credential", {"confirm": False})
    assert (not_confirmed.status, not_confirmed.cookies) == (422, ())
    answer = ada.call("revoke_credential", {"confirm": True})
    assert answer.status == 200
    assert clears(answer, SESSION, REMEMBERED)
    assert set(browser.kept) == {DEVICE}, "it is worth nothing any more"


def test_a_program_that_revokes_gets_no_cookie_F3(deployment: Deployment) -> None:
    who = a_holder_with_a_registered_token(deployment)
    answer = who.call("revoke_credential", {"confirm": True})
    assert (answer.status, answer.cookies) == (200, ())


@pytest.mark.parametrize("route", ["sign_out", "sign_out_everywhere"])
def test_signing_out_takes_the_session_s_cookie_away(route: str, browser: Browser) -> None:
    copied = dict(browser.kept)
    assert clears(browser.call(route), SESSION)
    browser.kept = copied
    assert browser.call("show_session").status == 401
