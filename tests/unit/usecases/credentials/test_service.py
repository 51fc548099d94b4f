"""Committing a change of a credential: read, decide, all or nothing (S46)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from keyfob.domain.audit.entry import Entry
from keyfob.domain.credentials import lifecycle
from keyfob.domain.credentials.credential import Change, Credential, State, Transition, changed
from keyfob.domain.credentials.suspension import Suspender
from keyfob.domain.errors import Busy, IllegalTransition, NotFound
from keyfob.domain.messages.kinds import Kind
from keyfob.storage.audit.store import AuditRow
from keyfob.storage.database import Conflict
from keyfob.storage.transaction import TransactionPart
from tests.support.credential_world import CredentialWorld
from tests.support.fakes import START
from tests.support.faults import first
from tests.support.messages import a_message
from tests.support.order_world import OPERATOR


@pytest.fixture
def credential(credential_world: CredentialWorld) -> Credential:
    """Ada's active credential."""
    return credential_world.credential()


def moved(country: str) -> Callable[[Credential], Transition]:
    """A decision with a notification: it changes the holder's country."""
    return lambda seen: changed(Change.SUSPENDED, replace(seen, country=country))


def suspended(
    credential_world: CredentialWorld, by: Suspender
) -> Callable[[Credential], Transition]:
    """The decision that suspends it."""
    return lambda seen: lifecycle.suspend(seen, by, START, credential_world.policy)


def decide(
    credential_world: CredentialWorld, decision: Callable[[Credential], Transition]
) -> Credential:
    return credential_world.service.decide(
        credential_world.live.id, decision, by=credential_world.by
    )


def test_a_decision_its_entry_and_its_message_are_committed_together_S46(
    credential_world: CredentialWorld, credential: Credential
) -> None:
    before = len(credential_world.client.requests("transact_write_items"))
    assert decide(credential_world, moved("CA")).country == "CA"
    [sent] = credential_world.client.requests("transact_write_items")[before:]
    assert len(sent["TransactItems"]) == 3
    row = credential_world.database.get(AuditRow, credential.subject, "000000000002")
    assert row
    assert (row.action, row.actor_id, row.facts) == (
        "credential.suspended",
        credential_world.ada.id,
        {"state": "active"},
    )
    [told] = credential_world.orders.queued()
    assert (told.kind, told.recipient) == (Kind.CREDENTIAL_SUSPENDED, credential_world.ada.id)
    assert (credential_world.live.version, credential_world.live.head) == (2, row.hash)


def test_a_decision_that_changes_nothing_writes_nothing(
    credential_world: CredentialWorld, credential: Credential
) -> None:
    before = len(credential_world.client.requests("transact_write_items"))
    done = decide(credential_world, lambda seen: Transition(credential=replace(seen, country="CA")))
    assert done == credential
    assert len(credential_world.client.requests("transact_write_items")) == before


def test_a_refused_decision_changes_nothing(
    credential_world: CredentialWorld, credential: Credential
) -> None:
    def refuse(_seen: Credential) -> Transition:
        raise IllegalTransition

    with pytest.raises(IllegalTransition):
        decide(credential_world, refuse)
    assert credential_world.live == credential


def test_an_overtaken_decision_is_made_again_on_the_current_row_S46(
    credential_world: CredentialWorld, credential: Credential
) -> None:
    seen: list[str] = []

    def lengthened(found: Credential) -> Transition:
        seen.append(found.legal_name)
        return changed(Change.SUSPENDED, replace(found, legal_name=found.legal_name + "!"))

    credential_world.client.next(
        "transact_write_items", first(lambda: credential_world.changed(legal_name="Ada King"))
    )
    assert decide(credential_world, lengthened).legal_name == "Ada King!"
    assert seen == ["Ada Byron", "Ada King"]


def test_a_decision_overtaken_every_time_is_refused_as_busy_S46(
    credential_world: CredentialWorld, credential: Credential
) -> None:
    names = iter(f"Ada {number}" for number in range(99))

    def overtaken(found: Credential) -> Transition:
        credential_world.changed(legal_name=next(names))
        return changed(Change.SUSPENDED, replace(found, country="CA"))

    with pytest.raises(Busy):
        decide(credential_world, overtaken)
    assert credential_world.live.country == "US"


def test_an_added_part_is_in_the_same_transaction_and_entry_S46(
    credential_world: CredentialWorld, credential: Credential
) -> None:
    also = a_message(
        Kind.PASSWORD_CHANGED, subject=credential.subject, version=2, recipient="acc_eve"
    )
    other = Entry(action="test.noted", actor=OPERATOR, at=START)
    credential_world.service.decide(
        credential.id,
        moved("CA"),
        by=credential_world.by,
        part=lambda seen: TransactionPart(
            audit=[other], messages=[also], facts={"from": seen.country}
        ),
    )
    assert credential_world.orders.kinds() == [Kind.CREDENTIAL_SUSPENDED, Kind.PASSWORD_CHANGED]
    row = credential_world.database.get(AuditRow, credential.subject, "000000000002")
    assert row
    assert row.facts == {"state": "active", "from": "US"}


def test_unknown_past_and_foreign_credentials_are_not_found_alike_S23(
    credential_world: CredentialWorld, credential: Credential
) -> None:
    def past() -> str:
        credential_world.management.revoke(
            credential.id, credential_world.proof, credential_world.by, confirmed=True
        )
        return credential.id

    eve = credential_world.orders.person()
    for account, name in (
        (credential_world.ada.id, "crd_x"),
        (eve.id, credential.id),
        (credential_world.ada.id, past()),
    ):
        by = credential_world.by.acting_for(account)
        with pytest.raises(NotFound) as refused:
            credential_world.service.get(name, by=by)
        assert str(refused.value) == NotFound.detail


def test_a_commit_on_an_obsolete_state_is_a_conflict_and_writes_nothing_S46(
    credential_world: CredentialWorld, credential: Credential
) -> None:
    credential_world.changed(country="MX")
    with pytest.raises(Conflict):
        credential_world.service.commit(
            credential,
            changed(Change.REVOKED, replace(credential, state=State.REVOKED)),
            by=credential_world.by,
        )
    assert credential_world.live.country == "MX"
    assert credential_world.orders.kinds() == []


def test_a_change_is_declared_for_a_foreign_transaction_and_not_committed_B7_S46(
    credential_world: CredentialWorld, credential: Credential
) -> None:
    to = replace(credential, expires_at=credential.expires_at.replace(year=2028))
    named = credential_world.service.change(
        credential, changed(Change.RENEWED, to), by=credential_world.by, facts={"order": "SO-7"}
    )
    assert credential_world.live == credential
    # The credential, and its account in the lists of administrators.
    assert (len(named.writes), named.facts) == (2, {})
    [entry], [message] = named.audit, named.messages
    assert (entry.action, entry.subject, entry.actor) == (
        "credential.renewed",
        credential.subject,
        credential_world.by,
    )
    assert entry.facts == {"state": "active", "order": "SO-7"}
    assert (message.kind, message.version) == (Kind.CREDENTIAL_RENEWED, 2)
    credential_world.transactions.commit(*named.writes, audit=named.audit, messages=named.messages)
    assert (credential_world.live.expires_at.year, credential_world.live.version) == (2028, 2)


def test_only_a_changed_date_moves_the_due_index_S45(
    credential_world: CredentialWorld, credential: Credential
) -> None:
    first_due = credential_world.planned
    assert first_due == credential.expires_at - timedelta(days=30)
    decide(credential_world, moved("CA"))
    assert credential_world.planned == first_due
    decide(credential_world, suspended(credential_world, Suspender.HOLDER))
    assert credential_world.planned == START + timedelta(days=30)
    decide(
        credential_world,
        lambda seen: lifecycle.lift(seen, Suspender.HOLDER, START, credential_world.policy),
    )
    assert credential_world.planned == first_due
    decide(credential_world, lambda seen: lifecycle.renew(seen, START, credential_world.policy))
    assert credential_world.planned == first_due.replace(year=2028)


def test_a_suspension_by_the_system_plans_nothing_new_F5(
    credential_world: CredentialWorld, credential: Credential
) -> None:
    before = credential_world.planned
    decide(credential_world, suspended(credential_world, Suspender.SYSTEM))
    assert credential_world.planned == before
