"""Two accounts of one person, and one credential: A8, S22, S23, S25."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from local.client import Person, idempotency_key, mails
from local.stack import Stack
from tests.support.pairs import Pair, child_of, pair_of
from tests.support.running.credential_checks import (
    account_of,
    claim,
    refused,
    session,
    temporary_password,
    told,
    wrong_codes,
)
from tests.support.running.people import PERMANENT, person
from tests.support.running.rows import Rows
from tests.support.running.stack_holders import Holder, Supply

ENDS = {
    "revocation": {"confirm": True},
    "suspension": None,
    "token/revocation": None,
}


@pytest.fixture(scope="module")
def supply(stack: Stack) -> Supply:
    """Event-based tokens: their codes don't depend on when a test runs."""
    return Supply(stack, 12, period=None)


@pytest.fixture
def pair(stack: Stack, supply: Supply) -> Pair:
    """Not connected."""
    return pair_of(stack, supply.holder())


@pytest.fixture
def couple(pair: Pair) -> Pair:
    """Connected, the child signed in by password."""
    pair.connect(pair.parent.device.press())
    return pair


def test_a8_asked_confirmed_used_and_ended(stack: Stack, pair: Pair) -> None:
    child, parent, device = pair.child, pair.parent.person, pair.parent.device
    connection = pair.ask()
    assert [one["state"] for one in pair.shown(child)] == ["requested"]
    [asked] = pair.shown(parent)
    assert (asked["id"], asked["side"]) == (connection, "parent")
    assert asked["other"]["user_id"] == child.user_id
    [mail] = told(stack, parent, f"Your account {child.user_id} asks to use your credential")
    assert connection not in mail["text"]
    assert "/connections" not in mail["text"], "no link that does it"

    weak = parent.call("POST", f"/connections/{connection}/confirmation")
    refused(weak, 403, "elevation_required")
    assert parent.elevate(device.press()).status_code == 201
    before = child.token
    parent.expect(200, "POST", f"/connections/{connection}/confirmation")

    assert child.call("GET", "/session").status_code == 401, before
    [offered] = child.sign_in(PERMANENT)["elevation"]
    assert offered["label"] == f"…{device.serial[-4:]}"
    assert child.elevate(device.press()).status_code == 201
    shown = session(child)
    assert (shown["strength"], shown["credential"]) == (2, pair.parent.credential)
    told(stack, parent, f"Your accounts {child.user_id} and {parent.user_id} are connected")

    parent.expect(204, "DELETE", f"/connections/{connection}")
    assert child.call("GET", "/session").status_code == 401
    assert child.sign_in(PERMANENT)["elevation"] == []
    refused(child.elevate(device.press()), 403, "no_token")
    told(
        stack, parent, f"Your accounts {child.user_id} and {parent.user_id} are no longer connected"
    )
    assert pair.shown(child) == pair.shown(parent) == []
    happened = [one["action"] for one in Rows(stack).entries(f"CONNECTION#{account_of(child)}")]
    assert happened == ["connection.requested", "connection.connected", "connection.disconnected"]


def test_a8_e3_the_child_locks_the_parents_token_for_both(couple: Pair) -> None:
    child, device = couple.child, couple.parent.device
    assert child.elevate(device.press()).status_code == 201
    other = couple.another_child_session()
    bad = wrong_codes(device, 5)
    answers = [other.elevate(code).json()["code"] for code in bad]
    assert answers == ["wrong_code"] * 4 + ["token_locked"]
    assert session(child)["strength"] == 1
    assert session(couple.parent.person)["strength"] == 1
    refused(child.elevate(device.press()), 403, "token_locked")


@pytest.mark.parametrize("act", ENDS)
def test_s22_the_end_or_suspension_of_the_parents_credential_lowers_the_childs_session(
    couple: Pair, act: str
) -> None:
    child, parent = couple.child, couple.parent.person
    assert child.elevate(couple.parent.device.press()).status_code == 201
    assert session(child)["strength"] == 2
    parent.expect(200, "POST", f"/credentials/{couple.parent.credential}/{act}", ENDS[act])
    assert session(child)["strength"] == 1


def test_s23_the_parents_credential_is_nothing_that_the_child_could_see(couple: Pair) -> None:
    child, credential = couple.child, couple.parent.credential
    assert child.elevate(couple.parent.device.press()).status_code == 201
    for method, path, body in (
        ("GET", "", None),
        ("GET", "/history", None),
        ("POST", "/suspension", None),
        ("POST", "/token/revocation", None),
        ("POST", "/revocation", {"confirm": True}),
        ("POST", "/resynchronization", {"first_code": "00000000", "second_code": "00000001"}),
    ):
        refused(child.call(method, f"/credentials/{credential}{path}", body), 404, "not_found")
    assert child.expect(200, "GET", "/credentials") == {"credentials": []}


def test_a8_a_connected_account_redeems_nothing(couple: Pair, supply: Supply) -> None:
    key = supply.next().license_key
    refused(claim(couple.child, key), 409, "connected")
    [own] = couple.shown(couple.child)
    couple.child.expect(204, "DELETE", f"/connections/{own['id']}")
    couple.child.sign_in(PERMANENT)
    assert claim(couple.child, key).status_code == 201


@pytest.fixture(scope="module")
def lone(stack: Stack) -> Person:
    """A person with an account and no credential; other accounts may resemble it."""
    return person(stack)


NOT_EQUAL: Mapping[str, Mapping[str, str]] = {
    "nobody's": {},
    "another address": {"email": "somebody@else.example"},
    "another case": {"first_name": "TEST"},
    "a blank more": {"last_name": "Blank\u00a0"},
    "another middle name": {"middle_name": "X"},
}


@pytest.mark.parametrize("what", NOT_EQUAL)
def test_s25_a_request_reveals_nothing_of_another_account(
    stack: Stack, lone: Person, what: str
) -> None:
    child = child_of(stack, lone, **NOT_EQUAL[what])
    user_id = "nobody-at-all" if what == "nobody's" else lone.user_id
    match = child_of(stack, lone)
    answers = []
    for who, whom in ((child, user_id), (match, lone.user_id)):
        answer = who.call("POST", "/connections", {"user_id": whom}, headers=idempotency_key())
        [shown] = who.expect(200, "GET", "/connections")["connections"]
        body = answer.json()
        fixed = {name: value for name, value in shown.items() if not name.endswith(("id", "_at"))}
        answers.append((answer.status_code, sorted(body), body["state"], sorted(shown), fixed))
    assert answers[0] == answers[1]
    [row] = Rows(stack).under("accounts", f"CONNECTION#{account_of(child)}")
    assert row["parent"] == "acc_nobody"
    seen = [
        one["other"]["user_id"] for one in lone.expect(200, "GET", "/connections")["connections"]
    ]
    assert match.user_id in seen
    assert child.user_id not in seen
    asks = f"Your account {child.user_id} asks"
    assert mails(stack.url, to=f"{lone.user_id}@acme.example", containing=asks) == []


def test_a8_three_requests_a_day(stack: Stack, lone: Person) -> None:
    child = child_of(stack, lone)
    for user_id in (lone.user_id, "nobody-at-all", lone.user_id):
        body = {"user_id": user_id}
        made = child.expect(202, "POST", "/connections", body, headers=idempotency_key())
        child.expect(204, "DELETE", f"/connections/{made['id']}")
    again = child.call(
        "POST", "/connections", {"user_id": "nobody-at-all"}, headers=idempotency_key()
    )
    refused(again, 429, "too_many_tries")
    assert int(again.headers["Retry-After"]) > 80_000


def test_s22_a_new_credential_of_the_parent_brings_no_session_of_the_child_back(
    couple: Pair, supply: Supply
) -> None:
    child, parent = couple.child, couple.parent.person
    assert child.elevate(couple.parent.device.press()).status_code == 201
    old = child.token
    path = f"/credentials/{couple.parent.credential}/revocation"
    parent.expect(200, "POST", path, {"confirm": True})
    assert session(child)["strength"] == 1
    renewed = new_credential(couple, supply)
    assert child.token == old
    assert session(child)["strength"] == 1
    assert child.elevate(renewed.device.press()).status_code == 201
    assert session(child)["strength"] == 2


def new_credential(couple: Pair, supply: Supply) -> Holder:
    """The parent signs in with the mailed password, redeems and registers anew."""
    parent = couple.parent.person
    parent.first_sign_in(temporary_password(supply.stack, parent), PERMANENT)
    return supply.holder(parent)
