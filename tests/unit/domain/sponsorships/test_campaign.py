"""Decisions about campaigns, at their boundaries (B6)."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keyfob.domain.errors import IllegalTransition, InvalidInput
from keyfob.domain.policy import Policy
from keyfob.domain.sponsorships import campaign as decisions
from keyfob.domain.sponsorships.campaign import (
    Campaign,
    CampaignState,
    Due,
    Extension,
    Target,
    number_for,
)
from tests.support.builders import a_product
from tests.support.fakes import START

POLICY = Policy()
DAY = timedelta(days=1)
SECOND = timedelta(seconds=1)
END = START + 60 * DAY


def a_campaign(**changes: Any) -> Campaign:
    """For two accounts, until in sixty days."""
    values: dict[str, Any] = {
        "id": "cam_1",
        "partner": "northwind",
        "name": "Hull 7",
        "product": a_product(),
        "target": Target.ACCOUNTS,
        "number": 2,
        "made_at": START,
        "by": "acc_grace",
        "until": END,
    }
    return Campaign(**{**values, **changes})


@given(
    price=st.integers(1, 10**9),
    budget=st.integers(0, 10**12),
)
def test_a_budget_is_never_exceeded_and_never_leaves_a_whole_credential_B6(
    price: int, budget: int
) -> None:
    product = a_product(price=price)
    try:
        number = number_for(product, number=None, budget=budget, policy=POLICY)
    except InvalidInput:
        assert not 1 <= budget // price <= POLICY.campaign_credentials
        return
    spent = a_campaign(product=product).spent(number)
    assert spent <= budget < spent + price


def test_what_costs_nothing_has_no_budget_B6() -> None:
    free = a_product(price=0)
    with pytest.raises(InvalidInput):
        number_for(free, number=None, budget=1, policy=POLICY)
    assert number_for(free, number=1, budget=None, policy=POLICY) == 1


@pytest.mark.parametrize(
    ("at", "is_open", "due"),
    [
        (START, True, None),
        (END - 14 * DAY - SECOND, True, None),
        (END - 14 * DAY, True, Due.REMIND),
        (END - SECOND, True, Due.REMIND),
        (END, False, Due.CLOSE),
    ],
)
def test_a_campaign_is_open_until_its_end_and_reminds_before_B6(
    at: datetime, is_open: bool, due: Due | None
) -> None:
    one = a_campaign()
    assert (one.is_open(at), decisions.due(one, at, POLICY)) == (is_open, due)


def test_pending_accounts_come_first_and_the_end_before_them_B6() -> None:
    one = a_campaign(pending=("acc_ada",))
    assert decisions.due(one, END - DAY, POLICY) is Due.OFFER
    assert decisions.due(one, END, POLICY) is Due.CLOSE
    assert decisions.next_due(one, START, POLICY) == START


def test_the_clock_comes_for_the_reminder_then_for_the_end_then_never_B6() -> None:
    one = a_campaign()
    assert decisions.next_due(one, START, POLICY) == END - 14 * DAY
    told = decisions.reminded(one)
    assert decisions.next_due(told, END - DAY, POLICY) == END
    over = decisions.closed(told, END + DAY)
    assert (over.state, over.ended_at) == (CampaignState.CLOSED, END)
    assert decisions.next_due(over, END + DAY, POLICY) is None
    assert decisions.due(over, END + DAY, POLICY) is None


@pytest.mark.parametrize("target", [Target.ORGANIZATIONS, Target.DOMAIN])
def test_whom_nobody_knows_nobody_reminds_B6(target: Target) -> None:
    assert decisions.next_due(a_campaign(target=target), START, POLICY) == END


def test_an_end_in_a_campaign_without_one_is_less_B6() -> None:
    with pytest.raises(InvalidInput):
        decisions.extended(a_campaign(until=None), Extension(until=END), START, POLICY)


@pytest.mark.parametrize("less", [Extension(number=1), Extension(budget=8_500)])
def test_fewer_credentials_than_before_are_refused_B6(less: Extension) -> None:
    with pytest.raises(InvalidInput):
        decisions.extended(a_campaign(), less, START, POLICY)
    same = decisions.extended(a_campaign(), Extension(number=2), START, POLICY)
    assert same == a_campaign()


@pytest.mark.parametrize(
    "over", [a_campaign(until=START), replace(a_campaign(), state=CampaignState.ENDED)]
)
def test_what_is_over_is_neither_extended_nor_ended_again_B6(over: Campaign) -> None:
    with pytest.raises(IllegalTransition):
        decisions.extended(over, Extension(number=99), START, POLICY)
    assert decisions.ended(over, START) is over


def test_an_end_takes_back_the_offers_that_were_not_made_B6() -> None:
    ended = decisions.ended(a_campaign(pending=("acc_ada",)), START + DAY)
    assert (ended.pending, ended.ended_at) == ((), START + DAY)
    assert decisions.due(ended, START + DAY, POLICY) is Due.CLOSE
