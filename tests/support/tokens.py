"""Tokens in the inventory, without a key file."""

from __future__ import annotations

import secrets
from datetime import datetime
from typing import Any

from keyfob.domain.audit.entry import GENESIS, Actor, Entry
from keyfob.domain.inventory.batch import Batch, State
from keyfob.domain.inventory.model import DEFAULT_MODEL
from keyfob.domain.inventory.token import Algorithm, SealedSeed, Token, TokenType
from keyfob.storage.inventory.store import put_batch, put_token
from keyfob.storage.orders.stock import STOCK, StockRow, moved
from keyfob.storage.rows import Put
from keyfob.storage.transaction import Transactions
from tests.support.fakes import START

# Tokens in stock, without a row each: most tests aren't about back-orders.
PLENTY = 1_000


def plenty() -> dict[str, Any]:
    """The row of a stock with plenty of tokens, as the table has it."""
    counters: dict[str, Any] = {"free": PLENTY, "waiting": 0, "changes": 1, "version": 0}
    row = StockRow(STOCK, DEFAULT_MODEL, head=GENESIS, **counters)
    item: dict[str, Any] = Put(row=row).request()[1]["Item"]
    return item


def stock(
    transactions: Transactions,
    *serials: str,
    state: State = State.COMPLETE,
    now: datetime = START,
    model: str = DEFAULT_MODEL,
) -> None:
    """Put these time-based tokens of 8 digits into the inventory, in a batch in this state."""
    batch = Batch(
        id=secrets.token_hex(20),
        file="test.csv",
        changed_at=now,
        state=state,
        attempt=1,
        model=model,
    )
    entry = Entry(
        action="batch.imported",
        actor=Actor(kind="operator", id="key-files"),
        at=now,
        subject=batch.subject,
        facts={"tokens": len(serials)},
    )
    sealed = SealedSeed(data_key="2026Q4", content=b"sealed")
    tokens = [put_token(_token(serial), sealed, batch.owner) for serial in serials]
    grown = [moved(model, free=len(serials), due=now)] if state is State.COMPLETE else []
    transactions.commit(put_batch(batch), *tokens, *grown, audit=[entry])


def _token(serial: str) -> Token:
    return Token(
        serial=serial,
        secret=b"",
        type=TokenType.TOTP,
        algorithm=Algorithm.SHA1,
        digits=8,
        period=30,
    )
