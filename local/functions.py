"""The declarations of functions: `functions/<name>/function.yaml`.

A declaration lists a function's rights on AWS and its triggers. `local/template.py` writes it into
template.yaml; the function's wiring finds its tables in the resulting environment.
"""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "functions"

# "any" for all of a table's rows, or the patterns of the partition keys that an action is bound to.
Keys = Literal["any"] | list[str]
Actions = list[str]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class Schedule(_Part):
    """EventBridge's schedule of a function: an expression, and the same in words."""

    at: str
    description: str


class Declaration(_Part):
    """One function's configuration on AWS.

    Attributes:
        description: its purpose, for readers of the console.
        timeout: seconds after which it is stopped; the gateway itself waits 29.
        memory: in MB; the processor's share grows with it.
        retries: how often an asynchronous call is tried again; AWS's own number if None.
        queue: the queue that it consumes (`payments`).
        concurrency: how many messages of that queue are processed at once.
        stream: the table whose new rows it receives (`outbox`).
        schedule: when it is called.
        objects: bucket and prefix whose new objects it receives (`key_files/incoming/`).
        tables: actions by table or index (`orders`, `orders/due`), each with its keys.
        buckets: actions by bucket or part of one (`heads`, `heads/heads/*`).
        keys: actions by key of the key service (`mac`).
        user_pool: actions on the password store.
        secrets: those that it reads (`stripe`).
        sends: the queues that it sends to.
        mails: whether it sends mails.
        phone_messages: actions on texts and calls.
        parameters: the template's parameters that it gets, by the name of their variable.
    """

    description: str
    timeout: int = Field(default=30, ge=1, le=900)
    memory: int = Field(default=512, ge=128)
    retries: int | None = Field(default=None, ge=0, le=2)
    queue: str | None = None
    concurrency: int = Field(default=20, ge=2, le=1_000)
    stream: str | None = None
    schedule: Schedule | None = None
    objects: str | None = None
    tables: dict[str, dict[str, Keys]] = {}
    buckets: dict[str, Actions] = {}
    keys: dict[str, Actions] = {}
    user_pool: Actions = []
    secrets: list[str] = []
    sends: list[str] = []
    mails: bool = False
    phone_messages: Actions = []
    parameters: list[str] = []


def names() -> list[str]:
    """The packages of all functions: each folder of functions/ is one."""
    return sorted(one.parent.name for one in FOLDER.glob("*/app.py"))


def declaration(name: str, *, folder: Path = FOLDER) -> Declaration:
    """The declaration in a function's folder.

    Raises:
        FileNotFoundError: there is none.
        pydantic.ValidationError: it is invalid.
    """
    text = (folder / name / "function.yaml").read_text(encoding="utf-8")
    return Declaration.model_validate(yaml.safe_load(text))
