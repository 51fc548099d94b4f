"""The XML of key containers (RFC 6030), read part by part so that a large file needs little memory.

Entities, DTDs and outside references are refused while reading (S18).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, BinaryIO

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import ParseError, iterparse

from keyfob.domain.inventory.batch import KeyFileRefused

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

_PSKC = "{urn:ietf:params:xml:ns:keyprov:pskc}"
PACKAGE = f"{_PSKC}KeyPackage"
HEADER = (f"{_PSKC}EncryptionKey", f"{_PSKC}MACMethod")
_ROOT = f"{_PSKC}KeyContainer"
# They say nothing about a token; signatures are not checked.
_IGNORED = (f"{_PSKC}Extensions", "{http://www.w3.org/2000/09/xmldsig#}Signature")
# A package has some thirty elements.
_MAX_ELEMENTS = 1_000

# Names by which drafts of the format differ: of the container, of its parts, of elements in a
# package, and of a key's attributes.
_DRAFT_ROOTS = frozenset({"KeyContainer", "SecretContainer"})
_DRAFT_PARTS = frozenset({"Device", "Secret", "EncryptionMethod", "DigestMethod", "MACAlgorithm"})
_DRAFT_ELEMENTS = frozenset({"DeviceId", "Usage", "Value", "ValueDigest"})
_DRAFT_ATTRIBUTES = frozenset({"KeyAlgorithm", "KeyId", "SecretAlgorithm", "SecretId"})

_VALUES = ("Secret", "Counter", "Time", "TimeInterval", "TimeDrift")
# The elements of a package that are read, and those that each of them has once at most.
_READ = ("KeyPackage", "DeviceInfo", "Key", "Data", "AlgorithmParameters", "Policy", *_VALUES)
_ONCE = (
    *("DeviceInfo", "SerialNo", "Key", "Data", "AlgorithmParameters", "Policy"),
    *("Suite", "ResponseFormat", "PINPolicy", "StartDate", "ExpiryDate"),
    *_VALUES,
)


class BrokenPackage(Exception):
    """A package whose token can't be read; each fault says why, and quotes nothing from it."""

    def __init__(self, *faults: str) -> None:
        super().__init__(*faults)
        self.faults = faults


def parts(content: BinaryIO) -> Iterator[Element]:
    """The headers and the packages, one at a time; each is gone when the next comes.

    Raises:
        KeyFileRefused: it is no XML, no key container of RFC 6030, or not safe to read.
    """
    return filter(_is_read, _parts(content))


def local(element: Element) -> str:
    """The name of an element without its namespace."""
    return element.tag.rpartition("}")[2]


def children(element: Element, name: str) -> list[Element]:
    """The children of this name, whatever their namespace."""
    return [child for child in element if local(child) == name]


def within(element: Element, name: str) -> list[Element]:
    """The elements of this name, however deep, whatever their namespace."""
    return [one for one in element.iter() if local(one) == name]


def serial_of(package: Element) -> str:
    """The serial number of a package's device as it is written; empty if there is none."""
    for info in children(package, "DeviceInfo"):
        for number in children(info, "SerialNo"):
            return number.text or ""
    return ""


def key_of(package: Element) -> Element:
    """The one key of a package, in which nothing that is read comes twice.

    Raises:
        KeyFileRefused: it is of a draft of the format.
        BrokenPackage: it has no key, or it is ambiguous.
    """
    twice: list[str] = []
    for one in package.iter():
        if local(one) in _READ:
            names = [local(child) for child in one]
            if not _DRAFT_ELEMENTS.isdisjoint(names) or (
                local(one) == "Data" and "Name" in one.attrib
            ):
                raise _draft()
            twice += [name for name in _ONCE if names.count(name) > 1]
    keys = children(package, "Key")
    if children(package, "Secret") or any(map(_is_of_a_draft, keys)):
        raise _draft()
    if twice:
        raise BrokenPackage(*(f"{name} comes twice in it" for name in twice))
    if not keys:
        raise BrokenPackage("there is no key in it")
    return keys[0]


def _is_of_a_draft(key: Element) -> bool:
    return not _DRAFT_ATTRIBUTES.isdisjoint(key.attrib)


def _parts(content: BinaryIO) -> Iterator[Element]:
    root: Element | None = None
    depth = size = 0
    try:
        for event, element in iterparse(content, events=("start", "end"), forbid_dtd=True):
            if event == "start":
                root = _container(element) if root is None else root
                depth, size = depth + 1, size + 1
                if size > _MAX_ELEMENTS:
                    raise KeyFileRefused("a package has too many elements")
                continue
            depth -= 1
            if depth == 1 and root is not None:
                yield element
                root.clear()
                size = 0
    except DefusedXmlException as error:
        raise KeyFileRefused("XML with a DTD or entities is not read") from error
    except ParseError as error:
        raise KeyFileRefused(f"the XML is broken in line {error.position[0]}") from error
    except (LookupError, ValueError) as error:
        # Encodings unknown to the parser are looked up among Python's own codecs.
        raise KeyFileRefused("the XML is in an encoding that is not read") from error


def _container(root: Element) -> Element:
    if root.tag == _ROOT and root.get("Version") in {None, "1", "1.0"}:
        return root
    if local(root) in _DRAFT_ROOTS and root.tag.startswith("{") and root.tag != _ROOT:
        raise _draft()
    raise KeyFileRefused("this is no key container of RFC 6030, version 1.0")


def _is_read(part: Element) -> bool:
    """Whether this part of a container is read, and not ignored."""
    if part.tag == PACKAGE or part.tag in HEADER:
        return True
    if part.tag in _IGNORED:
        return False
    if local(part) in _DRAFT_PARTS:
        raise _draft()
    raise KeyFileRefused("there is something in it that is neither a package nor a header")


def _draft() -> KeyFileRefused:
    return KeyFileRefused("this is a draft of the format, not RFC 6030")
