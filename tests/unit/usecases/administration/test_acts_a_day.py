"""Each administrator freezes, thaws and releases so many accounts a day (S62)."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from keyfob.domain.errors import TooManyTries
from keyfob.usecases.administration.accounts import HolderAccounts
from keyfob.wiring.administration import holder_accounts_of
from tests.support.administration_world import AdministrationWorld
from tests.support.phone_world import refusal_of

DAY = timedelta(days=1)


def few(world: AdministrationWorld) -> HolderAccounts:
    """The use cases, with few acts a day."""
    base = world.world.base
    policy = replace(base.policy, freezes_a_day=5, thaws_a_day=1, releases_a_day=1)
    base.policy = policy
    return holder_accounts_of(base)


def test_releases_of_a_day_are_each_administrator_s_own_S62(
    administration_world: AdministrationWorld,
) -> None:
    office, use = administration_world, few(administration_world)
    assert use.release(office.alice, office.ada).code
    with pytest.raises(TooManyTries) as refusal:
        use.release(office.alice, office.ada)
    assert refusal.value.retry_after <= DAY
    assert use.release(office.grace, office.ada).code, "a limit of her own"
    office.world.clock.advance(days=1)
    assert use.release(office.alice, office.ada).code


def test_a_refused_thaw_is_given_back_and_the_next_one_counts_S62(
    administration_world: AdministrationWorld,
) -> None:
    office, use = administration_world, few(administration_world)
    assert refusal_of(lambda: use.thaw(office.alice, office.ada)) == "illegal_state"
    for expected in ("", "too_many_tries"):
        use.freeze(office.grace, office.ada)
        assert refusal_of(lambda: use.thaw(office.alice, office.ada)) == expected


def test_freezes_of_a_day_are_each_administrator_s_own_S62(
    administration_world: AdministrationWorld,
) -> None:
    """Somebody who uses theirs up keeps nobody else from protecting an account."""
    office, use = administration_world, few(administration_world)
    answers = [refusal_of(lambda: use.freeze(office.alice, office.ada)) for _ in range(6)]
    assert answers == [""] * 5 + ["too_many_tries"]
    assert refusal_of(lambda: use.freeze(office.grace, office.ada)) == ""
