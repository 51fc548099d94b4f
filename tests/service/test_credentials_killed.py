"""Killed before or after any write of a credential's life: all or nothing (S46)."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, replace
from typing import Any

import pytest

from keyfob.storage.idempotency import IdempotencyRecord
from keyfob.usecases.credentials.redemption import Claim
from keyfob.usecases.credentials.registration import Pair
from local.client import Person
from local.stack import Stack
from tests.support.builders import a_binder, by_password
from tests.support.running.fixtures import Switch
from tests.support.running.holder_attempts import (
    DONE,
    Stock,
    account_of,
    ask,
    codes,
    manage,
    redeem,
)
from tests.support.running.inside import FROM_HERE, Inside
from tests.support.running.people import person
from tests.support.running.rows import Rows
from tests.support.running.stack_holders import Entitlement
from tests.support.running.wire import Killed, Wire, die, nothing

_TRANSACTION = "transact_write_items"


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize(
    ("operation", "number"),
    [("put_item", 1), ("put_item", 2), (_TRANSACTION, 1), ("update_item", 1), ("update_item", 2)],
    ids=["address charged", "account charged", "redeemed", "address given back", "given back"],
)
def test_a_redemption_killed_around_a_write_has_happened_or_not(
    *,
    stack: Stack,
    inside: Inside,
    rows: Rows,
    supply: Stock,
    when: str,
    operation: str,
    number: int,
) -> None:
    """S27, S41: and the repeated request gives the one credential."""
    someone, entitlement, wire = person(stack), supply.next(), inside.wire()
    request = _Redemption(someone=someone, key=entitlement.license_key)
    _kill(wire, when, operation, number)
    with pytest.raises(Killed):
        request.send(inside, wire)
    happened = (operation, when) == (_TRANSACTION, "after") or operation == "update_item"
    found = rows.credentials(account_of(someone))
    assert len(found) == happened
    key = next(one for one in rows.license_keys(entitlement.order) if _is(one, entitlement))
    assert key["state"] == ("redeemed" if happened else "issued")

    again = request.send(inside, inside.wire())
    (credential,) = rows.credentials(account_of(someone))
    assert again.id == credential["id"]
    assert rows.happened(credential) == ["credential.redeemed"]
    assert redeem(person(stack), entitlement.license_key).code == "unknown_license_key"


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_registration_killed_around_its_write_has_happened_or_not(
    *, stack: Stack, inside: Inside, rows: Rows, supply: Stock, when: str
) -> None:
    """S30, S41: the token and the credential refer to each other, or neither does."""
    someone, entitlement, wire = person(stack), supply.next(), inside.wire()
    account, device = account_of(someone), entitlement.device
    credential = someone.redeem(entitlement.license_key)["id"]
    someone.expect(200, "POST", f"/credentials/{credential}/activation")
    pair, by = device.pair(), FROM_HERE.as_account(account)
    binder = a_binder(by, by_password(inside.clock()).session)
    record = IdempotencyRecord(account=account, key=str(uuid.uuid4()), body="registration")

    def register(wire: Wire) -> object:
        typed = Pair(first=pair["first_code"], second=pair["second_code"])
        return inside.registration(wire).register(credential, device.serial, typed, binder, record)

    _kill(wire, when, _TRANSACTION)
    with pytest.raises(Killed):
        register(wire)
    serial = rows.credential(account).get("serial")
    assert (serial, rows.token(device.serial).get("state")) == (
        (device.serial, "assigned") if when == "after" else (None, None)
    )
    register(inside.wire())
    row = rows.credential(account)
    assert row["serial"] == device.serial
    assert rows.happened(row).count("token.registered") == 1
    assert row["tries"] == []


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_failed_resynchronization_killed_around_its_write_is_counted_or_not_yet_told(
    *, inside: Inside, rows: Rows, supply: Stock, when: str
) -> None:
    """S4: an uncounted failure is never answered."""
    holder, wire = supply.holder(), inside.wire()
    account = account_of(holder.person)
    _kill(wire, when, "update_item")
    with pytest.raises(Killed):
        inside.registration(wire).resynchronize(
            holder.credential,
            Pair(first="00000000", second="00000001"),
            FROM_HERE.as_account(account),
        )
    assert len(rows.credential(account)["tries"]) == (when == "after")


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_revocation_killed_around_its_write_has_happened_or_not(
    *, inside: Inside, rows: Rows, supply: Stock, relay: Switch, when: str
) -> None:
    """F3, S22: credential, token, sessions and the password's queued reset are one transaction."""
    holder, wire = supply.holder(), inside.wire()
    relay(on=False)
    account = account_of(holder.person)
    by = FROM_HERE.as_account(account)
    _kill(wire, when, _TRANSACTION)
    with pytest.raises(Killed):
        inside.management(wire).revoke(
            holder.credential, by_password(inside.clock()), by, confirmed=True
        )
    (row,) = rows.credentials(account)
    revoked = when == "after"
    assert (row["state"] == "revoked") is revoked
    assert (row["sk"] != "live") is revoked
    assert (rows.token(holder.device.serial)["state"] == "retired") is revoked
    assert (rows.sessions(account) == {}) is revoked
    assert (rows.pending_reset(account) is not None) is revoked
    assert len(rows.effects(f"ACCOUNT#{account}", "reset_password")) == revoked
    told = [manage(holder, "revocation"), ask(holder.person, "GET", "/session")]
    assert codes(told) == (
        {"not_authenticated": 2} if revoked else {DONE: 1, "not_authenticated": 1}
    )


@dataclass
class _Redemption:
    """One request that can be repeated."""

    someone: Person
    key: str

    def send(self, inside: Inside, wire: Wire) -> Any:
        account = account_of(self.someone)
        claim = Claim(
            license_key=self.key, legal_name="Ada Byron", country="US", organization="acme"
        )
        record = IdempotencyRecord(account=account, key=self.key, body="redemption")
        address = self.someone.headers["X-Forwarded-For"]
        by = FROM_HERE.as_account(account)
        return inside.redemption(wire).redeem(claim, record, replace(by, address=address))


def _is(row: dict[str, Any], entitlement: Entitlement) -> bool:
    return int(row["unit"]) == int(entitlement.device.serial[-4:])


def _kill(wire: Wire, when: str, operation: str, number: int = 1) -> None:
    """Kill the user of the wire before or after its `number`-th request of this kind."""
    around = wire.before if when == "before" else wire.after
    around(operation, *[nothing] * (number - 1), die)
