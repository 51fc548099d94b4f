"""An account without a typed password gets its first one by mail (A10)."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from keyfob.domain.directory.account import Account
from keyfob.domain.messages.kinds import Kind
from keyfob.domain.sessions.errors import (
    IdentityUnavailable,
    WrongCredentials,
)
from keyfob.domain.sessions.password import PasswordCheck
from keyfob.domain.sessions.session import CHALLENGE
from keyfob.storage.messages.store import Lease, OutboxRow
from keyfob.storage.sessions.store import SessionStore
from keyfob.usecases.directory.accounts import NewAccount
from keyfob.usecases.sessions.reset import reset_effect
from keyfob.usecases.sessions.sign_in import SignedIn
from keyfob.wiring.sessions import recovery_of, reset_of
from keyfob.wiring.sign_in import sign_in_of
from tests.support.builders import CLIENT, an_account
from tests.support.fakes import Meddler, fake_unseal
from tests.support.order_world import OPERATOR, OrderWorld

MAILED = "ABCDE-FGHJK-01234-56789"


@dataclass
class Arrival:
    """Ada, who is added without a password."""

    world: OrderWorld
    ada: Account

    def seed(self) -> int:
        new = NewAccount(account=self.ada, roles=(), temporary_password=None)
        return self.world.seed.accounts([new], by=OPERATOR)

    def queued(self, kind: Kind) -> list[OutboxRow]:
        rows = map(OutboxRow.from_raw_data, self.world.database.scan(OutboxRow))
        return [row for row in rows if row.kind == kind and row.recipient == self.ada.id]

    def effect(self) -> bool:
        """The effects worker does what is queued."""
        message = reset_effect(self.ada.id, 1, OPERATOR.correlation)
        reset = reset_of(self.world.base, lambda: MAILED)
        return reset.perform(Lease(id=message.id, message=message, attempt=1))

    def sign_in(self, password: str) -> SignedIn:
        return sign_in_of(self.world.base).sign_in(self.ada.user_id, password, CLIENT)


@pytest.fixture
def arrival(order_world: OrderWorld) -> Arrival:
    # Without an application: its subscription would be a transaction of its own.
    return Arrival(order_world, an_account(applications=()))


def test_an_account_begins_with_a_pending_reset_in_the_same_transaction_A10(
    arrival: Arrival, client: Meddler
) -> None:
    client.calls.clear()
    assert arrival.seed() == 1
    sessions = SessionStore(arrival.world.database).get(arrival.ada.id)
    [effect] = arrival.queued(Kind.RESET_PASSWORD)
    assert sessions
    assert (sessions.pending_reset, sessions.epoch) == (effect.pk, 1)
    assert len(client.requests("transact_write_items")) == 1


def test_the_mailed_password_is_the_first_that_signs_in_A4_A10(arrival: Arrival) -> None:
    arrival.seed()
    with pytest.raises(WrongCredentials):
        arrival.sign_in(MAILED)
    assert arrival.effect() is True
    [mail] = arrival.queued(Kind.TEMPORARY_PASSWORD)
    assert fake_unseal(mail.pk, mail.sealed) == MAILED
    assert arrival.sign_in(MAILED).session.strength == CHALLENGE


def test_the_seed_needs_no_password_store_for_a_mailed_password_A10_S46(arrival: Arrival) -> None:
    arrival.world.passwords.silent = True
    assert arrival.seed() == 1
    with pytest.raises(IdentityUnavailable):
        arrival.effect()
    assert arrival.queued(Kind.TEMPORARY_PASSWORD) == []
    arrival.world.passwords.silent = False
    assert arrival.effect() is True
    assert arrival.sign_in(MAILED).session.strength == CHALLENGE


def test_the_same_seed_later_changes_nothing_A10(arrival: Arrival) -> None:
    arrival.seed()
    arrival.effect()
    assert arrival.seed() == 0
    assert arrival.world.passwords.check(arrival.ada.id, MAILED) is PasswordCheck.MUST_CHANGE
    assert arrival.effect() is False
    assert len(arrival.queued(Kind.TEMPORARY_PASSWORD)) == 1


# The first password that a person chooses


CHOSEN = "a long phrase of her own"
LATER = "another long phrase of hers"


def choose(arrival: Arrival, temporary: str, chosen: str) -> None:
    """Sign in with a temporary password and choose another."""
    challenge = arrival.sign_in(temporary)
    use = sign_in_of(arrival.world.base)
    use.set_password(arrival.ada.id, challenge.session, chosen, CLIENT)


def test_the_first_chosen_password_is_answered_with_the_next_step_A10(arrival: Arrival) -> None:
    arrival.seed()
    arrival.effect()
    assert arrival.queued(Kind.FIRST_LOGIN) == []
    choose(arrival, MAILED, CHOSEN)
    assert len(arrival.queued(Kind.FIRST_LOGIN)) == 1
    assert arrival.queued(Kind.PASSWORD_CHANGED) == []


def test_a_password_after_a_later_reset_is_no_first_login_A10(arrival: Arrival) -> None:
    arrival.seed()
    arrival.effect()
    choose(arrival, MAILED, CHOSEN)
    arrival.world.passwords.set_temporary(arrival.ada.id, MAILED)
    choose(arrival, MAILED, LATER)
    assert len(arrival.queued(Kind.FIRST_LOGIN)) == 1
    assert len(arrival.queued(Kind.PASSWORD_CHANGED)) == 1


def test_a_first_login_costs_no_read_and_no_write_more_than_a_later_one_A10(
    arrival: Arrival, client: Meddler
) -> None:
    arrival.seed()
    arrival.effect()
    costs: list[dict[str, int]] = []
    for chosen in (CHOSEN, LATER):
        client.calls.clear()
        choose(arrival, MAILED, chosen)
        written = client.requests("transact_write_items")
        items = sum(len(one["TransactItems"]) for one in written)
        costs.append({"calls": len(client.calls), "items": items})
        arrival.world.passwords.set_temporary(arrival.ada.id, MAILED)
    assert costs[0] == costs[1]


def test_a_first_password_that_is_chosen_by_a_recovery_counts_too_A4_A10(
    arrival: Arrival,
) -> None:
    arrival.seed()
    arrival.effect()
    recovery = recovery_of(arrival.world.base)
    for chosen in (CHOSEN, LATER):
        recovery.request(arrival.ada.user_id, CLIENT)
        mails = arrival.queued(Kind.RECOVERY_CODE)
        newest = max(mails, key=lambda row: int(row.subject_version))
        code = fake_unseal(str(newest.facts["sealed_as"]), newest.sealed)
        recovery.confirm(arrival.ada.user_id, code, chosen, CLIENT)
        arrival.world.clock.advance(hours=1)
    assert len(arrival.queued(Kind.FIRST_LOGIN)) == 1
    assert len(arrival.queued(Kind.PASSWORD_RECOVERED)) == 2
