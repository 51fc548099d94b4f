"""A partner that approves each credential, and a holder who uses its application."""

from __future__ import annotations

from typing import Any

from tests.support.deployment import Deployment, sample
from tests.support.token_holder import TokenHolder, a_holder_with_a_license_key
from tests.support.visitor import Answer, visitor

STRICT = {
    "id": "strict",
    "name": "Strict Shipyards",
    "applications": [{"id": "yard", "name": "Yard", "level": 2, "hardware_only": False}],
    "approves_credentials": True,
}


def somebody_of_both(deployment: Deployment) -> TokenHolder:
    """A holder with another partner's license key, who may use the application of the strict one.

    The token of the key is shipped. The strict partner sells tokens and their renewal.
    """
    seed = sample("operations/seed")
    [product] = seed["products"]
    renewal = product | {"id": "renewal", "kind": "renewal", "renews": product["kind"]}
    seed["partners"].append(STRICT)
    seed["products"] += [one | {"partner": "strict"} for one in (product, renewal)]
    assert "error" not in deployment.invoke("operations", seed)
    sold = a_holder_with_a_license_key(deployment)
    who = visitor(deployment, applications=["parts-portal", "yard"])
    return TokenHolder(
        visitor=who, order=sold.order, license_key=sold.license_key, device=sold.device
    )


def renew(who: TokenHolder) -> Answer:
    """The holder orders another year from the strict partner."""
    item = {"product": "renewal", "credential": who.credential}
    return who.visitor.order(partner="strict", items=[item])


def approve(deployment: Deployment, who: TokenHolder, partner: str = "strict") -> Any:
    """An operator passes on the partner's approval; the answer."""
    event = sample("operations/approve_credential", user_id=who.visitor.user_id, partner=partner)
    return deployment.invoke("operations", event)
