"""Masses of stored credentials: due ones are complete, others only as the index has them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from keyfob.domain import due_index as index
from keyfob.domain.credentials.credential import Credential
from keyfob.storage.credentials import store
from keyfob.storage.credentials.store import CredentialRow
from keyfob.storage.rows import Put
from tests.support.builders import a_credential, a_hardware_token


def account(number: int) -> str:
    """An account's id, as long as a real one."""
    return f"acc_{number:020d}"


def stored(
    count: int, *, due: int, at: datetime, later: datetime, whole: bool = True
) -> Iterator[dict[str, Any]]:
    """So many live credentials; the clock must look at the first `due` at `at`, the rest `later`.

    The same ones are due, however many are stored; unless they are to be `whole`, they have no
    more than the index has.
    """
    full = _item(at) if whole else {}
    for number in range(count):
        key, sk = store.live_key(account(number))
        planned = at if number < due else later
        yield {
            **(full if number < due else {}),
            "pk": {"S": key},
            "sk": {"S": sk},
            "g1pk": {"S": index.shard_of(key)},
            "g1sk": {"S": index.sort_key(planned, key)},
        }


def row(credential: Credential, due: datetime) -> CredentialRow:
    """A live credential's row after its first audit entry, due at `due`."""
    made = store.put(credential, due).row
    return CredentialRow(**made.attribute_values | {"version": 1, "head": "f" * 64})


def _item(at: datetime) -> dict[str, Any]:
    full = row(a_credential(token=a_hardware_token()), at)
    item: dict[str, Any] = Put(row=full).request()[1]["Item"]
    return item
