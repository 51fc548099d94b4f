"""Recovery rows in the `sessions` table: one for each user id, with or without an account."""

from __future__ import annotations

import hashlib
from datetime import datetime

from pynamodb.attributes import BinaryAttribute, NumberAttribute, UnicodeAttribute

from keyfob.domain.sessions.recovery_code import Recovery, milliseconds, moment
from keyfob.storage.database import Database
from keyfob.storage.rows import Row, Update, assign

SK = "-"
_KEPT = 1800  # seconds after its end, in which a second use of a code is refused by its row


class RecoveryRow(Row):
    """`RECOVERY#<hash of the user id>`; a later code for the user id overwrites it."""

    class Meta:
        table_name = "sessions"

    account = UnicodeAttribute()
    mac = UnicodeAttribute()
    sealed = BinaryAttribute(legacy_encoding=False, null=True)
    made = NumberAttribute()
    until = NumberAttribute(null=True)
    used = NumberAttribute(null=True)
    expires = NumberAttribute()


class Recoveries:
    """Reads recoveries."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def get(self, user_id: str) -> Recovery | None:
        """The last code under this user id, strongly consistent."""
        key = key_of(user_id)
        row = self._database.get(RecoveryRow, key, SK)
        if row is None:
            return None
        return Recovery(
            key=key,
            account=row.account,
            mac=row.mac,
            # A row without these is of an earlier version: its code has expired.
            sealed=row.sealed or b"",
            made=moment(row.made),
            until=moment(row.made if row.until is None else row.until),
            used=None if row.used is None else moment(row.used),
        )


def key_of(user_id: str) -> str:
    """The row's key; hashed, since the user id may be anything that somebody typed."""
    return f"RECOVERY#{hashlib.sha256(user_id.encode()).hexdigest()[:32]}"


def replace(seen: Recovery | None, new: Recovery) -> Update:
    """The write that replaces `seen` by `new`, the same code extended or another one."""
    values = {
        "account": new.account,
        "mac": new.mac,
        "sealed": new.sealed,
        "made": milliseconds(new.made),
        "until": milliseconds(new.until),
        "used": None,
        "expires": int(new.until.timestamp()) + _KEPT,
    }
    unchanged = RecoveryRow.mac.does_not_exist()
    if seen:
        used = RecoveryRow.used
        as_used = used.does_not_exist() if seen.used is None else used.exists()
        unchanged = (RecoveryRow.mac == seen.mac) & as_used
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
