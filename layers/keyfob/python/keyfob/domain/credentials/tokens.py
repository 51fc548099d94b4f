"""A credential's hardware token: use, locking, registration, reset, revocation. Pure."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from keyfob.domain.credentials import hardware_token
from keyfob.domain.credentials.credential import (
    LEVEL_OTP,
    Change,
    Credential,
    Transition,
    changed,
)
from keyfob.domain.credentials.errors import (
    ElevationRequired,
    NoToken,
    ResetNeeded,
    TokenLocked,
    TokenRegistered,
)
from keyfob.domain.credentials.hardware_token import HardwareToken
from keyfob.domain.credentials.lifecycle import require_usable
from keyfob.domain.credentials.otp import Codes
from keyfob.domain.orders.product_kind import ProductKind
from keyfob.domain.policy import Policy


def require_token(credential: Credential, now: datetime) -> HardwareToken:
    """The token of a usable credential.

    Raises:
        NotApproved, NotActivated, Suspended, Expired, NoToken.
    """
    require_usable(credential, now)
    if credential.token is None:
        raise NoToken
    return credential.token


def require_unlocked(credential: Credential, now: datetime, policy: Policy) -> HardwareToken:
    """The token of a usable credential, if its codes count.

    Raises:
        NotApproved, NotActivated, Suspended, Expired, NoToken.
        TokenLocked: two consecutive codes unlock it. ResetNeeded: an operator must reset it first.
    """
    token = require_token(credential, now)
    if token.is_locked(policy):
        require_tries(credential, policy)
        raise TokenLocked
    return token


def accept(
    credential: Credential, codes: Codes, code: str, now: datetime, policy: Policy
) -> Transition:
    """Sign in with `code`: it and all earlier ones are used up, wrong tries forgotten (S2).

    Raises:
        NotApproved, NotActivated, Suspended, Expired, NoToken, TokenLocked, ResetNeeded: nothing is
            compared.
        CodeAlreadyUsed: not counted as a failure. WrongCode: must be counted.
    """
    token = require_unlocked(credential, now, policy)
    accepted = hardware_token.accept(token, codes, code, now, policy)
    return changed(Change.TOKEN_ACCEPTED, replace(credential, token=accepted))


def count_failure(credential: Credential, attempt: str, policy: Policy) -> Transition:
    """Count a wrong code; the one that reaches the limit locks the token and is a change."""
    if credential.token is None:
        raise NoToken
    token = replace(credential.token, failed=(*credential.token.failed, attempt))
    if not token.is_locked(policy):
        return Transition(credential=replace(credential, token=token))
    locked = replace(token, epoch=token.epoch + 1)
    return changed(Change.TOKEN_LOCKED, replace(credential, token=locked))


def require_tries(credential: Credential, policy: Policy) -> None:
    """Refuse registration and resynchronization after too many failures.

    Raises:
        ResetNeeded: only an operator's reset helps.
    """
    if len(credential.tries) >= policy.pair_failures:
        raise ResetNeeded


def count_try(credential: Credential, attempt: str, policy: Policy) -> Transition:
    """Count a failed registration or resynchronization; the one at the limit is a change."""
    counted = replace(credential, tries=(*credential.tries, attempt))
    if len(counted.tries) < policy.pair_failures:
        return Transition(credential=counted)
    return changed(Change.TOKEN_BLOCKED, counted)


def require_registrable(credential: Credential, now: datetime) -> None:
    """Refuse a registration regardless of the token.

    Raises:
        NotApproved, NotActivated, Suspended, Expired, TokenRegistered.
    """
    require_usable(credential, now)
    if credential.token is not None:
        raise TokenRegistered


def require_token_first(credential: Credential) -> None:
    """Refuse a token as the first authenticator of a new credential for phones (D4, S14).

    Raises:
        ElevationRequired: it needs a phone first, and a code of that phone.
    """
    if credential.kind == ProductKind.PHONE and not credential.replacing:
        raise ElevationRequired


def takes_added(credential: Credential, now: datetime) -> bool:
    """Whether a token can be bought for it: a usable credential for phones without one (D4)."""
    for_phones = credential.kind == ProductKind.PHONE
    return for_phones and credential.token is None and credential.is_usable(now)


def added(credential: Credential) -> Transition:
    """A token was bought for a credential for phones; it can be registered once shipped."""
    return changed(Change.TOKEN_ADDED, credential)


def register(credential: Credential, token: HardwareToken) -> Transition:
    """Bind a token whose possession two codes have proved (D1)."""
    bound = replace(credential, token=token, tries=(), reset=False)
    return changed(Change.TOKEN_REGISTERED, bound)


def resynchronize(
    credential: Credential, codes: Codes, pair: tuple[str, str], now: datetime, policy: Policy
) -> Transition:
    """Resynchronize a locked or drifted token (F2).

    Raises:
        NotApproved, NotActivated, Suspended, Expired, NoToken, ResetNeeded: nothing is compared.
        WrongCodes: the try must be counted.
    """
    token = require_token(credential, now)
    require_tries(credential, policy)
    found = hardware_token.resynchronize(token, codes, pair, now, policy)
    return changed(Change.TOKEN_RESYNCHRONIZED, replace(credential, token=found, tries=()))


def reset(credential: Credential) -> Transition:
    """Reopen registration or resynchronization, the next one with a wider window (D2, F2).

    A locked token stays locked until its holder proves possession with two codes.
    """
    reopened = replace(credential, tries=())
    if credential.token:
        reopened = replace(reopened, token=replace(credential.token, reset=True))
    else:
        reopened = replace(reopened, reset=True)
    if reopened == credential:
        return Transition(credential=credential)
    return changed(Change.TOKEN_RESET, reopened)


def revoke_token(credential: Credential) -> Transition:
    """Revoke a token that is lost, broken or stolen; the credential stays (D4).

    Without a phone a proofed credential is level 2 until its holder is proofed anew.
    """
    if credential.token is None:
        raise NoToken
    # The next token's epoch begins at 0; the sum must not repeat an earlier value.
    epoch = credential.epoch + credential.token.epoch + 1
    without = replace(credential, token=None, epoch=epoch)
    return changed(Change.TOKEN_REVOKED, without if credential.phones else stripped(without))


def stripped(credential: Credential) -> Credential:
    """A credential whose last authenticator is gone: its proofing no longer counts (D3, D4)."""
    return replace(credential, replacing=True, level=LEVEL_OTP)
