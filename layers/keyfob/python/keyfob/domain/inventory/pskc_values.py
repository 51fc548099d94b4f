"""The values of a key in a container (RFC 6030, section 4.2): plain, or opened by the caller. Pure.

A plain number is decimal (int and long of XML Schema). An encrypted one is big-endian; writers
differ in its length, and some write digits. So a counter must have the 8 bytes of a long and a
drift the 4 of an int. The few offsets and periods that are taken look like no digits.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from keyfob.domain.inventory.encoding import Uncertain, from_base64
from keyfob.domain.inventory.pskc_xml import BrokenPackage, children, local

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

T = TypeVar("T")

_INTEGER = re.compile(r"[ \t\r\n]*([+-]?[0-9]{1,19})[ \t\r\n]*")
_INT, _LONG, _ANY = (4,), (8,), tuple(range(1, 9))
_ENCRYPTED = (["EncryptedValue"], ["EncryptedValue", "ValueMAC"])

# Opens the encrypted value under an element.
Opening = Callable[["Element"], bytes]


@dataclass(frozen=True, slots=True, kw_only=True)
class Values:
    """The values of a key, None where it has none.

    `period` is in seconds; `offset` and `drift` are in periods, the latter of the token's clock
    ahead of the true time.
    """

    secret: bytes | None = field(repr=False)
    counter: int | None
    offset: int | None
    period: int | None
    drift: int | None


def values_of(data: Element | None, opened: Opening) -> Values:
    """The values under a key's `Data`, in which no name comes twice.

    Raises:
        BrokenPackage: one of them can't be read for certain.
    """
    faults: list[str] = []

    def read(
        name: str, called: str, plain: Callable[[str], T], binary: Callable[[bytes], T]
    ) -> T | None:
        found = children(data, name) if data is not None else []
        if not found:
            return None
        try:
            content = _content(found[0], opened)
            return plain(content) if isinstance(content, str) else binary(content)
        except Uncertain as error:
            faults.append(f"{called} {error}")
            return None

    values = Values(
        secret=read("Secret", "the secret", from_base64, bytes),
        counter=read("Counter", "the counter", _decimal, partial(_big_endian, _LONG)),
        offset=read("Time", "the time offset", _decimal, partial(_big_endian, _ANY)),
        period=read("TimeInterval", "the period", _decimal, partial(_big_endian, _ANY)),
        drift=read("TimeDrift", "the time drift", _decimal, partial(_big_endian, _INT)),
    )
    if faults:
        raise BrokenPackage(*faults)
    return values


def _content(element: Element, opened: Opening) -> str | bytes:
    """The text of a plain value, or the bytes of an encrypted one."""
    forms = sorted(local(one) for one in element)
    if forms == ["PlainValue"] and not len(element[0]):
        return element[0].text or ""
    if forms in _ENCRYPTED:
        return opened(element)
    raise Uncertain("is not as it must be")


def _decimal(text: str) -> int:
    number = _INTEGER.fullmatch(text)
    if not number:
        raise Uncertain("is no whole number")
    return int(number[1])


def _big_endian(sizes: Sequence[int], content: bytes) -> int:
    if len(content) not in sizes:
        raise Uncertain(f"is encrypted, but not as {sizes[-1]} bytes")
    return int.from_bytes(content, "big", signed=True)
