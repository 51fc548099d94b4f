"""Phone numbers: which may get a code, and the price of a message (S12, S13). Pure.

The requester doesn't pay for a message, and ranges that earn from being called are easy to get. So
only ordinary lines of a country with a price are allowed.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumberFormat, PhoneNumberType, ValidationResult

from keyfob.domain.phones.errors import InvalidPhone, PhoneNotAllowed
from keyfob.domain.text import with_plain_dashes, without_blanks


class Channel(StrEnum):
    """The way a message reaches a phone."""

    TEXT = "text"
    VOICE = "voice"


# Thousandths of a dollar for a text, and for a call of one minute; no entry: not offered.
Price = Mapping[Channel, int]
# By country, ISO 3166-1 alpha-2.
Prices = Mapping[str, Price]

_LONGEST = 40
# ASCII alone: the library would also read letters, extensions and other scripts' digits.
_TYPED = re.compile(r"\+[0-9()./-]+")
_BETWEEN = str.maketrans("", "", "()./-")
_CHANNELS = {
    PhoneNumberType.MOBILE: frozenset(Channel),
    PhoneNumberType.FIXED_LINE_OR_MOBILE: frozenset(Channel),
    PhoneNumberType.FIXED_LINE: frozenset({Channel.VOICE}),
}
# Germany's nationwide numbers are VoIP, but the library counts them among the fixed lines.
_NOT_ALLOWED = ("+4932",)
_SHARED_BY_A_RANGE = 4


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Number:
    """A number that may get messages.

    Args:
        e164: `+`, country calling code and national number (ITU-T E.164).
        country: ISO 3166-1 alpha-2.
        prefix: the number without its last four digits; numbers rented in a block share it.
        channels: the channels that the number and its country support; never empty.
    """

    e164: str
    country: str
    prefix: str
    channels: frozenset[Channel]

    @property
    def masked(self) -> str:
        """The form that may be shown: `+1 … 34`."""
        return masked(self.e164)

    def __repr__(self) -> str:
        """Hides the number: it must not get into a log line by accident (S47)."""
        return f"Number({self.masked})"


def parsed(typed: str, prices: Prices) -> Number:
    """The number in typed text, without blanks, dashes, dots, slashes, parentheses between digits.

    Raises:
        InvalidPhone: not in international form, or no number can have this form.
        PhoneNotAllowed: not an ordinary line, or of a country without a price.
    """
    number = _read(typed)
    country = phonenumbers.region_code_for_number(number) or ""
    e164 = phonenumbers.format_number(number, PhoneNumberFormat.E164)
    taken = _CHANNELS.get(phonenumbers.number_type(number), frozenset())
    channels = taken & prices.get(country, {}).keys()
    if not channels or e164.startswith(_NOT_ALLOWED):
        raise PhoneNotAllowed
    return Number(
        e164=e164, country=country, prefix=e164[:-_SHARED_BY_A_RANGE], channels=frozenset(channels)
    )


def written(typed: str) -> str:
    """The E.164 form of typed text, for a number that only people call.

    Raises:
        InvalidPhone: not in international form, or no number can have this form.
    """
    return phonenumbers.format_number(_read(typed), PhoneNumberFormat.E164)


def masked(e164: str) -> str:
    """Country calling code and last two digits, `+1 … 34`, also of a number no longer allowed."""
    return f"+{phonenumbers.parse(e164).country_code} … {e164[-2:]}"


def price(number: Number, channel: Channel, prices: Prices) -> int:
    """The price of one message, in thousandths of a dollar.

    Raises:
        PhoneNotAllowed: the number or its country doesn't take this channel.
    """
    found = prices.get(number.country, {}).get(channel)
    if channel not in number.channels or found is None:
        raise PhoneNotAllowed
    return found


def prices_of(text: str) -> Prices:
    """Prices from JSON: `{"US": [8, 14]}`, a text and a call; 0 or null means not offered.

    Raises:
        ValueError: not of this form, or a key that isn't a country.
    """
    written = json.loads(text)
    if not isinstance(written, dict):
        raise ValueError("prices must be a JSON object by country")  # noqa: TRY004
    return {country: _price(country, both) for country, both in written.items()}


def _read(typed: str) -> phonenumbers.PhoneNumber:
    plain = with_plain_dashes(without_blanks(typed))
    if len(typed) > _LONGEST or not _TYPED.fullmatch(plain):
        raise InvalidPhone
    try:
        number = phonenumbers.parse(plain.translate(_BETWEEN))
    except NumberParseException:
        # The library's error text may contain the number.
        raise InvalidPhone from None
    possible = phonenumbers.is_possible_number_with_reason(number)
    if possible != ValidationResult.IS_POSSIBLE:
        raise InvalidPhone
    return number


def _price(country: str, both: Any) -> Price:
    # The library's regions are countries, except those of no country ("001": satellites).
    if country not in phonenumbers.SUPPORTED_REGIONS:
        raise ValueError(f"{country!r} is not a country's two-letter code")
    if not isinstance(both, list) or len(both) != len(Channel):
        raise ValueError(f"{country!r} must have two prices, of a text and of a call")
    if not all(one is None or (type(one) is int and one >= 0) for one in both):
        raise ValueError(f"{country!r} must have prices in whole thousandths of a dollar, or null")
    return {channel: one for channel, one in zip(Channel, both, strict=True) if one}
