"""The deployment's carriers (B5, S51)."""

from __future__ import annotations

import pytest

from keyfob.domain.errors import InvalidInput
from keyfob.domain.orders.carrier import Carrier, carriers_of, require_known

UPS = '{"ups": {"name": "UPS", "link": "https://ups.example/{number}"}, "van": {"name": "Van"}}'


def test_a_carrier_has_a_page_for_a_number_if_it_has_a_link_B5() -> None:
    carriers = carriers_of(UPS)
    assert carriers["ups"].page("1Z 9") == "https://ups.example/1Z%209"
    assert carriers["van"].page("1Z 9") is None


@pytest.mark.parametrize("number", ["?q=1&x", "../admin", "<script>", "%0d%0aX", "ß"])
def test_no_number_leaves_its_place_in_the_address_S51(number: str) -> None:
    page = carriers_of(UPS)["ups"].page(number)
    assert page
    assert page.startswith("https://ups.example/")
    assert not set(page.removeprefix("https://ups.example/")) & set("/?&<>#: ")


@pytest.mark.parametrize(
    "configured",
    [
        '{"ups": {"name": "", "link": ""}}',
        '{"ups": {"name": "UPS", "link": "http://ups.example/{number}"}}',
        '{"ups": {"name": "UPS", "link": "javascript:{number}"}}',
        '{"ups": {"name": "UPS", "link": "https://ups.example/"}}',
    ],
)
def test_a_carrier_that_would_mislead_is_refused_B5(configured: str) -> None:
    with pytest.raises(ValueError, match="'ups' needs a name"):
        carriers_of(configured)


def test_no_carrier_is_configured_by_default_and_a_shipment_needs_none_B5() -> None:
    assert carriers_of("") == carriers_of("{}") == {}
    require_known("", {})
    require_known("ups", {"ups": Carrier(name="UPS")})
    with pytest.raises(InvalidInput):
        require_known("ups", {})
