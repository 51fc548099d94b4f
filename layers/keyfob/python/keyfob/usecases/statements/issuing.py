"""Statements for applications: who signed in, at which level, by which method (E4, S26).

1. judge what is missing, by strongly consistent reads      refused: nothing is counted
2. commit the counter ⊕ the audit entry                     (killed: an entry without statement)
3. ask the key service for the subject and the signature    fails closed

The entry comes first, so that no statement is without one. It has neither the subject nor anything
else that a partner knows the person by.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from keyfob.domain import ids
from keyfob.domain.audit.entry import Actor, Entry, Facts
from keyfob.domain.clock import Clock, in_seconds
from keyfob.domain.limits import Limit, Quota
from keyfob.domain.orders.license_key import Mac
from keyfob.domain.policy import Policy
from keyfob.domain.statements.statement import Statement, expiry, methods_of, subject_of
from keyfob.storage.limits import Limits
from keyfob.storage.transaction import Transactions
from keyfob.usecases.access.applications import Applications, Holder
from keyfob.usecases.statements.signing import Signing

_MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Issued:
    """A signed statement and its expiry."""

    statement: str
    expires_at: datetime


class Issuing:
    """Issues statements; `issuer` is the deployment's public address."""

    def __init__(
        self,
        *,
        applications: Applications,
        signing: Signing,
        mac: Mac,
        limits: Limits,
        transactions: Transactions,
        clock: Clock,
        policy: Policy,
        issuer: str,
    ) -> None:
        self._applications = applications
        self._signing = signing
        self._mac = mac
        self._limits = limits
        self._transactions = transactions
        self._clock = clock
        self._policy = policy
        self._issuer = issuer

    def issue(self, holder: Holder, application: str, by: Actor) -> Issued:
        """A statement about this session for an application.

        Raises:
            NotFound: no application that the account sees.
            StatementRefused: something is missing.
            TooManyTries: the account got too many in this minute (S62).
            KeysUnavailable: the key service did not answer.
        """
        seen = self._applications.ready(holder, application, by)
        now = in_seconds(self._clock)
        statement_id = ids.ulid(now)
        self._transactions.retry_on_conflict(
            lambda: self._record(holder, application, statement_id, by)
        )
        session = holder.session
        statement = Statement(
            id=statement_id,
            issuer=self._issuer,
            application=application,
            subject=subject_of(self._mac, seen.partner.id, holder.account),
            level=session.strength,
            methods=methods_of(session),
            authenticated_at=session.coded or session.created,
            issued_at=now,
            expires_at=expiry(session, now, self._policy),
        )
        return Issued(statement=self._signing.sign(statement), expires_at=statement.expires_at)

    def _record(self, holder: Holder, application: str, statement_id: str, by: Actor) -> None:
        now = self._clock()
        limit = Limit(name="statements", tries=self._policy.statements_a_minute, period=_MINUTE)
        counted = self._limits.reserve([Quota(limit=limit, subject=holder.account)], now)
        facts: Facts = {
            "application": application,
            "level": holder.session.strength,
            "statement": statement_id,
        }
        entry = Entry(action="statement.issued", actor=by, at=now, facts=facts)
        self._transactions.commit(*counted.writes, audit=[entry])
