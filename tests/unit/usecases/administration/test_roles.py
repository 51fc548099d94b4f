"""An act counts only if its administrator has the role at the moment of its commit (S24)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial

import pytest

from keyfob.domain.credentials.credential import State
from keyfob.domain.directory.role import Role
from keyfob.domain.orders.order import State as OrderState
from keyfob.domain.sessions.administrator import Administrator
from keyfob.domain.sessions.errors import RoleRequired
from keyfob.storage.audit.store import AuditRow
from keyfob.storage.credentials import store as credential_rows
from keyfob.storage.credentials.approvals import ask
from keyfob.storage.directory.store import change_partner
from keyfob.storage.orders import order_row as order_rows
from keyfob.storage.rows import Update
from keyfob.storage.sessions.store import SessionsRow
from keyfob.usecases.registrations.inviting import Inviter, Wanted
from keyfob.usecases.registrations.subscribing import Subscriber
from keyfob.wiring.access import subscriptions_of
from keyfob.wiring.approvals import partner_approvals_of
from keyfob.wiring.operations import partner_administrators_of
from keyfob.wiring.registrations import inviting_of, subscribing_of
from tests.support.access_world import FREE, NORTHWIND, AccessWorld
from tests.support.builders import a_credential, a_record, an_order_in
from tests.support.fakes import Meddler
from tests.support.faults import first
from tests.support.order_world import OPERATOR, administrator


class Desk:
    """Grace administers Northwind, Olga her organization; and what they do."""

    def __init__(self, world: AccessWorld) -> None:
        self.world, self.base = world, world.base
        self.grace, self.olga = world.deputy(), administrator(world.olga)
        self.inviting = inviting_of(self.base)
        shown = replace(FREE, id="public", name="Public", public=True)
        partner = replace(NORTHWIND, id="open", name="Open", applications=(shown,))
        world.orders.seed.partners([partner], by=OPERATOR)
        now, order = world.clock(), an_order_in(OrderState.FULFILLED)
        world.commit(order_rows.place(replace(order, account=world.ada.id), now))
        self.credential = a_credential(
            account=world.ada.id, order=order.number, state=State.PENDING_APPROVAL
        )
        found = world.directory.audited_partner("northwind")
        assert found
        strict = replace(found[0], approves_credentials=True)
        world.commit(change_partner(found[0], strict, found[1]))
        world.commit(credential_rows.put(self.credential, now))
        world.commit(ask(self.credential, "northwind", now))

    def inviter(self, name: str) -> Inviter:
        """Grace for her partner, or Olga for her organization."""
        who = self.grace if "partner" in name else self.olga
        owner = {"partner": who.partner} if who.partner else {"organization": who.organization}
        return Inviter(by=who.by, proof=who.proof, credential=None, **owner)

    def invited(self, name: str) -> str:
        """The id of an invitation that was sent before."""
        inviter = self.inviter(name)
        wanted = Wanted(email="mary@acme.example", language="en", applications=())
        return self.inviting.invite(inviter, wanted, a_record(inviter.by.id)).id

    def act(self, name: str) -> Callable[[], object]:
        """The act with this name, to be done once; what it needs is there."""
        if name.startswith("invite"):
            return partial(self.invited, name)
        if name.startswith("resend"):
            return partial(self.inviting.resend, self.inviter(name), self.invited(name))
        if name.startswith("withdraw"):
            return partial(self.inviting.withdraw, self.inviter(name), self.invited(name))
        if name == "approve":
            use = partner_approvals_of(self.base)
            return partial(use.approve, self.grace, self.credential.id)
        if name == "end":
            return partial(subscriptions_of(self.base).end, "acme", "portal", self.grace)
        who = self.subscriber(self.olga)
        return partial(subscribing_of(self.base).to_public, who, "open", "public")

    def subscriber(self, who: Administrator) -> Subscriber:
        return Subscriber(
            by=who.by, organization=who.organization, proof=who.proof, credential=None
        )

    def unseat(self, name: str) -> None:
        """An operator dismisses Grace; somebody takes Olga's role."""
        if self.of_partner(name):
            account = self.world.directory.account(self.grace.by.id)
            assert account
            appointing = partner_administrators_of(self.base)
            appointing.set(account.user_id, "northwind", administers=False, by=OPERATOR)
            return
        taken = Update(
            row=SessionsRow,
            key=(f"ACCOUNT#{self.olga.by.id}", "-"),
            actions=[SessionsRow.roles.set([Role.HOLDER])],
            condition=SessionsRow.pk.exists(),
        )
        self.world.orders.database.write(taken)

    def of_partner(self, name: str) -> bool:
        """Whether Grace does it."""
        return name in {"approve", "end"} or "partner" in name


ACTS = (
    "invite for the partner",
    "invite for the organization",
    "resend for the partner",
    "resend for the organization",
    "withdraw for the partner",
    "withdraw for the organization",
    "approve",
    "end",
    "subscribe",
)


@pytest.fixture
def desk(access_world: AccessWorld) -> Desk:
    return Desk(access_world)


def written(desk: Desk) -> list[str]:
    """The actions of all entries but refusals and changes of roles."""
    found = desk.world.orders.database.scan(AuditRow)
    actions = [AuditRow.from_raw_data(one).action for one in found]
    left_out = ("administration.refused", "account.roles_changed")
    return sorted(one for one in actions if one not in left_out)


@pytest.mark.parametrize("name", ACTS)
def test_a_role_taken_between_reading_and_writing_counts_S24(
    name: str, desk: Desk, client: Meddler
) -> None:
    act, before = desk.act(name), written(desk)
    client.next("transact_write_items", first(lambda: desk.unseat(name)))
    with pytest.raises(RoleRequired):
        act()
    assert written(desk) == before


@pytest.mark.parametrize("name", ACTS)
def test_a_role_taken_before_counts_whatever_the_gate_has_read_S24(name: str, desk: Desk) -> None:
    act, before = desk.act(name), written(desk)
    desk.unseat(name)
    with pytest.raises(RoleRequired):
        act()
    assert written(desk) == before


@pytest.mark.parametrize("name", ACTS)
def test_who_keeps_the_role_does_it_S24(name: str, desk: Desk) -> None:
    act, before = desk.act(name), written(desk)
    act()
    assert len(written(desk)) > len(before)


def test_an_application_administrator_subscribes_once_more_S24(desk: Desk, client: Meddler) -> None:
    """Nothing is written to the row with the roles then: its condition check judges them."""
    world = desk.world
    both = administrator(
        world.person(
            roles=(
                Role.HOLDER,
                Role.ORGANIZATION_ADMINISTRATOR,
                Role.APPLICATION_ADMINISTRATOR,
            ),
            applications=(),
        )
    )
    desk.olga = both
    client.next("transact_write_items", first(lambda: desk.unseat("subscribe")))
    with pytest.raises(RoleRequired):
        desk.act("subscribe")()


def test_the_role_of_another_partner_doesnt_count_S24(desk: Desk) -> None:
    desk.unseat("end")
    other = replace(NORTHWIND, id="other", name="Other", applications=())
    desk.world.orders.seed.partners([other], by=OPERATOR)
    account = desk.world.directory.account(desk.grace.by.id)
    assert account
    appointing = partner_administrators_of(desk.base)
    appointing.set(account.user_id, "other", administers=True, by=OPERATOR)
    with pytest.raises(RoleRequired):
        desk.act("end")()
