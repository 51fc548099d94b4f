"""Campaigns in the `orders` table, and how many of their credentials were accepted.

the last credential      use + 1 IF use < number ⊕ the credential
                         one commits; the others read again: none is left
the end of a campaign    campaign ended ⊕ use closed; an acceptance counts IF use is open
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from pynamodb.attributes import BooleanAttribute, JSONAttribute, NumberAttribute, UnicodeAttribute

from keyfob.domain import due_index as index
from keyfob.domain.due_index import instant
from keyfob.domain.orders.product import Product
from keyfob.domain.orders.product_kind import ProductKind
from keyfob.domain.sponsorships.campaign import Campaign, CampaignState, Target
from keyfob.storage.database import Database
from keyfob.storage.idempotency import IdempotencyRecord, result_of
from keyfob.storage.orders.store import BY_ACCOUNT, OrderIdempotencyRow
from keyfob.storage.rows import AuditedRow, DueRow, Put, Row, Subject, Update, assign, differing

SK = "-"
USE = "use"
_MOST = "\uffff"
_OFFERS = 100


class CampaignRow(AuditedRow, DueRow):
    """`CAMPAIGN#<id>`; `g2…` lists a partner's campaigns."""

    class Meta:
        table_name = "orders"

    partner = UnicodeAttribute()
    name = UnicodeAttribute()
    product = JSONAttribute()
    target = UnicodeAttribute()
    organizations = JSONAttribute()
    domain = UnicodeAttribute(null=True)
    number = NumberAttribute()
    budget = NumberAttribute(null=True)
    until = UnicodeAttribute(null=True)
    made_at = UnicodeAttribute()
    by = UnicodeAttribute()
    pending = JSONAttribute()
    state = UnicodeAttribute()
    ended_at = UnicodeAttribute(null=True)
    reminded_for = UnicodeAttribute(null=True)
    g2pk = UnicodeAttribute()
    g2sk = UnicodeAttribute()


class UseRow(Row):
    """(`CAMPAIGN#<id>`, `use`): how many credentials were accepted, of how many; is it open?

    Acceptances write this row alone, so that they don't stand in each other's way at the campaign.
    """

    class Meta:
        table_name = "orders"

    accepted = NumberAttribute()
    number = NumberAttribute()
    open = BooleanAttribute()


class OfferRow(Row):
    """(`OFFERS#ORGANIZATION#<id>` or `OFFERS#DOMAIN#<domain>`, campaign).

    It expires once the campaign is closed.
    """

    class Meta:
        table_name = "orders"

    expires = NumberAttribute(null=True)


class Campaigns:
    """Reads campaigns, strongly consistent but for lists."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def get(self, campaign_id: str) -> Campaign | None:
        """The campaign with this id."""
        row = self._database.get(CampaignRow, f"CAMPAIGN#{campaign_id}", SK)
        return _campaign(row) if row else None

    def each(self, ids: Sequence[str]) -> list[Campaign]:
        """The campaigns with these ids."""
        keys = [(f"CAMPAIGN#{one}", SK) for one in ids]
        return [_campaign(row) for row in self._database.get_many(CampaignRow, keys)]

    def of_partner(self, partner: str, *, limit: int, before: str | None) -> list[Campaign]:
        """A partner's campaigns, newest first; `before` is the `listing_key` to continue from."""
        items = self._database.query(
            CampaignRow,
            index=BY_ACCOUNT,
            key=("g2pk", _home(partner)),
            until=("g2sk", before or _MOST),
            newest_first=True,
            limit=limit,
        )
        return self.each([item["pk"]["S"].removeprefix("CAMPAIGN#") for item in items])

    def accepted(self, ids: Sequence[str]) -> dict[str, int]:
        """How many credentials of each of these campaigns were accepted."""
        rows = self._database.get_many(UseRow, [_use_key(one) for one in ids])
        return {row.pk.removeprefix("CAMPAIGN#"): int(row.accepted) for row in rows}

    def open_to(self, organization: str, domain: str) -> list[str]:
        """The ids of open campaigns for this organization, or for this mail domain."""
        keys = [_of_organization(organization), _of_domain(domain)]
        return [
            str(item["sk"]["S"])
            for key in keys
            for item in self._database.query(OfferRow, key=("pk", key), limit=_OFFERS)
        ]

    def write(self, update: Update) -> None:
        """Perform one update of a campaign's row.

        Raises:
            Conflict: somebody else was faster.
        """
        self._database.write(update)

    def idempotent_result(self, record: IdempotencyRecord) -> str | None:
        """The id of the campaign that an earlier request with this key made.

        Raises:
            IdempotencyKeyReused: the earlier request had another body.
        """
        return result_of(self._database, OrderIdempotencyRow, record)


def listing_key(campaign: Campaign) -> str:
    """The sort key of this campaign in its partner's list."""
    return f"{instant(campaign.made_at)}#{campaign.id}"


def put(campaign: Campaign, due: datetime | None) -> list[Put]:
    """The writes that add a campaign; `due` is when the clock must look at it."""
    values = {**_values(campaign), **_planned(campaign, due)}
    row = CampaignRow(
        campaign.subject,
        SK,
        partner=campaign.partner,
        name=campaign.name,
        product=asdict(campaign.product),
        target=campaign.target,
        organizations=list(campaign.organizations),
        domain=campaign.domain or None,
        made_at=instant(campaign.made_at),
        by=campaign.by,
        g2pk=_home(campaign.partner),
        g2sk=listing_key(campaign),
        **{name: value for name, value in values.items() if value is not None},
    )
    use = UseRow(*_use_key(campaign.id), accepted=0, number=campaign.number, open=True)
    offers = [Put(row=OfferRow(key, campaign.id)) for key in _places(campaign)]
    return [Put(row=row, subject=Subject(id=campaign.subject)), Put(row=use), *offers]


def change(seen: Campaign, to: Campaign, due: datetime | None) -> list[Update]:
    """The writes that turn `seen` into `to`, if nobody was faster.

    Its use follows number and end. When it is closed, organizations find it no more.
    """
    values = differing(_values(seen), _values(to)) | _planned(to, due)
    writes = [
        Update(
            row=CampaignRow,
            key=(seen.subject, SK),
            actions=assign(CampaignRow, values),
            subject=Subject(id=seen.subject, number=seen.version, head=seen.head),
        )
    ]
    if (seen.number, seen.state) != (to.number, to.state):
        writes.append(
            Update(
                row=UseRow,
                key=_use_key(seen.id),
                actions=[
                    UseRow.number.set(to.number),
                    UseRow.open.set(to.state is CampaignState.OPEN),
                ],
                condition=UseRow.pk.exists(),
            )
        )
    if to.state is CampaignState.CLOSED and seen.state is not CampaignState.CLOSED:
        ended = int((to.ended_at or seen.made_at).timestamp())
        writes += [
            Update(
                row=OfferRow,
                key=(key, seen.id),
                actions=[OfferRow.expires.set(ended)],
                condition=OfferRow.pk.exists(),
            )
            for key in _places(seen)
        ]
    return writes


def replan(seen: Campaign, due: datetime | None) -> Update:
    """The update that plans when the clock looks at it next, if it is as it was seen."""
    return Update(
        row=CampaignRow,
        key=(seen.subject, SK),
        actions=assign(CampaignRow, _planned(seen, due)),
        condition=CampaignRow.version == seen.version,
    )


def use_one(campaign: Campaign) -> Update:
    """The update that counts one more accepted credential, if the campaign still has one."""
    return Update(
        row=UseRow,
        key=_use_key(campaign.id),
        actions=[UseRow.accepted.set(UseRow.accepted + 1)],
        condition=(UseRow.open == True) & (UseRow.accepted < UseRow.number),  # noqa: E712
    )


def _home(partner: str) -> str:
    return f"CAMPAIGNS#{partner}"


def _use_key(campaign_id: str) -> tuple[str, str]:
    return f"CAMPAIGN#{campaign_id}", USE


def _of_organization(organization: str) -> str:
    return f"OFFERS#ORGANIZATION#{organization}"


def _of_domain(domain: str) -> str:
    return f"OFFERS#DOMAIN#{domain}"


def _places(campaign: Campaign) -> list[str]:
    if campaign.target is Target.DOMAIN:
        return [_of_domain(campaign.domain)]
    return [_of_organization(one) for one in campaign.organizations]


def _planned(campaign: Campaign, due: datetime | None) -> dict[str, Any]:
    if due is None:
        return {"g1pk": None, "g1sk": None}
    key = campaign.subject
    return {"g1pk": index.shard_of(key), "g1sk": index.sort_key(due, key)}


def _values(one: Campaign) -> dict[str, Any]:
    return {
        "number": one.number,
        "budget": one.budget,
        "until": _written(one.until),
        "pending": list(one.pending),
        "state": str(one.state),
        "ended_at": _written(one.ended_at),
        "reminded_for": _written(one.reminded_for),
    }


def _written(at: datetime | None) -> str | None:
    return instant(at) if at else None


def _read(at: str | None) -> datetime | None:
    return datetime.fromisoformat(at) if at else None


def _product(written: dict[str, Any]) -> Product:
    renews = written["renews"]
    return Product(
        **written
        | {
            "kind": ProductKind(written["kind"]),
            "renews": ProductKind(renews) if renews else None,
        }
    )


def _campaign(row: CampaignRow) -> Campaign:
    return Campaign(
        id=row.pk.removeprefix("CAMPAIGN#"),
        partner=row.partner,
        name=row.name,
        product=_product(row.product),
        target=Target(row.target),
        organizations=tuple(row.organizations),
        domain=row.domain or "",
        number=int(row.number),
        budget=None if row.budget is None else int(row.budget),
        until=_read(row.until),
        made_at=datetime.fromisoformat(row.made_at),
        by=row.by,
        pending=tuple(row.pending),
        state=CampaignState(row.state),
        ended_at=_read(row.ended_at),
        reminded_for=_read(row.reminded_for),
        version=int(row.version),
        head=row.head,
    )
