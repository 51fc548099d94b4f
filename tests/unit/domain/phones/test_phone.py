"""A phone and its codes: tries, blocks, expiry, to the second (S10, S11, E3, F2)."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from keyfob.domain.errors import TooManyTries
from keyfob.domain.phones import phone as phones
from keyfob.domain.phones.errors import NoLiveCode, PhoneBlocked, PhoneLocked
from keyfob.domain.phones.phone import Phone
from keyfob.domain.policy import Policy
from tests.support.fakes import START, fake_mac
from tests.support.phones import NUMBER, a_code, a_phone

POLICY = Policy()
SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)
QUARTER = timedelta(minutes=15)


def trials(count: int) -> tuple[str, ...]:
    return tuple(f"trial-{number}" for number in range(count))


def after_wrong(count: int, phone: Phone | None = None) -> Phone:
    """The phone after this many wrong codes at the start, with a new code for each dead one."""
    phone = phone or a_phone()
    for number in range(len(phone.failed), count):
        with_code = {**phone.codes, "session1": a_code()} if number % 5 == 0 else phone.codes
        phone = a_phone(
            failed=phone.failed, blocked_until=phone.blocked_until, codes=dict(with_code)
        )
        phone = phones.rejected(phone, "session1", f"trial-{number}", START, POLICY)
    return phone


# Sending


def test_codes_are_six_digits_leading_zeros_and_all_from_secrets_S10(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: list[int] = []

    def randbelow(limit: int) -> int:
        asked.append(limit)
        return 42

    monkeypatch.setattr("keyfob.domain.phones.phone.secrets.randbelow", randbelow)
    assert phones.generate() == "000042"
    assert asked == [1_000_000]


def test_a_codes_hash_is_of_its_session_and_its_phone_S11_S17() -> None:
    def of(session: str, phone: str, code: str) -> str:
        return phones.mac_of(fake_mac, session, phone, code)

    one = of("s1", "p1", "123456")
    assert one == fake_mac("phone-code", "s1:p1:123456")
    assert one not in {of("s2", "p1", "123456"), of("s1", "p2", "123456"), of("s1", "p1", "123457")}


def test_a_new_code_takes_the_place_of_the_one_before_S11() -> None:
    phone = phones.sent(a_phone(codes={"session1": a_code()}), "session1", "aa", START, POLICY)
    assert {id_: code.mac for id_, code in phone.codes.items()} == {"session1": "aa"}
    assert phone.codes["session1"].until == START + POLICY.phone_code_lifetime


def test_a_new_code_leaves_the_one_of_another_session_alone_S11() -> None:
    other = a_code("654321", tries=("t",))
    phone = phones.sent(a_phone(codes={"session2": other}), "session1", "aa", START, POLICY)
    assert set(phone.codes) == {"session1", "session2"}
    assert phone.codes["session2"] == other


@pytest.mark.parametrize("spoken", [False, True])
def test_a_code_keeps_how_it_was_sent_until_the_next_one_E4(spoken: bool) -> None:
    before = a_phone(codes={"session1": replace(a_code(), spoken=not spoken)})
    phone = phones.sent(before, "session1", "aa", START, POLICY, spoken=spoken)
    assert phone.codes["session1"].spoken is spoken
    tried = phones.rejected(phone, "session1", "trial", START, POLICY)
    assert tried.codes["session1"].spoken is spoken


def test_expired_codes_are_swept_out_with_the_next_one_to_the_second_S10() -> None:
    codes = {"old": a_code(until=START), "new": a_code(until=START + SECOND)}
    phone = phones.sent(a_phone(codes=codes), "session1", "aa", START, POLICY)
    assert set(phone.codes) == {"new", "session1"}


def test_tries_are_carried_over_when_a_code_is_sent_again_S11() -> None:
    before = a_phone(codes={"session1": a_code(tries=trials(3))})
    phone = phones.sent(before, "session1", "aa", START, POLICY)
    assert phone.codes["session1"].tries == trials(3)


def test_tries_of_an_expired_code_are_not_carried_over_S11() -> None:
    before = a_phone(codes={"session1": a_code(until=START, tries=trials(5))})
    phone = phones.sent(before, "session1", "aa", START, POLICY)
    assert phone.codes["session1"].tries == ()


def test_tries_of_another_session_are_not_carried_over_S11() -> None:
    before = a_phone(codes={"session2": a_code(tries=trials(4))})
    phone = phones.sent(before, "session1", "aa", START, POLICY)
    assert phone.codes["session1"].tries == ()


def test_after_five_tries_the_code_has_to_expire_before_another_is_sent_S11() -> None:
    until = START + 3 * MINUTE
    before = a_phone(codes={"session1": a_code(until=until, tries=trials(5))})
    for now, left in ((START, 3 * MINUTE), (until - SECOND, SECOND)):
        with pytest.raises(TooManyTries) as refused:
            phones.sent(before, "session1", "aa", now, POLICY)
        assert refused.value.retry_after == left
    assert phones.sent(before, "session1", "aa", until, POLICY).codes["session1"].tries == ()


def test_four_tries_are_no_obstacle_to_another_code_S11() -> None:
    before = a_phone(codes={"session1": a_code(tries=trials(4))})
    assert phones.sent(before, "session1", "aa", START, POLICY).codes["session1"].mac == "aa"


def test_nothing_is_sent_to_a_blocked_or_locked_phone_E3() -> None:
    with pytest.raises(PhoneBlocked):
        phones.sent(a_phone(blocked_until=START + SECOND), "s", "aa", START, POLICY)
    with pytest.raises(PhoneLocked):
        phones.sent(a_phone(failed=trials(20)), "s", "aa", START, POLICY)


# Live codes


def test_a_code_is_live_until_the_second_in_which_it_ends_S10() -> None:
    code = a_code()
    phone = a_phone(codes={"session1": code})
    assert phones.live_code(phone, "session1", code.until - SECOND, POLICY) == code
    with pytest.raises(NoLiveCode):
        phones.live_code(phone, "session1", code.until, POLICY)


def test_a_code_is_live_in_its_own_session_alone_S11() -> None:
    phone = a_phone(codes={"session1": a_code()})
    with pytest.raises(NoLiveCode):
        phones.live_code(phone, "session2", START, POLICY)


def test_a_code_is_dead_after_five_tries_S11() -> None:
    for count in range(5):
        phone = a_phone(codes={"session1": a_code(tries=trials(count))})
        phones.live_code(phone, "session1", START, POLICY)
    with pytest.raises(NoLiveCode):
        phones.live_code(
            a_phone(codes={"session1": a_code(tries=trials(5))}), "session1", START, POLICY
        )


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"blocked_until": START + SECOND}, PhoneBlocked),
        ({"failed": trials(20)}, PhoneLocked),
        ({"failed": trials(20), "blocked_until": START + SECOND}, PhoneLocked),
    ],
)
def test_no_code_of_a_blocked_or_locked_phone_is_live_E3(
    changes: dict[str, Any], refusal: type[Exception]
) -> None:
    phone = a_phone(codes={"session1": a_code()}, **changes)
    with pytest.raises(refusal):
        phones.live_code(phone, "session1", START, POLICY)


# Wrong codes


def test_a_wrong_code_counts_for_the_phone_and_for_the_code_S11() -> None:
    before = a_phone(codes={"session1": a_code(tries=("a",)), "session2": a_code()}, failed=("b",))
    phone = phones.rejected(before, "session1", "c", START, POLICY)
    assert phone.failed == ("b", "c")
    assert phone.codes["session1"].tries == ("a", "c")
    assert phone.codes["session2"].tries == ()
    assert phone.blocked_until is None


@pytest.mark.parametrize("count", range(1, 21))
def test_every_fifth_wrong_code_in_a_row_blocks_and_the_twentieth_locks_E3(count: int) -> None:
    phone = after_wrong(count)
    assert len(phone.failed) == count
    blocks = count % 5 == 0
    assert phone.is_blocked(START, POLICY) is (blocks or count > 5)
    assert (phone.blocked_until == START + QUARTER) is (count >= 5)
    assert phone.is_locked(POLICY) is (count == 20)
    fresh_block = phones.rejected(
        a_phone(failed=trials(count - 1), codes={"session1": a_code()}),
        "session1",
        "x",
        START,
        POLICY,
    )
    assert (fresh_block.blocked_until is not None) is blocks


def test_a_block_ends_by_itself_to_the_second_E3() -> None:
    phone = after_wrong(5)
    end = START + QUARTER
    assert phone.is_blocked(end - SECOND, POLICY)
    with pytest.raises(PhoneBlocked):
        phones.require_unblocked(phone, end - SECOND, POLICY)
    assert not phone.is_blocked(end, POLICY)
    phones.require_unblocked(phone, end, POLICY)


def test_the_block_before_stays_when_a_wrong_code_does_not_block_E3() -> None:
    phone = a_phone(failed=trials(5), blocked_until=START - SECOND, codes={"session1": a_code()})
    again = phones.rejected(phone, "session1", "x", START, POLICY)
    assert again.blocked_until == START - SECOND
    assert not again.is_blocked(START, POLICY)


def test_a_lock_never_ends_by_itself_F2() -> None:
    phone = after_wrong(20)
    decades = START + timedelta(days=36_500)
    assert phone.is_locked(POLICY)
    assert phone.is_blocked(decades, POLICY)
    with pytest.raises(PhoneLocked):
        phones.require_unblocked(phone, decades, POLICY)


# Right codes


def test_a_right_code_is_spent_and_forgives_the_wrong_ones_S11() -> None:
    codes = {"session1": a_code(tries=trials(2)), "session2": a_code(tries=trials(1))}
    phone = phones.accepted(
        a_phone(failed=trials(9), blocked_until=START - SECOND, codes=codes), "session1"
    )
    assert (phone.failed, phone.blocked_until) == ((), None)
    assert phone.codes == {"session2": codes["session2"]}


def test_freeing_forgives_and_leaves_the_codes_alone_F2() -> None:
    codes = {"session1": a_code(tries=trials(5))}
    phone = phones.freed(a_phone(failed=trials(20), blocked_until=START + SECOND, codes=codes))
    assert (phone.failed, phone.blocked_until, phone.codes) == ((), None, codes)
    phones.require_unblocked(phone, START, POLICY)


# Abandoned phones, and printing


def test_an_unconfirmed_phone_is_abandoned_after_an_hour_to_the_second_D3() -> None:
    phone = a_phone(confirmed_at=None)
    end = START + timedelta(hours=1)
    assert not phone.is_abandoned(end - SECOND, POLICY)
    assert phone.is_abandoned(end, POLICY)
    assert not a_phone().is_abandoned(end, POLICY)


def test_a_phone_does_not_print_its_number_S47() -> None:
    assert not re.search(r"\d{4}", repr(a_phone()))
    assert NUMBER not in f"{a_phone()!r} {a_phone()!s}"
