"""Keys, tables and the password store fail or hang under a credential's life (S50).

`faults` makes the functions' requests fail. Slow cases run in parallel.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import timedelta
from functools import partial

import pytest

from local.client import Person
from local.device import Device
from local.stack import Stack
from tests.support.deployment import wire_anew
from tests.support.running.faults import FAIL, HANG, Faults
from tests.support.running.fixtures import Switch
from tests.support.running.holder_attempts import (
    DONE,
    Stock,
    Told,
    account_of,
    ask,
    manage,
    redeem,
    register,
    resynchronize,
    told,
    try_code,
)
from tests.support.running.people import PERMANENT, person
from tests.support.running.rows import Rows, limited
from tests.support.running.shop import worker
from tests.support.running.stack_holders import Entitlement, Holder

_KEYS = ("Decrypt", "GenerateMac")
_READS = ("GetItem", "BatchGetItem")
_COMMIT = "TransactWriteItems"
_NEW_PASSWORD = "AdminSetUserPassword"


@dataclass
class Everyone:
    """One person at each step of a credential's life, with a request that can be repeated."""

    elevating: Holder
    resynchronizing: Holder
    revoking: Holder
    registering: Person
    credential: str
    device: Device
    redeeming: Person
    entitlement: Entitlement

    def accounts(self) -> list[str]:
        """The ids of their accounts."""
        holders = (self.elevating, self.resynchronizing, self.revoking)
        people = [*(one.person for one in holders), self.registering, self.redeeming]
        return [account_of(one) for one in people]

    def acts(self) -> dict[str, Callable[[], Told]]:
        """Everyone's act, with a currently valid code or key."""
        found, pair = self.resynchronizing.device, self.device.pair()
        return {
            "elevation": partial(try_code, self.elevating, self.elevating.device.code()),
            "resynchronization": partial(resynchronize, self.resynchronizing, found.pair(1)),
            "revocation": partial(manage, self.revoking, "revocation"),
            "registration": partial(
                register, self.registering, self.credential, self.device.serial, pair
            ),
            "redemption": partial(redeem, self.redeeming, self.entitlement.license_key),
        }


@pytest.mark.parametrize("how", [FAIL, HANG])
def test_while_the_key_service_is_out_codes_and_license_keys_are_refused(
    *, stack: Stack, rows: Rows, supply: Stock, faults: Faults, how: str
) -> None:
    """A revocation needs no key. Refused requests succeed afterwards."""
    everyone = _everyone(stack, supply)
    wire_anew()  # nobody has a key in memory
    faults.always(how, *_KEYS)
    answers = _all(everyone.acts())
    faults.heal()
    assert answers.pop("revocation") == Told(status=200, code=DONE)
    assert set(answers.values()) == {Told(status=503, code="keys_unavailable")}
    _is_untouched(rows, everyone)
    _goes_on(everyone, answers)


@pytest.mark.parametrize("how", [FAIL, HANG])
def test_while_tables_are_out_everybody_is_refused_and_nothing_is_counted_against_them(
    *, stack: Stack, rows: Rows, supply: Stock, faults: Faults, how: str
) -> None:
    """Some rows can't be read, some not be written; somebody's tries can't even be returned."""
    unread, unwritten = _everyone(stack, supply), _everyone(stack, supply)
    stuck, key = person(stack), supply.next().license_key
    for account in unread.accounts():
        faults.always(how, *_READS, about=account)
    for account in [*unwritten.accounts(), account_of(stuck)]:
        faults.always(how, _COMMIT, about=account)
    faults.always(how, "UpdateItem", about=limited(account_of(stuck)))
    acts = {f"unread {name}": act for name, act in unread.acts().items()}
    acts |= {f"unwritten {name}": act for name, act in unwritten.acts().items()}
    # The longest path: its commit hangs, and then the return of its tries.
    acts["stuck"] = partial(redeem, stuck, key)
    answers = _all(acts)
    faults.heal()
    assert {told.status for told in answers.values()} == {503}
    unknown = {"outcome_unknown", "sign_in_again"} if how == HANG else set()
    assert {told.code for told in answers.values()} == {"storage_unavailable"} | unknown, answers
    lost = "sign_in_again" if how == HANG else "storage_unavailable"
    assert answers["unwritten elevation"].code == lost
    for everyone in (unread, unwritten):
        _is_untouched(rows, everyone)
        assert rows.credential(account_of(everyone.revoking.person))["state"] == "active"
        _goes_on(everyone, list(everyone.acts()))
    assert rows.tries("license-key", account_of(stuck)) == 1
    assert redeem(stuck, key).code == DONE


def test_a_wrong_code_that_cannot_be_counted_is_not_answered(
    rows: Rows, faults: Faults, supply: Stock
) -> None:
    """S4: the failure is counted by the write before the answer; without it there is no answer."""
    holder = supply.holder()
    account = account_of(holder.person)
    faults.always(FAIL, "UpdateItem")
    assert try_code(holder, "00000000").code == "storage_unavailable"
    faults.heal()
    assert rows.credential(account)["failed"] == []


@pytest.mark.parametrize("how", [FAIL, HANG])
def test_a_revocation_stands_though_passwords_cannot_be_reset_yet(
    *, stack: Stack, rows: Rows, faults: Faults, supply: Stock, relay: Switch, how: str
) -> None:
    """F3, S22: the effect waits until it is done; until then no sign-in succeeds."""
    holder = supply.holder()
    relay(on=False)
    account = account_of(holder.person)
    faults.always(how, _NEW_PASSWORD)
    assert manage(holder, "revocation").code == DONE
    effect = rows.pending_reset(account)
    assert effect
    assert worker(stack, "EffectsWorkerFunction", due=effect)()
    assert rows.pending_reset(account) == effect
    assert rows.message(effect)["state"] == "pending"
    stranger = Person(holder.person.url, holder.person.user_id)
    body = {"user_id": holder.person.user_id, "password": PERMANENT}
    assert told(stranger.call("POST", "/session", body)).code == "password_reset_pending"

    faults.heal()
    stack.clock.move(timedelta(minutes=2))
    assert worker(stack, "EffectsWorkerFunction", due=effect)()
    assert rows.pending_reset(account) is None
    assert rows.sessions(account) == {}


def _everyone(stack: Stack, supply: Stock) -> Everyone:
    """New people for each step."""
    registering, shipped = person(stack), supply.next()
    credential = registering.redeem(shipped.license_key)["id"]
    registering.expect(200, "POST", f"/credentials/{credential}/activation")
    return Everyone(
        elevating=supply.holder(),
        resynchronizing=supply.holder(),
        revoking=supply.holder(),
        registering=registering,
        credential=credential,
        device=shipped.device,
        redeeming=person(stack),
        entitlement=supply.next(),
    )


def _all(acts: dict[str, Callable[[], Told]]) -> dict[str, Told]:
    return {name: act() for name, act in acts.items()}


def _goes_on(everyone: Everyone, refused: Iterable[str]) -> None:
    for name in refused:
        assert everyone.acts()[name]().code == DONE, name


def _is_untouched(rows: Rows, everyone: Everyone) -> None:
    """No session is elevated, no code is spent, no try stays counted."""
    for holder in (everyone.elevating, everyone.resynchronizing):
        account = account_of(holder.person)
        row = rows.credential(account)
        assert (row["failed"], row["tries"]) == ([], [])
        assert rows.happened(row)[-1] == "token.registered"
        assert ask(holder.person, "GET", "/session").code == DONE
        assert {one["strength"] for one in rows.sessions(account).values()} == {1}
    registering = rows.credential(account_of(everyone.registering))
    assert "serial" not in registering
    assert registering["tries"] == []
    redeeming = account_of(everyone.redeeming)
    assert rows.credentials(redeeming) == []
    assert rows.tries("license-key", redeeming) == 0
