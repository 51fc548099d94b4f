"""A credential is ended, suspended or helped while its holder signs in (S5, S22, F3)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from functools import partial

from local.client import Person
from local.stack import Stack
from tests.races.at_once import at_once
from tests.support.builders import REASON
from tests.support.effort import LONG, effort
from tests.support.running.holder_attempts import (
    DONE,
    Stock,
    Told,
    account_of,
    ask,
    manage,
    resynchronize,
    try_code,
)
from tests.support.running.people import PERMANENT
from tests.support.running.rows import Rows
from tests.support.running.stack_holders import Holder

ROUNDS = effort(1, 20)
_PERIOD = timedelta(seconds=30)


def test_a_revocation_is_final_against_every_act_of_the_same_moment(
    stack: Stack, rows: Rows, supply: Stock
) -> None:
    """F3, S22: two codes, a resynchronization and a password race with the revocation."""
    for _ in range(ROUNDS):
        holder = supply.holder()
        device, account = holder.device, account_of(holder.person)
        first, second, third = (
            holder.person.token,
            *(holder.another_session().token for _ in range(2)),
        )
        acts: list[Callable[[], Told]] = [
            partial(manage, holder, "revocation", token=first),
            partial(try_code, holder, device.code(), token=second),
            partial(try_code, holder, device.code(1), token=third),
            partial(resynchronize, holder, device.pair(1), token=second),
            partial(_sign_in, holder),
        ]
        revoked, *others = at_once(acts)
        assert revoked == Told(status=200, code=DONE)

        (past,) = rows.credentials(account)
        assert (past["sk"], past["state"]) == (f"PAST#{holder.credential}", "revoked")
        assert rows.happened(past)[-1] == "credential.revoked"
        assert rows.token(device.serial)["state"] == "retired"
        assert _password_resets(rows, account) == 1
        assert rows.sessions(account) == {}
        given = [one.token for one in others if one.token]
        for token in [first, second, third, *given]:
            assert ask(holder.person, "GET", "/session", token=token).status == 401


def test_a_code_spent_while_the_credential_is_managed_stays_spent(
    stack: Stack, rows: Rows, supply: Stock
) -> None:
    """S5: the holder suspends, re-enables and signs in while an operator resets the token."""
    holder = supply.holder()
    device, account = holder.device, account_of(holder.person)
    accepted = 0
    for _ in range(ROUNDS):
        stack.clock.move(3 * _PERIOD)
        # Suspending takes a recent password.
        holder.person.sign_in(PERMANENT)
        signs_in = holder.another_session()
        # Use up the operator's last reset, so that there is something to reset.
        assert resynchronize(holder, device.pair(-1)).code == DONE
        before, step = rows.credential(account)["last"], device.step
        code = device.at(step)
        acts: list[Callable[[], object]] = [
            partial(try_code, holder, code, token=signs_in.token),
            partial(_suspend_and_lift, holder),
            partial(_reset, stack, holder),
        ]
        answer, *_ = at_once(acts)
        assert isinstance(answer, Told)
        assert answer.code in {DONE, "credential_suspended"}
        if answer.code != DONE:
            # Refused before it was compared: it is still valid.
            assert rows.credential(account)["last"] == before
            answer = try_code(holder, code, token=signs_in.token)
            assert answer.code == DONE
        else:
            accepted += 1
        signs_in.token = answer.token
        assert rows.credential(account)["last"] == step
        assert try_code(holder, code, token=signs_in.token).code == "code_already_used"
        assert rows.credential(account)["failed"] == []
    assert accepted or not LONG


def _sign_in(holder: Holder) -> Told:
    body = {"user_id": holder.person.user_id, "password": PERMANENT}
    stranger = Person(holder.person.url, holder.person.user_id)
    return ask(stranger, "POST", "/session", body)


def _suspend_and_lift(holder: Holder) -> None:
    assert manage(holder, "suspension").code == DONE
    assert manage(holder, "suspension", method="DELETE").code == DONE


def _reset(stack: Stack, holder: Holder) -> None:
    who = holder.person.user_id
    event = {"operation": "reset_token", "user_id": who, "reason": REASON}
    assert "error" not in stack.invoke("OperationsFunction", event)


def _password_resets(rows: Rows, account: str) -> int:
    """The number of queued resets; one of them may be done already."""
    return len(rows.effects(f"ACCOUNT#{account}", "reset_password"))
