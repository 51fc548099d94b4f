"""Reads live credentials and campaigns through due indexes: only those with something due."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from itertools import islice

from keyfob.domain import due_index as index
from keyfob.domain.credentials.credential import Credential
from keyfob.domain.sponsorships.campaign import Campaign
from keyfob.domain.sponsorships.sponsorship import SponsorshipState
from keyfob.storage.credentials.store import CredentialRow, credential_of
from keyfob.storage.database import Database
from keyfob.storage.rows import DueRow
from keyfob.storage.sponsorships.campaigns import CampaignRow, Campaigns
from keyfob.storage.sponsorships.sponsorships import Sponsorships

_PAGE = 100


class DueCredentials:
    """Reads credentials in the order of their due instants."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def pages(self, shard: str, until: datetime) -> Iterator[list[Credential]]:
        """The credentials of a shard that the clock must look at by then, at most 100 at a time.

        Each comes once, although one that the clock processes meanwhile moves further ahead in the
        index. A row always stays in its shard, so only one shard's keys are kept.
        """
        found = _keys(self._database, CredentialRow, shard, until)
        while keys := list(islice(found, _PAGE)):
            yield [credential_of(row) for row in self._database.get_many(CredentialRow, keys)]


class DueOffers:
    """Reads campaigns in the order of their due instants, each with its open offers."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._campaigns = Campaigns(database)
        self._sponsorships = Sponsorships(database)

    def of_shard(self, shard: str, until: datetime) -> Iterator[tuple[Campaign, list[str]]]:
        """The campaigns of a shard that the clock must look at by then.

        Each comes with the organizations of its open offers, one for each.
        """
        for pk, _ in _keys(self._database, CampaignRow, shard, until):
            found = self._campaign(pk)
            if found:
                offers = self._sponsorships.of_campaign(found.id)
                open_ = [one for one in offers if one.state is SponsorshipState.OFFERED]
                yield found, [one.organization for one in open_]

    def _campaign(self, pk: str) -> Campaign | None:
        kind, _, campaign_id = pk.partition("#")
        return self._campaigns.get(campaign_id) if kind == "CAMPAIGN" else None


def _keys(
    database: Database, row: type[DueRow], shard: str, until: datetime
) -> Iterator[tuple[str, str]]:
    seen = set[str]()
    for item in database.query(
        row, index=index.INDEX, key=("g1pk", shard), until=("g1sk", index.until(until))
    ):
        pk = item["pk"]["S"]
        if pk not in seen:
            seen.add(pk)
            yield pk, item["sk"]["S"]
