"""Phone numbers that may get a message, and its price (S12, S13)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keyfob.domain.phones.errors import InvalidPhone, PhoneNotAllowed
from keyfob.domain.phones.number import Channel, masked, parsed, price, prices_of
from tests.support.examples import steady

PRICES = prices_of(
    '{"US": [8, 14], "CA": [8, 14], "DE": [90, 20], "GB": [45, 15], "FR": [70, 0],'
    ' "CH": [null, 30], "IT": [60, 20], "MX": [0, null]}'
)
BOTH, TEXT, VOICE = frozenset(Channel), frozenset({Channel.TEXT}), frozenset({Channel.VOICE})

ALLOWED = [
    ("+12025550123", "US", BOTH),
    ("+14165550123", "CA", BOTH),
    ("+447400123456", "GB", BOTH),
    ("+4915123456789", "DE", BOTH),
    ("+33612345678", "FR", TEXT),
    ("+41781234567", "CH", VOICE),
    ("+442071838750", "GB", VOICE),
    ("+4930123456", "DE", VOICE),
    ("+390236618300", "IT", VOICE),
]

NOT_ALLOWED = {
    "premium, US": "+19005550123",
    "premium, UK": "+449012345678",
    "premium, France": "+33891234567",
    "shared cost, UK": "+448431234567",
    "shared cost, Germany": "+491801234567",
    "shared cost, France": "+33884012345",
    "VoIP, Germany": "+4932123456789",
    "VoIP, UK": "+445612345678",
    "VoIP, France": "+33912345678",
    "toll-free, US": "+18005550123",
    "toll-free, UK": "+448001234567",
    "toll-free, of the whole world": "+80012345678",
    "shared cost, of the whole world": "+80812345678",
    "personal, US": "+15005550123",
    "personal, UK": "+447012345678",
    "personal, Germany": "+4970012345678",
    "pager, UK": "+447640123456",
    "pager, Germany": "+4916412345",
    "access number, UK": "+445512345678",
    "access number, Germany": "+4918500123456",
    "voicemail, Switzerland": "+41860123456789",
    "satellite, Iridium": "+881612345678",
    "satellite, Inmarsat": "+870773111632",
    "satellite, Thuraya": "+88216123456",
    "international network": "+883510012345",
    "Jamaica, on +1": "+18765550123",
    "Dominican Republic, on +1": "+18095551234",
    "Guam, on +1": "+16715551234",
    "Guernsey, on +44": "+447781123456",
    "Kazakhstan": "+77012345678",
    "unknown type": "+447700900123",
    "no such area": "+17109990000",
    "fixed line where calls aren't offered": "+33123456789",
    "country offered with no channel": "+522221234567",
}

NOT_INTERNATIONAL = [
    "",
    "+",
    " ",
    "+-",
    "2025550123",
    "12025550123",
    "0012025550123",
    "01701234567",
    "tel:+12025550123",
    "++12025550123",
    "+1202555+0123",
    "+1 202 CALL NOW",
    "+1202555O123",
    "+12025550123x12",
    "+12025550123;ext=12",
    "+12025550123,12",
    "+12025550123#",
    "+1\uff12025550123",
    "\uff0b12025550123",
    "+1\u0662025550123",
    "+1\u00b2025550123",
    "+12025550123\x00",
    "+1202555\x7f0123",
    "+12025550123\u0301",
    "/+12025550123",
    "+12025550123 / +12025550124",
    "\u200b",
    "\u202a\u202c",
    "+1 202 555 0123" + " " * 26,
    "+" + "9" * 39,
]

IMPOSSIBLE = [
    "+112",
    "+1911",
    "+49112",
    "+44999",
    "+0",
    "+1202555012",
    "+120255501234",
    "+15550123",
    "+9991234567",
    "+210123",
]


@pytest.mark.parametrize(("e164", "country", "channels"), ALLOWED)
def test_an_ordinary_line_of_a_priced_country_accepts_its_channels_S13(
    e164: str, country: str, channels: frozenset[Channel]
) -> None:
    number = parsed(e164, PRICES)
    assert (number.e164, number.country, number.channels) == (e164, country, channels)
    assert number.prefix == e164[:-4]


@pytest.mark.parametrize("e164", NOT_ALLOWED.values(), ids=NOT_ALLOWED)
def test_every_other_kind_of_number_and_country_is_refused_S13(e164: str) -> None:
    with pytest.raises(PhoneNotAllowed):
        parsed(e164, PRICES)


@pytest.mark.parametrize("typed", [*NOT_INTERNATIONAL, *IMPOSSIBLE])
def test_a_number_without_international_form_is_invalid_D3(typed: str) -> None:
    with pytest.raises(InvalidPhone):
        parsed(typed, PRICES)


@pytest.mark.parametrize(
    ("typed", "e164"),
    [
        ("+1 (202) 555-0123", "+12025550123"),
        (" +1.202.555.0123 ", "+12025550123"),
        ("+1 202 555 0123" + " " * 25, "+12025550123"),
        ("+49 (0) 151 23456789", "+4915123456789"),
        ("+44 (0)7400 123456", "+447400123456"),
        ("+39 02 3661 8300", "+390236618300"),
        ("+(49) 30/123456.", "+4930123456"),
        ("+49 30/123456", "+4930123456"),
        ("+49 (0)30 / 123456", "+4930123456"),
        ("\u202a+1 202-555-0123\u202c", "+12025550123"),
        ("\u2066+1 202 555 0123\u2069", "+12025550123"),
        ("\u200f+12025550123\u200e", "+12025550123"),
        ("\ufeff+12025550123", "+12025550123"),
        ("+1\u00a0202\u202f555\u20070123", "+12025550123"),
        ("+1\u3000202\u200b555\u20600123", "+12025550123"),
        ("+1 202\u2010555\u20110123", "+12025550123"),
        ("+1 202\u2013555\u20140123", "+12025550123"),
        ("+1 202\u2212555\u30fc0123", "+12025550123"),
        ("\t+12025550123\r\n", "+12025550123"),
        ("+1 202 555\u20280123", "+12025550123"),
    ],
)
def test_separators_between_digits_are_forgiven_D3(typed: str, e164: str) -> None:
    assert parsed(typed, PRICES).e164 == e164


@steady
@given(typed=st.text(alphabet="+0123456789 ().-/x;e\uff11\n\u00a0\u2011\u202a\x00", max_size=45))
def test_any_input_is_a_number_or_a_typed_refusal_D3(typed: str) -> None:
    try:
        number = parsed(typed, PRICES)
    except (InvalidPhone, PhoneNotAllowed):
        return
    assert parsed(number.e164, PRICES) == number


@pytest.mark.parametrize("typed", ["+12025550123", "+19005550123", "+1202555012", "+9991234567"])
def test_neither_a_number_nor_its_refusal_shows_it_S47(typed: str) -> None:
    try:
        shown = repr(parsed(typed, PRICES)) + str(parsed(typed, PRICES))
    except (InvalidPhone, PhoneNotAllowed) as refused:
        shown = repr(refused) + str(refused) + repr(refused.__cause__)
    assert typed[5:] not in shown


@pytest.mark.parametrize(
    ("e164", "shown"),
    [("+12025550123", "+1 … 23"), ("+447400123456", "+44 … 56"), ("+390236618300", "+39 … 00")],
)
def test_a_masked_number_has_its_country_code_and_two_digits_S47(e164: str, shown: str) -> None:
    assert parsed(e164, PRICES).masked == masked(e164) == shown
    assert repr(parsed(e164, PRICES)) == f"Number({shown})"


def test_a_number_whose_country_is_no_longer_offered_can_be_shown_but_not_used_S13() -> None:
    number = parsed("+33612345678", PRICES)
    assert masked(number.e164) == "+33 … 78"
    with pytest.raises(PhoneNotAllowed):
        parsed(number.e164, prices_of('{"US": [8, 14]}'))
    with pytest.raises(PhoneNotAllowed):
        price(number, Channel.TEXT, prices_of('{"US": [8, 14]}'))


def test_a_text_and_a_call_have_the_price_of_their_country_S12() -> None:
    german, american = parsed("+4915123456789", PRICES), parsed("+12025550123", PRICES)
    assert [price(german, one, PRICES) for one in Channel] == [90, 20]
    assert [price(american, one, PRICES) for one in Channel] == [8, 14]


@pytest.mark.parametrize(
    ("e164", "channel"),
    [
        ("+442071838750", Channel.TEXT),
        ("+33612345678", Channel.VOICE),
        ("+41781234567", Channel.TEXT),
    ],
)
def test_a_channel_that_the_number_or_its_country_does_not_take_is_refused_S13(
    e164: str, channel: Channel
) -> None:
    with pytest.raises(PhoneNotAllowed):
        price(parsed(e164, PRICES), channel, PRICES)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "8",
        "{",
        '{"us": [8, 14]}',
        '{"001": [8, 14]}',
        '{"USA": [8, 14]}',
        '{"QQ": [8, 14]}',
        '{"": [8, 14]}',
        '{"US": 8}',
        '{"US": null}',
        '{"US": [8]}',
        '{"US": [8, 14, 2]}',
        '{"US": {"text": 8, "voice": 14}}',
        '{"US": [-8, 14]}',
        '{"US": [0.008, 14]}',
        '{"US": ["8", 14]}',
        '{"US": [true, 14]}',
    ],
)
def test_prices_that_are_not_as_described_stop_the_start_S12(text: str) -> None:
    with pytest.raises(ValueError, match=r"prices|country|Expecting"):
        prices_of(text)


def test_empty_prices_allow_no_number_S13() -> None:
    with pytest.raises(PhoneNotAllowed):
        parsed("+12025550123", prices_of("{}"))
