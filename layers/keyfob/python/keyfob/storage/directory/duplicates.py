"""What organizations are recognized by, in the `accounts` table: name, registers, mail domains."""

from __future__ import annotations

from collections.abc import Iterable

from keyfob.domain.directory.duplicate import Duplicate, traces
from keyfob.domain.directory.organization import Organization
from keyfob.storage.database import Database
from keyfob.storage.rows import Put, Row

_MOST = 20
_DOMAIN = "DOMAIN#"


class TraceRow(Row):
    """(`NAME#…`, `REGISTER#…` or `DOMAIN#…`, organization); see `domain/directory/duplicate.py`."""

    class Meta:
        table_name = "accounts"


class Duplicates:
    """Finds organizations that have something in common with another one."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def of(self, organization: Organization, domains: Iterable[str]) -> list[Duplicate]:
        """The likely duplicates of this organization, by what they have in common.

        At most twenty of each.
        """
        return [
            Duplicate(organization=str(item["sk"]["S"]), alike=alike)
            for alike, key in traces(organization, domains)
            for item in self._database.query(TraceRow, key=("pk", key), limit=_MOST)
        ]

    def with_domain(self, domain: str) -> list[str]:
        """The organizations that operators have approved with this mail domain; twenty at most."""
        key = _of_domain(domain)
        return [
            str(item["sk"]["S"])
            for item in self._database.query(TraceRow, key=("pk", key), limit=_MOST)
        ]

    def has_domain(self, organization: str, domain: str) -> bool:
        """Whether an operator has approved the organization with this mail domain."""
        return self._database.get(TraceRow, _of_domain(domain), organization) is not None


def put_traces(organization: Organization, domains: Iterable[str]) -> list[Put]:
    """The writes by which a new organization is recognized later."""
    keys = dict.fromkeys(key for _, key in traces(organization, domains))
    return [Put(row=TraceRow(key, organization.id)) for key in keys]


def _of_domain(domain: str) -> str:
    return f"{_DOMAIN}{domain}"
