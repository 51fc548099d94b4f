"""Wrong passwords count apart for known clients and for everybody else (S25, S55, S56).

One file, since each sentence is about what one lane leaves to the other.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import pytest

from keyfob.domain.errors import Busy, DomainError, KeysUnavailable, TooManyTries
from keyfob.domain.sessions.client import Client
from keyfob.domain.sessions.errors import (
    IdentityUnavailable,
    PasswordStoreLocked,
    RecoveryRequired,
    WrongCredentials,
    WrongRecoveryCode,
)
from keyfob.domain.sessions.lanes import new_nonce, parsed
from keyfob.storage.limits import LimitRow
from keyfob.usecases.sessions.guessing import NOBODY
from tests.support.account_world import PERMANENT, RECOVERED, AccountWorld
from tests.support.builders import CLIENT
from tests.support.fakes import FakeClock, Meddler, fake_mac, unique

WRONG = "not the password at all"
UNKNOWN = "nobody-of-this-name"
QUIET = timedelta(minutes=15)
ADDRESS_AND_ACCOUNT = ("batch_get_item", "put_item", "get_item", "get_item")


def elsewhere() -> Client:
    """A client at a network address without earlier tries."""
    return Client(address=unique("address-"), correlation="req-2")


def wrong(account_world: AccountWorld, times: int, *, device: str = "", user_id: str = "") -> None:
    for _ in range(times):
        with pytest.raises(WrongCredentials):
            account_world.sign_in(WRONG, device=device, user_id=user_id, client=elsewhere())


def is_known(account_world: AccountWorld, device: str, user_id: str = "") -> bool:
    """Whether a client that shows this device value is let in while strangers are not."""
    for _ in range(6):
        with suppress(WrongCredentials, TooManyTries):
            account_world.sign_in(WRONG, user_id=user_id, client=elsewhere())
    try:
        account_world.sign_in(WRONG, device=device, user_id=user_id, client=elsewhere())
    except WrongCredentials:
        return True
    except TooManyTries:
        return False
    raise AssertionError("a wrong password was right")


@pytest.fixture
def device(account_world: AccountWorld) -> str:
    """The device value of a client that signed in."""
    return account_world.sign_in(PERMANENT, client=elsewhere()).device


def longest_run(instants: Iterable[datetime]) -> int:
    """The most wrong passwords with less than a quarter of an hour between two."""
    runs, last = [0], None
    for one in instants:
        runs = [*runs, 1] if last is None or one - last >= QUIET else [*runs[:-1], runs[-1] + 1]
        last = one
    return max(runs)


PATTERNS: dict[str, Callable[[], Iterator[float]]] = {
    "every second": lambda: itertools.repeat(1),
    "every minute": lambda: itertools.repeat(60),
    "every four minutes": lambda: itertools.repeat(240),
    "every five minutes": lambda: itertools.repeat(300),
    "just before it is quiet": lambda: itertools.repeat(899),
    "at the end and the begin of a window": lambda: itertools.cycle([1190, 1, 1, 1, 8, 1, 1, 1, 1]),
}


@pytest.mark.parametrize("pattern", PATTERNS)
def test_strangers_can_not_have_the_password_store_lock_an_account_for_long_S56(
    account_world: AccountWorld, clock: FakeClock, device: str, pattern: str
) -> None:
    """Cognito locks it for 2^(n - 5) seconds after n wrong ones without a quarter of an hour."""
    evaluated: list[datetime] = []
    account_world.passwords.before_answer = lambda: evaluated.append(clock.now)
    for seconds in itertools.islice(PATTERNS[pattern](), 80):
        with suppress(WrongCredentials, TooManyTries):
            account_world.sign_in(WRONG, client=elsewhere())
        clock.advance(seconds=seconds)
    busiest = max(
        sum(one <= at < one + timedelta(minutes=20) for at in evaluated) for one in evaluated
    )
    assert busiest <= 10
    assert longest_run(evaluated) <= 5, "one second"
    account_world.passwords.before_answer = None
    assert account_world.sign_in(PERMANENT, device=device)


def test_strangers_who_use_up_their_lane_keep_no_known_client_out_S56(
    account_world: AccountWorld, device: str
) -> None:
    """Two addresses are enough for that."""
    one, other = elsewhere(), elsewhere()
    for client in (one, other, one, other, one):
        with pytest.raises(WrongCredentials):
            account_world.sign_in(WRONG, client=client)
    with pytest.raises(TooManyTries):
        account_world.sign_in(PERMANENT, client=elsewhere())
    assert account_world.sign_in(PERMANENT, device=device, client=elsewhere())


def test_strangers_who_use_up_their_lane_keep_nobody_from_recovering_S56(
    account_world: AccountWorld,
) -> None:
    one, other = elsewhere(), elsewhere()
    for client in (one, other) * 10:
        with suppress(WrongCredentials, TooManyTries):
            account_world.sign_in(WRONG, client=client)
        account_world.recovery.request(account_world.ada.user_id, client)
        with pytest.raises(WrongRecoveryCode):
            account_world.recover("00000-00000-00000", client=client)
        account_world.orders.clock.advance(milliseconds=1)
    device = account_world.recover(account_world.codes()[0], client=elsewhere())
    with pytest.raises(TooManyTries):
        account_world.sign_in(RECOVERED, client=elsewhere())
    assert account_world.sign_in(RECOVERED, device=device, client=elsewhere())


def test_a_known_client_that_mistypes_uses_up_its_own_lane_S56(
    account_world: AccountWorld, clock: FakeClock, device: str
) -> None:
    wrong(account_world, 10, device=device)
    account_world.passwords.calls.clear()
    with pytest.raises(TooManyTries) as refused:
        account_world.sign_in(PERMANENT, device=device, client=elsewhere())
    assert refused.value.retry_after == timedelta(minutes=10)
    assert account_world.passwords.calls == []
    assert account_world.sign_in(PERMANENT, client=elsewhere()), "as a stranger"
    clock.advance(minutes=10)
    assert account_world.sign_in(PERMANENT, device=device, client=elsewhere())


def test_a_known_client_has_the_tries_of_its_address_S4(
    account_world: AccountWorld, clock: FakeClock, device: str
) -> None:
    here = elsewhere()
    for _ in range(5):
        for _ in range(10):
            with pytest.raises(WrongCredentials):
                account_world.sign_in(WRONG, device=device, client=here)
        clock.advance(minutes=10)
    with pytest.raises(TooManyTries):
        account_world.sign_in(PERMANENT, device=device, client=here)


# A hundred failures in a row


def fail(account_world: AccountWorld, times: int, *, device: str = "", user_id: str = "") -> None:
    """Wrong passwords over hours or days, as fast as the lane permits."""
    burst = 10 if device else 5
    for done in range(0, times, burst):
        wrong(account_world, min(burst, times - done), device=device, user_id=user_id)
        account_world.orders.clock.advance(minutes=20)


def close(account_world: AccountWorld, *, device: str = "", user_id: str = "") -> None:
    """Close a lane."""
    fail(account_world, 100, device=device, user_id=user_id)


def is_closed(account_world: AccountWorld, *, device: str = "", user_id: str = "") -> bool:
    """Whether only a recovery opens this lane; nothing is evaluated if so."""
    account_world.passwords.calls.clear()
    try:
        account_world.sign_in(PERMANENT, device=device, user_id=user_id, client=elsewhere())
    except RecoveryRequired:
        assert account_world.passwords.calls == []
        return True
    except WrongCredentials:
        return False
    return False


@pytest.mark.parametrize("lane", ["strangers", "known"])
def test_a_hundred_failures_in_a_row_close_one_lane_alone_S55(
    account_world: AccountWorld, clock: FakeClock, device: str, lane: str
) -> None:
    ours, others = (device, "") if lane == "known" else ("", device)
    fail(account_world, 99, device=ours)
    assert not is_closed(account_world, device=others), "and its success clears only its own"
    wrong(account_world, 1, device=ours)
    assert is_closed(account_world, device=ours)
    assert not is_closed(account_world, device=others)
    other = account_world.orders.person()
    wrong(account_world, 1, user_id=other.user_id)
    clock.advance(days=365)
    assert is_closed(account_world, device=ours), "for good"


def test_failures_over_days_are_in_a_row_S55(account_world: AccountWorld, clock: FakeClock) -> None:
    for _ in range(100):
        wrong(account_world, 1)
        clock.advance(days=1)
    assert is_closed(account_world)


@pytest.mark.parametrize("lane", ["strangers", "known"])
def test_a_success_clears_the_failures_of_its_lane_S55(
    account_world: AccountWorld, device: str, lane: str
) -> None:
    shown = device if lane == "known" else ""
    for _ in range(2):
        fail(account_world, 99, device=shown)
        account_world.sign_in(PERMANENT, device=shown, client=elsewhere())
    fail(account_world, 99, device=shown)
    assert not is_closed(account_world, device=shown)


def test_a_recovery_opens_both_lanes_S55(account_world: AccountWorld, device: str) -> None:
    close(account_world)
    close(account_world, device=device)
    assert is_closed(account_world)
    assert is_closed(account_world, device=device)
    new = account_world.recover(account_world.code(client=elsewhere()), client=elsewhere())
    assert account_world.sign_in(RECOVERED, client=elsewhere())
    assert account_world.sign_in(RECOVERED, device=new, client=elsewhere())


def test_only_a_recovery_that_succeeds_opens_a_lane_S55(account_world: AccountWorld) -> None:
    close(account_world)
    code = account_world.code(client=elsewhere())
    with pytest.raises(WrongRecoveryCode):
        account_world.recover("00000-00000-00000", client=elsewhere())
    account_world.passwords.silent = True
    with pytest.raises(IdentityUnavailable):
        account_world.recover(code, client=elsewhere())
    account_world.passwords.silent = False
    assert is_closed(account_world)
    account_world.orders.clock.advance(minutes=1)
    once(account_world, account_world.sign_out_everywhere)
    with pytest.raises(Busy):  # another new password may have overtaken this one
        account_world.recover(account_world.code(client=elsewhere()), client=elsewhere())
    assert is_closed(account_world)


def once(account_world: AccountWorld, act: Callable[[], object]) -> None:
    """Does this in the next call of the password store."""

    def acting() -> None:
        account_world.passwords.before_answer = None
        act()

    account_world.passwords.before_answer = acting


def test_a_recovery_opens_the_lanes_of_one_user_id_S55(account_world: AccountWorld) -> None:
    other = account_world.orders.person()
    close(account_world, user_id=other.user_id)
    account_world.recover(account_world.code(client=elsewhere()), client=elsewhere())
    assert is_closed(account_world, user_id=other.user_id)


def test_a_reset_of_the_password_opens_no_lane_S55(account_world: AccountWorld) -> None:
    close(account_world)
    message = account_world.revoke()
    assert account_world.reset.perform(account_world.leased(message))
    with pytest.raises(RecoveryRequired):
        account_world.sign_in(account_world.mailed()[-1], client=elsewhere())


# Device values


def test_signing_in_recovering_and_setting_a_password_make_a_client_known_S56(
    account_world: AccountWorld, clock: FakeClock, device: str
) -> None:
    assert is_known(account_world, device)
    clock.advance(minutes=20)
    recovered = account_world.recover(account_world.code(client=elsewhere()), client=elsewhere())
    assert is_known(account_world, recovered)
    clock.advance(minutes=20)
    account_world.passwords.set_temporary(account_world.ada.id, "temporary-password")
    challenge = account_world.sign_in("temporary-password", client=elsewhere())
    assert is_known(account_world, challenge.device), "although it may only change the password"
    clock.advance(minutes=5)
    changed = account_world.use.set_password(
        account_world.ada.id, challenge.session, PERMANENT, elsewhere()
    )
    assert is_known(account_world, changed.device)
    assert not is_known(account_world, challenge.device)


def test_a_client_is_known_after_twelve_months_S56(
    account_world: AccountWorld, clock: FakeClock, device: str
) -> None:
    clock.advance(days=365)
    assert is_known(account_world, device)


def test_a_known_client_gets_no_new_value_and_a_stranger_does_S56(
    account_world: AccountWorld, device: str
) -> None:
    assert account_world.sign_in(PERMANENT, device=device).device == ""
    values = [account_world.sign_in(PERMANENT, device=one).device for one in ("", "x", device[:-1])]
    assert len({device, *values}) == 4
    assert all(parsed(one) for one in values)


@pytest.mark.parametrize(
    "end", ["recovery", "revocation", "reset", "signing out everywhere", "a new password"]
)
def test_a_device_value_dies_with_the_epoch_of_the_sessions_S56(
    account_world: AccountWorld, clock: FakeClock, device: str, end: str
) -> None:
    assert is_known(account_world, device)
    clock.advance(minutes=20)
    if end == "recovery":
        account_world.recover(account_world.code())
    if end == "signing out everywhere":
        account_world.sign_out_everywhere()
    if end == "a new password":
        account_world.passwords.set_temporary(account_world.ada.id, "temporary-password")
        challenge = account_world.sign_in("temporary-password", device=device)
        account_world.use.set_password(
            account_world.ada.id, challenge.session, "yet another long phrase", CLIENT
        )
    if end in {"revocation", "reset"}:
        message = account_world.revoke()
        if end == "reset":
            account_world.reset.perform(account_world.leased(message))
    assert not is_known(account_world, device)


def test_signing_out_leaves_the_client_known_S56(account_world: AccountWorld, device: str) -> None:
    signed_in = account_world.sign_in(PERMANENT, device=device)
    account_world.use.sign_out(account_world.ada.id, signed_in.session, CLIENT)
    assert is_known(account_world, device)


def altered(device: str, place: int) -> str:
    return device[:place] + ("0" if device[place] != "0" else "1") + device[place + 1 :]


BAD: dict[str, Callable[[str], str]] = {
    "nothing": lambda _: "",
    "another nonce": lambda device: altered(device, 0),
    "another hash": lambda device: altered(device, -2),
    "the hash alone": lambda device: device.partition(".")[2],
    "upper case": lambda device: device.upper(),
    "twice": lambda device: f"{device}, {device}",
    "a blank": lambda device: f" {device}",
    "a long one": lambda device: device * 100,
    "no ASCII": lambda device: f"{device[:-1]}é",
}


@pytest.mark.parametrize("what", BAD)
def test_who_shows_a_bad_device_value_is_a_stranger_S56(
    account_world: AccountWorld, device: str, what: str
) -> None:
    shown = BAD[what](device)
    wrong(account_world, 5, device=shown)
    with pytest.raises(TooManyTries):
        account_world.sign_in(PERMANENT, device=shown, client=elsewhere())
    assert is_known(account_world, device)


def test_who_shows_another_accounts_device_value_is_a_stranger_S56(
    account_world: AccountWorld, device: str
) -> None:
    eve = account_world.orders.person()
    account_world.passwords.set_password(eve.id, PERMANENT)
    own = account_world.sign_in(PERMANENT, user_id=eve.user_id).device
    assert is_known(account_world, own, eve.user_id)
    assert not is_known(account_world, device, eve.user_id)
    assert not is_known(account_world, own)


def test_a_value_signed_for_another_purpose_is_no_device_value_S56(
    account_world: AccountWorld, device: str
) -> None:
    account, nonce = account_world.ada.id, device.partition(".")[0]
    assert device == f"{nonce}.{fake_mac('device', f'{account}:1:{nonce}')}"
    forged = fake_mac("recovery-code", f"{account}:1:{nonce}")
    assert not is_known(account_world, f"{nonce}.{forged}")


# Unknown user ids (S25)


@dataclass(frozen=True, kw_only=True)
class Cost:
    """The calls of a wrong sign-in, and its answer."""

    tables: list[tuple[str, Any]]
    keys: list[str]
    passwords: list[str]
    refusal: str


def cost(account_world: AccountWorld, client: Meddler, user_id: str, device: str) -> Cost:
    keys: list[str] = []

    def hashing(purpose: str, value: str) -> str:
        keys.append(f"{purpose}, {value.count(':')} parts")
        return fake_mac(purpose, value)

    account_world.parties.hashing = hashing
    client.calls.clear()
    account_world.passwords.calls.clear()
    with pytest.raises(DomainError) as refused:
        account_world.sign_in(WRONG, user_id=user_id, device=device, client=elsewhere())
    tables = [
        (name, request.get("TableName") or sorted(request["RequestItems"]))
        for name, request in client.calls
    ]
    return Cost(
        tables=tables,
        keys=keys,
        passwords=list(account_world.passwords.calls),
        refusal=f"{refused.value.code} {refused.value}",
    )


@pytest.mark.parametrize("shown", ["nothing", "its own", "another hash", "a blank"])
def test_an_unknown_user_id_costs_the_same_calls_whatever_is_shown_S25(
    account_world: AccountWorld, client: Meddler, device: str, shown: str
) -> None:
    value = device if shown == "its own" else BAD[shown](device)
    gone = account_world.orders.person(active=False)
    # Each has had a wrong password in the lane that counts.
    wrong(account_world, 1, device=value)
    for user_id in (UNKNOWN, gone.user_id):
        wrong(account_world, 1, device=value, user_id=user_id)
    costs = [
        cost(account_world, client, one, value)
        for one in (account_world.ada.user_id, UNKNOWN, gone.user_id)
    ]
    assert costs == [costs[0]] * 3
    assert costs[0].passwords == ["check"]
    assert costs[0].keys == (["device, 2 parts"] if shown in {"its own", "another hash"} else [])


def test_the_value_of_a_placeholder_makes_nobody_known_S25(account_world: AccountWorld) -> None:
    """Unknown user ids are checked against it; it is never handed out."""
    nonce = new_nonce()
    made = f"{nonce}.{fake_mac('device', f'{NOBODY}:0:{nonce}')}"
    assert not is_known(account_world, made, UNKNOWN)


@pytest.mark.parametrize("known", [True, False])
def test_lanes_of_unknown_user_ids_are_used_up_and_closed_likewise_S25(
    account_world: AccountWorld, client: Meddler, *, known: bool
) -> None:
    user_id = account_world.ada.user_id if known else UNKNOWN
    wrong(account_world, 5, user_id=user_id)
    used_up = cost(account_world, client, user_id, "")
    account_world.orders.clock.advance(minutes=20)
    fail(account_world, 95, user_id=user_id)
    closed = cost(account_world, client, user_id, "")
    refusals = [one.refusal.partition(" ")[0] for one in (used_up, closed)]
    assert refusals == ["too_many_tries", "recovery_required"]
    assert [name for name, _ in used_up.tables] == [
        *ADDRESS_AND_ACCOUNT,
        *("batch_get_item", "update_item", "batch_get_item", "update_item"),
    ]
    assert [name for name, _ in closed.tables] == [*ADDRESS_AND_ACCOUNT, "batch_get_item"]
    assert used_up.passwords == closed.passwords == []


# Silence


def silent(purpose: str, value: str) -> str:
    """A key service that knows recovery codes alone."""
    if purpose == "device":
        raise KeysUnavailable
    return fake_mac(purpose, value)


def test_while_the_key_service_is_silent_a_known_client_signs_in_as_a_stranger_S50(
    account_world: AccountWorld, device: str
) -> None:
    account_world.parties.hashing = silent
    signed_in = account_world.sign_in(PERMANENT, device=device)
    assert (signed_in.session.strength, signed_in.device) == (1, "")
    wrong(account_world, 5, device=device)
    with pytest.raises(TooManyTries):
        account_world.sign_in(PERMANENT, device=device, client=elsewhere())
    account_world.parties.hashing = fake_mac
    assert account_world.sign_in(PERMANENT, device=device, client=elsewhere())


def test_a_silent_key_service_keeps_nobody_from_a_new_password_S50(
    account_world: AccountWorld,
) -> None:
    code = account_world.code()
    account_world.parties.hashing = silent
    assert account_world.recover(code) == ""
    account_world.passwords.set_temporary(account_world.ada.id, "temporary-password")
    challenge = account_world.sign_in("temporary-password")
    changed = account_world.use.set_password(
        account_world.ada.id, challenge.session, PERMANENT, CLIENT
    )
    assert (challenge.device, changed.device) == ("", "")
    assert changed.session.strength == 1


# The password store's own lock


def counted(account_world: AccountWorld) -> int:
    """The tries that are counted anywhere."""
    rows = [
        LimitRow.from_raw_data(one)
        for one in account_world.orders.database.scan(LimitRow)
        if one["pk"]["S"].startswith("LIMIT#")
    ]
    return sum(int(row.tries) for row in rows)


@pytest.mark.parametrize("password", [PERMANENT, WRONG])
@pytest.mark.parametrize("lane", ["strangers", "known"])
def test_the_password_stores_own_lock_costs_no_try_S56(
    account_world: AccountWorld, device: str, password: str, lane: str
) -> None:
    account_world.passwords.locked = True
    shown = device if lane == "known" else ""
    for _ in range(120):
        with pytest.raises(PasswordStoreLocked):
            account_world.sign_in(password, device=shown)
    assert counted(account_world) == 0
    account_world.passwords.locked = False
    assert account_world.sign_in(PERMANENT, device=shown)


def test_the_password_stores_own_lock_clears_no_failures_S55(account_world: AccountWorld) -> None:
    fail(account_world, 99)
    account_world.passwords.locked = True
    with pytest.raises(PasswordStoreLocked):
        account_world.sign_in(PERMANENT, client=elsewhere())
    account_world.passwords.locked = False
    wrong(account_world, 1)
    assert is_closed(account_world)


def test_a_challenge_outlives_the_password_stores_own_lock_S56(
    account_world: AccountWorld,
) -> None:
    account_world.passwords.set_temporary(account_world.ada.id, "temporary-password")
    challenge = account_world.sign_in("temporary-password")
    account_world.passwords.locked = True
    with pytest.raises(PasswordStoreLocked):
        account_world.use.set_password(account_world.ada.id, challenge.session, PERMANENT, CLIENT)
    account_world.passwords.locked = False
    assert account_world.use.set_password(
        account_world.ada.id, challenge.session, PERMANENT, CLIENT
    )
