"""A holder's acts with a token, right or wrong, through the use cases."""

from __future__ import annotations

import pytest

from keyfob.domain.credentials.credential import Credential
from keyfob.domain.credentials.errors import WrongCode
from keyfob.domain.sessions.session import Token
from keyfob.storage.idempotency import IdempotencyRecord
from keyfob.usecases.credentials.registration import Pair
from local.device import Device
from tests.support.builders import a_record
from tests.support.credential_world import CredentialWorld, wrong


def pair(device: Device) -> Pair:
    """Two consecutive codes of it."""
    codes = device.pair()
    return Pair(first=codes["first_code"], second=codes["second_code"])


def spoiled(device: Device) -> Pair:
    """Two codes that are not consecutive."""
    right = pair(device)
    return Pair(first=right.first, second=wrong(right.second))


def register(
    credential_world: CredentialWorld,
    device: Device,
    typed: Pair | None = None,
    record: IdempotencyRecord | None = None,
) -> Credential:
    """Register the token, with its two codes unless others are typed."""
    return credential_world.registration.register(
        credential_world.live.id,
        device.serial,
        typed or pair(device),
        credential_world.binder,
        record or a_record(credential_world.ada.id),
    )


def fail(credential_world: CredentialWorld, device: Device, session: Token, times: int = 1) -> None:
    """Enter a wrong code."""
    for _ in range(times):
        with pytest.raises(WrongCode):
            credential_world.elevate(session, wrong(device.code()))
