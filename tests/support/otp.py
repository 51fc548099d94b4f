"""Credentials and their tokens with defaults, and the codes of an independent token."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from keyfob.domain.credentials.credential import Credential, State
from keyfob.domain.credentials.dates import one_year_after
from keyfob.domain.credentials.hardware_token import HardwareToken
from keyfob.domain.credentials.otp import Codes
from keyfob.domain.credentials.suspension import Suspender
from keyfob.domain.inventory.token import Algorithm, SealedSeed, Token, TokenType
from keyfob.domain.policy import Policy
from tests.support.fakes import START
from tests.support.independent_token import code_at

POLICY = Policy()
SECRET = b"twenty bytes, secret"
SEALED = SealedSeed(data_key="2026Q4", content=b"sealed")
STEP = int(START.timestamp()) // 30
DAY = timedelta(days=1)
SECOND = timedelta(seconds=1)


def at(seconds: int) -> datetime:
    """The instant so many seconds after 1970."""
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)


def an_inventory_token(**changes: Any) -> Token:
    """A time-based token: SHA-1, 8 digits, 30 seconds."""
    values: dict[str, Any] = {
        "serial": "FT-100042",
        "secret": SECRET,
        "type": TokenType.TOTP,
        "algorithm": Algorithm.SHA1,
        "digits": 8,
        "period": 30,
    }
    return Token(**{**values, **changes})


def a_hardware_token(**changes: Any) -> HardwareToken:
    """The same token registered, used last ten steps ago."""
    values: dict[str, Any] = {
        "serial": "FT-100042",
        "type": TokenType.TOTP,
        "algorithm": Algorithm.SHA1,
        "digits": 8,
        "period": 30,
        "sealed": SEALED,
        "last": STEP - 10,
    }
    return HardwareToken(**{**values, **changes})


def an_event_based_token(**changes: Any) -> HardwareToken:
    """A registered event-based token whose 100th code was used last."""
    return a_hardware_token(**{"type": TokenType.HOTP, "period": None, "last": 100, **changes})


def code_of(token: HardwareToken | Token, factor: int, secret: bytes = SECRET) -> str:
    """The device's code at this moving factor."""
    return code_at(secret, factor, digits=token.digits, algorithm=str(token.algorithm))


def pair_of(token: HardwareToken | Token, first: int, second: int) -> tuple[str, str]:
    """The device's codes at these two."""
    return code_of(token, first), code_of(token, second)


class AlwaysTheSame(Codes):
    """Codes that are equal at every moving factor, as any two may be by chance."""

    def __init__(self, code: str) -> None:
        super().__init__(an_inventory_token())
        self._code = code

    def at(self, factor: int) -> str:
        return self._code


class NeverLookedAt(Codes):
    """Codes that must not be computed."""

    def __init__(self) -> None:
        super().__init__(an_inventory_token())

    def at(self, factor: int) -> str:
        raise AssertionError("a code was computed before the refusal")


def a_credential(**changes: Any) -> Credential:
    """An active credential of Ada's, paid a month ago, its token registered."""
    paid_at = START - 30 * DAY
    values: dict[str, Any] = {
        "id": "crd_1",
        "account": "acc_ada",
        "organization": "acme",
        "order": "SO-10001",
        "unit": 0,
        "kind": "hardware_token",
        "proofing": False,
        "legal_name": "Ada Byron",
        "country": "US",
        "paid_at": paid_at,
        "expires_at": one_year_after(paid_at),
        "state": State.ACTIVE,
        "epoch": 7,
        "activated_at": paid_at + DAY,
        "token": a_hardware_token(),
        "version": 3,
    }
    return Credential(**{**values, **changes})


def a_pending_credential(**changes: Any) -> Credential:
    """A credential that waits to be activated."""
    pending = {"state": State.PENDING_ACTIVATION, "activated_at": None, "token": None}
    return a_credential(**{**pending, **changes})


def a_suspended_credential(
    by: str = Suspender.HOLDER, *, since: datetime = START - DAY, **changes: Any
) -> Credential:
    """A credential suspended a day ago."""
    return a_credential(**{"suspensions": {by: since}, **changes})


def an_expired_credential(**changes: Any) -> Credential:
    """An active credential at the second in which it expires."""
    return a_credential(**{"expires_at": START, **changes})


def a_revoked_credential(**changes: Any) -> Credential:
    """A credential at its end."""
    return a_credential(**{"state": State.REVOKED, "revoked_at": START, "token": None, **changes})


def locked(credential: Credential) -> Credential:
    """The credential after five wrong codes."""
    assert credential.token
    failed = tuple(f"trial-{number}" for number in range(POLICY.otp_failures))
    return replace(credential, token=replace(credential.token, failed=failed))


def tried(credential: Credential, times: int = POLICY.pair_failures) -> Credential:
    """The credential after so many wrong pairs."""
    return replace(credential, tries=tuple(f"trial-{number}" for number in range(times)))
