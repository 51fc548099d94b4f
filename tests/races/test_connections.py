"""Accounts are connected, disconnected and signed in to at once (A8, S22, S46)."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from local.stack import Stack
from tests.races.at_once import at_once
from tests.support.effort import effort
from tests.support.pairs import Pair, pair_of
from tests.support.running.holder_attempts import (
    DONE,
    Stock,
    Told,
    account_of,
    ask,
    codes,
    manage,
    redeem,
)
from tests.support.running.people import person
from tests.support.running.rows import Rows
from tests.support.running.stack_holders import Holder

ROUNDS = effort(1, 20)
SAME = effort(5, 10)


def waiting(stack: Stack, holder: Holder) -> tuple[Pair, str]:
    """A pair whose child has a pending request; the parent's session is elevated."""
    pair = pair_of(stack, holder)
    assert holder.person.elevate(holder.device.code()).status_code == 201
    return pair, pair.ask()


def confirm(pair: Pair, connection: str) -> Told:
    return ask(pair.parent.person, "POST", f"/connections/{connection}/confirmation")


def disconnect(pair: Pair, connection: str) -> Told:
    return ask(pair.parent.person, "DELETE", f"/connections/{connection}")


def test_one_of_many_confirmations_at_once_connects(
    stack: Stack, rows: Rows, supply: Stock
) -> None:
    """A8, S46: the other confirmations find it done; one entry, and one mail to each account."""
    pair, connection = waiting(stack, supply.holder())
    child = account_of(pair.child)
    epoch = rows.epoch(child)
    answers = at_once([partial(confirm, pair, connection)] * effort(5, 12))
    assert set(codes(answers)) <= {DONE, "busy"}
    assert codes(answers)[DONE]
    assert rows.connections(child) == ["connection.requested", "connection.connected"]
    assert (rows.epoch(child), rows.sessions(child)) == (epoch + 1, {})
    assert len(rows.effects(f"CONNECTION#{child}", "connected")) == 2


def test_a_connection_and_a_redemption_at_once_exclude_each_other(
    stack: Stack, rows: Rows, supply: Stock
) -> None:
    """A8: never a child with a credential of its own."""
    for _ in range(ROUNDS):
        pair, connection = waiting(stack, supply.holder())
        child, key = account_of(pair.child), supply.next().license_key
        acts: list[Callable[[], Told]] = [
            partial(confirm, pair, connection),
            partial(redeem, pair.child, key),
        ]
        confirmed, redeemed = at_once(acts)
        assert [confirmed.code, redeemed.code].count(DONE) == 1
        is_child, has_own = rows.parent(child) is not None, bool(rows.credentials(child))
        assert (is_child, has_own) == (confirmed.code == DONE, redeemed.code == DONE)
        if is_child:
            # Its session may have ended before the key was checked.
            assert redeemed.code in {"connected", "not_authenticated"}
        else:
            assert confirmed.code == "credential_exists"


def test_a_connection_and_its_parents_revocation_at_once_leave_nothing_elevated(
    stack: Stack, rows: Rows, supply: Stock
) -> None:
    """A8, S22: connected just before, or not at all; the revocation always succeeds."""
    for _ in range(ROUNDS):
        holder = supply.holder()
        another = holder.another_session().token
        pair, connection = waiting(stack, holder)
        child = account_of(pair.child)
        confirmed, revoked = at_once(
            [
                partial(confirm, pair, connection),
                partial(manage, holder, "revocation", token=another),
            ]
        )
        assert revoked.code == DONE
        assert confirmed.code in {DONE, "not_authenticated", "elevation_required"}
        assert (rows.parent(child) is not None) is (confirmed.code == DONE)
        if confirmed.code == DONE:
            stranger = pair.another_child_session()
            refused = ask(
                stranger, "POST", "/session/elevation", {"method": "token", "code": "00000000"}
            )
            assert refused.code == "no_token"


def test_an_elevation_of_the_child_does_not_outlive_its_disconnection(
    stack: Stack, rows: Rows, supply: Stock
) -> None:
    """S22: no session is left, whichever commits first."""
    for _ in range(ROUNDS):
        holder = supply.holder()
        pair = pair_of(stack, holder)
        connection = pair.connect(holder.device.code())
        child = account_of(pair.child)
        step = holder.device.step + 1
        code = holder.device.at(step)
        elevate = partial(
            ask, pair.child, "POST", "/session/elevation", {"method": "token", "code": code}
        )
        elevated, gone = at_once([elevate, partial(disconnect, pair, connection)])
        assert gone.code == DONE
        assert elevated.code in {DONE, "not_authenticated"}
        assert (rows.sessions(child), rows.parent(child)) == ({}, None)
        for token in filter(None, (pair.child.token, elevated.token)):
            assert ask(pair.child, "GET", "/session", token=token).status == 401
        # A code that wasn't accepted is still valid.
        spent = rows.credential(account_of(holder.person))["last"] == step
        assert spent is (elevated.code == DONE)


def test_a_request_at_once_under_one_key_is_one_request(stack: Stack, rows: Rows) -> None:
    """A8, S42: ten equal requests are one; of ten different ones, one is left pending."""
    body = {"user_id": "nobody-at-all"}
    child = person(stack)
    same = partial(ask, child, "POST", "/connections", body, key="the-same-key-again")
    assert set(codes(at_once([same] * SAME))) <= {DONE, "too_many_tries", "busy"}
    assert rows.connections(account_of(child)) == ["connection.requested"]
    other = person(stack)
    answers = at_once([partial(ask, other, "POST", "/connections", body)] * SAME)
    assert codes(answers)[DONE] == 1
    assert set(codes(answers)) <= {DONE, "illegal_state", "too_many_tries", "busy"}
    assert rows.connections(account_of(other)) == ["connection.requested"]
