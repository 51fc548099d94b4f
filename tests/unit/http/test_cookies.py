"""Browsers' cookies: names, flags, reading and writing (E1, F3, S17)."""

from __future__ import annotations

import base64
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keyfob.domain.sessions.session import Token, hashed
from keyfob.http.cookies import (
    MAX_HEADER,
    REMEMBERED,
    SESSION,
    cleared,
    csrf_token,
    device_cookie,
    hand_over,
    is_remembered,
    remembering,
    values_of,
)
from tests.support.examples import steady
from tests.support.fakes import START

TOKEN = Token(account="acc_ada", session="session1", secret="secret")
ENDS = START + timedelta(hours=12)


def attributes(cookie: str) -> set[str]:
    """All attributes after name and value."""
    return set(cookie.split("; ")[1:])


FLAGS = {"Path=/", "Secure", "HttpOnly", "SameSite=Strict"}


def test_a_session_cookie_has_every_flag_and_lasts_as_long_as_the_session() -> None:
    [cookie] = hand_over(TOKEN, ENDS, START, as_cookie=True).cookies
    assert cookie.split("; ")[0] == f"__Host-session={TOKEN}"
    assert attributes(cookie) == FLAGS | {"Max-Age=43200"}


def test_a_device_cookie_has_every_flag_and_lasts_a_year_S56() -> None:
    cookie = device_cookie("nonce.mac")
    assert cookie.split("; ")[0] == "__Host-device=nonce.mac"
    assert attributes(cookie) == FLAGS | {"Max-Age=31536000"}


def test_no_cookie_names_a_domain_or_the_browser_would_refuse_its_prefix() -> None:
    [cookie] = hand_over(TOKEN, ENDS, START, as_cookie=True).cookies
    for one in (cookie, remembering("acc_ada", "crd_1"), device_cookie("x"), cleared(SESSION)):
        assert one.startswith("__Host-")
        assert "domain" not in one.lower()


def test_a_session_that_has_just_ended_leaves_no_cookie() -> None:
    [cookie] = hand_over(TOKEN, START, START + timedelta(seconds=1), as_cookie=True).cookies
    assert "Max-Age=0" in attributes(cookie)


def test_a_browser_gets_no_session_token_in_the_body_and_a_program_no_cookie() -> None:
    browser = hand_over(TOKEN, ENDS, START, as_cookie=True)
    assert (browser.token, browser.csrf_token) == (None, csrf_token("secret"))
    program = hand_over(TOKEN, ENDS, START, as_cookie=False)
    assert (program.token, program.csrf_token, program.cookies) == (str(TOKEN), None, ())


def test_a_remembered_browser_is_for_a_year_E1() -> None:
    cookie = remembering("acc_ada", "crd_1")
    assert cookie.startswith("__Host-remembered=")
    assert attributes(cookie) == FLAGS | {"Max-Age=31536000"}


@pytest.mark.parametrize("name", [SESSION, REMEMBERED])
def test_a_cleared_cookie_is_empty_ends_at_once_and_has_the_same_flags(name: str) -> None:
    assert cleared(name).split("; ")[0] == f"{name}="
    assert attributes(cleared(name)) == FLAGS | {"Max-Age=0"}


def shown(account: str, credential: str) -> list[str]:
    """The cookie of a browser that remembers this credential."""
    return values_of(remembering(account, credential).split("; ")[0], REMEMBERED)


def test_a_browser_remembers_one_credential_of_one_account_E1() -> None:
    assert is_remembered(shown("acc_ada", "crd_1"), "acc_ada", "crd_1")
    assert not is_remembered(shown("acc_ada", "crd_1"), "acc_bob", "crd_1")
    assert not is_remembered([], "acc_ada", "crd_1")
    assert not is_remembered([*shown("acc_ada", "crd_1")] * 2, "acc_ada", "crd_1")


def test_no_browser_is_remembered_after_a_revocation_F3() -> None:
    for made_up in ("crd_1", "", "None"):
        assert not is_remembered(shown("acc_ada", made_up), "acc_ada", None)
    assert not is_remembered(shown("acc_ada", "crd_1"), "acc_ada", "crd_2")


def test_the_remembered_value_names_neither_account_nor_credential_S17() -> None:
    [value] = shown("acc_ada", "crd_1")
    assert "ada" not in value
    assert "crd" not in value
    assert len(value) == 22


def test_account_and_credential_are_separated_in_the_name() -> None:
    assert shown("acc_ada1", "crd") != shown("acc_ada", "1crd")


def test_the_csrf_token_reveals_no_stored_value_and_opens_nothing_S17() -> None:
    shown = csrf_token("secret")
    assert shown != csrf_token("secreu")
    assert len(shown) == 43
    assert "secret" not in shown
    kept = bytes.fromhex(hashed("secret"))
    assert base64.urlsafe_b64decode(f"{shown}=") != kept
    assert hashed(shown) != kept.hex()


@pytest.mark.parametrize(
    ("header", "values"),
    [
        ("", []),
        ("__Host-session=a.b.c", ["a.b.c"]),
        ("x=1; __Host-session=a.b.c; y=2", ["a.b.c"]),
        ("x=1;__Host-session=a.b.c ;y", ["a.b.c"]),
        ("__Host-session=a=b", ["a=b"]),
        ("__Host-session=", [""]),
        ("__Host-session", []),
        ("__host-session=a.b.c", []),
        ("__Host-sessions=a.b.c; x__Host-session=a", []),
        ("=__Host-session=a.b.c", []),
        ("x=__Host-session=a.b.c", []),
        ('__Host-session="a.b.c"', ['"a.b.c"']),
        ("__Host-session=a; __Host-session=b", ["a", "b"]),
        (";;; ; =; ==;\x00;\ud800", []),
    ],
)
def test_cookies_are_read_by_their_exact_name(header: str, values: list[str]) -> None:
    assert values_of(header, SESSION) == values


def test_a_header_of_more_than_8_kib_has_no_cookies() -> None:
    fits = "__Host-session=a.b.c; x=".ljust(MAX_HEADER, "x")
    assert values_of(fits, SESSION) == ["a.b.c"]
    assert values_of(f"{fits}x", SESSION) == []


@steady
@given(text=st.text(max_size=200))
def test_no_header_is_a_defect_S49(text: str) -> None:
    for value in values_of(text, SESSION):
        assert value in text
