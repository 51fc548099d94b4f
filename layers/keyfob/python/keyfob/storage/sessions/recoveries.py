"""Recovery rows in the `sessions` table: one for each user id, with or without an account."""

from __future__ import annotations

import hashlib
from datetime import datetime

from pynamodb.attributes import NumberAttribute, UnicodeAttribute

from keyfob.domain.sessions.recovery_code import Recovery, milliseconds, moment
from keyfob.storage.database import Database
from keyfob.storage.rows import Row, Update, assign

SK = "-"


class RecoveryRow(Row):
    """`RECOVERY#<hash of the user id>`; the next request for the user id overwrites it."""

    class Meta:
        table_name = "sessions"

    account = UnicodeAttribute()
    mac = UnicodeAttribute()
    made = NumberAttribute()
    used = NumberAttribute(null=True)
    expires = NumberAttribute()


class Recoveries:
    """Reads recoveries."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def get(self, user_id: str) -> Recovery | None:
        """The last request under this user id, strongly consistent."""
        key = key_of(user_id)
        row = self._database.get(RecoveryRow, key, SK)
        if row is None:
            return None
        used = None if row.used is None else moment(row.used)
        return Recovery(key=key, account=row.account, mac=row.mac, made=moment(row.made), used=used)


def key_of(user_id: str) -> str:
    """The row's key; hashed, since the user id may be anything that somebody typed."""
    return f"RECOVERY#{hashlib.sha256(user_id.encode()).hexdigest()[:32]}"


def replace(seen: Recovery | None, new: Recovery, *, until: datetime) -> Update:
    """The write that replaces `seen` by `new`; the old code is invalid; kept until `until`."""
    values = {
        "account": new.account,
        "mac": new.mac,
        "made": milliseconds(new.made),
        "used": None,
        "expires": int(until.timestamp()),
    }
    unchanged = RecoveryRow.mac == seen.mac if seen else RecoveryRow.mac.does_not_exist()
    return Update(
        row=RecoveryRow, key=(new.key, SK), actions=assign(RecoveryRow, values), condition=unchanged
    )


def spend(seen: Recovery, now: datetime) -> Update:
    """The write that uses the code up, once."""
    return Update(
        row=RecoveryRow,
        key=(seen.key, SK),
        actions=[RecoveryRow.used.set(milliseconds(now))],
        condition=(RecoveryRow.mac == seen.mac) & RecoveryRow.used.does_not_exist(),
    )
