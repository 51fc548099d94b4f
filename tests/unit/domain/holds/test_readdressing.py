"""A changed address: what it holds, and whose second act it bars (S24, S54)."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from keyfob.domain.holds.errors import BindingHeld, SecondPersonNeeded
from keyfob.domain.holds.hold import (
    Ended,
    Hold,
    begun,
    frozen,
    never,
    readdressed,
    released,
    require_over,
    spent,
)
from keyfob.domain.holds.readdressing import require_second_person
from keyfob.domain.policy import Policy
from tests.support.fakes import START

POLICY = Policy()
HOUR, SECOND = timedelta(hours=1), timedelta(seconds=1)
END = START + 72 * HOUR
ADA, ALICE, GRACE = "acc_ada", "acc_alice", "acc_grace"


def changed(by: str = ALICE, seen: Hold | None = None, at: datetime = START) -> Hold:
    return readdressed(seen or never(ADA), by, at, POLICY)


def refuses(hold: Hold, by: str, now: datetime, since: datetime | None = None) -> bool:
    try:
        require_second_person(hold.readdressed, by, since, now)
    except SecondPersonNeeded as refusal:
        return refusal.until == END
    return False


def test_who_changed_the_address_reopens_nothing_for_72_hours_S24() -> None:
    hold = changed()
    assert refuses(hold, ALICE, START)
    assert refuses(hold, ALICE, END - SECOND)
    assert not refuses(hold, ALICE, END)
    assert not refuses(hold, GRACE, START)


def test_who_became_an_administrator_since_is_no_second_person_S24() -> None:
    """Or the first one would make the second one."""
    hold = changed()
    assert refuses(hold, GRACE, START + HOUR, since=START)
    assert not refuses(hold, GRACE, START + HOUR, since=START - SECOND)
    assert not refuses(hold, GRACE, END, since=START + HOUR)


def test_a_later_change_by_a_colleague_bars_both_S24() -> None:
    """A corrected address leaves the first one's password known."""
    hold = changed(GRACE, changed(), START)
    assert refuses(hold, ALICE, START + HOUR)
    assert refuses(hold, GRACE, START + HOUR)


def test_changes_that_count_no_more_are_dropped_S66() -> None:
    hold = changed(GRACE, changed(), END)
    assert [one.by for one in hold.readdressed] == [GRACE]
    again = changed(ALICE, changed(), START + HOUR)
    assert [one.until for one in again.readdressed] == [END + HOUR]


def test_a_changed_address_holds_first_authenticators_for_72_hours_S54() -> None:
    hold = changed()
    with pytest.raises(BindingHeld) as refusal:
        require_over(hold, END - SECOND)
    assert refusal.value.until == END
    require_over(hold, END)


def test_a_changed_address_opens_no_period_that_was_over_S54() -> None:
    """It lengthens the wait, not the days after an end in which a password binds."""
    before = begun(None, ADA, Ended.AUTHENTICATOR, START, POLICY, waits=False)
    hold = changed(ALICE, before, START + HOUR)
    assert (hold.began, hold.until) == (before.began, before.until)
    assert hold.waits(START + HOUR)


def test_a_changed_address_voids_a_release_S54() -> None:
    """Or it would be made first, and used by the reader of the new mailbox."""
    mac = "a" * 64
    hold = changed(ALICE, released(never(ADA), mac, START, POLICY))
    assert not hold.opens_to(mac, START)


def test_no_other_change_of_the_hold_forgets_it_S24() -> None:
    hold = changed()
    for to in (
        begun(hold, ADA, Ended.FREEZE, START, POLICY, waits=True),
        released(hold, "mac", START, POLICY),
        spent(hold),
        frozen(hold),
    ):
        assert to.readdressed == hold.readdressed
    assert hold.version == 1
