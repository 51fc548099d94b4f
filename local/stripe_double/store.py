"""The Stripe double's state, in one SQLite file, so that it survives a restart."""

from __future__ import annotations

import json
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

Delivery = Literal["pending", "delivered", "failed", "dropped", "held"]

_SCHEMA = """
CREATE TABLE IF NOT EXISTS objects (
    number INTEGER PRIMARY KEY, id TEXT UNIQUE NOT NULL, kind TEXT NOT NULL, body TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS answers (
    key TEXT PRIMARY KEY, endpoint TEXT NOT NULL, fingerprint TEXT NOT NULL, at REAL NOT NULL,
    request TEXT NOT NULL, status INTEGER NOT NULL, body TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS deliveries (
    event TEXT PRIMARY KEY, state TEXT NOT NULL, attempts TEXT NOT NULL);
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """The answer stored for an idempotency key; `at` is the moved time in seconds."""

    key: str
    endpoint: str
    fingerprint: str
    at: float
    request: str
    status: int
    body: str


class Store:
    """Objects by id, answers by idempotency key, deliveries by event. One thread at a time."""

    def __init__(self, path: Path) -> None:
        """Open the file, making it if it is missing."""
        path.parent.mkdir(parents=True, exist_ok=True)
        self._database = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        self._database.executescript(_SCHEMA)
        self._lock = threading.RLock()
        self._depth = 0
        # Set by each commit: the watcher for work waits on it.
        self.changed = threading.Event()

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._database.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """A transaction; an inner one may fail alone."""
        with self._lock:
            level = f"level_{self._depth}"
            written = self._database.total_changes
            self._database.execute(f"SAVEPOINT {level}")
            self._depth += 1
            try:
                yield
            except BaseException:
                self._database.execute(f"ROLLBACK TO {level}")
                raise
            finally:
                self._depth -= 1
                self._database.execute(f"RELEASE {level}")
            if not self._depth and self._database.total_changes != written:
                self.changed.set()

    def put(self, body: dict[str, Any], *, kind: str | None = None) -> None:
        """Store or replace an object under its id; its kind is Stripe's `object` field."""
        self._write(
            "INSERT INTO objects (id, kind, body) VALUES (?, ?, ?)"
            " ON CONFLICT (id) DO UPDATE SET body = excluded.body",
            (body["id"], kind or body["object"], json.dumps(body)),
        )

    def get(self, kind: str, object_id: str) -> dict[str, Any] | None:
        """The object of this kind and id, if there is one."""
        rows = self._read("SELECT body FROM objects WHERE id = ? AND kind = ?", (object_id, kind))
        return json.loads(rows[0][0]) if rows else None

    def delete(self, object_id: str) -> None:
        """Delete the object of this id."""
        self._write("DELETE FROM objects WHERE id = ?", (object_id,))

    def newest_first(self, kind: str) -> list[dict[str, Any]]:
        """All objects of a kind."""
        rows = self._read("SELECT body FROM objects WHERE kind = ? ORDER BY number DESC", (kind,))
        return [json.loads(body) for (body,) in rows]

    def answer(self, key: str) -> Answer | None:
        """The answer stored for an idempotency key."""
        rows = self._read(
            "SELECT key, endpoint, fingerprint, at, request, status, body FROM answers"
            " WHERE key = ?",
            (key,),
        )
        names = ("key", "endpoint", "fingerprint", "at", "request", "status", "body")
        return Answer(**dict(zip(names, rows[0], strict=True))) if rows else None

    def keep_answer(self, kept: Answer) -> None:
        """Store the answer; it replaces one that is too old."""
        self._write(
            "INSERT OR REPLACE INTO answers VALUES (?, ?, ?, ?, ?, ?, ?)",
            (
                kept.key,
                kept.endpoint,
                kept.fingerprint,
                kept.at,
                kept.request,
                kept.status,
                kept.body,
            ),
        )

    def set_delivery(self, event: str, state: Delivery, attempt: str | None = None) -> None:
        """Record the state of an event's delivery; `attempt` is added to its log."""
        with self.transaction():
            attempts = self.delivery(event)[1] + ([attempt] if attempt else [])
            self._write(
                "INSERT OR REPLACE INTO deliveries VALUES (?, ?, ?)",
                (event, state, json.dumps(attempts)),
            )

    def delivery(self, event: str) -> tuple[Delivery, list[str]]:
        """The state of an event's delivery and the log of its attempts."""
        rows = self._read("SELECT state, attempts FROM deliveries WHERE event = ?", (event,))
        return (rows[0][0], json.loads(rows[0][1])) if rows else ("pending", [])

    def in_delivery(self, state: Delivery) -> list[str]:
        """The ids of the events in this state of delivery, oldest first."""
        rows = self._read(
            "SELECT event FROM deliveries JOIN objects ON event = id WHERE state = ?"
            " ORDER BY number",
            (state,),
        )
        return [event for (event,) in rows]

    def _read(self, statement: str, values: tuple[Any, ...]) -> list[Any]:
        with self._lock:
            return self._database.execute(statement, values).fetchall()

    def _write(self, statement: str, values: tuple[Any, ...]) -> None:
        with self.transaction():
            self._database.execute(statement, values)
