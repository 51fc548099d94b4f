"""Key files in PSKC (RFC 6030): plain, or encrypted under a password (PBKDF2) or a shared key.

The library `pskc` understands packages and opens values, but reads whole files: a hundred thousand
tokens would take most of a gigabyte. So it is given one package at a time.

An encrypted value is opened only after its MAC was checked over the ciphertext (S18); in CBC mode
it must have one. The MAC covers values alone: the format does not protect serial numbers.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from hmac import compare_digest
from typing import TYPE_CHECKING, BinaryIO
from xml.etree import ElementTree as ET

from pskc import PSKC
from pskc.parser import PSKCParser

from keyfob.domain.inventory.batch import KeyFileRefused
from keyfob.domain.inventory.pskc_token import BROKEN, draft_of
from keyfob.domain.inventory.pskc_xml import HEADER, PACKAGE, children, local, parts, within
from keyfob.domain.inventory.token import Draft

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

# {"password": …} or {"key": hexadecimal}; empty if there is none for this file.
Transport = Callable[[], Mapping[str, str]]

_CIPHERS = tuple(
    f"#{cipher}" for bits in (128, 192, 256) for cipher in (f"aes{bits}-cbc", f"kw-aes{bits}")
)
_MACS = tuple(f"#hmac-sha{bits}" for bits in (1, 224, 256, 384, 512))
# Some seconds of work; the library's own default is 100,000.
_MAX_ITERATIONS = 5_000_000


class _BrokenValueError(Exception):
    """An encrypted value that must not be opened; the message says why."""


def read_pskc(
    content: BinaryIO, *, transport: Transport, allow_plain: bool, now: datetime
) -> Iterator[Draft]:
    """The tokens of a file, package by package.

    Args:
        content: the file.
        transport: gives the password or the key; asked only if something is encrypted.
        allow_plain: whether secrets may stand in it unencrypted.
        now: keys that may not be used now are refused.

    Raises:
        KeyFileRefused: it is no such file, or it can't be opened.
    """
    container = _Container(transport, allow_plain=allow_plain)
    row = 0
    for part in parts(content):
        if part.tag == PACKAGE:
            row += 1
            yield from container.package(part, row, now)
        elif part.tag in HEADER:
            if row:
                raise KeyFileRefused("EncryptionKey and MACMethod must come before the packages")
            container.header(part)


class _Container:
    """The header of a file, and the opening of its packages."""

    def __init__(self, transport: Transport, *, allow_plain: bool) -> None:
        self._transport = transport
        self._allow_plain = allow_plain
        self._pskc = PSKC()
        self._encrypted = False
        self._open = False

    def header(self, part: Element) -> None:
        """Read how the values are encrypted and protected."""
        self._encrypted = True
        # The MAC's own key is encrypted as well.
        if not all(name and name.endswith(_CIPHERS) for name in _methods(part)):
            raise KeyFileRefused("something is encrypted in none of AES-CBC and AES key wrap")
        self._understand(part)

    def package(self, part: Element, row: int, now: datetime) -> Iterator[Draft]:
        """The tokens of one package."""
        if within(part, "EncryptedValue") and not self._open:
            self._unlock()
        if _has_plain_secret(part) and (self._encrypted or not self._allow_plain):
            raise KeyFileRefused("secrets stand in it unencrypted, which is not allowed here")
        faults: tuple[str, ...] = ()
        try:
            self._check(part)
        except _BrokenValueError as broken:
            faults = (str(broken),)
        self._understand(part)
        for key in self._pskc.keys:
            yield draft_of(key, row=row, faults=faults, now=now)
        self._pskc.devices.clear()

    def _understand(self, part: Element) -> None:
        """Have the library read this part; it keeps what it has read before."""
        # Built from safely parsed elements; nothing is parsed here.
        around = ET.Element("KeyContainer", {"Version": "1.0"})
        around.append(part)
        try:
            PSKCParser.parse_document(self._pskc, around)
        except BROKEN as error:
            raise KeyFileRefused(f"{local(part)} can't be understood") from error

    def _unlock(self) -> None:
        """Derive the keys, once for the whole file.

        Raises:
            KeyFileRefused: there is no password or key for it, or it is wrong.
        """
        transport, encryption, mac = self._transport(), self._pskc.encryption, self._pskc.mac
        wanted = "password" if encryption.derivation.algorithm else "key"
        if wanted not in transport:
            raise KeyFileRefused(f"it is encrypted, and there is no {wanted} for it")
        if (encryption.derivation.pbkdf2_iterations or 0) > _MAX_ITERATIONS or encryption.iv:
            raise KeyFileRefused("its encryption is of a kind that is not taken")
        if mac.algorithm and not mac.algorithm.endswith(_MACS):
            raise KeyFileRefused("its MAC is none of HMAC-SHA-1, -224, -256, -384, -512")
        try:
            if wanted == "password":
                encryption.derive_key(transport["password"])
            else:
                encryption.key = bytes.fromhex(transport["key"])
            mac.key = mac.key  # or it would be decrypted again for every value
        except BROKEN as error:
            raise KeyFileRefused(f"it can't be opened: is the {wanted} the right one?") from error
        self._encrypted = self._open = True

    def _check(self, part: Element) -> None:
        """Require that every value is encrypted and protected before it is opened."""
        # Drafts of the format had values elsewhere, where these checks don't look.
        if any(within(part, name) for name in ("Value", "ValueDigest")) or any(
            "Name" in data.attrib for data in within(part, "Data")
        ):
            raise KeyFileRefused("this is a draft of the format, not RFC 6030")
        for parent in part.iter():
            values = children(parent, "EncryptedValue")
            if values:
                self._check_value(values, children(parent, "ValueMAC"))

    def _check_value(self, values: list[Element], macs: list[Element]) -> None:
        ciphers = within(values[0], "CipherValue")
        if (len(values), len(ciphers)) != (1, 1) or len(macs) > 1:
            raise _BrokenValueError("an encrypted value is not as it must be")
        named = _methods(values[0]) or [self._pskc.encryption.algorithm]
        if not all(name and name.endswith(_CIPHERS) for name in named):
            raise _BrokenValueError("an encrypted value is in none of AES-CBC and AES key wrap")
        wrapped = all(name and "#kw-" in name for name in named)
        if not (macs and self._pskc.mac.algorithm):
            if wrapped:  # key wrap has its own check
                return
            raise _BrokenValueError("an encrypted value has no MAC")
        try:
            found = self._pskc.mac.generate_mac(base64.b64decode(ciphers[0].text or ""))
            said = base64.b64decode(macs[0].text or "")
        except BROKEN as error:
            raise _BrokenValueError("an encrypted value can't be read") from error
        if not compare_digest(found, said):
            raise _BrokenValueError("the MAC doesn't fit: altered, or another password or key")


def _methods(part: Element) -> list[str | None]:
    methods = within(part, "EncryptionMethod") + within(part, "EncryptionScheme")
    return [method.get("Algorithm") for method in methods]


def _has_plain_secret(part: Element) -> bool:
    return any(children(secret, "PlainValue") for secret in within(part, "Secret"))
