"""The lives of people's credentials, read from the API and the mailbox afterwards."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from local.holders import Holder
from local.play import Mail


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """An entry of the credential's history."""

    at: datetime
    what: str
    by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """A mail that arrived."""

    at: datetime
    subject: str


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """The API's view of the credential at an instant."""

    at: datetime
    status: str
    purchased_at: datetime
    expires_at: datetime
    revokes_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Life:
    """One person's credential; everything oldest first, `views` never empty."""

    name: str
    organization: str
    zone: ZoneInfo
    events: Sequence[Event]
    letters: Sequence[Letter]
    views: Sequence[View]

    def view(self, at: datetime) -> View:
        """The API's last view at or before an instant, or else the first."""
        return [self.views[0], *(one for one in self.views if one.at <= at)][-1]


def life_of(holder: Holder) -> Life:
    """Read everything about this person's credential from the API and the mailbox."""
    holder.sign_in()
    holder.look()
    return Life(
        name=holder.name,
        organization=holder.organization,
        zone=holder.zone,
        events=[_event(one) for one in holder.history()],
        letters=[_letter(one) for one in holder.mails()],
        views=[_view(at, one) for at, one in holder.views],
    )


def _event(one: dict[str, Any]) -> Event:
    return Event(at=datetime.fromisoformat(one["at"]), what=one["what"], by=one["by"])


def _letter(mail: Mail) -> Letter:
    return Letter(at=datetime.fromisoformat(mail["at"]), subject=mail["subject"])


def _view(at: datetime, one: dict[str, Any]) -> View:
    return View(
        at=at,
        status=one["status"],
        purchased_at=datetime.fromisoformat(one["purchased_at"]),
        expires_at=datetime.fromisoformat(one["expires_at"]),
        revokes_at=datetime.fromisoformat(one["revokes_at"]) if one["revokes_at"] else None,
    )
