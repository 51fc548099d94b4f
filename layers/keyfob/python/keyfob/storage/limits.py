"""Counters that limit guessing: charged before a guess is evaluated, given back if it was right.

Charging first makes the limit hold in parallel: of any number of guesses at once, no more than the
limit are ever evaluated.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from pynamodb.attributes import NumberAttribute, UnicodeAttribute
from pynamodb.expressions.update import Action

from keyfob.domain import ids
from keyfob.domain.due_index import instant
from keyfob.domain.errors import Busy, DomainError, TooManyTries
from keyfob.domain.limits import Limit, Quota
from keyfob.storage.database import Conflict, Database
from keyfob.storage.rows import Put, Row, Update

SK = "-"
_ATTEMPTS = 5


class LimitRow(Row):
    """`LIMIT#<name>#<hash of the subject>`: the tries of the window that ends at `window_end`."""

    class Meta:
        table_name = "sessions"

    tries = NumberAttribute()
    window_end = UnicodeAttribute()
    expires = NumberAttribute()


@dataclass(frozen=True, slots=True, kw_only=True)
class Charge:
    """A charge that can be given back, to a window that ends before `next_end`.

    Later tries may have lengthened the window; the next one ends a whole period later.
    """

    key: str
    next_end: str
    units: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Reservation:
    """The writes that count against several limits at once, and what they charge."""

    writes: Sequence[Put | Update]
    charges: Sequence[Charge]


class Limits:
    """Charges tries against windows kept in the sessions table."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def guess(
        self,
        quotas: Sequence[Quota],
        now: datetime,
        *,
        wrong: type[DomainError] | tuple[type[DomainError], ...],
        used_up: type[DomainError] | None = None,
    ) -> AbstractContextManager[None]:
        """Wrap a guess: counted before it is evaluated, given back unless it was `wrong`.

        Any other refusal reveals nothing about the guess.

        Raises:
            TooManyTries, or `used_up`: one of the windows is used up; nothing is counted.
        """
        counts = partial(_is_one_of, wrong)
        return self._counted(quotas, now, counts, used_up=used_up)

    def request(
        self,
        quotas: Sequence[Quota],
        now: datetime,
        *,
        failed: type[DomainError] | tuple[type[DomainError], ...] = DomainError,
    ) -> AbstractContextManager[None]:
        """Wrap a costly request: counted before it is done, given back if it `failed`.

        Raises:
            TooManyTries: one of the windows is used up.
        """
        return self._counted(quotas, now, lambda refusal: not isinstance(refusal, failed))

    @contextmanager
    def _counted(
        self,
        quotas: Sequence[Quota],
        now: datetime,
        counts: Callable[[DomainError | None], bool],
        used_up: type[DomainError] | None = None,
    ) -> Iterator[None]:
        """Take one quota after the other, so that the first protects the later ones."""
        taken: list[Charge] = []
        try:
            for quota in quotas:
                taken += self.take([quota], now)
        except DomainError as refusal:
            self.give_back(taken)
            if used_up and isinstance(refusal, TooManyTries):
                raise used_up from refusal
            raise
        try:
            yield
        except DomainError as refusal:
            if not counts(refusal):
                self.give_back(taken)
            raise
        if not counts(None):
            self.give_back(taken)

    def clear(self, quotas: Iterable[Quota]) -> None:
        """Forget all tries of these quotas, also those of acts that are still under way."""
        for quota in quotas:
            update = Update(
                row=LimitRow,
                key=(quota.key, SK),
                actions=[LimitRow.tries.set(0)],
                condition=LimitRow.tries > 0,
            )
            with suppress(Conflict):
                self._database.write(update)

    def take(self, quotas: Sequence[Quota], now: datetime) -> Sequence[Charge]:
        """Count all quotas, or none.

        Raises:
            TooManyTries: one of the windows is used up.
        """
        for _ in range(_ATTEMPTS):
            reserved = self.reserve(quotas, now)
            try:
                self._write(reserved.writes, now)
            except Conflict:
                continue  # somebody else counted: look again
            return reserved.charges
        raise Busy

    def reserve(self, quotas: Sequence[Quota], now: datetime) -> Reservation:
        """The writes that count all quotas, or none, as part of a transaction.

        Raises:
            TooManyTries: one of the windows is used up; nothing is counted anywhere.
        """
        rows = self._rows(quotas)
        taken = [_first_open(quota, rows, now) for quota in quotas]
        waits = [wait for quota in taken if (wait := _wait(quota, rows, now))]
        if waits:
            raise TooManyTries(retry_after=max(waits))
        counted = [_counted(quota, rows.get(quota.key), now) for quota in taken]
        return Reservation(
            writes=[write for write, _ in counted], charges=[charge for _, charge in counted]
        )

    def _rows(self, quotas: Sequence[Quota]) -> Mapping[str, LimitRow]:
        beyond = [quota.beyond for quota in quotas if quota.beyond]
        keys = [quota.key for quota in (*quotas, *beyond)]
        found = self._database.get_each([(LimitRow, key, SK) for key in keys])
        return {row.pk: row for row in found if isinstance(row, LimitRow)}

    def _write(self, writes: Sequence[Put | Update], now: datetime) -> None:
        if len(writes) == 1:
            self._database.write(writes[0])  # at half the price of a transaction
        else:
            self._database.transact(writes, token=ids.ulid(now))

    def give_back(self, charges: Iterable[Charge]) -> None:
        """Uncount these charges; a window that ended meanwhile needs nothing."""
        for charge in charges:
            update = Update(
                row=LimitRow,
                key=(charge.key, SK),
                actions=[LimitRow.tries.add(-charge.units)],
                condition=(LimitRow.window_end < charge.next_end)
                & (LimitRow.tries >= charge.units),
            )
            with suppress(Conflict):
                self._database.write(update)


def _first_open(quota: Quota, rows: Mapping[str, LimitRow], now: datetime) -> Quota:
    """The quota, or the one beyond it if that can be taken sooner."""
    options = [quota, quota.beyond] if quota.beyond else [quota]
    return min(options, key=lambda one: _wait(one, rows, now))


def _wait(quota: Quota, rows: Mapping[str, LimitRow], now: datetime) -> timedelta:
    """The time until the quota can be taken: none, unless it is used up."""
    row = rows.get(quota.key)
    if _used(row, now) + quota.units <= quota.limit.tries:
        return timedelta(0)
    return _end(quota.limit, row, now) - now


def _is_one_of(
    kinds: type[DomainError] | tuple[type[DomainError], ...], refusal: DomainError | None
) -> bool:
    return isinstance(refusal, kinds)


def _is_open(row: LimitRow, now: datetime) -> bool:
    return row.window_end > instant(now)


def _used(row: LimitRow | None, now: datetime) -> int:
    return int(row.tries) if row and _is_open(row, now) else 0


def _end(limit: Limit, row: LimitRow | None, now: datetime) -> datetime:
    if row and _is_open(row, now):
        return datetime.fromisoformat(row.window_end)
    return now + limit.period


def _counted(quota: Quota, row: LimitRow | None, now: datetime) -> tuple[Put | Update, Charge]:
    limit, key = quota.limit, quota.key
    ends = now + limit.period if limit.until_quiet else _end(limit, row, now)
    end, expires = instant(ends), int((now + limit.period * 2).timestamp())
    charge = Charge(key=key, next_end=instant(ends + limit.period), units=quota.units)
    if row is None:
        new = LimitRow(key, SK, tries=quota.units, window_end=end, expires=expires)
        return Put(row=new), charge
    same = LimitRow.window_end == row.window_end
    lasting: list[Action] = [LimitRow.window_end.set(end), LimitRow.expires.set(expires)]
    if _is_open(row, now):
        actions: list[Action] = [LimitRow.tries.add(quota.units)]
        actions += lasting if limit.until_quiet else []
        same &= LimitRow.tries <= limit.tries - quota.units
    else:
        actions = [LimitRow.tries.set(quota.units), *lasting]
    return Update(row=LimitRow, key=(key, SK), actions=actions, condition=same), charge
