"""A hardware token on a desk: shows codes, knows nothing of the service.

Debian's `oathtool` computes them if it is installed, so that two independent programs must agree;
otherwise pyotp does.
"""

from __future__ import annotations

import base64
import hashlib
import secrets
import shutil
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

import pyotp

_TOO_SHORT = 3.0
OATHTOOL = shutil.which("oathtool")


@dataclass
class Device:
    """A hardware token; `period` in seconds, None for an event-based one; `clock` is its own."""

    serial: str
    clock: Callable[[], datetime]
    algorithm: str = "sha1"
    digits: int = 8
    period: int | None = 30
    counter: int = 0
    secret: bytes = field(default_factory=lambda: secrets.token_bytes(20), repr=False)

    @property
    def line(self) -> str:
        """Its line in a key file."""
        kind = "hotp" if self.period is None else "totp"
        start = self.counter if self.period is None else ""
        shape = f"{kind},{self.algorithm},{self.digits},{self.period or ''},{start}"
        return f"{self.serial},{self.secret.hex()},{shape}"

    def press(self) -> str:
        """The next code of an event-based token."""
        code = self.at(self.counter)
        self.counter += 1
        return code

    def code(self, ahead: int = 0) -> str:
        """The code of a time-based token now, or `ahead` periods later."""
        return self.at(self.step + ahead)

    def pair(self, ahead: int = 0) -> dict[str, str]:
        """Two consecutive codes, in the order of entry: the last one and the one shown now."""
        if self.period is None:
            return {"first_code": self.press(), "second_code": self.press()}
        return {"first_code": self.code(ahead - 1), "second_code": self.code(ahead)}

    def settle(self) -> None:
        """Wait for the next code if the one shown is about to vanish, as people do.

        Two codes typed across a change look a step behind the token.
        """
        if self.period is None:
            return
        left = self.period - self.clock().timestamp() % self.period
        if left < _TOO_SHORT:
            time.sleep(left)

    @property
    def step(self) -> int:
        """The number of periods since 1970."""
        if self.period is None:
            raise ValueError("an event-based token knows no time")
        return int(self.clock().timestamp()) // self.period

    def at(self, factor: int) -> str:
        """The code for a moving factor."""
        if OATHTOOL and self.algorithm == "sha1":
            command = [OATHTOOL, "--hotp", f"-d{self.digits}", f"-c{factor}", self.secret.hex()]
            done = subprocess.run(command, capture_output=True, text=True, check=True)  # noqa: S603
            return done.stdout.strip()
        digest = getattr(hashlib, self.algorithm)
        encoded = base64.b32encode(self.secret).decode()
        return pyotp.HOTP(encoded, digits=self.digits, digest=digest).at(factor)


def key_file(*devices: Device) -> str:
    """The key file (CSV) that a manufacturer would deliver with these devices."""
    head = "serial,secret_hex,type,algorithm,digits,period,counter"
    return "\n".join([head, *(device.line for device in devices), ""])
