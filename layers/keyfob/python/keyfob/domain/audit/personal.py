"""Personal values of audit entries (S60, S66). Pure.

An entry can't be altered, and a person's data must end. So an entry has a salted hash of a name or
an address; salt and value are in a row that can be erased. As long as it is there, it proves the
value. Afterwards the hash says nothing: nobody can try values without the salt of 128 random bits.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field

from keyfob.domain.audit.entry import Facts


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonalFacts:
    """Values about an account's person, by the names of an entry's facts."""

    account: str
    values: Mapping[str, str]
    salt: str = field(default_factory=lambda: secrets.token_hex(16))

    @property
    def facts(self) -> Facts:
        """What the entry has in their place: 128 bits, hexadecimal, each."""
        return {name: self._hash(name, value) for name, value in self.values.items()}

    def _hash(self, name: str, value: str) -> str:
        content = f"{name}\n{value}".encode()
        return hmac.digest(bytes.fromhex(self.salt), content, hashlib.sha256)[:16].hex()


def disclosed(facts: Facts, known: list[PersonalFacts]) -> Facts:
    """The facts with the values that are still known for their hashes."""
    values = {(name, one.facts[name]): value for one in known for name, value in one.values.items()}
    return {name: values.get((name, str(fact)), fact) for name, fact in facts.items()}
