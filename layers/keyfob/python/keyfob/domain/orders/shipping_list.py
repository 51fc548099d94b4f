"""Shipments by file: a CSV table with a shipment in each line. Pure."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass

from keyfob.domain.errors import InvalidInput
from keyfob.domain.inventory.token import serial_of

COLUMNS = ("order", "unit", "serial", "tracking", "carrier")
_NEEDED = frozenset(COLUMNS) - {"carrier"}
_ORDER = re.compile(r"SO-[0-9]{5,12}", re.ASCII)
_UNIT = re.compile(r"[1-9][0-9]{0,2}", re.ASCII)
_LONGEST = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """A shipment of the list; `unit` is counted from 0."""

    order: str
    unit: int
    serial: str
    tracking: str
    carrier: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A line of the list, by its number in the file; `fault` says why it is no shipment."""

    line: int
    sent: Sent | None = None
    fault: str = ""


def read(content: str, most: int) -> list[Row]:
    """The lines of the list after its header.

    Raises:
        InvalidInput: it is no such table, or has more than `most` lines.
    """
    table = csv.reader(io.StringIO(content.removeprefix("\ufeff"), newline=""), strict=True)
    try:
        rows = [(table.line_num, cells) for cells in table if any(map(str.strip, cells))]
    except csv.Error as error:
        raise _refused("is no table: a quotation mark is missing, or one too many") from error
    header = [one.strip().lower() for one in rows[0][1]] if rows else []
    if set(header) - set(COLUMNS) or _NEEDED - set(header) or len(header) != len(set(header)):
        raise _refused(f"the first line must name the columns {', '.join(COLUMNS)}")
    if len(rows) - 1 > most:
        raise _refused(f"has more than {most} shipments: split it")
    return [_row(line, header, cells) for line, cells in rows[1:]]


def _row(line: int, header: list[str], cells: list[str]) -> Row:
    if len(cells) != len(header):
        return Row(line=line, fault="has another number of cells than the first line")
    found = {name: cell.strip() for name, cell in zip(header, cells, strict=True)}
    for problem in _faults(found):
        return Row(line=line, fault=problem)
    return Row(
        line=line,
        sent=Sent(
            order=found["order"],
            unit=int(found["unit"]) - 1,
            serial=serial_of(found["serial"]) or "",
            tracking=found["tracking"],
            carrier=found.get("carrier", ""),
        ),
    )


def _faults(found: dict[str, str]) -> Iterator[str]:
    tracking = found["tracking"]
    if not _ORDER.fullmatch(found["order"]):
        yield "order: must be the number of an order, for example SO-10001"
    if not _UNIT.fullmatch(found["unit"]):
        yield "unit: must be the license key's number in the order, from 1"
    if serial_of(found["serial"]) is None:
        yield "serial: must be the serial number on the token"
    if not tracking or len(tracking) > _LONGEST or not tracking.isprintable():
        yield f"tracking: must have 1 to {_LONGEST} characters"


def _refused(problem: str) -> InvalidInput:
    return InvalidInput(fields={"table": problem})
