"""What people and time make of a credential. Pure decisions; see `credential.py` for the states."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from keyfob.credentials.credential import (
    Change,
    Credential,
    State,
    Suspender,
    Transition,
    changed,
)
from keyfob.errors import (
    Expired,
    IllegalTransition,
    NotActivated,
    NotApproved,
    ProofingRequired,
    Suspended,
    SuspendedByOthers,
)


def approve(credential: Credential) -> Transition:
    """Let the holder go on: the partner agrees (F1)."""
    if credential.state is not State.PENDING_APPROVAL:
        raise IllegalTransition("only a credential pending approval can be approved")
    return changed(Change.APPROVED, replace(credential, state=State.PENDING_ACTIVATION))


def activate(credential: Credential, now: datetime) -> Transition:
    """Begin to use it (C1). Activating an active one changes nothing.

    Raises:
        NotApproved, ProofingRequired, Suspended, Expired: it can't be activated yet, or any more.
        IllegalTransition: it is revoked.
    """
    if credential.state is State.ACTIVE:
        return Transition(credential=credential)
    _require_alive(credential)
    if credential.state is State.PENDING_APPROVAL:
        raise NotApproved
    if credential.state is State.SUSPENDED:
        raise Suspended
    if credential.is_expired(now):
        raise Expired
    if credential.proofing:
        raise ProofingRequired
    return changed(
        Change.ACTIVATED,
        replace(credential, state=State.ACTIVE, activated_at=now),
    )


def require_usable(credential: Credential, now: datetime) -> None:
    """Refuse what may not be used, told apart as its holder needs it (E3, S8).

    Raises:
        NotApproved, NotActivated, Suspended, Expired. IllegalTransition: it is revoked.
    """
    _require_begun(credential)
    if credential.state is State.SUSPENDED:
        raise Suspended
    if credential.is_expired(now):
        raise Expired


def suspend(credential: Credential, by: Suspender, now: datetime) -> Transition:
    """Take it out of use for a while (F5). Suspending a suspended one changes nothing.

    Raises:
        NotApproved, NotActivated, Expired: there is nothing to take out of use.
    """
    if credential.state is State.SUSPENDED:
        return Transition(credential=credential)
    require_usable(credential, now)
    return changed(
        Change.SUSPENDED,
        replace(
            credential,
            state=State.SUSPENDED,
            suspended_at=now,
            suspended_by=by,
            epoch=credential.epoch + 1,
        ),
    )


def lift(credential: Credential, by: Suspender) -> Transition:
    """Re-enable it; each suspension is lifted by its own kind (F5). Again it changes nothing.

    Raises:
        SuspendedByOthers: somebody else suspended it.
        NotApproved, NotActivated: it was never in use. IllegalTransition: it is revoked.
    """
    _require_begun(credential)
    if credential.state is not State.SUSPENDED:
        return Transition(credential=credential)
    if credential.suspended_by is not by:
        raise SuspendedByOthers
    return changed(
        Change.REENABLED,
        replace(credential, state=State.ACTIVE, suspended_at=None, suspended_by=None),
    )


def revoke(credential: Credential, now: datetime) -> Transition:
    """End it for good, from any state but its end (F3)."""
    _require_alive(credential)
    return changed(
        Change.REVOKED,
        replace(
            credential,
            state=State.REVOKED,
            revoked_at=now,
            token=None,
            epoch=credential.epoch + 1,
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
