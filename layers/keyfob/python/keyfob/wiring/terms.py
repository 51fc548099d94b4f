"""Terms and conditions, put together."""

from __future__ import annotations

from keyfob.storage.access.store import AccessStore
from keyfob.storage.directory.store import Directory
from keyfob.storage.orders.store import OrderStore
from keyfob.usecases.access.staff import Staff
from keyfob.usecases.access.terms import AcceptedTerms
from keyfob.usecases.sponsorships.terms import SponsoredTerms
from keyfob.wiring.foreign_ids import foreign_ids_of
from keyfob.wiring.runtime import Runtime


def accepted_terms_of(base: Runtime) -> AcceptedTerms:
    """The use cases of terms and conditions."""
    return AcceptedTerms(
        access=AccessStore(base.database),
        directory=Directory(base.database),
        staff=Staff(Directory(base.database)),
        foreign=foreign_ids_of(base),
        transactions=base.transactions,
        clock=base.clock,
        policy=base.policy,
    )


def sponsored_terms_of(base: Runtime) -> SponsoredTerms:
    """The terms that sponsored credentials wait for."""
    return SponsoredTerms(
        directory=Directory(base.database),
        access=AccessStore(base.database),
        terms=accepted_terms_of(base),
        orders=OrderStore(base.database),
    )
