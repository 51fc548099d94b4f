"""A credential as people see it (F1)."""

from __future__ import annotations

from datetime import datetime

from keyfob.credentials.credential import Credential
from keyfob.credentials.dates import renewal_from
from keyfob.http.resolver import Model
from keyfob.inventory.token import masked
from keyfob.policy import Policy


class TokenView(Model):
    """The hardware token: the last four characters of its serial number, and how it counts."""

    serial: str
    type: str
    locked: bool


class CredentialView(Model):
    """A credential. `level` is 2 (OTP) or 3 (OTP of a proofed holder).

    `position` is its license key's number in the order, from 1. `revokes_at` is when it would be
    revoked automatically; `reset_needed` says that only an operator can reopen registration or
    resynchronization.
    """

    id: str
    status: str
    level: int
    kind: str
    order: str
    position: int
    legal_name: str
    country: str
    token: TokenView | None
    reset_needed: bool
    purchased_at: datetime
    activated_at: datetime | None
    expires_at: datetime
    renewal_from: datetime
    suspended_at: datetime | None
    suspended_by: str | None
    revokes_at: datetime | None
    revoked_at: datetime | None


def credential_view(credential: Credential, now: datetime, policy: Policy) -> CredentialView:
    """The credential as it is now."""
    token = credential.token
    return CredentialView(
        id=credential.id,
        status=credential.status(now, policy),
        level=credential.level,
        kind=credential.kind,
        order=credential.order,
        position=credential.unit + 1,
        legal_name=credential.legal_name,
        country=credential.country,
        token=TokenView(
            serial=masked(token.serial), type=token.type, locked=token.is_locked(policy)
        )
        if token
        else None,
        reset_needed=len(credential.tries) >= policy.pair_failures,
        purchased_at=credential.paid_at,
        activated_at=credential.activated_at,
        expires_at=credential.expires_at,
        renewal_from=renewal_from(credential.expires_at, policy),
        suspended_at=credential.suspended_at,
        suspended_by=credential.suspended_by,
        revokes_at=None if credential.revoked_at else credential.revokes_at(policy),
        revoked_at=credential.revoked_at,
    )
