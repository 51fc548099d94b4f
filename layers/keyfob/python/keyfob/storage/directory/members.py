"""The `members` table: what accounts are listed and found by.

A row is written in the transactions that change what it shows. It has no audit chain of its own:
it can be made anew from the rows that have one.
"""

from __future__ import annotations

from collections.abc import Sequence

from pynamodb.attributes import BooleanAttribute, JSONAttribute, UnicodeAttribute

from keyfob.domain.directory.account import Account
from keyfob.domain.directory.member import by_name, mailbox, searchable
from keyfob.domain.directory.role import Role
from keyfob.storage.rows import Put, Row, Update

SK = "-"


class MemberRow(Row):
    """`ACCOUNT#<id>`; `home` is its organization, `by_…` and `mailbox` are keys of indexes."""

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


def put(account: Account, roles: Sequence[Role]) -> Put:
    """The write that lists a new account."""
    row = MemberRow(
        f"ACCOUNT#{account.id}",
        SK,
        home=account.organization,
        name=account.name,
        email=account.email,
        user_id=account.user_id,
        roles=list(roles),
        active=account.active,
        by_name=by_name(account),
        by_email=searchable(account.email),
        by_user_id=account.user_id,
        mailbox=mailbox(account.email),
    )
    return Put(row=row)


def give_roles(account: str, roles: Sequence[Role]) -> Update:
    """The write that shows these roles."""
    return Update(
        row=MemberRow,
        key=(f"ACCOUNT#{account}", SK),
        actions=[MemberRow.roles.set(list(roles))],
        condition=MemberRow.home.exists(),
    )
