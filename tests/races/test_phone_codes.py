"""Codes of phones from many sides at once, with other changes of phones (S11, S14)."""

from __future__ import annotations

import threading
import uuid
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from functools import partial

import pytest

from local.client import Person, phone_messages
from local.stack import Stack
from tests.races.at_once import at_once, crowd
from tests.support.effort import effort
from tests.support.running.credential_checks import operator
from tests.support.running.holder_attempts import DONE, Told, ask, codes, try_code
from tests.support.running.rows import Rows
from tests.support.running.stack_holders import Holder, Supply
from tests.support.running.subscribers import Phone, Subscriber, Subscriptions, new_number

ROUNDS = effort(1, 20)
LIMIT = 5
CROWD = effort(8, 40)
COPIES = effort(5, 20)
_BLOCK = timedelta(minutes=16)


@pytest.fixture(scope="module")
def subscriptions(stack: Stack) -> Subscriptions:
    """License keys for phones."""
    return Subscriptions(stack, effort(10, 25))


@pytest.fixture
def owner(subscriptions: Subscriptions) -> Subscriber:
    """A holder with an active credential and no phone yet, signed in by password."""
    return subscriptions.subscriber()


def test_one_of_twenty_copies_of_a_right_code_in_its_session_is_accepted(
    rows: Rows, owner: Subscriber
) -> None:
    """S21: the others find the session under another secret, or no code any more."""
    phone = owner.bind()
    for _ in range(ROUNDS):
        code, before = owner.ask(phone), rows.credential(owner.account)
        answers = crowd([partial(_elevate, owner, phone, code)] * COPIES)
        told = codes(answers)
        assert told[DONE] == 1
        assert set(told) <= {DONE, "no_live_code", "not_authenticated"}
        owner.person.token = next(one.token for one in answers if one.code == DONE)
        _was_accepted_once(rows, owner, phone, before["version"])


def test_only_the_copy_in_its_own_session_counts_among_five(rows: Rows, owner: Subscriber) -> None:
    """S11: the other sessions compare nothing, so nothing is counted there."""
    phone = owner.bind()
    sessions = [owner.person.token, *(owner.another_session().token for _ in range(4))]
    for _ in range(ROUNDS):
        code, before = owner.ask(phone), rows.credential(owner.account)
        tokens = sessions * (COPIES // 4)
        answers = crowd([partial(_elevate, owner, phone, code, one) for one in tokens])
        told = codes(answers)
        assert told[DONE] == 1
        assert set(told) <= {DONE, "no_live_code", "not_authenticated"}
        (accepted,) = (number for number, one in enumerate(answers) if one.code == DONE)
        assert accepted % 5 == 0
        owner.person.token = sessions[0] = answers[accepted].token
        _was_accepted_once(rows, owner, phone, before["version"])


def _was_accepted_once(rows: Rows, owner: Subscriber, phone: Phone, version: int) -> None:
    after = rows.credential(owner.account)
    assert after["version"] == version + 1
    assert rows.happened(after)[-1] == "phone.accepted"
    kept = rows.phones(owner.account)[phone.id]
    assert (kept["failed"], kept["codes"]) == ([], {})


def test_five_of_many_wrong_codes_are_evaluated_and_the_right_one_is_refused_with_the_rest(
    stack: Stack, rows: Rows, owner: Subscriber
) -> None:
    """From five sessions with a code each; the twentieth wrong one blocks for good (F2)."""
    phone = owner.bind()
    owner.elevate(phone)
    others = [owner.another_session() for _ in range(4)]
    for round_, guesses in enumerate((effort(15, 200), *[effort(8, 40)] * 3), start=1):
        stack.clock.move(_BLOCK)
        tokens = {owner.person.token: owner.ask(phone)}
        tokens |= {one.token: owner.ask(phone, one) for one in others}
        before = rows.credential(owner.account)
        answers, right = _guessed(owner, phone, tokens, guesses)
        blocked = "phone_locked" if round_ == 4 else "phone_blocked"
        assert codes(answers) == {"wrong_code": LIMIT - 1, blocked: guesses - LIMIT + 1}
        assert right.code == blocked
        kept = rows.phones(owner.account)[phone.id]
        assert len(set(kept["failed"])) == len(kept["failed"]) == LIMIT * round_
        after = rows.credential(owner.account)
        assert after["version"] == before["version"] + 1
        assert after["phones"][phone.id] == before["phones"][phone.id] + 1
        assert after["epoch"] == before["epoch"], "nobody else's sessions fall"
        assert rows.happened(after)[-1] == "phone.blocked"
    assert "error" not in operator(stack, "free_phones", owner.person)
    owner.elevate(phone)


def _guessed(
    owner: Subscriber, phone: Phone, tokens: dict[str, str], guesses: int
) -> tuple[list[Told], Told]:
    """Answers to the guesses, and to the first session's right code once the phone is blocked."""
    blocked = threading.Event()
    wrong = next(code for code in ("314159", "271828") if code not in tokens.values())

    def guess(token: str) -> Told:
        answer = _elevate(owner, phone, wrong, token)
        if answer.code.startswith("phone_"):
            blocked.set()
        return answer

    def right() -> Told:
        assert blocked.wait(timeout=60)
        return _elevate(owner, phone, tokens[owner.person.token])

    sessions = list(tokens)
    acts: list[Callable[[], Told]] = [
        partial(guess, sessions[number % 5]) for number in range(guesses)
    ]
    acts.insert(5, right)
    answers = crowd(acts)
    return answers, answers.pop(5)


def test_five_of_many_wrong_confirmations_are_evaluated(rows: Rows, owner: Subscriber) -> None:
    """The phone isn't confirmed: there is no notification, and nothing else changes."""
    number = new_number()
    phone = owner.add(number)
    before, code = rows.credential(owner.account), owner.code(number)
    wrong = f"{(int(code) + 1) % 10**6:06}"
    answers = crowd([partial(_confirm, owner, phone, wrong)] * CROWD)
    assert codes(answers) == {"wrong_code": LIMIT - 1, "phone_blocked": CROWD - LIMIT + 1}
    assert _confirm(owner, phone, code).code == "phone_blocked"
    assert len(rows.phones(owner.account)[phone]["failed"]) == LIMIT
    assert rows.credential(owner.account) == before


def test_wrong_codes_of_a_phone_never_lock_the_token_nor_the_other_way_round(
    stack: Stack, rows: Rows
) -> None:
    """S4: each is counted separately, while right codes of the other are accepted."""
    holder = Supply(stack, 1, period=None).holder()
    owner = Subscriber(stack, holder.person, holder.credential)
    assert holder.person.elevate(holder.device.press()).status_code == 201
    phone = owner.bind()
    others = [owner.another_session() for _ in range(4)]
    account = owner.account
    live = owner.ask(phone, others[0])
    wrong = f"{(int(live) + 1) % 10**6:06}"
    guesses = [partial(_elevate, owner, phone, wrong, others[0].token)] * 20
    rights = [partial(try_code, holder, holder.device.press(), token=others[1].token)]
    answers = crowd([*guesses[:10], *rights, *guesses[10:]])
    right = answers.pop(10)
    assert right.code == DONE
    assert codes(answers) == {"wrong_code": LIMIT - 1, "phone_blocked": 20 - LIMIT + 1}
    assert rows.credential(account)["failed"] == []
    assert _strength(owner, right.token) == 2

    stack.clock.move(_BLOCK)
    code = owner.ask(phone, others[2])
    wrong_one = partial(try_code, holder, _wrong(holder), token=others[3].token)
    acts = [*[wrong_one] * 10, partial(_elevate, owner, phone, code, others[2].token)]
    answers = crowd([*acts, *[wrong_one] * 10])
    right = answers.pop(10)
    assert right.code == DONE
    assert codes(answers) == {"wrong_code": LIMIT - 1, "token_locked": 20 - LIMIT + 1}
    assert rows.phones(account)[phone.id]["failed"] == []
    assert _strength(owner, right.token) == 2


def test_a_phone_that_is_confirmed_twenty_times_at_once_is_confirmed_once(
    rows: Rows, subscriptions: Subscriptions
) -> None:
    """D3: and there is one notification."""
    for _ in range(effort(1, 3)):
        owner, number = subscriptions.subscriber(), new_number()
        phone = owner.add(number)
        answers = crowd([partial(_confirm, owner, phone, owner.code(number))] * COPIES)
        assert codes(answers) == {DONE: COPIES}
        row = rows.credential(owner.account)
        assert rows.happened(row).count("phone.confirmed") == 1
        assert row["phones"] == {phone: 0}
        subject = f"CREDENTIAL#{owner.account}#{owner.credential}"
        assert len(rows.effects(subject, "phone_added")) == 1


def test_a_session_is_not_elevated_by_a_phone_that_is_removed_meanwhile(
    rows: Rows, owner: Subscriber
) -> None:
    """D3: whichever was first."""
    kept = owner.bind()
    owner.elevate(kept)
    seen, other = Counter[str](), owner.another_session()
    for _ in range(ROUNDS):
        gone = owner.bind()
        code = owner.ask(gone, other)
        path = f"/credentials/{owner.credential}/phones/{gone.id}"
        elevated, removed = at_once(
            [
                partial(_elevate, owner, gone, code, other.token),
                partial(ask, owner.person, "DELETE", path),
            ]
        )
        assert removed.code == DONE
        assert elevated.code in {DONE, "no_live_code"}
        seen[elevated.code] += 1
        other.token = elevated.token or other.token
        assert _strength(owner, other.token) == 1
        assert list(rows.phones(owner.account)) == [kept.id]
        assert list(rows.credential(owner.account)["phones"]) == [kept.id]
    assert _strength(owner, owner.person.token) == 2, seen


@pytest.mark.parametrize("what", ["a sign-in", "a confirmation"])
def test_nothing_of_a_phone_survives_a_revocation(
    rows: Rows, subscriptions: Subscriptions, what: str
) -> None:
    """F3, S22: no session and no number is left, whichever was first."""
    for _ in range(effort(1, 3)):
        owner = subscriptions.subscriber()
        act: Callable[[], Told]
        if what == "a sign-in":
            phone = owner.bind()
            act = partial(_elevate, owner, phone, owner.ask(phone))
            revoker = owner.another_session()
        else:
            number, revoker = new_number(), owner.another_session()
            act = partial(_confirm, owner, owner.add(number), owner.code(number))
        path = f"/credentials/{owner.credential}/revocation"
        answer, revoked = at_once([act, partial(ask, revoker, "POST", path, {"confirm": True})])
        assert revoked.code == DONE
        assert answer.code in {DONE, "not_found", "not_authenticated", "no_live_code"}
        assert rows.sessions(owner.account) == {}
        assert rows.phones(owner.account) == {}
        (row,) = rows.credentials(owner.account)
        assert (row["state"], rows.happened(row)[-1]) == ("revoked", "credential.revoked")


def test_a_phone_that_is_added_twenty_times_by_one_request_is_added_once(
    stack: Stack, rows: Rows, subscriptions: Subscriptions
) -> None:
    """S41: one message goes out."""
    for _ in range(effort(1, 3)):
        owner, number = subscriptions.subscriber(), new_number()
        key = str(uuid.uuid4())
        answers = crowd([partial(_add, owner, number, key=key)] * COPIES)
        assert codes(answers) == {DONE: COPIES}
        assert len(phone_messages(stack.url, to=number)) == 1
        (phone,) = rows.phones(owner.account)
        assert _confirm(owner, phone, owner.code(number)).code == DONE


def test_phones_that_are_added_at_once_are_five_at_most(
    rows: Rows, subscriptions: Subscriptions
) -> None:
    """The limit of messages would allow one more."""
    for _ in range(effort(1, 3)):
        owner = subscriptions.subscriber()
        owner.elevate(owner.bind())
        owner.unlimited("")
        answers = at_once([partial(_add, owner, new_number()) for _ in range(10)])
        assert codes(answers) == {DONE: 4, "too_many_phones": 6}
        assert len(rows.phones(owner.account)) == 5


def _elevate(owner: Subscriber, phone: Phone, code: str, token: str = "") -> Told:
    body = {"method": "phone", "code": code, "phone": phone.id}
    return ask(owner.person, "POST", "/session/elevation", body, token=token)


def _confirm(owner: Subscriber, phone: str, code: str) -> Told:
    path = f"/credentials/{owner.credential}/phones/{phone}/confirmation"
    return ask(owner.person, "POST", path, {"code": code})


def _add(owner: Subscriber, number: str, *, key: str | None = None) -> Told:
    body = {"number": number, "label": "Mine", "channel": "text"}
    return ask(owner.person, "POST", f"/credentials/{owner.credential}/phones", body, key=key)


def _strength(owner: Subscriber, token: str) -> int:
    asking = Person(owner.person.url, owner.person.user_id, token, owner.person.headers)
    strength: int = asking.expect(200, "GET", "/session")["strength"]
    return strength


def _wrong(holder: Holder) -> str:
    near = {holder.device.at(factor) for factor in range(holder.device.counter + 200)}
    return next(code for code in map("{:08}".format, range(100)) if code not in near)
