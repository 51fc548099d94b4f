"""Holds in the `credentials` table, in partitions of their own.

IAM can restrict a role by a key's first part only. These keys let a role be bound to `HOLD#*` and
`FREEZE#*`, so that it can write no credential.

    who binds reads hold v3             a freeze: v4
    credential IF version = 7
    hold IF version = 3                 → Conflict: the binding reads again, and is refused
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pynamodb.attributes import (
    BooleanAttribute,
    JSONAttribute,
    MapAttribute,
    NumberAttribute,
    UnicodeAttribute,
)

from keyfob.domain.due_index import instant
from keyfob.domain.holds.hold import Hold, Release
from keyfob.domain.holds.readdressing import Readdressing
from keyfob.storage.database import Database
from keyfob.storage.rows import Check, Put, Row, Update, assign

SK = "-"
NUMBERS = "numbers"


class HoldRow(Row):
    """`HOLD#<account>`: the account's latest hold."""

    class Meta:
        table_name = "credentials"

    version = NumberAttribute()
    began = UnicodeAttribute()
    until = UnicodeAttribute()
    release = UnicodeAttribute(null=True)
    release_until = UnicodeAttribute(null=True)
    frozen = BooleanAttribute(null=True)
    thawed = UnicodeAttribute(null=True)
    readdressed = JSONAttribute(null=True)


class NumbersRow(Row):
    """(`HOLD#<account>`, `numbers`): phones known before the end, erased with the hold (TTL).

    The numbers are sealed, by the phones' ids.
    """

    class Meta:
        table_name = "credentials"

    numbers: MapAttribute[str, Any] = MapAttribute()
    expires = NumberAttribute()


class FreezeLinkRow(Row):
    """`FREEZE#<hash of the link's token>`: the account that the link freezes."""

    class Meta:
        table_name = "credentials"

    account = UnicodeAttribute()
    made = UnicodeAttribute(null=True)
    expires = NumberAttribute()


@dataclass(frozen=True, slots=True, kw_only=True)
class Numbers:
    """Sealed numbers by phone id; `expires` is the row's, None without a row."""

    sealed: Mapping[str, bytes]
    expires: int | None = None


class HoldStore:
    """Reads holds, strongly consistent."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def get(self, account: str) -> Hold | None:
        """The account's latest hold."""
        row = self._database.get(HoldRow, *_key(account))
        return _hold(account, row) if row else None

    def numbers(self, account: str, now: datetime) -> Numbers:
        """The sealed numbers of the phones that the account's hold keeps; none once it is over."""
        row = self._database.get(NumbersRow, f"HOLD#{account}", NUMBERS)
        if row is None:
            return Numbers(sealed={})
        live = row.expires > now.timestamp()
        sealed = row.numbers.as_dict() if live else {}
        return Numbers(sealed=sealed, expires=int(row.expires))

    def frozen_by(self, token: str, now: datetime) -> str | None:
        """The account that the link with this token freezes; None if there is no such link now.

        Links from before the account was thawed are none: an operator has ended their matter.
        """
        row = self._database.get(FreezeLinkRow, _link_key(token), SK)
        if row is None or row.expires <= now.timestamp():
            return None
        hold = self.get(row.account)
        thawed = instant(hold.thawed) if hold and hold.thawed else ""
        return row.account if (row.made or "") >= thawed else None


def change(seen: Hold | None, to: Hold) -> Update:
    """The write that turns `seen` into `to`, whose version is the next one."""
    release = to.release
    values = {
        "version": to.version,
        "began": instant(to.began),
        "until": instant(to.until),
        "release": release.mac if release else None,
        "release_until": instant(release.until) if release else None,
        "frozen": True if to.frozen else None,
        "thawed": instant(to.thawed) if to.thawed else None,
        "readdressed": [
            {"by": one.by, "at": instant(one.at), "until": instant(one.until)}
            for one in to.readdressed
        ]
        or None,
    }
    return Update(
        row=HoldRow,
        key=_key(to.account),
        actions=assign(HoldRow, values),
        condition=_as_seen(seen),
    )


def unchanged(account: str, seen: Hold | None) -> Check:
    """Condition check: nothing has ended, was released or frozen since."""
    return Check(row=HoldRow, key=_key(account), condition=_as_seen(seen))


def keep_numbers(
    account: str,
    seen: Numbers,
    sealed: Mapping[str, bytes],
    *,
    until: datetime,
    at_most: bool = False,
) -> Update:
    """The write that keeps these sealed numbers until then.

    If they were to be kept longer they are, unless `at_most` says otherwise.
    """
    expires = int(until.timestamp())
    if seen.sealed and not at_most:
        expires = max(expires, seen.expires or 0)
    before = NumbersRow.expires
    return Update(
        row=NumbersRow,
        key=(f"HOLD#{account}", NUMBERS),
        actions=[NumbersRow.numbers.set(dict(sealed)), before.set(expires)],
        condition=before.does_not_exist() if seen.expires is None else before == seen.expires,
    )


def put_link(account: str, token: str, now: datetime, *, until: datetime) -> Put:
    """The write that lets this token freeze the account until then."""
    expires = int(until.timestamp())
    row = FreezeLinkRow(_link_key(token), SK, account=account, made=instant(now), expires=expires)
    return Put(row=row)


def _as_seen(seen: Hold | None) -> Any:
    return HoldRow.version == seen.version if seen else HoldRow.version.does_not_exist()


def _key(account: str) -> tuple[str, str]:
    return f"HOLD#{account}", SK


def _link_key(token: str) -> str:
    return f"FREEZE#{hashlib.sha256(token.encode()).hexdigest()}"


def _hold(account: str, row: HoldRow) -> Hold:
    release = None
    if row.release and row.release_until:
        release = Release(mac=row.release, until=datetime.fromisoformat(row.release_until))
    return Hold(
        account=account,
        began=datetime.fromisoformat(row.began),
        until=datetime.fromisoformat(row.until),
        release=release,
        frozen=bool(row.frozen),
        thawed=datetime.fromisoformat(row.thawed) if row.thawed else None,
        readdressed=tuple(
            Readdressing(
                by=one["by"],
                at=datetime.fromisoformat(one["at"]),
                until=datetime.fromisoformat(one["until"]),
            )
            for one in row.readdressed or ()
        ),
        version=int(row.version),
    )
