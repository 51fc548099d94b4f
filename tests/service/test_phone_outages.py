"""The provider, keys and tables fail, refuse or hang while a code is on its way (S50)."""

from __future__ import annotations

import uuid
from collections.abc import Iterator

import pytest

from local.client import control, phone_requests
from local.stack import Stack
from tests.support.running.faults import FAIL, HANG, Faults
from tests.support.running.holder_attempts import DONE, Told, ask
from tests.support.running.phone_caller import (
    REFUSED,
    Caller,
    asks_in_vain,
    asks_with_success,
    counts_nothing,
)
from tests.support.running.rows import Rows
from tests.support.running.subscribers import Phone, Subscriptions, new_number

_COMMIT = "TransactWriteItems"
_READS = ("GetItem", "BatchGetItem")
FAULTS = {
    "error": REFUSED,
    "throttle": REFUSED,
    "reject": Told(status=422, code="phone_unreachable"),
}


@pytest.fixture(scope="module")
def subscriptions(stack: Stack) -> Subscriptions:
    """License keys for phones."""
    return Subscriptions(stack, 18)


@pytest.fixture
def caller(subscriptions: Subscriptions) -> Caller:
    """A new person."""
    owner = subscriptions.subscriber()
    return Caller(owner, owner.bind())


@pytest.fixture
def failing(stack: Stack, fault: str) -> Iterator[str]:
    """The provider does this until the test ends."""
    control(stack.url, "phone", {"answer": fault})
    yield fault
    control(stack.url, "phone", {"answer": "normal"})


@pytest.mark.parametrize("fault", FAULTS)
def test_a_code_that_could_not_be_sent_counts_as_asked_for_and_as_spent(
    *, stack: Stack, rows: Rows, caller: Caller, failing: str
) -> None:
    """Nothing is elevated; once the provider is back a new code can be requested at once.

    A number that refuses our messages stays as limited as any other (S12).
    """
    asks_in_vain(stack, rows, caller, FAULTS[failing])
    if failing == "reject":
        assert caller.ask().code == "too_many_tries"
        caller.owner.unlimited(caller.phone.number)
    else:
        counts_nothing(rows, caller, asked=1)
    asks_with_success(stack, caller)


@pytest.mark.parametrize("fault", ["error"])
def test_a_phone_whose_first_code_was_not_sent_is_there_and_asks_for_another(
    *, stack: Stack, rows: Rows, subscriptions: Subscriptions, failing: str
) -> None:
    """S41: the repeated request adds none and sends none."""
    owner, number, key = subscriptions.subscriber(), new_number(), str(uuid.uuid4())
    body = {"number": number, "label": "Mine", "channel": "text"}
    path = f"/credentials/{owner.credential}/phones"
    assert ask(owner.person, "POST", path, body, key=key) == FAULTS[failing]
    control(stack.url, "phone", {"answer": "normal"})
    asked = phone_requests(stack.url)["all"]
    assert ask(owner.person, "POST", path, body, key=key).code == DONE
    assert phone_requests(stack.url)["all"] == asked
    (phone,) = rows.phones(owner.account)
    assert Caller(owner, Phone(id=phone, number=number)).ask().code == DONE
    code = {"code": owner.code(number)}
    assert ask(owner.person, "POST", f"{path}/{phone}/confirmation", code).code == DONE


@pytest.mark.parametrize("how", [FAIL, HANG])
def test_without_the_key_service_no_code_is_sent_and_none_compared(
    *, stack: Stack, rows: Rows, faults: Faults, caller: Caller, how: str
) -> None:
    """Refused requests succeed afterwards."""
    code = caller.owner.ask(caller.phone)
    caller.owner.unlimited(caller.phone.number)
    asked = phone_requests(stack.url)
    faults.always(how, "GenerateMac")
    refused = Told(status=503, code="keys_unavailable")
    assert [caller.ask(), caller.elevate(code), caller.elevate("000000")] == [refused] * 3
    faults.heal()
    assert phone_requests(stack.url) == asked
    counts_nothing(rows, caller)
    assert rows.phones(caller.owner.account)[caller.phone.id]["failed"] == []
    assert caller.elevate(code).code == DONE


@pytest.mark.parametrize("how", [FAIL, HANG])
@pytest.mark.parametrize("what", [_READS, (_COMMIT,)], ids=["unread", "unwritten"])
def test_without_tables_no_code_is_sent_and_none_accepted(
    *, stack: Stack, rows: Rows, faults: Faults, caller: Caller, how: str, what: tuple[str, ...]
) -> None:
    code = caller.owner.ask(caller.phone)
    caller.owner.unlimited(caller.phone.number)
    asked = phone_requests(stack.url)
    faults.always(how, *what, about=caller.owner.account)
    codes = ["storage_unavailable"] * 2
    if how == HANG and what == (_COMMIT,):
        codes = ["outcome_unknown", "sign_in_again"]
    refused = [Told(status=503, code=code) for code in codes]
    assert [caller.ask(), caller.elevate(code)] == refused
    faults.heal()
    assert phone_requests(stack.url) == asked
    counts_nothing(rows, caller)
    assert caller.strength() == 1
    assert caller.elevate(code).code == DONE


def test_a_wrong_code_that_could_not_be_counted_is_not_answered(
    rows: Rows, faults: Faults, caller: Caller
) -> None:
    """S4: the failure is counted by the write before the answer; without it there is no answer."""
    code = caller.owner.ask(caller.phone)
    wrong = f"{(int(code) + 1) % 10**6:06}"
    faults.always(FAIL, "UpdateItem")
    assert caller.elevate(wrong).code == "storage_unavailable"
    faults.heal()
    assert rows.phones(caller.owner.account)[caller.phone.id]["failed"] == []
    assert caller.elevate(code).code == DONE
