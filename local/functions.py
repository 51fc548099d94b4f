"""The declarations of functions: `functions/<name>/function.yaml`.

A declaration lists a function's rights on AWS and its triggers. `local/template.py` writes it into
template.yaml; the function's wiring finds its tables in the resulting environment.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, model_validator

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "functions"

# "any" for all of a table's rows, or the patterns of the partition keys that an action is bound to.
Keys = Literal["any"] | Annotated[list[str], Field(min_length=1)]
RowAction = Literal[
    "BatchGetItem",
    "ConditionCheckItem",
    "DeleteItem",
    "GetItem",
    "PutItem",
    "Query",
    "Scan",
    "UpdateItem",
]
ObjectAction = Literal[
    "DeleteObject", "GetObject", "GetObjectVersion", "ListBucket", "ListBucketVersions", "PutObject"
]
KeyAction = Literal[
    "Decrypt",
    "Encrypt",
    "GenerateDataKey",
    "GenerateDataKeyWithoutPlaintext",
    "GenerateMac",
    "GetPublicKey",
    "Sign",
    "Verify",
]
PasswordAction = Literal[
    "AdminCreateUser", "AdminDeleteUser", "AdminInitiateAuth", "AdminSetUserPassword"
]
PhoneAction = Literal["SendTextMessage", "SendVoiceMessage"]
Table = Annotated[
    str,
    Field(
        pattern="^(accounts|audit|credentials|letters|members|orders|outbox|proofing|registrations"
        "|sessions)(/[a-z_]+)?$"
    ),
]
Bucket = Annotated[str, Field(pattern="^(documents|heads|key_files|letters|reports)(/.+)?$")]
Key = Literal[
    "audit",
    "letters",
    "mac",
    "mailing",
    "messages",
    "messages/eff_*",
    "seeds",
    "statements_first",
    "statements_second",
]
Queue = Literal["documents", "effects", "lifecycle", "messages", "payments"]


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
        layers: layers of its own, beside those of all functions.
        tables: actions by table or index (`orders`, `orders/due`), each with its keys.
        buckets: actions by bucket or part of one (`heads`, `heads/heads/*`).
        keys: actions by key of the key service (`mac`), or by the part of it that is for outbox
            rows of these ids (`messages/eff_*`).
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
    queue: Queue | None = None
    concurrency: int = Field(default=20, ge=2, le=1_000)
    stream: Literal["outbox"] | None = None
    schedule: Schedule | None = None
    objects: str | None = None
    layers: list[Literal["pdf", "typesetting"]] = []
    tables: dict[Table, dict[RowAction, Keys]] = {}
    buckets: dict[Bucket, list[ObjectAction]] = {}
    keys: dict[Key, list[KeyAction]] = {}
    user_pool: list[PasswordAction] = []
    secrets: list[Literal["bureau", "front", "key_files", "rooms", "stripe"]] = []
    sends: list[Queue] = []
    mails: bool = False
    phone_messages: list[PhoneAction] = []
    parameters: list[str] = []

    @model_validator(mode="after")
    def _bound_where_a_request_names_its_keys(self) -> Declaration:
        """A scan, or an index, names no partition key of the table: IAM would allow it all."""
        for table, actions in self.tables.items():
            for action, keys in actions.items():
                if keys != "any" and (action == "Scan" or "/" in table):
                    raise ValueError(f"{table}: {action} can't be bound to keys")
        return self


class _Loader(yaml.SafeLoader):
    """Refuses a word that stands twice in a mapping, of which the last would count."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:  # noqa: FBT001, FBT002
        words = [key.value for key, _ in node.value]
        for word in words:
            if words.count(word) > 1:
                raise yaml.constructor.ConstructorError(
                    None, None, f"{word} stands twice", node.start_mark
                )
        return super().construct_mapping(node, deep=deep)


def names() -> list[str]:
    """The packages of all functions: each folder of functions/ is one."""
    return sorted(one.parent.name for one in FOLDER.glob("*/app.py"))


def declaration(name: str, *, folder: Path = FOLDER) -> Declaration:
    """The declaration in a function's folder.

    Raises:
        FileNotFoundError: there is none.
        pydantic.ValidationError, yaml.YAMLError: it is invalid.
    """
    text = (folder / name / "function.yaml").read_text(encoding="utf-8")
    return Declaration.model_validate(yaml.load(text, Loader=_Loader))  # noqa: S506
