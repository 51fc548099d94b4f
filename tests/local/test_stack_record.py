"""The record of a stack is enough to find it again, and private."""

import socket
from dataclasses import replace
from pathlib import Path

from local.processes import Process
from local.record import HOST, fresh, load, with_free_ports


def test_a_record_is_read_back_as_it_was_written(tmp_path: Path) -> None:
    record = fresh(front_port=None)
    record.save(tmp_path)
    assert load(tmp_path) == record


def test_a_record_with_secrets_can_be_read_by_its_owner_only(tmp_path: Path) -> None:
    fresh(front_port=None).save(tmp_path)
    assert (tmp_path / "stack.json").stat().st_mode & 0o077 == 0


def test_where_no_stack_was_started_there_is_no_record(tmp_path: Path) -> None:
    assert load(tmp_path) is None


def test_two_stacks_share_neither_secret_nor_api() -> None:
    one, other = fresh(front_port=None), fresh(front_port=None)
    assert one.api_id != other.api_id
    assert {one.front_secret, one.stripe_key, one.webhook_secret}.isdisjoint(
        {other.front_secret, other.stripe_key, other.webhook_secret}
    )


def test_a_stack_comes_back_on_its_ports_unless_somebody_took_them() -> None:
    record = fresh(front_port=None)
    assert with_free_ports(record) == record
    with socket.socket() as somebody:
        somebody.bind((HOST, record.front_port))
        somebody.listen()
        moved = with_free_ports(record)
    assert moved.front_port != record.front_port
    assert moved.emulator_port == record.emulator_port


def test_a_recorded_process_that_is_gone_does_not_count_as_running() -> None:
    gone = Process(pid=1, started="before the flood")
    record = replace(fresh(front_port=None), emulator=gone, front=gone)
    assert record.processes == {}
    assert not record.running
