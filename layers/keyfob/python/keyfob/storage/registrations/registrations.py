"""Registrations in the `registrations` table, in two rows each.

(`REGISTRATION#<id>`, `-`) is an audit subject, stays, and has no personal data.
(`REGISTRATION#<id>`, `content`) has what was typed in; the clock deletes it, TTL does if the clock
can't.

    a draft is saved        content IF number = 3, check that the registration is as it was seen
    approval ⇄ rejection    registration IF version = 2: the first decides
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from pynamodb.attributes import BooleanAttribute, JSONAttribute, NumberAttribute, UnicodeAttribute

from keyfob.domain import due_index as index
from keyfob.domain.directory.role import Role
from keyfob.domain.due_index import instant
from keyfob.domain.registrations.content import Content, Person, Profile
from keyfob.domain.registrations.registration import Registration, RegistrationState
from keyfob.storage.database import Database
from keyfob.storage.registrations.invitations import LISTED
from keyfob.storage.rows import (
    AuditedRow,
    Check,
    DueRow,
    Put,
    Remove,
    Row,
    Subject,
    Update,
    assign,
    differing,
)

SK = "-"
CONTENT = "content"
_WAITING = "REGISTRATIONS"


class RegistrationRow(AuditedRow, DueRow):
    """(`REGISTRATION#<id>`, `-`); in the index `listed` while it waits for a decision."""

    class Meta:
        table_name = "registrations"

    secret = UnicodeAttribute()
    partner = UnicodeAttribute()
    application = UnicodeAttribute()
    invitation = UnicodeAttribute(null=True)
    begun_at = UnicodeAttribute()
    until = UnicodeAttribute()
    state = UnicodeAttribute()
    submitted_at = UnicodeAttribute(null=True)
    due_at = UnicodeAttribute(null=True)
    told_at = UnicodeAttribute(null=True)
    decided_at = UnicodeAttribute(null=True)
    organization = UnicodeAttribute(null=True)
    has_content = BooleanAttribute()
    listed = UnicodeAttribute(null=True)
    listed_at = UnicodeAttribute(null=True)


class ContentRow(Row):
    """(`REGISTRATION#<id>`, `content`): what was typed in."""

    class Meta:
        table_name = "registrations"

    number = NumberAttribute()
    email = UnicodeAttribute()
    language = UnicodeAttribute()
    profile = JSONAttribute()
    people = JSONAttribute()
    reason = UnicodeAttribute(null=True)
    expires = NumberAttribute(null=True)


class Registrations:
    """Reads registrations, strongly consistent but for the list."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def get(self, registration_id: str) -> Registration | None:
        """The registration with this id."""
        row = self._database.get(RegistrationRow, f"REGISTRATION#{registration_id}", SK)
        return _registration(row) if row else None

    def content(self, registration_id: str) -> Content | None:
        """What was typed in, as long as it is kept."""
        row = self._database.get(ContentRow, f"REGISTRATION#{registration_id}", CONTENT)
        return _content(row) if row else None

    def waiting(self) -> Iterator[Registration]:
        """Those that wait for a decision, the oldest first."""
        items = self._database.query(RegistrationRow, index=LISTED, key=("listed", _WAITING))
        for item in items:
            found = self.get(str(item["pk"]["S"]).removeprefix("REGISTRATION#"))
            if found and found.state is RegistrationState.SUBMITTED:
                yield found

    def write(self, update: Update) -> None:
        """Perform one update of a registration's row.

        Raises:
            Conflict: somebody else was faster.
        """
        self._database.write(update)


def put(new: Registration, due: datetime | None) -> Put:
    """The write that adds a registration; `due` is when the clock must look at it."""
    values = {**_values(new), **_planned(new, due)}
    present = {name: value for name, value in values.items() if value is not None}
    return Put(row=RegistrationRow(new.subject, SK, **present), subject=Subject(id=new.subject))


def change(seen: Registration, to: Registration, due: datetime | None) -> Update:
    """The update that turns `seen` into `to`, if nobody was faster."""
    values = differing(_values(seen), _values(to)) | _planned(to, due)
    return Update(
        row=RegistrationRow,
        key=(seen.subject, SK),
        actions=assign(RegistrationRow, values),
        subject=Subject(id=seen.subject, number=seen.version, head=seen.head),
    )


def unchanged(seen: Registration) -> Check:
    """Condition check: the registration is as it was seen."""
    same = RegistrationRow.version == seen.version
    return Check(row=RegistrationRow, key=(seen.subject, SK), condition=same)


def replan(seen: Registration, due: datetime | None) -> Update:
    """The update that plans when the clock looks at it next, if it is as it was seen."""
    return Update(
        row=RegistrationRow,
        key=(seen.subject, SK),
        actions=assign(RegistrationRow, _planned(seen, due)),
        condition=RegistrationRow.version == seen.version,
    )


def put_content(of: Registration, content: Content, *, expires: datetime) -> Put:
    """The write that adds a registration's content; TTL deletes it later than the clock."""
    values = {**_content_values(content), "expires": int(expires.timestamp())}
    present = {name: value for name, value in values.items() if value is not None}
    return Put(row=ContentRow(of.subject, CONTENT, **present))


def change_content(
    of: Registration, seen: Content, to: Content, *, expires: datetime | None
) -> Update:
    """The update that turns the content seen into `to`; without `expires` TTL leaves it alone."""
    values = differing(_content_values(seen), _content_values(to))
    values["expires"] = int(expires.timestamp()) if expires else None
    return Update(
        row=ContentRow,
        key=(of.subject, CONTENT),
        actions=assign(ContentRow, values),
        condition=ContentRow.number == seen.number,
    )


def keep_content(of: Registration, seen: Content) -> Update:
    """The update by which TTL leaves the content alone, if it is as it was seen."""
    return change_content(of, seen, seen, expires=None)


def erase_content(of: Registration) -> Remove:
    """The write that deletes the content, or finds it deleted."""
    either = ContentRow.number.exists() | ContentRow.number.does_not_exist()
    return Remove(row=ContentRow, key=(of.subject, CONTENT), condition=either)


def use_content(of: Registration, seen: Content) -> Remove:
    """The write that deletes the content that was used, if it is as it was seen."""
    return Remove(
        row=ContentRow, key=(of.subject, CONTENT), condition=ContentRow.number == seen.number
    )


def _planned(one: Registration, due: datetime | None) -> dict[str, Any]:
    if due is None:
        return {"g1pk": None, "g1sk": None}
    return {"g1pk": index.shard_of(one.subject), "g1sk": index.sort_key(due, one.subject)}


def _values(one: Registration) -> dict[str, Any]:
    waits = one.state is RegistrationState.SUBMITTED
    return {
        "secret": one.secret,
        "partner": one.partner,
        "application": one.application,
        "invitation": one.invitation,
        "begun_at": instant(one.begun_at),
        "until": instant(one.until),
        "state": str(one.state),
        "submitted_at": _written(one.submitted_at),
        "due_at": _written(one.due_at),
        "told_at": _written(one.told_at),
        "decided_at": _written(one.decided_at),
        "organization": one.organization,
        "has_content": one.has_content,
        "listed": _WAITING if waits else None,
        "listed_at": f"{_written(one.submitted_at)}#{one.id}" if waits else None,
    }


def _written(at: datetime | None) -> str | None:
    return instant(at) if at else None


def _read(at: str | None) -> datetime | None:
    return datetime.fromisoformat(at) if at else None


def _registration(row: RegistrationRow) -> Registration:
    return Registration(
        id=row.pk.removeprefix("REGISTRATION#"),
        secret=row.secret,
        partner=row.partner,
        application=row.application,
        invitation=row.invitation,
        begun_at=datetime.fromisoformat(row.begun_at),
        until=datetime.fromisoformat(row.until),
        state=RegistrationState(row.state),
        submitted_at=_read(row.submitted_at),
        due_at=_read(row.due_at),
        told_at=_read(row.told_at),
        decided_at=_read(row.decided_at),
        organization=row.organization,
        has_content=row.has_content,
        version=int(row.version),
        head=row.head,
    )


def _content_values(content: Content) -> dict[str, Any]:
    profile = content.profile
    return {
        "number": content.number,
        "email": content.email,
        "language": content.language,
        "profile": {
            "name": profile.name,
            "country": profile.country,
            "time_zone": profile.time_zone,
            "subdivision": profile.subdivision,
            "address": list(profile.address),
            "registers": dict(profile.registers),
            "website": profile.website,
        },
        "people": [_document(one) for one in content.people],
        "reason": content.reason or None,
    }


def _document(one: Person) -> dict[str, Any]:
    return {
        "account": one.account,
        "first_name": one.first_name,
        "middle_name": one.middle_name,
        "last_name": one.last_name,
        "email": one.email,
        "language": one.language,
        "roles": [str(role) for role in one.roles],
        "sealed": one.sealed.hex() if one.sealed else None,
    }


def _content(row: ContentRow) -> Content:
    profile = dict(row.profile)
    return Content(
        number=int(row.number),
        email=row.email,
        language=row.language,
        profile=Profile(**{**profile, "address": tuple(profile["address"])}),
        people=tuple(map(_person, row.people)),
        reason=row.reason or "",
    )


def _person(document: dict[str, Any]) -> Person:
    sealed = document["sealed"]
    return Person(
        **{
            **document,
            "roles": tuple(map(Role, document["roles"])),
            "sealed": bytes.fromhex(sealed) if sealed else None,
        }
    )
