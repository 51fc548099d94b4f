"""Key files in PSKC (RFC 6030): plain, or encrypted under a password (PBKDF2) or a shared key.

The library `pskc` understands packages and opens values, but reads whole files: a hundred thousand
tokens would take most of a gigabyte. So it is given one package at a time, without its values,
whose text it decodes leniently.

An encrypted value is opened only after its MAC was checked over the ciphertext (S18); in CBC mode
it must have one. The MAC covers values alone: the format does not protect serial numbers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from hmac import compare_digest
from typing import TYPE_CHECKING, BinaryIO
from xml.etree import ElementTree as ET

from pskc import PSKC
from pskc.key import Key
from pskc.parser import PSKCParser

from keyfob.domain.inventory.batch import KeyFileRefused
from keyfob.domain.inventory.draft import Draft
from keyfob.domain.inventory.encoding import Uncertain, plain_base64
from keyfob.domain.inventory.pskc_token import BROKEN, draft_of, suite_of, unsupported
from keyfob.domain.inventory.pskc_values import values_of
from keyfob.domain.inventory.pskc_xml import (
    PACKAGE,
    BrokenPackage,
    children,
    key_of,
    local,
    parts,
    serial_of,
    within,
)
from keyfob.domain.inventory.token import normalized_serial

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
            yield container.package(part, row, now)
        elif row:
            raise KeyFileRefused("EncryptionKey and MACMethod must come before the packages")
        else:
            container.header(part)


class _Container:
    """The header of a file, and the opening of its packages."""

    def __init__(self, transport: Transport, *, allow_plain: bool) -> None:
        self._transport = transport
        self._allow_plain = allow_plain
        self._pskc = PSKC()
        self._headers: set[str] = set()
        self._encrypted = False
        self._open = False

    def header(self, part: Element) -> None:
        """Read how the values are encrypted and protected."""
        if part.tag in self._headers:
            raise KeyFileRefused(f"{local(part)} comes twice in it")
        self._headers.add(part.tag)
        self._encrypted = True
        # The MAC's own key is encrypted as well.
        if not all(name and name.endswith(_CIPHERS) for name in _methods(part)):
            raise KeyFileRefused("something is encrypted in none of AES-CBC and AES key wrap")
        try:
            self._understand(part)
        except BROKEN as error:
            raise KeyFileRefused(f"{local(part)} can't be understood") from error

    def package(self, part: Element, row: int, now: datetime) -> Draft:
        """The token of a package, or why it can't be read."""
        serial = serial_of(part)
        try:
            return self._token(part, row, serial, now)
        except BrokenPackage as broken:
            named = normalized_serial(serial)
            return Draft(row=row, serial=named, faults=broken.faults, labeled=True)

    def _token(self, part: Element, row: int, serial: str, now: datetime) -> Draft:
        element = key_of(part)
        if within(part, "EncryptedValue") and not self._open:
            self._unlock()
        if _has_plain_secret(part) and (self._encrypted or not self._allow_plain):
            raise KeyFileRefused("secrets stand in it unencrypted, which is not allowed here")
        suite = suite_of(element)
        # The values are kept from the library, which guesses what they mean.
        data = next(iter(children(element, "Data")), None)
        if data is not None:
            element.remove(data)
        key = self._key(part)
        faults = unsupported(key, now)
        if faults:  # then nothing encrypted is opened
            raise BrokenPackage(*faults)
        return draft_of(key, suite, values_of(data, self._opened), row=row, serial=serial)

    def _key(self, part: Element) -> Key:
        """The key of a package as the library understands it, without its values."""
        self._pskc.devices.clear()
        try:
            self._understand(part)
        except BROKEN as error:
            raise BrokenPackage("a number, a date or a yes or no in it can't be read") from error
        return self._pskc.keys[0]

    def _understand(self, part: Element) -> None:
        """Have the library read this part; it keeps what it has read before."""
        # Built from safely parsed elements; nothing is parsed here.
        around = ET.Element("KeyContainer", {"Version": "1.0"})
        around.append(part)
        PSKCParser.parse_document(self._pskc, around)

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

    def _opened(self, value: Element) -> bytes:
        """Open the encrypted value under an element, after its MAC was checked."""
        [encrypted], macs = children(value, "EncryptedValue"), children(value, "ValueMAC")
        ciphers = within(encrypted, "CipherValue")
        named = set(_methods(encrypted)) or {self._pskc.encryption.algorithm}
        if (len(ciphers), len(named)) != (1, 1):
            raise Uncertain("is not as it must be")
        [method] = named
        if not (method and method.endswith(_CIPHERS)):
            raise Uncertain("is encrypted in none of AES-CBC and AES key wrap")
        content = plain_base64(ciphers[0].text or "")
        if macs and self._pskc.mac.algorithm:
            self._check_mac(content, macs[0])
        elif "#kw-" not in method:  # key wrap has its own check
            raise Uncertain("is encrypted, but has no MAC")
        try:
            return self._pskc.encryption.decrypt_value(content, method)
        except BROKEN as error:
            raise Uncertain("can't be opened") from error

    def _check_mac(self, content: bytes, mac: Element) -> None:
        try:
            found = self._pskc.mac.generate_mac(content)
        except BROKEN as error:
            raise Uncertain("has a MAC that can't be checked") from error
        if not compare_digest(found, plain_base64(mac.text or "")):
            raise Uncertain("has a MAC that doesn't fit: altered, or another password or key")


def _methods(part: Element) -> list[str | None]:
    methods = within(part, "EncryptionMethod") + within(part, "EncryptionScheme")
    return [method.get("Algorithm") for method in methods]


def _has_plain_secret(part: Element) -> bool:
    return any(children(secret, "PlainValue") for secret in within(part, "Secret"))
