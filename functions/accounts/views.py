"""Bodies of the routes about accounts, as requests and as answers."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import Field

from keyfob.domain.directory.account import Account
from keyfob.domain.directory.role import Role
from keyfob.domain.errors import InvalidInput
from keyfob.domain.policy import Policy
from keyfob.http.credential_view import CredentialView, credential_view
from keyfob.http.fields import Email, Id, Language, Reason, RequiredText, Text, UserId
from keyfob.http.paging import cursor_of
from keyfob.http.resolver import Model
from keyfob.usecases.directory.creating import Wanted
from keyfob.usecases.directory.exporting import Fetched
from keyfob.usecases.directory.finding import Page
from keyfob.usecases.directory.showing import Profile

# One request's writes must fit into one transaction.
_APPLICATIONS, _ADMINISTERED = 20, 10


class NewAccountRequest(Model):
    """An account without an administrator's role; `language` (two letters) is that of its messages.

    `applications` are those that it may use from now on.
    """

    user_id: UserId
    email: Email
    first_name: RequiredText
    middle_name: Text = ""
    last_name: RequiredText
    language: Language = "en"
    applications: list[Id] = Field(default=[], max_length=_APPLICATIONS)
    reason: Reason

    def wanted(self, organization: str) -> Wanted:
        """As a domain object; its id is given later."""
        return Wanted(account=self._account(organization))

    def _account(self, organization: str) -> Account:
        return Account(
            id="",
            user_id=self.user_id,
            organization=organization,
            email=self.email,
            first_name=self.first_name,
            middle_name=self.middle_name,
            last_name=self.last_name,
            applications=tuple(dict.fromkeys(self.applications)),
            language=self.language,
        )


class NewAdministratorRequest(NewAccountRequest):
    """An account with an administrator's role.

    `administers` are the applications whose access it decides about.
    """

    organization_administrator: bool = False
    administers: list[Id] = Field(default=[], max_length=_ADMINISTERED)

    def wanted(self, organization: str) -> Wanted:
        """As a domain object; its id is given later."""
        return Wanted(
            account=self._account(organization),
            administers=tuple(dict.fromkeys(self.administers)),
            organization_administrator=self.organization_administrator,
        )


class ChangeRequest(Model):
    """The names or the address that the account has from now on; what is left out stays."""

    email: Email | None = None
    first_name: RequiredText | None = None
    middle_name: Text | None = None
    last_name: RequiredText | None = None
    reason: Reason

    def fields(self) -> dict[str, str]:
        """The fields that are given.

        Raises:
            InvalidInput: none is.
        """
        given = self.model_dump(exclude={"reason"}, exclude_none=True)
        if not given:
            raise InvalidInput(fields={"email": "name something to change: an address, a name"})
        return given


class RolesRequest(Model):
    """All that the account administers from now on: its organization, access to applications."""

    organization_administrator: bool
    administers: list[Id] = Field(max_length=_ADMINISTERED)
    reason: Reason


class AccountMade(Model):
    """The new account's id; its first password is mailed within minutes."""

    id: str
    user_id: str


class AccountView(Model):
    """An account of one's organization, with its own live credential.

    `administers` are the applications whose access it decides about. A `connected` account uses the
    credential of another one.
    """

    id: str
    user_id: str
    email: str
    first_name: str
    middle_name: str
    last_name: str
    language: str
    active: bool
    roles: list[Role]
    applications: list[str]
    administers: list[str]
    connected: bool
    credential: CredentialView | None


class AccountSummary(Model):
    """An account in a list; `expires_at` is the expiry of its live credential.

    `locked`: wrong codes have locked its hardware token.
    """

    id: str
    user_id: str
    name: str
    email: str
    roles: list[Role]
    active: bool
    expires_at: datetime | None
    locked: bool


class AccountList(Model):
    """A page of a list, by default by name; `cursor` leads to the next page."""

    accounts: list[AccountSummary]
    cursor: str | None = None


def list_view(page: Page) -> AccountList:
    """A page of accounts."""
    return AccountList(
        accounts=[
            AccountSummary(
                id=one.id,
                user_id=one.user_id,
                name=one.name,
                email=one.email,
                roles=list(one.roles),
                active=one.active,
                expires_at=one.expires_at,
                locked=one.locked,
            )
            for one in page.members
        ],
        cursor=cursor_of(page.position) if page.position else None,
    )


class ExportView(Model):
    """An export: `writing`, or `ready` with the address of its file (CSV), good for 5 minutes.

    `until`: afterwards it is gone. `rows` are the accounts in it so far.
    """

    id: str
    state: Literal["writing", "ready"]
    rows: int
    until: datetime
    url: str | None = None


class ExportRequested(Model):
    """The export's id; its file is written within minutes."""

    id: str


def export_view(one: Fetched) -> ExportView:
    """The export as it is now."""
    export = one.export
    return ExportView(
        id=export.id,
        state="ready" if export.ready else "writing",
        rows=export.rows,
        until=export.until,
        url=one.url,
    )


def account_view(one: Profile, now: datetime, policy: Policy) -> AccountView:
    """The account as it is now."""
    account, live = one.account, one.credential
    return AccountView(
        id=account.id,
        user_id=account.user_id,
        email=account.email,
        first_name=account.first_name,
        middle_name=account.middle_name,
        last_name=account.last_name,
        language=account.language,
        active=account.active,
        roles=list(one.roles),
        applications=list(account.applications),
        administers=list(one.administers),
        connected=one.connected,
        credential=credential_view(live, one.phones, now, policy) if live else None,
    )
