"""The name on a document: one transaction, connections judged anew, 14 days (A8, C4, S46)."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from keyfob.domain.audit.personal import disclosed
from keyfob.domain.connections.connection import State as ConnectionState
from keyfob.domain.directory.account import Account
from keyfob.domain.proofing.case import (
    Case,
    Change,
    Contact,
    Correction,
    Method,
    State,
    changed,
)
from keyfob.storage.audit.personal import PersonalFactsStore
from keyfob.storage.audit.store import AuditRow
from keyfob.storage.directory.store import Directory
from keyfob.storage.proofing.store import CaseStore
from keyfob.usecases.proofing.correcting import Correcting, Names
from keyfob.wiring.proofing import case_changes_of, case_jobs_of, correcting_of
from tests.support.connection_world import ConnectionWorld
from tests.support.faults import first
from tests.support.order_world import OPERATOR, SYSTEM
from tests.support.phone_world import refusal_of

NEW = Names(first_name="Ada", middle_name="", last_name="Lovelace")


class World:
    """Ada's credential is used by another account of hers; her document has another name."""

    def __init__(self, connection_world: ConnectionWorld) -> None:
        self.connections = connection_world
        self.credentials = connection_world.credential_world
        self.base, self.clock = self.credentials.base, self.credentials.clock
        self.ada = self.credentials.ada
        connection_world.connected()
        live = self.credentials.live
        case = Case(
            id="prf_1",
            account=self.ada.id,
            organization=self.ada.organization,
            credential=live.id,
            opened_at=self.clock(),
            state=State.NAME_CORRECTION,
            method=Method.LIVE,
            contact=Contact(phone="+12025550123", language="en", zone="UTC"),
            correction=Correction(name="Ada Lovelace", until=self.clock() + timedelta(days=14)),
        )
        to = changed(Change.NAME_DIFFERS, case)
        case_changes_of(self.base).commit(None, to, by=OPERATOR)

    @property
    def correcting(self) -> Correcting:
        """The use case."""
        return correcting_of(self.base)

    @property
    def case(self) -> Case:
        """The case as it is now."""
        found = CaseStore(self.base.database).current(self.ada.id)
        assert found
        return found

    @property
    def account(self) -> Account:
        """Ada's account as it is now."""
        found = Directory(self.base.database).account(self.ada.id)
        assert found
        return found

    def connected(self) -> bool:
        """Whether the other account still uses the credential."""
        one = self.connections.connections.of_child(self.connections.child.id)
        return one is not None and one.state is ConnectionState.CONNECTED

    def kinds(self) -> list[str]:
        """The kinds of the queued messages."""
        return [str(one) for one in self.credentials.orders.kinds()]


@pytest.fixture
def world(connection_world: ConnectionWorld) -> World:
    """A name waits for a decision."""
    return World(connection_world)


def test_confirming_changes_all_names_and_ends_the_other_accounts_connection(world: World) -> None:
    """A8, C4: another name is another person until the other account has it, too."""
    child = world.connections.signed_in(world.connections.child)
    before = world.credentials.live
    world.correcting.confirm(world.ada.user_id, NEW, OPERATOR)
    live, case = world.credentials.live, world.case
    assert (live.legal_name, live.level, live.state) == ("Ada Lovelace", 2, before.state)
    assert world.account.name == "Ada Lovelace"
    assert (case.state, case.correction, case.failures) == (State.TO_BOOK, None, 0)
    assert not world.connected()
    assert world.connections.strength(child) == 0, "the child's sessions end with it"
    assert {"disconnected", "name_corrected"} <= {*world.kinds()}


def test_a_connection_of_the_same_person_stays(world: World) -> None:
    """A8: only a difference ends it."""
    account = world.account
    same = Names(first_name=account.first_name, middle_name="", last_name=account.last_name)
    case = replace(world.case, correction=Correction(name=account.name, until=world.clock()))
    case_changes_of(world.base).commit(world.case, changed(Change.NAME_DIFFERS, case), by=OPERATOR)
    world.correcting.confirm(world.ada.user_id, same, OPERATOR)
    assert world.connected()


def test_the_trail_has_the_names_before_and_after(world: World) -> None:
    """S60: of the account and of the credential, and why."""
    before = world.account.name, world.credentials.live.legal_name
    world.correcting.confirm(world.ada.user_id, NEW, replace(OPERATOR, reason="married"))
    subjects = (f"ACCOUNT#{world.ada.id}", world.credentials.live.subject)
    for subject, name in zip(subjects, before, strict=True):
        rows = world.base.database.query(AuditRow, key=("pk", subject))
        last = [AuditRow.from_raw_data(row) for row in rows][-1]
        assert last.action in ("account.renamed", "credential.renamed")
        known = PersonalFactsStore(world.base.database).of(world.ada.id)
        told = disclosed(last.facts, known)
        assert last.facts["before"] != told["before"]
        assert (told["before"], told["after"]) == (name, "Ada Lovelace")
        assert last.facts["reason"] == "married"


def test_refusing_changes_no_name(world: World) -> None:
    """C4: the holder books again at no cost."""
    before = world.account, world.credentials.live
    world.correcting.refuse(world.ada.user_id, OPERATOR)
    assert (world.account, world.credentials.live) == before
    assert (world.case.state, world.case.correction) == (State.TO_BOOK, None)
    assert "name_kept" in world.kinds()
    assert world.connected()


def test_the_first_decision_counts(world: World) -> None:
    """S46: the second finds no name that waits."""
    world.credentials.client.next(
        "transact_write_items",
        first(lambda: world.correcting.refuse(world.ada.user_id, OPERATOR)),
    )
    refused = refusal_of(lambda: world.correcting.confirm(world.ada.user_id, NEW, OPERATOR))
    assert refused == "not_this_step"
    assert world.account.name == world.ada.name


def test_after_14_days_the_holder_books_again(world: World) -> None:
    """C4, S44: nobody decided, and the written-down name is gone."""
    jobs = case_jobs_of(world.base)
    world.clock.advance(days=13, hours=23)
    assert jobs.perform(world.ada.id, by=SYSTEM) is None
    world.clock.advance(hours=1)
    assert jobs.perform(world.ada.id, by=SYSTEM) is Change.CORRECTION_LAPSED
    assert (world.case.state, world.case.correction) == (State.TO_BOOK, None)
    assert "name_kept" in world.kinds()
    assert jobs.perform(world.ada.id, by=SYSTEM) is None


def test_a_revoked_credential_takes_no_name(world: World) -> None:
    """F3: its case is over once the clock has looked at it."""
    proof = world.credentials.proof
    world.credentials.management.revoke(
        world.credentials.live.id, proof, world.credentials.by, confirmed=True
    )
    refused = refusal_of(lambda: world.correcting.confirm(world.ada.user_id, NEW, OPERATOR))
    assert refused == "not_this_step"
    assert world.account.name == world.ada.name
    case_jobs_of(world.base).perform(world.ada.id, by=SYSTEM)
    assert (world.case.state, world.case.correction) == (State.WITHDRAWN, None)
