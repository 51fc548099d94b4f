"""Which messages follow from what happened to a credential."""

from __future__ import annotations

from dataclasses import replace

import pytest

from keyfob.credentials.credential import Change, Credential, Transition, changed
from keyfob.credentials.promises import promises
from keyfob.messages.outbox import Kind
from tests.support.fakes import START
from tests.support.otp import POLICY, a_credential, a_hardware_token

TOLD: dict[Change, Kind | None] = {
    Change.REDEEMED: None,
    Change.APPROVED: Kind.CREDENTIAL_APPROVED,
    Change.ACTIVATED: Kind.CREDENTIAL_ACTIVATED,
    Change.SUSPENDED: Kind.CREDENTIAL_SUSPENDED,
    Change.REENABLED: Kind.CREDENTIAL_REENABLED,
    Change.REVOKED: Kind.CREDENTIAL_REVOKED,
    Change.LAPSED: Kind.CREDENTIAL_LAPSED,
    Change.RENEWED: Kind.CREDENTIAL_RENEWED,
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
}
SEEN = a_credential()
BARE = a_credential(token=None)


@pytest.mark.parametrize("change", Change)
def test_the_holder_is_told_of_everything_but_the_daily_use_F1(change: Change) -> None:
    made = promises(SEEN, changed(change, SEEN), START, POLICY, correlation="req-1")
    kind = TOLD[change]
    assert [one.kind for one in made] == ([kind] if kind else [])
    for one in made:
        assert (one.subject, one.version) == ("CREDENTIAL#acc_ada#crd_1", SEEN.version + 1)
        assert (one.recipient, one.correlation, one.sealed) == ("acc_ada", "req-1", None)


def test_what_changed_nothing_is_not_told() -> None:
    assert promises(SEEN, Transition(credential=SEEN), START, POLICY, correlation="") == []


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
    [made] = promises(seen, changed(Change.TOKEN_REVOKED, becomes), START, POLICY, correlation="")
    facts = {
        "at": "2026-11-22T07:00:00+00:00",
        "until": "2027-10-23T07:00:00+00:00",
        "revokes": "2028-10-23T07:00:00+00:00",
    }
    assert made.facts == (facts | {"serial": serial} if serial else facts)


def test_until_when_is_what_it_has_become() -> None:
    renewed = replace(SEEN, expires_at=SEEN.expires_at.replace(year=2028))
    [made] = promises(SEEN, changed(Change.ACTIVATED, renewed), START, POLICY, correlation="")
    assert made.facts["until"] == "2028-10-23T07:00:00+00:00"
