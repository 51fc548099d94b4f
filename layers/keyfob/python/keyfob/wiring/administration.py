"""Administrators' acts for holders, put together."""

from __future__ import annotations

from keyfob.storage.audit.store import AuditStore
from keyfob.storage.connections.store import ConnectionStore
from keyfob.storage.credentials.store import CredentialStore
from keyfob.storage.directory.store import Directory
from keyfob.storage.holds.store import HoldStore
from keyfob.storage.limits import Limits
from keyfob.storage.orders.store import OrderStore
from keyfob.storage.sessions.store import SessionStore
from keyfob.usecases.administration.accounts import HolderAccounts
from keyfob.usecases.administration.colleagues import Colleagues
from keyfob.usecases.administration.credentials import HolderCredentials
from keyfob.usecases.administration.license_keys import BoughtKeys
from keyfob.usecases.administration.second_person import SecondPerson
from keyfob.wiring.credential_desk import credential_desk_of
from keyfob.wiring.foreign_ids import foreign_ids_of
from keyfob.wiring.holds import freezing_of, reopening_of
from keyfob.wiring.lifecycle import revocation_of
from keyfob.wiring.management import phone_release_of
from keyfob.wiring.orders import holders_of, reissuing_of
from keyfob.wiring.proofing import correcting_of
from keyfob.wiring.runtime import Runtime


def colleagues_of(base: Runtime) -> Colleagues:
    """Admits administrators to accounts."""
    return Colleagues(
        directory=Directory(base.database),
        sessions=SessionStore(base.database),
        foreign=foreign_ids_of(base),
        second=SecondPerson(
            holds=HoldStore(base.database),
            directory=Directory(base.database),
            clock=base.clock,
        ),
        transactions=base.transactions,
        clock=base.clock,
        policy=base.policy,
    )


def holder_credentials_of(base: Runtime) -> HolderCredentials:
    """Administrators' acts on credentials."""
    return HolderCredentials(
        colleagues=colleagues_of(base),
        credentials=CredentialStore(base.database),
        connections=ConnectionStore(base.database),
        trail=AuditStore(base.database),
        service=credential_desk_of(base),
        revocation=revocation_of(base),
        phones=phone_release_of(base),
        clock=base.clock,
        policy=base.policy,
    )


def holder_accounts_of(base: Runtime) -> HolderAccounts:
    """Administrators' acts on holds, frozen accounts and names."""
    return HolderAccounts(
        colleagues=colleagues_of(base),
        freezing=freezing_of(base),
        reopening=reopening_of(base),
        correcting=correcting_of(base),
        limits=Limits(base.database),
        clock=base.clock,
        policy=base.policy,
    )


def bought_keys_of(base: Runtime) -> BoughtKeys:
    """License keys of an organization's orders."""
    return BoughtKeys(
        orders=OrderStore(base.database),
        directory=Directory(base.database),
        limits=Limits(base.database),
        holders=holders_of(base),
        reissuing=reissuing_of(base),
        colleagues=colleagues_of(base),
        foreign=foreign_ids_of(base),
        clock=base.clock,
        policy=base.policy,
    )
