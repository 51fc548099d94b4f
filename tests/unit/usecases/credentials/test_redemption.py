"""From a license key to a credential (C1)."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from keyfob.domain.credentials.credential import Credential, State
from keyfob.domain.credentials.errors import (
    CredentialExists,
    LicenseKeyLapsed,
    UnknownLicenseKey,
    WaitForToken,
)
from keyfob.domain.directory.account import Account
from keyfob.domain.errors import IdempotencyKeyReused
from keyfob.domain.orders.license_key import KeyState, LicenseKey
from keyfob.domain.sessions.errors import NotAuthenticated
from keyfob.storage.audit.store import AuditRow
from keyfob.storage.directory.store import AccountRow
from keyfob.storage.idempotency import IdempotencyRecord
from keyfob.usecases.credentials.redemption import Claim
from tests.support.builders import PARTNER, PORTAL, a_record
from tests.support.credential_world import Bought, CredentialWorld
from tests.support.fakes import START, fake_mac
from tests.support.faults import first, land_twice, lose_the_answer, recognize_the_token
from tests.support.order_world import OPERATOR, actor


@pytest.fixture
def bought(credential_world: CredentialWorld) -> Bought:
    """Two hardware tokens, paid; the first is shipped."""
    made = credential_world.bought()
    credential_world.ship(made)
    return made


def redeem(
    credential_world: CredentialWorld,
    key: str,
    account: Account | None = None,
    record: IdempotencyRecord | None = None,
) -> Credential:
    who = account or credential_world.ada
    claim = Claim(license_key=key, legal_name="Ada King Byron", country="GB", organization="acme")
    return credential_world.redemption.redeem(claim, record or a_record(who.id), actor(who))


def subject_of(key: str) -> str:
    return f"KEY#{fake_mac('license-key', key)}"


def entitlement(credential_world: CredentialWorld, key: str) -> LicenseKey:
    found = credential_world.orders.orders.keys.get(subject_of(key))
    assert found
    return found


def test_a_key_becomes_a_credential_for_a_year_from_the_payment_C1_B5(
    credential_world: CredentialWorld, bought: Bought
) -> None:
    credential_world.clock.advance(days=40)
    done = redeem(credential_world, bought.keys[0])
    live = credential_world.live
    assert done == replace(live, version=0, head=done.head)
    assert (live.state, live.level, live.epoch) == (State.PENDING_ACTIVATION, 2, 0)
    assert (live.legal_name, live.country, live.organization) == ("Ada King Byron", "GB", "acme")
    assert (live.order, live.unit, live.kind) == (bought.order, 0, "hardware_token")
    assert (live.paid_at, live.expires_at) == (START, START.replace(year=START.year + 1))
    assert (live.proofing, live.token, live.activated_at) == (False, None, None)


def test_key_credential_and_both_entries_are_one_transaction_and_nobody_is_mailed_C1_S46(
    credential_world: CredentialWorld, bought: Bought
) -> None:
    before = len(credential_world.client.requests("transact_write_items"))
    redeem(credential_world, bought.keys[0])
    assert len(credential_world.client.requests("transact_write_items")) == before + 1
    key = entitlement(credential_world, bought.keys[0])
    assert key.state is KeyState.REDEEMED
    assert credential_world.trail(key.subject) == ["order.fulfilled", "license_key.redeemed"]
    assert credential_world.trail(credential_world.live.subject) == ["credential.redeemed"]
    assert (key.version, credential_world.live.version) == (2, 1)
    assert credential_world.orders.kinds() == []


def test_any_account_with_the_key_redeems_it_C1(
    credential_world: CredentialWorld, bought: Bought
) -> None:
    eve = credential_world.orders.person()
    assert redeem(credential_world, bought.keys[0], eve).account == eve.id


@pytest.mark.parametrize("typed", [str.lower, lambda key: f" {key.replace('-', ' ')} "])
def test_a_key_is_taken_as_people_type_it_S27(
    typed: object, credential_world: CredentialWorld, bought: Bought
) -> None:
    assert callable(typed)
    assert redeem(credential_world, typed(bought.keys[0]))


def test_the_entitlement_of_the_key_decides_about_proofing_C1(
    credential_world: CredentialWorld,
) -> None:
    done = redeem(credential_world, credential_world.bought(kind="phone", proofing=True).keys[0])
    assert (done.proofing, done.level, done.kind) == (True, 2, "phone")


@pytest.mark.parametrize("included", [True, False])
def test_an_upgrade_that_the_order_included_comes_with_the_credential_C6(
    included: bool, credential_world: CredentialWorld
) -> None:
    bought = credential_world.bought(kind="phone", upgrade_included=included)
    done = redeem(credential_world, bought.keys[0])
    assert (done.upgrade, done.proofing, done.level) == (included, False, 2)
    assert credential_world.live.upgrade is included
    [row] = credential_world.database.query(AuditRow, key=("pk", done.subject))
    facts = AuditRow.from_raw_data(row).facts
    assert facts.get("upgrade") == ("included" if included else None)


STRICT = replace(
    PARTNER,
    id="strict",
    name="Strict",
    applications=(replace(PORTAL, id="yard"),),
    approves_credentials=True,
)


@pytest.mark.parametrize(
    ("seller", "application", "state"),
    [
        ("strict", "portal", State.PENDING_APPROVAL),
        ("northwind", "yard", State.PENDING_APPROVAL),
        ("northwind", "portal", State.PENDING_ACTIVATION),
    ],
)
def test_the_credential_waits_for_every_concerned_partner_whoever_sold_the_key_F1(
    seller: str, application: str, state: State, credential_world: CredentialWorld
) -> None:
    credential_world.orders.seed.partners([STRICT], by=OPERATOR)
    credential_world.ada = credential_world.orders.person(applications=(application,))
    bought = credential_world.bought(seller, kind="phone")
    assert redeem(credential_world, bought.keys[0]).state is state
    assert credential_world.live.state is state


def test_a_key_is_not_redeemed_by_an_account_that_is_not_there_F1(
    credential_world: CredentialWorld, bought: Bought
) -> None:
    """Nothing says then which partners are concerned."""
    row = AccountRow(f"ACCOUNT#{credential_world.ada.id}", "-")
    database = credential_world.database
    database._client.delete_item(**database._named(row.get_delete_kwargs_from_instance()))
    with pytest.raises(NotAuthenticated):
        redeem(credential_world, bought.keys[0])
    assert entitlement(credential_world, bought.keys[0]).is_issued


# One key, one credential


def test_until_its_token_is_shipped_the_key_waits_and_stays_good_C1(
    credential_world: CredentialWorld, bought: Bought
) -> None:
    with pytest.raises(WaitForToken):
        redeem(credential_world, bought.keys[1])
    assert entitlement(credential_world, bought.keys[1]).is_issued
    credential_world.ship(bought, unit=1)
    assert redeem(credential_world, bought.keys[1]).unit == 1


def test_an_account_has_one_credential_and_the_second_key_stays_good_C1(
    credential_world: CredentialWorld, bought: Bought
) -> None:
    credential_world.ship(bought, unit=1)
    redeem(credential_world, bought.keys[0])
    with pytest.raises(CredentialExists):
        redeem(credential_world, bought.keys[1])
    assert entitlement(credential_world, bought.keys[1]).is_issued


def test_a_key_whose_credential_would_be_revoked_at_once_is_refused_C1_F6(
    credential_world: CredentialWorld, bought: Bought
) -> None:
    ends = entitlement(credential_world, bought.keys[0]).paid_at.replace(year=START.year + 2)
    credential_world.clock.now = ends
    with pytest.raises(LicenseKeyLapsed):
        redeem(credential_world, bought.keys[0])
    assert entitlement(credential_world, bought.keys[0]).state is KeyState.ISSUED
    credential_world.clock.now = ends - timedelta(seconds=1)
    assert redeem(credential_world, bought.keys[0]).is_expired(credential_world.clock())


@pytest.mark.parametrize(
    ("days", "planned"),
    [
        (0, 335),
        (334, 335),
        # Its notice is overdue when it begins, or even its expiry: the clock comes at once.
        (336, 336),
        (400, 400),
    ],
)
def test_the_clock_looks_at_the_first_milestone_and_at_once_if_it_is_overdue_F6_S44(
    days: int, planned: int, credential_world: CredentialWorld, bought: Bought
) -> None:
    credential_world.clock.advance(days=days)
    redeem(credential_world, bought.keys[0])
    assert credential_world.planned == START + timedelta(days=planned)


def test_after_revocation_a_new_key_makes_a_new_credential_F3_F8(
    credential_world: CredentialWorld, bought: Bought
) -> None:
    credential_world.ship(bought, unit=1)
    old = redeem(credential_world, bought.keys[0])
    credential_world.management.revoke(
        old.id, credential_world.proof, credential_world.by, confirmed=True
    )
    new = redeem(credential_world, bought.keys[1])
    assert [one.id for one in credential_world.credentials.of_account(credential_world.ada.id)] == [
        new.id,
        old.id,
    ]
    with pytest.raises(UnknownLicenseKey):
        redeem(credential_world, bought.keys[0])


def test_the_same_request_again_gives_the_same_credential_C1(
    credential_world: CredentialWorld, bought: Bought
) -> None:
    record = a_record(credential_world.ada.id)
    done = redeem(credential_world, bought.keys[0], record=record)
    writes = len(credential_world.client.requests("transact_write_items"))
    for _ in range(credential_world.policy.license_key_tries + 1):
        assert redeem(credential_world, bought.keys[0], record=record).id == done.id
    assert len(credential_world.client.requests("transact_write_items")) == writes
    credential_world.activation.activate(done.id, None, credential_world.by)
    assert redeem(credential_world, bought.keys[0], record=record).state is State.ACTIVE
    with pytest.raises(IdempotencyKeyReused):
        redeem(
            credential_world,
            bought.keys[0],
            record=replace(record, body="another"),
        )


def test_an_idempotency_record_outlives_its_credential_C1(
    credential_world: CredentialWorld, bought: Bought
) -> None:
    record = a_record(credential_world.ada.id)
    done = redeem(credential_world, bought.keys[0], record=record)
    credential_world.management.revoke(
        done.id, credential_world.proof, credential_world.by, confirmed=True
    )
    again = redeem(credential_world, bought.keys[0], record=record)
    assert (again.id, again.state) == (done.id, State.REVOKED)


def test_an_idempotency_record_is_kept_for_a_week_C1(
    credential_world: CredentialWorld, bought: Bought
) -> None:
    redeem(credential_world, bought.keys[0])
    [kept] = [
        put["Put"]["Item"]
        for put in credential_world.client.requests("transact_write_items")[-1]["TransactItems"]
        if "Put" in put and put["Put"]["Item"]["pk"]["S"].startswith("RECEIPT#")
    ]
    until = START + timedelta(days=7)
    assert kept["expires"]["N"] == str(int(until.timestamp()))


# Concurrent redemptions


def test_one_of_two_accounts_with_one_key_gets_it_C1_S27(
    credential_world: CredentialWorld, bought: Bought
) -> None:
    eve = credential_world.orders.person()
    credential_world.client.next(
        "transact_write_items", first(lambda: redeem(credential_world, bought.keys[0], eve))
    )
    with pytest.raises(UnknownLicenseKey):
        redeem(credential_world, bought.keys[0])
    assert credential_world.credentials.live(credential_world.ada.id) is None
    assert credential_world.credentials.live(eve.id)


def test_one_of_two_keys_of_one_account_at_once_is_redeemed_C1(
    credential_world: CredentialWorld, bought: Bought
) -> None:
    credential_world.ship(bought, unit=1)
    credential_world.client.next(
        "transact_write_items", first(lambda: redeem(credential_world, bought.keys[1]))
    )
    with pytest.raises(CredentialExists):
        redeem(credential_world, bought.keys[0])
    assert entitlement(credential_world, bought.keys[0]).is_issued
    assert credential_world.live.unit == 1


@pytest.mark.parametrize("faults", [(lose_the_answer, recognize_the_token), (land_twice,)])
def test_a_redemption_whose_answer_got_lost_is_recognized_S46(
    faults: tuple[object, ...], credential_world: CredentialWorld, bought: Bought
) -> None:
    credential_world.client.next("transact_write_items", *faults)  # type: ignore[arg-type]
    assert redeem(credential_world, bought.keys[0]).id == credential_world.live.id
    assert credential_world.live.version == 1
