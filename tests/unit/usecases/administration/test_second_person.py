"""An administrator who has changed an address doesn't reopen the account alone (S24, S54)."""

from __future__ import annotations

from functools import partial

import pytest

from keyfob.domain.directory.role import Role
from keyfob.domain.sessions.administrator import Administrator
from keyfob.storage.holds.store import HoldStore
from keyfob.usecases.directory.assigning_roles import Administered
from keyfob.wiring.holds import reopening_of
from tests.support.administration_world import ADMINISTRATOR, REOPENING, AdministrationWorld
from tests.support.fakes import Meddler
from tests.support.faults import first
from tests.support.order_world import OPERATOR, administrator
from tests.support.phone_world import refusal_of

NEEDED = "second_person_needed"


@pytest.fixture
def office(administration_world: AdministrationWorld) -> AdministrationWorld:
    return administration_world


every_act = pytest.mark.parametrize("name", REOPENING)


@every_act
def test_who_changed_the_address_does_not_reopen_the_account_S24(
    name: str, office: AdministrationWorld
) -> None:
    office.prepare(name)
    office.readdress()
    assert refusal_of(lambda: office.act(name)) == NEEDED
    assert not office.done(name)


@every_act
def test_a_second_administrator_does_S24(name: str, office: AdministrationWorld) -> None:
    office.prepare(name)
    office.readdress()
    office.act(name, office.grace)
    assert office.done(name)


@every_act
def test_after_72_hours_one_administrator_does_S24(name: str, office: AdministrationWorld) -> None:
    office.prepare(name)
    office.readdress()
    office.world.clock.advance(hours=72)
    office.act(name)
    assert office.done(name)


@every_act
def test_an_address_changed_between_reading_and_writing_counts_S24(
    name: str, office: AdministrationWorld, client: Meddler
) -> None:
    """Two requests of one administrator's at once: whichever is later reads again."""
    office.prepare(name)
    client.next("transact_write_items", first(office.readdress))
    assert refusal_of(lambda: office.act(name)) == NEEDED
    assert not office.done(name)


def test_an_operator_releases_S24(office: AdministrationWorld) -> None:
    office.readdress()
    reopening_of(office.world.base).release(office.world.ada.user_id, OPERATOR)
    assert office.done("release")


@pytest.mark.parametrize("name", ["release", "free_phones"])
def test_an_administrator_made_since_is_no_second_person_S24(
    name: str, office: AdministrationWorld
) -> None:
    """Neither with a new account, nor with a colleague's that got the role."""
    eve = office.person("Eve", (Role.HOLDER,))
    office.readdress()
    new = administrator(office.world.orders.person(roles=ADMINISTRATOR, first_name="Olga"))
    everything = Administered(organization=True, applications=())
    office.assigning.assign(office.alice, eve.id, everything)
    for one in (new, administrator(eve)):
        assert refusal_of(partial(office.act, name, one)) == NEEDED
    assert not office.done(name)


def test_a_reactivated_administrator_is_none_either_S24(office: AdministrationWorld) -> None:
    olga = office.person("Olga")
    office.deactivating.deactivate(office.alice, olga.id)
    office.readdress()
    office.deactivating.reactivate(office.alice, olga.id)
    assert refusal_of(lambda: office.act("release", administrator(olga))) == NEEDED


def test_the_address_of_an_account_that_nobody_has_used_is_corrected_at_no_cost_S24(
    office: AdministrationWorld,
) -> None:
    """There is nobody to take it from: a typing error doesn't keep a token waiting."""
    bob = office.world.orders.person(first_name="Bob")
    office.changing.change(office.alice, bob.id, {"email": "bob@acme.example"})
    assert HoldStore(office.world.database).get(bob.id) is None
    assert office.accounts.release(office.alice, bob.id).code


def test_a_name_needs_no_second_person_S24(office: AdministrationWorld) -> None:
    office.changing.change(office.alice, office.ada, {"first_name": "Augusta"})
    office.act("release")
    assert office.done("release")


def test_freezing_and_suspending_need_no_second_person_S24(office: AdministrationWorld) -> None:
    """They only take away."""
    office.readdress()
    office.accounts.freeze(office.alice, office.ada)
    office.credentials.suspend(office.alice, office.ada)
    assert office.world.row.frozen
    assert "administrator" in office.world.live.suspensions


def test_a_refusal_is_recorded_S24(office: AdministrationWorld) -> None:
    office.readdress()
    assert refusal_of(lambda: office.act("release")) == NEEDED
    assert "administration.refused" in trail_of(office, office.alice)


def trail_of(office: AdministrationWorld, who: Administrator) -> list[str]:
    return office.world.trail(f"ACTOR#{who.by.id}")


def test_nor_is_a_key_that_somebody_else_bought_reissued_for_the_account_S24(
    office: AdministrationWorld,
) -> None:
    world, ada = office.world, office.world.ada
    world.ada = office.person("Bob", (Role.HOLDER,))
    bought = world.bought()
    world.ada = ada
    office.readdress()

    def reissue(who: Administrator) -> str:
        return refusal_of(lambda: office.keys.reissue(who, bought.order, 0, ada.id))

    assert [reissue(office.alice), reissue(office.grace)] == [NEEDED, ""]
