"""The `credentials` table: the inventory of tokens, the batches they came in, the data keys."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from pynamodb.attributes import BinaryAttribute, NumberAttribute, UnicodeAttribute

from keyfob.domain import due_index as index
from keyfob.domain.audit.entry import GENESIS
from keyfob.domain.inventory.batch import Batch, State
from keyfob.domain.inventory.model import DEFAULT_MODEL
from keyfob.domain.inventory.token import Algorithm, SealedSeed, Token, TokenState, TokenType
from keyfob.storage.database import Database
from keyfob.storage.rows import AuditedRow, Put, Subject, Update, assign, differing

SK = "-"
_TOKEN = "TOKEN#"  # noqa: S105
_BATCH = "BATCH#"
# The owner whose batch is read for an unknown serial number.
_NOBODY = "nobody#0"


class TokenRow(AuditedRow):
    """`TOKEN#<serial>`. Its chain of audit entries begins with its first change, not its import.

    `order` and `unit`: what it was shipped for. `holder`: the credential with which it is or was
    registered. Without a `state` it was neither registered nor withdrawn.
    """

    class Meta:
        table_name = "credentials"

    type = UnicodeAttribute()
    algorithm = UnicodeAttribute()
    digits = NumberAttribute()
    period = NumberAttribute(null=True)
    counter = NumberAttribute(null=True)
    drift = NumberAttribute(null=True)
    data_key = UnicodeAttribute()
    seed = BinaryAttribute(legacy_encoding=False)
    batch = UnicodeAttribute()
    order = UnicodeAttribute(null=True)
    unit = NumberAttribute(null=True)
    holder = UnicodeAttribute(null=True)
    state = UnicodeAttribute(null=True)


class BatchRow(AuditedRow):
    """`BATCH#<id>`: a key file."""

    class Meta:
        table_name = "credentials"

    file = UnicodeAttribute()
    state = UnicodeAttribute()
    attempt = NumberAttribute()
    tokens = NumberAttribute()
    added = NumberAttribute()
    changed_at = UnicodeAttribute()
    model = UnicodeAttribute(null=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """A token's row: the token, its sealed secret, and the batch attempt that wrote it.

    `model`: its batch's, if the batch was read with it.
    """

    serial: str
    sealed: SealedSeed
    owner: str
    row: TokenRow
    model: str = DEFAULT_MODEL

    @property
    def subject(self) -> Subject:
        """The end of its audit chain; there is none before its first change."""
        row = self.row
        return Subject(id=_token_key(self.serial), number=int(row.version), head=row.head)

    @property
    def order(self) -> str | None:
        """The number of the order that it was shipped for."""
        return self.row.order

    @property
    def unit(self) -> int | None:
        """The license key of that order that it was shipped for, from 0."""
        return None if self.row.unit is None else int(self.row.unit)

    @property
    def holder(self) -> str | None:
        """The subject of the credential that it is or was registered with."""
        return self.row.holder

    @property
    def state(self) -> str | None:
        """Its state; None before it is registered or withdrawn."""
        return self.row.state

    @property
    def is_free(self) -> bool:
        """Whether it was neither registered, since none has a second holder, nor withdrawn."""
        return self.state is None

    def token(self, secret: bytes) -> Token:
        """The token, given its opened secret."""
        row = self.row
        return Token(
            serial=self.serial,
            secret=secret,
            type=TokenType(row.type),
            algorithm=Algorithm(row.algorithm),
            digits=int(row.digits),
            period=None if row.period is None else int(row.period),
            counter=None if row.counter is None else int(row.counter),
            drift=int(row.drift or 0),
        )


class Inventory:
    """Reads tokens and batches."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def stored(self, serials: Sequence[str]) -> dict[str, Stored]:
        """The rows under these serial numbers, strongly consistent, whether they count or not."""
        keys = [(_token_key(serial), SK) for serial in serials]
        found = map(_stored, self._database.get_many(TokenRow, keys))
        return {one.serial: one for one in found}

    def token(self, serial: str) -> Stored | None:
        """The token with this serial number, if its batch is complete.

        An unknown serial number takes the same reads (S29).
        """
        return self.tokens([serial]).get(serial)

    def tokens(self, serials: Sequence[str]) -> dict[str, Stored]:
        """The tokens with these serial numbers whose batches are complete."""
        stored = self.stored(serials)
        batches = self.batches([one.owner for one in stored.values()] or [_NOBODY])
        complete = {
            owner: one.model for owner, one in batches.items() if one.state is State.COMPLETE
        }
        return {
            serial: replace(one, model=complete[one.owner])
            for serial, one in stored.items()
            if one.owner in complete
        }

    def serials_of(self, owner: str) -> Iterator[str]:
        """The serial numbers that this attempt of a batch wrote; reads the whole table."""
        for item in self._database.scan(TokenRow):
            pk = item["pk"]["S"]
            if pk.startswith(_TOKEN) and item["batch"]["S"] == owner:
                yield pk.removeprefix(_TOKEN)

    def free_tokens(self) -> Counter[str]:
        """How many tokens of each model are free and not shipped; reads the whole table."""
        by_owner, models = Counter[str](), dict[str, str]()
        for item in self._database.scan(TokenRow):
            pk = item["pk"]["S"]
            if pk.startswith(_TOKEN) and not item.keys() & {"state", "order"}:
                by_owner[item["batch"]["S"]] += 1
            elif pk.startswith(_BATCH) and item["state"]["S"] == State.COMPLETE:
                batch = _batch(BatchRow.from_raw_data(item))
                models[batch.owner] = batch.model
        free = Counter[str]()
        for owner, model in models.items():
            free[model] += by_owner[owner]
        return free

    def batch(self, batch_id: str) -> Batch | None:
        """The batch with this id, strongly consistent."""
        row = self._database.get(BatchRow, f"BATCH#{batch_id}", SK)
        return _batch(row) if row else None

    def batches(self, owners: Sequence[str]) -> dict[str, Batch]:
        """The batches whose present attempt is one of `owners`, by owner."""
        keys = sorted({(f"BATCH#{owner.partition('#')[0]}", SK) for owner in owners})
        found = map(_batch, self._database.get_many(BatchRow, keys))
        return {batch.owner: batch for batch in found}


def put_token(token: Token, sealed: SealedSeed, owner: str) -> Put:
    """The write that adds a token."""
    values = {
        name: value for name, value in _values(token, sealed, owner).items() if value is not None
    }
    return Put(row=TokenRow(_token_key(token.serial), SK, version=0, head=GENESIS, **values))


def take_over(seen: Stored, token: Token, sealed: SealedSeed, owner: str) -> Update:
    """The update that puts `token` into the row of an attempt that failed, or of one withdrawn.

    If the row has a chain of audit entries, the change has its place in it.
    """
    values = _values(token, sealed, owner) | {"state": None}
    return Update(
        row=TokenRow,
        key=(_token_key(token.serial), SK),
        actions=assign(TokenRow, values),
        condition=TokenRow.batch == seen.owner,
        subject=seen.subject if seen.subject.number else None,
    )


def ship_token(seen: Stored, order: str, unit: int) -> Update:
    """The update that records for which unit (from 0) of which order a token was sent."""
    return Update(
        row=TokenRow,
        key=(_token_key(seen.serial), SK),
        actions=[TokenRow.order.set(order), TokenRow.unit.set(unit)],
        condition=TokenRow.batch == seen.owner,
        subject=seen.subject,
    )


def assign_token(seen: Stored, holder: str) -> Update:
    """The update that assigns a token to a credential (`CREDENTIAL#…`), for good."""
    return _stated(seen, TokenState.ASSIGNED, TokenRow.holder.set(holder))


def retire_token(seen: Stored) -> Update:
    """The update that takes a token out of circulation; its holder stays recorded."""
    return _stated(seen, TokenState.RETIRED)


def withdraw_token(seen: Stored) -> Update:
    """The update that takes a free token out of the inventory, until it is imported again."""
    return _stated(seen, TokenState.WITHDRAWN)


def lose_token(seen: Stored) -> Update:
    """The update that withdraws a token that was lost on its way: nobody can register it."""
    return _stated(seen, TokenState.WITHDRAWN, TokenRow.order.remove(), TokenRow.unit.remove())


def return_token(seen: Stored) -> Update:
    """The update that makes a shipped token, which came back, free again."""
    return Update(
        row=TokenRow,
        key=(_token_key(seen.serial), SK),
        actions=[TokenRow.order.remove(), TokenRow.unit.remove()],
        condition=TokenRow.batch == seen.owner,
        subject=seen.subject,
    )


def _stated(seen: Stored, state: TokenState, *actions: Any) -> Update:
    return Update(
        row=TokenRow,
        key=(_token_key(seen.serial), SK),
        actions=[TokenRow.state.set(state), *actions],
        condition=TokenRow.batch == seen.owner,
        subject=seen.subject,
    )


def put_batch(batch: Batch) -> Put:
    """The write that adds a batch."""
    row = BatchRow(batch.subject, SK, file=batch.file, **_changing(batch))
    return Put(row=row, subject=Subject(id=batch.subject))


def change_batch(seen: Batch, to: Batch) -> Update:
    """The update that turns `seen` into `to`."""
    return Update(
        row=BatchRow,
        key=(seen.subject, SK),
        actions=assign(BatchRow, differing(_changing(seen), _changing(to))),
        subject=Subject(id=seen.subject, number=seen.version, head=seen.head),
    )


def _values(token: Token, sealed: SealedSeed, owner: str) -> dict[str, Any]:
    return {
        "type": token.type,
        "algorithm": token.algorithm,
        "digits": token.digits,
        "period": token.period,
        "counter": token.counter,
        "drift": token.drift or None,
        "data_key": sealed.data_key,
        "seed": sealed.content,
        "batch": owner,
    }


def _changing(batch: Batch) -> dict[str, Any]:
    return {
        "state": batch.state,
        "attempt": batch.attempt,
        "tokens": batch.tokens,
        "added": batch.added,
        "model": batch.model,
        "changed_at": index.instant(batch.changed_at),
    }


def _token_key(serial: str) -> str:
    return f"{_TOKEN}{serial}"


def _stored(row: TokenRow) -> Stored:
    return Stored(
        serial=row.pk.removeprefix(_TOKEN),
        sealed=SealedSeed(data_key=row.data_key, content=row.seed),
        owner=row.batch,
        row=row,
    )


def _batch(row: BatchRow) -> Batch:
    return Batch(
        id=row.pk.removeprefix("BATCH#"),
        file=row.file,
        state=State(row.state),
        attempt=int(row.attempt),
        tokens=int(row.tokens),
        added=int(row.added),
        model=row.model or DEFAULT_MODEL,
        changed_at=datetime.fromisoformat(row.changed_at),
        version=int(row.version),
        head=row.head,
    )
