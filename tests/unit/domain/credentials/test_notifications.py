"""Messages that follow from the changes of a credential."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from keyfob.domain.credentials.credential import Change, Credential, State, Transition, changed
from keyfob.domain.credentials.notifications import notifications
from keyfob.domain.credentials.suspension import Suspender
from keyfob.domain.messages.kinds import Kind
from keyfob.domain.policy import Policy
from tests.support.fakes import START
from tests.support.otp import DAY, POLICY, a_credential, a_hardware_token, a_suspended_credential

TOLD: dict[Change, Kind | None] = {
    Change.UNPROOFED: Kind.CREDENTIAL_UNPROOFED,
    Change.REDEEMED: None,
    Change.SPONSORED: None,  # its sponsorship tells
    Change.PARTNER_APPROVED: None,
    Change.APPROVED: Kind.CREDENTIAL_APPROVED,
    Change.ACTIVATED: Kind.CREDENTIAL_ACTIVATED,
    Change.PROOFED: None,  # its case tells
    Change.SUSPENDED: Kind.CREDENTIAL_SUSPENDED,
    Change.CAUSE_LIFTED: Kind.CREDENTIAL_CAUSE_LIFTED,
    Change.REENABLED: Kind.CREDENTIAL_REENABLED,
    Change.REVOKED: Kind.CREDENTIAL_REVOKED,
    Change.LAPSED: Kind.CREDENTIAL_LAPSED,
    Change.RENEWED: Kind.CREDENTIAL_RENEWED,
    Change.RENEWAL_TAKEN_BACK: Kind.RENEWAL_TAKEN_BACK,
    Change.UPGRADE_TAKEN_BACK: Kind.UPGRADE_TAKEN_BACK,
    Change.RENEWAL_NOTICED: Kind.RENEWAL_NOTICE,
    Change.EXPIRED: Kind.CREDENTIAL_EXPIRED,
    Change.REMINDED: Kind.REVOCATION_REMINDER,
    Change.TOKEN_REGISTERED: Kind.TOKEN_REGISTERED,
    Change.TOKEN_ACCEPTED: None,
    Change.TOKEN_LOCKED: Kind.TOKEN_LOCKED,
    Change.TOKEN_BLOCKED: Kind.TOKEN_BLOCKED,
    Change.TOKEN_RESYNCHRONIZED: Kind.TOKEN_RESYNCHRONIZED,
    Change.TOKEN_RESET: Kind.TOKEN_RESET,
    Change.TOKEN_REVOKED: Kind.TOKEN_REVOKED,
    Change.TOKEN_ADDED: None,
    Change.RENAMED: None,  # its case tells
    Change.UPGRADE_BOUGHT: None,  # its order tells
    Change.UPGRADE_BEGUN: None,
    Change.PHONE_CONFIRMED: Kind.PHONE_ADDED,
    Change.PHONE_ACCEPTED: None,
    Change.PHONE_BLOCKED: Kind.PHONE_BLOCKED,
    Change.PHONE_FREED: Kind.PHONE_FREED,
    Change.PHONE_REMOVED: Kind.PHONE_REMOVED,
}
SEEN = a_credential()
BARE = a_credential(token=None)


@pytest.mark.parametrize("change", Change)
def test_the_holder_is_notified_of_everything_but_the_daily_use_F1(change: Change) -> None:
    made = notifications(SEEN, changed(change, SEEN), START, POLICY, facts={}, correlation="req-1")
    kind = TOLD[change]
    assert [one.kind for one in made] == ([kind] if kind else [])
    for one in made:
        assert (one.subject, one.version) == ("CREDENTIAL#acc_ada#crd_1", SEEN.version + 1)
        assert (one.recipient, one.correlation, one.sealed) == ("acc_ada", "req-1", None)


def test_a_transition_without_change_sends_no_notification() -> None:
    assert (
        notifications(SEEN, Transition(credential=SEEN), START, POLICY, facts={}, correlation="")
        == []
    )


@pytest.mark.parametrize(
    ("seen", "becomes", "serial"),
    [
        (SEEN, SEEN, "…0042"),
        (SEEN, BARE, "…0042"),
        (BARE, SEEN, "…0042"),
        (SEEN, replace(SEEN, token=a_hardware_token(serial="FT-200077")), "…0077"),
        (BARE, BARE, None),
    ],
)
def test_a_message_says_when_until_when_and_the_end_of_the_serial_number_S47(
    seen: Credential, becomes: Credential, serial: str | None
) -> None:
    [made] = notifications(
        seen, changed(Change.TOKEN_REVOKED, becomes), START, POLICY, facts={}, correlation=""
    )
    facts = {
        "at": "2026-11-22T07:00:00+00:00",
        "until": "2027-10-23T07:00:00+00:00",
        "revokes": "2028-10-23T07:00:00+00:00",
    }
    assert made.facts == (facts | {"serial": serial} if serial else facts)


def test_a_notification_has_the_new_expiry() -> None:
    renewed = replace(SEEN, expires_at=SEEN.expires_at.replace(year=2028))
    [made] = notifications(
        SEEN, changed(Change.ACTIVATED, renewed), START, POLICY, facts={}, correlation=""
    )
    assert made.facts["until"] == "2028-10-23T07:00:00+00:00"


# Facts by which the clock later checks whether a message is obsolete


def facts(seen: Credential, change: Change, **becomes: Any) -> Mapping[str, str | int]:
    to = replace(seen, **becomes)
    [made] = notifications(seen, changed(change, to), START, POLICY, facts={}, correlation="")
    return made.facts


@pytest.mark.parametrize("by", Suspender)
def test_a_message_names_the_suspender_and_the_end_of_the_suspension_F5(by: Suspender) -> None:
    told = facts(a_suspended_credential(by), Change.REMINDED, told_at=START)
    assert told["suspended"] == by.value
    counts = by is not Suspender.SYSTEM
    assert told["revokes"] == (
        "2027-01-20T07:00:00+00:00" if counts else "2028-10-23T07:00:00+00:00"
    )


def test_a_notification_by_the_clock_has_its_told_at_S44() -> None:
    told = facts(SEEN, Change.RENEWAL_NOTICED, told_at=START + DAY)
    assert told["told"] == "2026-11-23T07:00:00+00:00"
    assert "told" not in facts(SEEN, Change.SUSPENDED)


def test_a_reenabled_ones_message_names_its_new_revocation_F5() -> None:
    seen = a_suspended_credential()
    lifted = facts(seen, Change.REENABLED, suspensions={})
    assert "suspended" not in lifted
    assert lifted["revokes"] == "2028-10-23T07:00:00+00:00"


def test_a_renewed_ones_message_names_its_new_expiry_and_revocation_B7() -> None:
    renewed = facts(SEEN, Change.RENEWED, expires_at=SEEN.expires_at.replace(year=2028))
    assert (renewed["until"], renewed["revokes"]) == (
        "2028-10-23T07:00:00+00:00",
        "2029-10-23T07:00:00+00:00",
    )


@pytest.mark.parametrize("change", [Change.REVOKED, Change.LAPSED])
@pytest.mark.parametrize("upgrade", [True, False])
def test_an_upgrade_that_is_lost_has_a_message_of_its_own_C6(change: Change, upgrade: bool) -> None:
    seen = a_credential(upgrade=upgrade)
    to = replace(seen, state=State.REVOKED, upgrade=False)
    made = notifications(seen, changed(change, to), START, POLICY, facts={}, correlation="req-1")
    assert [one.kind for one in made] == [TOLD[change], *[Kind.UPGRADE_UNUSED] * upgrade]
    if upgrade:
        assert made[1].facts == {"at": "2026-11-22T07:00:00+00:00"}
        assert replace(made[1], kind=made[0].kind, facts=made[0].facts) == made[0]


@pytest.mark.parametrize("change", [Change.SUSPENDED, Change.EXPIRED, Change.UPGRADE_BEGUN])
def test_an_upgrade_of_a_credential_that_lives_on_is_not_lost_C6(change: Change) -> None:
    seen = a_credential(upgrade=True)
    made = notifications(seen, changed(change, seen), START, POLICY, facts={}, correlation="")
    assert Kind.UPGRADE_UNUSED not in [one.kind for one in made]


@pytest.mark.parametrize("change", [Change.REVOKED, Change.LAPSED])
def test_a_revoked_credential_is_described_by_the_state_it_had_before_F6(change: Change) -> None:
    seen = a_suspended_credential()
    # The message describes the cause, even if the revocation clears it.
    told = facts(seen, change, state=State.REVOKED, suspensions={}, token=None)
    assert (told["suspended"], told["revokes"]) == ("holder", "2027-01-20T07:00:00+00:00")
    assert told["serial"] == "…0042"


def test_the_policy_says_when_a_suspension_ends_it_F5() -> None:
    seen = a_suspended_credential()
    [made] = notifications(
        seen,
        changed(Change.SUSPENDED, seen),
        START,
        Policy(suspension_limit=DAY),
        facts={},
        correlation="",
    )
    assert made.facts["revokes"] == "2026-11-22T07:00:00+00:00"


@pytest.mark.parametrize("change", [Change.PHONE_CONFIRMED, Change.PHONE_BLOCKED])
def test_a_message_about_a_phone_names_it_as_its_entry_does_S47(change: Change) -> None:
    facts = {"phone": "+1 … 34", "freed": "2026-11-22T07:15:00+00:00", "state": "active"}
    [made] = notifications(SEEN, changed(change, SEEN), START, POLICY, facts=facts, correlation="")
    assert (made.facts["phone"], made.facts["freed"]) == (facts["phone"], facts["freed"])
    assert "state" not in made.facts
