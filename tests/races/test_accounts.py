"""Administrators act on accounts at the moment when others act (A5, S22, S24)."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from local.client import Person
from local.stack import Stack
from tests.races.at_once import at_once
from tests.support.effort import effort
from tests.support.running.holder_attempts import DONE, Stock, Told, account_of, ask, codes
from tests.support.running.people import PERMANENT, person
from tests.support.running.rows import Rows
from tests.support.running.stack_holders import Holder

ROUNDS = effort(1, 10)
ADMINISTRATOR = ["holder", "organization_administrator"]
REASON = "Asked for by the quality manager"
HOLDER = {"organization_administrator": False, "administers": [], "reason": REASON}


def administrator(stack: Stack, supply: Stock) -> Person:
    """An administrator who has given a code."""
    holder = supply.holder(person(stack, roles=ADMINISTRATOR))
    assert holder.person.elevate(holder.device.code()).status_code == 201
    return holder.person


def remove(by: Person, who: Person) -> Told:
    return ask(by, "PUT", f"/admin/accounts/{account_of(who)}/roles", HOLDER)


def deactivate(by: Person, who: Person) -> Told:
    path = f"/admin/accounts/{account_of(who)}/deactivation"
    return ask(by, "POST", path, {"reason": REASON})


def test_two_administrators_who_remove_each_other_at_once_leave_one_A5_S24(
    stack: Stack, supply: Stock
) -> None:
    for _ in range(ROUNDS):
        ada, bob = (administrator(stack, supply) for _ in range(2))
        told = codes(at_once([partial(remove, ada, bob), partial(remove, bob, ada)]))
        assert told == {DONE: 1, "role_required": 1}
        left = [who for who in (ada, bob) if remove(who, who).code == "not_on_oneself"]
        assert len(left) == 1


def test_a_sign_in_and_a_code_at_the_moment_of_a_deactivation_open_nothing_A5_S22(
    stack: Stack, rows: Rows, supply: Stock
) -> None:
    alice = administrator(stack, supply)
    for _ in range(ROUNDS):
        ada: Holder = supply.holder()
        account, code = account_of(ada.person), ada.device.code()
        body = {"user_id": ada.person.user_id, "password": PERMANENT}
        acts: list[Callable[[], Told]] = [
            partial(deactivate, alice, ada.person),
            partial(
                ask, ada.person, "POST", "/session/elevation", {"method": "token", "code": code}
            ),
            partial(ask, ada.person, "POST", "/session", body),
        ]
        deactivated, *_ = at_once(acts)
        assert deactivated.code == DONE
        assert rows.sessions(account) == {}
        assert ask(ada.person, "POST", "/session", body).code == "wrong_credentials"
