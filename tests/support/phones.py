"""Phones with defaults, and the messages to them."""

from __future__ import annotations

import itertools
import re
from typing import Any

from keyfob.domain.phones.number import prices_of
from keyfob.domain.phones.phone import Code, Phone
from tests.support.fakes import START, fake_mac

PRICES_BY_COUNTRY = '{"US": [8, 14], "DE": [90, 20], "FR": [70, 0]}'
PRICES = prices_of(PRICES_BY_COUNTRY)
NUMBER = "+12025550123"
# Ordinary lines of ranges of their own.
NUMBERS = tuple(f"+1{area}5550123" for area in (202, 212, 213, 214, 215, 216, 217, 218))
_AREAS = (202, 212, 213, 214, 215, 216, 217, 218, 303, 305, 312, 313, 314, 315, 316, 317)
_lines = itertools.count()
_CODE = re.compile(r"(?<!\d)\d{6}(?!\d)")


def a_phone(**changes: Any) -> Phone:
    """Ada's, confirmed; no code was ever sent to it."""
    values: dict[str, Any] = {
        "id": "phone1",
        "number": NUMBER,
        "shown": "+1 … 23",
        "label": "Mine",
        "added_at": START,
        "confirmed_at": START,
    }
    return Phone(**{**values, **changes})


def a_code(code: str = "123456", **changes: Any) -> Code:
    """Sent just now to that phone, in the session `session1`."""
    values: dict[str, Any] = {
        "mac": mac("session1", "phone1", code),
        "until": START.replace(minute=5),
    }
    return Code(**{**values, **changes})


def mac(session: str, phone: str, code: str) -> str:
    """The keyed hash of a code for this session and phone."""
    return fake_mac("phone-code", f"{session}:{phone}:{code}")


def code_in(text: str) -> str:
    """The one code in a text."""
    [code] = _CODE.findall(text)
    return str(code)


def code_spoken(ssml: str) -> str:
    """The code in a call: each digit stands alone, the whole of it twice."""
    digits = "".join(re.findall(r">\s*(\d)\s*<", ssml))
    assert digits[:6] == digits[6:]
    return digits[:6]


def new_number() -> str:
    """An ordinary line that no other test uses; few share a range."""
    line = next(_lines)
    return f"+1{_AREAS[line % len(_AREAS)]}555{1000 + line}"
