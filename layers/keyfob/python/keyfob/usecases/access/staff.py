"""The people who administer an organization and its applications."""

from __future__ import annotations

from collections.abc import Iterable

from keyfob.domain.access.subscription import Subscription
from keyfob.domain.directory.account import Account
from keyfob.storage.directory.store import Directory


class Staff:
    """Finds administrators whose accounts are active."""

    def __init__(self, directory: Directory) -> None:
        self._directory = directory

    def of_subscription(self, subscription: Subscription) -> list[Account]:
        """The application's administrators, then the organization's."""
        others = self._directory.administrators(subscription.organization)
        return self._active([*subscription.administrators, *others])

    def approvers(self, subscription: Subscription) -> list[Account]:
        """The application's administrators; the organization's if there are none."""
        return self._active(subscription.administrators) or self.of_subscription(subscription)

    def _active(self, accounts: Iterable[str]) -> list[Account]:
        found = self._directory.accounts(list(dict.fromkeys(accounts)))
        return [one for one in found if one.active]
