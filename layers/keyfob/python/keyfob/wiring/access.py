"""Terms, access and subscriptions, put together."""

from __future__ import annotations

from keyfob.storage.access.store import AccessStore
from keyfob.storage.directory.store import Directory
from keyfob.usecases.access.subscribing import SeedSubscriptions
from keyfob.usecases.access.terms import AcceptedTerms
from keyfob.wiring.foreign_ids import foreign_ids_of
from keyfob.wiring.runtime import Runtime


def accepted_terms_of(base: Runtime) -> AcceptedTerms:
    """The use cases of terms and conditions."""
    return AcceptedTerms(
        access=AccessStore(base.database),
        directory=Directory(base.database),
        foreign=foreign_ids_of(base),
        transactions=base.transactions,
        clock=base.clock,
        policy=base.policy,
    )


def seed_subscriptions_of(base: Runtime) -> SeedSubscriptions:
    """The use case that subscribes the organizations of loaded accounts."""
    return SeedSubscriptions(
        access=AccessStore(base.database),
        directory=Directory(base.database),
        transactions=base.transactions,
        clock=base.clock,
    )
