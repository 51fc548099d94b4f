"""The operator's requests: the events under `events/operations/`."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import (
    AfterValidator,
    Field,
    StringConstraints,
    TypeAdapter,
    model_validator,
)

from keyfob.http.fields import (
    Id,
    UserId,
    Wanted,
)
from operations.forms import AboutAccount, Act, Form, OrderNumber
from operations.invoice_requests import InvoiceRequest
from operations.partner_requests import (
    PutApplicationRequest,
    PutPartnerRequest,
    SetPartnerAdministratorRequest,
)
from operations.proofing_requests import (
    ConfirmNameRequest,
    DaysOffRequest,
    ListAgentsRequest,
    ListProofingsRequest,
    ReassignAppointmentRequest,
    RefuseNameRequest,
    ReopenProofingRequest,
    SetAgentRequest,
)
from operations.sales_requests import PutDisclaimerRequest, PutTaxRuleRequest
from operations.seed_requests import SeedRequest
from operations.stock_requests import Serial, StockList, StockRequest

# A day, or an instant by RFC 3339.
When = Annotated[
    str,
    StringConstraints(
        pattern=r"^\d{4}-\d\d-\d\d(T\d\d:\d\d:\d\d(Z|[+-]\d\d:\d\d))?$", strip_whitespace=True
    ),
    Wanted("must be a day or an instant, for example 2027-03-31 or 2027-03-31T12:00:00Z"),
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


class FreePhonesRequest(AboutAccount):
    """Unblock an account's phones (F2)."""

    operation: Literal["free_phones"]


class SuspendCredentialRequest(AboutAccount):
    """Suspend an account's live credential; only an operator lifts it (F5, G2)."""

    operation: Literal["suspend_credential"]


class LiftSuspensionRequest(AboutAccount):
    """Lift a cause of the system's from an account's live credential (F5).

    `cause` is `proofing`, `operator`, `dispute:` with the dispute's id, or `refund:` with the
    order's number.
    """

    operation: Literal["lift_suspension"]
    cause: str = Field(pattern=r"^(operator|proofing|dispute:\w{1,64}|refund:SO-[0-9]{5,12})$")


class RevokeCredentialRequest(AboutAccount):
    """Revoke an account's live credential for good (F3)."""

    operation: Literal["revoke_credential"]


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
