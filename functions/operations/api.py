"""The operators' API: search, one thing with its history, and every act of the tools (G2, S60).

API Gateway has authenticated the caller; a read needs no reason and leaves no entry.
"""

from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus
from typing import Annotated, Any, TypeVar

from aws_lambda_powertools.event_handler.openapi.params import Body, Query

from keyfob.domain.credentials.credential import Credential
from keyfob.domain.sessions.permission import BY_OPERATOR
from keyfob.http.credential_view import credential_view
from keyfob.http.fields import Name
from keyfob.http.paging import cursor_of, position_of
from keyfob.wiring.api import operator_api_of
from operations import wiring
from operations.acts import base, perform
from operations.records import (
    account_record,
    credential_record,
    entry_view,
    found_view,
    license_key_record,
    message_record,
    order_record,
    organization_record,
    partner_record,
    product_record,
    token_record,
)
from operations.requests import Request
from operations.views import (
    AccountRecord,
    CredentialRecord,
    FoundList,
    History,
    LicenseKeyRecord,
    MessageRecord,
    OrderRecord,
    OrganizationRecord,
    PartnerRecord,
    ProductRecord,
    TokenRecord,
)

app = operator_api_of(base)

F = TypeVar("F", bound=Callable[..., Any])
Limit = Annotated[int, Query(ge=1, le=100)]
Cursor = Annotated[str | None, Query(max_length=256)]


def read(rule: str, summary: str) -> Callable[[F], F]:
    """A route that shows one thing."""
    unknown = (HTTPStatus.NOT_FOUND,)
    return app.operation("GET", rule, permission=BY_OPERATOR, summary=summary, refusals=unknown)


@app.operation(
    "POST",
    "/operator/operations",
    permission=BY_OPERATOR,
    summary="Do what the event says, for its reason",
    refusals=(HTTPStatus.NOT_FOUND, HTTPStatus.CONFLICT, HTTPStatus.TOO_MANY_REQUESTS),
)
def operate(body: Annotated[Request, Body(discriminator="operation")]) -> dict[str, Any]:
    return perform(body, app.operator, app.lambda_context)


@app.operation(
    "GET", "/operator/search", permission=BY_OPERATOR, summary="Everything with this name"
)
def search(q: Annotated[str, Query(min_length=2, max_length=254)]) -> FoundList:
    return FoundList(found=[found_view(one) for one in wiring.search().find(q)])


@read("/operator/accounts/<account>", "An account")
def show_account(account: Name, limit: Limit = 20, cursor: Cursor = None) -> AccountRecord:
    person = wiring.reading().account(account)
    history = history_of(f"ACCOUNT#{account}", limit, cursor, own=account)
    return account_record(person, status_of, history)


@read("/operator/organizations/<organization>", "An organization")
def show_organization(
    organization: Name, limit: Limit = 20, cursor: Cursor = None
) -> OrganizationRecord:
    found, administrators = wiring.reading().organization(organization)
    history = history_of(f"ORGANIZATION#{organization}", limit, cursor)
    return organization_record(found, administrators, history)


@read("/operator/partners/<partner>", "A partner and its applications")
def show_partner(partner: Name, limit: Limit = 20, cursor: Cursor = None) -> PartnerRecord:
    found = wiring.reading().partner(partner)
    return partner_record(found, history_of(f"PARTNER#{partner}", limit, cursor))


@read("/operator/partners/<partner>/products/<product>", "A product of a partner's catalog")
def show_product(
    partner: Name, product: Name, limit: Limit = 20, cursor: Cursor = None
) -> ProductRecord:
    found, subject = wiring.reading().product(partner, product)
    return product_record(found, history_of(subject, limit, cursor))


@read("/operator/orders/<number>", "An order")
def show_any_order(number: Name, limit: Limit = 20, cursor: Cursor = None) -> OrderRecord:
    order = wiring.reading().order(number)
    history = history_of(order.subject, limit, cursor, own=order.account)
    return order_record(order, base.clock(), history)


@read("/operator/license-keys/<license_key>", "A license key")
def show_license_key(
    license_key: Name, limit: Limit = 20, cursor: Cursor = None
) -> LicenseKeyRecord:
    key = wiring.reading().license_key(license_key)
    return license_key_record(key, history_of(key.subject, limit, cursor))


@read("/operator/credentials/<credential>", "A credential")
def show_any_credential(
    credential: Name, limit: Limit = 20, cursor: Cursor = None
) -> CredentialRecord:
    held = wiring.reading().credential(credential)
    view = credential_view(held.credential, held.phones, base.clock(), base.policy)
    subject, own = held.credential.subject, held.credential.account
    return credential_record(held.credential, view, history_of(subject, limit, cursor, own=own))


@read("/operator/tokens/<serial>", "A hardware token")
def show_token(serial: Name, limit: Limit = 20, cursor: Cursor = None) -> TokenRecord:
    token, usable = wiring.reading().token(serial)
    history = history_of(token.subject.id, limit, cursor)
    return token_record(token, usable=usable, history=history)


@read("/operator/messages/<message>", "A message, or a call of another service")
def show_message(message: Name) -> MessageRecord:
    return message_record(wiring.reading().message(message))


def status_of(credential: Credential) -> str:
    return credential.status(base.clock(), base.policy)


def history_of(subject: str, limit: int, cursor: str | None, *, own: str = "") -> History:
    """A page of a subject's history; `own` is the account that it is about."""
    before = position_of(cursor) if cursor else None
    entries = wiring.reading().history(subject, limit=limit + 1, before=before, account=own)
    further = cursor_of(f"{entries[limit].number:012d}") if len(entries) > limit else None
    return History(entries=[entry_view(one, own=own) for one in entries[:limit]], cursor=further)
