"""Any combination of rows has exactly one next step (A10)."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from keyfob.domain.credentials.credential import Credential, State
from keyfob.domain.next_step.decision import next_step
from keyfob.domain.next_step.life import Life
from keyfob.domain.next_step.step import STEPS, Acts
from keyfob.domain.orders.order import Order
from keyfob.domain.orders.order import State as OrderState
from keyfob.domain.orders.shipment import Shipment
from keyfob.domain.proofing.case import Case
from keyfob.domain.proofing.case import State as CaseState
from tests.support.builders import a_credential, a_hardware_token, an_order_in
from tests.support.fakes import START
from tests.support.next_steps import (
    DAY,
    FAILED,
    HOLD,
    OVER,
    POLICY,
    SENT,
    WAITS_SINCE,
    a_case,
    bought,
)

FAILURES = tuple(f"code{number}" for number in range(POLICY.otp_failures))


@st.composite
def credentials(draw: st.DrawFn) -> Credential:
    state = draw(st.sampled_from([one for one in State if one is not State.REVOKED]))
    in_use = state is State.ACTIVE
    token = a_hardware_token(failed=draw(st.sampled_from([(), FAILURES])))
    causes = draw(st.sets(st.sampled_from(["holder", "administrator", "proofing", "dispute:1"])))
    return a_credential(
        state=state,
        activated_at=START - draw(st.integers(0, 100)) * DAY if in_use else None,
        expires_at=START + draw(st.integers(-400, 400)) * DAY,
        kind=draw(st.sampled_from(["hardware_token", "phone"])),
        proofing=draw(st.booleans()),
        level=draw(st.sampled_from([2, 3])),
        upgrade=draw(st.booleans()),
        replacing=draw(st.booleans()),
        token=draw(st.sampled_from([None, token])) if in_use else None,
        phones=draw(st.sampled_from([{}, {"0001": 1}])) if in_use else {},
        tries=draw(st.sampled_from([(), FAILED])),
        suspensions=dict.fromkeys(causes, START - DAY) if in_use else {},
    )


@st.composite
def orders(draw: st.DrawFn) -> Order:
    state = draw(st.sampled_from(OrderState))
    kind = draw(st.sampled_from([None, "renewal", "added_token", "upgrade"]))
    order = bought(kind, state) if kind else an_order_in(state)
    shipments = draw(st.lists(st.builds(_shipment, st.integers(0, 1), st.booleans()), max_size=2))
    return replace(
        order,
        shipments=tuple(shipments),
        minted=draw(st.integers(0, 2)),
        refund=draw(st.sampled_from([None, "re_1"])),
        checkout=draw(st.sampled_from([None, order.checkout])),
    )


def _shipment(unit: int, replacement: bool) -> Shipment:
    return replace(SENT, unit=unit, replacement=replacement)


@st.composite
def lives(draw: st.DrawFn) -> Life:
    live = draw(st.none() | credentials())
    case: Case | None = None
    if live and draw(st.booleans()):
        case = a_case(draw(st.sampled_from(CaseState)), live)
    names = st.lists(st.sampled_from(["portal", "vault"]), unique=True).map(tuple)
    return Life(
        terms=draw(names),
        applications=draw(names),
        offered=draw(names),
        requested=draw(st.sampled_from([None, WAITS_SINCE])),
        needs_credential=draw(st.booleans()),
        own_identity=draw(st.booleans()),
        orders=tuple(draw(st.lists(orders(), max_size=3))),
        redeemed=draw(st.sampled_from([frozenset(), frozenset({("SO-10001", 0)})])),
        credential=live,
        sold=draw(st.none() | orders()),
        case=case,
        hold=draw(st.sampled_from([None, HOLD, OVER, replace(HOLD, frozen=True)])),
        parent=draw(st.sampled_from([None, "ada"])),
        parent_frozen=draw(st.booleans()),
    )


@given(life=lives(), hours=st.integers(0, 24 * 800))
@settings(max_examples=300)
def test_every_life_has_one_step_that_says_who_acts_and_how_A10(life: Life, hours: int) -> None:
    step = next_step(life, START + timedelta(hours=hours), POLICY)
    known = STEPS[step.name]
    assert step.route == known.route or step.acts is not Acts.YOU
    assert step.detail.startswith(known.detail)
    assert step.acts is known.acts or step.name == "wait_for_reenabling"
    if life.parent and step.name != "accept_terms" and step != replace(step, places={}):
        # Only what is the child's own has ids: its orders and its access.
        assert set(step.places) <= {"number", "application"}
