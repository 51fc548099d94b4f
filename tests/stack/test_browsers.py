"""A browser through front and gateway: cookies arrive as they were set, and in no log (E1, S17)."""

from __future__ import annotations

import pytest

from local.browser import Browser
from local.client import Person, eventually
from local.stack import Stack
from tests.support.running.cookies import FLAGS, REMEMBERED, SESSION, given
from tests.support.running.observed import log_lines
from tests.support.running.people import PERMANENT
from tests.support.running.rows import TABLES, Rows
from tests.support.running.stack_holders import Holder, Supply


@pytest.fixture(scope="module")
def supply(stack: Stack) -> Supply:
    return Supply(stack, 1, period=None)


@pytest.fixture
def owner(supply: Supply) -> Holder:
    """A holder with a registered token."""
    return supply.holder()


def test_e1_a_sign_in_gives_a_cookie_that_the_browser_sends_from_then_on(
    browser: Browser, holder: Person
) -> None:
    answer = browser.sign_in(holder.user_id, PERMANENT)
    token = browser.kept[SESSION]
    [cookie] = [one for one in given(answer) if one.startswith(SESSION)]
    age = cookie.removeprefix(f"{SESSION}={token}; {FLAGS}; Max-Age=")
    assert 43_140 < int(age) <= 43_200
    assert answer.json()["token"] is None
    assert token not in answer.text
    assert answer.headers["Cache-Control"] == "no-store"
    assert "Access-Control-Allow-Origin" not in answer.headers
    assert browser.is_signed_in()


def test_s17_no_cookie_and_no_csrf_token_is_in_any_log_or_table(
    stack: Stack, browser: Browser, owner: Holder
) -> None:
    browser.sign_in(owner.person.user_id, PERMANENT)
    secrets = [browser.kept[SESSION].split(".")[2], browser.csrf_token]
    assert browser.elevate(owner.device.press(), method="token").status_code == 201
    account, session, secret = browser.kept[SESSION].split(".")
    secrets += [secret, browser.csrf_token, browser.kept[REMEMBERED]]
    assert browser.call("DELETE", "/session", X_CSRF_Token="guessed").status_code == 403
    assert browser.call("DELETE", f"/sessions/{session}").status_code == 204

    def logged() -> str:
        files = (path.read_text(errors="replace") for path in (stack.state / "logs").iterdir())
        return "\n".join([*log_lines(stack), *files])

    def has_the_end() -> bool:
        return any(account in line and "/sessions/{session}" in line for line in log_lines(stack))

    eventually(has_the_end, what="the log has the last of it")
    tables = "\n".join(str(item) for table in TABLES for item in Rows(stack).raw(table))
    assert account in tables, "the search would find something"
    assert [one for one in secrets if one in logged() + tables] == []
