"""Transitions of a credential by people and time. Pure; the states are in `credential.py`."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from keyfob.domain.credentials.credential import (
    LEVEL_OTP,
    LEVEL_PROOFED,
    Change,
    Credential,
    State,
    Transition,
    changed,
)
from keyfob.domain.credentials.dates import one_year_after
from keyfob.domain.credentials.errors import (
    Expired,
    NotActivated,
    NotApproved,
    NoUpgrade,
    ProofingRequired,
    Suspended,
    SuspendedByOthers,
)
from keyfob.domain.credentials.milestones import Milestone, MilestoneKind
from keyfob.domain.credentials.suspension import Suspender, added, lifted, suspender_of
from keyfob.domain.errors import IllegalTransition
from keyfob.domain.policy import Policy

_INACTIVE = (State.PENDING_APPROVAL, State.PENDING_ACTIVATION)
_TELLING = {
    MilestoneKind.RENEWAL_NOTICE: Change.RENEWAL_NOTICED,
    MilestoneKind.EXPIRY: Change.EXPIRED,
    MilestoneKind.REMINDER: Change.REMINDED,
}


def needs_proofing(credential: Credential) -> bool:
    """Whether its holder must be proofed: before it is activated, or anew (D4).

    Anew only with an authenticator: a level must not wait for one that a password binds.
    """
    if not credential.proofing or credential.suspensions:
        return False
    if credential.state is State.ACTIVE:
        bound = credential.token is not None or bool(credential.phones)
        return bound and credential.level < LEVEL_PROOFED
    return credential.state in _INACTIVE


def activate(credential: Credential, now: datetime, *, proofed: bool = False) -> Transition:
    """Activate it (C1); of a holder who was `proofed`, with that level (C5).

    Activating an active one changes nothing, unless its holder was proofed anew (D4): then it has
    that level from the next elevation on.

    Raises:
        NotApproved, ProofingRequired, Suspended, Expired: it can't be activated yet, or any more.
        IllegalTransition: it is revoked.
    """
    if credential.state is State.ACTIVE and not credential.suspensions:
        return raised(credential) if proofed else Transition(credential=credential)
    _require_alive(credential)
    if credential.state is State.PENDING_APPROVAL:
        raise NotApproved
    if credential.suspensions:
        raise Suspended
    if credential.is_expired(now):
        raise Expired
    if credential.proofing and not proofed:
        raise ProofingRequired
    level = LEVEL_PROOFED if proofed else credential.level
    return changed(
        Change.ACTIVATED,
        replace(credential, state=State.ACTIVE, activated_at=now, level=level),
    )


def raised(credential: Credential) -> Transition:
    """Raise an active credential to the level of a proofed holder."""
    return changed(Change.PROOFED, replace(credential, level=LEVEL_PROOFED))


def unproofed(credential: Credential) -> Transition:
    """Lower a credential whose holder has another name than the one that was proofed.

    It is proofed anew as after a lost token (D4). Lowering it again changes nothing.
    """
    if credential.level < LEVEL_PROOFED:
        return Transition(credential=credential)
    return changed(Change.UNPROOFED, replace(credential, level=LEVEL_OTP))


def takes_upgrade(credential: Credential, now: datetime) -> bool:
    """Whether an upgrade can be bought for it: in use, without proofing and without another one."""
    return credential.is_usable(now) and not credential.proofing and not credential.upgrade


def buy_upgrade(credential: Credential, purchase: str) -> Transition:
    """An upgrade was bought for it (C6), by this purchase."""
    bought = (*credential.bought, purchase)
    return changed(Change.UPGRADE_BOUGHT, replace(credential, upgrade=True, bought=bought))


def begin_upgrade(
    credential: Credential, legal_name: str, country: str, now: datetime
) -> Transition:
    """Begin the upgrade that was bought or included: from now on its holder can be proofed (C6).

    Raises:
        NoUpgrade: there is none, or it was begun.
        NotApproved, NotActivated, Suspended, Expired: it isn't in use.
    """
    require_usable(credential, now)
    if not credential.upgrade:
        raise NoUpgrade
    begun = replace(
        credential, upgrade=False, proofing=True, legal_name=legal_name, country=country
    )
    return changed(Change.UPGRADE_BEGUN, begun)


def loses_upgrade(seen: Credential, to: Credential) -> bool:
    """Whether it is revoked with an upgrade that was never begun (C6)."""
    return seen.upgrade and to.state is State.REVOKED


def require_usable(credential: Credential, now: datetime) -> None:
    """Refuse a credential that isn't usable, with the error its holder needs (E3, S8).

    Raises:
        NotApproved, NotActivated, Suspended, Expired. IllegalTransition: it is revoked.
    """
    _require_begun(credential)
    if credential.suspensions:
        raise Suspended
    if credential.is_expired(now):
        raise Expired


def suspend(credential: Credential, cause: str, now: datetime, policy: Policy) -> Transition:
    """Add a cause of suspension, also to a suspended or expired one (F5, `suspension.py`).

    Adding one that stands changes nothing. The system's causes keep one from being activated, too.

    Raises:
        NotApproved, NotActivated: people have nothing to take out of use yet.
        IllegalTransition: it is revoked, or due to be.
    """
    require_averting(credential, now, policy)
    if suspender_of(cause) is not Suspender.SYSTEM:
        _require_begun(credential)
    if cause in credential.suspensions:
        return Transition(credential=credential)
    causes = added(credential.suspensions, cause, now)
    suspended = replace(credential, suspensions=causes, epoch=credential.epoch + 1)
    return changed(Change.SUSPENDED, suspended)


def lift(credential: Credential, cause: str, now: datetime, policy: Policy) -> Transition:
    """Lift a cause of suspension; without any left the credential is in use again (F5).

    Doing it again changes nothing.

    Raises:
        SuspendedByOthers: it has other causes, and not this one.
        NotApproved, NotActivated: people's causes, on one that was never in use.
        IllegalTransition: it is revoked, or due to be.
    """
    if suspender_of(cause) is not Suspender.SYSTEM:
        _require_begun(credential)
    require_averting(credential, now, policy)
    if not credential.suspensions:
        return Transition(credential=credential)
    if cause not in credential.suspensions:
        raise SuspendedByOthers
    causes = lifted(credential.suspensions, cause, now)
    change = Change.CAUSE_LIFTED if causes else Change.REENABLED
    return changed(change, replace(credential, suspensions=causes))


def require_averting(credential: Credential, now: datetime, policy: Policy) -> None:
    """Refuse an act that comes too late to avert an automatic revocation (F7).

    Raises:
        IllegalTransition: it is revoked, or due to be, even if the clock hasn't processed it yet.
    """
    if credential.is_over(now, policy):
        raise IllegalTransition("this credential is revoked")


def renew(
    credential: Credential, now: datetime, policy: Policy, *, purchase: str | None = None
) -> Transition:
    """Extend it by a calendar year from its ORIGINAL expiry, early, late or expired (B7).

    A `purchase` can be taken back (`taking_back.py`).

    Raises:
        IllegalTransition: it is revoked, or due to be.
    """
    require_averting(credential, now, policy)
    # Sessions that an expired credential had elevated need another code.
    expired = credential.is_expired(now)
    return changed(
        Change.RENEWED,
        replace(
            credential,
            expires_at=one_year_after(credential.expires_at),
            told_at=None,
            epoch=credential.epoch + expired,
            bought=(*credential.bought, purchase) if purchase else credential.bought,
        ),
    )


def revoke(credential: Credential, now: datetime) -> Transition:
    """Revoke it for good, from any other state (F3)."""
    _require_alive(credential)
    return _ended(Change.REVOKED, credential, now)


def perform(milestone: Milestone, credential: Credential, now: datetime) -> Transition:
    """Perform a milestone (F6, F7): notify the holder, or revoke it."""
    if milestone.kind is MilestoneKind.REVOCATION:
        return _ended(Change.LAPSED, credential, now)
    return changed(_TELLING[milestone.kind], replace(credential, told_at=now))


def _ended(change: Change, credential: Credential, now: datetime) -> Transition:
    # Add the token's epoch: the account's next credential begins above the sum and has a token,
    # too. A phone's id is never reused.
    tokens_own = credential.token.epoch if credential.token else 0
    return changed(
        change,
        replace(
            credential,
            state=State.REVOKED,
            revoked_at=now,
            token=None,
            phones={},
            upgrade=False,
            epoch=credential.epoch + tokens_own + 1,
        ),
    )


def _require_begun(credential: Credential) -> None:
    _require_alive(credential)
    if credential.state is State.PENDING_APPROVAL:
        raise NotApproved
    if credential.state is State.PENDING_ACTIVATION:
        raise NotActivated


def _require_alive(credential: Credential) -> None:
    if credential.state is State.REVOKED:
        raise IllegalTransition("this credential is revoked")
