"""Administrators' use cases of accounts, put together."""

from __future__ import annotations

from keyfob.storage.access.store import AccessStore
from keyfob.storage.credentials.store import CredentialStore
from keyfob.storage.directory.exports import Exports
from keyfob.storage.directory.members import Members
from keyfob.storage.directory.store import Directory
from keyfob.storage.holds.store import HoldStore
from keyfob.storage.limits import Limits
from keyfob.storage.orders.store import OrderStore
from keyfob.storage.phones.store import PhoneStore
from keyfob.storage.proofing.store import CaseStore
from keyfob.storage.sessions.recoveries import Recoveries
from keyfob.usecases.directory.assigning_roles import AssigningRoles
from keyfob.usecases.directory.changing import Changing
from keyfob.usecases.directory.creating import Creating
from keyfob.usecases.directory.deactivating import Deactivating
from keyfob.usecases.directory.exporting import Exporting
from keyfob.usecases.directory.finding import Finding
from keyfob.usecases.directory.showing import Showing
from keyfob.usecases.orders.service import OrderService
from keyfob.wiring.administration import colleagues_of
from keyfob.wiring.connections import judging_of
from keyfob.wiring.credentials import credential_changes_of
from keyfob.wiring.exports import export_files_of
from keyfob.wiring.foreign_ids import foreign_ids_of
from keyfob.wiring.keys import seal_of
from keyfob.wiring.proofing import case_changes_of
from keyfob.wiring.runtime import Runtime


def creating_of(base: Runtime) -> Creating:
    """The use case that makes accounts."""
    return Creating(
        colleagues=colleagues_of(base),
        directory=Directory(base.database),
        access=AccessStore(base.database),
        limits=Limits(base.database),
        transactions=base.transactions,
        clock=base.clock,
        policy=base.policy,
    )


def showing_of(base: Runtime) -> Showing:
    """The use case that shows an account."""
    return Showing(
        colleagues=colleagues_of(base),
        access=AccessStore(base.database),
        credentials=CredentialStore(base.database),
        phones=PhoneStore(base.database),
    )


def changing_of(base: Runtime) -> Changing:
    """The use case that changes names and addresses."""
    return Changing(
        colleagues=colleagues_of(base),
        credentials=CredentialStore(base.database),
        changes=credential_changes_of(base),
        cases=CaseStore(base.database),
        case_changes=case_changes_of(base),
        recoveries=Recoveries(base.database),
        holds=HoldStore(base.database),
        judging=judging_of(base),
        seal=base.outside(seal_of),
        policy=base.policy,
    )


def assigning_roles_of(base: Runtime) -> AssigningRoles:
    """The use case that gives and takes administrators' roles."""
    return AssigningRoles(
        colleagues=colleagues_of(base),
        access=AccessStore(base.database),
    )


def deactivating_of(base: Runtime) -> Deactivating:
    """The use case that takes accounts out of use, and back."""
    orders = OrderStore(base.database)
    return Deactivating(
        colleagues=colleagues_of(base),
        access=AccessStore(base.database),
        credentials=CredentialStore(base.database),
        changes=credential_changes_of(base),
        cases=CaseStore(base.database),
        recoveries=Recoveries(base.database),
        orders=orders,
        order_service=OrderService(orders, base.transactions, base.clock),
        policy=base.policy,
    )


def finding_of(base: Runtime) -> Finding:
    """The use case that lists and searches accounts."""
    return Finding(members=Members(base.database), clock=base.clock, policy=base.policy)


def exporting_of(base: Runtime) -> Exporting:
    """The use case that takes requests for exports."""
    return Exporting(
        colleagues=colleagues_of(base),
        directory=Directory(base.database),
        exports=Exports(base.database),
        links=base.outside(export_files_of),
        limits=Limits(base.database),
        foreign=foreign_ids_of(base),
        transactions=base.transactions,
        clock=base.clock,
        policy=base.policy,
    )
