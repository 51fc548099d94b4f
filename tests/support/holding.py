"""What a holder does with a token, right or wrong, at the use cases themselves."""

from __future__ import annotations

import pytest

from keyfob.credentials.credential import Credential
from keyfob.credentials.registration import Pair
from keyfob.errors import WrongCode
from keyfob.receipts import Receipt
from keyfob.sessions.session import Token
from local.device import Device
from tests.support.builders import a_receipt, a_session
from tests.support.bureau import Bureau, wrong


def pair(device: Device) -> Pair:
    """Two consecutive codes of it."""
    codes = device.pair()
    return Pair(first=codes["first_code"], second=codes["second_code"])


def spoiled(device: Device) -> Pair:
    """Two codes that are not."""
    right = pair(device)
    return Pair(first=right.first, second=wrong(right.second))


def register(
    bureau: Bureau, device: Device, typed: Pair | None = None, receipt: Receipt | None = None
) -> Credential:
    """Register the token, with its two codes unless others are typed."""
    return bureau.registration.register(
        bureau.live.id,
        device.serial,
        typed or pair(device),
        receipt or a_receipt(bureau.ada.id),
        bureau.by,
        session=a_session(),
    )


def fail(bureau: Bureau, device: Device, session: Token, times: int = 1) -> None:
    """Enter a wrong code."""
    for _ in range(times):
        with pytest.raises(WrongCode):
            bureau.elevate(session, wrong(device.code()))
