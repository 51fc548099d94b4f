"""Decides about the next step. Pure.

    terms ──▶ credential ──▶ orders ──▶ access ──▶ nothing

The first of them that needs something is the answer: without a credential, access comes first,
since nothing can be bought for no application.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from keyfob.domain.credentials.credential import Credential
from keyfob.domain.next_step import holding, purchases
from keyfob.domain.next_step.life import Life
from keyfob.domain.next_step.step import Acts, Name, NextStep, at
from keyfob.domain.policy import Policy


def next_step(life: Life, now: datetime, policy: Policy) -> NextStep:
    """The one next step of this life."""
    if life.terms:
        return at(Name.ACCEPT_TERMS, application=life.terms[0])
    live = _live(life, now, policy)
    if life.parent is None and live is None:
        return _without(life, now, policy)
    step = holding.step_of(life, live, now, policy) if live else _parents(life)
    if step:
        return _done_by(life.parent, step)
    return purchases.unpaid(life, now) or _access(life) or at(Name.NOTHING)


def _live(life: Life, now: datetime, policy: Policy) -> Credential | None:
    """The credential, unless its revocation is due."""
    live = life.credential
    return None if live is None or live.is_over(now, policy) else live


def _without(life: Life, now: datetime, policy: Policy) -> NextStep:
    """The step of somebody without a credential."""
    bought = purchases.for_new(life, now, policy)
    sponsored = _sponsored(life)
    if bought and not (sponsored and bought.name is Name.PAY):
        return bought
    if not life.applications:
        return _access(life) or at(Name.WAIT_FOR_SUBSCRIPTION)
    if life.own_identity or not life.needs_credential:
        # An organization that vouches for its people itself needs no purchase (A9).
        return _access(life) or at(Name.NOTHING)
    return sponsored or at(Name.BUY)


def _sponsored(life: Life) -> NextStep | None:
    """The offer of a credential that a partner pays for: nobody has to pay before it."""
    offer = life.offer
    if offer is None:
        return None
    return at(Name.ACCEPT_SPONSORSHIP, offer.until, sponsorship=offer.sponsorship)


def _parents(life: Life) -> NextStep:
    """A parent's credential that is gone: the parent gets one, or the connection is ended."""
    if life.parent_frozen:
        return at(Name.WAIT_FOR_THAW)
    return _sponsored(life) or at(Name.BUY)


def _access(life: Life) -> NextStep | None:
    """A request that waits, or one to make; None if the account may use something."""
    if life.requested:
        return at(Name.WAIT_FOR_ACCESS, life.requested)
    if life.applications or not life.offered:
        return None
    return at(Name.ASK_FOR_ACCESS, application=life.offered[0])


def _done_by(parent: str | None, step: NextStep) -> NextStep:
    """The step, to be done with the parent's account, if there is one.

    The ids of what is the parent's are not shown to its children (S23).
    """
    if parent is None:
        return step
    hidden = replace(step, places={}, link=None)
    if step.acts is not Acts.YOU:
        return hidden
    detail = f"{step.detail} Use your account {parent}, whose credential this account uses."
    return replace(hidden, detail=detail, account=parent)
