"""Other acts come between the steps of a sign-in, a request or a try.

The same races as over HTTP, but with the other act at the critical point.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from keyfob.domain.errors import TooManyTries
from keyfob.domain.limits import Limit, Quota
from keyfob.domain.sessions.errors import NotAuthenticated
from keyfob.domain.sessions.password import PasswordCheck
from keyfob.domain.sessions.permission import OWN
from keyfob.http.gate import Gate
from keyfob.storage.limits import Limits
from keyfob.storage.sessions.store import SessionStore
from local.client import Person
from local.stack import Stack
from tests.support.builders import by_password
from tests.support.running.inside import FROM_HERE, Inside
from tests.support.running.people import PERMANENT, person
from tests.support.running.rows import Rows
from tests.support.running.wire import Wire


class RightPassword:
    """Every password is right; another act may happen during the check."""

    def __init__(self, meanwhile: Callable[[], object] = lambda: None) -> None:
        self._meanwhile = meanwhile

    def check(self, account: str, password: str) -> PasswordCheck:
        """Runs the other act, then answers "right"."""
        self._meanwhile()
        return PasswordCheck.RIGHT

    def set_password(self, account: str, password: str) -> None:
        """Sets nothing."""


def test_a_sign_out_everywhere_during_the_password_check_ends_the_sign_in(
    stack: Stack, inside: Inside, rows: Rows
) -> None:
    """S22: the epoch is the one from before the check."""
    someone = person(stack)
    sign_in = inside.sign_in(RightPassword(lambda: _end_all(someone)))
    with pytest.raises(NotAuthenticated):
        sign_in.sign_in(someone.user_id, PERMANENT, FROM_HERE)
    assert rows.sessions(_account(someone)) == {}


def test_a_sign_out_everywhere_just_before_the_session_is_written_ends_the_sign_in(
    stack: Stack, inside: Inside, rows: Rows
) -> None:
    """S22: the write is conditioned on the epoch."""
    someone, wire = person(stack), inside.wire()
    wire.before("transact_write_items", lambda: _end_all(someone))
    with pytest.raises(NotAuthenticated):
        inside.sign_in(RightPassword(), wire).sign_in(someone.user_id, PERMANENT, FROM_HERE)
    assert rows.sessions(_account(someone)) == {}


def test_a_sign_in_just_before_a_sign_out_everywhere_is_written_ends_with_the_others(
    stack: Stack, inside: Inside, rows: Rows
) -> None:
    """S22: the sign-out is not lost, and no sign-in escapes it."""
    someone, wire = person(stack), inside.wire()
    wire.before("transact_write_items", lambda: _sign_in(inside, someone))
    inside.sign_in(RightPassword(), wire).sign_out_everywhere(
        _account(someone), by_password(inside.clock()), FROM_HERE
    )
    assert rows.sessions(_account(someone)) == {}


def test_two_sign_outs_everywhere_raise_the_epoch_twice(
    stack: Stack, inside: Inside, rows: Rows
) -> None:
    """S22: otherwise a sign-in that began between them would outlive the second one."""
    someone, wire = person(stack), inside.wire()
    before = rows.epoch(_account(someone))
    wire.before("transact_write_items", lambda: _end_all(someone))
    inside.sign_in(RightPassword(), wire).sign_out_everywhere(
        _account(someone), by_password(inside.clock()), FROM_HERE
    )
    assert rows.epoch(_account(someone)) == before + 2


@pytest.mark.parametrize("already", [4, 5])
def test_two_sign_ins_for_the_last_place_leave_five_sessions(
    stack: Stack, inside: Inside, rows: Rows, already: int
) -> None:
    """With four sessions one more fits; with five both want to drop the same oldest one."""
    someone, wire = person(stack), inside.wire()
    for _ in range(already - 1):
        _sign_in(inside, someone)
    wire.before("transact_write_items", lambda: _sign_in(inside, someone))
    inside.sign_in(RightPassword(), wire).sign_in(someone.user_id, PERMANENT, FROM_HERE)
    assert len(rows.sessions(_account(someone))) == 5


def test_a_request_whose_session_is_ended_before_its_use_is_noted_is_refused(
    stack: Stack, inside: Inside, rows: Rows
) -> None:
    """S22: recording the use requires the session's secret; it is a 401, not an error."""
    someone, wire = person(stack), inside.wire()
    stack.clock.move(timedelta(minutes=2))
    wire.before("update_item", lambda: someone.expect(204, "DELETE", "/session"))
    with pytest.raises(NotAuthenticated):
        _admit(inside, someone, wire)
    assert wire.sent[-1][0] == "update_item"
    assert rows.sessions(_account(someone)) == {}


def test_a_session_whose_secret_was_replaced_is_not_touched_by_its_old_one(
    stack: Stack, inside: Inside, rows: Rows
) -> None:
    """S21, S22: a request that read the session's old secret writes nothing to the new one."""
    someone, wire = person(stack), inside.wire()
    account, session, _ = someone.token.split(".")
    stack.clock.move(timedelta(minutes=2))
    wire.before("update_item", lambda: _replace_secret(stack, account, session))
    with pytest.raises(NotAuthenticated):
        _admit(inside, someone, wire)
    seen = SessionStore(inside.database()).get(account)
    assert seen
    assert seen.live[session].seen < inside.clock() - timedelta(minutes=1)


def test_a_try_that_comes_between_takes_the_last_one(inside: Inside) -> None:
    """S4: the limit is a condition of the write that counts, not of the read before it."""
    limit = Limit(name="race", tries=10, period=timedelta(minutes=10))
    quota = Quota(limit=limit, subject="somebody")
    limits, wire, now = Limits(inside.database()), inside.wire(), inside.clock()
    for _ in range(9):
        limits.take([quota], now)
    wire.before("update_item", lambda: limits.take([quota], now))
    with pytest.raises(TooManyTries):
        Limits(inside.database(wire)).take([quota], now)


def _account(someone: Person) -> str:
    return someone.token.split(".")[0]


def _sign_in(inside: Inside, someone: Person) -> object:
    return inside.sign_in(RightPassword()).sign_in(someone.user_id, PERMANENT, FROM_HERE)


def _end_all(someone: Person) -> None:
    someone.expect(204, "DELETE", "/sessions")


def _admit(inside: Inside, someone: Person, wire: Wire) -> object:
    gate = Gate(SessionStore(inside.database(wire)), inside.clock, inside.policy)
    request = {"headers": {"Authorization": f"Bearer {someone.token}"}}
    return gate.admit(request, OWN, FROM_HERE)


def _replace_secret(stack: Stack, account: str, session: str) -> None:
    stack.client("dynamodb").update_item(
        TableName=stack.outputs["SessionsTable"],
        Key={"pk": {"S": f"ACCOUNT#{account}"}, "sk": {"S": "-"}},
        UpdateExpression="SET sessions.#s.#h = :new",
        ExpressionAttributeNames={"#s": session, "#h": "hash"},
        ExpressionAttributeValues={":new": {"B": b"0" * 32}},
    )
