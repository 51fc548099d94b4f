"""Key files as tables: comma-separated values in UTF-8 with a header line. Pure.

    serial,secret_hex,type,algorithm,digits,period,counter
    FT-1000,3132333435363738393031323334353637383930,totp,sha1,8,30,
    FT-1001,3132333435363738393031323334353637383931,hotp,sha1,6,,0

The secret is in `secret_hex` or in `secret_base32` (RFC 4648, padding may be missing), without
separators. `period` (seconds) may be left out for 30, `counter` for 0.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from typing import BinaryIO

from keyfob.domain.inventory.batch import KeyFileRefused
from keyfob.domain.inventory.draft import Draft
from keyfob.domain.inventory.encoding import Uncertain, from_base32, from_hex
from keyfob.domain.inventory.token import Algorithm, TokenType, normalized_serial

_REQUIRED = ("serial", "type", "algorithm", "digits")
_SECRETS = ("secret_hex", "secret_base32")
_OPTIONAL = ("period", "counter")
_COLUMNS = (*_REQUIRED, *_SECRETS, *_OPTIONAL)
_TYPES = {one.value: one for one in TokenType}
_ALGORITHMS = {one.value: one for one in Algorithm}


def read_csv(content: BinaryIO) -> Iterator[Draft]:
    """The tokens of a table, line by line.

    Raises:
        KeyFileRefused: it is no such table, or has other columns.
    """
    lines = csv.reader(io.TextIOWrapper(content, encoding="utf-8-sig", newline=""), strict=True)
    try:
        columns = _columns(next(lines, []))
        for cells in lines:
            if cells:
                yield _draft(columns, cells, lines.line_num)
    except UnicodeDecodeError as error:
        raise KeyFileRefused("the file is not text in UTF-8") from error
    except csv.Error as error:
        raise KeyFileRefused(f"line {lines.line_num} can't be read as a table's") from error


def _columns(header: Sequence[str]) -> list[str]:
    """The column names; errors quote nothing, since without a header these are token cells."""
    names = [name.strip().lower() for name in header]
    missing = [name for name in _REQUIRED if name not in names]
    if missing:
        raise KeyFileRefused(f"the first line must name the columns; missing: {', '.join(missing)}")
    if sum(name in names for name in _SECRETS) != 1:
        raise KeyFileRefused("there must be one column secret_hex or secret_base32, and not both")
    if len(set(names)) < len(names):
        raise KeyFileRefused("a column comes twice")
    for number, name in enumerate(names, start=1):
        if name not in _COLUMNS:
            raise KeyFileRefused(f"column {number} is none of {', '.join(_COLUMNS)}")
    return names


def _draft(columns: Sequence[str], cells: Sequence[str], row: int) -> Draft:
    cell = dict(zip(columns, map(str.strip, cells), strict=False))
    fitting = len(cells) == len(columns)
    return Draft(
        row=row,
        serial=normalized_serial(cell.get("serial", "")),
        secret=_secret(cell) if fitting else None,
        type=_TYPES.get(cell.get("type", "").lower()),
        algorithm=_ALGORITHMS.get(cell.get("algorithm", "").lower()),
        digits=_number(cell.get("digits", "")),
        period=_number(cell.get("period") or "30"),
        counter=_number(cell.get("counter") or "0"),
        faults=() if fitting else ("the line has not as many cells as there are columns",),
    )


def _secret(cell: Mapping[str, str]) -> bytes | None:
    try:
        if "secret_hex" in cell:
            return from_hex(cell["secret_hex"])
        return from_base32(cell["secret_base32"])
    except Uncertain:
        return None


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 20 else None
