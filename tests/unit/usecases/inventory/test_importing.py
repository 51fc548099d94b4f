"""The import of a file: all or nothing, once, resumed after a failure (G1, S16, S18)."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from keyfob.domain.audit.entry import Entry
from keyfob.domain.errors import StorageUnavailable
from keyfob.domain.inventory.batch import KeyFileRefused
from keyfob.domain.inventory.report import Outcome
from keyfob.domain.inventory.transport import transport_of
from keyfob.storage.database import Conflict, Database
from keyfob.storage.inventory import store as rows
from keyfob.storage.inventory.store import Inventory
from keyfob.storage.rows import Update
from keyfob.usecases.inventory.importing import MAX_BYTES, KeyFile
from tests.support.import_world import OPERATOR, ImportWorld, key_file
from tests.unit.domain.inventory.test_key_file_pskc import (
    PASSWORD,
    container,
    secret_of,
    under_password,
    written,
)


def secret(number: int) -> bytes:
    return number.to_bytes(20, "big")


def table(*numbers: int, shift: int = 0, digits: int = 8, note: str = "") -> str:
    """Tokens FT-<number>, each with a secret of its own; `shift` gives them others."""
    lines = [
        f"FT-{number:05d},{secret(number + shift).hex()},totp,sha1,{digits},30,{note}"
        for number in numbers
    ]
    return "\n".join(["serial,secret_hex,type,algorithm,digits,period,counter", *lines, ""])


def test_g1_every_token_of_a_file_counts_once_it_is_imported(import_world: ImportWorld) -> None:
    report = import_world.drop("acme/a.csv", table(*range(1, 251)))
    assert report.outcome is Outcome.IMPORTED
    assert (report.batch.tokens, report.batch.added) == (250, 250)
    assert [import_world.secret_of(f"FT-{number:05d}") for number in (1, 100, 101, 250)] == [
        secret(number) for number in (1, 100, 101, 250)
    ]
    assert import_world.actions() == ["batch.begun", "batch.imported"]


def test_s16_no_secret_stands_in_the_table_or_the_reports(import_world: ImportWorld) -> None:
    report = import_world.drop("a.csv", table(12345))
    shown = repr(import_world.items()) + report.as_json() + report.as_text()
    assert secret(12345).hex() not in shown
    assert repr(secret(12345))[2:-1] not in shown


def test_g1_the_same_file_again_changes_nothing(import_world: ImportWorld) -> None:
    import_world.drop("a.csv", table(1, 2))
    before = import_world.items()
    import_world.clock.advance(hours=5)
    report = import_world.drop("other-name.csv", table(1, 2))
    assert report.outcome is Outcome.ALREADY_IMPORTED
    assert import_world.items() == before
    assert import_world.actions() == ["batch.begun", "batch.imported"]


def test_g1_another_file_with_the_same_tokens_adds_only_new_ones(
    import_world: ImportWorld,
) -> None:
    first = import_world.drop("a.csv", table(1, 2))
    kept = import_world.token("FT-00001").row.attribute_values
    report = import_world.drop("b.csv", table(1, 2, 3))
    assert (report.batch.tokens, report.batch.added) == (3, 1)
    assert import_world.token("FT-00001").row.attribute_values == kept
    assert import_world.token("FT-00002").owner == first.batch.owner


@pytest.mark.parametrize("changes", [{"shift": 7}, {"digits": 6}])
def test_s18_a_known_serial_with_another_secret_or_kind_refuses_the_whole_file(
    import_world: ImportWorld, changes: dict[str, Any]
) -> None:
    import_world.drop("a.csv", table(2))
    report = import_world.drop("b.csv", table(1, 2, 3, **changes))
    assert report.outcome is Outcome.REFUSED
    [reason] = report.reasons
    assert (reason.serial, "another secret" in reason.text) == ("FT-00002", True)
    assert import_world.inventory.token("FT-00001") is None
    assert import_world.secret_of("FT-00002") == secret(2)
    assert import_world.actions().count("batch.refused") == 1


def test_s18_one_bad_line_refuses_the_whole_file_and_every_reason_is_said(
    import_world: ImportWorld,
) -> None:
    text = table(1, 2, 3) + "FT-9,00,totp,sha1,8,30,\n" + table(2).splitlines()[1] + "\n"
    report = import_world.drop("a.csv", text)
    assert [(one.row, one.serial) for one in report.reasons] == [
        (5, None),
        (6, "FT-00002"),
        (6, "FT-00002"),
    ]
    assert [one["pk"]["S"].split("#")[0] for one in import_world.items()] == ["BATCH"]
    said = json.loads(report.as_json())
    assert (said["outcome"], said["tokens"], len(said["reasons"])) == ("refused", 0, 3)
    assert "row 6, FT-00002: the serial number comes twice" in report.as_text()


@pytest.mark.parametrize(
    ("name", "allow_plain", "about"),
    [("a.csv", False, "unencrypted"), ("a.txt", True, "must end"), ("a", True, "must end")],
)
def test_s18_plain_tables_need_permission_and_other_files_are_not_read(
    import_world: ImportWorld, name: str, allow_plain: bool, about: str
) -> None:
    import_world.allow_plain = allow_plain
    [reason] = import_world.drop(name, table(1)).reasons
    assert about in reason.text


def test_g1_an_encrypted_container_is_opened_with_the_secret_of_its_name(
    import_world: ImportWorld,
) -> None:
    import_world.allow_plain = False
    import_world.secrets["acme/a.xml"] = {"password": PASSWORD}
    text = written(under_password(container(2)))
    assert import_world.drop("acme/b.xml", text).outcome is Outcome.REFUSED
    assert import_world.drop("acme/a.xml", text).outcome is Outcome.IMPORTED
    assert import_world.secret_of("FT-1001") == secret_of(1)
    assert import_world.asked == ["acme/b.xml", "acme/a.xml"]
    assert import_world.actions() == ["batch.refused", "batch.begun", "batch.imported"]


def test_the_drift_of_a_tokens_clock_is_stored_and_absent_where_there_is_none_D1_S64(
    import_world: ImportWorld,
) -> None:
    import_world.drop("a.xml", written(container(1, time_drift=-30)))
    import_world.drop("b.xml", written(container(1, serial="FT-2000", secret=secret(1))))
    fast, exact = import_world.token("FT-1000"), import_world.token("FT-2000")
    assert (fast.token(b"").drift, exact.token(b"").drift) == (-30, 0)
    assert "drift" not in exact.row.attribute_values


def test_a_hash_that_was_taken_for_an_unusual_secret_is_a_warning_in_the_report_S64(
    import_world: ImportWorld,
) -> None:
    text = written(container(1, secret=bytes(range(32))))
    report = import_world.drop("a.xml", text)
    assert report.outcome is Outcome.IMPORTED
    assert [(one.row, one.serial) for one in report.warnings] == [(1, "FT-1000")]
    said = json.loads(report.as_json())
    assert "SHA-1 was taken" in said["warnings"][0]["text"]
    assert "1 warning:\n  row 1, FT-1000: no Suite names the hash: SHA-1" in report.as_text()
    again = import_world.drop("a.xml", text)
    assert (again.outcome, list(again.warnings)) == (Outcome.ALREADY_IMPORTED, [])


@pytest.mark.parametrize(
    ("size", "suite", "warned"),
    [
        (20, None, False),
        (24, None, False),
        (32, None, True),
        (64, None, True),
        (32, "HMAC-SHA1", False),
        (64, "HMAC-SHA512", False),
    ],
)
def test_only_a_default_is_warned_about_and_only_for_another_hashs_length_S64(
    import_world: ImportWorld, size: int, suite: str | None, warned: bool
) -> None:
    secret_of_size = bytes(range(200, 200 + size % 50)) + bytes(range(size - size % 50))
    text = written(container(1, secret=secret_of_size, algorithm_suite=suite))
    report = import_world.drop("a.xml", text)
    assert (report.outcome, len(report.warnings)) == (Outcome.IMPORTED, int(warned))
    assert ("warning:" in report.as_text()) is warned


def test_a_refused_file_has_its_warnings_beside_its_reasons_S64(import_world: ImportWorld) -> None:
    text = written(container(2, secret=bytes(range(32))))
    report = import_world.drop("a.xml", text)
    assert "1 reason:\n  row 2, FT-1001: another token" in report.as_text()
    assert "2 warnings:\n  row 1, FT-1000: no Suite" in report.as_text()


def test_g1_a_file_that_is_too_large_is_refused_unread(import_world: ImportWorld) -> None:
    small = key_file("a.csv", table(1))
    large = KeyFile(name="a.csv", digest=small.digest, size=MAX_BYTES + 1, content=small.content)
    [reason] = import_world.importing().run(large, by=OPERATOR).reasons
    assert "larger than" in reason.text


class Killed(BaseException):
    """The process is gone."""


def killed_at(
    import_world: ImportWorld,
    monkeypatch: pytest.MonkeyPatch,
    number: int,
    *,
    landed: bool,
    error: type,
) -> None:
    """The `number`-th transaction from now kills the process, before or after it was written."""
    real: Callable[..., None] = Database.transact
    calls = iter(range(1, 1000))

    def transact(self: Database, *args: Any, **kwargs: Any) -> None:
        if next(calls) != number:
            real(self, *args, **kwargs)
            return
        if landed:
            real(self, *args, **kwargs)
        raise error

    monkeypatch.setattr(Database, "transact", transact)


@pytest.mark.parametrize("landed", [False, True])
@pytest.mark.parametrize("number", [1, 2, 3, 4, 5])
def test_s46_an_import_killed_at_any_point_counts_nothing_and_goes_on_when_started_again(
    import_world: ImportWorld, monkeypatch: pytest.MonkeyPatch, number: int, landed: bool
) -> None:
    with monkeypatch.context() as patched:
        killed_at(import_world, patched, number, landed=landed, error=Killed)
        with pytest.raises(Killed):
            import_world.drop("a.csv", table(*range(1, 251)))
    finished = (number, landed) == (5, True)
    assert bool(import_world.inventory.token("FT-00001")) is finished
    report = import_world.drop("a.csv", table(*range(1, 251)))
    assert report.outcome is (Outcome.ALREADY_IMPORTED if finished else Outcome.IMPORTED)
    assert (report.batch.attempt, report.batch.added) == (1, 250)
    assert len(import_world.items()) == 251
    assert import_world.actions() == ["batch.begun", "batch.imported"]
    assert import_world.secret_of("FT-00250") == secret(250)


def test_s50_tables_that_do_not_answer_refuse_nothing_and_lose_nothing(
    import_world: ImportWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patched:
        killed_at(import_world, patched, 2, landed=False, error=StorageUnavailable)
        with pytest.raises(StorageUnavailable):
            import_world.drop("a.csv", table(1))
    assert import_world.drop("a.csv", table(1)).outcome is Outcome.IMPORTED


def test_g1_a_token_of_an_interrupted_import_is_not_taken_from_it(
    import_world: ImportWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patched:
        killed_at(import_world, patched, 3, landed=False, error=Killed)
        with pytest.raises(Killed):
            import_world.drop("a.csv", table(1))
    [reason] = import_world.drop("b.csv", table(1, 2, shift=5)).reasons
    assert "being imported from a.csv" in reason.text
    assert import_world.drop("a.csv", table(1)).outcome is Outcome.IMPORTED
    assert import_world.secret_of("FT-00001") == secret(1)


def in_between(monkeypatch: pytest.MonkeyPatch, number: int, act: Callable[[], object]) -> None:
    """Let somebody act right before the `number`-th transaction from now."""
    real: Callable[..., None] = Database.transact
    calls = iter(range(1, 1000))

    def transact(self: Database, *args: Any, **kwargs: Any) -> None:
        if next(calls) == number:
            act()
        real(self, *args, **kwargs)

    monkeypatch.setattr(Database, "transact", transact)


def test_s30_one_of_two_contradicting_imports_at_once_wins_and_one_is_refused(
    import_world: ImportWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    late = table(*range(1, 151), shift=1000)
    with monkeypatch.context() as patched:
        # The first hundred of `late` are written; then another file takes one of the next.
        in_between(patched, 3, lambda: import_world.drop("fast.csv", table(149)))
        report = import_world.drop("late.csv", late)
    assert report.outcome is Outcome.REFUSED
    assert [one.serial for one in report.reasons] == ["FT-00149"]
    assert import_world.secret_of("FT-00149") == secret(149)
    assert import_world.inventory.token("FT-00001") is None

    mended = table(*range(1, 101), shift=1000)
    assert import_world.drop("mended.csv", mended).batch.added == 100
    assert import_world.secret_of("FT-00001") == secret(1001)
    # The refused file stays refused, and tokens that others took over stay theirs.
    assert import_world.drop("late.csv", late).outcome is Outcome.REFUSED
    assert import_world.secret_of("FT-00001") == secret(1001)


def test_s30_tokens_of_a_refused_import_go_to_the_first_import_that_takes_them(
    import_world: ImportWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    late = table(*range(1, 151))

    def interrupted() -> None:
        with monkeypatch.context() as nested:
            killed_at(import_world, nested, 3, landed=False, error=Killed)
            with pytest.raises(Killed):
                import_world.drop("same.csv", table(149))

    with monkeypatch.context() as patched:
        in_between(patched, 3, interrupted)
        assert import_world.drop("late.csv", late).outcome is Outcome.REFUSED
    assert import_world.drop("same.csv", table(149)).outcome is Outcome.IMPORTED

    with monkeypatch.context() as patched:
        # It has seen FT-00001 free; before it can take it, its first owner is back.
        in_between(patched, 2, lambda: import_world.drop("late.csv", late))
        report = import_world.drop("other.csv", table(1, shift=1000))
    assert report.outcome is Outcome.REFUSED
    assert import_world.inventory.batch(import_world.token("FT-00001").owner.split("#")[0])
    assert import_world.token("FT-00001").owner.endswith("#2")
    assert import_world.secret_of("FT-00001") == secret(1)


def test_an_import_of_the_same_file_that_began_after_its_batch_was_read_is_no_contradiction_S42(
    import_world: ImportWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = table(*range(1, 151))
    real = Inventory.stored

    def begun_meanwhile(self: Inventory, serials: Any) -> Any:
        monkeypatch.setattr(Inventory, "stored", real)
        with monkeypatch.context() as nested:
            killed_at(import_world, nested, 3, landed=False, error=Killed)
            with pytest.raises(Killed):
                import_world.drop("b.csv", text)
        return real(self, serials)

    monkeypatch.setattr(Inventory, "stored", begun_meanwhile)
    report = import_world.drop("a.csv", text)
    assert report.outcome is Outcome.IMPORTED, report.reasons
    assert (report.batch.attempt, report.batch.added) == (1, 150)
    assert import_world.actions() == ["batch.begun", "batch.imported"]


def test_s42_the_same_event_twice_at_once_is_one_import(
    import_world: ImportWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = table(*range(1, 151))
    with monkeypatch.context() as patched:
        in_between(patched, 2, lambda: import_world.drop("a.csv", text))
        report = import_world.drop("a.csv", text)
    assert (report.outcome, report.batch.added) == (Outcome.IMPORTED, 150)
    assert import_world.actions() == ["batch.begun", "batch.imported"]
    assert len(import_world.items()) == 151


def test_s16_only_complete_batches_count_and_a_moved_secret_is_found(
    import_world: ImportWorld,
) -> None:
    import_world.drop("a.csv", table(1, 2))
    moved = import_world.token("FT-00001").row.seed
    import_world.raw.update_item(
        TableName=import_world.table,
        Key={"pk": {"S": "TOKEN#FT-00002"}, "sk": {"S": "-"}},
        UpdateExpression="SET seed = :seed",
        ExpressionAttributeValues={":seed": {"B": moved}},
    )
    [reason] = import_world.drop("b.csv", table(1, 2, note="0")).reasons
    assert (reason.serial, "does not open" in reason.text) == ("FT-00002", True)


def test_g1_names_are_matched_by_their_longest_beginning() -> None:
    secrets = {"acme/": {"key": "00"}, "acme/a.xml": {"password": "p"}, "": {"key": "11"}}
    assert transport_of("acme/a.xml", secrets) == {"password": "p"}
    assert transport_of("acme/b.xml", secrets) == {"key": "00"}
    assert transport_of("other.xml", secrets) == {"key": "11"}
    assert transport_of("a.xml", {}) == {}
    for entry in ("password", ["x"], {"password": 5}):
        with pytest.raises(KeyFileRefused):
            transport_of("a.xml", {"a": entry})


@pytest.mark.parametrize("write", ["shipped", "assigned", "retired"])
def test_a_token_that_is_another_files_meanwhile_is_neither_sent_nor_given_D2_S46(
    import_world: ImportWorld, write: str
) -> None:
    """Its seed is another one: taking a row over doesn't raise the token's version."""
    import_world.drop("a.csv", table(1))
    seen = import_world.token("FT-00001")
    writes: dict[str, Update] = {
        "shipped": rows.ship_token(seen, "SO-1", 0),
        "assigned": rows.assign_token(seen, "CREDENTIAL#crd_1"),
        "retired": rows.retire_token(seen),
    }
    token = seen.token(secret(1))
    taken = rows.take_over(seen, token, seen.sealed, "another#1")
    import_world.database.write(taken)
    entry = Entry(action="x", actor=OPERATOR, at=import_world.clock(), subject=seen.subject.id)
    with pytest.raises(Conflict):
        import_world.transactions.commit(writes[write], audit=[entry])
    left = import_world.inventory.stored(["FT-00001"])["FT-00001"]
    assert (left.owner, left.order, left.state) == ("another#1", None, None)
