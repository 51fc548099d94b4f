"""One next step for every state of a life, typed by hand for the common path (A10)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from keyfob.domain.credentials.credential import State, Status
from keyfob.domain.next_step.decision import next_step
from keyfob.domain.next_step.life import Life, Offered
from keyfob.domain.next_step.step import STEPS, Acts, Name
from keyfob.domain.orders.given_back import Dispute, GivenBack
from keyfob.domain.orders.order import State as OrderState
from keyfob.domain.orders.payment_method import PaymentMethod
from keyfob.domain.proofing.case import State as CaseState
from keyfob.domain.proofing.step import _STEPS as OF_CASES
from tests.support.builders import PAGE, a_credential, an_order, an_order_in
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
    a_life,
    bought,
    bound,
    holds,
    locked,
    paid,
    proving,
)
from tests.support.templates import ROOT

PENDING = {"state": State.PENDING_ACTIVATION, "activated_at": None}
EXPIRED = a_credential(expires_at=START - DAY)
ENDING = bound(expires_at=START + 20 * DAY)
SUSPENDED = bound(suspensions={"holder": START})
REPLACING = a_credential(replacing=True)
ADDED = a_credential(kind="phone", phones={"0001": 1})

DISPUTED = GivenBack(
    disputes=(Dispute(id="dp_1", payment="pi_1", amount=1, status="needs_response"),)
)
OFFER = Offered(sponsorship="cam_7f3k", until=START + 30 * DAY)

# Life, step, who acts, date.
Row = tuple[Life, Name, Acts, datetime | None]
COMMON: Mapping[str, Row] = {
    "terms wait for their administrator": (
        a_life(terms=("drawings",)),
        Name.ACCEPT_TERMS,
        Acts.YOU,
        None,
    ),
    "the organization has subscribed to nothing": (
        a_life(applications=(), offered=()),
        Name.WAIT_FOR_SUBSCRIPTION,
        Acts.ADMINISTRATOR,
        None,
    ),
    "may use nothing": (a_life(applications=()), Name.ASK_FOR_ACCESS, Acts.YOU, None),
    "has asked for access": (
        a_life(applications=(), requested=WAITS_SINCE),
        Name.WAIT_FOR_ACCESS,
        Acts.ADMINISTRATOR,
        WAITS_SINCE,
    ),
    "may use the portal": (a_life(), Name.BUY, Acts.YOU, None),
    "is offered a sponsored credential": (
        a_life(offer=OFFER),
        Name.ACCEPT_SPONSORSHIP,
        Acts.YOU,
        OFFER.until,
    ),
    "its organization vouches itself": (
        a_life(own_identity=True),
        Name.NOTHING,
        Acts.NOBODY,
        None,
    ),
    "may use what a password opens": (
        a_life(needs_credential=False),
        Name.NOTHING,
        Acts.NOBODY,
        None,
    ),
    "has ordered": (
        a_life(orders=(an_order(),)),
        Name.PAY,
        Acts.YOU,
        START + timedelta(hours=23),
    ),
    "has paid another amount": (
        a_life(orders=(an_order_in(OrderState.HELD),)),
        Name.WAIT_FOR_ORDER,
        Acts.OPERATOR,
        START,
    ),
    "has paid just now": (
        a_life(orders=(an_order_in(OrderState.PAID),)),
        Name.WAIT_FOR_KEY,
        Acts.NOBODY,
        START,
    ),
    "waits for the carrier": (a_life(orders=(paid(),)), Name.WAIT_FOR_TOKEN, Acts.SHIPPING, START),
    "has disputed the payment": (
        a_life(orders=(paid(shipments=(SENT,), given_back=DISPUTED),)),
        Name.WAIT_FOR_ORDER,
        Acts.OPERATOR,
        START,
    ),
    "was refunded": (
        a_life(orders=(paid(shipments=(SENT,), given_back=GivenBack(undone=frozenset({0, 1}))),)),
        Name.BUY,
        Acts.YOU,
        None,
    ),
    "was refunded one of two": (
        a_life(orders=(paid(shipments=(SENT,), given_back=GivenBack(undone=frozenset({1}))),)),
        Name.ENTER_KEY,
        Acts.YOU,
        None,
    ),
    "has a key and a token": (
        a_life(orders=(paid(shipments=(SENT,)),)),
        Name.ENTER_KEY,
        Acts.YOU,
        None,
    ),
    "has let a payment lapse": (
        a_life(orders=(an_order_in(OrderState.EXPIRED),)),
        Name.BUY,
        Acts.YOU,
        None,
    ),
    "waits for a partner": (
        holds(a_credential(**{**PENDING, "state": State.PENDING_APPROVAL})),
        Name.WAIT_FOR_APPROVAL,
        Acts.PARTNER,
        None,
    ),
    "needs no proofing": (holds(a_credential(**PENDING)), Name.ACTIVATE, Acts.YOU, None),
    "has to choose how to prove": (
        holds(a_credential(proofing=True, **PENDING)),
        Name.CHOOSE_METHOD,
        Acts.YOU,
        None,
    ),
    "answers questions": (
        proving(CaseState.QUESTIONS),
        Name.ANSWER_QUESTIONS,
        Acts.YOU,
        START + timedelta(minutes=5),
    ),
    "has a meeting": (proving(CaseState.BOOKED), Name.KEEP_APPOINTMENT, Acts.YOU, START + DAY),
    "has a code": (proving(CaseState.CODE), Name.ENTER_CODE, Acts.YOU, START + DAY),
    "answered rightly": (proving(CaseState.PROOFED), Name.ACTIVATE, Acts.YOU, None),
    "has a name in question": (
        proving(CaseState.NAME_CORRECTION),
        Name.WAIT_FOR_NAME,
        Acts.OPERATOR,
        START + 14 * DAY,
    ),
    "has activated": (holds(a_credential()), Name.REGISTER_TOKEN, Acts.YOU, None),
    "has activated a phone's": (
        holds(a_credential(kind="phone")),
        Name.REGISTER_PHONE,
        Acts.YOU,
        None,
    ),
    "is sponsored, and new terms wait": (
        holds(a_credential(), terms_wait=True),
        Name.WAIT_FOR_TERMS,
        Acts.ADMINISTRATOR,
        None,
    ),
    "has a sponsored phone's, and new terms wait": (
        holds(a_credential(kind="phone"), terms_wait=True),
        Name.WAIT_FOR_TERMS,
        Acts.ADMINISTRATOR,
        None,
    ),
    "is held": (
        holds(a_credential(kind="phone"), hold=HOLD),
        Name.WAIT_FOR_HOLD,
        Acts.NOBODY,
        START + timedelta(hours=72),
    ),
    "waited too long for a phone": (
        holds(a_credential(kind="phone", activated_at=START - 8 * DAY)),
        Name.WAIT_FOR_RELEASE,
        Acts.OPERATOR,
        None,
    ),
    "has lost the token": (
        holds(REPLACING, hold=OVER),
        Name.WAIT_FOR_REPLACEMENT,
        Acts.OPERATOR,
        None,
    ),
    "gets another token": (
        replace(
            holds(REPLACING, hold=HOLD),
            sold=paid(shipments=(replace(SENT, replacement=True),)),
        ),
        Name.REGISTER_TOKEN,
        Acts.YOU,
        None,
    ),
    "has typed wrong pairs": (
        holds(a_credential(tries=FAILED)),
        Name.WAIT_FOR_RESET,
        Acts.OPERATOR,
        None,
    ),
    "is frozen": (
        holds(a_credential(kind="phone"), hold=replace(HOLD, frozen=True)),
        Name.WAIT_FOR_THAW,
        Acts.OPERATOR,
        None,
    ),
    "is locked": (holds(locked()), Name.RESYNCHRONIZE, Acts.YOU, None),
    "is blocked": (holds(locked(tries=FAILED)), Name.WAIT_FOR_RESET, Acts.OPERATOR, None),
    "has suspended": (
        holds(SUSPENDED),
        Name.REENABLE,
        Acts.YOU,
        START + POLICY.suspension_limit,
    ),
    "was suspended": (
        holds(bound(suspensions={"holder": START, "administrator": START})),
        Name.WAIT_FOR_REENABLING,
        Acts.ADMINISTRATOR,
        START + POLICY.suspension_limit,
    ),
    "disputes the proofing": (
        holds(bound(suspensions={"proofing": START})),
        Name.WAIT_FOR_REENABLING,
        Acts.OPERATOR,
        None,
    ),
    "has an upgrade": (holds(bound(upgrade=True)), Name.BEGIN_UPGRADE, Acts.YOU, None),
    "lost the proofed level": (
        holds(bound(proofing=True)),
        Name.CHOOSE_METHOD,
        Acts.YOU,
        None,
    ),
    "ends soon": (holds(ENDING), Name.RENEW, Acts.YOU, START + 20 * DAY),
    "has expired": (
        holds(EXPIRED),
        Name.RENEW,
        Acts.YOU,
        EXPIRED.expires_at.replace(year=EXPIRED.expires_at.year + 1),
    ),
    "renews": (
        holds(ENDING, orders=(bought("renewal"),)),
        Name.PAY,
        Acts.YOU,
        START + timedelta(hours=23),
    ),
    "bought a token beside the phone": (
        holds(ADDED, orders=(bought("added_token", OrderState.FULFILLED),)),
        Name.WAIT_FOR_TOKEN,
        Acts.SHIPPING,
        START,
    ),
    "got the token beside the phone": (
        holds(ADDED, orders=(bought("added_token", OrderState.FULFILLED, shipments=(SENT,)),)),
        Name.REGISTER_TOKEN,
        Acts.YOU,
        None,
    ),
    "buys for others": (
        holds(bound(), orders=(an_order(),)),
        Name.PAY,
        Acts.YOU,
        START + timedelta(hours=23),
    ),
    "has a credential and no application": (
        holds(bound(), applications=()),
        Name.ASK_FOR_ACCESS,
        Acts.YOU,
        None,
    ),
    "wants one more application": (
        holds(bound(), requested=WAITS_SINCE),
        Name.WAIT_FOR_ACCESS,
        Acts.ADMINISTRATOR,
        WAITS_SINCE,
    ),
    "has everything": (holds(bound()), Name.NOTHING, Acts.NOBODY, None),
}


@pytest.mark.parametrize("life", COMMON)
def test_a_life_has_the_next_step_of_the_table_A10(life: str) -> None:
    made, name, acts, date = COMMON[life]
    step = next_step(made, START, POLICY)
    assert (step.name, step.acts, step.date) == (name, acts, date)


@pytest.mark.parametrize("state", CaseState)
def test_every_state_of_a_proofing_case_is_a_next_step_A10(state: CaseState) -> None:
    step = next_step(proving(state), START, POLICY)
    assert step.name is not Name.NOTHING
    assert step.places["credential"] == a_credential().id


def test_every_step_is_reached_A10() -> None:
    reached = {next_step(made, START, POLICY).name for made, *_ in COMMON.values()}
    reached |= {next_step(proving(state), START, POLICY).name for state in CaseState}
    begun = START + DAY + timedelta(minutes=1)
    reached.add(next_step(proving(CaseState.BOOKED), begun, POLICY).name)
    assert reached == set(Name)


def test_every_route_is_one_of_the_document_and_who_acts_has_one_A10() -> None:
    paths: Any = json.loads((ROOT / "docs/openapi.json").read_text())["paths"]
    assert set(STEPS) == set(Name)
    for step in STEPS.values():
        if step.route is None:
            assert step.acts is not Acts.YOU or step.name is Name.KEEP_APPOINTMENT
            continue
        assert step.acts is Acts.YOU, step.name
        method, path = step.route.split(" ")
        assert method.lower() in paths[path]


def test_the_routes_of_a_case_are_those_of_its_steps_A10() -> None:
    for state, step in OF_CASES.items():
        # An instant proofing that went well is followed by the activation.
        name = Name.ACTIVATE if state is CaseState.PROOFED else Name(step.name)
        assert STEPS[name].route == step.route


def test_every_status_of_a_credential_has_a_life_in_the_table_A10() -> None:
    lives = [made.credential for made, *_ in COMMON.values() if made.credential]
    found = {one.status(START, POLICY) for one in lives}
    assert found == set(Status) - {Status.REVOKED}


# The rest of a life


def test_a_credential_that_is_due_for_revocation_is_none_A10_F7() -> None:
    due = a_credential(expires_at=START.replace(year=START.year - 1))
    assert next_step(holds(due), START, POLICY).name is Name.BUY


def test_who_has_paid_is_not_asked_to_pay_another_order_A10() -> None:
    step = next_step(a_life(orders=(an_order(number="SO-10002"), paid())), START, POLICY)
    assert step.name is Name.WAIT_FOR_TOKEN


def test_ones_own_earlier_key_is_not_entered_again_A10() -> None:
    sent = paid(shipments=(SENT,))
    again = a_life(orders=(sent,), redeemed=frozenset({(sent.number, 0)}))
    assert next_step(again, START, POLICY).name is Name.BUY
    assert next_step(a_life(orders=(sent,)), START + 731 * DAY, POLICY).name is Name.BUY


def test_a_payment_leads_to_its_page_A10() -> None:
    step = next_step(a_life(orders=(an_order(),)), START, POLICY)
    assert (step.link, step.places) == (PAGE.url, {"number": "SO-10001"})
    late = START + timedelta(hours=23)
    assert next_step(a_life(orders=(an_order(),)), late, POLICY).name is Name.BUY


def test_a_case_of_an_earlier_credential_doesnt_count_A10() -> None:
    live = a_credential(proofing=True, **PENDING)
    case = replace(a_case(CaseState.CODE, live), credential="crd_earlier")
    assert next_step(holds(live, case=case), START, POLICY).name is Name.CHOOSE_METHOD


def test_a_replacement_that_was_sent_before_the_loss_is_not_the_next_one_A10() -> None:
    before = replace(SENT, replacement=True, at=OVER.began - DAY)
    life = replace(holds(REPLACING, hold=OVER), sold=paid(shipments=(before,)))
    assert next_step(life, START, POLICY).name is Name.WAIT_FOR_REPLACEMENT


# Children


@pytest.mark.parametrize("life", [one for one in COMMON if COMMON[one][0].credential])
def test_a_childs_step_is_its_parents_without_the_parents_ids_A8_A10_S23(life: str) -> None:
    made, name, acts, date = COMMON[life]
    if made.orders or name in {Name.NOTHING, Name.ASK_FOR_ACCESS, Name.WAIT_FOR_ACCESS}:
        return
    step = next_step(replace(made, parent="ada"), START, POLICY)
    assert (step.name, step.acts, step.date) == (name, acts, date)
    assert (step.places, step.link) == ({}, None)
    assert (step.account == "ada") is (acts is Acts.YOU)


def test_a_child_whose_parents_credential_is_gone_buys_with_the_parent_A8_A10() -> None:
    gone = next_step(a_life(parent="ada"), START, POLICY)
    assert (gone.name, gone.account) == (Name.BUY, "ada")
    frozen = next_step(a_life(parent="ada", parent_frozen=True), START, POLICY)
    assert (frozen.name, frozen.acts, frozen.account) == (Name.WAIT_FOR_THAW, Acts.OPERATOR, None)
    assert next_step(holds(bound(), parent="ada"), START, POLICY).name is Name.NOTHING


def test_a_childs_parent_accepts_what_is_offered_and_buys_nothing_A8_B6() -> None:
    step = next_step(a_life(parent="ada", offer=OFFER), START, POLICY)
    assert (step.name, step.date) == (Name.ACCEPT_SPONSORSHIP, OFFER.until)
    assert (step.account, step.places) == ("ada", {})
    frozen = next_step(a_life(parent="ada", parent_frozen=True, offer=OFFER), START, POLICY)
    assert frozen.name is Name.WAIT_FOR_THAW


def test_an_offer_comes_before_paying_but_not_before_what_was_paid_B6() -> None:
    unpaid, keyed = an_order(), paid(shipments=(SENT,))
    assert next_step(a_life(offer=OFFER, orders=(unpaid,)), START, POLICY).name is (
        Name.ACCEPT_SPONSORSHIP
    )
    assert next_step(a_life(offer=OFFER, orders=(keyed,)), START, POLICY).name is Name.ENTER_KEY
    [named] = next_step(a_life(offer=OFFER), START, POLICY).places.items()
    assert named == ("sponsorship", "cam_7f3k")


def test_who_needs_no_credential_is_not_asked_to_accept_one_B6_A9() -> None:
    for life in (
        a_life(offer=OFFER, own_identity=True),
        a_life(offer=OFFER, needs_credential=False),
    ):
        assert next_step(life, START, POLICY).name is Name.NOTHING


def test_a_sponsored_order_waits_for_no_key_B6() -> None:
    """Its credential is gone: nothing is left of the order but its history."""
    sponsored = replace(an_order_in(OrderState.FULFILLED), method=PaymentMethod.SPONSORED, minted=0)
    assert next_step(a_life(orders=(sponsored,)), START, POLICY).name is Name.BUY
