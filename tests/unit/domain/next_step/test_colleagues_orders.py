"""What a colleague has bought for somebody, among the next steps (A10, B2)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from keyfob.domain.next_step.decision import next_step
from keyfob.domain.next_step.step import Name
from keyfob.domain.orders.order import State
from tests.support.builders import a_line, an_order_in
from tests.support.fakes import START
from tests.support.next_steps import POLICY, a_life

JOAN = "acc_joan"


@pytest.mark.parametrize(
    ("holder", "name"), [(JOAN, Name.ENTER_KEY), (None, Name.BUY), ("acc_mary", Name.BUY)]
)
def test_only_a_key_for_the_account_is_its_step_B2(holder: str | None, name: Name) -> None:
    line = a_line(kind="phone", quantity=1, holder=holder)
    order = replace(an_order_in(State.FULFILLED), lines=(line,), minted=1)
    life = a_life(account=JOAN, of_colleagues=(order,))
    assert next_step(life, START, POLICY).name is name


@pytest.mark.parametrize(
    ("holder", "name"), [("acc_ada", Name.ENTER_KEY), (None, Name.ENTER_KEY), (JOAN, Name.BUY)]
)
def test_a_key_for_a_colleague_is_no_step_of_its_purchaser_B2(
    holder: str | None, name: Name
) -> None:
    line = a_line(kind="phone", quantity=1, holder=holder)
    order = replace(an_order_in(State.FULFILLED), lines=(line,), minted=1)
    life = a_life(account="acc_ada", orders=(order,))
    assert next_step(life, START, POLICY).name is name


def test_a_colleagues_held_order_is_nobody_elses_affair_B2() -> None:
    line = a_line(kind="phone", quantity=1, holder=JOAN)
    order = replace(an_order_in(State.HELD), lines=(line,))
    life = a_life(account=JOAN, of_colleagues=(order,))
    assert next_step(life, START, POLICY).name is Name.BUY
