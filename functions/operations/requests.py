"""The operator's requests: the events under `events/operations/`."""

from __future__ import annotations

from datetime import date, time
from typing import Annotated, Literal

from pydantic import (
    AfterValidator,
    Field,
    StringConstraints,
    TypeAdapter,
    ValidationInfo,
    field_validator,
    model_validator,
)

from keyfob.domain.credentials.deadline import has_calendar
from keyfob.domain.directory.account import Account
from keyfob.domain.directory.organization import Organization
from keyfob.domain.directory.role import Role
from keyfob.domain.inventory.model import DEFAULT_MODEL
from keyfob.domain.money import EXPONENTS, MOST
from keyfob.domain.orders.product import Product
from keyfob.domain.orders.product_kind import NEW_CREDENTIAL, WITH_TOKEN, ProductKind
from keyfob.domain.proofing.agent import Shift
from keyfob.domain.proofing.case import State
from keyfob.domain.proofing.step import Acts
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
from keyfob.usecases.proofing.correcting import Names
from operations.forms import AboutAccount, Act, Form, OrderNumber
from operations.invoice_requests import InvoiceRequest
from operations.partner_requests import (
    PutApplicationRequest,
    PutPartnerRequest,
    SeedPartner,
    SetPartnerAdministratorRequest,
)
from operations.sales_requests import PutDisclaimerRequest, PutTaxRuleRequest
from operations.stock_requests import Model, Serial, StockList, StockRequest

# A day, or an instant by RFC 3339.
When = Annotated[
    str,
    StringConstraints(
        pattern=r"^\d{4}-\d\d-\d\d(T\d\d:\d\d:\d\d(Z|[+-]\d\d:\d\d))?$", strip_whitespace=True
    ),
    Wanted("must be a day or an instant, for example 2027-03-31 or 2027-03-31T12:00:00Z"),
]
Domain = Annotated[
    str,
    StringConstraints(pattern=r"^[a-z0-9.-]{3,253}$"),
    Wanted("must be a mail domain in lower case, for example acme.example"),
]
RegistrationId = Annotated[
    str,
    StringConstraints(pattern=r"^reg_[0-9a-z]{20}$"),
    Wanted("must be the id of a registration, for example reg_0a1b2c3d4e5f6g7h8j9k"),
]
Piece = Annotated[int, Field(ge=1, le=10_000)]
MessageId = Annotated[
    str,
    StringConstraints(pattern=r"^(msg|eff)_[0-9a-f]{40}$"),
    Wanted("must be the id of a message: msg_ or eff_ and 40 hexadecimal digits"),
]
Quarter = Annotated[
    str,
    StringConstraints(pattern=r"^([01]\d|2[0-3]):(00|15|30|45)$"),
    Wanted("must be a time of day on a quarter of an hour, for example 09:15"),
]
Room = Annotated[
    str,
    StringConstraints(pattern=r"^https://[!-~]{1,200}$"),
    Wanted("must be the https address of the agent's meeting room"),
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


class VerifyAuditRequest(Form):
    """Check the whole audit trail."""

    operation: Literal["verify_audit"]


class ResetTokenRequest(AboutAccount):
    """Reopen registration and resynchronization for an account's live credential (D2, F2)."""

    operation: Literal["reset_token"]


class ApproveCredentialRequest(AboutAccount):
    """Approve an account's live credential for a partner that approves each of them (F1)."""

    operation: Literal["approve_credential"]
    partner: Id


class AgentHours(Form):
    """Working hours of a weekday, Monday is 1; `until` is later on the same day."""

    day: int = Field(ge=1, le=7)
    begins: Quarter = Field(alias="from")
    until: Quarter

    @model_validator(mode="after")
    def _in_order(self) -> AgentHours:
        if self.begins >= self.until:
            raise ValueError("hours end later than they begin, on the same day")
        return self

    def shift(self) -> Shift:
        """As a domain object."""
        return Shift(
            weekday=self.day - 1,
            begins=time.fromisoformat(self.begins),
            ends=time.fromisoformat(self.until),
        )


class FreePhonesRequest(AboutAccount):
    """Unblock an account's phones (F2)."""

    operation: Literal["free_phones"]


class SuspendCredentialRequest(AboutAccount):
    """Suspend an account's live credential; only an operator lifts it (F5, G2)."""

    operation: Literal["suspend_credential"]


class LiftSuspensionRequest(AboutAccount):
    """Lift a cause of the system's from an account's live credential (F5).

    `cause` is `proofing`, `operator`, or `dispute:` with the dispute's id.
    """

    operation: Literal["lift_suspension"]
    cause: str = Field(pattern=r"^(operator|proofing|dispute:\w{1,64})$")


class RevokeCredentialRequest(AboutAccount):
    """Revoke an account's live credential for good (F3)."""

    operation: Literal["revoke_credential"]


class SetAgentRequest(AboutAccount):
    """Make an account with the role `agent` an agent, or change its hours (C3).

    The holders of appointments get the address of `room`. Hours are on the wall of `time_zone`, on
    quarters of an hour; one that isn't `active` gets no further appointments.
    """

    operation: Literal["set_agent"]
    time_zone: Zone
    languages: list[Language] = Field(min_length=1, max_length=10)
    hours: list[AgentHours] = Field(max_length=28)
    room: Room
    active: bool = True


class ReopenProofingRequest(AboutAccount):
    """Let the holder of a case in review book another appointment (C4).

    Where each side says that the other one didn't come, `missed_by` decides (C3).
    """

    operation: Literal["reopen_proofing"]
    missed_by: Literal["holder", "agent"] | None = None


class ReassignAppointmentRequest(AboutAccount):
    """Give a holder's appointment to another agent who is free then; `agent` is a user id (C3)."""

    operation: Literal["reassign_appointment"]
    agent: str | None = Field(default=None, min_length=3, max_length=64)


class ListProofingsRequest(Form):
    """List open cases: in this state, or at which this side has to act (C3, C4, G2)."""

    operation: Literal["list_proofings"]
    state: State | None = None
    acts: Acts | None = None
    limit: int = Field(200, ge=1, le=1000)


class ListAgentsRequest(Form):
    """List the agents and their hours (C3, G2)."""

    operation: Literal["list_agents"]


class ConfirmNameRequest(AboutAccount):
    """Take over the name on a holder's document, with these names for the account (C4, A8)."""

    operation: Literal["confirm_name"]
    first_name: RequiredText
    middle_name: Text = ""
    last_name: RequiredText

    def names(self) -> Names:
        """As the use case takes them."""
        return Names(
            first_name=self.first_name, middle_name=self.middle_name, last_name=self.last_name
        )


class RefuseNameRequest(AboutAccount):
    """Keep the credential's name: the holder books again (C4)."""

    operation: Literal["refuse_name"]


class DaysOffRequest(AboutAccount):
    """Take days of an agent's off, or give them back (C3).

    Appointments stay and are listed; their holders are told to move them.
    """

    operation: Literal["days_off"]
    days: list[date] = Field(min_length=1, max_length=31)
    off: bool = True


class ListRegistrationsRequest(Form):
    """List the registrations that wait for a decision, with likely duplicates (A3)."""

    operation: Literal["list_registrations"]
    limit: int = Field(50, ge=1, le=200)


class ApproveRegistrationRequest(Act):
    """Make the organization of a registration, its subscription and its administrators (A3)."""

    operation: Literal["approve_registration"]
    registration: RegistrationId


class RejectRegistrationRequest(Act):
    """Reject a registration; the reason is mailed to the registrant (A3)."""

    operation: Literal["reject_registration"]
    registration: RegistrationId


class ReleaseBindingRequest(AboutAccount):
    """Let an account's holder bind a first token or phone with the code in the answer (S54)."""

    operation: Literal["release_binding"]


class FreezeAccountRequest(AboutAccount):
    """End an account's sessions and let nobody sign in (S54)."""

    operation: Literal["freeze_account"]


class ThawAccountRequest(AboutAccount):
    """Thaw a frozen account; its password is reset, its hold begins anew (S54)."""

    operation: Literal["thaw_account"]


class ExportPersonRequest(AboutAccount):
    """Show everything that is kept about an account's person, for that person (S66)."""

    operation: Literal["export_person"]


def _confirmed(value: bool) -> bool:  # noqa: FBT001
    if not value:
        raise ValueError("must be true: this can't be undone")
    return value


Confirmed = Annotated[bool, AfterValidator(_confirmed)]


class ErasePersonRequest(AboutAccount):
    """Erase what identifies the person of an account that nobody uses any more (S66)."""

    operation: Literal["erase_person"]
    confirm: Confirmed


class EraseGuestRequest(Act):
    """Erase what identifies the guest of an order that has ended (S66)."""

    operation: Literal["erase_guest"]
    order: OrderNumber
    confirm: Confirmed


class SetIdentityProviderRequest(Act):
    """Say whether an organization signs in through an identity provider of its own (A9)."""

    operation: Literal["set_identity_provider"]
    organization: Id
    has: bool


class ReviveMessageRequest(Act):
    """Try a dead message or effect again."""

    operation: Literal["revive_message"]
    message: MessageId


class ReissueLicenseKeyRequest(Act):
    """Kill an order's license key and mail the purchaser another one (B5).

    `unit` is the license key's number in the order, from 1. Only the account that signs in as `for`
    can redeem the new one, if it is named.
    """

    operation: Literal["reissue_license_key"]
    order: OrderNumber
    unit: int = Field(ge=1)
    holder: UserId | None = Field(None, alias="for")


class RefundLinesRequest(Act):
    """Refund pieces of an order, by their numbers from 1, or `whole`: all that is left (B4).

    Pieces are counted through the order's lines: of two lines with two each, the second one's first
    is 3.
    """

    operation: Literal["refund_lines"]
    order: OrderNumber
    pieces: list[Piece] | None = Field(default=None, min_length=1, max_length=200)
    whole: bool = False

    @model_validator(mode="after")
    def _one_choice(self) -> RefundLinesRequest:
        if (self.pieces is None) is not self.whole:
            raise ValueError("name either the pieces or the whole")
        return self


class AssignRefundRequest(Act):
    """Name the pieces that a refund by hand, or a lost dispute about a part, has undone (B4).

    `taken` is the refund's or dispute's id at Stripe. Without pieces it was for something else,
    such as a surplus.
    """

    operation: Literal["assign_refund"]
    order: OrderNumber
    taken: str = Field(pattern=r"^[a-z]+_[A-Za-z0-9_]{1,250}$")
    pieces: list[Piece] = Field(max_length=200)


class RefuseSignedOrderRequest(Act):
    """Refuse an order's accepted purchase order; the reason is mailed to the purchaser (B3)."""

    operation: Literal["refuse_signed_order"]
    order: OrderNumber


class WithdrawTokensRequest(Act):
    """Take tokens that were imported wrongly out of the inventory, unless somebody has them (S64).

    Either a `batch`, as its report names it, or `serials`. The reason is kept in the audit trail.
    """

    operation: Literal["withdraw_tokens"]
    batch: str | None = Field(default=None, pattern=r"^[0-9a-f]{40}$")
    serials: list[Serial] | None = Field(default=None, min_length=1, max_length=1_000)

    @model_validator(mode="after")
    def _one_choice(self) -> WithdrawTokensRequest:
        if (self.batch is None) is (self.serials is None):
            raise ValueError("name either the batch or the serials")
        return self


class ForecastRequest(Form):
    """Count what would be due in a period if nobody acted (G2); `until` is inclusive."""

    operation: Literal["forecast"]
    begins: When | None = Field(default=None, alias="from")
    until: When


HelpRequest = (
    ResetTokenRequest
    | FreePhonesRequest
    | SuspendCredentialRequest
    | LiftSuspensionRequest
    | RevokeCredentialRequest
)
MoneyRequest = RefundLinesRequest | AssignRefundRequest
PersonRequest = ExportPersonRequest | ErasePersonRequest
HoldRequest = ReleaseBindingRequest | FreezeAccountRequest | ThawAccountRequest
DecisionRequest = ApproveRegistrationRequest | RejectRegistrationRequest
SalesRequest = PutDisclaimerRequest | PutTaxRuleRequest
PartnerRequest = PutPartnerRequest | PutApplicationRequest | SetPartnerAdministratorRequest
Request = (
    SeedRequest
    | VerifyAuditRequest
    | ReviveMessageRequest
    | StockRequest
    | StockList
    | ReissueLicenseKeyRequest
    | MoneyRequest
    | RefuseSignedOrderRequest
    | ApproveCredentialRequest
    | SetAgentRequest
    | DaysOffRequest
    | ReassignAppointmentRequest
    | ReopenProofingRequest
    | ConfirmNameRequest
    | ListProofingsRequest
    | ListAgentsRequest
    | RefuseNameRequest
    | HelpRequest
    | HoldRequest
    | DecisionRequest
    | ListRegistrationsRequest
    | PartnerRequest
    | SalesRequest
    | PersonRequest
    | EraseGuestRequest
    | InvoiceRequest
    | SetIdentityProviderRequest
    | WithdrawTokensRequest
    | ForecastRequest
)

parser: TypeAdapter[Request] = TypeAdapter(Annotated[Request, Field(discriminator="operation")])
