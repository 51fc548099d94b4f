"""States of an invitation, and what the clock does to it (A1)."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from keyfob.domain.errors import DomainError, IllegalTransition
from keyfob.domain.policy import Policy
from keyfob.domain.registrations.errors import (
    InvitationAccepted,
    InvitationExpired,
    InvitationWithdrawn,
)
from keyfob.domain.registrations.invitation import (
    Due,
    Invitation,
    InvitationState,
    Sending,
    accepted,
    due,
    erased,
    next_due,
    reminded,
    require_open,
    resent,
    withdrawn,
)
from keyfob.domain.registrations.link import LinkToken, new_token, parse
from tests.support.fakes import START

POLICY = Policy()
SECOND, DAY = timedelta(seconds=1), timedelta(days=1)
SENT = Sending(
    number=1,
    at=START,
    until=START + POLICY.invitation_lifetime,
    secret="0" * 64,
    sealed=b"sealed",
    sealed_as="msg_1",
)
OPEN = Invitation(
    id="inv_1",
    by="acc_boss",
    email="ada@acme.example",
    language="en",
    applications=("portal",),
    invited_at=START,
    sending=SENT,
    partner="northwind",
)
TAKEN, GONE = accepted(OPEN, "reg_1", START), withdrawn(OPEN, START)


@pytest.mark.parametrize(
    ("seen", "after", "refusal"),
    [
        (OPEN, 14 * DAY - SECOND, None),
        (OPEN, 14 * DAY, InvitationExpired),
        (TAKEN, DAY, InvitationAccepted),
        (TAKEN, 20 * DAY, InvitationAccepted),
        (GONE, 20 * DAY, InvitationWithdrawn),
    ],
)
def test_an_invitation_is_open_for_fourteen_days_A1(
    seen: Invitation, after: timedelta, refusal: type[DomainError] | None
) -> None:
    if refusal is None:
        require_open(seen, START + after, ask="Northwind")
        return
    with pytest.raises(refusal) as refused:
        require_open(seen, START + after, ask="Northwind")
    assert dict(refused.value.members) == {"ask": "Northwind"}


def test_an_end_leaves_no_sealed_link_A1_S17() -> None:
    assert (TAKEN.sending.sealed, GONE.sending.sealed) == (None, None)
    assert TAKEN.result == "reg_1"


def test_withdrawing_again_changes_nothing_and_an_accepted_one_stays_A1() -> None:
    assert withdrawn(GONE, START + DAY) is GONE
    with pytest.raises(IllegalTransition):
        withdrawn(TAKEN, START)


@pytest.mark.parametrize("seen", [TAKEN, GONE, erased(OPEN)])
def test_what_is_over_is_not_sent_again_A1(seen: Invitation) -> None:
    with pytest.raises(IllegalTransition):
        resent(seen, SENT, "acc_boss")


def test_another_sending_opens_an_expired_one_A1() -> None:
    later = START + 20 * DAY
    again = replace(SENT, number=2, at=later, until=later + 14 * DAY)
    assert OPEN.standing(later) is InvitationState.EXPIRED
    assert resent(OPEN, again, "acc_other").standing(later) is InvitationState.OPEN


def test_the_clock_reminds_once_and_erases_the_address_after_the_end_A1_S66() -> None:
    reminds = START + 11 * DAY
    assert next_due(OPEN, POLICY) == reminds
    assert due(OPEN, reminds - SECOND, POLICY) is None
    assert due(OPEN, reminds, POLICY) is Due.REMIND
    after = reminded(OPEN)
    erases = START + 44 * DAY
    assert (next_due(after, POLICY), due(after, reminds, POLICY)) == (erases, None)
    assert due(after, erases, POLICY) is Due.ERASE
    assert due(OPEN, erases, POLICY) is Due.ERASE, "after an outage of weeks"
    assert next_due(erased(after), POLICY) is None


@pytest.mark.parametrize("seen", [TAKEN, GONE])
def test_an_address_is_kept_for_thirty_days_after_the_end_S66(seen: Invitation) -> None:
    assert next_due(seen, POLICY) == START + 30 * DAY


def test_a_token_opens_its_own_row_alone_A1() -> None:
    token = new_token("inv_00000000000000000000")
    assert parse(str(token)) == token
    assert token.opens(token.digest)
    assert not token.opens(new_token(token.id).digest)
    assert token.secret not in token.digest


@pytest.mark.parametrize(
    "text",
    ["", "inv_1.x", "inv_00000000000000000000", f".{'A' * 43}", f"inv_{'0' * 20}.{'A' * 42}"],
)
def test_what_can_be_no_token_is_none_A1_S65(text: str) -> None:
    assert parse(text) is None


def test_a_token_is_written_as_it_is_read() -> None:
    token = LinkToken(id="reg_00000000000000000000", secret="A" * 43)
    assert str(token) == f"reg_00000000000000000000.{'A' * 43}"
