"""A credential and what happened to it (F1, S23)."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from keyfob.audit.entry import Actor
from keyfob.audit.store import AuditRow
from keyfob.credentials.credential import Credential
from keyfob.errors import NotFound
from tests.support.bureau import Bureau


@pytest.fixture
def credential(bureau: Bureau) -> Credential:
    """Ada's; suspended and re-enabled since."""
    made = bureau.credential()
    for act in (bureau.management.suspend, bureau.management.lift):
        bureau.clock.advance(minutes=1)
        act(made.id, bureau.by)
    return bureau.live


def refusals(bureau: Bureau, who: Actor) -> list[AuditRow]:
    """The traces that somebody's questions left."""
    items = bureau.database.query(AuditRow, key=("pk", f"ACTOR#{who.id}"))
    found = [AuditRow.from_raw_data(item) for item in items]
    return [row for row in found if row.action == "credential.refused"]


def test_the_history_is_the_audit_trail_newest_first_F1(
    bureau: Bureau, credential: Credential
) -> None:
    found = bureau.history.entries(bureau.by, credential.id, limit=9, before=None)
    assert [one.entry.action for one in found] == [
        "credential.reenabled",
        "credential.suspended",
        "credential.redeemed",
    ]
    assert found[0].hash == credential.head
    assert found[0].entry.actor == bureau.by
    assert refusals(bureau, bureau.by) == []


def test_it_is_read_page_by_page_F1(bureau: Bureau, credential: Credential) -> None:
    first = bureau.history.entries(bureau.by, credential.id, limit=2, before=None)
    assert [one.number for one in first] == [3, 2]
    rest = bureau.history.entries(bureau.by, credential.id, limit=2, before=f"{1:012d}")
    assert [one.number for one in rest] == [1]


def test_a_past_credential_keeps_its_history_and_is_shown_as_what_it_is_F1_F3(
    bureau: Bureau, credential: Credential
) -> None:
    bureau.management.revoke(credential.id, bureau.by, confirmed=True)
    assert bureau.history.of(bureau.by, credential.id).revoked_at
    found = bureau.history.entries(bureau.by, credential.id, limit=1, before=None)
    assert [one.entry.action for one in found] == ["credential.revoked"]


ASKS: list[Callable[[Bureau, Actor, str], object]] = [
    lambda bureau, who, name: bureau.history.of(who, name),
    lambda bureau, who, name: bureau.history.entries(who, name, limit=9, before=None),
]


@pytest.mark.parametrize("ask", ASKS)
def test_asking_for_anothers_credential_is_not_found_and_leaves_a_trace_S23(
    ask: Callable[[Bureau, Actor, str], object], bureau: Bureau, credential: Credential
) -> None:
    eve = Actor(kind="account", id="acc_eve", address="203.0.113.9", correlation="req-9")
    unknown = "crd_99999999999999999999"
    for name in (credential.id, unknown):
        with pytest.raises(NotFound) as refused:
            ask(bureau, eve, name)
        assert str(refused.value) == NotFound.detail
    left = refusals(bureau, eve)
    assert {row.facts["asked"] for row in left} == {credential.id, unknown}
    assert {(row.address, row.correlation) for row in left} == {("203.0.113.9", "req-9")}
    assert bureau.trail(credential.subject) == [
        "credential.redeemed",
        "credential.suspended",
        "credential.reenabled",
    ], "nothing of it stands in the holder's own chain"


def test_a_foreign_and_an_unknown_name_take_the_same_steps_S23(
    bureau: Bureau, credential: Credential
) -> None:
    eve = Actor(kind="account", id="acc_eve")
    steps = []
    for name in (credential.id, "crd_99999999999999999999"):
        before = len(bureau.client.calls)
        with pytest.raises(NotFound):
            bureau.history.of(eve, name)
        steps.append([call for call, _ in bureau.client.calls[before:]])
    assert steps[0] == steps[1]


@pytest.mark.parametrize(
    "name",
    ["x", "crd_", "crd_0123456789abcdefghij\n", "crd_" + chr(0xFF10) * 20, "SO-10001", "a" * 64],
)
def test_what_can_be_no_name_does_not_get_into_the_trail_S23(name: str, bureau: Bureau) -> None:
    with pytest.raises(NotFound):
        bureau.history.of(bureau.by, name)
    assert [row.facts for row in refusals(bureau, bureau.by)] == [{"asked": "no credential"}]
