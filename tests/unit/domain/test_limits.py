"""Subjects of limits."""

from __future__ import annotations

from datetime import timedelta

from keyfob.domain.limits import Limit, Quota
from keyfob.domain.sessions.client import network_of


def test_each_subject_of_each_limit_has_a_counter_that_does_not_name_it_S47() -> None:
    one, other = (Limit(name=name, tries=1, period=timedelta(1)) for name in ("a", "b"))
    quotas = [Quota(limit=limit, subject=who) for limit in (one, other) for who in ("ada", "eve")]
    keys = {quota.key for quota in quotas}
    assert len(keys) == 4
    assert not [key for key in keys if "ada" in key or "eve" in key]


def test_an_address_that_is_none_is_counted_as_it_is() -> None:
    """API Gateway's own console sends a name instead of an address."""
    assert network_of("test-invoke-source-ip") == "test-invoke-source-ip"


def test_an_address_of_ipv6_counts_as_the_network_its_client_is_given() -> None:
    """One client has a whole /64 to choose addresses from."""
    assert network_of("2001:db8:1:2:3:4:5:6") == network_of("2001:db8:1:2::9")
    assert network_of("2001:db8:1:3::9") != network_of("2001:db8:1:2::9")
    assert network_of("198.18.0.1") != network_of("198.18.0.2")
