"""Accounts with a live credential that is due, their rows as long as possible."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from keyfob.domain import ids
from keyfob.domain.audit.entry import Actor, Entry
from keyfob.domain.clock import Clock
from keyfob.domain.credentials.credential import LEVEL_PROOFED, Credential, State
from keyfob.domain.credentials.hardware_token import HardwareToken
from keyfob.domain.directory.account import Account
from keyfob.domain.directory.organization import Organization
from keyfob.domain.directory.role import Role
from keyfob.domain.inventory.token import Algorithm, SealedSeed, Token, TokenType
from keyfob.domain.policy import Policy
from keyfob.domain.sessions.session import Session, Sessions, hashed
from keyfob.storage.credentials import store as credential_rows
from keyfob.storage.database import Database
from keyfob.storage.directory.store import put_account, put_organization
from keyfob.storage.inventory.store import TokenRow, put_token
from keyfob.storage.rows import Put, Write
from keyfob.storage.sessions import store as session_rows
from keyfob.storage.transaction import Transactions

_HOUR = timedelta(hours=1)
_DAY = timedelta(days=1)
_OPERATOR = Actor(kind="operator", id="console")
_SEALED = SealedSeed(data_key="2026Q4", content=b"s" * 92)  # nonce, 64 bytes of secret, tag


@dataclass(frozen=True, kw_only=True)
class Stage:
    """A credential's stage of life: its expiry and its last milestone, relative to now."""

    expires: timedelta
    told: timedelta | None = None


# Each milestone has been due for an hour. A calendar year has 365 or 366 days: both are over.
STAGES = {
    "notice": Stage(expires=30 * _DAY - _HOUR),
    "expiry": Stage(expires=-_HOUR, told=-30 * _DAY),
    "reminder": Stage(expires=30 * _DAY - 366 * _DAY - _HOUR, told=-300 * _DAY),
    "revocation": Stage(expires=-366 * _DAY - _HOUR, told=-2 * _DAY),
    "moot": Stage(expires=200 * _DAY),
}


class Lives:
    """Adds people of one organization, the audit trail whole.

    Args:
        database: every table.
        clock: the time.
        time_zone: of the organization.
    """

    def __init__(self, database: Database, clock: Clock, time_zone: str) -> None:
        self._database = database
        self._clock = clock
        self._transactions = Transactions(database, clock, patience=Policy().outbox_patience)
        self._organization = Organization(
            id=ids.new_id("org").ljust(64, "o"), name="Ω" * 100, country="US", time_zone=time_zone
        )
        self._commit(put_organization(self._organization))

    def add(self, stage: str) -> Credential:
        """A person whose credential is due for this."""
        account = ids.new_id("acc")
        credential = self._credential(account, STAGES[stage])
        person = Account(
            id=account,
            user_id=account.removeprefix("acc_"),
            organization=self._organization.id,
            email=f"{account}@acme.example",
            first_name="Ω" * 50,
            last_name="Ω" * 50,
        )
        self._commit(*put_account(person))
        self._commit(credential_rows.put(credential, self._clock() - _HOUR))
        self._database.write(self._token(credential))
        self._write_sessions(account)
        return credential

    def _commit(self, *writes: Write) -> None:
        audit = [
            Entry(action="life.added", actor=_OPERATOR, at=self._clock(), subject=one.subject.id)
            for one in writes
            if one.subject
        ]
        self._transactions.commit(*writes, audit=audit)

    def _credential(self, account: str, stage: Stage) -> Credential:
        now = self._clock().replace(microsecond=0)
        return Credential(
            id=ids.new_id("crd"),
            account=account,
            organization=self._organization.id,
            order="SO-123456789012",
            unit=99,
            kind="hardware_token",
            proofing=False,
            legal_name="Ω" * 100,
            country="US",
            paid_at=now + stage.expires - 365 * _DAY,
            activated_at=now + stage.expires - 364 * _DAY,
            expires_at=now + stage.expires,
            told_at=now + stage.told if stage.told else None,
            state=State.ACTIVE,
            level=LEVEL_PROOFED,
            epoch=1234,
            token=HardwareToken(
                serial=account.removeprefix("acc_").upper().rjust(32, "X"),
                type=TokenType.TOTP,
                algorithm=Algorithm.SHA512,
                digits=8,
                period=60,
                sealed=_SEALED,
                last=int(now.timestamp()) // 60,
                drift=-1,
                drift_base=-10,
                reset=True,
                failed=tuple(ids.new_trial() for _ in range(4)),
            ),
            replacing=True,
            tries=tuple(ids.new_trial() for _ in range(4)),
        )

    def _token(self, credential: Credential) -> Put:
        assert credential.token
        token = Token(
            serial=credential.token.serial,
            secret=b"",
            type=TokenType.TOTP,
            algorithm=Algorithm.SHA512,
            digits=8,
            period=60,
        )
        row = put_token(token, _SEALED, f"{'b' * 40}#1").row
        shipped: dict[str, Any] = {
            "order": credential.order,
            "unit": credential.unit,
            "holder": credential.subject,
            "state": "assigned",
        }
        return Put(row=TokenRow(**row.attribute_values | shipped))

    def _write_sessions(self, account: str) -> None:
        now = self._clock()
        live = [
            Session(
                id=ids.ulid(now).lower(),
                secret_hash=hashed(str(number)),
                strength=LEVEL_PROOFED,
                created=now,
                seen=now,
                expires=now + timedelta(hours=12),
                by="token",
                epoch=1234,
                coded=now,
            )
            for number in range(5)
        ]
        empty = Sessions(
            account=account,
            organization=self._organization.id,
            roles=tuple(Role),
            active=True,
            epoch=123_456,
        )
        self._database.write(session_rows.put(empty))
        self._database.write(session_rows.restart(empty, *live))
