"""Sign-in options: the authenticators that can elevate a session (E1, E3). Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from keyfob.domain.credentials.credential import Credential
from keyfob.domain.credentials.lifecycle import require_usable
from keyfob.domain.credentials.tokens import require_unlocked
from keyfob.domain.errors import DomainError
from keyfob.domain.inventory.token import masked
from keyfob.domain.phones.phone import Phone, require_unblocked
from keyfob.domain.policy import Policy
from keyfob.domain.sessions.session import Authenticator


@dataclass(frozen=True, slots=True, kw_only=True)
class SignInOption:
    """One authenticator: what may be shown of it, and the obstacle to using it now.

    `phone` is a phone's id; `label` its holder's name for it, or the token's last four characters.
    """

    method: Authenticator
    label: str
    obstacle: str | None
    phone: str | None = None
    number: str | None = None


def sign_in_options(
    credential: Credential | None, phones: Iterable[Phone], now: datetime, policy: Policy
) -> list[SignInOption]:
    """The holder's sign-in options after a right password: the hardware token first."""
    if credential is None:
        return []
    found = []
    if credential.token:
        obstacle = _obstacle(partial(require_unlocked, credential, now, policy))
        label = masked(credential.token.serial)
        found.append(SignInOption(method=Authenticator.TOKEN, label=label, obstacle=obstacle))
    for phone in phones:
        obstacle = _obstacle(
            partial(require_usable, credential, now), partial(require_unblocked, phone, now, policy)
        )
        found.append(
            SignInOption(
                method=Authenticator.PHONE,
                label=phone.label,
                obstacle=obstacle,
                phone=phone.id,
                number=phone.shown,
            )
        )
    return found


def _obstacle(*requirements: Callable[[], object]) -> str | None:
    """The error code of the first refusal."""
    try:
        for require in requirements:
            require()
    except DomainError as refusal:
        return refusal.code
    return None
