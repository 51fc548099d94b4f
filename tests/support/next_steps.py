"""Lives made by hand, each at another step."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

from keyfob.domain.credentials.credential import Credential, State
from keyfob.domain.holds.hold import Hold
from keyfob.domain.next_step.life import Life
from keyfob.domain.orders.order import Order
from keyfob.domain.orders.order import State as OrderState
from keyfob.domain.orders.product_kind import ProductKind
from keyfob.domain.orders.shipment import Shipment
from keyfob.domain.policy import Policy
from keyfob.domain.proofing.case import (
    ActivationCode,
    Appointment,
    Case,
    CodeKind,
    Correction,
    Method,
)
from keyfob.domain.proofing.case import State as CaseState
from tests.support.builders import a_credential, a_hardware_token, a_line, an_order_in
from tests.support.fakes import START

POLICY = Policy()
DAY = timedelta(days=1)
WAITS_SINCE = START - DAY
USES = ("portal",)
SENT = Shipment(unit=0, serial="FT-0001", tracking="1Z", at=START)
FAILED = tuple(f"try{number}" for number in range(POLICY.pair_failures))
CODES: Mapping[CaseState, Any] = {
    CaseState.CODE: {CodeKind.AGENT: ActivationCode(mac="00", until=START + DAY)},
    CaseState.LETTER_SENT: {CodeKind.LETTER: ActivationCode(mac="00", until=START + DAY)},
}
HOLD = Hold(account="acc_ada", began=START, until=START + timedelta(hours=72))
OVER = replace(HOLD, began=START - 4 * DAY, until=START - DAY)


def a_life(**changes: Any) -> Life:
    """Somebody who may use the portal."""
    return Life(**{"applications": USES, "offered": USES, **changes})


def holds(credential: Credential, **changes: Any) -> Life:
    """Somebody with this credential, whose token was shipped."""
    sold = replace(an_order_in(OrderState.FULFILLED), shipments=(SENT,))
    return a_life(credential=credential, sold=sold, **changes)


def bound(**changes: Any) -> Credential:
    """A credential with a registered token."""
    return a_credential(token=a_hardware_token(), **changes)


def locked(**changes: Any) -> Credential:
    """A credential whose only token is locked."""
    failed = tuple(f"code{number}" for number in range(POLICY.otp_failures))
    return a_credential(token=a_hardware_token(failed=failed), **changes)


def paid(**changes: Any) -> Order:
    """A fulfilled order of one hardware token."""
    order = replace(an_order_in(OrderState.FULFILLED), lines=(a_line(quantity=1),), minted=1)
    return replace(order, **changes)


def bought(kind: str, state: OrderState = OrderState.AWAITING_PAYMENT, **changes: Any) -> Order:
    """An order of this kind for Ada's credential."""
    line = a_line(kind=ProductKind(kind), quantity=1, credential=a_credential().id)
    return replace(an_order_in(state), lines=(line,), **changes)


def proving(state: CaseState, **changes: Any) -> Life:
    """Somebody whose credential waits for a proofing in this state."""
    live = a_credential(proofing=True, state=State.PENDING_ACTIVATION, activated_at=None, **changes)
    return holds(live, case=a_case(state, live))


def a_case(state: CaseState, live: Credential) -> Case:
    """The credential's case in this state."""
    booked = Appointment(id="apt_1", agent="acc_agnes", start=START + DAY)
    correction = Correction(name="Ada King", until=START + 14 * DAY)
    return Case(
        id="prf_1",
        account=live.account,
        organization=live.organization,
        credential=live.id,
        opened_at=START,
        state=state,
        method=Method.LIVE,
        answers_until=START + timedelta(minutes=5) if state is CaseState.QUESTIONS else None,
        appointment=booked if state is CaseState.BOOKED else None,
        correction=correction if state is CaseState.NAME_CORRECTION else None,
        codes=CODES.get(state, {}),
    )
