"""Lost answers and locked rows while a code is used (S4, S46, S50)."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest
from botocore.exceptions import ClientError

from keyfob.domain.credentials.errors import TokenLocked, WrongCode, WrongCodes
from keyfob.domain.errors import Busy, StorageUnavailable
from keyfob.domain.sessions.errors import SignInAgain
from keyfob.domain.sessions.permission import OWN
from keyfob.domain.sessions.session import parse_token
from keyfob.usecases.credentials.registration import Pair
from keyfob.usecases.credentials.verification import Elevated, Typed
from tests.support.running.holder_attempts import DONE, Stock, account_of, ask, try_code
from tests.support.running.inside import FROM_HERE, Inside
from tests.support.running.rows import Rows
from tests.support.running.stack_holders import Holder
from tests.support.running.wire import Wire, lose_the_answer


@pytest.mark.parametrize("lost", [1, 3])
def test_a_sign_in_whose_answer_from_the_tables_was_lost_happens_once_and_is_answered(
    inside: Inside, rows: Rows, supply: Stock, lost: int
) -> None:
    """The answered session token opens the session, and the code is spent."""
    holder, wire = supply.holder(), inside.wire()
    account, step = account_of(holder.person), holder.device.step
    before = rows.credential(account)
    wire.after("transact_write_items", *[lose_the_answer] * lost)
    done = _elevate(inside, wire, holder, holder.device.at(step))
    after = rows.credential(account)
    assert (after["last"], after["version"]) == (step, before["version"] + 1)
    assert rows.happened(after).count("token.accepted") == 1
    assert ask(holder.person, "GET", "/session", token=str(done.token)).code == DONE
    assert ask(holder.person, "GET", "/session").code == "not_authenticated"


def test_a_sign_in_whose_every_answer_was_lost_is_refused_and_elevates_nothing_that_anybody_holds(
    inside: Inside, rows: Rows, supply: Stock
) -> None:
    """S50: the code is spent; nobody has the session's new secret."""
    holder, wire = supply.holder(), inside.wire()
    code, other = holder.device.code(), holder.another_session()
    wire.after("transact_write_items", *[lose_the_answer] * 20)
    with pytest.raises(SignInAgain):
        _elevate(inside, wire, holder, code)
    assert ask(holder.person, "GET", "/session").code == "not_authenticated"
    assert try_code(holder, code, token=other.token).code == "code_already_used"
    assert rows.credential(account_of(holder.person))["failed"] == []


def test_a_wrong_code_whose_answer_was_lost_is_counted_once(
    inside: Inside, rows: Rows, supply: Stock
) -> None:
    """S4: the table's client repeats the request, which finds the failure counted."""
    holder, wire = supply.holder(), inside.wire()
    wire.after("update_item", partial(_sent_again, inside, wire))
    with pytest.raises(WrongCode):
        _elevate(inside, wire, holder, _wrong(holder))
    assert len(rows.credential(account_of(holder.person))["failed"]) == 1


def test_a_wrong_code_whose_every_answer_was_lost_is_refused_and_counted_once(
    inside: Inside, rows: Rows, supply: Stock
) -> None:
    """S50: there is no answer about the code, and the failure isn't lost."""
    holder, wire = supply.holder(), inside.wire()
    wire.after("update_item", lose_the_answer)
    with pytest.raises(StorageUnavailable):
        _elevate(inside, wire, holder, _wrong(holder))
    assert len(rows.credential(account_of(holder.person))["failed"]) == 1


def test_the_fifth_wrong_code_locks_once_though_its_answer_was_lost(
    inside: Inside, rows: Rows, supply: Stock
) -> None:
    """One entry and one mail."""
    holder, wire = supply.holder(), inside.wire()
    wrong = _wrong(holder)
    assert [try_code(holder, wrong).code for _ in range(4)] == ["wrong_code"] * 4
    wire.after("transact_write_items", lose_the_answer)
    with pytest.raises(TokenLocked):
        _elevate(inside, wire, holder, wrong)
    row = rows.credential(account_of(holder.person))
    assert len(row["failed"]) == 5
    assert rows.happened(row).count("token.locked") == 1
    assert len(rows.effects(_subject(row), "token_locked")) == 1


def test_a_failed_resynchronization_whose_answer_was_lost_is_counted_once(
    inside: Inside, rows: Rows, supply: Stock
) -> None:
    """D2: none of five is counted twice, either."""
    holder, wire = supply.holder(), inside.wire()
    wrong = Pair(first=_wrong(holder), second=_wrong(holder))
    by = FROM_HERE.as_account(account_of(holder.person))
    wire.after("update_item", partial(_sent_again, inside, wire))
    with pytest.raises(WrongCodes):
        inside.registration(wire).resynchronize(holder.credential, wrong, by)
    assert len(rows.credential(account_of(holder.person))["tries"]) == 1


@pytest.mark.parametrize("code", ["TransactionCanceledException", "TransactionConflictException"])
def test_a_sign_in_in_the_way_of_another_transaction_is_sent_again(
    inside: Inside, rows: Rows, supply: Stock, code: str
) -> None:
    """The conditions weren't evaluated: it is neither decided again nor refused."""
    holder, wire = supply.holder(), inside.wire()
    wire.before("transact_write_items", *[partial(_held, code)] * 4)
    _elevate(inside, wire, holder, holder.device.code())
    row = rows.credential(account_of(holder.person))
    assert rows.happened(row).count("token.accepted") == 1
    assert len([operation for operation, _ in wire.sent if operation == "batch_get_item"]) == 1


def test_a_sign_in_that_is_always_in_the_way_is_refused_and_its_code_stays_good(
    inside: Inside, rows: Rows, supply: Stock
) -> None:
    """S50: it is refused as busy, within the time of a request."""
    holder, wire = supply.holder(), inside.wire()
    code = holder.device.code()
    wire.before("transact_write_items", *[partial(_held, "TransactionConflictException")] * 20)
    with pytest.raises(Busy):
        _elevate(inside, wire, holder, code)
    assert "token.accepted" not in rows.happened(rows.credential(account_of(holder.person)))
    assert try_code(holder, code).code == DONE


def test_a_wrong_code_in_the_way_of_a_transaction_is_counted_once(
    inside: Inside, rows: Rows, supply: Stock
) -> None:
    """S4: a single update meets locked rows, too."""
    holder, wire = supply.holder(), inside.wire()
    wire.before("update_item", *[partial(_held, "TransactionConflictException")] * 4)
    with pytest.raises(WrongCode):
        _elevate(inside, wire, holder, _wrong(holder))
    assert len(rows.credential(account_of(holder.person))["failed"]) == 1


def _elevate(inside: Inside, wire: Wire, holder: Holder, code: str) -> Elevated:
    token = parse_token(holder.person.token)
    return inside.verification(wire).elevate(
        token, lambda: Typed(method="token", code=code), OWN, FROM_HERE
    )


def _sent_again(inside: Inside, wire: Wire) -> None:
    """Repeats the request, as the table's client does when no answer comes."""
    _, request = wire.sent[-1]
    inside.wire().update_item(**request)


def _held(code: str) -> None:
    """Another transaction locks the row: DynamoDB reports this, the emulator never does."""
    answer: Any = {"Error": {"Code": code, "Message": ""}}
    if code == "TransactionCanceledException":
        answer["CancellationReasons"] = [{"Code": "None"}, {"Code": "TransactionConflict"}]
    raise ClientError(answer, "TransactWriteItems")


def _wrong(holder: Holder) -> str:
    near = {holder.device.code(ahead) for ahead in range(-5, 6)}
    return next(code for code in map("{:08}".format, range(100)) if code not in near)


def _subject(row: dict[str, Any]) -> str:
    return f"{row['pk']}#{row['id']}".replace("ACCOUNT#", "CREDENTIAL#")
