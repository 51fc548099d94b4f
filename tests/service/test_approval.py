"""A partner that wants to approve each credential (F1, E3, S8)."""

from __future__ import annotations

from typing import Any

import pytest

from local.client import Person, eventually, on_payment_page
from local.stack import Stack
from tests.support.running.credential_checks import (
    live_row,
    refused,
    resynchronize,
    shown,
    told,
)
from tests.support.running.people import person
from tests.support.running.rows import Rows
from tests.support.running.stack_holders import Supply

PORTAL = {"id": "cautious-portal", "name": "Cautious Portal", "level": 2, "hardware_only": True}
PARTNER = {
    "id": "cautious",
    "name": "Cautious Shipyards",
    "applications": [PORTAL],
    "approves_credentials": True,
}
PRODUCT = {
    "partner": "cautious",
    "id": "hardware-token",
    "name": "Hardware token, 1 year",
    "description": "A token that shows a code at the press of a button.",
    "kind": "hardware_token",
    "proofing": False,
    "price": 8500,
    "currency": "USD",
    "tax_rate": 825,
}


class FromCautious(Supply):
    """A supply that this partner sold."""

    def _bought(self, count: int) -> str:
        self.buyer = person(self.stack, applications=["cautious-portal"])
        order = self.buyer.order(quantity=count, partner="cautious")
        on_payment_page(order, "pay")
        number = str(order["number"])
        eventually(lambda: self.buyer.show(number)["state"] == "fulfilled", seconds=60, what=number)
        return number


def approve(stack: Stack, someone: Person) -> dict[str, Any]:
    """An operator passes on the partner's approval; the answer."""
    event = {"operation": "approve_credential", "partner": "cautious", "reason": "by mail"}
    answer: dict[str, Any] = stack.invoke(
        "OperationsFunction", event | {"user_id": someone.user_id}
    )
    return answer


@pytest.fixture(scope="module")
def supply(stack: Stack) -> Supply:
    """License keys for credentials that the partner must approve."""
    event = {"operation": "seed", "partners": [PARTNER], "products": [PRODUCT]}
    assert "error" not in stack.invoke("OperationsFunction", event)
    return FromCautious(stack, 2, period=None)


def test_f1_e3_nothing_goes_on_before_the_partner_has_approved(
    stack: Stack, supply: Supply, holder: Person
) -> None:
    entitlement = supply.next()
    device, made = entitlement.device, holder.redeem(entitlement.license_key)
    credential, path = made["id"], f"/credentials/{made['id']}"
    assert made["status"] == shown(holder, credential)["status"] == "pending_approval"
    # A credential known to have no token accepts no code.
    code = device.press()
    refused(holder.elevate(code), 403, "credential_not_approved")
    for method, what in (("POST", "activation"), ("POST", "suspension"), ("DELETE", "suspension")):
        refused(holder.call(method, f"{path}/{what}"), 403, "credential_not_approved")
    pair = device.pair()
    registered = holder.register(credential, device.serial, pair)
    refused(registered, 403, "credential_not_approved")
    found = resynchronize(holder, credential, list(pair.values()))
    refused(found, 403, "credential_not_approved")
    assert live_row(stack, holder)["tries"] == []

    answer = approve(stack, holder)

    assert (answer["credential"], answer["status"]) == (credential, "pending_activation")
    told(stack, holder, "Your credential was approved")
    assert approve(stack, holder) == answer
    refused(holder.elevate(code), 403, "credential_not_activated")
    holder.expect(200, "POST", f"{path}/activation")
    assert holder.register(credential, device.serial, pair).status_code == 201
    assert holder.elevate(device.press()).status_code == 201
    account = holder.token.split(".")[0]
    entries = Rows(stack).entries(f"CREDENTIAL#{account}#{credential}")
    assert [(one["action"], one["actor_kind"]) for one in entries[:3]] == [
        ("credential.redeemed", "account"),
        ("credential.approved", "operator"),
        ("credential.activated", "account"),
    ]


def test_f3_a_credential_that_waits_for_approval_can_be_revoked(
    stack: Stack, supply: Supply, holder: Person
) -> None:
    credential = holder.redeem(supply.next().license_key)["id"]
    path = f"/credentials/{credential}/revocation"
    assert holder.expect(200, "POST", path, {"confirm": True})["status"] == "revoked"
    assert approve(stack, holder)["error"] == "not_found"
    told(stack, holder, "Your credential was revoked", "Your temporary password")
