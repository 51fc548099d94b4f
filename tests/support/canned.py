"""The elevation function in a fresh process, with a network that answers from memory.

For processes that were started with `ENVIRONMENT`: no socket is opened, so that only the function
itself is measured.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from keyfob.domain.credentials.credential import Credential, State
from keyfob.domain.credentials.hardware_token import HardwareToken
from keyfob.domain.credentials.otp import step_of
from keyfob.domain.inventory.token import Algorithm, SealedSeed, TokenType
from keyfob.domain.sessions.session import PASSWORD, Session, hashed
from keyfob.storage.credentials import store as credential_rows
from keyfob.storage.credentials.store import CredentialRow
from keyfob.storage.rows import Put, Row
from keyfob.storage.sessions import store as session_rows
from keyfob.storage.sessions.store import SessionsRow
from local.device import Device

TABLES = ("sessions", "credentials", "outbox", "audit")
ENVIRONMENT = {
    "AWS_ACCESS_KEY_ID": "testing",
    "AWS_SECRET_ACCESS_KEY": "testing",
    "AWS_DEFAULT_REGION": "eu-central-1",
    "AWS_CONFIG_FILE": "/dev/null",
    "AWS_SHARED_CREDENTIALS_FILE": "/dev/null",
    "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
    "STAGE": "prod",
    "POLICY": "{}",
    "FRONT_SECRET": "",
    "SUPPORT_CONTACT": "help@keyfob.example",
    "KEY_SEEDS": "arn:aws:kms:eu-central-1:123456789012:key/seeds",
    "KEY_MAC": "arn:aws:kms:eu-central-1:123456789012:key/mac",
    **{f"TABLE_{name.upper()}": name for name in TABLES},
}
_ACCOUNT = "acc_5ga8n4x7wdb713kfwzry"
_SECRET = "x" * 43
_DATA_KEY = b"k" * 32


def elevation_event(token: str, code: str) -> dict[str, Any]:
    """`POST /session/elevation` as API Gateway hands it over."""
    return {
        "httpMethod": "POST",
        "path": "/session/elevation",
        "resource": "/session/elevation",
        "headers": {"Authorization": f"Bearer {token}", "Content-Type": "application/json"},
        "requestContext": {
            "requestId": "9c1f2a34-0000-4000-8000-000000000000",
            "identity": {"sourceIp": "2001:0db8:85a3:0000:0000:8a2e:0370:7334"},
        },
        "body": json.dumps({"method": "token", "code": code}),
        "isBase64Encoded": False,
    }


class Holder:
    """A holder whose rows never change: the same code is right again and again."""

    def __init__(self, *, period: int | None = 60) -> None:
        now = datetime.now(UTC)
        self.device = Device("KF-00000001", lambda: datetime.now(UTC), period=period)
        self.token = f"{_ACCOUNT}.01m810vyc082jmcczhr666f58e.{_SECRET}"
        self.rows = {
            "sessions": _item(_sessions(now)),
            "credentials": _item(_credential(self.device, now)),
        }

    @property
    def sealed(self) -> SealedSeed:
        """The seed in their row."""
        return _sealed(self.device)

    def right(self) -> str:
        """A code that is right now."""
        return self.device.at(1) if self.device.period is None else self.device.code()

    def wrong(self) -> str:
        """A wrong code."""
        near = {self.right()} if self.device.period is None else set(self._around())
        return next(code for code in ("00000000", "11111111", "22222222") if code not in near)

    def _around(self) -> Iterator[str]:
        return (self.device.code(ahead) for ahead in range(-5, 6))


class Network:
    """Answers the function's clients."""

    def __init__(self, holder: Holder) -> None:
        self._holder = holder

    def connect(self, client: Any) -> None:
        """Keep every request of this client inside the process."""
        client.meta.events.register("before-send", self._answer, unique_id="network")

    def _answer(self, request: AWSPreparedRequest, **_other: Any) -> AWSResponse:
        operation = request.headers["X-Amz-Target"]
        name = (operation if isinstance(operation, str) else operation.decode()).split(".")[1]
        body = json.dumps(self._content(name), default=_encoded).encode()
        return AWSResponse(request.url, 200, {}, _Raw(body))  # type: ignore[arg-type]

    def _content(self, operation: str) -> dict[str, Any]:
        if operation == "BatchGetItem":
            responses = {name: [item] for name, item in self._holder.rows.items()}
            return {"Responses": responses, "UnprocessedKeys": {}}
        if operation == "GetItem":
            key = {"pk": {"S": "DATAKEY#2026Q4"}, "sk": {"S": "-"}}
            return {"Item": {**key, "wrapped": {"B": b"w"}, "made_at": {"S": "-"}}}
        return {"Plaintext": _DATA_KEY, "KeyId": "seeds"} if operation == "Decrypt" else {}


class _Raw:
    def __init__(self, content: bytes) -> None:
        self._content = content

    def stream(self) -> Iterator[bytes]:
        yield self._content


def _encoded(value: bytes) -> str:
    return base64.b64encode(value).decode()


def _item(row: Row) -> dict[str, Any]:
    item: dict[str, Any] = Put(row=row).request()[1]["Item"]
    return item


def _sessions(now: datetime) -> SessionsRow:
    session = Session(
        id="01m810vyc082jmcczhr666f58e",
        secret_hash=hashed(_SECRET),
        strength=PASSWORD,
        created=now,
        seen=now,
        expires=now + timedelta(hours=12),
    )
    return SessionsRow(
        f"ACCOUNT#{_ACCOUNT}",
        session_rows.SK,
        epoch=7,
        organization="acme",
        roles=["holder"],
        active=True,
        sessions={session.id: session_rows._document(session)},
    )


def _credential(device: Device, now: datetime) -> CredentialRow:
    timed = device.period is not None
    credential = Credential(
        id="crd_1wecct32nrdjwpmexw0e",
        account=_ACCOUNT,
        organization="acme",
        order="SO-10001",
        unit=0,
        kind="hardware_token",
        proofing=False,
        legal_name="Ada Byron",
        country="US",
        paid_at=now,
        activated_at=now,
        expires_at=now + timedelta(days=365),
        state=State.ACTIVE,
        token=HardwareToken(
            serial=device.serial,
            type=TokenType.TOTP if timed else TokenType.HOTP,
            algorithm=Algorithm.SHA1,
            digits=device.digits,
            period=device.period,
            sealed=_sealed(device),
            last=step_of(now, device.period) - 5 if device.period else 0,
        ),
    )
    row = credential_rows.put(credential, credential.expires_at).row
    return CredentialRow(**row.attribute_values | {"version": 7, "head": "f" * 64})


def _sealed(device: Device) -> SealedSeed:
    nonce = b"n" * 12
    sealed = AESGCM(_DATA_KEY).encrypt(nonce, device.secret, device.serial.encode())
    return SealedSeed(data_key="2026Q4", content=nonce + sealed)
