"""How an account stands with its credential, as administrators list it (A5). Pure.

The lists are sparse indexes of the accounts' list (`members`), keyed on organization and shard, so
that an organization's many accounts don't write to one partition:

    <organization>#<shard>#none     without a live credential, by the instant since when
    <organization>#<shard>#until    with one, by the instant of its expiry
    <organization>#<shard>          with a locked hardware token, by the instant since when
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from datetime import datetime

from keyfob.domain.credentials.credential import Credential, State
from keyfob.domain.policy import Policy

SHARDS = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """The expiry of the account's live credential, if it has one; whether its token is locked."""

    until: datetime | None = None
    locked: bool = False


WITHOUT = Standing()


def standing_of(credential: Credential, policy: Policy) -> Standing:
    """How the account of this credential stands."""
    if credential.state is State.REVOKED:
        return WITHOUT
    token = credential.token
    return Standing(
        until=credential.expires_at, locked=token is not None and token.is_locked(policy)
    )


def shard_of(account: str) -> int:
    """The shard of an account's rows in the indexes."""
    return zlib.crc32(account.encode()) % SHARDS


def locked_in(organization: str, shard: int) -> str:
    """The partition of accounts with a locked token."""
    return f"{organization}#{shard}"


def stands_in(organization: str, shard: int, *, has_credential: bool) -> str:
    """The partition of accounts with a live credential, or of those without one."""
    return f"{locked_in(organization, shard)}#{'until' if has_credential else 'none'}"
