"""Purchases whose money went back: the credential loses what they gave it (B7, S40). Pure."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from keyfob.domain.credentials.credential import Change, Credential, Transition, changed
from keyfob.domain.credentials.dates import one_year_before
from keyfob.domain.policy import Policy


def take_back_renewal(
    credential: Credential, purchase: str, now: datetime, policy: Policy
) -> Transition:
    """Take the year of this renewal back, once: the original expiry and the renewals left count.

    If that is past, the credential is expired from now on. Its revocation is at least the policy's
    `taken_back_notice` away, and its reminders come again.
    """
    if purchase not in credential.bought or credential.is_over(now, policy):
        return Transition(credential=credential)
    # Each renewal added a calendar year, so that it makes no difference which one goes.
    expires = one_year_before(credential.expires_at)
    earliest = one_year_before(now + policy.taken_back_notice)
    expires = min(max(expires, earliest), credential.expires_at)
    ends = expires <= now < credential.expires_at
    return changed(
        Change.RENEWAL_TAKEN_BACK,
        replace(
            credential,
            expires_at=expires,
            told_at=None,
            epoch=credential.epoch + ends,
            bought=_without(credential.bought, purchase),
        ),
    )


def take_back_upgrade(
    credential: Credential, purchase: str, now: datetime, policy: Policy
) -> Transition:
    """Take an upgrade back that isn't begun yet; one that was begun stays."""
    if purchase not in credential.bought or credential.is_over(now, policy):
        return Transition(credential=credential)
    if not credential.upgrade:
        return Transition(credential=credential)
    left = _without(credential.bought, purchase)
    return changed(Change.UPGRADE_TAKEN_BACK, replace(credential, upgrade=False, bought=left))


def _without(bought: tuple[str, ...], purchase: str) -> tuple[str, ...]:
    return tuple(one for one in bought if one != purchase)
