"""For whom a campaign may be: accounts and organizations that subscribe to the partner (B6, S25).

A partner knows these organizations already. Any other account or organization is refused like one
that doesn't exist.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from keyfob.domain.access.subscription import SubscriptionState
from keyfob.domain.connections.connection import require_other
from keyfob.domain.directory.account import normalized_user_id
from keyfob.domain.directory.mailbox import normalized_email
from keyfob.domain.errors import InvalidInput
from keyfob.domain.sessions.administrator import Administrator
from keyfob.storage.access.store import AccessStore
from keyfob.storage.directory.duplicates import Duplicates
from keyfob.storage.directory.store import Directory

_NO_ACCOUNT = "is no account of an organization that subscribes to your applications"
_NO_ORGANIZATION = "is no organization that subscribes to your applications"
_NO_DOMAIN = "is no mail domain of an organization that subscribes to your applications"


class Targets:
    """Finds what a partner may name in its campaigns."""

    def __init__(
        self, *, directory: Directory, access: AccessStore, duplicates: Duplicates
    ) -> None:
        self._directory = directory
        self._access = access
        self._duplicates = duplicates

    def accounts(self, who: Administrator, user_ids: Sequence[str]) -> tuple[str, ...]:
        """The ids of the accounts with these user ids.

        Raises:
            InvalidInput: one of them isn't a subscriber's. NotOnOneself: one is the caller's own.
        """
        asked = [normalized_user_id(one) or "" for one in user_ids]
        ids = self._directory.accounts_of([one for one in dict.fromkeys(asked) if one])
        found = {one.id: one for one in self._directory.accounts(list(ids.values()))}
        own = self._directory.account(who.by.id)
        homes = self._subscribers(who, {one.organization for one in found.values()})
        named: dict[str, None] = {}
        problems: dict[str, str] = {}
        for place, user_id in enumerate(asked):
            account = found.get(ids.get(user_id, ""))
            if account is None or not account.active or account.organization not in homes:
                problems[f"accounts.{place}"] = _NO_ACCOUNT
                continue
            require_other(own, account)
            named[account.id] = None
        if problems:
            raise InvalidInput(fields=problems)
        return tuple(named)

    def organizations(self, who: Administrator, ids: Sequence[str]) -> tuple[str, ...]:
        """These organizations, each once.

        Raises:
            InvalidInput: one of them subscribes to none of the partner's applications.
        """
        homes = self._subscribers(who, set(ids))
        problems = {
            f"organizations.{place}": _NO_ORGANIZATION
            for place, one in enumerate(ids)
            if one not in homes
        }
        if problems:
            raise InvalidInput(fields=problems)
        return tuple(dict.fromkeys(ids))

    def domain(self, who: Administrator, typed: str) -> str:
        """The mail domain as organizations have it.

        Raises:
            InvalidInput: no organization that operators have approved with it subscribes.
        """
        address = normalized_email(f"anybody@{typed.strip()}") or ""
        domain = address.rpartition("@")[2]
        homes = self._duplicates.with_domain(domain) if domain else []
        if not self._subscribers(who, homes):
            raise InvalidInput(fields={"domain": _NO_DOMAIN})
        return domain

    def _subscribers(self, who: Administrator, organizations: Iterable[str]) -> frozenset[str]:
        """Those of the organizations that subscribe to one of the partner's applications."""
        return frozenset(
            home
            for home in organizations
            if any(
                one.partner == who.partner and one.state is not SubscriptionState.ENDED
                for one in self._access.subscriptions(home)
            )
        )
