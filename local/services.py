"""The two processes of the local stack: how each is started and when it is ready."""

import json
import os
import shlex
import shutil
import sys
import time
import urllib.error
import urllib.request
from datetime import datetime
from http import HTTPStatus
from pathlib import Path

from local.processes import Process, spawn
from local.record import HOST, Record

ROOT = Path(__file__).resolve().parent.parent
REGION = "eu-central-1"
_PATIENCE = 60.0
_POLL = 0.05
# Requests to this machine never go through a proxy.
_direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))


class StartFailed(Exception):
    """A process failed to start; the message gives a remedy and the place of its log."""


def spawn_emulator(record: Record, state: Path, *, keep: bool) -> Process:
    """Start the AWS emulator; with `keep`, its data outlives it."""
    _forget_stream_positions(state)
    shutil.rmtree(state / "tmp", ignore_errors=True)
    (state / "tmp").mkdir()
    return spawn(
        [sys.executable, "-m", "ministack"],
        env=_clean_environment() | _emulator_environment(record, state, keep=keep),
        cwd=state,
        log=log_of("emulator", state),
    )


def spawn_front(record: Record, state: Path) -> Process:
    """Start the front."""
    arguments = {
        "--port": str(record.front_port),
        "--state": str(state),
        "--emulator": record.emulator_url,
        "--api-id": record.api_id,
        "--front-secret": record.front_secret,
        "--stripe-key": record.stripe_key,
        "--webhook-secret": record.webhook_secret,
    }
    # One word each: a random secret may begin with a dash and look like an option.
    words = [f"{name}={value}" for name, value in arguments.items()]
    return spawn(
        [sys.executable, "-m", "local.front", *words],
        env=_clean_environment(),
        cwd=ROOT,
        log=log_of("front", state),
    )


def await_emulator(record: Record, state: Path) -> None:
    """Return once the emulator answers; raises StartFailed."""
    _await("emulator", record.emulator, f"{record.emulator_url}/_ministack/ready", state)


def await_front(record: Record, state: Path) -> None:
    """Return once the front answers; raises StartFailed."""
    _await("front", record.front, f"{record.url}/", state)


def last_save(state: Path) -> datetime | None:
    """The local time at which the emulator last saved its data, which it does when it ends."""
    saved = _saved(state)
    return datetime.fromtimestamp(saved).astimezone() if saved else None


def died_unsaved(state: Path) -> bool:
    """Whether the emulator was started after it last saved its data; ask while none runs."""
    started = state / "stack.json"
    return started.exists() and _saved(state) < started.stat().st_mtime


def make(target: str, state: Path) -> str:
    """The command for the stack in this folder: `make down`, with its STATE if that is another."""
    usual = state.resolve() == ROOT / ".local"
    return f"`make {target}`" if usual else f"`make {target} STATE={shlex.quote(str(state))}`"


def _saved(state: Path) -> float:
    """When the emulator last wrote a file of its state; it writes them only when it saves."""
    written = (state / "emulator").glob("*.json")
    return max((one.stat().st_mtime for one in written), default=0)


def log_of(name: str, state: Path) -> Path:
    """The log of this stack's `emulator` or `front`."""
    return state / "logs" / f"{name}.log"


def _clean_environment() -> dict[str, str]:
    """An environment without the user's AWS or Python settings: functions inherit it."""
    return {
        "PATH": os.environ.get("PATH", os.defpath),
        "HOME": os.environ.get("HOME", "/"),
        "LANG": "C.UTF-8",
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_EC2_METADATA_DISABLED": "true",
    }


def _emulator_environment(record: Record, state: Path, *, keep: bool) -> dict[str, str]:
    kept = "1" if keep else "0"
    return {
        "BIND_HOST": HOST,
        "GATEWAY_PORT": str(record.emulator_port),
        # Both would listen on ports of their own.
        "IOT_MTLS_ENABLED": "0",
        "SFTP_ENABLED": "0",
        "MINISTACK_REGION": REGION,
        "AUTH": "true",
        "LAMBDA_WARM_TTL_SECONDS": "600",
        "PERSIST_STATE": kept,
        "STATE_DIR": str(state / "emulator"),
        "S3_PERSIST": kept,
        "S3_DATA_DIR": str(state / "s3"),
        # Functions are unpacked here, so that they are deleted with the rest.
        "TMPDIR": str(state / "tmp"),
        # The emulator's mails lose attachments and headers, so ours go to the front's mailbox.
        "AWS_ENDPOINT_URL_SESV2": f"{record.url}/_ses",
        # The emulator has no texts and calls at all.
        "AWS_ENDPOINT_URL_PINPOINT_SMS_VOICE_V2": f"{record.url}/_sms",
    }


def _forget_stream_positions(state: Path) -> None:
    """Let stream sources begin at the first record after a restart.

    The emulator keeps how many records a source has read but not the records, which are counted
    from zero again: a kept position would skip as many new ones.
    """
    path = state / "emulator" / "lambda.json"
    if path.exists():
        kept = json.loads(path.read_text(encoding="utf-8"))
        kept["payload"].pop("dynamodb_stream_positions", None)
        path.write_text(json.dumps(kept), encoding="utf-8")


def _await(name: str, process: Process | None, ready: str, state: Path) -> None:
    deadline = time.monotonic() + _PATIENCE
    while not _answers(ready):
        if not (process and process.alive):
            raise StartFailed(_advice(f"the {name} ended while it was starting", name, state))
        if time.monotonic() > deadline:
            what = f"the {name} was not ready in {_PATIENCE:.0f} s"
            raise StartFailed(_advice(what, name, state))
        time.sleep(_POLL)


def _answers(url: str) -> bool:
    try:
        with _direct.open(url, timeout=2) as response:
            return bool(response.status == 200)
    except urllib.error.HTTPError as error:
        # Any answer, even a refusal, means ready; only "not yet" is waited for.
        return error.code != HTTPStatus.SERVICE_UNAVAILABLE
    except (urllib.error.URLError, ConnectionError, TimeoutError):
        return False


def _advice(what: str, name: str, state: Path) -> str:
    log = log_of(name, state)
    written = log.read_text(encoding="utf-8", errors="replace").splitlines()[-15:]
    last = "\n".join(f"  | {line}" for line in written)
    return (
        f"{what}. Its log, {log}, ends:\n{last}\nOnce that is solved, run the same command again."
    )
