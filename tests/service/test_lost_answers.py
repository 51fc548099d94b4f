"""A transaction that landed, but whose answer was lost (S46)."""

from __future__ import annotations

import pytest

from keyfob.domain.errors import StorageUnavailable
from keyfob.domain.orders import decisions
from keyfob.domain.sessions.password import PasswordCheck
from local.stack import Stack
from tests.support.running.inside import BY, FROM_HERE, Inside
from tests.support.running.people import PERMANENT, person
from tests.support.running.rows import Rows
from tests.support.running.wire import Wire, lose_the_answer, nothing


@pytest.mark.parametrize("lost", [1, 2])
def test_a_change_whose_answer_was_lost_is_committed_once_and_known_to_be(
    stack: Stack, inside: Inside, rows: Rows, lost: int
) -> None:
    """The repeated request has the same client request token: no conflict, no second change."""
    someone, wire = person(stack), inside.wire()
    number = someone.order()["number"]
    wire.after("transact_write_items", *[lose_the_answer] * lost)
    canceled = inside.service(wire).decide(number, decisions.cancel, by=BY)
    assert canceled.state == rows.order(number)["state"] == "canceled"
    assert rows.changes(number).count("order.canceled") == 1
    assert len(rows.queued(number, "order_canceled")) == 1
    assert len(_tokens(wire)) == lost + 1
    assert len(set(_tokens(wire))) == 1


def test_a_change_whose_request_was_lost_is_sent_again(
    stack: Stack, inside: Inside, rows: Rows
) -> None:
    """The client can't tell the difference."""
    someone, wire = person(stack), inside.wire()
    number = someone.order()["number"]
    wire.before("transact_write_items", lose_the_answer)
    inside.service(wire).decide(number, decisions.cancel, by=BY)
    assert rows.changes(number).count("order.canceled") == 1


def test_a_change_whose_every_answer_was_lost_is_there_when_it_is_asked_for_again(
    stack: Stack, inside: Inside, rows: Rows
) -> None:
    """S50: the refusal says that the result is unknown; the repeated request finds it done."""
    someone, wire = person(stack), inside.wire()
    number = someone.order()["number"]
    wire.after("transact_write_items", *[lose_the_answer] * 20)
    with pytest.raises(StorageUnavailable):
        inside.service(wire).decide(number, decisions.cancel, by=BY)
    inside.service().decide(number, decisions.cancel, by=BY)
    assert rows.changes(number).count("order.canceled") == 1


def test_a_sign_in_whose_answer_was_lost_makes_one_session(
    stack: Stack, inside: Inside, rows: Rows
) -> None:
    """One session, and one entry of its beginning."""
    someone, wire = person(stack), inside.wire()
    account = someone.token.split(".")[0]
    # The limits of tries are written separately; this is the session.
    wire.after("transact_write_items", lose_the_answer, nothing)
    before = _begun(rows, account)
    inside.sign_in(_Right(), wire).sign_in(someone.user_id, PERMANENT, FROM_HERE)
    assert len(rows.sessions(account)) == 2
    assert _begun(rows, account) == before + 1


class _Right:
    def check(self, account: str, password: str) -> PasswordCheck:
        return PasswordCheck.RIGHT

    def set_password(self, account: str, password: str) -> None:
        """Sets nothing."""


def _tokens(wire: Wire) -> list[str]:
    return [
        request["ClientRequestToken"]
        for operation, request in wire.sent
        if operation == "transact_write_items"
    ]


def _begun(rows: Rows, account: str) -> int:
    actions = [entry["action"] for entry in rows.entries(f"ACTOR#{account}")]
    return actions.count("session.begun")
