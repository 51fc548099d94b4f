"""The accounts that something is bought for: colleagues of the purchaser (B2, S23)."""

from __future__ import annotations

import re
from collections.abc import Iterable

from keyfob.domain.audit.entry import Actor
from keyfob.domain.directory.account import Account
from keyfob.domain.directory.partner import Application, Partner
from keyfob.domain.errors import NotFound
from keyfob.domain.orders.errors import NoFittingApplication
from keyfob.domain.orders.product import Sold, fits
from keyfob.storage.access.store import AccessStore
from keyfob.storage.directory.store import Directory
from keyfob.usecases.audit.foreign_ids import ForeignIds

_ID = re.compile(r"acc_[0-9a-z]{20}", re.ASCII)


class Holders:
    """Finds the accounts that may hold what is bought."""

    def __init__(self, *, directory: Directory, access: AccessStore, foreign: ForeignIds) -> None:
        self._directory = directory
        self._access = access
        self._foreign = foreign

    def named(self, organization: str, names: Iterable[str], by: Actor) -> dict[str, Account]:
        """The accounts with these ids or user ids, which this organization's order may be for.

        Raises:
            NotFound: one is unknown, of another organization, deactivated or erased; recorded.
        """
        found = {}
        for asked in dict.fromkeys(names):
            id_ = asked if _ID.fullmatch(asked) else self._directory.account_of(asked)
            # Read for nobody, too: the work doesn't show whether somebody signs in so (S23).
            account = self._directory.account(id_ or asked)
            if account is None or not _holds_for(organization, account):
                raise self._foreign.refused("account", asked, _ID, otherwise="no account", by=by)
            found[asked] = account
        return found

    def by_user_id(self, organization: str, user_id: str) -> Account:
        """The account that signs in so, for an operator.

        Raises:
            NotFound: there is none in this organization that is in use.
        """
        id_ = self._directory.account_of(user_id)
        account = self._directory.account(id_) if id_ else None
        if account is None or not _holds_for(organization, account):
            raise NotFound("There is no such account in the order's organization.")
        return account

    def usable(self, account: Account | None, partner: Partner | None) -> list[Application]:
        """The partner's applications that the account may use."""
        names = self._access.applications_of(account) if account else ()
        return [one for one in (partner.applications if partner else ()) if one.id in names]

    def require_use(self, sold: Sold, account: Account, partner: str, field: str) -> None:
        """Refuse to give this product to an account without use for it.

        Raises:
            NoFittingApplication: it may use none of the partner's applications that need it.
        """
        require_fitting(sold, self.usable(account, self._directory.partner(partner)), field)


def require_fitting(sold: Sold, usable: Iterable[Application], field: str) -> None:
    """Refuse a product that none of these applications needs; `field` names the account's place.

    Raises:
        NoFittingApplication.
    """
    if not any(fits(sold, one) for one in usable):
        problem = "this account has no application of this partner that needs the product"
        raise NoFittingApplication(fields={field: problem})


def _holds_for(organization: str, account: Account) -> bool:
    in_use = account.active and not account.is_erased
    return account.organization == organization and in_use
