"""A credential and its history (F1, S23)."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from keyfob.domain.audit.entry import Actor
from keyfob.domain.credentials.credential import Credential
from keyfob.domain.errors import NotFound
from keyfob.storage.audit.store import AuditRow
from tests.support.credential_world import CredentialWorld


@pytest.fixture
def credential(credential_world: CredentialWorld) -> Credential:
    """Ada's credential, suspended and re-enabled since."""
    made = credential_world.credential()
    for act in (credential_world.management.suspend, credential_world.management.lift):
        credential_world.clock.advance(minutes=1)
        act(made.id, credential_world.proof, credential_world.by)
    return credential_world.live


def refusals(credential_world: CredentialWorld, who: Actor) -> list[AuditRow]:
    """The entries about an actor's refused requests."""
    items = credential_world.database.query(AuditRow, key=("pk", f"ACTOR#{who.id}"))
    found = [AuditRow.from_raw_data(item) for item in items]
    return [row for row in found if row.action == "credential.refused"]


def test_the_history_is_the_audit_trail_newest_first_F1(
    credential_world: CredentialWorld, credential: Credential
) -> None:
    found = credential_world.history.entries(
        credential_world.by, credential.id, limit=9, before=None
    )
    assert [one.entry.action for one in found] == [
        "credential.reenabled",
        "credential.suspended",
        "credential.redeemed",
    ]
    assert found[0].hash == credential.head
    assert found[0].entry.actor == credential_world.by
    assert refusals(credential_world, credential_world.by) == []


def test_it_is_read_page_by_page_F1(
    credential_world: CredentialWorld, credential: Credential
) -> None:
    first = credential_world.history.entries(
        credential_world.by, credential.id, limit=2, before=None
    )
    assert [one.number for one in first] == [3, 2]
    rest = credential_world.history.entries(
        credential_world.by, credential.id, limit=2, before=f"{1:012d}"
    )
    assert [one.number for one in rest] == [1]


def test_a_past_credential_keeps_its_history_and_is_shown_with_its_state_F1_F3(
    credential_world: CredentialWorld, credential: Credential
) -> None:
    credential_world.management.revoke(
        credential.id, credential_world.proof, credential_world.by, confirmed=True
    )
    assert credential_world.history.of(credential_world.by, credential.id).revoked_at
    found = credential_world.history.entries(
        credential_world.by, credential.id, limit=1, before=None
    )
    assert [one.entry.action for one in found] == ["credential.revoked"]


ASKS: list[Callable[[CredentialWorld, Actor, str], object]] = [
    lambda credential_world, who, name: credential_world.history.of(who, name),
    lambda credential_world, who, name: credential_world.history.entries(
        who, name, limit=9, before=None
    ),
]


@pytest.mark.parametrize("ask", ASKS)
def test_asking_for_anothers_credential_is_not_found_and_leaves_a_trace_S23(
    ask: Callable[[CredentialWorld, Actor, str], object],
    credential_world: CredentialWorld,
    credential: Credential,
) -> None:
    eve = Actor(kind="account", id="acc_eve", address="203.0.113.9", correlation="req-9")
    unknown = "crd_99999999999999999999"
    for name in (credential.id, unknown):
        with pytest.raises(NotFound) as refused:
            ask(credential_world, eve, name)
        assert str(refused.value) == NotFound.detail
    left = refusals(credential_world, eve)
    assert {row.facts["asked"] for row in left} == {credential.id, unknown}
    assert {(row.address, row.correlation) for row in left} == {("203.0.113.9", "req-9")}
    assert credential_world.trail(credential.subject) == [
        "credential.redeemed",
        "credential.suspended",
        "credential.reenabled",
    ], "nothing of it stands in the holder's own chain"


def test_a_foreign_and_an_unknown_name_take_the_same_steps_S23(
    credential_world: CredentialWorld, credential: Credential
) -> None:
    eve = Actor(kind="account", id="acc_eve")
    steps = []
    for name in (credential.id, "crd_99999999999999999999"):
        before = len(credential_world.client.calls)
        with pytest.raises(NotFound):
            credential_world.history.of(eve, name)
        steps.append([call for call, _ in credential_world.client.calls[before:]])
    assert steps[0] == steps[1]


@pytest.mark.parametrize(
    "name",
    ["x", "crd_", "crd_0123456789abcdefghij\n", "crd_" + chr(0xFF10) * 20, "SO-10001", "a" * 64],
)
def test_an_invalid_name_does_not_get_into_the_trail_S23(
    name: str, credential_world: CredentialWorld
) -> None:
    with pytest.raises(NotFound):
        credential_world.history.of(credential_world.by, name)
    assert [row.facts for row in refusals(credential_world, credential_world.by)] == [
        {"asked": "no credential"}
    ]
