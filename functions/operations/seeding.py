"""Loads partners, products, organizations and accounts."""

from __future__ import annotations

from typing import Any

from keyfob.domain.audit.entry import Actor
from keyfob.domain.errors import InvalidInput
from operations import wiring
from operations.seed_requests import SeedRequest


def seed(request: SeedRequest, by: Actor) -> dict[str, Any]:
    _require_typed_by_nobody(request)
    loader = wiring.seed()
    partners = [one.partner() for one in request.partners]
    organizations = [one.organization() for one in request.organizations]
    domains = {one.id: one.domains for one in request.organizations}
    # First, since only these can be refused: then nothing was loaded.
    loader.require_own_applications(partners)
    products = loader.products([one.product() for one in request.products], by=by)
    return {
        "partners": loader.partners(partners, by=by),
        "products": products,
        "organizations": loader.organizations(organizations, by=by, domains=domains),
        "accounts": loader.accounts(
            [one.new_account() for one in request.accounts], by=by, partners=partners
        ),
    }


def _require_typed_by_nobody(request: SeedRequest) -> None:
    """Refuse typed passwords (A10); the local stage's demo and tests may have them."""
    if wiring.runtime().settings.value("STAGE") == "local":
        return
    typed = [nth for nth, one in enumerate(request.accounts) if one.temporary_password]
    if typed:
        problem = "leave it out: the account gets one by mail"
        raise InvalidInput(fields={f"accounts.{nth}.temporary_password": problem for nth in typed})
