"""Partners' approvals in the `credentials` table, beside the credential that they are about (F1).

asked     at the redemption, or once it turns out     listed for the partner as waiting
given     by the partner, or an operator for it       listed as given
removed   an asked one, when it isn't needed any more
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from keyfob.domain.credentials.credential import Credential
from keyfob.domain.due_index import instant
from keyfob.storage.credentials.store import APPROVAL, ApprovalRow, approval_key
from keyfob.storage.database import Database
from keyfob.storage.rows import Put, Remove, Update

BY_PARTNER = "approvals"
_WAITING, _GIVEN = "waiting#", "given#"
# Sorts after every character of an id.
_END = "~"


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A partner that is asked for its approval of a credential, since when, and its answer."""

    partner: str
    account: str
    credential: str
    since: datetime | None
    given: bool


class ApprovalStore:
    """Reads approvals."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def of(self, seen: Credential) -> dict[str, Asked]:
        """What is asked about this credential, by partner; strongly consistent."""
        pk, first = approval_key(seen, "")
        items = self._database.query(
            ApprovalRow, key=("pk", pk), since=("sk", first), until=("sk", first + _END)
        )
        found = [_asked(ApprovalRow.from_raw_data(item)) for item in items]
        return {one.partner: one for one in found}

    def waiting(self, partner: str, *, limit: int, after: str | None) -> list[Asked]:
        """At most `limit` that wait for this partner, by credential, from id `after` on.

        The index is eventually consistent, what it leads to isn't.
        """
        items = self._database.query(
            ApprovalRow,
            index=BY_PARTNER,
            key=("g2pk", _home(partner)),
            since=("g2sk", _WAITING + (after or "")),
            until=("g2sk", _WAITING + _END),
            limit=limit,
        )
        keys = [(item["pk"]["S"], item["sk"]["S"]) for item in items]
        return [_asked(row) for row in self._database.get_many(ApprovalRow, keys)]

    def account_of(self, partner: str, credential_id: str) -> str | None:
        """The account of a credential that this partner was asked about, answered or not."""
        for state in (_WAITING, _GIVEN):
            place = state + credential_id
            for item in self._database.query(
                ApprovalRow,
                index=BY_PARTNER,
                key=("g2pk", _home(partner)),
                since=("g2sk", place),
                until=("g2sk", place),
            ):
                return str(item["pk"]["S"]).removeprefix("ACCOUNT#")
        return None


def ask(credential: Credential, partner: str, now: datetime) -> Put:
    """The write that asks a partner for its approval."""
    row = ApprovalRow(
        *approval_key(credential, partner),
        partner=partner,
        since=instant(now),
        g2pk=_home(partner),
        g2sk=_WAITING + credential.id,
    )
    return Put(row=row)


def give(
    seen: Credential, partner: str, at: datetime, by: str, *, asked: Asked | None
) -> Put | Update:
    """The write of a partner's approval, which may have been `asked` for; `by` recorded it."""
    given = {"at": instant(at), "by": by, "g2pk": _home(partner), "g2sk": _GIVEN + seen.id}
    key = approval_key(seen, partner)
    if asked is None:
        made = ApprovalRow(*key, partner=partner, at=instant(at), by=by)
        made.g2pk, made.g2sk = given["g2pk"], given["g2sk"]
        return Put(row=made)
    row = ApprovalRow
    return Update(
        row=row,
        key=key,
        actions=[getattr(row, name).set(value) for name, value in given.items()],
        condition=row.pk.exists() & row.at.does_not_exist(),
    )


def remove(seen: Credential, partner: str) -> Remove:
    """The write that asks a partner no more; a given approval stays."""
    row = ApprovalRow
    return Remove(
        row=row,
        key=approval_key(seen, partner),
        condition=row.pk.exists() & row.at.does_not_exist(),
    )


def _home(partner: str) -> str:
    return f"PARTNER#{partner}"


def _asked(row: ApprovalRow) -> Asked:
    credential = row.sk.removeprefix(APPROVAL).removesuffix(f"#{row.partner}")
    return Asked(
        partner=row.partner,
        account=row.pk.removeprefix("ACCOUNT#"),
        credential=credential,
        since=datetime.fromisoformat(row.since) if row.since else None,
        given=row.at is not None,
    )
