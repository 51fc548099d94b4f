"""The registration of tokens, put together."""

from __future__ import annotations

from keyfob.storage.credentials.store import CredentialStore
from keyfob.storage.inventory.store import Inventory
from keyfob.storage.orders.store import OrderStore
from keyfob.usecases.credentials.registration import Registration
from keyfob.wiring.credential_desk import credential_desk_of
from keyfob.wiring.credentials import seeds_of
from keyfob.wiring.holds import first_binding_of
from keyfob.wiring.runtime import Runtime
from keyfob.wiring.terms import sponsored_terms_of


def registration_of(base: Runtime) -> Registration:
    """The use cases that register and resynchronize tokens."""
    return Registration(
        credentials=CredentialStore(base.database),
        orders=OrderStore(base.database),
        service=credential_desk_of(base),
        first=first_binding_of(base),
        terms=sponsored_terms_of(base).require_accepted,
        inventory=Inventory(base.database),
        seeds=base.outside(seeds_of),
        transactions=base.transactions,
        clock=base.clock,
        policy=base.policy,
    )
