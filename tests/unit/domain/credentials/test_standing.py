"""What administrators' lists show of a credential (A5)."""

from __future__ import annotations

from keyfob.domain.credentials.credential import State
from keyfob.domain.credentials.standing import (
    SHARDS,
    WITHOUT,
    Standing,
    locked_in,
    shard_of,
    standing_of,
    stands_in,
)
from keyfob.domain.policy import Policy
from tests.support.builders import a_credential, a_hardware_token

POLICY = Policy()
WRONG = tuple(f"try-{number}" for number in range(POLICY.otp_failures))


def test_a_live_credential_stands_until_its_expiry_A5() -> None:
    credential = a_credential()
    assert standing_of(credential, POLICY) == Standing(until=credential.expires_at)


def test_a_revoked_one_is_none_A5() -> None:
    assert standing_of(a_credential(state=State.REVOKED), POLICY) == WITHOUT


def test_as_many_wrong_codes_as_lock_a_token_lock_it_A5_E3() -> None:
    for failed, locked in ((WRONG[1:], False), (WRONG, True)):
        token = a_hardware_token(failed=failed)
        assert standing_of(a_credential(token=token), POLICY).locked is locked


def test_an_organization_has_partitions_of_its_own_A5() -> None:
    assert locked_in("acme", 3) == "acme#3"
    assert stands_in("acme", 3, has_credential=True) == "acme#3#until"
    assert stands_in("acme", 3, has_credential=False) == "acme#3#none"


def test_accounts_are_spread_over_all_shards_and_stay_in_theirs_A5() -> None:
    found = [shard_of(f"acc_{number:020d}") for number in range(1_000)]
    assert found == [shard_of(f"acc_{number:020d}") for number in range(1_000)]
    assert {found.count(shard) > 150 for shard in range(SHARDS)} == {True}
