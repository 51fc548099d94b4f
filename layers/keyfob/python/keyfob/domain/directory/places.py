"""Countries (ISO 3166-1 alpha-2) and time zones (IANA), from the pinned package `tzdata`. Pure.

The operating system's zones are not asked: they differ from machine to machine, and one of them is
the machine's own (`localtime`).
"""

from __future__ import annotations

from functools import cache
from importlib import resources

# The code by which the country itself, or the European Union, goes.
_MENDED = {"UK": "GB", "EL": "GR"}
# The zone of a machine whose zone nobody has set.
_NO_ZONE = "Factory"


def normalized_country(typed: str) -> str | None:
    """The country's code; UK becomes GB, EL becomes GR. None if there is no such country."""
    code = typed.strip()
    code = _MENDED.get(code, code)
    return code if code in _countries() else None


def normalized_zone(typed: str) -> str | None:
    """The zone's name, such as `Europe/Berlin`; None if no place has it."""
    name = typed.strip()
    return name if name in _zones() else None


@cache
def _countries() -> frozenset[str]:
    table = (resources.files("tzdata") / "zoneinfo" / "iso3166.tab").read_text(encoding="utf-8")
    return frozenset(line[:2] for line in table.splitlines() if not line.startswith("#"))


@cache
def _zones() -> frozenset[str]:
    names = (resources.files("tzdata") / "zones").read_text(encoding="utf-8")
    return frozenset(names.splitlines()) - {_NO_ZONE}
