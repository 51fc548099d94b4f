"""Subscriptions of organizations to applications (A4, A6)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from keyfob.domain.access.subscription import (
    Subscription,
    SubscriptionState,
    accepted,
    subscribed,
    terms_outstanding,
)
from keyfob.domain.directory.partner import Application, Terms
from tests.support.fakes import START

FREE = Application(id="portal", name="Portal", level=2, hardware_only=False)
FIRST = replace(FREE, terms=Terms(version="1", text="Be kind."))
SECOND = replace(FREE, terms=Terms(version="2", text="Be kinder."))
ANEW = replace(FREE, terms=Terms(version="2", text="Be kinder.", reacceptance=True))


def to(application: Application) -> Subscription:
    return subscribed("acme", application, "northwind", START, administrators=("acc_olga",))


def test_an_application_without_terms_is_active_at_once_A6() -> None:
    assert to(FREE).state is SubscriptionState.ACTIVE
    assert not terms_outstanding(to(FREE), FREE)


def test_terms_are_outstanding_until_somebody_accepts_them_A4() -> None:
    waiting = to(FIRST)
    assert waiting.state is SubscriptionState.TERMS
    assert terms_outstanding(waiting, FIRST)
    agreed = accepted(waiting, FIRST, "acc_olga", START)
    assert agreed.state is SubscriptionState.ACTIVE
    assert agreed.accepted
    assert (agreed.accepted.version, agreed.accepted.by) == ("1", "acc_olga")
    assert not terms_outstanding(agreed, FIRST)


@pytest.mark.parametrize(("newer", "outstanding"), [(SECOND, False), (ANEW, True)])
def test_a_newer_version_is_accepted_anew_only_where_it_asks_for_it_A4(
    newer: Application,
    outstanding: bool,
) -> None:
    agreed = accepted(to(FIRST), FIRST, "acc_olga", START)
    assert terms_outstanding(agreed, newer) is outstanding


def test_nothing_is_outstanding_of_an_ended_subscription_A4() -> None:
    ended = replace(to(FIRST), state=SubscriptionState.ENDED)
    assert not terms_outstanding(ended, FIRST)


def test_terms_that_an_application_got_later_are_outstanding_A4() -> None:
    assert terms_outstanding(to(FREE), FIRST)
