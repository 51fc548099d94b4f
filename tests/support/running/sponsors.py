"""Partners' administrators on the local stack, their campaigns, and acceptances."""

from __future__ import annotations

from typing import Any

from local.client import Person, idempotency_key
from local.stack import Stack
from tests.support.running.holder_attempts import Told, ask
from tests.support.running.people import person
from tests.support.running.stack_holders import Holder, Supply

_ROLES = ["holder", "partner_administrator"]
_ADDRESS = {
    "name": "Ada Byron",
    "line1": "1 Main Street",
    "city": "Springfield",
    "region": "NY",
    "postal_code": "12345",
    "country": "US",
}
ACCEPTANCE = {"legal_name": "Ada Byron", "country": "US", "shipping_address": _ADDRESS}


def a_sponsor(stack: Stack, supply: Supply) -> Holder:
    """An administrator of Northwind, who has given a code just now."""
    sponsor = supply.holder(person(stack, roles=_ROLES, partner="northwind"))
    elevated = sponsor.person.elevate(sponsor.device.code())
    assert elevated.status_code == 201, elevated.text
    return sponsor


def a_campaign(sponsor: Holder, *holders: Person, **changes: Any) -> dict[str, Any]:
    """A campaign for these people."""
    body = {
        "reason": "Agreed with purchasing",
        "name": "Hull 7",
        "product": "hardware-token",
        "accounts": [one.user_id for one in holders],
        **changes,
    }
    made: dict[str, Any] = sponsor.person.expect(
        201, "POST", "/partner/campaigns", body, headers=idempotency_key()
    )
    return made


def accept(someone: Person, campaign: str) -> Told:
    """Accept the sponsorship."""
    return ask(someone, "POST", f"/sponsorships/{campaign}/acceptance", ACCEPTANCE)
