"""The next step, put together."""

from __future__ import annotations

from keyfob.storage.access.store import AccessStore
from keyfob.storage.directory.store import Directory
from keyfob.storage.holds.store import HoldStore
from keyfob.storage.orders.store import OrderStore
from keyfob.storage.proofing.store import CaseStore
from keyfob.storage.sessions.store import SessionStore
from keyfob.usecases.next_step.finding import Finding
from keyfob.wiring.runtime import Runtime
from keyfob.wiring.sponsorships import offers_of
from keyfob.wiring.terms import sponsored_terms_of


def finding_of(base: Runtime) -> Finding:
    """The use case that finds next steps."""
    return Finding(
        directory=Directory(base.database),
        access=AccessStore(base.database),
        sessions=SessionStore(base.database),
        holds=HoldStore(base.database),
        cases=CaseStore(base.database),
        orders=OrderStore(base.database),
        offers=offers_of(base),
        terms=sponsored_terms_of(base),
        clock=base.clock,
        policy=base.policy,
    )
