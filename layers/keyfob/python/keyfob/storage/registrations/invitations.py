"""Invitations in the `registrations` table.

many accept at once      invitation accepted IF version = 1 ⊕ what it becomes
                         the first commits; the others read again: it is accepted
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from pynamodb.attributes import BinaryAttribute, JSONAttribute, NumberAttribute, UnicodeAttribute

from keyfob.domain import due_index as index
from keyfob.domain.due_index import instant
from keyfob.domain.registrations.invitation import Invitation, InvitationState, Sending
from keyfob.storage.database import Database
from keyfob.storage.idempotency import IdempotencyRecord, IdempotencyRow, result_of
from keyfob.storage.rows import AuditedRow, DueRow, Put, Subject, Update, assign, differing

SK = "-"
LISTED = "listed"
_MOST = "\uffff"


class InvitationRow(AuditedRow, DueRow):
    """`INVITATION#<id>`; in the index `listed` of its partner or organization."""

    class Meta:
        table_name = "registrations"

    by = UnicodeAttribute()
    email = UnicodeAttribute(null=True)
    language = UnicodeAttribute()
    applications = JSONAttribute()
    partner = UnicodeAttribute(null=True)
    organization = UnicodeAttribute(null=True)
    invited_at = UnicodeAttribute()
    number = NumberAttribute()
    sent_at = UnicodeAttribute()
    until = UnicodeAttribute()
    secret = UnicodeAttribute()
    sealed = BinaryAttribute(null=True, legacy_encoding=False)
    sealed_as = UnicodeAttribute(null=True)
    state = UnicodeAttribute()
    ended_at = UnicodeAttribute(null=True)
    result = UnicodeAttribute(null=True)
    listed = UnicodeAttribute()
    listed_at = UnicodeAttribute()


class RegistrationIdempotencyRow(IdempotencyRow):
    """The idempotency record for an invitation's id."""

    class Meta:
        table_name = "registrations"


class Invitations:
    """Reads invitations, strongly consistent but for lists."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def get(self, invitation_id: str) -> Invitation | None:
        """The invitation with this id."""
        row = self._database.get(InvitationRow, f"INVITATION#{invitation_id}", SK)
        return _invitation(row) if row else None

    def of_owner(self, owner: str, *, limit: int, before: str | None) -> list[Invitation]:
        """The invitations of a partner or organization, newest first.

        `owner` is `PARTNER#<id>` or `ORGANIZATION#<id>`, `before` the `listing_key` to continue
        from.
        """
        items = self._database.query(
            InvitationRow,
            index=LISTED,
            key=("listed", _listed(owner)),
            until=("listed_at", before or _MOST),
            newest_first=True,
            limit=limit,
        )
        keys = [(item["pk"]["S"], SK) for item in items]
        return [_invitation(row) for row in self._database.get_many(InvitationRow, keys)]

    def write(self, update: Update) -> None:
        """Perform one update of an invitation's row.

        Raises:
            Conflict: somebody else was faster.
        """
        self._database.write(update)

    def idempotent_result(self, record: IdempotencyRecord) -> str | None:
        """The id of the invitation that an earlier request with this key made.

        Raises:
            IdempotencyKeyReused: the earlier request had another body.
        """
        return result_of(self._database, RegistrationIdempotencyRow, record)


def listing_key(invitation: Invitation) -> str:
    """The sort key of this invitation in its owner's list."""
    return f"{instant(invitation.invited_at)}#{invitation.id}"


def put(invitation: Invitation, due: datetime | None) -> Put:
    """The write that adds an invitation; `due` is when the clock must look at it."""
    values = {**_values(invitation), **_planned(invitation, due)}
    row = InvitationRow(
        invitation.subject,
        SK,
        **{name: value for name, value in values.items() if value is not None},
        listed=_listed(invitation.owner),
        listed_at=listing_key(invitation),
    )
    return Put(row=row, subject=Subject(id=invitation.subject))


def change(seen: Invitation, to: Invitation, due: datetime | None) -> Update:
    """The update that turns `seen` into `to`, if nobody was faster."""
    values = differing(_values(seen), _values(to)) | _planned(to, due)
    return Update(
        row=InvitationRow,
        key=(seen.subject, SK),
        actions=assign(InvitationRow, values),
        subject=Subject(id=seen.subject, number=seen.version, head=seen.head),
    )


def replan(seen: Invitation, due: datetime | None) -> Update:
    """The update that plans when the clock looks at it next, if it is as it was seen."""
    return Update(
        row=InvitationRow,
        key=(seen.subject, SK),
        actions=assign(InvitationRow, _planned(seen, due)),
        condition=InvitationRow.version == seen.version,
    )


def _listed(owner: str) -> str:
    return f"INVITATIONS#{owner}"


def _planned(invitation: Invitation, due: datetime | None) -> dict[str, Any]:
    if due is None:
        return {"g1pk": None, "g1sk": None}
    key = invitation.subject
    return {"g1pk": index.shard_of(key), "g1sk": index.sort_key(due, key)}


def _values(one: Invitation) -> dict[str, Any]:
    sending = one.sending
    return {
        "by": one.by,
        "email": one.email or None,
        "language": one.language,
        "applications": list(one.applications),
        "partner": one.partner,
        "organization": one.organization,
        "invited_at": instant(one.invited_at),
        "number": sending.number,
        "sent_at": instant(sending.at),
        "until": instant(sending.until),
        "secret": sending.secret,
        "sealed": sending.sealed,
        "sealed_as": sending.sealed_as or None,
        "state": str(one.state),
        "ended_at": instant(one.ended_at) if one.ended_at else None,
        "result": one.result,
    }


def _invitation(row: InvitationRow) -> Invitation:
    return Invitation(
        id=row.pk.removeprefix("INVITATION#"),
        by=row.by,
        email=row.email or "",
        language=row.language,
        applications=tuple(row.applications),
        partner=row.partner,
        organization=row.organization,
        invited_at=datetime.fromisoformat(row.invited_at),
        sending=Sending(
            number=int(row.number),
            at=datetime.fromisoformat(row.sent_at),
            until=datetime.fromisoformat(row.until),
            secret=row.secret,
            sealed=row.sealed,
            sealed_as=row.sealed_as or "",
        ),
        state=InvitationState(row.state),
        ended_at=datetime.fromisoformat(row.ended_at) if row.ended_at else None,
        result=row.result,
        version=int(row.version),
        head=row.head,
    )
