"""Partners approve a credential, whichever partner it was bought from (F1).

A reads v1, no approval             B reads v1, no approval
A: APPROVAL A, v2                   ✓ B is missing
                                    B: APPROVAL B IF version = 1   ✗ reads v2, and A's approval
                                    B: APPROVAL B, v3, pending activation

The partners to ask are computed anew at each approval. While the credential waits, those that turn
out to be missing are asked, and those that aren't needed any more aren't asked any longer.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from keyfob.domain.audit.entry import Actor
from keyfob.domain.clock import Clock
from keyfob.domain.credentials import approval
from keyfob.domain.credentials.credential import Credential, State
from keyfob.domain.credentials.notifications import approved_for
from keyfob.domain.errors import NotFound
from keyfob.domain.messages.outbox import Message
from keyfob.storage.access.store import AccessStore
from keyfob.storage.credentials import approvals as rows
from keyfob.storage.credentials.approvals import ApprovalStore, Asked
from keyfob.storage.directory.store import Directory
from keyfob.storage.orders.store import OrderStore
from keyfob.storage.rows import Write
from keyfob.storage.transaction import Guard, TransactionPart, Transactions, unguarded
from keyfob.usecases.credentials.help_desk import HelpDesk
from keyfob.usecases.credentials.service import CredentialService


@dataclass(frozen=True, slots=True, kw_only=True)
class Approved:
    """A credential that a partner has approved, and the partners that are still to approve it."""

    credential: Credential
    missing: frozenset[str]


class Approvals:
    """Records partners' approvals: a partner's own, or one that an operator passes on."""

    def __init__(
        self,
        *,
        directory: Directory,
        access: AccessStore,
        orders: OrderStore,
        approvals: ApprovalStore,
        service: CredentialService,
        transactions: Transactions,
        clock: Clock,
    ) -> None:
        self._directory = directory
        self._access = access
        self._orders = orders
        self._approvals = approvals
        self._service = service
        self._transactions = transactions
        self._clock = clock

    def approve(
        self, credential_id: str, partner: str, by: Actor, guard: Guard = unguarded
    ) -> Approved:
        """Approve the live credential of the account that `by` acts for; again, nothing changes.

        The holder is notified of the last approval. The partner's administrators are notified of
        one by an operator.

        Raises:
            NotFound: it isn't the account's live credential; or nothing is known of its order.
            InvalidInput: this partner isn't asked for its approval.
        """
        return self._transactions.retry_on_conflict(
            lambda: self._attempt(credential_id, partner, by=by, guard=guard)
        )

    def _attempt(self, credential_id: str, partner: str, *, by: Actor, guard: Guard) -> Approved:
        judged = guard()
        seen = self._service.get(credential_id, by=by)
        approvers, known = self._approvers(seen), self._approvals.of(seen)
        given = approvers & {one.partner for one in known.values() if one.given}
        transition = approval.approve(seen, partner, approvers=approvers, given=given)
        missing = approvers - given - {partner}
        if transition.change:
            writes = self._asked_anew(seen, transition.credential, known, missing, partner)
            if partner not in given:
                now = self._clock()
                writes.append(rows.give(seen, partner, now, by.id, asked=known.get(partner)))
            part = TransactionPart(
                writes=[*writes, *judged.writes],
                facts={"partner": partner},
                messages=self._told(seen, partner, by),
            )
            self._service.commit(seen, transition, by=by, part=part)
        return Approved(credential=transition.credential, missing=missing)

    def _asked_anew(
        self,
        seen: Credential,
        to: Credential,
        known: Mapping[str, Asked],
        missing: frozenset[str],
        partner: str,
    ) -> list[Write]:
        """Ask exactly the missing partners, as long as the credential waits for any."""
        wanted = missing if to.state is State.PENDING_APPROVAL else frozenset()
        waiting = {one.partner for one in known.values() if not one.given} - {partner}
        return [
            *(rows.ask(seen, one, self._clock()) for one in sorted(wanted - known.keys())),
            *(rows.remove(seen, one) for one in sorted(waiting - wanted)),
        ]

    def _told(self, seen: Credential, partner_id: str, by: Actor) -> list[Message]:
        """Nobody but the partner itself may approve unnoticed by it."""
        partner = self._directory.partner(partner_id)
        if by.kind != "operator" or partner is None:
            return []
        readers = self._directory.partner_administrators(partner_id)
        return approved_for(seen, partner.name, readers, by, self._clock())

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


class ApprovalsByOperator:
    """Passes partners' approvals on for an operator, who names the account by its user id."""

    def __init__(self, help_desk: HelpDesk, approvals: Approvals) -> None:
        self._help_desk = help_desk
        self._approvals = approvals

    def approve(self, user_id: str, partner: str, by: Actor) -> Approved:
        """Approve the account's live credential for a partner; again, it changes nothing.

        Raises:
            NotFound: no such account, or no live credential; or nothing is known of its order.
            InvalidInput: this partner isn't asked for its approval.
        """
        live = self._help_desk.live(user_id)
        return self._approvals.approve(live.id, partner, by.acting_for(live.account))
