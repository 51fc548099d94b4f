"""Administrators act on the accounts of their own organization alone (S23, S24)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime

from keyfob.domain.audit.entry import Actor
from keyfob.domain.clock import Clock, in_seconds
from keyfob.domain.credentials.credential import Credential
from keyfob.domain.directory.account import Account
from keyfob.domain.directory.errors import NotOnOneself
from keyfob.domain.directory.role import Role
from keyfob.domain.policy import Policy
from keyfob.domain.sessions.errors import RoleRequired
from keyfob.domain.sessions.permission import SessionProof
from keyfob.domain.sessions.session import Sessions
from keyfob.storage.directory.store import Directory, is_administrator
from keyfob.storage.rows import Check, Subject
from keyfob.storage.sessions.store import SessionStore
from keyfob.usecases.audit.foreign_ids import ForeignIds

_ROLE = Role.ORGANIZATION_ADMINISTRATOR
_ID = re.compile(r"acc_[0-9a-z]{20}", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Colleague:
    """An account as it was found: with its audit subject and its sessions."""

    account: Account
    subject: Subject
    sessions: Sessions


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """An administrator who reads, with the credential that the gate has just read."""

    organization: str
    by: Actor
    proof: SessionProof
    credential: Credential | None


class OwnOrganization:
    """Judges administrators' proofs, and finds accounts of their organization."""

    def __init__(
        self,
        *,
        directory: Directory,
        sessions: SessionStore,
        foreign: ForeignIds,
        clock: Clock,
        policy: Policy,
    ) -> None:
        self._directory = directory
        self._sessions = sessions
        self._foreign = foreign
        self._clock = clock
        self._policy = policy

    def require(self, proof: SessionProof, by: Actor) -> datetime:
        """The time, if the administrator has given the route's proof by the own credential.

        It is judged before anything is looked up, so that a stolen session learns nothing.

        Raises:
            ElevationRequired, RecentPasswordRequired. RoleRequired: no administrator any more.
        """
        now = in_seconds(self._clock)
        sessions, credential = self._sessions.with_credential(by.id)
        if sessions is None or not sessions.active or _ROLE not in sessions.roles:
            raise RoleRequired
        proof.require(credential, now, self._policy)
        return now

    def admit(self, reader: Reader) -> None:
        """Require the route's proof of somebody who changes nothing, without another read.

        Raises:
            ElevationRequired.
        """
        reader.proof.require(reader.credential, in_seconds(self._clock), self._policy)

    def still(self, organization: str, by: Actor) -> Check:
        """Condition check: `by` still is an active administrator of the organization.

        Nobody takes the role from the own account, and whoever takes it from another one has it at
        that moment. So one administrator is left, whoever does so at once.
        """
        return is_administrator(organization, by.id)

    def find(self, account_id: str, organization: str, by: Actor) -> Colleague:
        """The organization's account with this id.

        Raises:
            NotFound: unknown, or of another organization: the same answer after the same work.
        """
        found = self._directory.audited(account_id)
        sessions = self._sessions.get(account_id)
        if found is None or sessions is None or found[0].organization != organization:
            raise self._foreign.refused("account", account_id, _ID, otherwise="no account", by=by)
        account, subject = found
        return Colleague(account=account, subject=subject, sessions=sessions)

    def find_other(self, account_id: str, organization: str, by: Actor) -> Colleague:
        """The organization's account with this id, for an act that nobody does to the own one.

        Raises:
            NotOnOneself. NotFound: as `find`.
        """
        if account_id == by.id:
            raise NotOnOneself
        return self.find(account_id, organization, by)
