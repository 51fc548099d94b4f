"""Reads live credentials through the due index: only those with something due."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from itertools import islice

from keyfob.domain import due_index as index
from keyfob.domain.credentials.credential import Credential
from keyfob.storage.credentials.store import CredentialRow, credential_of
from keyfob.storage.database import Database

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
        found = self._keys(shard, until)
        while keys := list(islice(found, _PAGE)):
            yield [credential_of(row) for row in self._database.get_many(CredentialRow, keys)]

    def _keys(self, shard: str, until: datetime) -> Iterator[tuple[str, str]]:
        seen = set[str]()
        for item in self._database.query(
            CredentialRow,
            index=index.INDEX,
            key=("g1pk", shard),
            until=("g1sk", index.until(until)),
        ):
            pk = item["pk"]["S"]
            if pk not in seen:
                seen.add(pk)
                yield pk, item["sk"]["S"]
