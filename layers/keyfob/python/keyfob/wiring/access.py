"""Terms, access and subscriptions, put together."""

from __future__ import annotations

from keyfob.storage.access.store import AccessStore
from keyfob.storage.directory.store import Directory
from keyfob.storage.limits import Limits
from keyfob.usecases.access.accesses import Accesses
from keyfob.usecases.access.changes import AccessChanges
from keyfob.usecases.access.ending import Subscriptions
from keyfob.usecases.access.staff import Staff
from keyfob.usecases.access.subscribing import SeedSubscriptions
from keyfob.wiring.administration import colleagues_of
from keyfob.wiring.foreign_ids import foreign_ids_of
from keyfob.wiring.roles import held_roles_of
from keyfob.wiring.runtime import Runtime
from keyfob.wiring.terms import accepted_terms_of


def accesses_of(base: Runtime) -> Accesses:
    """The use cases of requests for access."""
    directory = Directory(base.database)
    return Accesses(
        access=AccessStore(base.database),
        directory=directory,
        terms=accepted_terms_of(base),
        changes=AccessChanges(base.transactions, Staff(directory)),
        colleagues=colleagues_of(base),
        limits=Limits(base.database),
        foreign=foreign_ids_of(base),
        transactions=base.transactions,
        clock=base.clock,
        policy=base.policy,
    )


def subscriptions_of(base: Runtime) -> Subscriptions:
    """The use cases of a partner about subscriptions to its applications."""
    directory = Directory(base.database)
    return Subscriptions(
        access=AccessStore(base.database),
        directory=directory,
        staff=Staff(directory),
        roles=held_roles_of(base),
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
