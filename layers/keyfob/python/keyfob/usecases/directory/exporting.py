"""Exports of an organization's accounts (A5, S24, S51).

    asked      export: step 1 ⊕ entry ⊕ effect for step 1
    effect n   reads from the position on, writes a part of the file
               commits: position, part, step n + 1 IF step = n ⊕ effect for step n + 1
    the last   completes the file; commits: ready IF step = n

A killed worker's step is done again: its part has the same number and replaces the former. One that
dies after the file was completed finds its upload gone and begins the file anew; uploads that
nobody completes go after a day, as the file does. A part is held in memory at once, whatever the
organization's size: some five megabytes, the least that the file store takes for a part.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Protocol

from keyfob.domain import ids
from keyfob.domain.audit.entry import Actor, Entry
from keyfob.domain.clock import Clock, in_seconds
from keyfob.domain.directory import export as exports
from keyfob.domain.directory.export import HEADER, Export
from keyfob.domain.errors import Unavailable
from keyfob.domain.limits import Quota, a_day
from keyfob.domain.messages.kinds import Kind
from keyfob.domain.messages.outbox import Message
from keyfob.domain.policy import Policy
from keyfob.domain.sessions.administrator import Administrator
from keyfob.storage import idempotency
from keyfob.storage.directory import exports as rows
from keyfob.storage.directory.exports import Exports
from keyfob.storage.directory.members import List, Member, Members
from keyfob.storage.directory.store import AccountIdempotencyRow, Directory
from keyfob.storage.idempotency import IdempotencyRecord
from keyfob.storage.limits import Limits
from keyfob.storage.messages.store import Lease
from keyfob.storage.transaction import Transactions
from keyfob.usecases.administration.colleagues import Colleagues
from keyfob.usecases.audit.foreign_ids import ForeignIds

_ID = re.compile(r"exp_[0-9a-z]{20}", re.ASCII)
_DAY = timedelta(days=1)
# How long a link to the file works; whoever has it needs no session.
LINK = timedelta(minutes=5)
# Accounts read at once.
_CHUNK = 100


class UploadGone(Exception):
    """The file store doesn't know this upload: it was completed, or given up after a day."""


class ExportFiles(Protocol):
    """Where files of exports are."""

    def put(self, file: str, content: bytes) -> None:
        """Store a whole file; the same one again changes nothing."""

    def begin(self, file: str) -> str:
        """Begin a file of several parts; returns the upload's name."""

    def put_part(self, file: str, upload: str, number: int, content: bytes) -> str:
        """Store a part (from 1) and return its name; one of the same number is replaced.

        Raises:
            UploadGone.
        """

    def complete(self, file: str, upload: str, parts: tuple[str, ...]) -> None:
        """Make the file of its parts, in order.

        Raises:
            UploadGone.
        """


class ExportLinks(Protocol):
    """Links to files of exports."""

    def link(self, file: str, lifetime: timedelta) -> str:
        """An address at which the file can be fetched for so long."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetched:
    """An export, and the address of its file once it is ready."""

    export: Export
    url: str | None = None


class Exporting:
    """Takes requests for exports, and hands out links to their files."""

    def __init__(
        self,
        *,
        colleagues: Colleagues,
        directory: Directory,
        exports: Exports,
        links: ExportLinks,
        limits: Limits,
        foreign: ForeignIds,
        transactions: Transactions,
        clock: Clock,
        policy: Policy,
    ) -> None:
        self._colleagues = colleagues
        self._directory = directory
        self._exports = exports
        self._links = links
        self._limits = limits
        self._foreign = foreign
        self._transactions = transactions
        self._clock = clock
        self._policy = policy

    def request(self, who: Administrator, record: IdempotencyRecord) -> str:
        """Have the organization's accounts written; returns the export's id. Idempotent.

        Raises:
            ElevationRequired. RoleRequired: no administrator any more.
            TooManyTries: the organization has had its exports of the day.
            IdempotencyKeyReused.
        """
        with self._colleagues.acting(who, "export") as now:
            earlier = self._directory.idempotent_result(record)
            if earlier:
                return earlier
            limit = a_day("exports", self._policy.exports_a_day)
            quota = Quota(limit=limit, subject=who.organization)
            with self._limits.request([quota], now, failed=Unavailable):
                return self._transactions.retry_on_conflict(lambda: self._request(who, record, now))

    def fetch(self, who: Administrator, export_id: str) -> Fetched:
        """The export; with a link if its file is ready. Only for who has asked for it.

        Raises:
            ElevationRequired. RoleRequired: no administrator any more.
            NotFound: unknown, older than a day, or somebody else's.
        """
        now, by = self._colleagues.require(who), who.by
        export = self._exports.get(export_id)
        if export is None or not export.fetchable(by.id, who.organization, now):
            raise self._foreign.refused("export", export_id, _ID, otherwise="no export", by=by)
        if not export.ready:
            return Fetched(export=export)
        entry = self._entry("export.fetched", export, by, now)
        self._transactions.commit(audit=[entry])
        return Fetched(export=export, url=self._links.link(export.file, LINK))

    def _request(self, who: Administrator, record: IdempotencyRecord, now: datetime) -> str:
        earlier = self._directory.idempotent_result(record)
        if earlier:
            return earlier
        by, until = who.by, now + _DAY
        export = Export(id=ids.new_id("exp"), organization=who.organization, by=by.id, until=until)
        kept = now + self._policy.idempotency_kept
        self._transactions.commit(
            rows.put(export),
            idempotency.put(AccountIdempotencyRow, record, export.id, until=kept),
            self._colleagues.still(who),
            audit=[self._entry("export.requested", export, by, now)],
            messages=[_step(export, by.correlation)],
        )
        return export.id

    def _entry(self, action: str, export: Export, by: Actor, now: datetime) -> Entry:
        return Entry(action=action, actor=by, at=now, facts={"export": export.id})


class ExportWriter:
    """Writes exports, a part an effect.

    Args:
        part_bytes: a part that isn't the last has at least so many.
    """

    def __init__(
        self,
        *,
        exports: Exports,
        members: Members,
        files: ExportFiles,
        transactions: Transactions,
        clock: Clock,
        part_bytes: int = 5 * 1024 * 1024,
    ) -> None:
        self._exports = exports
        self._members = members
        self._files = files
        self._transactions = transactions
        self._clock = clock
        self._part_bytes = part_bytes

    def perform(self, lease: Lease) -> bool:
        """Do the effect's step; False if it is done, or the export is over.

        Raises:
            Conflict: another attempt did the step at the same moment.
        """
        seen = self._exports.get(lease.message.subject.removeprefix("EXPORT#"))
        if seen is None or seen.ready or seen.step != lease.message.version:
            return False
        if in_seconds(self._clock) >= seen.until:
            return False
        try:
            to = self._written(seen)
        except UploadGone:
            to = exports.anew(seen)
        next_ = [] if to.ready else [_step(to, lease.message.correlation)]
        self._transactions.commit(rows.change(seen, to), audit=[], messages=next_)
        return True

    def _written(self, seen: Export) -> Export:
        """The export after its next part."""
        content, to = self._read(seen)
        if to.ready and not seen.parts:
            self._files.put(seen.file, content)
            return to
        upload = seen.upload or self._files.begin(seen.file)
        part = self._files.put_part(seen.file, upload, len(seen.parts) + 1, content)
        to = replace(to, upload=upload, parts=(*seen.parts, part))
        if to.ready:
            self._files.complete(seen.file, upload, to.parts)
        return to

    def _read(self, seen: Export) -> tuple[bytes, Export]:
        """The next part's content, and how far the export is with it."""
        content = bytearray() if seen.position else bytearray(exports.line(HEADER).encode())
        position, count = seen.position, seen.rows
        places = self._members.places(
            List.NAME, seen.organization, since=position, page=_CHUNK * 10
        )
        waiting: list[str] = []
        last = position
        for place in places:
            if place.key == position:
                continue
            waiting.append(place.account)
            last = place.key
            if len(waiting) == _CHUNK:
                count += self._append(content, seen.organization, waiting)
                waiting = []
                if len(content) >= self._part_bytes:
                    to = replace(seen, step=seen.step + 1, position=last, rows=count)
                    return bytes(content), to
        count += self._append(content, seen.organization, waiting)
        return bytes(content), replace(seen, position=last, rows=count, ready=True)

    def _append(self, content: bytearray, organization: str, accounts: list[str]) -> int:
        found = self._members.of(organization, accounts)
        for one in found:
            content += exports.line(_cells(one)).encode()
        return len(found)


def _step(export: Export, correlation: str) -> Message:
    """The effect that does the export's step."""
    return Message(
        kind=Kind.WRITE_EXPORT,
        subject=export.subject,
        version=export.step,
        recipient=export.by,
        correlation=correlation,
    )


def _cells(one: Member) -> tuple[str, ...]:
    return (
        one.user_id,
        one.name,
        one.email,
        " ".join(one.roles),
        "yes" if one.active else "no",
        one.expires_at.date().isoformat() if one.expires_at else "",
        "yes" if one.locked else "no",
    )
