"""The operator's request that loads partners, products, organizations and accounts."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import (
    Field,
    StringConstraints,
    ValidationInfo,
    field_validator,
)

from keyfob.domain.credentials.deadline import has_calendar
from keyfob.domain.directory.account import Account
from keyfob.domain.directory.organization import Organization
from keyfob.domain.directory.role import Role
from keyfob.domain.inventory.model import DEFAULT_MODEL
from keyfob.domain.money import EXPONENTS, MOST
from keyfob.domain.orders.product import Product
from keyfob.domain.orders.product_kind import NEW_CREDENTIAL, WITH_TOKEN, ProductKind
from keyfob.http.fields import (
    LINE,
    Country,
    Email,
    Id,
    Language,
    Reason,
    RequiredText,
    Text,
    UserId,
    Wanted,
    Zone,
)
from keyfob.usecases.directory.accounts import NewAccount, new_account_id
from operations.forms import Form
from operations.partner_requests import (
    SeedPartner,
)
from operations.stock_requests import Model

Domain = Annotated[
    str,
    StringConstraints(pattern=r"^[a-z0-9.-]{3,253}$"),
    Wanted("must be a mail domain in lower case, for example acme.example"),
]
Description = Annotated[str, StringConstraints(strip_whitespace=True, max_length=500), LINE]


class SeedProduct(Form):
    """A product of a partner's catalog; price in minor units, tax rate in basis points.

    A renewal `renews` credentials of that kind, proofed or not like itself, from `any_partner` or
    only from its own. With `upgrade_included`, a credential without proofing comes with a proofing
    upgrade. `model`: of the hardware token that it brings.
    """

    partner: Id
    id: Id
    name: RequiredText
    description: Description
    kind: ProductKind
    proofing: bool
    price: int = Field(gt=0, le=MOST)
    currency: str
    tax_rate: int = Field(ge=0, le=10_000)
    period: str = "P1Y"
    on_sale: bool = True
    renews: Literal["hardware_token", "phone"] | None = Field(None, validate_default=True)
    any_partner: bool = True
    upgrade_included: bool = False
    model: Model = DEFAULT_MODEL

    @field_validator("renews")
    @classmethod
    def _named_by_renewals(cls, value: str | None, info: ValidationInfo) -> str | None:
        if info.data.get("kind") is ProductKind.RENEWAL:
            if value is None:
                raise ValueError("a renewal renews hardware_token or phone")
        elif value is not None:
            raise ValueError("only a renewal renews something")
        return value

    @field_validator("any_partner")
    @classmethod
    def _said_by_renewals(cls, value: bool, info: ValidationInfo) -> bool:  # noqa: FBT001
        if info.data.get("kind") is not ProductKind.RENEWAL:
            raise ValueError("only a renewal may be for any partner's credentials")
        return value

    @field_validator("upgrade_included")
    @classmethod
    def _with_new_credentials(cls, value: bool, info: ValidationInfo) -> bool:  # noqa: FBT001
        upgradable = info.data.get("kind") in NEW_CREDENTIAL and not info.data.get("proofing")
        if value and not upgradable:
            raise ValueError("only a hardware_token or phone without proofing includes an upgrade")
        return value

    @field_validator("model")
    @classmethod
    def _with_a_token(cls, value: str, info: ValidationInfo) -> str:
        if value != DEFAULT_MODEL and info.data.get("kind") not in WITH_TOKEN:
            raise ValueError("only a hardware_token or added_token has a model")
        return value

    @field_validator("currency")
    @classmethod
    def _sold_in(cls, value: str) -> str:
        if value not in EXPONENTS:
            raise ValueError(f"we sell in {', '.join(EXPONENTS)}")
        return value

    def product(self) -> Product:
        """As a domain object."""
        renews = ProductKind(self.renews) if self.renews else None
        return Product(**{**self.model_dump(), "renews": renews})


class SeedOrganization(Form):
    """A supplier; by its mail domains a later registration of it is recognized."""

    id: Id
    name: RequiredText
    country: Country
    time_zone: Zone
    subdivision: str | None = None
    domains: list[Domain] = Field([])

    @field_validator("subdivision")
    @classmethod
    def _has_a_calendar(cls, value: str | None, info: ValidationInfo) -> str | None:
        country = info.data.get("country", "")
        if value is not None and not (value and has_calendar(country, value)):
            raise ValueError(f"no subdivision of {country} whose holidays are known (BY of DE-BY)")
        return value

    def organization(self) -> Organization:
        """As a domain object."""
        return Organization(**self.model_dump(exclude={"domains"}))


class SeedAccount(Form):
    """A person, who gets a temporary password by mail; on the local stage it may be typed (A10).

    It must be changed at the first sign-in (A4). `partner` is the one that a partner administrator
    acts for.
    """

    user_id: UserId
    organization: Id
    email: Email
    first_name: RequiredText
    middle_name: Text = ""
    last_name: RequiredText
    roles: list[Role] = Field([Role.HOLDER])
    partner: Id | None = Field(None)
    applications: list[Id] = Field([])
    language: Language = "en"
    # At least as long as the password store wants any.
    temporary_password: str | None = Field(None, min_length=15)

    def new_account(self) -> NewAccount:
        """As a domain object, with a new id."""
        account = Account(
            id=new_account_id(),
            user_id=self.user_id,
            organization=self.organization,
            email=self.email,
            first_name=self.first_name,
            middle_name=self.middle_name,
            last_name=self.last_name,
            applications=tuple(self.applications),
            language=self.language,
        )
        return NewAccount(
            account=account,
            roles=tuple(self.roles),
            partner=self.partner,
            temporary_password=self.temporary_password,
        )


class SeedRequest(Form):
    """Load these; existing entries stay, but products are updated, which takes a reason (S60)."""

    operation: Literal["seed"]
    reason: Reason | None = None
    partners: list[SeedPartner] = Field([])
    products: list[SeedProduct] = Field([])
    organizations: list[SeedOrganization] = Field([])
    accounts: list[SeedAccount] = Field([])
