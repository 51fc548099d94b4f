"""Administrators are admitted to accounts of their organization; refusals are recorded (S24)."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest

from keyfob.domain.audit.entry import Actor
from keyfob.domain.directory.account import Account
from keyfob.domain.directory.errors import NotOnOneself
from keyfob.domain.directory.role import Role
from keyfob.domain.errors import IllegalTransition, InvalidInput, NotFound, Unavailable
from keyfob.domain.sessions.administrator import Administrator
from keyfob.domain.sessions.errors import RoleRequired
from keyfob.storage.audit.store import AuditRow
from keyfob.storage.transaction import NOTHING, TransactionPart
from keyfob.usecases.administration.colleagues import Colleague, Colleagues
from keyfob.wiring.administration import colleagues_of
from tests.support.order_world import OrderWorld, administrator

ALICE, ADA = "acc_alicealicealicealice", "acc_adaadaadaadaadaada00"
NOBODYS = "acc_00000000000000000000"


class Office:
    """Alice acts about accounts of her organization."""

    def __init__(self, world: OrderWorld) -> None:
        self.world = world
        role = Role.ORGANIZATION_ADMINISTRATOR
        self.alice = world.person(roles=(Role.HOLDER, role), first_name="Alice", id=ALICE)
        self.ada = world.person(id=ADA)
        self.who: Administrator = administrator(self.alice)
        self.use: Colleagues = colleagues_of(world.base)

    def entries(self, of: Account | None = None) -> list[tuple[str, Any]]:
        """Action and facts of each entry about refusals, in order."""
        key = ("pk", f"ACTOR#{(of or self.alice).id}")
        rows = [AuditRow.from_raw_data(one) for one in self.world.database.query(AuditRow, key=key)]
        return [(row.action, row.facts) for row in rows]

    def change(self, asked: str, refusal: Exception | None = None) -> None:
        """An act that changes nothing, or is refused."""

        def change(_found: Colleague, _by: Actor, _now: datetime) -> TransactionPart:
            if refusal:
                raise refusal
            return NOTHING

        self.use.change(self.who, asked, "change", change)


@pytest.fixture
def office(order_world: OrderWorld) -> Office:
    return Office(order_world)


@pytest.mark.parametrize("refusal", [IllegalTransition(), NotFound(), RoleRequired()])
def test_a_refusal_of_an_act_gets_one_entry_with_the_account_S24(
    refusal: Any, office: Office
) -> None:
    with pytest.raises(type(refusal)):
        office.change(office.ada.id, refusal)
    facts = {"account": office.ada.id, "act": "change", "asked": ADA, "refusal": refusal.code}
    assert office.entries() == [("administration.refused", facts)]


@pytest.mark.parametrize("refusal", [InvalidInput(), Unavailable()])
def test_wrong_input_and_outages_get_none_S24(refusal: Any, office: Office) -> None:
    with pytest.raises(type(refusal)):
        office.change(office.ada.id, refusal)
    assert office.entries() == []


def test_an_act_about_oneself_is_refused_and_recorded_S24(office: Office) -> None:
    with pytest.raises(NotOnOneself):
        office.change(office.alice.id)
    facts = {"account": ALICE, "act": "change", "asked": ALICE, "refusal": "not_on_oneself"}
    assert office.entries() == [("administration.refused", facts)]


@pytest.mark.parametrize("asked", [NOBODYS, "nonsense"])
def test_a_foreign_id_gets_its_own_entry_and_no_second_one_S23(asked: str, office: Office) -> None:
    told = asked if asked == NOBODYS else "no account"
    with pytest.raises(NotFound):
        office.change(asked)
    with pytest.raises(NotFound):
        office.use.act(office.who, asked, "act", lambda _account, _by, _guard: None)
    with pytest.raises(NotFound):
        office.use.find(office.who, asked)
    assert office.entries() == [("account.refused", {"asked": told})] * 3


def test_who_is_no_administrator_any_more_is_refused_by_what_is_stored_S24(office: Office) -> None:
    """Whatever the gate has read before."""
    office.who = administrator(office.ada)
    with pytest.raises(RoleRequired):
        office.change(office.alice.id)
    with pytest.raises(RoleRequired), office.use.acting(office.who, "create"):
        pass
    found = sorted((facts["act"], facts["asked"]) for _, facts in office.entries(office.ada))
    assert found == [("change", ALICE), ("create", "no id")]


def test_refusals_share_the_bound_of_foreign_ids_S62(office: Office) -> None:
    bound = office.world.base.policy.foreign_ids_a_day
    for _ in range(bound + 2):
        with pytest.raises(NotOnOneself):
            office.change(office.alice.id)
    actions = [action for action, _ in office.entries()]
    assert actions.count("administration.refused") == bound
    assert actions.count("foreign_ids.unrecorded") == 1


def test_a_refused_read_of_the_own_organization_gets_none_S24(office: Office) -> None:
    role_taken = replace(office.who, by=administrator(office.ada).by)
    with pytest.raises(RoleRequired):
        office.use.require(role_taken)
    assert office.entries(office.ada) == []
