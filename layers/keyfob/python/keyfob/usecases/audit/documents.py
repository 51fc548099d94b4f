"""Signed documents in the vault: the heads of the trail, and the positions of its daily check."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Generic, Protocol, TypeVar

from keyfob.domain.audit import check, heads
from keyfob.domain.audit.check import Check
from keyfob.domain.audit.heads import Head, hour_of

# The newest document is searched here first; a whole listing grows with the years.
_RECENT = timedelta(days=7)


class DocumentExists(Exception):
    """A document of this name is stored, or is being stored by somebody else."""


class Vault(Protocol):
    """Storage of documents under the names of hours: written once, never altered."""

    def last(self, *, after: str = "") -> tuple[str, bytes] | None:
        """Name and content of the newest document, if one is newer than `after`."""

    def add(self, name: str, content: bytes) -> None:
        """Store one more document.

        Raises:
            DocumentExists.
        """

    def get(self, name: str) -> bytes | None:
        """The content of the newest version of this document."""

    def all(self, *, after: str = "") -> Iterator[tuple[str, bytes]]:
        """Every version of the documents after this name, oldest name first."""

    def of(self, name: str) -> Iterator[bytes]:
        """Every version of one document."""

    def covered(self, *, after: str = "") -> list[str]:
        """Names after `after` of documents that somebody tried to hide or to overwrite."""


class Signature(Protocol):
    """Signs and verifies with a key that no function can read."""

    def sign(self, content: bytes) -> str:
        """The signature."""

    def verify(self, content: bytes, signature: str) -> bool:
        """Whether the signature is ours."""


class _Named(Protocol):
    """A document's content, named by its hour."""

    @property
    def hour(self) -> str:
        """The name."""

    def content(self) -> bytes:
        """The signed bytes."""


D = TypeVar("D", bound=_Named)


@dataclass(frozen=True, slots=True)
class Documents(Generic[D]):
    """Documents of one kind in a vault, each with its signature."""

    kind: str
    vault: Vault
    signature: Signature
    parse: Callable[[bytes], D]

    def add(self, document: D) -> None:
        """Sign and store this document.

        Raises:
            DocumentExists.
        """
        content = document.content()
        envelope = {"content": content.decode(), "signature": self.signature.sign(content)}
        self.vault.add(document.hour, json.dumps(envelope).encode())

    def last(self, now: datetime) -> D | None:
        """The newest document, its signature not verified."""
        newest = self.vault.last(after=hour_of(now - _RECENT)) or self.vault.last()
        return self.parse(_opened(newest[1])[0]) if newest else None

    def stored(self, hour: str) -> D | None:
        """The document of this hour, its signature not verified."""
        found = self.vault.get(hour)
        return self.parse(_opened(found)[0]) if found else None

    def signed(self, faults: list[str], *, after: str = "") -> Iterator[D]:
        """The documents after this hour, oldest first; `faults` gets all that aren't ours."""
        faults += [
            f"somebody tried to hide or replace the {self.kind} of {name}"
            for name in self.vault.covered(after=after)
        ]
        for name, envelope in self.vault.all(after=after):
            document = self._ours(name, envelope)
            if document:
                yield document
            else:
                faults.append(f"the {self.kind} of {name} is not signed by us")

    def recent(self, faults: list[str], now: datetime) -> list[D]:
        """The documents of the last days, oldest first, or all if there are none."""
        lately = list(self.signed(faults, after=hour_of(now - _RECENT)))
        return lately or list(self.signed(faults))

    def of(self, hour: str) -> D | None:
        """The document of an hour, whatever others lie over it."""
        ours = (self._ours(hour, envelope) for envelope in self.vault.of(hour))
        return next((one for one in ours if one), None)

    def _ours(self, name: str, envelope: bytes) -> D | None:
        """The document, if we signed it under this name."""
        try:
            content, signature = _opened(envelope)
        except (ValueError, KeyError, TypeError, AttributeError):
            return None  # anybody with write access to the bucket may have put anything
        if not self.signature.verify(content, signature):
            return None
        try:
            document = self.parse(content)
        except (KeyError, TypeError):
            return None  # a document of another kind
        return document if document.hour == name else None


def heads_in(vault: Vault, signature: Signature) -> Documents[Head]:
    """The heads of closed hours."""
    return Documents("head", vault, signature, heads.parse)


def checks_in(vault: Vault, signature: Signature) -> Documents[Check]:
    """The positions of the daily check."""
    return Documents("check", vault, signature, check.parse)


def _opened(envelope: bytes) -> tuple[bytes, str]:
    value = json.loads(envelope)
    return value["content"].encode(), value["signature"]
