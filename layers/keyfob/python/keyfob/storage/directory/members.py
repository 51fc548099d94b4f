"""The `members` table: what accounts are listed and found by.

A row is written in the transactions that change what it shows. It has no audit chain of its own:
it can be made anew from the rows that have one.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from pynamodb.attributes import BooleanAttribute, JSONAttribute, UnicodeAttribute

from keyfob.domain.credentials.standing import WITHOUT
from keyfob.domain.directory.account import Account
from keyfob.domain.directory.member import by_name, mailbox, searchable
from keyfob.domain.directory.role import Role
from keyfob.storage.credentials.standings import stands
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
        **stands(account.id, account.organization, WITHOUT, now),
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
