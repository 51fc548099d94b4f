"""A batch of tokens: one key file, imported completely or not at all. Pure.

    (nothing) ──began──▶ importing ──every token written──▶ complete
        │                   │  ▲
        └────refused────────┴──┴──began again, as a new attempt── refused

Each token carries the attempt that wrote it. It counts once that attempt is complete, so tokens of
an interrupted or refused attempt are free to be written again.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum

from keyfob.domain.audit.entry import GENESIS
from keyfob.domain.errors import IllegalTransition
from keyfob.domain.inventory.draft import Draft, token_of
from keyfob.domain.inventory.model import DEFAULT_MODEL
from keyfob.domain.inventory.token import Token, is_same

MAX_TOKENS = 100_000


class KeyFileRefused(Exception):
    """The file can't be imported; the message says why and quotes nothing from it."""


class State(StrEnum):
    """States of a batch."""

    IMPORTING = "importing"
    COMPLETE = "complete"
    REFUSED = "refused"


class Change(StrEnum):
    """Changes of a batch; each value is the action of its audit entry."""

    BEGUN = "batch.begun"
    IMPORTED = "batch.imported"
    REFUSED = "batch.refused"


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """A key file of one `model`; `id` is derived from its content, `added` counts new tokens."""

    id: str
    file: str
    changed_at: datetime
    state: State = State.REFUSED
    attempt: int = 0
    tokens: int = 0
    added: int = 0
    model: str = DEFAULT_MODEL
    version: int = 0
    head: str = GENESIS

    @property
    def subject(self) -> str:
        """Its audit subject and its row's key."""
        return f"BATCH#{self.id}"

    @property
    def owner(self) -> str:
        """The mark of its present attempt, carried by that attempt's tokens."""
        return f"{self.id}#{self.attempt}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Transition:
    """The new batch and its change; `change` is None if nothing changed."""

    batch: Batch
    change: Change | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """Why a file is refused or to be doubted, and where in it, if that reveals no secret."""

    text: str
    row: int | None = None
    serial: str | None = None


@dataclass(slots=True)
class Contents:
    """The contents of a file so far: tokens, reasons to refuse it, warnings."""

    tokens: list[Token] = field(default_factory=list)
    reasons: list[Reason] = field(default_factory=list)
    warnings: list[Reason] = field(default_factory=list)
    _drafts: int = 0
    _serials: set[str] = field(default_factory=set)
    _secrets: set[bytes] = field(default_factory=set, repr=False)

    def add(self, draft: Draft) -> None:
        """Add one token; a repeated serial number or secret is a reason to refuse (S16)."""
        self._drafts += 1
        if self._drafts > MAX_TOKENS:
            raise KeyFileRefused(f"there are more than {MAX_TOKENS:,} tokens in it: split it")
        self.warnings += _about(draft, draft.warnings)
        token = token_of(draft)
        if not isinstance(token, Token):
            self.reasons += _about(draft, token)
            return
        if token.serial in self._serials:
            self.reasons += _about(draft, ["the serial number comes twice in this file"])
        if token.secret in self._secrets:
            self.reasons += _about(draft, ["another token of this file has the same secret"])
        self._serials.add(token.serial)
        self._secrets.add(token.secret)
        self.tokens.append(token)


class Place(StrEnum):
    """How to treat a token of a batch."""

    NEW = "new"
    FREE = "free"  # left behind by an attempt without success, or withdrawn by an operator
    DONE = "done"  # written by this very attempt, or under way in another import of the same file
    KEPT = "kept"  # the same one came with another batch


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """The inventory's record of a serial number.

    `owner` is the attempt that wrote it; `batch` is its batch, if that is the present attempt;
    `token` is None if its secret does not open; `withdrawn`: an operator withdrew it.
    """

    token: Token | None
    owner: str
    batch: Batch | None
    withdrawn: bool = False


def examine(drafts: Iterable[Draft]) -> Contents:
    """The tokens of a file, every reason to refuse it, and its warnings."""
    found = Contents()
    try:
        for draft in drafts:
            found.add(draft)
    except KeyFileRefused as refused:
        found.reasons.append(Reason(text=str(refused)))
    if not found.tokens and not found.reasons:
        found.reasons.append(Reason(text="there are no tokens in it"))
    return found


def place(token: Token, known: Known | None, *, owner: str) -> Place | Reason:
    """How to treat `token`, given the inventory's record of its serial number."""
    if known is None:
        return Place.NEW
    if known.owner == owner:
        return Place.DONE
    batch = known.batch
    if batch is None or batch.state is State.REFUSED or known.withdrawn:
        return Place.FREE
    if batch.state is State.IMPORTING and batch.id == owner.partition("#")[0]:
        return Place.DONE  # the file was dropped twice: its batch has begun since it was read
    if batch.state is State.IMPORTING:
        text = f"is being imported from {batch.file}: let that import end first, or start it again"
    elif known.token is None:
        text = "is in the inventory already, with a secret that does not open"
    elif is_same(token, known.token):
        return Place.KEPT
    else:
        text = "is in the inventory already, with another secret or of another kind"
    return Reason(text=text, serial=token.serial)


def begin(batch: Batch, *, tokens: int, model: str, now: datetime) -> Transition:
    """Start an import; a running one continues, a complete one stays."""
    if batch.state is not State.REFUSED:
        return Transition(batch=batch)
    begun = replace(
        batch,
        state=State.IMPORTING,
        attempt=batch.attempt + 1,
        tokens=tokens,
        model=model,
        changed_at=now,
    )
    return Transition(batch=begun, change=Change.BEGUN)


def complete(batch: Batch, *, owner: str, added: int, now: datetime) -> Transition:
    """Make the tokens of this attempt count, from now on and for good.

    Raises:
        IllegalTransition: another attempt has taken its place, or it was refused meanwhile.
    """
    if batch.owner != owner or batch.state is State.REFUSED:
        raise IllegalTransition("another import of the same file came in between")
    if batch.state is State.COMPLETE:
        return Transition(batch=batch)
    done = replace(batch, state=State.COMPLETE, added=added, changed_at=now)
    return Transition(batch=done, change=Change.IMPORTED)


def refuse(batch: Batch, *, now: datetime) -> Transition:
    """Refuse the whole batch; a complete one stays."""
    if batch.state is State.COMPLETE:
        return Transition(batch=batch)
    refused = replace(batch, state=State.REFUSED, changed_at=now)
    return Transition(batch=refused, change=Change.REFUSED)


def _about(draft: Draft, texts: Iterable[str]) -> list[Reason]:
    return [Reason(text=text, row=draft.row, serial=draft.name) for text in texts]
