"""Messages that follow from a change of a credential. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from keyfob.domain.audit.entry import Actor, Facts
from keyfob.domain.credentials.credential import Change, Credential, State, Transition
from keyfob.domain.credentials.lifecycle import loses_upgrade
from keyfob.domain.inventory.token import masked
from keyfob.domain.messages.facts import ApprovedForFacts, AtFacts, CredentialFacts
from keyfob.domain.messages.kinds import Kind
from keyfob.domain.messages.outbox import Message
from keyfob.domain.policy import Policy

_TOLD = {
    Change.APPROVED: Kind.CREDENTIAL_APPROVED,
    Change.ACTIVATED: Kind.CREDENTIAL_ACTIVATED,
    Change.UNPROOFED: Kind.CREDENTIAL_UNPROOFED,
    Change.SUSPENDED: Kind.CREDENTIAL_SUSPENDED,
    Change.CAUSE_LIFTED: Kind.CREDENTIAL_CAUSE_LIFTED,
    Change.REENABLED: Kind.CREDENTIAL_REENABLED,
    Change.REVOKED: Kind.CREDENTIAL_REVOKED,
    Change.LAPSED: Kind.CREDENTIAL_LAPSED,
    Change.RENEWED: Kind.CREDENTIAL_RENEWED,
    Change.RENEWAL_TAKEN_BACK: Kind.RENEWAL_TAKEN_BACK,
    Change.UPGRADE_TAKEN_BACK: Kind.UPGRADE_TAKEN_BACK,
    Change.RENEWAL_NOTICED: Kind.RENEWAL_NOTICE,
    Change.EXPIRED: Kind.CREDENTIAL_EXPIRED,
    Change.REMINDED: Kind.REVOCATION_REMINDER,
    Change.TOKEN_REGISTERED: Kind.TOKEN_REGISTERED,
    Change.TOKEN_LOCKED: Kind.TOKEN_LOCKED,
    Change.TOKEN_BLOCKED: Kind.TOKEN_BLOCKED,
    Change.TOKEN_RESYNCHRONIZED: Kind.TOKEN_RESYNCHRONIZED,
    Change.TOKEN_RESET: Kind.TOKEN_RESET,
    Change.TOKEN_REVOKED: Kind.TOKEN_REVOKED,
    Change.PHONE_CONFIRMED: Kind.PHONE_ADDED,
    Change.PHONE_BLOCKED: Kind.PHONE_BLOCKED,
    Change.PHONE_FREED: Kind.PHONE_FREED,
    Change.PHONE_REMOVED: Kind.PHONE_REMOVED,
}


def notifications(
    seen: Credential,
    transition: Transition,
    now: datetime,
    policy: Policy,
    *,
    facts: Facts,
    correlation: str,
) -> list[Message]:
    """Notify the holder of every change but an approval before the last, and daily use.

    A revocation also says that an upgrade wasn't used, if one is lost with it (C6).
    The message takes the phone and the end of its block from `facts`, the audit entry's.
    """
    if transition.change not in _TOLD:
        return []
    made: dict[Kind, Mapping[str, Any]] = {
        _TOLD[transition.change]: _told(seen, transition.credential, now, policy, facts)
    }
    if loses_upgrade(seen, transition.credential):
        made[Kind.UPGRADE_UNUSED] = AtFacts(at=_written(now))
    return [
        Message(
            kind=kind,
            subject=seen.subject,
            version=seen.version + 1,
            recipient=seen.account,
            facts=told,
            correlation=correlation,
        )
        for kind, told in made.items()
    ]


def approved_for(
    seen: Credential, partner: str, readers: Iterable[str], by: Actor, now: datetime
) -> list[Message]:
    """Notify a partner's administrators (accounts) that an operator approved in its name."""
    facts = ApprovedForFacts(
        account=seen.account, at=_written(now), partner=partner, reason=by.reason
    )
    return [
        Message(
            kind=Kind.CREDENTIAL_APPROVED_FOR,
            subject=seen.subject,
            version=seen.version + 1,
            recipient=reader,
            facts=facts,
            correlation=by.correlation,
        )
        for reader in readers
    ]


def _told(
    seen: Credential, to: Credential, now: datetime, policy: Policy, facts: Facts
) -> CredentialFacts:
    # A revoked credential is described by the state it had before.
    shown = seen if to.state is State.REVOKED else to
    told = CredentialFacts(
        at=_written(now),
        until=_written(shown.expires_at),
        revokes=_written(shown.revokes_at(policy)),
    )
    if shown.suspended_by:
        told["suspended"] = shown.suspended_by.value
    if to.told_at:
        told["told"] = _written(to.told_at)
    token = to.token or seen.token
    if token:
        told["serial"] = masked(token.serial)
    if "phone" in facts:
        told["phone"] = str(facts["phone"])
    if "freed" in facts:
        told["freed"] = str(facts["freed"])
    return told


def _written(at: datetime) -> str:
    return at.isoformat(timespec="seconds")
