"""Partners' approvals, put together."""

from __future__ import annotations

from keyfob.storage.access.store import AccessStore
from keyfob.storage.credentials.approvals import ApprovalStore
from keyfob.storage.credentials.store import CredentialStore
from keyfob.storage.directory.store import Directory
from keyfob.storage.orders.store import OrderStore
from keyfob.usecases.administration.approvals import PartnerApprovals
from keyfob.usecases.credentials.approval import Approvals
from keyfob.wiring.credential_desk import credential_desk_of
from keyfob.wiring.foreign_ids import foreign_ids_of
from keyfob.wiring.roles import held_roles_of
from keyfob.wiring.runtime import Runtime


def approvals_of(base: Runtime) -> Approvals:
    """Records partners' approvals."""
    return Approvals(
        directory=Directory(base.database),
        access=AccessStore(base.database),
        orders=OrderStore(base.database),
        approvals=ApprovalStore(base.database),
        service=credential_desk_of(base),
        transactions=base.transactions,
        clock=base.clock,
    )


def partner_approvals_of(base: Runtime) -> PartnerApprovals:
    """Approvals by partners' administrators."""
    return PartnerApprovals(
        approvals=approvals_of(base),
        asked=ApprovalStore(base.database),
        credentials=CredentialStore(base.database),
        access=AccessStore(base.database),
        directory=Directory(base.database),
        roles=held_roles_of(base),
        foreign=foreign_ids_of(base),
        clock=base.clock,
        policy=base.policy,
    )
