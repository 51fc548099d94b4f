"""Committing what happens to a credential: read, decide, all or nothing (S46)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from keyfob.audit.entry import Entry
from keyfob.audit.store import AuditRow
from keyfob.credentials import lifecycle
from keyfob.credentials.credential import (
    Change,
    Credential,
    State,
    Suspender,
    Transition,
    changed,
)
from keyfob.dynamo import Conflict
from keyfob.errors import Busy, IllegalTransition, NotFound
from keyfob.messages.outbox import Kind, Message
from keyfob.transaction import Along
from tests.support.bureau import Bureau
from tests.support.fakes import START
from tests.support.faults import first
from tests.support.shop import OPERATOR


@pytest.fixture
def credential(bureau: Bureau) -> Credential:
    """Ada's, active."""
    return bureau.credential()


def moved(country: str) -> Callable[[Credential], Transition]:
    """A decision that is told of: its holder lives elsewhere now."""
    return lambda seen: changed(Change.SUSPENDED, replace(seen, country=country))


def decide(bureau: Bureau, decision: Callable[[Credential], Transition]) -> Credential:
    return bureau.desk.decide(bureau.ada.id, bureau.live.id, decision, by=bureau.by)


def test_a_decision_its_entry_and_its_message_are_committed_together_S46(
    bureau: Bureau, credential: Credential
) -> None:
    before = len(bureau.client.requests("transact_write_items"))
    assert decide(bureau, moved("CA")).country == "CA"
    [sent] = bureau.client.requests("transact_write_items")[before:]
    assert len(sent["TransactItems"]) == 3
    row = bureau.database.get(AuditRow, credential.subject, "000000000002")
    assert row
    assert (row.action, row.actor_id, row.facts) == (
        "credential.suspended",
        bureau.ada.id,
        {"state": "active"},
    )
    [told] = bureau.shop.promises()
    assert (told.kind, told.recipient) == (Kind.CREDENTIAL_SUSPENDED, bureau.ada.id)
    assert (bureau.live.version, bureau.live.head) == (2, row.hash)


def test_a_decision_that_changes_nothing_writes_nothing(
    bureau: Bureau, credential: Credential
) -> None:
    before = len(bureau.client.requests("transact_write_items"))
    done = decide(bureau, lambda seen: Transition(credential=replace(seen, country="CA")))
    assert done == credential
    assert len(bureau.client.requests("transact_write_items")) == before


def test_what_a_decision_refuses_changes_nothing(bureau: Bureau, credential: Credential) -> None:
    def refuse(_seen: Credential) -> Transition:
        raise IllegalTransition

    with pytest.raises(IllegalTransition):
        decide(bureau, refuse)
    assert bureau.live == credential


def test_whoever_was_overtaken_decides_again_on_what_is_there_then_S46(
    bureau: Bureau, credential: Credential
) -> None:
    seen: list[str] = []

    def lengthened(found: Credential) -> Transition:
        seen.append(found.legal_name)
        return changed(Change.SUSPENDED, replace(found, legal_name=found.legal_name + "!"))

    bureau.client.next("transact_write_items", first(lambda: bureau.changed(legal_name="Ada King")))
    assert decide(bureau, lengthened).legal_name == "Ada King!"
    assert seen == ["Ada Byron", "Ada King"]


def test_whoever_is_overtaken_every_time_is_told_so_S46(
    bureau: Bureau, credential: Credential
) -> None:
    names = iter(f"Ada {number}" for number in range(99))

    def overtaken(found: Credential) -> Transition:
        bureau.changed(legal_name=next(names))
        return changed(Change.SUSPENDED, replace(found, country="CA"))

    with pytest.raises(Busy):
        decide(bureau, overtaken)
    assert bureau.live.country == "US"


def test_what_goes_along_is_in_the_same_transaction_and_entry_S46(
    bureau: Bureau, credential: Credential
) -> None:
    also = Message(
        kind=Kind.PASSWORD_CHANGED, subject=credential.subject, version=2, recipient="acc_eve"
    )
    other = Entry(action="test.noted", actor=OPERATOR, at=START)
    bureau.desk.decide(
        bureau.ada.id,
        credential.id,
        moved("CA"),
        by=bureau.by,
        along=lambda seen: Along(audit=[other], messages=[also], facts={"from": seen.country}),
    )
    assert bureau.shop.kinds() == [Kind.CREDENTIAL_SUSPENDED, Kind.PASSWORD_CHANGED]
    row = bureau.database.get(AuditRow, credential.subject, "000000000002")
    assert row
    assert row.facts == {"state": "active", "from": "US"}


def test_unknown_past_and_foreign_credentials_are_not_found_alike_S23(
    bureau: Bureau, credential: Credential
) -> None:
    def past() -> str:
        bureau.management.revoke(credential.id, bureau.by, confirmed=True)
        return credential.id

    eve = bureau.shop.person()
    for account, name in (
        (bureau.ada.id, "crd_x"),
        (eve.id, credential.id),
        (bureau.ada.id, past()),
    ):
        with pytest.raises(NotFound) as refused:
            bureau.desk.get(account, name, by=bureau.by)
        assert str(refused.value) == NotFound.detail


def test_a_commit_of_what_is_no_longer_so_is_a_conflict_and_whole_S46(
    bureau: Bureau, credential: Credential
) -> None:
    bureau.changed(country="MX")
    with pytest.raises(Conflict):
        bureau.desk.commit(
            credential,
            changed(Change.REVOKED, replace(credential, state=State.REVOKED)),
            by=bureau.by,
        )
    assert bureau.live.country == "MX"
    assert bureau.shop.kinds() == []


def test_a_change_is_named_for_a_transaction_of_somebody_else_and_not_committed_B7_S46(
    bureau: Bureau, credential: Credential
) -> None:
    to = replace(credential, expires_at=credential.expires_at.replace(year=2028))
    named = bureau.desk.change(
        credential, changed(Change.RENEWED, to), by=bureau.by, facts={"order": "SO-7"}
    )
    assert bureau.live == credential
    assert (len(named.writes), named.facts) == (1, {})
    [entry], [message] = named.audit, named.messages
    assert (entry.action, entry.subject, entry.actor) == (
        "credential.renewed",
        credential.subject,
        bureau.by,
    )
    assert entry.facts == {"state": "active", "order": "SO-7"}
    assert (message.kind, message.version) == (Kind.CREDENTIAL_RENEWED, 2)
    bureau.transactions.commit(*named.writes, audit=named.audit, messages=named.messages)
    assert (bureau.live.expires_at.year, bureau.live.version) == (2028, 2)


def test_only_what_moves_a_date_moves_the_due_index_S45(
    bureau: Bureau, credential: Credential
) -> None:
    first_due = bureau.planned
    assert first_due == credential.expires_at - timedelta(days=30)
    decide(bureau, moved("CA"))
    assert bureau.planned == first_due
    decide(bureau, lambda seen: lifecycle.suspend(seen, Suspender.HOLDER, START))
    assert bureau.planned == START + timedelta(days=30)
    decide(bureau, lambda seen: lifecycle.lift(seen, Suspender.HOLDER, START, bureau.policy))
    assert bureau.planned == first_due
    decide(bureau, lambda seen: lifecycle.renew(seen, START, bureau.policy))
    assert bureau.planned == first_due.replace(year=2028)


def test_a_suspension_by_the_system_plans_nothing_that_was_not_planned_F5(
    bureau: Bureau, credential: Credential
) -> None:
    before = bureau.planned
    decide(bureau, lambda seen: lifecycle.suspend(seen, Suspender.SYSTEM, START))
    assert bureau.planned == before
