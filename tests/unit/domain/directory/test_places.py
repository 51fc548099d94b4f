"""Countries and time zones as people and records write them (S65)."""

from __future__ import annotations

import zoneinfo

import pytest

from keyfob.domain.directory.places import normalized_country, normalized_zone


@pytest.mark.parametrize("code", ["DE", "US", "GB", "GR", "AQ", "BQ", "CW", "SS", "SX", "TW", "UM"])
def test_a_country_of_iso_3166_is_taken_S65(code: str) -> None:
    assert normalized_country(code) == code


def test_every_country_is_one_of_249_S65() -> None:
    letters = [chr(one) for one in range(ord("A"), ord("Z") + 1)]
    both = {first + second for first in letters for second in letters}
    assert len({normalized_country(one) for one in both} - {None}) == 249


@pytest.mark.parametrize(("typed", "code"), [("UK", "GB"), ("EL", "GR"), (" DE ", "DE")])
def test_a_code_that_others_use_for_a_country_is_mended_S65(typed: str, code: str) -> None:
    assert normalized_country(typed) == code


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "D",
        "USA",
        "de",
        "XX",
        "ZZ",
        "QQ",
        "EU",
        "XK",
        "SU",
        "AN",
        "CS",
        "code",
        "U\u0405",
        "#c",
        "D\nE",
    ],
)
def test_what_is_no_country_is_none_S65(typed: str) -> None:
    assert normalized_country(typed) is None


@pytest.mark.parametrize(
    "name",
    ["Europe/Berlin", "America/Argentina/Buenos_Aires", "UTC", "Etc/GMT-14", "Asia/Calcutta"],
)
def test_a_zone_of_the_tz_database_is_taken_S65(name: str) -> None:
    assert normalized_zone(f" {name}\n") == name
    assert zoneinfo.ZoneInfo(name)


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "Factory",
        "localtime",
        "posixrules",
        "posix/Europe/Berlin",
        "right/UTC",
        "CEST",
        "Mars/Olympus_Mons",
        "europe/berlin",
        "../etc/localtime",
        "Europe",
        "zone.tab",
        "+01:00",
    ],
)
def test_what_is_nobodys_zone_is_none_S65(typed: str) -> None:
    assert normalized_zone(typed) is None


def test_zones_are_those_of_the_pinned_package_and_not_of_the_machine_S65(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(zoneinfo, "available_timezones", lambda: {"Moon/Tranquility"})
    assert normalized_zone("Moon/Tranquility") is None
    assert normalized_zone("Europe/Berlin") == "Europe/Berlin"
