"""Connections in the `accounts` table, under keys of their own.

IAM can restrict a role by a key's first part only. These keys let a role be bound to
`CONNECTION#*`, `CHILDREN#*` and idempotency records, so that it can write no account.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from pynamodb.attributes import UnicodeAttribute

from keyfob.domain.connections.connection import Connection, State
from keyfob.domain.due_index import instant
from keyfob.storage.database import Database
from keyfob.storage.idempotency import IdempotencyRecord, IdempotencyRow, result_of
from keyfob.storage.rows import AuditedRow, Put, Row, Subject, Update, assign, differing

SK = "-"


class ConnectionRow(AuditedRow):
    """`CONNECTION#<child>`: there is one row for each child, so it has at most one parent."""

    class Meta:
        table_name = "accounts"

    id = UnicodeAttribute()
    parent = UnicodeAttribute()
    state = UnicodeAttribute()
    requested_at = UnicodeAttribute()
    expires_at = UnicodeAttribute()
    connected_at = UnicodeAttribute(null=True)


class ChildRow(Row):
    """(`CHILDREN#<parent>`, child): a request once made; its connection has the state."""

    class Meta:
        table_name = "accounts"


class ConnectionIdempotencyRow(IdempotencyRow):
    """The idempotency record for a connection's id."""

    class Meta:
        table_name = "accounts"


class ConnectionStore:
    """Reads connections, strongly consistent."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def of_child(self, account: str) -> Connection | None:
        """The account's latest connection to a parent."""
        row = self._database.get(ConnectionRow, *_key(account))
        return _connection(row) if row else None

    def of_parent(self, account: str) -> list[Connection]:
        """The connections whose parent is this account, the oldest first."""
        asked = self._database.query(ChildRow, key=("pk", _children(account)))
        keys = [_key(item["sk"]["S"]) for item in asked]
        found = map(_connection, self._database.get_many(ConnectionRow, keys))
        # A child that has since asked another account is still listed.
        ours = [one for one in found if one.parent == account]
        return sorted(ours, key=lambda one: (one.requested_at, one.id))

    def has_asked(self, child: str, parent: str) -> bool:
        """Whether the child is listed with this parent already."""
        return self._database.get(ChildRow, _children(parent), child) is not None

    def idempotent_result(self, record: IdempotencyRecord) -> str | None:
        """The id of the connection that an earlier request with this key asked for.

        Raises:
            IdempotencyKeyReused: the earlier request had another body.
        """
        return result_of(self._database, ConnectionIdempotencyRow, record)


def put(connection: Connection) -> Put:
    """The write that adds an account's first connection."""
    values = {name: one for name, one in _values(connection).items() if one is not None}
    row = ConnectionRow(*_key(connection.child), **values)
    return Put(row=row, subject=Subject(id=connection.subject))


def change(seen: Connection, to: Connection) -> Update:
    """The update that turns `seen` into `to`, possibly a later connection of the same child."""
    return Update(
        row=ConnectionRow,
        key=_key(seen.child),
        actions=assign(ConnectionRow, differing(_values(seen), _values(to))),
        subject=Subject(id=seen.subject, number=seen.version, head=seen.head),
    )


def list_child(connection: Connection) -> Put:
    """The write that lists the child with its parent."""
    return Put(row=ChildRow(_children(connection.parent), connection.child))


def _key(child: str) -> tuple[str, str]:
    return f"CONNECTION#{child}", SK


def _children(parent: str) -> str:
    return f"CHILDREN#{parent}"


def _values(connection: Connection) -> dict[str, Any]:
    connected_at = connection.connected_at
    return {
        "id": connection.id,
        "parent": connection.parent,
        "state": connection.state,
        "requested_at": connection.requested_at.isoformat(),
        "expires_at": instant(connection.expires_at),
        "connected_at": instant(connected_at) if connected_at else None,
    }


def _connection(row: ConnectionRow) -> Connection:
    return Connection(
        id=row.id,
        child=row.pk.removeprefix("CONNECTION#"),
        parent=row.parent,
        requested_at=datetime.fromisoformat(row.requested_at),
        expires_at=datetime.fromisoformat(row.expires_at),
        state=State(row.state),
        connected_at=datetime.fromisoformat(row.connected_at) if row.connected_at else None,
        version=int(row.version),
        head=row.head,
    )
