"""The deployment's carriers: a name that people know, and a page for a tracking number. Pure."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import quote

from keyfob.domain.errors import InvalidInput

_NUMBER = "{number}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Carrier:
    """A carrier; `link` is the address of a shipment's page, in which `{number}` is filled in."""

    name: str
    link: str = ""

    def page(self, tracking: str) -> str | None:
        """The address of the page that shows this shipment; None if the carrier has none."""
        return self.link.replace(_NUMBER, quote(tracking, safe="")) if self.link else None


def carriers_of(configured: str) -> dict[str, Carrier]:
    """The carriers in a JSON object: `{"ups": {"name": "UPS", "link": "https://…{number}"}}`.

    Raises:
        ValueError: a carrier without name, or whose link isn't an https address for a number.
    """
    found = {}
    for name, values in json.loads(configured or "{}").items():
        carrier = Carrier(**values)
        if not carrier.name or not _is_link(carrier.link):
            raise ValueError(f"the carrier {name!r} needs a name, and an https link with {_NUMBER}")
        found[name] = carrier
    return found


def require_known(carrier: str, carriers: Mapping[str, Carrier]) -> None:
    """Refuse a carrier that the deployment doesn't have; a shipment may have none.

    Raises:
        InvalidInput: it is unknown.
    """
    if carrier and carrier not in carriers:
        known = ", ".join(sorted(carriers)) or "none is configured"
        raise InvalidInput(fields={"carrier": f"must be one of the deployment's carriers: {known}"})


def _is_link(link: str) -> bool:
    return not link or (link.startswith("https://") and _NUMBER in link)
