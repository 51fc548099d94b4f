"""The step that a person's credential is at. Pure."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from functools import partial

from keyfob.domain.credentials.credential import Credential, State, Status
from keyfob.domain.credentials.dates import renewal_from
from keyfob.domain.credentials.lifecycle import needs_proofing
from keyfob.domain.credentials.suspension import Suspender
from keyfob.domain.holds.errors import AccountFrozen, BindingHeld, ReopeningRequired
from keyfob.domain.holds.hold import require_phone, require_token
from keyfob.domain.next_step import purchases
from keyfob.domain.next_step.life import Life
from keyfob.domain.next_step.step import Acts, Name, NextStep, at
from keyfob.domain.orders.product_kind import ProductKind
from keyfob.domain.orders.shipment import Shipment
from keyfob.domain.policy import Policy
from keyfob.domain.proofing import step as proofing
from keyfob.domain.proofing.case import State as CaseState

_ACTS = {
    proofing.Acts.HOLDER: Acts.YOU,
    proofing.Acts.AGENT: Acts.AGENT,
    proofing.Acts.OPERATOR: Acts.OPERATOR,
    proofing.Acts.NOBODY: Acts.NOBODY,
}


def step_of(life: Life, live: Credential, now: datetime, policy: Policy) -> NextStep | None:
    """What the live credential needs; None if it is in use and needs nothing."""
    status = live.status(now, policy)
    if status is Status.SUSPENDED:
        return _suspended(live, policy)
    if status is Status.EXPIRED:
        return _renewal(life, live, live.revokes_at(policy), now)
    if status is Status.PENDING_APPROVAL:
        return at(Name.WAIT_FOR_APPROVAL)
    if live.state is State.PENDING_ACTIVATION:
        return _proofing(life, live, now) or at(Name.ACTIVATE, credential=live.id)
    return _in_use(life, live, now, policy)


def _in_use(life: Life, live: Credential, now: datetime, policy: Policy) -> NextStep | None:
    if live.token is None and not live.phones:
        return _first(life, live, now, policy)
    if live.status(now, policy) is Status.LOCKED:
        used_up = len(live.tries) >= policy.pair_failures
        return at(Name.WAIT_FOR_RESET if used_up else Name.RESYNCHRONIZE, credential=live.id)
    return (
        _proofing(life, live, now)
        or _upgrade(live)
        or _added(life, live, now)
        or _due_renewal(life, live, now, policy)
    )


def _upgrade(live: Credential) -> NextStep | None:
    return at(Name.BEGIN_UPGRADE, credential=live.id) if live.upgrade else None


def _added(life: Life, live: Credential, now: datetime) -> NextStep | None:
    if live.token:
        return None
    return purchases.for_own(life, live.id, ProductKind.ADDED_TOKEN, now)


def _due_renewal(life: Life, live: Credential, now: datetime, policy: Policy) -> NextStep | None:
    if now < renewal_from(live.expires_at, policy):
        return None
    return _renewal(life, live, live.expires_at, now)


def _suspended(live: Credential, policy: Policy) -> NextStep:
    by, ends = live.suspended_by, live.revokes_at(policy)
    if by is Suspender.HOLDER:
        return at(Name.REENABLE, ends, credential=live.id)
    if by is Suspender.ADMINISTRATOR:
        return at(Name.WAIT_FOR_REENABLING, ends)
    # The 60 days rest meanwhile.
    return replace(at(Name.WAIT_FOR_REENABLING), acts=Acts.OPERATOR)


def _renewal(life: Life, live: Credential, until: datetime, now: datetime) -> NextStep:
    bought = purchases.for_own(life, live.id, ProductKind.RENEWAL, now)
    return bought or at(Name.RENEW, until)


def _proofing(life: Life, live: Credential, now: datetime) -> NextStep | None:
    """The step of the case; None if its holder needn't be proofed, or was."""
    if not needs_proofing(live):
        return None
    case = life.case if life.case and life.case.credential == live.id else None
    waits = live.state is not State.ACTIVE
    if case and case.state is CaseState.PROOFED and waits:
        return at(Name.ACTIVATE, credential=live.id)
    # An active credential has lost its level since that proof, which counts no more.
    if case is None or case.state is CaseState.PROOFED:
        return at(Name.CHOOSE_METHOD, credential=live.id)
    found = proofing.step_of(case, now)
    return replace(
        at(Name(found.name), found.date, credential=live.id, proofing=case.id),
        acts=_ACTS[found.acts],
        route=found.route,
    )


def _first(life: Life, live: Credential, now: datetime, policy: Policy) -> NextStep:
    """The binding of the credential's first authenticator, or what it waits for (S54)."""
    if live.kind == ProductKind.PHONE and life.terms_wait:
        return at(Name.WAIT_FOR_TERMS)
    if live.kind == ProductKind.PHONE:
        require = partial(require_phone, live, life.hold, now, policy)
        return _bound(require, at(Name.REGISTER_PHONE, credential=live.id))
    if len(live.tries) >= policy.pair_failures:
        return at(Name.WAIT_FOR_RESET)
    shipment = _shipment(life, live)
    if shipment is None:
        return at(Name.WAIT_FOR_REPLACEMENT) if live.replacing else at(Name.WAIT_FOR_TOKEN)
    if life.terms_wait:
        return at(Name.WAIT_FOR_TERMS)
    require = partial(require_token, live, life.hold, shipment, now, policy)
    return _bound(require, at(Name.REGISTER_TOKEN, credential=live.id))


def _bound(require: Callable[[], None], step: NextStep) -> NextStep:
    try:
        require()
    except BindingHeld as held:
        return at(Name.WAIT_FOR_HOLD, held.until)
    except AccountFrozen:
        return at(Name.WAIT_FOR_THAW)
    except ReopeningRequired:
        return at(Name.WAIT_FOR_RELEASE)
    return step


def _shipment(life: Life, live: Credential) -> Shipment | None:
    """The latest shipment for the credential; after a loss only a replacement sent since."""
    sent = (
        [one for one in life.sold.shipments if one.unit == live.unit and not one.ended]
        if life.sold
        else []
    )
    if live.replacing:
        lost = life.hold.began if life.hold else live.paid_at
        sent = [one for one in sent if one.replacement and one.at >= lost]
    return max(sent, key=lambda one: one.at, default=None)
