"""From a license key to a credential by HTTP (C1)."""

from __future__ import annotations

from datetime import datetime

from local.client import Person
from local.stack import Stack
from tests.support.running.credential_checks import account_of, claim, license_keys, refused, shown
from tests.support.running.rows import Rows
from tests.support.running.stack_holders import Supply


def key_row(stack: Stack, order: str, unit: int) -> dict[str, object]:
    return next(row for row in Rows(stack).license_keys(order) if row["unit"] == unit)


def test_c1_a_key_waits_for_its_token_and_then_becomes_a_credential(
    stack: Stack, holder: Person
) -> None:
    supply = Supply(stack, 2, period=None)
    before = license_keys(supply)
    # The tokens are shipped one by one, in the order of the keys.
    ahead = before[len(before)]
    waiting = refused(claim(holder, ahead), 409, "wait_for_token")
    assert "until it has arrived" in waiting["detail"]
    assert key_row(stack, supply.order, len(before) - 1)["state"] == "issued"
    assert holder.expect(200, "GET", "/credentials") == {"credentials": []}

    entitlement = supply.next()
    unit = next(number for number, key in before.items() if key == entitlement.license_key) - 1
    made = claim(holder, entitlement.license_key, legal_name=" Ada  King ", country="GB")

    assert made.status_code == 201, made.text
    seen = made.json()
    assert (seen["status"], seen["level"], seen["token"]) == ("pending_activation", 2, None)
    assert (seen["order"], seen["kind"]) == (supply.order, "hardware_token")
    assert (seen["legal_name"], seen["country"]) == ("Ada  King", "GB")
    paid, expires = (datetime.fromisoformat(seen[one]) for one in ("purchased_at", "expires_at"))
    assert paid.replace(year=paid.year + 1) == expires
    assert datetime.fromisoformat(seen["revokes_at"]) == expires.replace(year=expires.year + 1)
    assert (seen["activated_at"], seen["reset_needed"]) == (None, False)
    assert shown(holder, seen["id"]) == seen
    assert holder.expect(200, "GET", "/credentials") == {"credentials": [seen]}
    row = key_row(stack, supply.order, unit)
    subject = f"CREDENTIAL#{account_of(holder)}#{seen['id']}"
    assert (row["state"], row["credential"]) == ("redeemed", subject)
    assert Rows(stack).entries(str(row["pk"]))[-1]["action"] == "license_key.redeemed"
    [begun] = Rows(stack).entries(subject)
    assert (begun["action"], begun["actor_id"]) == ("credential.redeemed", account_of(holder))
    assert begun["address"] == holder.headers["X-Forwarded-For"]
