"""The `members` table: what accounts are listed and found by.

A row is written in the transactions that change what it shows. It has no audit chain of its own:
it can be made anew from the rows that have one.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pynamodb.attributes import BooleanAttribute, JSONAttribute, UnicodeAttribute

from keyfob.domain.directory.account import Account
from keyfob.domain.directory.member import (
    by_name,
    initials,
    mailbox,
    organization_by_name,
    searchable,
)
from keyfob.domain.directory.organization import Organization
from keyfob.domain.directory.role import Role
from keyfob.storage.database import Database
from keyfob.storage.rows import Put, Row, Update, assign

SK = "-"
ACCOUNT, ORGANIZATION = "ACCOUNT#", "ORGANIZATION#"
# After every character of a name.
_LAST = "\U0010ffff"


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
    initials = UnicodeAttribute()


class OrganizationNameRow(Row):
    """`ORGANIZATION#<id>`: the organization in the index of all names."""

    class Meta:
        table_name = "members"

    by_name = UnicodeAttribute()
    initials = UnicodeAttribute()


class Members:
    """Reads the rows of accounts."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def with_mailbox(self, email: str, *, limit: int) -> list[str]:
        """Ids of accounts with this (normalized) e-mail address."""
        found = self._database.query(
            MemberRow, index="mailbox", key=("mailbox", mailbox(email)), limit=limit
        )
        return [str(item["pk"]["S"]).removeprefix(ACCOUNT) for item in found]

    def named(self, beginning: str, *, limit: int) -> list[str]:
        """Keys (`ACCOUNT#…`, `ORGANIZATION#…`) whose names begin so, by name.

        Args:
            beginning: searchable text of at least two characters.
            limit: the most keys to return.
        """
        found = self._database.query(
            MemberRow,
            index="beginning",
            key=("initials", initials(beginning)),
            since=("by_name", beginning),
            until=("by_name", f"{beginning}{_LAST}"),
            limit=limit,
        )
        return [str(item["pk"]["S"]) for item in found]

    def is_listed(self, account: str) -> bool:
        """Whether the account has a row; one from before there were such rows has none."""
        return self._database.get(MemberRow, f"ACCOUNT#{account}", SK) is not None


def put(account: Account, roles: Sequence[Role]) -> Put:
    """The write that lists a new account."""
    row = MemberRow(
        _key(account.id),
        SK,
        home=account.organization,
        user_id=account.user_id,
        by_user_id=account.user_id,
        roles=list(roles),
        **_shown(account),
    )
    return Put(row=row)


def put_organization(organization: Organization) -> Put:
    """The write that lists a new organization by its name."""
    by = organization_by_name(organization)
    row = OrganizationNameRow(
        f"{ORGANIZATION}{organization.id}", SK, by_name=by, initials=initials(by)
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
    return f"{ACCOUNT}{account}"


def _shown(account: Account) -> dict[str, Any]:
    return {
        "name": account.name,
        "email": account.email,
        "active": account.active,
        "by_name": by_name(account),
        "initials": initials(by_name(account)),
        "by_email": searchable(account.email),
        "mailbox": mailbox(account.email),
    }
