"""Organization administrators make and manage accounts of their own organization (A5, S24)."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated, Any

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Query
from aws_lambda_powertools.utilities.typing import LambdaContext

from accounts import wiring
from accounts.views import (
    AccountList,
    AccountMade,
    AccountView,
    ChangeRequest,
    ExportRequested,
    ExportView,
    NewAccountRequest,
    NewAdministratorRequest,
    RolesRequest,
    account_view,
    export_view,
    list_view,
)
from keyfob.domain.directory.member import LONGEST
from keyfob.domain.errors import InvalidInput
from keyfob.domain.sessions.permission import ADMINISTERS, TO_ADMINISTER, TO_STAFF
from keyfob.http.administrators import Act, administrator_of
from keyfob.http.fields import IdempotencyKey, Name, idempotency_record_of
from keyfob.http.paging import position_of
from keyfob.usecases.directory.assigning_roles import Administered
from keyfob.usecases.directory.finding import Filter
from keyfob.wiring.api import api_of

base = wiring.runtime()
app = api_of(base)

_ACTING = (HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND)
_MAKING = (HTTPStatus.CONFLICT, HTTPStatus.TOO_MANY_REQUESTS)


@app.operation(
    "POST",
    "/admin/accounts",
    permission=TO_STAFF,
    summary="Make an account of one's organization; its first password is mailed",
    status=HTTPStatus.CREATED,
    refusals=_MAKING,
)
def make_account(body: NewAccountRequest, idempotency_key: IdempotencyKey) -> AccountMade:
    return _made(body, "accounts", idempotency_key)


@app.operation(
    "POST",
    "/admin/administrators",
    permission=TO_ADMINISTER,
    summary="Make an account with an administrator's role; its first password is mailed",
    status=HTTPStatus.CREATED,
    refusals=_MAKING,
)
def make_administrator(
    body: NewAdministratorRequest, idempotency_key: IdempotencyKey
) -> AccountMade:
    if not body.organization_administrator and not body.administers:
        raise InvalidInput(fields={"administers": "name an application, or use /admin/accounts"})
    return _made(body, "administrators", idempotency_key)


@app.operation(
    "GET",
    "/admin/accounts",
    permission=ADMINISTERS,
    summary="Accounts of one's organization: all, by their beginning, or those to act on",
)
def list_accounts(
    search: Annotated[str | None, Query(min_length=1, max_length=LONGEST)] = None,
    filter_: Annotated[Filter | None, Query(alias="filter")] = None,
    days: Annotated[int, Query(ge=1, le=366)] = 60,
    cursor: Annotated[str | None, Query(max_length=2_048)] = None,
) -> AccountList:
    who, finding = administrator_of(app), wiring.finding()
    position = position_of(cursor) if cursor else ""
    if search is not None and filter_ is not None:
        raise InvalidInput(fields={"filter": "either search or filter"})
    if search is not None:
        return list_view(finding.search(who, search, position))
    if filter_ is None:
        return list_view(finding.all(who, position))
    return list_view(finding.filtered(who, filter_, position, days=days))


@app.operation(
    "GET",
    "/admin/accounts/<account>",
    permission=ADMINISTERS,
    summary="An account of one's organization, with its credential",
    refusals=(HTTPStatus.NOT_FOUND,),
)
def show_account(account: Name) -> AccountView:
    found = wiring.showing().show(administrator_of(app), account)
    return account_view(found, base.clock(), base.policy)


@app.operation(
    "PATCH",
    "/admin/accounts/<account>",
    permission=TO_ADMINISTER,
    summary="Change names or e-mail address of an account; a changed name ends its proofing",
    refusals=_ACTING,
)
def change_account(account: Name, body: ChangeRequest) -> AccountView:
    wiring.changing().change(administrator_of(app, body.reason), account, body.fields())
    return _shown(account)


@app.operation(
    "PUT",
    "/admin/accounts/<account>/roles",
    permission=TO_ADMINISTER,
    summary="Give an account the roles of an administrator, or take them",
    refusals=_ACTING,
)
def assign_roles(account: Name, body: RolesRequest) -> AccountView:
    administered = Administered(
        organization=body.organization_administrator, applications=tuple(body.administers)
    )
    wiring.assigning_roles().assign(administrator_of(app, body.reason), account, administered)
    return _shown(account)


@app.operation(
    "POST",
    "/admin/accounts/<account>/deactivation",
    permission=TO_ADMINISTER,
    summary="Deactivate an account: its sessions end, its credential is suspended",
    refusals=_ACTING,
)
def deactivate_account(account: Name, body: Act) -> AccountView:
    wiring.deactivating().deactivate(administrator_of(app, body.reason), account)
    return _shown(account)


@app.operation(
    "DELETE",
    "/admin/accounts/<account>/deactivation",
    permission=TO_ADMINISTER,
    summary="Reactivate an account; a temporary password is mailed",
    refusals=_ACTING,
)
def reactivate_account(account: Name, body: Act) -> AccountView:
    wiring.deactivating().reactivate(administrator_of(app, body.reason), account)
    return _shown(account)


@app.operation(
    "POST",
    "/admin/accounts/export",
    permission=TO_ADMINISTER,
    summary="Have all accounts of one's organization written to a file (CSV)",
    status=HTTPStatus.ACCEPTED,
    refusals=_MAKING,
)
def request_export(body: Act, idempotency_key: IdempotencyKey) -> ExportRequested:
    record = idempotency_record_of(app.caller, idempotency_key, "account-exports", body)
    made = wiring.exporting().request(administrator_of(app, body.reason), record)
    return ExportRequested(id=made)


@app.operation(
    "GET",
    "/admin/accounts/exports/<export>",
    permission=TO_ADMINISTER,
    summary="One's own export: 202 while it is written, then with a link to its file",
    refusals=(HTTPStatus.NOT_FOUND,),
)
def show_export(export: Name) -> Response[ExportView]:
    found = wiring.exporting().fetch(administrator_of(app), export)
    return Response(
        status_code=HTTPStatus.OK if found.export.ready else HTTPStatus.ACCEPTED,
        content_type="application/json",
        body=export_view(found),
    )


def _shown(account: str) -> AccountView:
    found = wiring.showing().after(administrator_of(app), account)
    return account_view(found, base.clock(), base.policy)


def _made(body: NewAccountRequest, place: str, key: str) -> AccountMade:
    caller = app.caller
    record = idempotency_record_of(caller, key, place, body)
    wanted = body.wanted(caller.organization)
    made = wiring.creating().create(administrator_of(app, body.reason), wanted, record)
    return AccountMade(id=made, user_id=body.user_id)


@base.logger.inject_lambda_context
@base.metrics.log_metrics
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    return app.resolve(event, context)
