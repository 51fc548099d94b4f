"""Administrators see and manage the credentials of their organization's holders (F4, F5, S24)."""

from __future__ import annotations

from datetime import datetime
from http import HTTPStatus
from typing import Annotated, Any, Literal

from aws_lambda_powertools.event_handler.openapi.params import Query
from aws_lambda_powertools.utilities.typing import LambdaContext
from pydantic import model_validator

from administration import wiring
from keyfob.domain.credentials.credential import Credential
from keyfob.domain.sessions.permission import ADMINISTERS, TO_ADMINISTER
from keyfob.http.administrators import Act, administrator_of
from keyfob.http.credential_view import CredentialView, credential_view
from keyfob.http.fields import Name, RequiredText, Text
from keyfob.http.history_view import HistoryView, history_view
from keyfob.http.paging import position_of
from keyfob.http.resolver import Model
from keyfob.usecases.proofing.correcting import Names
from keyfob.wiring.api import api_of

base = wiring.runtime()
app = api_of(base)

_UNKNOWN = (HTTPStatus.NOT_FOUND, HTTPStatus.CONFLICT)
_REFUSALS = (HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND, HTTPStatus.CONFLICT)
_LIMITED = (*_REFUSALS, HTTPStatus.TOO_MANY_REQUESTS)
_ACCOUNT = "/admin/accounts/<account>"


class RevocationRequest(Act):
    """Revocation is final and needs confirmation: `confirm` must be true."""

    confirm: bool


class ReleaseView(Model):
    """The code to hand to the holder, which isn't shown again, and until when it binds."""

    code: str
    until: datetime


class FrozenView(Model):
    """Whether the account is frozen."""

    frozen: bool


class NameView(Model):
    """A name that waits for a decision: the account's, and the one on its holder's document.

    Decide before `until`; then the names stay as they are.
    """

    account_name: str
    name_on_document: str
    until: datetime


class NameDecision(Act):
    """Confirm the name on the document, with the account's names from now on, or refuse it."""

    decision: Literal["confirm", "refuse"]
    first_name: RequiredText | None = None
    middle_name: Text = ""
    last_name: RequiredText | None = None

    @model_validator(mode="after")
    def _named(self) -> NameDecision:
        if self.decision == "confirm" and not (self.first_name and self.last_name):
            raise ValueError("a confirmation takes first_name and last_name")
        if self.decision == "refuse" and (self.first_name or self.middle_name or self.last_name):
            raise ValueError("a refusal takes no names")
        return self

    def names(self) -> Names | None:
        """The names to take over; None to keep the present ones."""
        if not self.first_name or not self.last_name:
            return None
        return Names(
            first_name=self.first_name, middle_name=self.middle_name, last_name=self.last_name
        )


class DecisionView(Model):
    """The state of the proofing after the decision."""

    state: str


@app.operation(
    "GET",
    f"{_ACCOUNT}/credential",
    permission=ADMINISTERS,
    summary="An account's live credential, or else the one that was revoked last",
    refusals=_UNKNOWN,
)
def show_holders_credential(account: Name) -> CredentialView:
    return _view(wiring.credentials().newest(administrator_of(app), account))


@app.operation(
    "GET",
    f"{_ACCOUNT}/credential/history",
    permission=ADMINISTERS,
    summary="What happened to this credential, newest first",
    refusals=_UNKNOWN,
)
def show_holders_history(
    account: Name,
    limit: Annotated[int, Query(ge=1, le=50)] = 20,
    cursor: Annotated[str | None, Query(max_length=256)] = None,
) -> HistoryView:
    before = position_of(cursor) if cursor else None
    entries = wiring.credentials().history(
        administrator_of(app), account, limit=limit + 1, before=before
    )
    return history_view(entries, limit, addresses=False)


@app.operation(
    "POST",
    f"{_ACCOUNT}/credential/suspension",
    permission=TO_ADMINISTER,
    summary="Suspend a holder's credential until an administrator re-enables it",
    refusals=_REFUSALS,
)
def suspend_for_holder(account: Name, body: Act) -> CredentialView:
    return _view(wiring.credentials().suspend(administrator_of(app, body.reason), account))


@app.operation(
    "DELETE",
    f"{_ACCOUNT}/credential/suspension",
    permission=TO_ADMINISTER,
    summary="Re-enable a credential that an administrator suspended",
    refusals=_REFUSALS,
)
def reenable_for_holder(account: Name, body: Act) -> CredentialView:
    return _view(wiring.credentials().lift(administrator_of(app, body.reason), account))


@app.operation(
    "POST",
    f"{_ACCOUNT}/credential/revocation",
    permission=TO_ADMINISTER,
    summary="Revoke a holder's credential for good: every session ends, the password is reset",
    refusals=_REFUSALS,
)
def revoke_for_holder(account: Name, body: RevocationRequest) -> CredentialView:
    who = administrator_of(app, body.reason)
    return _view(wiring.credentials().revoke(who, account, confirmed=body.confirm))


@app.operation(
    "POST",
    f"{_ACCOUNT}/phones/release",
    permission=TO_ADMINISTER,
    summary="Unblock a holder's phones",
    refusals=_REFUSALS,
)
def release_phones(account: Name, body: Act) -> CredentialView:
    return _view(wiring.credentials().free_phones(administrator_of(app, body.reason), account))


@app.operation(
    "POST",
    f"{_ACCOUNT}/binding-release",
    permission=TO_ADMINISTER,
    summary="Get a code by which the holder registers a first token or phone at once",
    refusals=_LIMITED,
)
def release_binding(account: Name, body: Act) -> ReleaseView:
    release = wiring.accounts().release(administrator_of(app, body.reason), account)
    return ReleaseView(code=release.code, until=release.until)


@app.operation(
    "POST",
    f"{_ACCOUNT}/freeze",
    permission=TO_ADMINISTER,
    summary="Freeze an account: every session ends, and nobody can sign in",
    refusals=_LIMITED,
)
def freeze_account(account: Name, body: Act) -> FrozenView:
    wiring.accounts().freeze(administrator_of(app, body.reason), account)
    return FrozenView(frozen=True)


@app.operation(
    "DELETE",
    f"{_ACCOUNT}/freeze",
    permission=TO_ADMINISTER,
    summary="Thaw an account: its password is reset",
    refusals=_LIMITED,
)
def thaw_account(account: Name, body: Act) -> FrozenView:
    wiring.accounts().thaw(administrator_of(app, body.reason), account)
    return FrozenView(frozen=False)


@app.operation(
    "GET",
    f"{_ACCOUNT}/name",
    permission=ADMINISTERS,
    summary="The name on a holder's document that waits for a decision",
    refusals=_UNKNOWN,
)
def show_name_in_question(account: Name) -> NameView:
    found = wiring.accounts().name(administrator_of(app), account)
    return NameView(
        account_name=found.account_name,
        name_on_document=found.found.name,
        until=found.found.until,
    )


@app.operation(
    "POST",
    f"{_ACCOUNT}/name",
    permission=TO_ADMINISTER,
    summary="Confirm or refuse the name on a holder's document",
    refusals=_REFUSALS,
)
def decide_name(account: Name, body: NameDecision) -> DecisionView:
    who = administrator_of(app, body.reason)
    return DecisionView(state=wiring.accounts().decide_name(who, account, body.names()).state)


def _view(one: Credential) -> CredentialView:
    return credential_view(one, wiring.phones().confirmed(one), base.clock(), base.policy)


@base.logger.inject_lambda_context
@base.metrics.log_metrics
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    return app.resolve(event, context)
