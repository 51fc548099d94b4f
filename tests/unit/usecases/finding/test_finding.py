"""Finding a thing while it changes, and by names that several have (G2)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from keyfob.domain.errors import NotFound
from keyfob.domain.inventory.batch import State
from keyfob.usecases.finding.searching import MOST, Kind, Search
from keyfob.wiring.finding import reading_of, search_of
from tests.support.credential_world import CredentialWorld
from tests.support.faults import first
from tests.support.order_world import OPERATOR


@pytest.fixture
def search(credential_world: CredentialWorld) -> Search:
    return search_of(credential_world.base)


def test_a_credential_that_is_revoked_while_it_is_looked_for_is_found_as_revoked_G2(
    credential_world: CredentialWorld, search: Search
) -> None:
    """The index still names the live row; the credential is read where it is now."""
    world = credential_world
    seen = world.credential()
    by = replace(OPERATOR, reason="Asked for")
    world.client.next("get_item", first(lambda: world.help_desk.revoke(world.ada.user_id, by)))
    [found] = search.find(seen.id)
    assert (found.kind, found.id) == (Kind.CREDENTIAL, seen.id)
    assert found.title.endswith("revoked")


def test_a_credential_of_an_index_that_is_behind_is_unknown_G2(
    credential_world: CredentialWorld,
) -> None:
    seen = credential_world.credential()
    reading = reading_of(credential_world.base)
    assert reading.credential(seen.id).credential.account == credential_world.ada.id
    # A revocation leaves its row in the past; one that is nowhere is no credential.
    credential_world.client.next("get_item", *[lambda *_: {}] * 2)
    with pytest.raises(NotFound):
        reading.credential(seen.id)


def test_of_many_namesakes_the_first_are_found_and_each_once_G2(
    credential_world: CredentialWorld, search: Search
) -> None:
    for _ in range(MOST + 3):
        credential_world.orders.person(first_name="Al", last_name="Al")
    found = search.find("Al Al")
    assert len(found) == len(set(found)) == MOST
    assert {one.kind for one in found} == {Kind.ACCOUNT}


def test_several_accounts_of_one_mailbox_are_all_found_G2(
    credential_world: CredentialWorld, search: Search
) -> None:
    shared = "Team@shared.example"
    both = [credential_world.orders.person(email=one).id for one in (shared, shared.lower())]
    assert sorted(one.id for one in search.find("TEAM@shared.example")) == sorted(both)


@pytest.mark.parametrize(
    "text", ["zz", "SO-10001", "crd_00000000000000000000", "Ada Byron", "FT-9000", "0" * 20]
)
def test_only_a_text_that_can_be_a_license_key_costs_a_keyed_hash_G2_S62(
    text: str, credential_world: CredentialWorld
) -> None:
    hashed: list[str] = []

    def hashing(_purpose: str, value: str) -> str:
        hashed.append(value)
        return "00"

    credential_world.parties.hashing = hashing
    search_of(credential_world.base).find(text)
    assert hashed == (["00000-00000-00000-00000"] if text == "0" * 20 else [])


def test_a_token_of_a_batch_that_is_not_complete_is_found_and_not_usable_G2(
    credential_world: CredentialWorld, search: Search
) -> None:
    device = credential_world.delivered(None, batch=State.IMPORTING)
    assert [one.kind for one in search.find(device.serial)] == [Kind.TOKEN]
    token, usable = reading_of(credential_world.base).token(device.serial)
    assert (token.serial, usable) == (device.serial, False)
