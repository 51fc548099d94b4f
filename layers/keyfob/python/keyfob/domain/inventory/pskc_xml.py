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
# A package has some thirty elements.
_MAX_ELEMENTS = 1_000


def parts(content: BinaryIO) -> Iterator[Element]:
    """The elements right under the root, one at a time; each is gone when the next comes.

    Raises:
        KeyFileRefused: it is no XML, no key container, or not safe to read.
    """
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


def local(element: Element) -> str:
    """The name of an element without its namespace."""
    return element.tag.rpartition("}")[2]


def children(element: Element, name: str) -> list[Element]:
    """The children of this name, whatever their namespace."""
    return [child for child in element if local(child) == name]


def within(element: Element, name: str) -> list[Element]:
    """The elements of this name, however deep, whatever their namespace."""
    return [one for one in element.iter() if local(one) == name]


def _container(root: Element) -> Element:
    if root.tag != _ROOT or root.get("Version") not in {None, "1", "1.0"}:
        raise KeyFileRefused("this is no key container of RFC 6030, version 1.0")
    return root
