"""The operator's acts: what each request does, and its answer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any, get_args

from aws_lambda_powertools.utilities.typing import LambdaContext

from keyfob.domain.audit.entry import Actor
from keyfob.domain.credentials.credential import Credential
from keyfob.domain.orders.undoing import unassigned
from operations import wiring
from operations.invoice_requests import InvoiceRequest
from operations.invoicing import about_money
from operations.partner_requests import PutApplicationRequest, SetPartnerAdministratorRequest
from operations.proofing import (
    days_off,
    decide_name,
    list_agents,
    list_proofings,
    reassign_appointment,
    reopen_proofing,
    set_agent,
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
from operations.registering import decide_registration, list_registrations
from operations.requests import (
    ApproveCredentialRequest,
    DecisionRequest,
    EraseGuestRequest,
    ErasePersonRequest,
    ForecastRequest,
    FreePhonesRequest,
    FreezeAccountRequest,
    HelpRequest,
    HoldRequest,
    LiftSuspensionRequest,
    ListRegistrationsRequest,
    MoneyRequest,
    PartnerRequest,
    PersonRequest,
    RefundLinesRequest,
    RefuseSignedOrderRequest,
    ReissueLicenseKeyRequest,
    ReleaseBindingRequest,
    Request,
    ResetTokenRequest,
    ReviveMessageRequest,
    RevokeCredentialRequest,
    SalesRequest,
    SetIdentityProviderRequest,
    SuspendCredentialRequest,
    VerifyAuditRequest,
    WithdrawTokensRequest,
)
from operations.sales_requests import PutDisclaimerRequest
from operations.seed_requests import SeedRequest
from operations.seeding import seed
from operations.stock_requests import StockList, StockRequest
from operations.stocking import change_stock, show_stock

base = wiring.runtime()


def verify_audit() -> dict[str, Any]:
    subjects = wiring.subjects()
    verdict = wiring.verification().verify(dict(subjects.all()), subjects)
    if verdict.faults:
        base.count("AuditFaults", len(verdict.faults))
    return {
        "intact": not verdict.faults,
        "entries": verdict.entries,
        "heads": verdict.heads,
        "faults": list(verdict.faults),
    }


def revive_message(request: ReviveMessageRequest, by: Actor) -> dict[str, Any]:
    if not wiring.reviving().revive(request.message, by=by):
        return {"revived": False, "reason": "there is no dead message under this id"}
    return {"revived": True, "sent": "within five minutes"}


def reissue_license_key(request: ReissueLicenseKeyRequest, by: Actor) -> dict[str, Any]:
    reissuing, holder = wiring.reissuing(), request.holder
    to = reissuing.recipient(request.order, holder) if holder else None
    order = reissuing.reissue(request.order, request.unit - 1, by, to=to)
    return {"order": order.number, "unit": request.unit, "mailed_to": order.purchaser}


def give_back(request: MoneyRequest, by: Actor) -> dict[str, Any]:
    refunding = wiring.refunding()
    if isinstance(request, RefundLinesRequest):
        pieces = None if request.pieces is None else [one - 1 for one in request.pieces]
        order = refunding.request(request.order, pieces, by)
    else:
        pieces = [one - 1 for one in request.pieces]
        order = refunding.assign(request.order, request.taken, pieces, by)
    mirror = order.given_back
    return {
        "order": order.number,
        "refunded": mirror.amount,
        "requested": sum(one.amount for one in mirror.requested),
        "currency": order.currency,
        "undone": [piece + 1 for piece in sorted(mirror.undone)],
        "unassigned": sorted(unassigned(order)),
    }


def about(credential: Credential) -> dict[str, Any]:
    return {
        "credential": credential.id,
        "order": credential.order,
        "unit": credential.unit + 1,
        "status": credential.status(base.clock(), base.policy),
        "token": credential.token.serial if credential.token else None,
    }


def help_holder(request: HelpRequest, by: Actor) -> dict[str, Any]:
    if isinstance(request, LiftSuspensionRequest):
        return about(wiring.help_desk().lift(request.user_id, request.cause, by))
    acts: dict[type[Any], Callable[[str, Actor], Credential]] = {
        ResetTokenRequest: wiring.help_desk().reset_token,
        SuspendCredentialRequest: wiring.help_desk().suspend,
        RevokeCredentialRequest: wiring.help_desk().revoke,
        FreePhonesRequest: wiring.phone_help().free,
    }
    return about(acts[type(request)](request.user_id, by))


def approve(request: ApproveCredentialRequest, by: Actor) -> dict[str, Any]:
    done = wiring.approvals().approve(request.user_id, request.partner, by)
    return {**about(done.credential), "still_to_approve": sorted(done.missing)}


def protect(request: HoldRequest, by: Actor) -> dict[str, Any]:
    if isinstance(request, ReleaseBindingRequest):
        release = wiring.reopening().release(request.user_id, by)
        return {"code": release.code, "until": release.until.isoformat(timespec="seconds")}
    if isinstance(request, FreezeAccountRequest):
        return {"account": wiring.freezing().by_operator(request.user_id, by), "frozen": True}
    return {"account": wiring.reopening().thaw(request.user_id, by), "frozen": False}


def about_person(request: PersonRequest, by: Actor) -> dict[str, Any]:
    if isinstance(request, ErasePersonRequest):
        erased = wiring.erasing().erase(request.user_id, by)
        kept = {order: until.date().isoformat() for order, until in erased.kept.items()}
        return {"account": erased.account, "addresses_kept_until": kept}
    return wiring.exporting().export(request.user_id, by)


def erase_guest(request: EraseGuestRequest, by: Actor) -> dict[str, Any]:
    kept = wiring.guest_erasing().erase(request.order, by)
    until = kept.date().isoformat() if kept else None
    return {"order": request.order, "addresses_kept_until": until}


def refuse_signed_order(request: RefuseSignedOrderRequest, by: Actor) -> dict[str, Any]:
    done = wiring.refusing_signed().refuse(request.order, by=by)
    return {"order": done.order, "state": done.state}


def withdraw_tokens(request: WithdrawTokensRequest, by: Actor) -> dict[str, Any]:
    withdrawing = wiring.withdrawing()
    done = (
        withdrawing.batch(request.batch, by=by)
        if request.batch
        else withdrawing.serials(request.serials or (), by=by)
    )
    return {
        "withdrawn": done.withdrawn,
        "withdrawn_before": done.already,
        "kept": {"shipped": done.shipped, "registered": done.registered, "unknown": done.unknown},
    }


def forecast(request: ForecastRequest, context: LambdaContext) -> dict[str, Any]:
    def time_left() -> timedelta:
        return timedelta(milliseconds=context.get_remaining_time_in_millis())

    report = wiring.forecasting().make(request.begins, request.until, time_left)
    made = report.forecast
    peak = made.peak()
    return {
        "from": made.period.start.isoformat(),
        "before": made.period.end.isoformat(),
        "totals": {kind.name: count for kind, count in made.by_kind().items()},
        "total": made.total,
        "credentials": made.credentials,
        "peak": {"day": peak[0].isoformat(), "count": peak[1]} if peak else None,
        "report": {
            "bucket": base.settings.value("BUCKET_REPORTS"),
            "page": report.page,
            "table": report.table,
        },
    }


def set_identity_provider(request: SetIdentityProviderRequest, by: Actor) -> dict[str, Any]:
    organization = wiring.organizations().set_identity_provider(
        request.organization, has=request.has, by=by
    )
    return {"organization": organization.id, "identity_provider": organization.identity_provider}


def change_partner(request: PartnerRequest, by: Actor) -> dict[str, Any]:
    if isinstance(request, SetPartnerAdministratorRequest):
        sessions = wiring.partner_administrators().set(
            request.user_id, request.partner, administers=request.administers, by=by
        )
        roles = sorted(sessions.roles)
        return {"account": sessions.account, "partner": sessions.partner, "roles": roles}
    if isinstance(request, PutApplicationRequest):
        done = wiring.partners().put_application(request.partner, request.application(), by=by)
    else:
        done = wiring.partners().put(
            request.id,
            request.name,
            approves_credentials=request.approves_credentials,
            proofing_questions=request.proofing_questions,
            by=by,
        )
    applications = [one.id for one in done.partner.applications]
    return {
        "partner": done.partner.id,
        "applications": applications,
        "changed": dict(done.facts),
    }


def change_sales(request: SalesRequest, by: Actor) -> dict[str, Any]:
    terms = wiring.sales_terms()
    if isinstance(request, PutDisclaimerRequest):
        done = terms.put_disclaimer(request.disclaimer(), by=by)
        return {"partner": request.partner, "version": request.version, "changed": done}
    done = terms.put_tax_rule(request.rule(), by=by)
    return {"country": request.country, "changed": done}


def perform(request: Request, by: Actor, context: LambdaContext) -> dict[str, Any]:
    """Do what is requested, for the reason that the request gives.

    Raises:
        DomainError: it is refused, or a service is down.
    """
    base.logger.info("operation", extra={"operation": request.operation})
    by = replace(by, reason=getattr(request, "reason", None) or "")
    acts: dict[type[Any], Callable[[Any], dict[str, Any]]] = {
        SeedRequest: lambda one: seed(one, by),
        ReissueLicenseKeyRequest: lambda one: reissue_license_key(one, by),
        **dict.fromkeys(get_args(MoneyRequest), lambda one: give_back(one, by)),
        RefuseSignedOrderRequest: lambda one: refuse_signed_order(one, by),
        WithdrawTokensRequest: lambda one: withdraw_tokens(one, by),
        ApproveCredentialRequest: lambda one: approve(one, by),
        SetAgentRequest: lambda one: set_agent(one, by),
        ReassignAppointmentRequest: lambda one: reassign_appointment(one, by),
        DaysOffRequest: lambda one: days_off(one, by),
        ListProofingsRequest: list_proofings,
        ListAgentsRequest: lambda _one: list_agents(),
        ConfirmNameRequest: lambda one: decide_name(one, by),
        RefuseNameRequest: lambda one: decide_name(one, by),
        ReopenProofingRequest: lambda one: reopen_proofing(one, by),
        ForecastRequest: lambda one: forecast(one, context),
        VerifyAuditRequest: lambda _one: verify_audit(),
        ReviveMessageRequest: lambda one: revive_message(one, by),
        **dict.fromkeys(get_args(HelpRequest), lambda one: help_holder(one, by)),
        **dict.fromkeys(get_args(HoldRequest), lambda one: protect(one, by)),
        ListRegistrationsRequest: list_registrations,
        **dict.fromkeys(get_args(DecisionRequest), lambda one: decide_registration(one, by)),
        EraseGuestRequest: lambda one: erase_guest(one, by),
        SetIdentityProviderRequest: lambda one: set_identity_provider(one, by),
        **dict.fromkeys(get_args(PartnerRequest), lambda one: change_partner(one, by)),
        **dict.fromkeys(get_args(StockRequest), lambda one: change_stock(one, by)),
        **dict.fromkeys(get_args(StockList), show_stock),
        **dict.fromkeys(get_args(SalesRequest), lambda one: change_sales(one, by)),
        **dict.fromkeys(get_args(PersonRequest), lambda one: about_person(one, by)),
        **dict.fromkeys(get_args(InvoiceRequest), lambda one: about_money(one, by)),
    }
    return acts[type(request)](request)
