"""What phones are told of what they had no part in (A4, S14)."""

from __future__ import annotations

from keyfob.messages.outbox import TEXTS, Kind
from keyfob.phones.promises import texts
from tests.support.otp import a_credential

CREDENTIAL = a_credential(phones={"k3f9qa": 0, "7h2m4x": 2})


def test_each_phone_that_counts_is_told_once_S14() -> None:
    made = texts(Kind.PHONE_ADDED_TEXT, CREDENTIAL, "acc_ada", 7, "req-1")
    assert [one.facts["phone"] for one in made] == ["k3f9qa", "7h2m4x"]
    assert len({one.id for one in made}) == 2
    for one in made:
        assert one.kind in TEXTS
        assert (one.recipient, one.version, one.correlation) == ("acc_ada", 7, "req-1")
        assert one.facts["holder"] == CREDENTIAL.account
        assert not any("+" in str(fact) for fact in one.facts.values())


def test_the_same_event_is_told_once_and_the_next_one_again_S42() -> None:
    def ids(version: int) -> list[str]:
        made = texts(Kind.PASSWORD_RECOVERED_TEXT, CREDENTIAL, "acc_ada", version, "")
        return [one.id for one in made]

    assert ids(7) == ids(7)
    assert not set(ids(7)) & set(ids(8))


def test_without_a_credential_or_phones_nobody_is_told_S14() -> None:
    assert texts(Kind.PHONE_ADDED_TEXT, None, "acc_ada", 1, "") == []
    assert texts(Kind.PHONE_ADDED_TEXT, a_credential(), "acc_ada", 1, "") == []
