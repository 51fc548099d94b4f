"""An account as an administrator of its organization sees it (A5, F4): no secret, no history."""

from __future__ import annotations

from dataclasses import dataclass

from keyfob.domain.credentials.credential import Credential
from keyfob.domain.directory.account import Account
from keyfob.domain.directory.role import Role
from keyfob.domain.phones.phone import Phone
from keyfob.domain.sessions.administrator import Administrator
from keyfob.storage.access.store import AccessStore
from keyfob.storage.credentials.store import CredentialStore
from keyfob.storage.phones.store import PhoneStore
from keyfob.usecases.administration.colleagues import Colleague, Colleagues


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """An account, its roles, the applications it administers, its own live credential.

    A `connected` account uses the credential of another account, which isn't shown: that account
    may belong to another organization.
    """

    account: Account
    roles: tuple[Role, ...]
    administers: tuple[str, ...]
    credential: Credential | None
    phones: tuple[Phone, ...]
    connected: bool


class Showing:
    """Shows accounts of the administrator's organization."""

    def __init__(
        self,
        *,
        colleagues: Colleagues,
        access: AccessStore,
        credentials: CredentialStore,
        phones: PhoneStore,
    ) -> None:
        self._colleagues = colleagues
        self._access = access
        self._credentials = credentials
        self._phones = phones

    def show(self, who: Administrator, account_id: str) -> Profile:
        """The organization's account with this id.

        Raises:
            ElevationRequired. RoleRequired: no administrator any more.
            NotFound: unknown, or of another organization.
        """
        self._colleagues.require(who)
        return self.after(who, account_id)

    def after(self, who: Administrator, account_id: str) -> Profile:
        """The same after an act, which was judged by its own proof.

        Raises:
            NotFound: unknown, or of another organization.
        """
        found = self._colleagues.find(who, account_id)
        account = found.account
        credential = self._credentials.live(account.id)
        return Profile(
            account=account,
            roles=found.sessions.roles,
            administers=self._administers(account) if _administers(found) else (),
            credential=credential,
            phones=tuple(self._phones.confirmed(credential)),
            connected=found.sessions.parent is not None,
        )

    def _administers(self, account: Account) -> tuple[str, ...]:
        subscriptions = self._access.subscriptions(account.organization)
        return tuple(one.application for one in subscriptions if account.id in one.administrators)


def _administers(found: Colleague) -> bool:
    return Role.APPLICATION_ADMINISTRATOR in found.sessions.roles
