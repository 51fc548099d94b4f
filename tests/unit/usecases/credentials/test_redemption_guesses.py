"""Guessing license keys: all misses look the same, and only they are charged (S27)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from keyfob.domain.audit.entry import Actor
from keyfob.domain.credentials.credential import Credential
from keyfob.domain.credentials.errors import CredentialExists, UnknownLicenseKey, WaitForToken
from keyfob.domain.errors import (
    Busy,
    DomainError,
    IdempotencyKeyReused,
    InvalidInput,
    KeysUnavailable,
    StorageUnavailable,
    TooManyTries,
)
from keyfob.domain.orders.license_key import generate
from keyfob.storage.idempotency import IdempotencyRecord
from keyfob.storage.limits import LimitRow
from keyfob.usecases.credentials.redemption import Claim
from tests.support.builders import a_record
from tests.support.credential_world import Bought, CredentialWorld
from tests.support.faults import contended, silent


@pytest.fixture
def bought(credential_world: CredentialWorld) -> Bought:
    """Two hardware tokens, paid; the first is shipped."""
    made = credential_world.bought()
    credential_world.ship(made)
    return made


def redeem(
    credential_world: CredentialWorld,
    key: str,
    by: Actor | None = None,
    record: IdempotencyRecord | None = None,
) -> Credential:
    who = by or credential_world.by
    claim = Claim(license_key=key, legal_name="Ada Byron", country="US", organization="acme")
    return credential_world.redemption.redeem(claim, record or a_record(who.id), who)


def somebody(credential_world: CredentialWorld, address: str = "203.0.113.9") -> Actor:
    """Another account at another address."""
    return Actor(kind="account", id=credential_world.orders.person().id, address=address)


def charged(credential_world: CredentialWorld) -> list[int]:
    """The counters of license keys."""
    return sorted(
        int(item["tries"]["N"])
        for item in credential_world.database.scan(LimitRow)
        if item["pk"]["S"].startswith("LIMIT#license-key")
    )


def unknown(_bureau: CredentialWorld, _bought: Bought) -> str:
    return generate()


def used(credential_world: CredentialWorld, bought: Bought) -> str:
    redeem(credential_world, bought.keys[0], somebody(credential_world))
    return bought.keys[0]


@pytest.mark.parametrize("key", [unknown, used])
def test_unknown_and_used_keys_look_the_same_and_are_charged_S27(
    key: Callable[[CredentialWorld, Bought], str], credential_world: CredentialWorld, bought: Bought
) -> None:
    typed = key(credential_world, bought)
    with pytest.raises(UnknownLicenseKey) as refused:
        redeem(credential_world, typed)
    assert (str(refused.value), refused.value.fields) == (UnknownLicenseKey.detail, {})
    assert [one for one in charged(credential_world) if one] == [1, 1]
    assert credential_world.credentials.live(credential_world.ada.id) is None


def test_an_account_guesses_five_times_and_then_nothing_is_looked_up_S27(
    credential_world: CredentialWorld, bought: Bought
) -> None:
    for _ in range(credential_world.policy.license_key_tries):
        with pytest.raises(UnknownLicenseKey):
            redeem(credential_world, generate())
    hashed: list[str] = []

    def watched(purpose: str, value: str) -> str:
        hashed.append(value)
        return "x"

    credential_world.parties.hashing = watched
    with pytest.raises(TooManyTries) as refused:
        redeem(credential_world, bought.keys[0])
    assert refused.value.retry_after == credential_world.policy.license_key_tries_period
    assert hashed == []


def test_the_window_ends_and_other_accounts_are_not_held_up_S27(
    credential_world: CredentialWorld, bought: Bought
) -> None:
    for _ in range(credential_world.policy.license_key_tries):
        with pytest.raises(UnknownLicenseKey):
            redeem(credential_world, generate())
    with pytest.raises(WaitForToken):
        redeem(credential_world, bought.keys[1], somebody(credential_world))
    credential_world.clock.advance(
        seconds=credential_world.policy.license_key_tries_period.total_seconds()
    )
    assert redeem(credential_world, bought.keys[0])


def test_one_address_guesses_ten_times_with_any_accounts_S27(
    credential_world: CredentialWorld, bought: Bought
) -> None:
    limit = credential_world.policy.license_key_tries_per_address
    for _ in range(limit):
        with pytest.raises(UnknownLicenseKey):
            redeem(credential_world, generate(), somebody(credential_world))
    before = charged(credential_world)
    with pytest.raises(TooManyTries):
        redeem(credential_world, bought.keys[0], somebody(credential_world))
    assert [one for one in charged(credential_world) if one] == before, (
        "nothing was looked up for them"
    )
    assert redeem(credential_world, bought.keys[0], somebody(credential_world, "203.0.113.10"))


def test_an_account_without_tries_cannot_use_up_those_of_an_office_S27(
    credential_world: CredentialWorld, bought: Bought
) -> None:
    for _ in range(credential_world.policy.license_key_tries):
        with pytest.raises(UnknownLicenseKey):
            redeem(credential_world, generate())
    for _ in range(credential_world.policy.license_key_tries_per_address):
        with pytest.raises(TooManyTries):
            redeem(credential_world, generate())
    assert redeem(
        credential_world, bought.keys[0], somebody(credential_world, credential_world.by.address)
    )


def test_a_guess_is_charged_before_it_is_looked_up_S27(
    credential_world: CredentialWorld, bought: Bought
) -> None:
    seen: list[list[int]] = []

    def watched(purpose: str, value: str) -> str:
        seen.append(charged(credential_world))
        return "x"

    credential_world.parties.hashing = watched
    with pytest.raises(UnknownLicenseKey):
        redeem(credential_world, bought.keys[0])
    assert seen == [[1, 1]]


@pytest.mark.parametrize(
    "typed", ["", "x", "00000-00000-00000-00001", "UUUUU-UUUUU-UUUUU-UUUUU", "0" * 64]
)
def test_a_typing_error_costs_nothing_S27(typed: str, credential_world: CredentialWorld) -> None:
    with pytest.raises(InvalidInput) as refused:
        redeem(credential_world, typed)
    assert list(refused.value.fields) == ["license_key"]
    assert charged(credential_world) == []


def test_a_right_key_gives_its_try_back_and_leaves_the_guesses_S27(
    credential_world: CredentialWorld, bought: Bought
) -> None:
    with pytest.raises(UnknownLicenseKey):
        redeem(credential_world, generate())
    redeem(credential_world, bought.keys[0])
    assert charged(credential_world) == [1, 1]


def has_one(credential_world: CredentialWorld, bought: Bought) -> dict[str, Any]:
    credential_world.credential()
    return {"key": bought.keys[0]}


def not_shipped(_bureau: CredentialWorld, bought: Bought) -> dict[str, Any]:
    return {"key": bought.keys[1]}


def another_body(credential_world: CredentialWorld, bought: Bought) -> dict[str, Any]:
    record = a_record(credential_world.ada.id)
    redeem(credential_world, bought.keys[0], record=record)
    other = IdempotencyRecord(account=record.account, key=record.key, body="another")
    return {"key": bought.keys[0], "record": other}


def no_key_service(credential_world: CredentialWorld, bought: Bought) -> dict[str, Any]:
    def unavailable(purpose: str, value: str) -> str:
        raise KeysUnavailable

    credential_world.parties.hashing = unavailable
    return {"key": bought.keys[0]}


def no_table(credential_world: CredentialWorld, bought: Bought) -> dict[str, Any]:
    credential_world.client.next("transact_write_items", *[silent] * 5)
    return {"key": bought.keys[0]}


def busy(credential_world: CredentialWorld, bought: Bought) -> dict[str, Any]:
    credential_world.client.next("transact_write_items", *[contended] * 5)
    return {"key": bought.keys[0]}


NO_GUESSES: list[tuple[Callable[[CredentialWorld, Bought], dict[str, Any]], type[DomainError]]] = [
    (has_one, CredentialExists),
    (not_shipped, WaitForToken),
    (another_body, IdempotencyKeyReused),
    (no_key_service, KeysUnavailable),
    (no_table, StorageUnavailable),
    (busy, Busy),
]


@pytest.mark.parametrize(("prepare", "refusal"), NO_GUESSES)
def test_a_try_that_reveals_nothing_is_given_back_S27_S50(
    prepare: Callable[[CredentialWorld, Bought], dict[str, Any]],
    refusal: type[DomainError],
    credential_world: CredentialWorld,
    bought: Bought,
) -> None:
    request = prepare(credential_world, bought)
    with pytest.raises(refusal):
        redeem(credential_world, **request)
    assert set(charged(credential_world)) == {0}
