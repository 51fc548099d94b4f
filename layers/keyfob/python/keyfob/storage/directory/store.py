"""The `accounts` table: accounts, user ids, organizations, partners."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from pynamodb.attributes import BooleanAttribute, JSONAttribute, UnicodeAttribute

from keyfob.domain.directory.account import Account
from keyfob.domain.directory.organization import Organization
from keyfob.domain.directory.partner import Application, Partner, Terms
from keyfob.domain.due_index import instant
from keyfob.storage.database import Database
from keyfob.storage.idempotency import IdempotencyRecord, IdempotencyRow, result_of
from keyfob.storage.rows import (
    AuditedRow,
    Check,
    Put,
    Remove,
    Row,
    Subject,
    Update,
    assign,
    differing,
)

SK = "-"
_NOTIFIED = 20


class AccountRow(AuditedRow):
    """`ACCOUNT#<id>`."""

    class Meta:
        table_name = "accounts"

    user_id = UnicodeAttribute()
    organization = UnicodeAttribute()
    email = UnicodeAttribute()
    first_name = UnicodeAttribute()
    middle_name = UnicodeAttribute(null=True)
    last_name = UnicodeAttribute()
    applications = JSONAttribute()
    active = BooleanAttribute()
    language = UnicodeAttribute()
    suspended = UnicodeAttribute(null=True)


class UserIdRow(Row):
    """`USER#<user id>`: its account. The row's existence keeps user ids unique."""

    class Meta:
        table_name = "accounts"

    account = UnicodeAttribute()


class AdministratorRow(Row):
    """(`ADMINISTRATORS#<organization>`, account): an administrator of the organization.

    A row from before it was noted doesn't say `since` when.
    """

    class Meta:
        table_name = "accounts"

    since = UnicodeAttribute(null=True)


class PartnerAdministratorRow(Row):
    """(`PARTNER_ADMINISTRATORS#<partner>`, account): an administrator of the partner."""

    class Meta:
        table_name = "accounts"


class AccountIdempotencyRow(IdempotencyRow):
    """The idempotency record for an account's id."""

    class Meta:
        table_name = "accounts"


class OrganizationRow(AuditedRow):
    """`ORGANIZATION#<id>`."""

    class Meta:
        table_name = "accounts"

    name = UnicodeAttribute()
    country = UnicodeAttribute()
    time_zone = UnicodeAttribute()
    subdivision = UnicodeAttribute(null=True)
    address = JSONAttribute(null=True)
    registers = JSONAttribute(null=True)
    identity_provider = BooleanAttribute(null=True)
    website = UnicodeAttribute(null=True)


class PartnerRow(AuditedRow):
    """`PARTNER#<id>`, with its few applications."""

    class Meta:
        table_name = "accounts"

    name = UnicodeAttribute()
    applications = JSONAttribute()
    approves_credentials = BooleanAttribute(null=True)
    proofing_questions = BooleanAttribute(null=True)
    listed = UnicodeAttribute()


class ApplicationRow(Row):
    """`APPLICATION#<id>`: its partner. The row's existence keeps ids unique over all partners."""

    class Meta:
        table_name = "accounts"

    partner = UnicodeAttribute()


class Directory:
    """Reads the directory."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def account(self, account_id: str) -> Account | None:
        """The account with this id."""
        row = self._database.get(AccountRow, f"ACCOUNT#{account_id}", SK)
        return _account(row) if row else None

    def accounts(self, ids: Sequence[str]) -> list[Account]:
        """The accounts with these ids, read together; unknown ones are left out."""
        keys = [(f"ACCOUNT#{one}", SK) for one in ids]
        return [_account(row) for row in self._database.get_many(AccountRow, keys)]

    def audited(self, account_id: str) -> tuple[Account, Subject] | None:
        """The account with this id, and where its audit chain is."""
        row = self._database.get(AccountRow, f"ACCOUNT#{account_id}", SK)
        if row is None:
            return None
        return _account(row), Subject(id=row.pk, number=int(row.version), head=row.head)

    def account_of(self, user_id: str) -> str | None:
        """The id of the account that signs in with this (normalized) user id."""
        row = self._database.get(UserIdRow, f"USER#{user_id}", SK)
        return row.account if row else None

    def accounts_of(self, user_ids: Sequence[str]) -> dict[str, str]:
        """The ids of the accounts with these (normalized) user ids, by user id."""
        keys = [(f"USER#{one}", SK) for one in user_ids]
        rows = self._database.get_many(UserIdRow, keys)
        return {row.pk.removeprefix("USER#"): row.account for row in rows}

    def idempotent_result(self, record: IdempotencyRecord) -> str | None:
        """The id of the account that an earlier request with this key has made.

        Raises:
            IdempotencyKeyReused: the earlier request had another body.
        """
        return result_of(self._database, AccountIdempotencyRow, record)

    def organization(self, organization_id: str) -> Organization | None:
        """The organization with this id."""
        row = self._database.get(OrganizationRow, f"ORGANIZATION#{organization_id}", SK)
        return _organization(row) if row else None

    def audited_organization(self, organization_id: str) -> tuple[Organization, Subject] | None:
        """The organization with this id, and where its audit chain is."""
        row = self._database.get(OrganizationRow, f"ORGANIZATION#{organization_id}", SK)
        if row is None:
            return None
        subject = Subject(id=row.pk, number=int(row.version), head=row.head)
        return _organization(row), subject

    def organizations(self, ids: Sequence[str]) -> list[Organization]:
        """The organizations with these ids, read together; unknown ones are left out."""
        keys = [(f"ORGANIZATION#{one}", SK) for one in ids]
        return [_organization(row) for row in self._database.get_many(OrganizationRow, keys)]

    def administrators(self, organization_id: str) -> list[str]:
        """The accounts of the organization's first administrators: a transaction has room for them.

        Raises:
            StorageUnavailable.
        """
        found = self._database.query(
            AdministratorRow, key=("pk", _administrators(organization_id)), limit=_NOTIFIED
        )
        return [str(item["sk"]["S"]) for item in found]

    def administrator_since(self, organization_id: str, account_id: str) -> datetime | None:
        """Since when the account administers the organization; None if that isn't known."""
        key = _administrators(organization_id), account_id
        row = self._database.get(AdministratorRow, *key)
        return datetime.fromisoformat(row.since) if row and row.since else None

    def partner_administrators(self, partner_id: str) -> list[str]:
        """The accounts of the partner's first administrators: a transaction has room for them.

        Raises:
            StorageUnavailable.
        """
        found = self._database.query(
            PartnerAdministratorRow,
            key=("pk", _partner_administrators(partner_id)),
            limit=_NOTIFIED,
        )
        return [str(item["sk"]["S"]) for item in found]

    def is_listed_for(self, partner_id: str, account_id: str) -> bool:
        """Whether the account is listed among the partner's administrators."""
        key = _partner_administrators(partner_id), account_id
        return self._database.get(PartnerAdministratorRow, *key) is not None

    def partner(self, partner_id: str) -> Partner | None:
        """The partner with this id."""
        row = self._database.get(PartnerRow, f"PARTNER#{partner_id}", SK)
        return _partner(row) if row else None

    def audited_partner(self, partner_id: str) -> tuple[Partner, Subject] | None:
        """The partner with this id, and where its audit chain is."""
        row = self._database.get(PartnerRow, f"PARTNER#{partner_id}", SK)
        if row is None:
            return None
        return _partner(row), Subject(id=row.pk, number=int(row.version), head=row.head)

    def reserved_for(self, application_id: str) -> str | None:
        """The partner for which this id of an application is reserved."""
        row = self._database.get(ApplicationRow, f"APPLICATION#{application_id}", SK)
        return row.partner if row else None

    def partners(self) -> list[Partner]:
        """Every partner, by name."""
        items = self._database.query(PartnerRow, index="listed", key=("listed", "PARTNERS"))
        keys = [(item["pk"]["S"], SK) for item in items]
        found = [_partner(row) for row in self._database.get_many(PartnerRow, keys)]
        return sorted(found, key=lambda partner: partner.name)


def put_account(account: Account) -> tuple[Put, Put]:
    """The writes that add an account and reserve its user id."""
    key = f"ACCOUNT#{account.id}"
    row = AccountRow(
        key,
        SK,
        user_id=account.user_id,
        organization=account.organization,
        email=account.email,
        first_name=account.first_name,
        middle_name=account.middle_name or None,
        last_name=account.last_name,
        applications=list(account.applications),
        active=account.active,
        language=account.language,
    )
    return (
        Put(row=row, subject=Subject(id=key)),
        Put(row=UserIdRow(f"USER#{account.user_id}", SK, account=account.id)),
    )


def change_account(seen: Account, to: Account, subject: Subject) -> Update:
    """The update that turns `seen` into `to`; `members.follow` belongs into its transaction."""
    return Update(
        row=AccountRow,
        key=(subject.id, SK),
        actions=assign(AccountRow, differing(_changing(seen), _changing(to))),
        subject=subject,
    )


def change_applications(seen: Account, to: Account, subject: Subject) -> Update:
    """The write that gives an account other applications."""
    return Update(
        row=AccountRow,
        key=(subject.id, SK),
        actions=[AccountRow.applications.set(list(to.applications))],
        # The row of an account that was deactivated has another version.
        condition=AccountRow.active == seen.active,
        subject=subject,
    )


def touch(subject: Subject) -> Update:
    """The update that adds an entry to an account's chain, for a change of another row of it."""
    return Update(row=AccountRow, key=(subject.id, SK), actions=[], subject=subject)


def list_administrator(account: Account, now: datetime) -> Put:
    """The write that lists the account among its organization's administrators."""
    key = _administrators(account.organization), account.id
    return Put(row=AdministratorRow(*key, since=instant(now)))


def list_partner_administrator(account: Account, partner_id: str) -> Put:
    """The write that lists the account among a partner's administrators."""
    return Put(row=PartnerAdministratorRow(_partner_administrators(partner_id), account.id))


def unlist_partner_administrator(account: Account, partner_id: str) -> Remove:
    """The write that takes the account from the list of a partner's administrators."""
    row = PartnerAdministratorRow
    key = (_partner_administrators(partner_id), account.id)
    return Remove(row=row, key=key, condition=row.pk.exists())


def unlist_administrator(account: Account) -> Remove:
    """The write that takes the account off its organization's administrators."""
    return Remove(
        row=AdministratorRow,
        key=(_administrators(account.organization), account.id),
        condition=AdministratorRow.pk.exists(),
    )


def is_administrator(organization_id: str, account_id: str) -> Check:
    """Condition check: the account is an active administrator of the organization."""
    return Check(
        row=AdministratorRow,
        key=(_administrators(organization_id), account_id),
        condition=AdministratorRow.pk.exists(),
    )


def unchanged(account: Account) -> Check:
    """Condition check: e-mail address, names and being in use are unchanged."""
    middle = AccountRow.middle_name
    same = (
        (AccountRow.email == account.email)
        & (AccountRow.first_name == account.first_name)
        & (middle == account.middle_name if account.middle_name else middle.does_not_exist())
        & (AccountRow.last_name == account.last_name)
        & (AccountRow.active == account.active)
    )
    return Check(row=AccountRow, key=(f"ACCOUNT#{account.id}", SK), condition=same)


def put_organization(organization: Organization) -> Put:
    """The write that adds an organization."""
    key = f"ORGANIZATION#{organization.id}"
    row = OrganizationRow(
        key,
        SK,
        name=organization.name,
        country=organization.country,
        time_zone=organization.time_zone,
        subdivision=organization.subdivision,
        address=list(organization.address) or None,
        registers=dict(organization.registers) or None,
        identity_provider=organization.identity_provider or None,
        website=organization.website or None,
    )
    return Put(row=row, subject=Subject(id=key))


def set_identity_provider(to: Organization, subject: Subject) -> Update:
    """The update that says whether an organization has an identity provider of its own."""
    values = {"identity_provider": to.identity_provider or None}
    return Update(
        row=OrganizationRow,
        key=(subject.id, SK),
        actions=assign(OrganizationRow, values),
        subject=subject,
    )


def put_partner(partner: Partner) -> Put:
    """The write that adds a partner; each of its applications' ids is to be reserved with it."""
    key = f"PARTNER#{partner.id}"
    row = PartnerRow(key, SK, listed="PARTNERS", **_stored(partner))
    return Put(row=row, subject=Subject(id=key))


def change_partner(seen: Partner, to: Partner, subject: Subject) -> Update:
    """The update that changes a partner or its applications."""
    return Update(
        row=PartnerRow,
        key=(subject.id, SK),
        actions=assign(PartnerRow, differing(_stored(seen), _stored(to))),
        subject=subject,
    )


def reserve_application(application_id: str, partner_id: str) -> Put:
    """The write that keeps an application's id for this partner."""
    return Put(row=ApplicationRow(f"APPLICATION#{application_id}", SK, partner=partner_id))


def _stored(partner: Partner) -> dict[str, Any]:
    return {
        "name": partner.name,
        "applications": [asdict(one) for one in partner.applications],
        "approves_credentials": partner.approves_credentials,
        "proofing_questions": partner.proofing_questions,
    }


def _changing(account: Account) -> dict[str, Any]:
    return {
        "email": account.email,
        "active": account.active,
        "suspended": account.suspended,
        "first_name": account.first_name,
        "middle_name": account.middle_name or None,
        "last_name": account.last_name,
    }


def _partner_administrators(partner_id: str) -> str:
    return f"PARTNER_ADMINISTRATORS#{partner_id}"


def _administrators(organization_id: str) -> str:
    return f"ADMINISTRATORS#{organization_id}"


def _organization(row: OrganizationRow) -> Organization:
    return Organization(
        id=row.pk.removeprefix("ORGANIZATION#"),
        name=row.name,
        country=row.country,
        time_zone=row.time_zone,
        subdivision=row.subdivision,
        address=tuple(row.address or ()),
        registers=row.registers or {},
        identity_provider=bool(row.identity_provider),
        website=row.website or "",
    )


def _account(row: AccountRow) -> Account:
    return Account(
        id=row.pk.removeprefix("ACCOUNT#"),
        user_id=row.user_id,
        organization=row.organization,
        email=row.email,
        first_name=row.first_name,
        middle_name=row.middle_name or "",
        last_name=row.last_name,
        applications=tuple(row.applications),
        active=row.active,
        language=row.language,
        suspended=row.suspended,
    )


def _partner(row: PartnerRow) -> Partner:
    return Partner(
        id=row.pk.removeprefix("PARTNER#"),
        name=row.name,
        applications=tuple(map(_application, row.applications)),
        approves_credentials=bool(row.approves_credentials),
        # A row from before partners could switch them off says nothing.
        proofing_questions=row.proofing_questions is not False,
    )


def _application(stored: Mapping[str, Any]) -> Application:
    # A row from before applications had terms has none.
    terms = stored.get("terms")
    return Application(**{**stored, "terms": Terms(**terms) if terms else None})
