"""States of a registration, and what the clock does to it (A1, A3)."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from keyfob.domain.errors import IllegalTransition
from keyfob.domain.policy import Policy
from keyfob.domain.registrations.errors import RegistrationClosed, RegistrationIncomplete
from keyfob.domain.registrations.registration import (
    Due,
    Registration,
    RegistrationState,
    approved,
    due,
    next_due,
    performed,
    rejected,
    submitted,
)
from tests.support.fakes import START
from tests.unit.domain.registrations.test_content import WHOLE

POLICY = Policy()
SECOND, DAY = timedelta(seconds=1), timedelta(days=1)
DRAFT = Registration(
    id="reg_1",
    secret="0" * 64,
    partner="northwind",
    application="portal",
    begun_at=START,
    until=START + POLICY.registration_lifetime,
)
WAITS = submitted(DRAFT, WHOLE, START, due_at=START + 2 * DAY)
NO = rejected(WAITS, START)
YES = approved(WAITS, "org-1", START)


def test_a_draft_can_be_submitted_until_its_end_A1() -> None:
    assert submitted(DRAFT, WHOLE, DRAFT.until - SECOND, due_at=DRAFT.until).submitted_at
    with pytest.raises(RegistrationClosed):
        submitted(DRAFT, WHOLE, DRAFT.until, due_at=DRAFT.until)
    with pytest.raises(RegistrationClosed):
        submitted(WAITS, WHOLE, START, due_at=DRAFT.until)


def test_an_incomplete_draft_says_what_it_lacks_A1() -> None:
    with pytest.raises(RegistrationIncomplete) as refused:
        submitted(DRAFT, replace(WHOLE, people=()), START, due_at=DRAFT.until)
    assert set(refused.value.fields) == {"administrators"}


@pytest.mark.parametrize("seen", [DRAFT, YES, NO])
def test_only_what_waits_is_decided_A3(seen: Registration) -> None:
    with pytest.raises(IllegalTransition):
        approved(seen, "org-2", START)
    with pytest.raises(IllegalTransition):
        rejected(seen, START)


@pytest.mark.parametrize(
    ("seen", "at", "what"),
    [
        (DRAFT, DRAFT.until, Due.EXPIRE),
        (WAITS, START + 2 * DAY, Due.TELL),
        (NO, START + POLICY.registration_rejected_kept, Due.ERASE),
    ],
)
def test_the_clock_does_one_thing_at_its_time_A1_A3_S66(
    seen: Registration, at: object, what: Due
) -> None:
    assert next_due(seen, POLICY) == at
    instant = next_due(seen, POLICY)
    assert instant
    assert due(seen, instant - SECOND, POLICY) is None
    assert due(seen, instant, POLICY) is what
    after = performed(seen, what, instant)
    assert due(after, instant, POLICY) is None
    assert after.has_content is (what is Due.TELL)


def test_a_late_answer_is_told_every_day_A3() -> None:
    late = START + 5 * DAY
    assert WAITS.is_overdue(late)
    assert next_due(performed(WAITS, Due.TELL, late), POLICY) == late + DAY
    assert not YES.is_overdue(late)


@pytest.mark.parametrize("seen", [YES, performed(DRAFT, Due.EXPIRE, START)])
def test_what_has_ended_without_content_is_never_due_A3(seen: Registration) -> None:
    assert next_due(seen, POLICY) is None
    assert not seen.has_content


def test_an_old_draft_has_expired_though_the_clock_is_late_A1() -> None:
    assert DRAFT.standing(DRAFT.until - SECOND) is RegistrationState.DRAFT
    assert DRAFT.standing(DRAFT.until) is RegistrationState.EXPIRED
