"""Renewal and end of a credential's life, put together; the hot path needs none of it."""

from __future__ import annotations

from keyfob.storage.credentials.approvals import ApprovalStore
from keyfob.storage.credentials.store import CredentialStore
from keyfob.storage.inventory.store import Inventory
from keyfob.storage.phones.store import PhoneStore
from keyfob.storage.proofing.store import CaseStore
from keyfob.storage.sessions.store import SessionStore
from keyfob.usecases.credentials.lifecycle_jobs import LifecycleJobs
from keyfob.usecases.credentials.purchases import Purchases
from keyfob.usecases.credentials.revocation import Revocation
from keyfob.usecases.credentials.taking_back import TakingBack
from keyfob.wiring.credentials import credential_changes_of
from keyfob.wiring.holds import holding_of
from keyfob.wiring.runtime import Runtime


def purchases_of(base: Runtime) -> Purchases:
    """Purchases for an existing credential."""
    credentials = CredentialStore(base.database)
    return Purchases(credentials, credential_changes_of(base), base.clock, base.policy)


def taking_back_of(base: Runtime) -> TakingBack:
    """Credentials whose money went back, or is disputed."""
    return TakingBack(
        credentials=CredentialStore(base.database),
        service=credential_changes_of(base),
        clock=base.clock,
        policy=base.policy,
    )


def revocation_of(base: Runtime) -> Revocation:
    """The end of a credential's token, phones and sessions."""
    database = base.database
    return Revocation(
        inventory=Inventory(database),
        sessions=SessionStore(database),
        phones=PhoneStore(database),
        cases=CaseStore(database),
        approvals=ApprovalStore(database),
        holding=holding_of(base),
        clock=base.clock,
    )


def lifecycle_jobs_of(base: Runtime) -> LifecycleJobs:
    """The clock's jobs on credentials."""
    return LifecycleJobs(
        credentials=CredentialStore(base.database),
        service=credential_changes_of(base),
        revocation=revocation_of(base),
        transactions=base.transactions,
        clock=base.clock,
        policy=base.policy,
    )
