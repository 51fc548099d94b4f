"""The `members` table: what accounts are listed and found by.

A row is written in the transactions that change what it shows. It has no audit chain of its own:
it can be made anew from the rows that have one.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from pynamodb.attributes import BooleanAttribute, JSONAttribute, UnicodeAttribute

from keyfob.domain.credentials.credential import Credential
from keyfob.domain.credentials.standing import (
    WITHOUT,
    Standing,
    locked_in,
    shard_of,
    stands_in,
)
from keyfob.domain.directory.account import Account
from keyfob.domain.directory.member import by_name, mailbox, searchable
from keyfob.domain.directory.role import Role
from keyfob.domain.due_index import instant
from keyfob.storage.rows import Put, Row, Update, assign

SK = "-"


class MemberRow(Row):
    """`ACCOUNT#<id>`; `home` is its organization, `by_…` and `mailbox` are keys of indexes.

    `standing`, `locked` and their instants are keys, too (`domain/credentials/standing.py`).
    """

    class Meta:
        table_name = "members"

    home = UnicodeAttribute()
    name = UnicodeAttribute()
    email = UnicodeAttribute()
    user_id = UnicodeAttribute()
    roles = JSONAttribute()
    active = BooleanAttribute()
    by_name = UnicodeAttribute()
    by_email = UnicodeAttribute()
    by_user_id = UnicodeAttribute()
    mailbox = UnicodeAttribute()
    standing = UnicodeAttribute(null=True)
    standing_at = UnicodeAttribute(null=True)
    locked = UnicodeAttribute(null=True)
    locked_at = UnicodeAttribute(null=True)


def put(account: Account, roles: Sequence[Role], now: datetime) -> Put:
    """The write that lists a new account, which has no credential yet."""
    row = MemberRow(
        _key(account.id),
        SK,
        home=account.organization,
        user_id=account.user_id,
        by_user_id=account.user_id,
        roles=list(roles),
        **_shown(account),
        **_stands(account.id, account.organization, WITHOUT, now),
    )
    return Put(row=row)


def follow(to: Account, *, roles: Sequence[Role] | None = None) -> Update:
    """The write that lists an account as it is after a change; its roles only if they are given."""
    values = _shown(to) if roles is None else {**_shown(to), "roles": list(roles)}
    return Update(
        row=MemberRow,
        key=(_key(to.id), SK),
        actions=assign(MemberRow, values),
        condition=MemberRow.pk.exists(),
    )


def follow_credential(
    credential: Credential, before: Standing, to: Standing, now: datetime
) -> list[Update]:
    """The write that lists the credential's account as it stands now; none if it stands as before.

    No list may keep a token from being locked: the write has no condition that can fail. A row that
    it makes has no organization, and is in no list of accounts.
    """
    values: dict[str, Any] = {}
    if to.until != before.until:
        values |= _stands(credential.account, credential.organization, to, now)
    if to.locked is not before.locked:
        shard = locked_in(credential.organization, shard_of(credential.account))
        values |= {
            "locked": shard if to.locked else None,
            "locked_at": instant(now) if to.locked else None,
        }
    if not values:
        return []
    anyhow = MemberRow.pk.exists() | MemberRow.pk.does_not_exist()
    key = (_key(credential.account), SK)
    return [Update(row=MemberRow, key=key, actions=assign(MemberRow, values), condition=anyhow)]


def _stands(account: str, organization: str, to: Standing, now: datetime) -> dict[str, Any]:
    has_credential = to.until is not None
    return {
        "standing": stands_in(organization, shard_of(account), has_credential=has_credential),
        "standing_at": instant(to.until or now),
    }


def _key(account: str) -> str:
    return f"ACCOUNT#{account}"


def _shown(account: Account) -> dict[str, Any]:
    return {
        "name": account.name,
        "email": account.email,
        "active": account.active,
        "by_name": by_name(account),
        "by_email": searchable(account.email),
        "mailbox": mailbox(account.email),
    }
