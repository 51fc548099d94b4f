"""Browsers through the front: a real client keeps the cookies (E1, F3, S21, S22)."""

from __future__ import annotations

import re

import pytest
import requests

from local.browser import Browser
from local.client import Person
from local.stack import Stack
from tests.support.running.cookies import DEVICE, FLAGS, REMEMBERED, SESSION, given
from tests.support.running.credential_checks import told
from tests.support.running.people import PERMANENT, TEMPORARY, person, unsigned
from tests.support.running.stack_holders import Holder, Supply

_TEMPORARY = re.compile(r"\b(?:[0-9A-Z]{5}-){3}[0-9A-Z]{5}\b")


@pytest.fixture(scope="module")
def supply(stack: Stack) -> Supply:
    return Supply(stack, 7, period=None)


@pytest.fixture
def owner(supply: Supply) -> Holder:
    """A holder with a registered token."""
    return supply.holder()


def test_a4_a_first_sign_in_stays_in_the_browser(stack: Stack, browser: Browser) -> None:
    new = unsigned(stack)
    assert browser.sign_in(new.user_id, TEMPORARY).json()["status"] == "new_password_required"
    challenge = browser.kept[SESSION]
    assert not browser.is_signed_in()
    answer = browser.call("POST", "/session/new-password", {"password": PERMANENT})
    assert answer.status_code == 201, answer.text
    assert answer.json()["token"] is None
    assert browser.kept[SESSION] != challenge
    assert browser.is_signed_in()


def test_a_page_of_others_changes_nothing(browser: Browser, holder: Person) -> None:
    browser.sign_in(holder.user_id, PERMANENT)
    for csrf in ("", "guessed", "Ä".encode().decode("latin-1")):
        for method, path in (("DELETE", "/session"), ("DELETE", "/sessions"), ("POST", "/orders")):
            refused = browser.call(method, path, X_CSRF_Token=csrf)
            assert (refused.status_code, refused.json()["code"]) == (403, "csrf_token_wrong")
            assert given(refused) == []
    assert browser.is_signed_in()
    assert browser.call("OPTIONS", "/session").headers.get("Access-Control-Allow-Origin") is None


def test_a_reloaded_page_asks_for_its_csrf_token(browser: Browser, holder: Person) -> None:
    browser.sign_in(holder.user_id, PERMANENT)
    known, browser.csrf_token = browser.csrf_token, ""
    assert browser.call("DELETE", "/session").status_code == 403
    assert browser.call("GET", "/session").json()["csrf_token"] == known
    assert browser.call("DELETE", "/session").status_code == 204


def test_s21_an_elevation_rotates_the_cookie_and_the_old_one_is_dead(
    stack: Stack, browser: Browser, owner: Holder
) -> None:
    browser.sign_in(owner.person.user_id, PERMANENT)
    old, thief = browser.kept[SESSION], Browser(stack.url)
    thief.put(SESSION, old)
    assert thief.is_signed_in()
    answer = browser.elevate(owner.device.press(), method="token")
    assert answer.status_code == 201, answer.text
    assert answer.json()["token"] is None
    session, remembered = sorted(given(answer), reverse=True)
    assert session.startswith(f"{SESSION}={browser.kept[SESSION]}; {FLAGS}; Max-Age=4")
    assert remembered == f"{REMEMBERED}={browser.kept[REMEMBERED]}; {FLAGS}; Max-Age=31536000"
    assert browser.kept[SESSION] != old
    assert not thief.is_signed_in()
    assert browser.call("GET", "/session").json()["strength"] == 2
    assert browser.call("DELETE", "/session").status_code == 204, "with the new CSRF token"


def test_a_session_that_was_planted_is_not_the_one_that_begins(
    stack: Stack, browser: Browser, holder: Person
) -> None:
    attacker = Browser(stack.url)
    attacker.sign_in(person(stack).user_id, PERMANENT)
    planted = attacker.kept[SESSION]
    browser.put(SESSION, planted)
    browser.sign_in(holder.user_id, PERMANENT)
    assert not set(browser.kept[SESSION].split(".")) & set(planted.split("."))
    assert attacker.is_signed_in(), "as before, under the attacker's own name"
    assert browser.call("GET", "/sessions").json() != attacker.call("GET", "/sessions").json()


@pytest.mark.parametrize("path", ["/session", "/sessions"])
def test_s22_signing_out_takes_the_cookie_away_and_a_copy_is_dead(
    stack: Stack, browser: Browser, holder: Person, path: str
) -> None:
    browser.sign_in(holder.user_id, PERMANENT)
    thief = Browser(stack.url)
    thief.put(SESSION, browser.kept[SESSION])
    answer = browser.call("DELETE", path)
    assert answer.status_code == 204
    assert given(answer) == [f"{SESSION}=; {FLAGS}; Max-Age=0"]
    assert set(browser.kept) == {DEVICE}
    assert not thief.is_signed_in()


def test_s56_a_browser_that_signed_in_before_does_so_whatever_strangers_do(
    stack: Stack, browser: Browser, holder: Person
) -> None:
    first = browser.sign_in(holder.user_id, PERMANENT)
    [device] = [one for one in given(first) if one.startswith(DEVICE)]
    assert device == f"{DEVICE}={browser.kept[DEVICE]}; {FLAGS}; Max-Age=31536000"
    credentials = {"user_id": holder.user_id, "password": "not the password at all"}
    for _ in range(5):
        assert Browser(stack.url).call("POST", "/session", credentials).status_code == 401
    credentials |= {"password": PERMANENT}
    assert Browser(stack.url).call("POST", "/session", credentials).status_code == 429
    again = browser.sign_in(holder.user_id, PERMANENT)
    assert not [one for one in given(again) if one.startswith(DEVICE)]


def test_one_ends_the_session_of_a_browser_left_elsewhere(
    stack: Stack, browser: Browser, holder: Person
) -> None:
    elsewhere = Browser(stack.url)
    elsewhere.sign_in(holder.user_id, PERMANENT)
    browser.sign_in(holder.user_id, PERMANENT)
    shown = browser.call("GET", "/sessions").json()["sessions"]
    assert len(shown) == 3, "the holder's own program's, too"
    left = elsewhere.kept[SESSION].split(".")[1]
    [one] = [each for each in shown if each["id"] == left]
    assert not one["current"]
    assert browser.call("DELETE", f"/sessions/{left}").status_code == 204
    assert not elsewhere.is_signed_in()
    assert browser.is_signed_in()


def test_two_cookies_or_a_huge_header_are_nobody_s(
    stack: Stack, browser: Browser, holder: Person
) -> None:
    browser.sign_in(holder.user_id, PERMANENT)
    cookie = f"{SESSION}={browser.kept[SESSION]}"
    strange = (f"{cookie}; {cookie}", f"{cookie}; x={'x' * 9_000}", f"{SESSION}", f'{SESSION}="')
    for header in strange:
        for method in ("GET", "DELETE"):
            refused = requests.request(
                method, f"{browser.url}/session", headers={"Cookie": header}, timeout=40
            )
            assert refused.status_code == 401, header[:80]
    assert browser.is_signed_in()


def test_e1_a_browser_that_used_a_code_is_remembered_after_signing_out(
    stack: Stack, browser: Browser, owner: Holder
) -> None:
    user = owner.person.user_id
    assert browser.sign_in(user, PERMANENT).json()["remembered"] is False
    assert browser.elevate(owner.device.press(), method="token").status_code == 201
    browser.call("DELETE", "/session")
    again = browser.sign_in(user, PERMANENT).json()
    assert (again["remembered"], again["strength"]) == (True, 1)
    assert Browser(stack.url).sign_in(user, PERMANENT).json()["remembered"] is False


def test_f3_a_revocation_forgets_every_browser_and_a_copied_cookie_is_worth_nothing(
    stack: Stack, browser: Browser, owner: Holder, supply: Supply
) -> None:
    user = owner.person.user_id
    browser.sign_in(user, PERMANENT)
    assert browser.elevate(owner.device.press(), method="token").status_code == 201
    copied, other = browser.kept[REMEMBERED], Browser(stack.url)
    other.put(REMEMBERED, copied)
    assert other.sign_in(user, PERMANENT).json()["remembered"] is True

    path = f"/credentials/{owner.credential}/revocation"
    answer = browser.call("POST", path, {"confirm": True})

    assert answer.status_code == 200, answer.text
    assert sorted(given(answer)) == [
        f"{REMEMBERED}=; {FLAGS}; Max-Age=0",
        f"{SESSION}=; {FLAGS}; Max-Age=0",
    ]
    assert set(browser.kept) == {DEVICE}
    assert not other.is_signed_in()
    [mail] = told(stack, owner.person, "Your temporary password")
    challenge = other.sign_in(user, _TEMPORARY.findall(mail["text"])[0])
    assert challenge.json()["remembered"] is False
    signed_in = other.call("POST", "/session/new-password", {"password": f"{PERMANENT} again"})
    assert signed_in.json()["remembered"] is False
    assert f"{REMEMBERED}=; {FLAGS}; Max-Age=0" in given(signed_in)
    assert set(other.kept) == {SESSION, DEVICE}

    owner.person.sign_in(f"{PERMANENT} again")
    supply.holder(owner.person)
    other.put(REMEMBERED, copied)
    again = other.sign_in(user, f"{PERMANENT} again").json()
    assert (again["remembered"], len(again["elevation"])) == (False, 1)
    assert REMEMBERED not in other.kept
