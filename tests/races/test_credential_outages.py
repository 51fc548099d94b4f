"""Keys and tables hang under a credential's life (S50).

A proxy makes the deployed functions' requests hang; `tests/service` has each step of that life.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from local.stack import Stack
from tests.races.proxy import Proxy
from tests.support.running.faults import HANG, LOSE
from tests.support.running.holder_attempts import (
    DONE,
    Stock,
    account_of,
    manage,
    redeem,
    resynchronize,
    try_code,
)
from tests.support.running.people import person
from tests.support.running.rows import Rows, limited

_API = ("ElevationFunction", "RedemptionFunction", "RegistrationFunction", "CredentialsFunction")
_KEYS = ("Decrypt", "GenerateMac")
_COMMIT = "TransactWriteItems"


@pytest.fixture(scope="module")
def proxied(stack: Stack) -> Iterator[Proxy]:
    """A proxy before the functions of a credential's life."""
    between = Proxy(stack)
    with between.before(*_API):
        yield between


@pytest.fixture
def proxy(proxied: Proxy) -> Iterator[Proxy]:
    """The proxy; it passes everything on again when the test ends."""
    yield proxied
    proxied.heal()


def test_keys_that_hang_are_given_up_in_time_for_an_answer(proxy: Proxy, supply: Stock) -> None:
    """The caller can try again afterwards."""
    holder = supply.holder()
    proxy.anew()
    proxy.always(HANG, *_KEYS)
    assert try_code(holder, holder.device.code()).code == "keys_unavailable"
    proxy.heal()
    assert try_code(holder, holder.device.code()).code == DONE


def test_tables_that_hang_are_given_up_in_time_for_an_answer(
    stack: Stack, rows: Rows, proxy: Proxy, supply: Stock
) -> None:
    """The longest path: the commit hangs, and then the return of the account's tries."""
    stuck, key = person(stack), supply.next().license_key
    proxy.always(HANG, _COMMIT, about=account_of(stuck))
    proxy.always(HANG, "UpdateItem", about=limited(account_of(stuck)))
    assert redeem(stuck, key).code == "storage_unavailable"
    proxy.heal()
    assert rows.tries("license-key", account_of(stuck)) == 1
    assert redeem(stuck, key).code == DONE


@pytest.mark.long
def test_a_commit_whose_answers_never_arrive_is_known_or_refused_and_never_done_twice(
    stack: Stack, rows: Rows, proxy: Proxy, supply: Stock
) -> None:
    """S46: the SDK sends it again with the same client request token; the first had landed."""
    holder, redeeming, key = supply.holder(), person(stack), supply.next().license_key
    proxy.next("UpdateItem", LOSE)
    wrong = {"first_code": "00000000", "second_code": "00000001"}
    assert resynchronize(holder, wrong).code == "wrong_codes"
    assert len(rows.credential(account_of(holder.person))["tries"]) == 1
    proxy.next(_COMMIT, LOSE)
    accepted = try_code(holder, holder.device.code())
    assert accepted.code == DONE
    proxy.next(_COMMIT, LOSE)
    assert redeem(redeeming, key).code == DONE
    proxy.next(_COMMIT, LOSE)
    assert manage(holder, "revocation", token=accepted.token).code == DONE
    for someone, changes in (
        (holder.person, ("token.accepted", "credential.revoked")),
        (redeeming, ("credential.redeemed",)),
    ):
        (row,) = rows.credentials(account_of(someone))
        assert all(rows.happened(row).count(change) == 1 for change in changes)
