"""A credential as the API shows it (F1)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from keyfob.domain.credentials.credential import Credential
from keyfob.domain.credentials.dates import renewal_from
from keyfob.domain.inventory.token import masked
from keyfob.domain.phones.phone import Phone
from keyfob.domain.policy import Policy
from keyfob.http.resolver import Model


class TokenView(Model):
    """The hardware token: the last four characters of its serial number, and its state."""

    serial: str
    type: str
    locked: bool


class PhoneView(Model):
    """A phone: its holder's label, its masked number, and its state.

    Its codes don't count before `blocked_until`; only an administrator unblocks a `locked` one.
    """

    id: str
    number: str
    label: str
    confirmed: bool
    blocked_until: datetime | None
    locked: bool


class CredentialView(Model):
    """A credential. `level` is 2 (OTP) or 3 (OTP of a proofed holder).

    `upgrade`: a proofing upgrade was bought or included and can be begun. Renewals are for its
    `kind` and `proofing`: whether it was bought with proofing, or upgraded. `position` is its
    license key's number in the order, from 1. `revokes_at` is the time of its automatic revocation;
    with `reset_needed` only an operator can reopen registration or resynchronization.
    """

    id: str
    status: str
    level: int
    kind: str
    proofing: bool
    upgrade: bool
    order: str
    position: int
    legal_name: str
    country: str
    token: TokenView | None
    phones: list[PhoneView]
    reset_needed: bool
    purchased_at: datetime
    activated_at: datetime | None
    expires_at: datetime
    renewal_from: datetime
    suspended_at: datetime | None
    suspended_by: str | None
    revokes_at: datetime | None
    revoked_at: datetime | None


def phone_view(phone: Phone, now: datetime, policy: Policy) -> PhoneView:
    """The phone as it is now."""
    waits = phone.is_blocked(now, policy) and not phone.is_locked(policy)
    return PhoneView(
        id=phone.id,
        number=phone.shown,
        label=phone.label,
        confirmed=phone.confirmed_at is not None,
        blocked_until=phone.blocked_until if waits else None,
        locked=phone.is_locked(policy),
    )


def credential_view(
    credential: Credential, phones: Iterable[Phone], now: datetime, policy: Policy
) -> CredentialView:
    """The credential with its confirmed phones as it is now."""
    token = credential.token
    return CredentialView(
        id=credential.id,
        status=credential.status(now, policy),
        level=credential.trusted_level,
        kind=credential.kind,
        proofing=credential.proofing,
        upgrade=credential.upgrade,
        order=credential.order,
        position=credential.unit + 1,
        legal_name=credential.legal_name,
        country=credential.country,
        token=TokenView(
            serial=masked(token.serial), type=token.type, locked=token.is_locked(policy)
        )
        if token
        else None,
        phones=[phone_view(phone, now, policy) for phone in phones],
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
