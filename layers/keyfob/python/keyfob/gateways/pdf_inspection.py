"""A program that reads a PDF on its input and writes why it is refused, or nothing (S45).

It runs in a process of its own (`pdf_check.py`), without our environment, and limits itself before
it reads a byte: a file is made by a stranger, and may be made to exhaust its reader. It imports
nothing of ours. It knows objects that no page refers to, too, since readers differ in these.
"""

from __future__ import annotations

import re
import resource
import sys
from collections.abc import Iterator
from io import BytesIO
from typing import Any

from pypdf import PdfReader
from pypdf.generic import IndirectObject

_SECONDS = 10
_BYTES = 700 * 1024 * 1024
# Far more than fifty pages of text and scans have.
_MOST_OBJECTS = 100_000

_MAGIC = b"%PDF-"
_ESCAPED = re.compile(rb"#([0-9A-Fa-f]{2})")
# In the bytes themselves: an object that the file's own list leaves out is found by a reader that
# mends files. Shorter names appear by chance in compressed content.
_RAW = (
    (b"/JavaScript", "active"),
    (b"/Launch", "active"),
    (b"/EmbeddedFile", "embedded"),
    (b"/RichMedia", "multimedia"),
)
# Links to the web (URI) and inside the file (GoTo) are harmless. But an address may be a script's
# or a file's, too; one without a scheme is the web's.
_SCHEME = re.compile(r"([a-z][a-z0-9+-]*):", re.IGNORECASE)
_OF_WEB = frozenset(("http", "https", "mailto", "tel"))
_INVISIBLE = re.compile(r"[\x00-\x20]")
_ACTIONS = frozenset(
    (
        *("/GoTo3DView", "/GoToE", "/GoToR", "/Hide", "/ImportData", "/JavaScript", "/Launch"),
        *("/Movie", "/Rendition", "/ResetForm", "/RichMediaExecute", "/SetOCGState", "/Sound"),
        *("/SubmitForm", "/Thread", "/Trans"),
    )
)
_ACTIVE_KEYS = frozenset(("/JS", "/JavaScript", "/AA", "/XFA"))
_EMBEDDED_KEYS = frozenset(("/EmbeddedFiles", "/EmbeddedFile", "/EF"))
_EMBEDDED_KINDS = frozenset(("/EmbeddedFile", "/FileAttachment"))
_MULTIMEDIA = frozenset(("/3D", "/Movie", "/RichMedia", "/Screen", "/Sound"))


def limit() -> None:
    """Take the processor and the memory of this process away after so much."""
    for what, most in (
        (resource.RLIMIT_CPU, _SECONDS),
        (resource.RLIMIT_AS, _BYTES),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(what, (most, most))


def refusal(content: bytes, most_pages: int) -> str:
    """Why this file is refused; empty if it isn't."""
    by_bytes = _by_bytes(content)
    return by_bytes or _by_objects(PdfReader(BytesIO(content), strict=False), most_pages)


def _by_bytes(content: bytes) -> str:
    if not content.startswith(_MAGIC):
        return "no_pdf"
    plain = _ESCAPED.sub(lambda found: bytes((int(found[1], 16),)), content)
    return next((reason for name, reason in _RAW if name in plain), "")


def _by_objects(reader: PdfReader, most_pages: int) -> str:
    if reader.is_encrypted:
        return "encrypted"
    pages = 0
    for number, found in enumerate(_objects(reader)):
        reason = _reason(found) if number < _MOST_OBJECTS else "too_complex"
        if reason:
            return reason
        pages += isinstance(found, dict) and _value(found, "/Type") == "/Page"
    if not len(reader.pages):
        return "damaged"
    return "too_many_pages" if max(pages, len(reader.pages)) > most_pages else ""


def _objects(reader: PdfReader) -> Iterator[Any]:
    """The values of all objects that the file lists, and everything inside these."""
    listed = {(number, nth) for nth, objects in reader.xref.items() for number in objects}
    listed |= {(number, 0) for number in reader.xref_objStm}
    yield from _inside(reader.trailer)
    for number, generation in sorted(listed):
        yield from _inside(reader.get_object(IndirectObject(number, generation, reader)))


def _inside(value: Any) -> Iterator[Any]:
    """The value and the values in it; other objects come by themselves."""
    waiting = [value]
    while waiting:
        one = waiting.pop()
        yield one
        if isinstance(one, dict):
            waiting += [dict.__getitem__(one, key) for key in one]
        elif isinstance(one, list):
            waiting += [list.__getitem__(one, place) for place in range(len(one))]


def _reason(found: Any) -> str:
    if not isinstance(found, dict):
        return ""
    kinds = {str(_value(found, key)) for key in ("/Type", "/Subtype")}
    if _EMBEDDED_KEYS & found.keys() or _EMBEDDED_KINDS & kinds:
        return "embedded"
    if _MULTIMEDIA & kinds:
        return "multimedia"
    if _ACTIVE_KEYS & found.keys() or _is_act(found):
        return "active"
    opened = _value(found, "/OpenAction")
    # To go to a page is no act.
    if isinstance(opened, dict) and _value(opened, "/S") != "/GoTo":
        return "active"
    return ""


def _is_act(found: Any) -> bool:
    kind = str(_value(found, "/S"))
    return kind in _ACTIONS or (kind == "/URI" and not _is_of_web(_value(found, "/URI")))


def _is_of_web(address: Any) -> bool:
    """Whether a link leads to the web; readers skip blanks and controls in it."""
    text = address.decode("latin-1") if isinstance(address, bytes) else str(address or "")
    plain = _INVISIBLE.sub("", text)
    scheme = _SCHEME.match(plain)
    if scheme:
        return scheme[1].lower() in _OF_WEB
    return not plain.startswith(("\\\\", "//"))


def _value(found: Any, key: str) -> Any:
    """The value of this key; a reference is followed to its object."""
    value: Any = dict.get(found, key)
    return value.get_object() if hasattr(value, "get_object") else value


def main() -> None:
    """Inspect the input; whatever fails, the file is damaged or too complex."""
    limit()
    try:
        reason = refusal(sys.stdin.buffer.read(), int(sys.argv[1]))
    except (MemoryError, RecursionError):
        reason = "too_complex"
    except Exception:  # noqa: BLE001 - it is the file's fault, and says nothing to us
        reason = "damaged"
    sys.stdout.write(f"inspected {reason}")


if __name__ == "__main__":
    main()
