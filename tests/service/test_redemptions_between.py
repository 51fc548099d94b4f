"""Another writer comes between reading and writing of a redemption or a registration (S27, S30)."""

from __future__ import annotations

import uuid

import pytest

from keyfob.domain.credentials.errors import CredentialExists, UnknownLicenseKey, WrongSerial
from keyfob.storage.idempotency import IdempotencyRecord
from keyfob.usecases.credentials.redemption import Claim
from keyfob.usecases.credentials.registration import Pair
from local.client import Person
from local.stack import Stack
from tests.support.builders import a_binder, by_password
from tests.support.running.holder_attempts import DONE, Stock, Told, account_of, redeem, register
from tests.support.running.inside import FROM_HERE, Inside
from tests.support.running.people import person
from tests.support.running.rows import Rows
from tests.support.running.stack_holders import Supply
from tests.support.running.wire import Wire


def test_a_license_key_that_somebody_else_redeems_first_is_an_unknown_one(
    *, stack: Stack, inside: Inside, rows: Rows, supply: Stock
) -> None:
    """S27: it counts as a try, like any wrong key."""
    someone, rival, wire = person(stack), person(stack), inside.wire()
    key = supply.next().license_key
    wire.before("transact_write_items", lambda: redeem(rival, key))
    with pytest.raises(UnknownLicenseKey):
        _redeem(inside, wire, someone, key)
    assert len(rows.credentials(account_of(rival))) == 1
    assert rows.credentials(account_of(someone)) == []
    assert rows.tries("license-key", account_of(someone)) == 1


def test_a_credential_that_the_account_gets_meanwhile_leaves_the_second_key_good(
    *, stack: Stack, inside: Inside, rows: Rows, supply: Stock
) -> None:
    """C1: the place of the live credential is taken."""
    someone, wire = person(stack), inside.wire()
    first, second = supply.next().license_key, supply.next().license_key
    wire.before("transact_write_items", lambda: redeem(someone, first))
    with pytest.raises(CredentialExists):
        _redeem(inside, wire, someone, second)
    assert len(rows.credentials(account_of(someone))) == 1
    assert rows.tries("license-key", account_of(someone)) == 0
    assert redeem(person(stack), second).code == DONE


def test_a_token_that_somebody_else_registers_first_is_a_wrong_one(
    *, stack: Stack, inside: Inside, rows: Rows
) -> None:
    """S30: answered like any other wrong serial number, and counted."""
    stock, wire = Supply(stack, 2), inside.wire()
    holders = []
    for _ in range(2):
        someone, entitlement = person(stack), stock.next()
        credential = someone.redeem(entitlement.license_key)["id"]
        someone.expect(200, "POST", f"/credentials/{credential}/activation")
        holders.append((someone, credential))
    (someone, credential), rival = holders
    device = stock.devices[0]
    pair, told = device.pair(), list[Told]()
    wire.before("transact_write_items", lambda: told.append(register(*rival, device.serial, pair)))
    account = account_of(someone)
    record = IdempotencyRecord(account=account, key=str(uuid.uuid4()), body="registration")
    with pytest.raises(WrongSerial):
        inside.registration(wire).register(
            credential,
            device.serial,
            Pair(first=pair["first_code"], second=pair["second_code"]),
            a_binder(FROM_HERE.as_account(account), by_password(inside.clock()).session),
            record,
        )
    assert [one.code for one in told] == [DONE]
    assert len(rows.credential(account)["tries"]) == 1
    assert "serial" not in rows.credential(account)
    assert rows.token(device.serial)["holder"].endswith(rival[1])


def _redeem(inside: Inside, wire: Wire, someone: Person, key: str) -> None:
    account = account_of(someone)
    claim = Claim(license_key=key, legal_name="Ada Byron", country="US", organization="acme")
    record = IdempotencyRecord(account=account, key=str(uuid.uuid4()), body="redemption")
    inside.redemption(wire).redeem(claim, record, FROM_HERE.as_account(account))
