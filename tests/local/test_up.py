"""`make up` names commands for its own folder, and the loss after a killed emulator."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from local import up
from local.deploy import Deployment
from local.processes import Process
from local.record import Record, fresh
from local.services import ROOT, make
from local.stack import Stack

DEAD = Process(pid=1, started="never")
SEED: dict[str, Any] = {
    "accounts": [
        {
            "user_id": "ada",
            "temporary_password": "secret",
            "first_name": "Ada",
            "last_name": "Byron",
            "organization": "acme",
        }
    ]
}


class NoProcesses(Stack):
    """A stack that starts nothing."""

    def deploy(self, *_: Any, **__: Any) -> Deployment:
        return Deployment(action="unchanged", outputs={})


@pytest.fixture
def record() -> Record:
    return replace(fresh(front_port=None), emulator=DEAD, front=DEAD)


@pytest.fixture
def state(tmp_path: Path, record: Record, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of a stack that is stopped, its data saved."""

    def start(state: Path, **_: Any) -> Stack:
        record.save(state)  # as a start does
        return NoProcesses(state, record)

    monkeypatch.setattr(up, "start", start)
    monkeypatch.setattr(up, "seed_once", lambda _stack: False)
    monkeypatch.setattr(up, "content", lambda: SEED)
    record.save(tmp_path)
    (tmp_path / "emulator").mkdir()
    save(tmp_path, seconds=1)
    return tmp_path


def save(state: Path, *, seconds: float) -> None:
    """Let the emulator have saved its data so much later than it was started."""
    saved, at = state / "emulator" / "dynamodb.json", (state / "stack.json").stat().st_mtime
    saved.write_text(json.dumps({}))
    os.utime(saved, (at + seconds, at + seconds))


def said(state: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any) -> str:
    monkeypatch.setattr("sys.argv", ["up", "--state", str(state)])
    assert up.main() == 0
    return str(capsys.readouterr().out)


def test_the_data_of_a_clean_stop_is_still_there(
    state: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> None:
    text = said(state, monkeypatch, capsys)
    assert "The demo data of last time is still there." in text
    assert "WARNING" not in text


def test_after_a_killed_emulator_it_says_what_is_gone_and_what_is_newer(
    state: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> None:
    save(state, seconds=-60)
    text = said(state, monkeypatch, capsys)
    assert "the emulator was killed before it saved its data" in text
    assert "It has the data of 20" in text
    assert "The messages and Stripe's double are newer" in text
    assert "still there" not in text


def test_an_emulator_that_never_saved_begins_anew(
    state: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> None:
    (state / "emulator" / "dynamodb.json").unlink()
    assert "It begins anew: what it had is gone." in said(state, monkeypatch, capsys)


def test_the_hints_name_the_folder_if_it_is_another_than_usual(
    state: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> None:
    text = said(state, monkeypatch, capsys)
    assert f"Stop it with `make down STATE={state}`" in text
    assert f"`make up STATE={state}`" in text
    assert make("down", ROOT / ".local") == "`make down`"
    assert make("down", Path("/tmp/of ada")) == "`make down STATE='/tmp/of ada'`"
