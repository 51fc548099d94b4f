"""The `members` table: what accounts are listed and found by.

A row is written in the transactions that change what it shows. It has no audit chain of its own:
it can be made anew from the rows that have one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from pynamodb.attributes import BooleanAttribute, JSONAttribute, UnicodeAttribute

from keyfob.domain.credentials.standing import WITHOUT
from keyfob.domain.directory.account import Account
from keyfob.domain.directory.member import (
    by_email,
    by_name,
    initials,
    mailbox,
    organization_by_name,
)
from keyfob.domain.directory.organization import Organization
from keyfob.domain.directory.role import Role
from keyfob.storage.credentials.standings import stands
from keyfob.storage.database import Database
from keyfob.storage.rows import Put, Row, Update, assign

SK = "-"
ACCOUNT, ORGANIZATION = "ACCOUNT#", "ORGANIZATION#"
# After every character of a name.
_LAST = "\U0010ffff"


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
    initials = UnicodeAttribute()


class OrganizationNameRow(Row):
    """`ORGANIZATION#<id>`: the organization in the index of all names."""

    class Meta:
        table_name = "members"

    by_name = UnicodeAttribute()
    initials = UnicodeAttribute()


class List(StrEnum):
    """A list of accounts: an index, by its name."""

    NAME = "name"
    EMAIL = "email"
    USER_ID = "user_id"
    STANDING = "standing"
    LOCKED = "locked"


# The attributes of each index's keys.
_KEYS = {
    List.NAME: ("home", "by_name"),
    List.EMAIL: ("home", "by_email"),
    List.USER_ID: ("home", "by_user_id"),
    List.STANDING: ("standing", "standing_at"),
    List.LOCKED: ("locked", "locked_at"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """An account as lists show it, with the expiry of its live credential.

    `keys` are those of the lists that are searched, by their beginnings.
    """

    id: str
    user_id: str
    name: str
    email: str
    roles: tuple[Role, ...]
    active: bool
    expires_at: datetime | None
    locked: bool
    keys: Mapping[List, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """An account's place in a list: its sort key, which no other account has, and its id."""

    key: str
    account: str


class Members:
    """Reads the rows of accounts, and lists of them, which are eventually consistent."""

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

    def places(
        self, name: List, partition: str, *, since: str = "", until: str = "", page: int
    ) -> Iterator[Place]:
        """The places of a list's partition with keys between these two, in order, `page` at once.

        What an index costs: half a unit for each page of four kilobytes.
        """
        of, by = _KEYS[name]
        items = self._database.query(
            MemberRow,
            index=name,
            key=(of, partition),
            since=(by, since) if since else None,
            until=(by, until) if until else None,
            page=page,
        )
        for item in items:
            account = item["pk"]["S"].removeprefix("ACCOUNT#")
            yield Place(key=item[by]["S"], account=account)

    def of(self, organization: str, accounts: Sequence[str]) -> list[Member]:
        """The organization's accounts among these, in their order, at half a unit each."""
        keys = [(MemberRow, _key(account), SK) for account in accounts]
        found = self._database.get_each(keys, consistent=False)
        return [
            _member(row) for row in found if isinstance(row, MemberRow) and row.home == organization
        ]


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
        "by_email": by_email(account),
        "mailbox": mailbox(account.email),
    }


def _member(row: MemberRow) -> Member:
    expires_at = None
    if row.standing and row.standing_at and row.standing.endswith("#until"):
        expires_at = datetime.fromisoformat(row.standing_at.partition("#")[0])
    return Member(
        id=row.pk.removeprefix("ACCOUNT#"),
        user_id=row.user_id,
        name=row.name,
        email=row.email,
        roles=tuple(map(Role, row.roles)),
        active=row.active,
        expires_at=expires_at,
        locked=row.locked is not None,
        keys={
            List.NAME: row.by_name,
            List.EMAIL: row.by_email,
            List.USER_ID: row.by_user_id,
        },
    )
