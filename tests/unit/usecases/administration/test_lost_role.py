"""Who loses the role before an act is committed has done nothing (S24)."""

from __future__ import annotations

import pytest

from tests.support.administration_world import ACTS, AdministrationWorld
from tests.support.fakes import Meddler
from tests.support.faults import first
from tests.support.phone_world import refusal_of


@pytest.mark.parametrize("name", ACTS)
def test_a_role_taken_between_reading_and_writing_counts_S24(
    name: str, administration_world: AdministrationWorld, client: Meddler
) -> None:
    office = administration_world
    office.prepare(name)
    client.next("transact_write_items", first(office.unseat))
    assert refusal_of(lambda: office.act(name)) == "role_required"
    assert not office.done(name)


@pytest.mark.parametrize("name", ACTS)
def test_a_role_taken_before_counts_whatever_the_gate_has_read_S24(
    name: str, administration_world: AdministrationWorld
) -> None:
    office = administration_world
    office.prepare(name)
    office.unseat()
    assert refusal_of(lambda: office.act(name)) == "role_required"
    assert not office.done(name)


@pytest.mark.parametrize("name", ACTS)
def test_a_colleague_who_keeps_the_role_does_it_F4(
    name: str, administration_world: AdministrationWorld
) -> None:
    office = administration_world
    office.prepare(name)
    office.unseat()
    office.act(name, office.grace)
    assert office.done(name)


def test_nor_does_it_make_an_account_S24(
    administration_world: AdministrationWorld, client: Meddler
) -> None:
    office = administration_world
    client.next("transact_write_items", first(office.unseat))
    assert refusal_of(lambda: office.create("mary")) == "role_required"
    assert office.world.directory.account_of("mary") is None


def test_an_administrator_makes_an_account_A5(administration_world: AdministrationWorld) -> None:
    made = administration_world.create("mary")
    assert administration_world.world.directory.account_of("mary") == made
