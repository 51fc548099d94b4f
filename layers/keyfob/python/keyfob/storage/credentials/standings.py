"""How accounts stand with their credentials, in the `members` table.

These are the attributes of the accounts' list (`storage/directory/members.py`) that follow a
credential; the hot path, which needs nothing else of that list, writes one of them when wrong codes
lock a token.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from pynamodb.attributes import UnicodeAttribute

from keyfob.domain.credentials.credential import Credential
from keyfob.domain.credentials.standing import Standing, locked_in, shard_of, stands_in
from keyfob.domain.due_index import sort_key
from keyfob.storage.rows import Row, Update, assign

SK = "-"


class StandingRow(Row):
    """`ACCOUNT#<id>`: keys of the indexes `standing` and `locked`, `…_at` with the account's id."""

    class Meta:
        table_name = "members"

    standing = UnicodeAttribute()
    standing_at = UnicodeAttribute()
    locked = UnicodeAttribute(null=True)
    locked_at = UnicodeAttribute(null=True)


def follow(credential: Credential, before: Standing, to: Standing, now: datetime) -> list[Update]:
    """The write that lists the credential's account as it stands now; none if it stands as before.

    No list may keep a token from being locked: the write has no condition that can fail. A row that
    it makes has no organization, and is in no list of accounts.
    """
    account, home = credential.account, credential.organization
    values: dict[str, Any] = {}
    if to.until != before.until:
        values |= stands(account, home, to, now)
    if to.locked is not before.locked:
        values["locked"] = locked_in(home, shard_of(account)) if to.locked else None
        values["locked_at"] = sort_key(now, account) if to.locked else None
    if not values:
        return []
    anyhow = StandingRow.pk.exists() | StandingRow.pk.does_not_exist()
    key = (f"ACCOUNT#{account}", SK)
    return [Update(row=StandingRow, key=key, actions=assign(StandingRow, values), condition=anyhow)]


def stands(account: str, organization: str, to: Standing, now: datetime) -> dict[str, Any]:
    """The keys of the index `standing`."""
    has_credential = to.until is not None
    return {
        "standing": stands_in(organization, shard_of(account), has_credential=has_credential),
        "standing_at": sort_key(to.until or now, account),
    }
