"""Links that dispute a proofing, in the `proofing` table, in partitions of their own.

who opens the page reads            nothing is written
two press its button at once        credential IF version = 7 ⊕ link IF unused
                                    the second reads again: it is suspended already
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime

from pynamodb.attributes import BooleanAttribute, NumberAttribute, UnicodeAttribute

from keyfob.storage.database import Database
from keyfob.storage.rows import Put, Row, Update

SK = "-"


class DisputeLinkRow(Row):
    """`DISPUTE#<hash of the link's token>`: the account and credential that were proofed."""

    class Meta:
        table_name = "proofing"

    account = UnicodeAttribute()
    credential = UnicodeAttribute()
    used = BooleanAttribute(null=True)
    expires = NumberAttribute()


@dataclass(frozen=True, slots=True, kw_only=True)
class DisputeLink:
    """The account and credential of a link; `used`: it has stopped the credential."""

    account: str
    credential: str
    used: bool


class DisputeLinks:
    """Reads links, strongly consistent."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def get(self, token: str, now: datetime) -> DisputeLink | None:
        """The link with this token; None if it was never made, or is too old."""
        row = self._database.get(DisputeLinkRow, _key(token), SK)
        if row is None or row.expires <= now.timestamp():
            return None
        return DisputeLink(account=row.account, credential=row.credential, used=bool(row.used))


def put_link(account: str, credential: str, token: str, *, until: datetime) -> Put:
    """The write that lets this token dispute the proofing until then."""
    expires = int(until.timestamp())
    return Put(
        row=DisputeLinkRow(_key(token), SK, account=account, credential=credential, expires=expires)
    )


def use(token: str) -> Update:
    """The write that uses the link up; a `Conflict` if it was used."""
    return Update(
        row=DisputeLinkRow,
        key=(_key(token), SK),
        actions=[DisputeLinkRow.used.set(True)],
        condition=DisputeLinkRow.account.exists() & DisputeLinkRow.used.does_not_exist(),
    )


def _key(token: str) -> str:
    return f"DISPUTE#{hashlib.sha256(token.encode()).hexdigest()}"
