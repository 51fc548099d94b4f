"""Counters that limit guessing: charged before a guess is evaluated, given back if it was right.

Charging first is what holds in parallel: of any number of guesses at once, no more than the limit
are ever evaluated.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import ip_address, ip_network

from pynamodb.attributes import NumberAttribute, UnicodeAttribute

from keyfob.due.index import instant
from keyfob.dynamo import Conflict, Database
from keyfob.errors import Busy, TooManyTries
from keyfob.rows import Put, Row, Update

SK = "-"
_ATTEMPTS = 5


class LimitRow(Row):
    """`LIMIT#<name>#<hash of whom it limits>`; the window starts with its first try."""

    class Meta:
        table_name = "sessions"

    tries = NumberAttribute()
    window_end = UnicodeAttribute()
    expires = NumberAttribute()


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """At most `tries` in `period`, for each subject."""

    name: str
    tries: int
    period: timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Charge:
    """A try that was counted, so that it can be given back."""

    key: str
    window_end: str


def network_of(address: str) -> str:
    """Whom an address limit counts: an IPv4 address, or the /64 that an IPv6 client is given."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return address  # API Gateway's own console says "test-invoke-source-ip"
    if parsed.version == 4:
        return str(parsed)
    return str(ip_network((parsed, 64), strict=False))


class Limits:
    """Charges tries against windows kept in the sessions table."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def charge(self, limit: Limit, subject: str, now: datetime) -> Charge:
        """Count one try.

        Raises:
            TooManyTries: the window is used up.
        """
        key = f"LIMIT#{limit.name}#{hashlib.sha256(subject.encode()).hexdigest()[:32]}"
        for _ in range(_ATTEMPTS):
            row = self._database.get(LimitRow, key, SK)
            if row and row.window_end > instant(now) and row.tries >= limit.tries:
                ends = datetime.fromisoformat(row.window_end)
                raise TooManyTries(retry_after=ends - now)
            try:
                return self._count(limit, key, row, now)
            except Conflict:
                continue  # somebody else counted: look again
        raise Busy

    def give_back(self, charge: Charge) -> None:
        """Uncount a try that turned out right; a window that ended meanwhile needs nothing."""
        update = Update(
            row=LimitRow,
            key=(charge.key, SK),
            actions=[LimitRow.tries.add(-1)],
            condition=(LimitRow.window_end == charge.window_end) & (LimitRow.tries > 0),
        )
        try:
            self._database.write(update)
        except Conflict:
            return

    def _count(self, limit: Limit, key: str, row: LimitRow | None, now: datetime) -> Charge:
        end = instant(now + limit.period)
        expires = int((now + limit.period * 2).timestamp())
        if row is None:
            new = LimitRow(key, SK, tries=1, window_end=end, expires=expires)
            self._database.write(Put(row=new))
        elif row.window_end > instant(now):
            end = row.window_end
            within = (LimitRow.window_end == end) & (LimitRow.tries < limit.tries)
            add = [LimitRow.tries.add(1)]
            self._database.write(Update(row=LimitRow, key=(key, SK), actions=add, condition=within))
        else:
            again = [LimitRow.tries.set(1), LimitRow.window_end.set(end)]
            again.append(LimitRow.expires.set(expires))
            same = LimitRow.window_end == row.window_end
            self._database.write(Update(row=LimitRow, key=(key, SK), actions=again, condition=same))
        return Charge(key=key, window_end=end)
