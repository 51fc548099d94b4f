"""Sponsorships in the `orders` table.

lapsing against acceptance      both change the sponsorship IF version = n
                                the slower one reads again: it is accepted, or has lapsed
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from pynamodb.attributes import NumberAttribute, UnicodeAttribute

from keyfob.domain.due_index import instant
from keyfob.domain.sponsorships.sponsorship import Sponsorship, SponsorshipState
from keyfob.storage.database import Database
from keyfob.storage.orders.store import BY_ACCOUNT
from keyfob.storage.rows import AuditedRow, Put, Subject, Update, assign, differing

_MOST = 100


class SponsorshipRow(AuditedRow):
    """(`SPONSORSHIP#<campaign>`, account); `g2…` lists an account's sponsorships."""

    class Meta:
        table_name = "orders"

    organization = UnicodeAttribute()
    state = UnicodeAttribute()
    offered_at = UnicodeAttribute()
    reminded_for = UnicodeAttribute(null=True)
    accepted_at = UnicodeAttribute(null=True)
    lapsed_at = UnicodeAttribute(null=True)
    credential = UnicodeAttribute(null=True)
    order = UnicodeAttribute(null=True)
    renewals = NumberAttribute(null=True)
    g2pk = UnicodeAttribute()
    g2sk = UnicodeAttribute()


class Sponsorships:
    """Reads sponsorships, strongly consistent but for lists of an account."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def get(self, campaign: str, account: str) -> Sponsorship | None:
        """The account's sponsorship by this campaign."""
        row = self._database.get(SponsorshipRow, _pk(campaign), account)
        return _sponsorship(row) if row else None

    def each(self, campaign: str, accounts: tuple[str, ...]) -> list[Sponsorship]:
        """The sponsorships of these accounts by this campaign, as far as there are any."""
        keys = [(_pk(campaign), one) for one in accounts]
        return [_sponsorship(row) for row in self._database.get_many(SponsorshipRow, keys)]

    def of_campaign(self, campaign: str) -> list[Sponsorship]:
        """Every sponsorship by this campaign, by account."""
        items = self._database.query(SponsorshipRow, key=("pk", _pk(campaign)))
        return [_sponsorship(SponsorshipRow.from_raw_data(item)) for item in items]

    def of_account(self, account: str) -> list[Sponsorship]:
        """The account's sponsorships, the latest first; a hundred at most."""
        items = self._database.query(
            SponsorshipRow,
            index=BY_ACCOUNT,
            key=("g2pk", _home(account)),
            newest_first=True,
            limit=_MOST,
        )
        keys = [(item["pk"]["S"], item["sk"]["S"]) for item in items]
        return [_sponsorship(row) for row in self._database.get_many(SponsorshipRow, keys)]


def put(one: Sponsorship) -> Put:
    """The write that adds a sponsorship."""
    row = SponsorshipRow(
        _pk(one.campaign),
        one.account,
        organization=one.organization,
        offered_at=instant(one.offered_at),
        g2pk=_home(one.account),
        g2sk=f"{instant(one.offered_at)}#{one.campaign}",
        **{name: value for name, value in _values(one).items() if value is not None},
    )
    return Put(row=row, subject=Subject(id=one.subject))


def change(seen: Sponsorship, to: Sponsorship) -> Update:
    """The update that turns `seen` into `to`, if nobody was faster."""
    return Update(
        row=SponsorshipRow,
        key=(_pk(seen.campaign), seen.account),
        actions=assign(SponsorshipRow, differing(_values(seen), _values(to))),
        subject=Subject(id=seen.subject, number=seen.version, head=seen.head),
    )


def _pk(campaign: str) -> str:
    return f"SPONSORSHIP#{campaign}"


def _home(account: str) -> str:
    return f"SPONSORED#{account}"


def _values(one: Sponsorship) -> dict[str, Any]:
    return {
        "state": str(one.state),
        "reminded_for": _written(one.reminded_for),
        "accepted_at": _written(one.accepted_at),
        "lapsed_at": _written(one.lapsed_at),
        "credential": one.credential,
        "order": one.order,
        "renewals": one.renewals or None,
    }


def _written(at: datetime | None) -> str | None:
    return instant(at) if at else None


def _read(at: str | None) -> datetime | None:
    return datetime.fromisoformat(at) if at else None


def _sponsorship(row: SponsorshipRow) -> Sponsorship:
    return Sponsorship(
        campaign=row.pk.removeprefix("SPONSORSHIP#"),
        account=row.sk,
        organization=row.organization,
        offered_at=datetime.fromisoformat(row.offered_at),
        state=SponsorshipState(row.state),
        reminded_for=_read(row.reminded_for),
        accepted_at=_read(row.accepted_at),
        lapsed_at=_read(row.lapsed_at),
        credential=row.credential,
        order=row.order,
        renewals=int(row.renewals or 0),
        version=int(row.version),
        head=row.head,
    )
