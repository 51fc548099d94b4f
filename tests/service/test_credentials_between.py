"""Other writes come between reading and writing when a token is used, resynchronized or revoked.

The same races as over HTTP, but with the other write at the critical point.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from functools import partial

import pytest

from keyfob.domain.audit.entry import Actor
from keyfob.domain.credentials.errors import (
    CodeAlreadyUsed,
    NoToken,
    Suspended,
    TokenLocked,
    WrongCodes,
)
from keyfob.domain.errors import DomainError
from keyfob.domain.sessions.errors import NotAuthenticated
from keyfob.domain.sessions.permission import OWN
from keyfob.domain.sessions.session import parse_token
from keyfob.usecases.credentials.registration import Pair
from keyfob.usecases.credentials.verification import Typed
from local.stack import Stack
from tests.support.builders import by_password
from tests.support.running.fixtures import Switch
from tests.support.running.holder_attempts import (
    DONE,
    Stock,
    Told,
    account_of,
    ask,
    codes,
    manage,
    try_code,
)
from tests.support.running.inside import BY, FROM_HERE, Inside
from tests.support.running.rows import Rows
from tests.support.running.stack_holders import Holder
from tests.support.running.wire import Wire

_LIMIT = 5


@pytest.mark.parametrize(
    ("between", "refusal"),
    [
        (lambda holder: ask(holder.person, "DELETE", "/session"), NotAuthenticated),
        (lambda holder: ask(holder.person, "DELETE", "/sessions"), NotAuthenticated),
        (lambda holder: manage(holder, "suspension"), Suspended),
        (lambda holder: manage(holder, "token/revocation"), NoToken),
        (lambda holder: manage(holder, "revocation"), NotAuthenticated),
    ],
    ids=["sign-out", "sign-out everywhere", "suspension", "token given up", "revocation"],
)
def test_a_sign_in_that_is_overtaken_by_an_end_spends_nothing_and_elevates_nothing(
    *,
    inside: Inside,
    rows: Rows,
    supply: Stock,
    between: Callable[[Holder], object],
    refusal: type[DomainError],
) -> None:
    """S21, S22: the decision is repeated on the present state; no session comes back."""
    holder, wire = supply.holder(), inside.wire()
    account, before = account_of(holder.person), rows.credential(account_of(holder.person))
    wire.before("transact_write_items", lambda: between(holder))
    with pytest.raises(refusal):
        _elevate(inside, wire, holder, holder.device.code())
    (after,) = rows.credentials(account)
    assert "token.accepted" not in rows.happened(after)
    assert after.get("last", before["last"]) == before["last"]
    assert all(one["strength"] == 1 for one in rows.sessions(account).values())
    if refusal is NotAuthenticated:
        assert rows.sessions(account) == {}


def test_a_code_that_is_accepted_in_another_session_first_is_spent_and_not_counted(
    inside: Inside, rows: Rows, supply: Stock
) -> None:
    """S3: the copy loses on the version and finds the code spent."""
    holder, wire = supply.holder(), inside.wire()
    other, code = holder.another_session(), holder.device.code()
    wire.before("transact_write_items", partial(try_code, holder, code, token=other.token))
    with pytest.raises(CodeAlreadyUsed):
        _elevate(inside, wire, holder, code)
    assert rows.credential(account_of(holder.person))["failed"] == []


@pytest.mark.parametrize("act", ["suspension", "reset"])
def test_a_change_that_is_overtaken_by_a_sign_in_leaves_its_code_spent(
    inside: Inside, rows: Rows, supply: Stock, act: str
) -> None:
    """S5: the change is still made, of the present credential."""
    holder, wire = supply.holder(), inside.wire()
    account, step = account_of(holder.person), holder.device.step
    code, session = holder.device.at(step), holder.another_session().token
    wire.before("transact_write_items", partial(try_code, holder, code, token=session))
    if act == "reset":
        inside.help_desk(wire).reset_token(holder.person.user_id, BY)
    else:
        proof = by_password(inside.clock())
        inside.management(wire).suspend(holder.credential, proof, _self(holder))
        assert manage(holder, "suspension", method="DELETE").code == DONE
    row = rows.credential(account)
    assert (row["last"], "token.accepted" in rows.happened(row)) == (step, True)
    assert try_code(holder, code).code == "code_already_used"


def test_a_resynchronization_that_is_overtaken_by_a_sign_in_does_not_go_back(
    stack: Stack, inside: Inside, rows: Rows, supply: Stock
) -> None:
    """S5: its codes are older than the one spent by then."""
    holder, wire = supply.holder(), inside.wire()
    stack.clock.move(timedelta(seconds=60))
    account, device, step = account_of(holder.person), holder.device, holder.device.step
    session, newer = holder.another_session().token, device.at(step)
    wire.before("transact_write_items", partial(try_code, holder, newer, token=session))
    older = Pair(first=device.at(step - 2), second=device.at(step - 1))
    with pytest.raises(WrongCodes):
        inside.registration(wire).resynchronize(holder.credential, older, _self(holder))
    row = rows.credential(account)
    assert row["last"] == step
    assert len(row["tries"]) == 1


@pytest.mark.parametrize("faster", [1, 3, 4, 5])
def test_wrong_codes_that_come_between_are_counted_before_this_one(
    inside: Inside, rows: Rows, supply: Stock, faster: int
) -> None:
    """S4: the number is a condition of the write that counts; the fifth one locks."""
    holder, wire = supply.holder(), inside.wire()
    session, wrong = holder.another_session().token, _wrong(holder)
    answers: list[Told] = []

    def others() -> None:
        answers.extend(try_code(holder, wrong, token=session) for _ in range(faster))

    wire.before("update_item", others)
    with pytest.raises(TokenLocked if faster >= _LIMIT - 1 else DomainError):
        _elevate(inside, wire, holder, wrong)
    row = rows.credential(account_of(holder.person))
    assert len(row["failed"]) == min(faster + 1, _LIMIT)
    assert (rows.happened(row)[-1] == "token.locked") is (faster >= _LIMIT - 1)
    assert codes(answers)["wrong_code"] == min(faster, _LIMIT - 1)


def test_a_wrong_code_of_a_token_that_is_given_up_meanwhile_counts_for_nobody(
    inside: Inside, rows: Rows, supply: Stock
) -> None:
    """D4: the next token begins without failures."""
    holder, wire = supply.holder(), inside.wire()
    wire.before("update_item", lambda: manage(holder, "token/revocation"))
    with pytest.raises(NoToken):
        _elevate(inside, wire, holder, _wrong(holder))
    assert "failed" not in rows.credential(account_of(holder.person))


@pytest.mark.parametrize("between", ["a sign-in", "a sign-out everywhere"])
def test_a_revocation_that_is_overtaken_ends_what_came_before_it(
    *, inside: Inside, rows: Rows, supply: Stock, relay: Switch, between: str
) -> None:
    """S22: the sign-out's epoch isn't lost, or a sign-in that began between would live on."""
    holder, wire = supply.holder(), inside.wire()
    relay(on=False)
    account = account_of(holder.person)
    epoch, actor = rows.epoch(account), _self(holder)
    acts: dict[str, Callable[[], object]] = {
        "a sign-in": holder.another_session,
        "a sign-out everywhere": lambda: ask(holder.person, "DELETE", "/sessions"),
    }
    wire.before("transact_write_items", acts[between])
    inside.management(wire).revoke(
        holder.credential, by_password(inside.clock()), actor, confirmed=True
    )
    assert rows.sessions(account) == {}
    assert rows.epoch(account) - epoch == (1 if between == "a sign-in" else 2)


def _elevate(inside: Inside, wire: Wire, holder: Holder, code: str) -> object:
    token = parse_token(holder.person.token)
    return inside.verification(wire).elevate(
        token, lambda: Typed(method="token", code=code), OWN, FROM_HERE
    )


def _self(holder: Holder) -> Actor:
    return FROM_HERE.as_account(account_of(holder.person))


def _wrong(holder: Holder) -> str:
    near = {holder.device.code(ahead) for ahead in range(-5, 6)}
    return next(code for code in map("{:08}".format, range(100)) if code not in near)
