"""The content of a letter, as text that is sealed and opened again (C2, S31). Pure."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass

from keyfob.domain.proofing.bureau import Address


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Content:
    """The addressee, the confirmed address and the activation code; never logged."""

    name: str
    street: str
    city: str
    state: str
    postal_code: str
    code: str

    def written(self) -> str:
        """One JSON object."""
        return json.dumps(asdict(self), ensure_ascii=False)


def content_of(name: str, address: Address, code: str) -> Content:
    """The letter with this code to this person."""
    return Content(
        name=name,
        street=address.street,
        city=address.city,
        state=address.state,
        postal_code=address.postal_code,
        code=code,
    )


def read(text: str) -> Content:
    """The content that `Content.written` wrote."""
    return Content(**json.loads(text))
