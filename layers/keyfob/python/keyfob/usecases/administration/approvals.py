"""Partners' administrators approve the credentials that wait for their partner (F1, S24)."""

from __future__ import annotations

import re
from dataclasses import dataclass

from keyfob.domain.clock import Clock
from keyfob.domain.connections.connection import require_other
from keyfob.domain.credentials.credential import Credential, State
from keyfob.domain.directory.account import Account
from keyfob.domain.directory.organization import Organization
from keyfob.domain.directory.partner import Application, Partner
from keyfob.domain.policy import Policy
from keyfob.domain.sessions.administrator import Administrator
from keyfob.domain.sessions.errors import RoleRequired
from keyfob.storage.access.store import AccessStore
from keyfob.storage.credentials.approvals import ApprovalStore, Asked
from keyfob.storage.credentials.store import CredentialStore
from keyfob.storage.directory.store import Directory
from keyfob.storage.transaction import TransactionPart
from keyfob.usecases.administration.refusals import Refusals
from keyfob.usecases.administration.roles import HeldRoles
from keyfob.usecases.audit.foreign_ids import ForeignIds
from keyfob.usecases.credentials.approval import Approvals, Approved

_ID = re.compile(r"crd_[0-9a-z]{20}", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """A credential that waits for a partner, as far as the partner may see it.

    `applications` are the partner's that its account may use: those with a subscription that goes
    on.
    """

    asked: Asked
    holder: Account
    organization: Organization | None
    applications: tuple[Application, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """What waits, and the credential from which the next page goes on."""

    waiting: list[Waiting]
    further: str | None


class PartnerApprovals:
    """The approvals of the administrator's partner."""

    def __init__(
        self,
        *,
        approvals: Approvals,
        asked: ApprovalStore,
        credentials: CredentialStore,
        access: AccessStore,
        directory: Directory,
        roles: HeldRoles,
        foreign: ForeignIds,
        clock: Clock,
        policy: Policy,
    ) -> None:
        self._approvals = approvals
        self._asked = asked
        self._credentials = credentials
        self._access = access
        self._directory = directory
        self._roles = roles
        self._foreign = foreign
        self._refusals = Refusals(foreign)
        self._clock = clock
        self._policy = policy

    def waiting(self, who: Administrator, *, limit: int, after: str | None) -> Page:
        """At most `limit` credentials that wait for the partner.

        Raises:
            ElevationRequired. RoleRequired: the administrator acts for no partner.
        """
        who.require_proof(self._clock(), self._policy)
        partner = self._partner_of(who)
        asked = self._asked.waiting(partner.id, limit=limit + 1, after=after)
        further = asked[limit].credential if len(asked) > limit else None
        organizations: dict[str, Organization | None] = {}
        found = [self._waiting(one, partner, organizations) for one in asked[:limit]]
        return Page(waiting=[one for one in found if one], further=further)

    def approve(self, who: Administrator, credential_id: str) -> Approved:
        """Approve a credential that the partner was asked about; again, it changes nothing.

        Raises:
            ElevationRequired, NotOnOneself. RoleRequired: the administrator acts for no partner, or
                not any more.
            NotFound: it is unknown, revoked, or no approval of this partner's was asked for.
            InvalidInput: this partner isn't asked for its approval any more.
        """
        with self._refusals.recorded("approve", credential_id, _ID, who.by):
            who.require_proof(self._clock(), self._policy)
            partner = self._partner_of(who)
        live = self._live(partner.id, credential_id)
        if live is None:
            raise self._foreign.refused(
                "credential", credential_id, _ID, otherwise="no credential", by=who.by
            )
        acting = who.by.acting_for(live.account)
        with self._refusals.recorded("approve", credential_id, _ID, acting):
            own, holder = map(self._directory.account, (who.by.id, live.account))
            require_other(own, holder)
            return self._approvals.approve(
                live.id, partner.id, acting, lambda: self._still(who, partner)
            )

    def _still(self, who: Administrator, partner: Partner) -> TransactionPart:
        return TransactionPart(writes=[self._roles.of_partner(who.by, who.proof, partner.id)])

    def _live(self, partner: str, credential_id: str) -> Credential | None:
        account = self._asked.account_of(partner, credential_id)
        live = self._credentials.live(account) if account else None
        return live if live and live.id == credential_id else None

    def _partner_of(self, who: Administrator) -> Partner:
        found = self._directory.partner(who.partner) if who.partner else None
        if found is None:
            raise RoleRequired
        return found

    def _waiting(
        self, asked: Asked, partner: Partner, organizations: dict[str, Organization | None]
    ) -> Waiting | None:
        """None if it doesn't wait any more: the list lags behind."""
        live, holder = self._credentials.live(asked.account), self._directory.account(asked.account)
        current = live and live.id == asked.credential and live.state is State.PENDING_APPROVAL
        if asked.given or not current or holder is None:
            return None
        home, usable = holder.organization, self._access.applications_of(holder)
        if home not in organizations:
            organizations[home] = self._directory.organization(home)
        return Waiting(
            asked=asked,
            holder=holder,
            organization=organizations[home],
            applications=tuple(one for one in partner.applications if one.id in usable),
        )
