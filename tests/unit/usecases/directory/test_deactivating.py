"""A deactivation and another act at the same moment: one of them finds what the other did (S22)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from keyfob.domain.access.subscription import Subscription, SubscriptionState
from keyfob.domain.audit.entry import Actor, Entry
from keyfob.domain.credentials.dates import one_year_after
from keyfob.domain.directory.account import Account
from keyfob.domain.directory.role import Role
from keyfob.domain.errors import DomainError
from keyfob.domain.sessions.errors import NotAuthenticated, RoleRequired
from keyfob.storage.access.store import AccessStore, put_subscription
from keyfob.usecases.access.staff import Staff
from keyfob.usecases.directory.assigning_roles import Administered
from keyfob.wiring.accounts import assigning_roles_of, deactivating_of
from keyfob.wiring.sessions import recovery_of
from keyfob.wiring.sign_in import sign_in_of
from tests.support.builders import CLIENT
from tests.support.connection_world import ConnectionWorld
from tests.support.credential_world import CredentialWorld
from tests.support.fakes import Meddler
from tests.support.order_world import administrator
from tests.support.renewals import Renewals

CLOCK = Actor(kind="system", id="clock", correlation="message-1")
ADMINISTRATOR = (Role.HOLDER, Role.ORGANIZATION_ADMINISTRATOR)


@pytest.fixture
def alice(credential_world: CredentialWorld) -> Account:
    return credential_world.orders.person(roles=ADMINISTRATOR)


class Office:
    """Alice deactivates Ada's account, and reactivates it."""

    def __init__(self, world: CredentialWorld, alice: Account) -> None:
        self.world, self.who = world, administrator(alice)
        self.use = deactivating_of(world.base)

    def deactivate(self) -> None:
        self.use.deactivate(self.who, self.world.ada.id)

    def reactivate(self) -> None:
        self.use.reactivate(self.who, self.world.ada.id)

    @property
    def causes(self) -> set[str]:
        return set(self.world.live.suspensions)


@pytest.fixture
def office(credential_world: CredentialWorld, alice: Account) -> Office:
    return Office(credential_world, alice)


def just_before(client: Meddler, act: Callable[[], object]) -> None:
    """Let `act` happen between what the next transaction's writer has read and its writes."""

    def fault(operation: Any, request: Any) -> Any:
        act()
        return operation(**request)

    client.next("transact_write_items", fault)


def test_a_sign_in_under_way_ends_with_the_deactivation_A5_S22(
    credential_world: CredentialWorld, office: Office, client: Meddler
) -> None:
    world = credential_world
    world.orders.passwords.set_password(world.ada.id, "correct horse battery staple")
    just_before(client, office.deactivate)
    with pytest.raises(NotAuthenticated):
        sign_in_of(world.base).sign_in(world.ada.user_id, "correct horse battery staple", CLIENT)
    assert world.row.live == {}


def test_an_elevation_under_way_ends_with_the_deactivation_A5_S22(
    credential_world: CredentialWorld, office: Office, client: Meddler
) -> None:
    world = credential_world
    device = world.holder()
    token = world.signed_in()
    just_before(client, office.deactivate)
    with pytest.raises(NotAuthenticated):
        world.elevate(token, device.code())
    assert world.row.live == {}


def test_a_code_accepted_a_moment_before_elevates_nothing_any_more_A5_S22(
    credential_world: CredentialWorld, office: Office, client: Meddler
) -> None:
    world = credential_world
    device = world.holder()
    token = world.signed_in()
    just_before(client, lambda: world.elevate(token, device.code()))
    office.deactivate()
    assert (world.row.live, office.causes) == ({}, {"administrator"})


def test_a_renewal_paid_at_that_moment_counts_and_the_suspension_stands_A5_B7(
    credential_world: CredentialWorld, office: Office, client: Meddler
) -> None:
    world = credential_world
    renewals = Renewals(world)
    renewals.credential()
    order, ends = renewals.order(), world.live.expires_at
    just_before(client, lambda: world.orders.pay(order))
    office.deactivate()
    assert (world.live.expires_at, office.causes) == (one_year_after(ends), {"administrator"})


def test_a_renewal_whose_order_the_deactivation_cancels_is_refunded_A5_B7(
    credential_world: CredentialWorld, office: Office, client: Meddler
) -> None:
    world = credential_world
    renewals = Renewals(world)
    renewals.credential()
    order, ends = renewals.order(), world.live.expires_at
    just_before(client, office.deactivate)
    world.orders.pay(order)
    assert (world.live.expires_at, office.causes) == (ends, {"administrator"})
    assert "refund_payment" in world.orders.kinds()


def test_the_clock_s_notice_at_that_moment_is_kept_and_the_suspension_stands_A5_F6(
    credential_world: CredentialWorld, office: Office, client: Meddler
) -> None:
    world = credential_world
    world.credential()
    world.clock.now = world.live.expires_at - timedelta(days=29)
    just_before(client, lambda: world.lifecycle_jobs.perform(world.ada.id, by=CLOCK))
    office.deactivate()
    assert world.live.told_at is not None
    assert office.causes == {"administrator"}


def test_a_revocation_by_the_clock_at_that_moment_is_final_A5_F6(
    credential_world: CredentialWorld, office: Office, client: Meddler
) -> None:
    world = credential_world
    world.credential()
    world.clock.now = one_year_after(world.live.expires_at)
    just_before(client, lambda: world.lifecycle_jobs.perform(world.ada.id, by=CLOCK))
    office.deactivate()
    assert world.credentials.live(world.ada.id) is None
    office.reactivate()
    assert world.credentials.live(world.ada.id) is None


def test_a_pending_reset_keeps_its_place_A5_S46(
    credential_world: CredentialWorld, office: Office
) -> None:
    office.deactivate()
    office.reactivate()
    pending = credential_world.row.pending_reset
    assert pending
    office.deactivate()
    office.reactivate()
    assert credential_world.row.pending_reset == pending


def test_an_administrator_s_suspension_from_before_stays_A5_F5(
    credential_world: CredentialWorld, office: Office
) -> None:
    credential_world.credential(suspensions={"administrator": credential_world.clock()})
    office.deactivate()
    office.reactivate()
    assert office.causes == {"administrator"}


def test_a_child_has_no_code_while_its_parent_is_deactivated_whatever_is_lifted_A8_S22(
    connection_world: ConnectionWorld, alice: Account
) -> None:
    world = connection_world
    world.connected()
    session = world.elevated(world.child)
    office = Office(world.credential_world, alice)
    office.deactivate()
    # Another administrator lifts the suspension, or an operator.
    world.credential_world.changed(suspensions={})
    assert world.strength(session) == 1
    with pytest.raises(DomainError):
        world.elevated(world.child)


def test_a_dispute_during_the_deactivation_stands_after_it_A5_S40(
    credential_world: CredentialWorld, office: Office
) -> None:
    world = credential_world
    world.credential()
    office.deactivate()
    world.changed(suspensions={**world.live.suspensions, "dispute:SO-1": world.clock()})
    office.reactivate()
    assert office.causes == {"dispute:SO-1"}


def test_mails_that_bring_a_secret_are_obsolete_while_the_account_is_deactivated_A5_S46(
    credential_world: CredentialWorld, office: Office
) -> None:
    world = credential_world
    world.orders.paid(world.ada)
    recovery_of(world.base).request(world.ada.user_id, CLIENT)
    office.deactivate()
    queued = {str(row.kind): row.pk for row in world.orders.queued() if row.sealed}
    assert set(queued) == {"license_key", "recovery_code"}
    world.orders.send_queued()
    rows = {row.pk: row for row in world.orders.queued(pending=False)}
    states = {kind: (rows[pk].state, bool(rows[pk].sealed)) for kind, pk in queued.items()}
    assert states == dict.fromkeys(queued, ("moot", False))
    told = [row.state for row in rows.values() if row.kind == "account_deactivated"]
    assert told == ["done"]


def test_two_administrators_who_remove_each_other_leave_one_A5_S24(
    credential_world: CredentialWorld, alice: Account, client: Meddler
) -> None:
    world = credential_world
    bob = world.orders.person(roles=ADMINISTRATOR)
    use, none = assigning_roles_of(world.base), Administered(organization=False, applications=())

    def remove(who: Account, by: Account) -> None:
        use.assign(administrator(by), who.id, none)

    just_before(client, lambda: remove(alice, bob))
    with pytest.raises(RoleRequired):
        remove(bob, alice)
    assert world.directory.administrators(bob.organization) == [bob.id]


def test_two_administrators_who_deactivate_each_other_leave_one_A5_S24(
    credential_world: CredentialWorld, alice: Account, client: Meddler
) -> None:
    world = credential_world
    bob = world.orders.person(roles=ADMINISTRATOR)
    use = deactivating_of(world.base)
    just_before(client, lambda: use.deactivate(administrator(bob), alice.id))
    with pytest.raises(DomainError) as refused:
        use.deactivate(administrator(alice), bob.id)
    assert refused.value.code == "role_required"
    assert world.directory.administrators(bob.organization) == [bob.id]


def subscribed_to(world: CredentialWorld, application: str, *administrators: str) -> None:
    """Ada's organization is subscribed to it, and these accounts decide about access."""
    one = Subscription(
        organization=world.ada.organization,
        application=application,
        partner="northwind",
        state=SubscriptionState.ACTIVE,
        since=world.clock(),
        administrators=administrators,
    )
    put = put_subscription(one)
    assert put.subject
    entry = Entry(action="test.added", actor=CLOCK, at=world.clock(), subject=put.subject.id)
    world.transactions.commit(put, audit=[entry])


def administrators_of(world: CredentialWorld) -> dict[str, tuple[str, ...]]:
    """The administrators of each application."""
    found = AccessStore(world.database).subscriptions(world.ada.organization)
    mine = ("design", "parts")
    return {one.application: one.administrators for one in found if one.application in mine}


def test_a_deactivated_account_administers_no_application_any_more_A5_A6(
    credential_world: CredentialWorld, office: Office, alice: Account
) -> None:
    """Nor does it after it was reactivated, until somebody names it again."""
    world = credential_world
    subscribed_to(world, "design", alice.id)
    subscribed_to(world, "parts", alice.id)
    everything = Administered(organization=True, applications=("design", "parts"))
    assigning_roles_of(world.base).assign(office.who, world.ada.id, everything)
    kept = (Role.ORGANIZATION_ADMINISTRATOR,)
    office.deactivate()
    for _ in range(2):
        assert administrators_of(world) == {"design": (alice.id,), "parts": (alice.id,)}
        assert world.row.roles == kept
        office.reactivate()
    trail = world.trail(f"SUBSCRIPTION#{world.ada.organization}#design")
    assert trail[-1] == "subscription.administrator_removed"


def test_the_last_administrator_of_an_application_leaves_it_to_the_organization_s_A5_A6(
    credential_world: CredentialWorld, office: Office, alice: Account
) -> None:
    """They hear of requests for access, and name another one."""
    world = credential_world
    subscribed_to(world, "design")
    only = Administered(organization=False, applications=("design",))
    assigning_roles_of(world.base).assign(office.who, world.ada.id, only)
    office.deactivate()
    assert administrators_of(world) == {"design": ()}
    found = AccessStore(world.database).subscription(world.ada.organization, "design")
    assert found
    assert [told.id for told in Staff(world.directory).approvers(found[0])] == [alice.id]


def test_a_list_that_changes_at_that_moment_keeps_the_change_A5_A6(
    credential_world: CredentialWorld, office: Office, client: Meddler
) -> None:
    world = credential_world
    subscribed_to(world, "design", world.ada.id)
    eve = world.orders.person()
    named = Administered(organization=False, applications=("design",))
    assign = assigning_roles_of(world.base).assign
    just_before(client, lambda: assign(office.who, eve.id, named))
    office.deactivate()
    assert administrators_of(world) == {"design": (eve.id,)}
