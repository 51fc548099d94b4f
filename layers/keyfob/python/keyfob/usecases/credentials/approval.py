"""Partners approve a credential, whichever partner it was bought from (F1).

A reads v1, no approval             B reads v1, no approval
A: APPROVAL A, v2                   ✓ B is missing
                                    B: APPROVAL B IF version = 1   ✗ reads v2, and A's approval
                                    B: APPROVAL B, v3, pending activation
"""

from __future__ import annotations

from dataclasses import dataclass

from keyfob.domain.audit.entry import Actor
from keyfob.domain.clock import Clock
from keyfob.domain.credentials import approval
from keyfob.domain.credentials.credential import Credential
from keyfob.domain.errors import NotFound
from keyfob.storage.access.store import AccessStore
from keyfob.storage.credentials.store import CredentialStore, put_approval
from keyfob.storage.directory.store import Directory
from keyfob.storage.orders.store import OrderStore
from keyfob.storage.transaction import TransactionPart, Transactions
from keyfob.usecases.credentials.help_desk import HelpDesk
from keyfob.usecases.credentials.service import CredentialService


@dataclass(frozen=True, slots=True, kw_only=True)
class Approved:
    """A credential that a partner has approved, and the partners that are still to approve it."""

    credential: Credential
    missing: frozenset[str]


class Approvals:
    """Records partners' approvals; an operator passes them on."""

    def __init__(
        self,
        *,
        help_desk: HelpDesk,
        directory: Directory,
        access: AccessStore,
        orders: OrderStore,
        credentials: CredentialStore,
        service: CredentialService,
        transactions: Transactions,
        clock: Clock,
    ) -> None:
        self._help_desk = help_desk
        self._directory = directory
        self._access = access
        self._orders = orders
        self._credentials = credentials
        self._service = service
        self._transactions = transactions
        self._clock = clock

    def approve(self, user_id: str, partner: str, by: Actor) -> Approved:
        """Approve the account's live credential for a partner; again, it changes nothing.

        The holder is notified of the last approval.

        Raises:
            NotFound: no such account, or no live credential; or nothing is known of its order.
            InvalidInput: this partner isn't asked for its approval.
        """
        live = self._help_desk.live(user_id)
        acting = by.acting_for(live.account)
        return self._transactions.retry_on_conflict(
            lambda: self._attempt(live.id, partner, by=acting)
        )

    def _attempt(self, credential_id: str, partner: str, *, by: Actor) -> Approved:
        seen = self._service.get(credential_id, by=by)
        approvers = self._approvers(seen)
        given = self._credentials.approved_by(seen, approvers)
        transition = approval.approve(seen, partner, approvers=approvers, given=given)
        if transition.change:
            row = put_approval(seen, partner, self._clock(), by.id)
            part = TransactionPart(
                writes=[] if partner in given else [row], facts={"partner": partner}
            )
            self._service.commit(seen, transition, by=by, part=part)
        return Approved(credential=transition.credential, missing=approvers - given - {partner})

    def _approvers(self, seen: Credential) -> frozenset[str]:
        order = self._orders.get(seen.order)
        holder = self._directory.account(seen.account)
        if order is None or holder is None:
            raise NotFound(f"There is no order {seen.order} or no account of this credential.")
        return approval.approvers(
            self._directory.partners(),
            applications=self._access.applications_of(holder),
            seller=order.partner,
        )
