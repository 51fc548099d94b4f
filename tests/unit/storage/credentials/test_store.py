"""Credentials as rows: everything comes back, nothing is written over (S46)."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import Any

import pytest

from keyfob.domain.audit.entry import Entry
from keyfob.domain.credentials.credential import Credential, State
from keyfob.domain.credentials.hardware_token import HardwareToken
from keyfob.domain.credentials.suspension import Suspender
from keyfob.domain.due_index import shard_of
from keyfob.domain.inventory.token import Algorithm, SealedSeed, TokenType
from keyfob.storage.credentials import store as rows
from keyfob.storage.credentials.store import CredentialRow
from keyfob.storage.database import Conflict
from keyfob.storage.rows import Write
from tests.support.builders import a_credential, a_hardware_token
from tests.support.credential_world import CredentialWorld
from tests.support.fakes import START

TOKEN = a_hardware_token(
    serial="FT-0042",
    type=TokenType.HOTP,
    algorithm=Algorithm.SHA512,
    digits=6,
    period=None,
    sealed=SealedSeed(data_key="2027Q1", content=b"\x00\xff sealed"),
    last=2**48 - 1,
    drift=-3,
    drift_base=7,
    reset=True,
    epoch=2,
    failed=("a1", "b2"),
)
EVERYTHING = a_credential(
    unit=3,
    proofing=True,
    level=3,
    upgrade=True,
    epoch=4,
    suspensions={Suspender.ADMINISTRATOR: START},
    revoked_at=START.replace(hour=9),
    told_at=START.replace(hour=8),
    token=TOKEN,
    phones={"k3f9qa": 0, "7h2m4x": 12},
    replacing=True,
    tries=("c3",),
    bought=("SO-10002/1",),
)
DUE = START.replace(year=2027, hour=6)
BARE = a_credential(state=State.PENDING_APPROVAL, activated_at=None)
TIMED = a_credential(token=a_hardware_token(last=0))
RESET = a_credential(token=None, reset=True)


def commit(credential_world: CredentialWorld, credential: Credential, *writes: Write) -> None:
    """Write this as a change of the credential."""
    entry = Entry(action="x", actor=credential_world.by, at=START, subject=credential.subject)
    credential_world.transactions.commit(*writes, audit=[entry])


def added(credential_world: CredentialWorld, credential: Credential) -> Credential:
    """Adds the credential and returns it as read from its row."""
    commit(credential_world, credential, rows.put(credential, DUE))
    found = credential_world.credentials.live(credential.account)
    assert found
    return found


def test_the_examples_leave_nothing_at_its_default() -> None:
    # A credential is reset beside no token.
    reset = replace(EVERYTHING, reset=RESET.reset)
    for one, plain in ((reset, BARE), (TOKEN, a_hardware_token())):
        same = {
            field.name
            for field in fields(one)
            if getattr(one, field.name) == getattr(plain, field.name)
        }
        assert same <= {
            *("id", "account", "organization", "order", "kind", "legal_name", "country"),
            *("paid_at", "expires_at", "version", "head"),
        }


@pytest.mark.parametrize("credential", [EVERYTHING, BARE, TIMED, RESET])
def test_every_field_comes_back_as_it_was_written(
    credential: Credential, credential_world: CredentialWorld
) -> None:
    found = added(credential_world, credential)
    assert found == replace(credential, version=1, head=found.head)
    assert credential_world.credentials.get("acc_ada", credential.id) == found
    assert credential_world.sessions.with_credential("acc_ada") == (None, found)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (EVERYTHING, BARE),
        (BARE, EVERYTHING),
        (TIMED, EVERYTHING),
        (EVERYTHING, TIMED),
        (RESET, TIMED),
        (TIMED, RESET),
    ],
)
def test_every_change_comes_back_also_to_nothing(
    before: Credential, after: Credential, credential_world: CredentialWorld
) -> None:
    seen = added(credential_world, before)
    commit(credential_world, seen, rows.change(seen, after))
    found = credential_world.credentials.live("acc_ada")
    assert found
    assert found == replace(after, version=2, head=found.head)


def test_an_account_has_one_live_credential_C1(credential_world: CredentialWorld) -> None:
    added(credential_world, BARE)
    other = a_credential(id="crd_00000000000000000002")
    with pytest.raises(Conflict):
        commit(credential_world, other, rows.put(other, DUE))


def test_no_credential_of_another_account_is_found_S23(
    credential_world: CredentialWorld,
) -> None:
    added(credential_world, BARE)
    assert credential_world.credentials.live("acc_eve") is None
    assert credential_world.credentials.get("acc_eve", BARE.id) is None
    assert credential_world.credentials.get("acc_ada", "crd_00000000000000000002") is None
    assert credential_world.credentials.of_account("acc_eve") == []


# Changes


def written(update: Any) -> set[str]:
    """The attributes that an update touches or has conditions on."""
    return set(update.request()[1]["ExpressionAttributeNames"].values())


def test_a_change_names_only_what_changed_S5() -> None:
    # It can't undo an attribute that it doesn't name: a spent step, a wrong code just counted.
    seen = EVERYTHING
    conditions = {"id", "tries", "failed"}
    assert written(rows.change(seen, replace(seen, country="CA"))) == conditions | {"country"}
    moved = replace(seen, token=replace(TOKEN, last=5, failed=()))
    assert written(rows.change(seen, moved)) == conditions | {"last"}


def test_a_change_is_decided_again_after_a_code_was_counted_meanwhile_S4(
    credential_world: CredentialWorld,
) -> None:
    seen = added(credential_world, TIMED)
    credential_world.credentials.append_failure(seen, "t1", limit=5)
    with pytest.raises(Conflict):
        commit(credential_world, seen, rows.change(seen, replace(seen, country="CA")))
    found = credential_world.credentials.live("acc_ada")
    assert found
    commit(credential_world, found, rows.change(found, replace(found, country="CA")))
    changed = credential_world.credentials.live("acc_ada")
    assert changed
    assert changed.token
    assert (changed.country, changed.token.failed) == ("CA", ("t1",))


def test_a_write_on_an_older_version_changes_nothing_S46(credential_world: CredentialWorld) -> None:
    seen = added(credential_world, TIMED)
    commit(credential_world, seen, rows.change(seen, replace(seen, country="CA")))
    for write in ((rows.change(seen, replace(seen, country="MX")),), rows.archive(seen, seen)):
        with pytest.raises(Conflict):
            commit(credential_world, seen, *write)
    found = credential_world.credentials.of_account("acc_ada")
    assert [one.country for one in found] == ["CA"]


@pytest.mark.parametrize("archived", [True, False])
def test_the_version_is_a_condition_of_the_row_itself_S46(
    credential_world: CredentialWorld, *, archived: bool
) -> None:
    # The entry with the next number isn't the only obstacle.
    seen = added(credential_world, TIMED)
    to = replace(seen, state=State.REVOKED)
    elsewhere = CredentialRow("ACCOUNT#acc_ada", "live").get_update_kwargs_from_instance(
        actions=[CredentialRow.version.set(7)]
    )
    credential_world.client.update_item(**credential_world.database._named(elsewhere))
    with pytest.raises(Conflict):
        commit(
            credential_world, seen, rows.archive(seen, to)[0] if archived else rows.change(seen, to)
        )


def test_a_change_of_one_credential_never_hits_its_successor_F3(
    credential_world: CredentialWorld,
) -> None:
    seen = added(credential_world, BARE)
    commit(credential_world, seen, *rows.archive(seen, replace(seen, state=State.REVOKED)))
    added(credential_world, a_credential(id="crd_00000000000000000002"))
    with pytest.raises(Conflict):
        commit(credential_world, seen, rows.change(seen, replace(seen, country="MX")))


# The past


def test_a_revoked_credential_moves_to_the_past_and_makes_room_F3(
    credential_world: CredentialWorld,
) -> None:
    seen = added(credential_world, EVERYTHING)
    to = replace(seen, state=State.REVOKED, token=None)
    commit(credential_world, seen, *rows.archive(seen, to))
    assert credential_world.credentials.live("acc_ada") is None
    past = credential_world.credentials.get("acc_ada", seen.id)
    assert past
    assert past == replace(to, version=2, head=past.head)
    second = added(credential_world, a_credential(id="crd_00000000000000000000"))
    assert credential_world.credentials.of_account("acc_ada") == [second, past]


def test_a_secret_is_not_kept_once_its_credential_is_past_S16(
    credential_world: CredentialWorld,
) -> None:
    seen = added(credential_world, EVERYTHING)
    commit(
        credential_world, seen, *rows.archive(seen, replace(seen, state=State.REVOKED, token=None))
    )
    [item] = credential_world.database.query(CredentialRow, key=("pk", "ACCOUNT#acc_ada"))
    assert not {"seed", "data_key", "last", "serial"} & set(item)


# Counting


def failed(credential_world: CredentialWorld) -> tuple[str, ...]:
    found = credential_world.credentials.live("acc_ada")
    assert found
    assert isinstance(found.token, HardwareToken)
    return found.token.failed


def test_a_wrong_code_is_appended_below_the_limit_and_once_S4(
    credential_world: CredentialWorld,
) -> None:
    seen = added(credential_world, TIMED)
    for number in range(4):
        credential_world.credentials.append_failure(seen, f"t{number}", limit=5)
    with pytest.raises(Conflict):
        credential_world.credentials.append_failure(seen, "t4", limit=5)
    assert failed(credential_world) == ("t0", "t1", "t2", "t3")


def test_the_same_try_is_appended_once_S4(credential_world: CredentialWorld) -> None:
    seen = added(credential_world, TIMED)
    credential_world.credentials.append_failure(seen, "t0", limit=5)
    with pytest.raises(Conflict):
        credential_world.credentials.append_failure(seen, "t0", limit=5)
    credential_world.credentials.append_try(seen, "t0", limit=5)
    with pytest.raises(Conflict):
        credential_world.credentials.append_try(seen, "t0", limit=5)
    assert failed(credential_world) == ("t0",)


OTHERWISE = [
    replace(TIMED, suspensions={"holder": START}, epoch=TIMED.epoch + 1),
    replace(TIMED, token=a_hardware_token(serial="FT-0002")),
    replace(TIMED, token=None),
]


@pytest.mark.parametrize("now", OTHERWISE)
def test_a_wrong_code_counts_only_for_the_token_and_state_it_was_tried_in_S4(
    now: Credential, credential_world: CredentialWorld
) -> None:
    seen = added(credential_world, TIMED)
    commit(credential_world, seen, rows.change(seen, now))
    with pytest.raises(Conflict):
        credential_world.credentials.append_failure(seen, "t0", limit=5)


def test_a_failed_pair_is_appended_below_the_limit_and_for_this_credential_only_S4(
    credential_world: CredentialWorld,
) -> None:
    seen = added(credential_world, BARE)
    for number in range(4):
        credential_world.credentials.append_try(seen, f"t{number}", limit=5)
    with pytest.raises(Conflict):
        credential_world.credentials.append_try(seen, "t4", limit=5)
    with pytest.raises(Conflict):
        credential_world.credentials.append_try(replace(seen, id="crd_x"), "t5", limit=9)
    with pytest.raises(Conflict):
        credential_world.credentials.append_try(replace(seen, state=State.ACTIVE), "t5", limit=9)


# The due index


def place(credential_world: CredentialWorld) -> tuple[str, str]:
    """The live credential's place in the due index."""
    row = credential_world.database.get(CredentialRow, "ACCOUNT#acc_ada", "live")
    assert row
    return row.g1pk, row.g1sk


def indexed(credential_world: CredentialWorld) -> list[str]:
    """Every row in the due index."""
    items = credential_world.database.scan(CredentialRow)
    return [item["sk"]["S"] for item in items if {"g1pk", "g1sk"} & set(item)]


LATER = DUE.replace(year=2031)
SHARD = shard_of("ACCOUNT#acc_ada")


def test_a_live_credential_is_in_the_due_index_from_its_beginning_S45(
    credential_world: CredentialWorld,
) -> None:
    added(credential_world, TIMED)
    assert place(credential_world) == (SHARD, "2027-11-22T06:00:00Z#ACCOUNT#acc_ada")


def test_a_change_that_moves_no_date_leaves_its_place_alone_S45(
    credential_world: CredentialWorld,
) -> None:
    seen = added(credential_world, TIMED)
    assert not {"g1pk", "g1sk"} & written(rows.change(seen, replace(seen, country="CA")))
    commit(credential_world, seen, rows.change(seen, replace(seen, country="CA")))
    assert place(credential_world) == (SHARD, "2027-11-22T06:00:00Z#ACCOUNT#acc_ada")


def test_a_change_that_moves_a_date_moves_its_place_in_the_same_write_S46(
    credential_world: CredentialWorld,
) -> None:
    seen = added(credential_world, TIMED)
    commit(credential_world, seen, rows.change(seen, replace(seen, told_at=START), LATER))
    assert place(credential_world) == (SHARD, "2031-11-22T06:00:00Z#ACCOUNT#acc_ada")


def test_planning_anew_moves_the_place_and_nothing_else_S44(
    credential_world: CredentialWorld,
) -> None:
    seen = added(credential_world, TIMED)
    credential_world.credentials.replan(seen, LATER)
    assert place(credential_world) == (SHARD, "2031-11-22T06:00:00Z#ACCOUNT#acc_ada")
    assert credential_world.credentials.live("acc_ada") == seen


def test_a_row_changed_meanwhile_is_not_planned_from_its_old_state_S46(
    credential_world: CredentialWorld,
) -> None:
    seen = added(credential_world, TIMED)
    commit(credential_world, seen, rows.change(seen, replace(seen, told_at=START), LATER))
    with pytest.raises(Conflict):
        credential_world.credentials.replan(seen, DUE)
    assert place(credential_world) == (SHARD, "2031-11-22T06:00:00Z#ACCOUNT#acc_ada")


def test_a_plan_is_never_made_for_a_successor_or_for_nothing_S46(
    credential_world: CredentialWorld,
) -> None:
    seen = added(credential_world, TIMED)
    with pytest.raises(Conflict):
        credential_world.credentials.replan(replace(seen, id="crd_00000000000000000002"), LATER)
    commit(credential_world, seen, *rows.archive(seen, replace(seen, state=State.REVOKED)))
    with pytest.raises(Conflict):
        credential_world.credentials.replan(seen, LATER)
    assert credential_world.credentials.live("acc_ada") is None


def test_a_past_credential_is_out_of_the_due_index_S45(credential_world: CredentialWorld) -> None:
    seen = added(credential_world, EVERYTHING)
    assert indexed(credential_world) == ["live"]
    commit(credential_world, seen, *rows.archive(seen, replace(seen, state=State.REVOKED)))
    assert indexed(credential_world) == []


def test_a_check_is_of_the_credential_that_was_seen_not_of_its_successor(
    credential_world: CredentialWorld,
) -> None:
    """Two credentials of one account may have the same version."""
    seen = added(credential_world, a_credential())
    credential_world.database.transact([rows.unchanged(seen)], token="a check of what was seen")
    with pytest.raises(Conflict):
        credential_world.database.transact(
            [rows.unchanged(replace(seen, id="crd_earlier"))], token="a check of an earlier one"
        )
