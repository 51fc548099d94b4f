"""Killed before or after any request on the way of a phone's code: all or nothing (S46)."""

from __future__ import annotations

import itertools
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from keyfob.domain.credentials.errors import WrongCode
from keyfob.domain.phones.number import Channel
from keyfob.domain.sessions.permission import OWN
from keyfob.domain.sessions.session import Session, parse_token
from keyfob.storage.idempotency import IdempotencyRecord
from keyfob.storage.sessions.store import SessionStore
from keyfob.usecases.credentials.verification import Typed
from keyfob.usecases.phones.binding import NewPhone
from local.stack import Stack
from tests.support.builders import a_binder, by_password
from tests.support.running.holder_attempts import DONE, Told, ask
from tests.support.running.inside import FROM_HERE, Inside, Phoning
from tests.support.running.rows import Rows
from tests.support.running.subscribers import (
    Phone,
    Subscriber,
    Subscriptions,
    new_number,
    pair,
)
from tests.support.running.wire import Killed, RequestKiller, deaths_of

_COMMIT = "transact_write_items"
_SEND = "send_text_message"


@pytest.fixture(scope="module")
def subscriptions(stack: Stack) -> Subscriptions:
    """A license key for each test."""
    return Subscriptions(stack, 6)


@pytest.fixture
def owner(subscriptions: Subscriptions) -> Subscriber:
    """A holder whose session a phone has elevated."""
    owner = subscriptions.subscriber()
    owner.elevate(owner.bind())
    return owner


@dataclass(frozen=True, slots=True, kw_only=True)
class Death:
    """The request at which the process ended, before or after it was carried out."""

    requests: list[str]
    number: int
    when: str

    def after(self, operation: str) -> bool:
        """Whether the one request of this kind was carried out."""
        (one,) = [n for n, name in enumerate(self.requests, start=1) if name == operation]
        return self.number > one or (self.number, self.when) == (one, "after")


def everywhere(act: Callable[[RequestKiller], object]) -> Iterator[tuple[Death, RequestKiller]]:
    """Every way to kill the act at one of its requests; first it runs unharmed."""
    alive = RequestKiller()
    act(alive)
    for number, when in deaths_of(alive.requests):
        yield (
            Death(requests=alive.requests, number=number, when=when),
            RequestKiller(number, when),
        )


def test_a_code_is_counted_kept_and_entered_together_and_only_then_sent(
    stack: Stack, inside: Inside, rows: Rows, owner: Subscriber
) -> None:
    """S12: a death in between costs one message at most, and the next request continues."""
    phone = owner.bind()
    session = parse_token(owner.person.token).session

    def send(killer: RequestKiller) -> object:
        credential = inside.credential_service().get(owner.credential, by=_by(owner))
        codes = _phoning(stack, inside, killer).codes
        return codes.send(credential, session, phone.id, Channel.TEXT, _by(owner))

    owner.unlimited(phone.number)
    for death, killer in everywhere(send):
        owner.unlimited(phone.number)
        before, told = _codes(rows, owner, phone), len(owner.codes(phone.number))
        entries = len(_sent(rows, owner))
        with pytest.raises(Killed):
            send(killer)
        landed = death.after(_COMMIT)
        assert (_codes(rows, owner, phone) != before) is landed, death
        for limit, subject in (
            ("phone-gap", pair(owner.account, phone.number)),
            ("phone-day", owner.account),
            ("phone-prefix", phone.number[:-4]),
        ):
            assert rows.tries(limit, subject) == landed, death
        assert len(_sent(rows, owner)) == entries + landed
        assert len(owner.codes(phone.number)) == told + death.after(_SEND)
    assert death.after(_SEND)
    owner.elevate(phone)


def test_a_phone_is_there_with_its_code_or_not_at_all_and_the_same_request_sends_no_more(
    stack: Stack, inside: Inside, rows: Rows, owner: Subscriber
) -> None:
    """D3, S41."""

    def adding(number: str) -> Callable[[RequestKiller], str]:
        key = IdempotencyRecord(account=owner.account, key=str(uuid.uuid4()), body="phone")
        new = NewPhone(number=number, label="Mine", channel=Channel.TEXT)

        def add(killer: RequestKiller) -> str:
            binding, session = _phoning(stack, inside, killer).binding, _session(inside, owner)
            return binding.add(owner.credential, new, a_binder(_by(owner), session), key).id

        return add

    owner.unlimited("")
    there = set(rows.phones(owner.account))
    for death, killer in everywhere(adding(new_number())):
        for one in set(rows.phones(owner.account)) - there:
            _remove(owner, one)
        owner.unlimited("")
        number = new_number()
        add = adding(number)
        with pytest.raises(Killed):
            add(killer)
        landed = death.after(_COMMIT)
        assert len(set(rows.phones(owner.account)) - there) == landed, death
        again = add(RequestKiller())
        assert set(rows.phones(owner.account)) - there == {again}
        sent = len(owner.codes(number))
        assert sent == (death.after(_SEND) if landed else 1), death
        if not sent:
            # Nothing was sent, so a code must be requested.
            owner.ask(Phone(id=again, number=number))
        path = f"/credentials/{owner.credential}/phones/{again}/confirmation"
        assert _done(ask(owner.person, "POST", path, {"code": owner.code(number)}))


def test_a_phone_is_confirmed_or_not(
    stack: Stack, inside: Inside, rows: Rows, owner: Subscriber
) -> None:
    """S46: credential, phone and entry are one transaction."""
    phones = _unconfirmed(owner)

    def confirm(phone: Phone) -> Callable[[RequestKiller], object]:
        code, session = owner.code(phone.number), _session(inside, owner)
        return lambda killer: _phoning(stack, inside, killer).binding.confirm(
            owner.credential, phone.id, code, a_binder(_by(owner), session)
        )

    for death, killer in everywhere(confirm(next(phones))):
        phone = next(phones)
        with pytest.raises(Killed):
            confirm(phone)(killer)
        landed = death.after(_COMMIT)
        row, kept = rows.credential(owner.account), rows.phones(owner.account)[phone.id]
        assert (phone.id in row["phones"]) is ("confirmed" in kept) is landed, death
        assert (rows.happened(row)[-1] == "phone.confirmed") is landed
        path = f"/credentials/{owner.credential}/phones/{phone.id}/confirmation"
        assert _done(ask(owner.person, "POST", path, {"code": owner.code(phone.number)}))
        assert rows.happened(rows.credential(owner.account))[-1] == "phone.confirmed"


def test_a_wrong_code_is_counted_or_nobody_is_told(
    stack: Stack, inside: Inside, rows: Rows, owner: Subscriber
) -> None:
    """S4: the failure is counted by the write before the answer."""
    (phone,) = itertools.islice(_unconfirmed(owner), 1)
    wrong = f"{(int(owner.code(phone.number)) + 1) % 10**6:06}"

    def confirm(killer: RequestKiller) -> None:
        session = _session(inside, owner)
        with pytest.raises(WrongCode):
            _phoning(stack, inside, killer).binding.confirm(
                owner.credential, phone.id, wrong, a_binder(_by(owner), session)
            )

    alive = RequestKiller()
    confirm(alive)
    update = alive.requests.index("update_item") + 1
    for when, counted in (("before", 1), ("after", 2)):
        with pytest.raises(Killed):
            confirm(RequestKiller(update, when))
        assert len(rows.phones(owner.account)[phone.id]["failed"]) == counted
    _remove(owner, phone.id)


def test_a_sign_in_has_happened_or_its_code_is_still_good(
    inside: Inside, rows: Rows, owner: Subscriber
) -> None:
    """S21, S46: the code, the session and the entry are one transaction."""
    phone = owner.bind()

    def elevate(killer: RequestKiller) -> object:
        code, token = owner.code(phone.number), parse_token(owner.person.token)
        typed = Typed(method="phone", code=code, phone=phone.id)
        verification = inside.verification(killer.over(inside.wire()))
        return verification.elevate(token, lambda: typed, OWN, FROM_HERE)

    def ready() -> None:
        owner.person = owner.another_session()
        owner.ask(phone)

    ready()
    for death, killer in everywhere(elevate):
        ready()
        version = rows.credential(owner.account)["version"]
        with pytest.raises(Killed):
            elevate(killer)
        landed = death.after(_COMMIT)
        row, session = rows.credential(owner.account), parse_token(owner.person.token).session
        assert (row["version"] == version + 1) is landed, death
        assert (_codes(rows, owner, phone) == {}) is landed, death
        assert (rows.sessions(owner.account)[session]["strength"] == 2) is landed
        body = {"method": "phone", "code": owner.code(phone.number)}
        answer = ask(owner.person, "POST", "/session/elevation", body)
        assert answer.code == ("not_authenticated" if landed else DONE), death
    ready()
    owner.elevate(phone)


def test_a_phone_is_removed_or_not(
    stack: Stack, inside: Inside, rows: Rows, owner: Subscriber
) -> None:
    """D3: from the row of phones and from the credential, or from neither."""

    def remove(phone: str) -> Callable[[RequestKiller], object]:
        return lambda killer: _phoning(stack, inside, killer).binding.remove(
            owner.credential, phone, by_password(inside.clock()), _by(owner), confirmed=False
        )

    for death, killer in everywhere(remove(_bound(owner))):
        phone = _bound(owner)
        with pytest.raises(Killed):
            remove(phone)(killer)
        left = not death.after(_COMMIT)
        row = rows.credential(owner.account)
        assert (phone in row["phones"]) is (phone in rows.phones(owner.account)) is left, death
        path = f"/credentials/{owner.credential}/phones/{phone}"
        assert ask(owner.person, "DELETE", path).code == (DONE if left else "not_found")


def _phoning(stack: Stack, inside: Inside, killer: RequestKiller) -> Phoning:
    """The requests to tables, keys and the provider end with the process."""
    return inside.phones(
        killer.over(inside.wire()),
        kms=killer.over(stack.client("kms")),
        sms=killer.over(stack.client("pinpoint-sms-voice-v2")),
    )


def _bound(owner: Subscriber) -> str:
    return owner.bind().id


def _unconfirmed(owner: Subscriber) -> Iterator[Phone]:
    """Unconfirmed phones, one after the other; each replaces the one before."""
    while True:
        number = new_number()
        owner.unlimited(number)
        phone = Phone(id=owner.add(number), number=number)
        yield phone
        _remove(owner, phone.id)


def _remove(owner: Subscriber, phone: str) -> None:
    path = f"/credentials/{owner.credential}/phones/{phone}"
    assert ask(owner.person, "DELETE", path).code == DONE


def _session(inside: Inside, owner: Subscriber) -> Session:
    sessions = SessionStore(inside.database()).get(owner.account)
    assert sessions
    return sessions.live[parse_token(owner.person.token).session]


def _by(owner: Subscriber) -> Any:
    return FROM_HERE.as_account(owner.account)


def _codes(rows: Rows, owner: Subscriber, phone: Phone) -> dict[str, Any]:
    codes: dict[str, Any] = rows.phones(owner.account)[phone.id]["codes"]
    return codes


def _sent(rows: Rows, owner: Subscriber) -> list[str]:
    entries = rows.entries(f"ACTOR#{owner.account}")
    return [one["action"] for one in entries if one["action"] == "phone.code_sent"]


def _done(answer: Told) -> bool:
    return answer.code == DONE
