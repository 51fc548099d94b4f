"""A credential's history as the API shows it (F1)."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from keyfob.domain.audit.entry import Entry, Recorded
from keyfob.http.paging import cursor_of
from keyfob.http.resolver import Model

Author = Literal["holder", "administrator", "partner", "operator", "system"]


class EventView(Model):
    """An event of a credential's history; `address` is the client's network address."""

    at: datetime
    what: str
    by: Author
    address: str | None


class HistoryView(Model):
    """The history, newest first; `cursor` leads to the next page."""

    events: list[EventView]
    cursor: str | None = None


def history_view(entries: list[Recorded], limit: int, *, addresses: bool) -> HistoryView:
    """At most `limit` events; one more entry than that leads to a next page.

    Only the holder reads from where the holder acted (`addresses`).
    """
    further = cursor_of(f"{entries[limit].number:012d}") if len(entries) > limit else None
    events = [_event(one.entry, addresses=addresses) for one in entries[:limit]]
    return HistoryView(events=events, cursor=further)


def _event(entry: Entry, *, addresses: bool) -> EventView:
    author = _author(entry)
    shown = addresses and author in ("holder", "system")
    return EventView(
        at=entry.at,
        what=entry.action,
        by=author,
        address=entry.actor.address or None if shown else None,
    )


def _author(entry: Entry) -> Author:
    if entry.actor.kind == "operator":
        return "operator"
    if entry.actor.kind != "account":
        return "system"
    # Others act with a reason (S24); who uses the credential by a connected account is its holder.
    if "reason" not in entry.facts:
        return "holder"
    return "partner" if "partner" in entry.facts else "administrator"
