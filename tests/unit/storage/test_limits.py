"""Counters against guessing: charged before anything is evaluated."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from keyfob.domain.errors import Busy, DomainError, InvalidInput, NotFound, TooManyTries
from keyfob.domain.limits import Limit, Quota
from keyfob.storage.database import Conflict, Database
from keyfob.storage.limits import Charge, LimitRow, Limits
from tests.support.fakes import START, Meddler, unique

LIMIT = Limit(name="password", tries=3, period=timedelta(minutes=10))


@pytest.fixture
def limits(database: Database) -> Limits:
    return Limits(database)


def charge(limits: Limits, limit: Limit, subject: str, now: datetime) -> Sequence[Charge]:
    return limits.take([Quota(limit=limit, subject=subject)], now)


def use_up(limits: Limits, subject: str = "ada") -> None:
    for _ in range(LIMIT.tries):
        charge(limits, LIMIT, subject, START)


def test_the_limit_is_reached_and_not_passed_S4(limits: Limits) -> None:
    use_up(limits)
    with pytest.raises(TooManyTries) as refused:
        charge(limits, LIMIT, "ada", START + timedelta(minutes=4))
    assert refused.value.retry_after == timedelta(minutes=6)


def test_a_refused_try_does_not_lengthen_the_window(limits: Limits, database: Database) -> None:
    use_up(limits)
    with pytest.raises(TooManyTries):
        charge(limits, LIMIT, "ada", START + timedelta(minutes=9, seconds=59))
    charge(limits, LIMIT, "ada", START + timedelta(minutes=10))
    [row] = [LimitRow.from_raw_data(item) for item in database.scan(LimitRow)]
    assert (row.tries, row.window_end) == (1, "2026-11-22T07:20:00Z")


def test_each_subject_has_a_window_of_its_own(limits: Limits) -> None:
    use_up(limits, "ada")
    charge(limits, LIMIT, "grace", START)
    charge(limits, Limit(name="other", tries=1, period=LIMIT.period), "ada", START)


def test_a_used_up_quota_is_replaced_by_the_one_beyond_it_S62(limits: Limits) -> None:
    shared = Quota(limit=Limit(name="all", tries=1, period=timedelta(days=1)), subject="all")
    own = replace(Quota(limit=LIMIT, subject="ada"), beyond=shared)
    taken = [limits.take([own], START)[0].key for _ in range(LIMIT.tries + 1)]
    assert taken == [own.key] * LIMIT.tries + [shared.key]
    with pytest.raises(TooManyTries) as refused:
        limits.take([own], START + timedelta(minutes=1))
    assert refused.value.retry_after == timedelta(minutes=9), "its own ends first"
    limits.take([own], START + timedelta(minutes=10))


def test_the_subject_of_a_counter_is_not_written_down_S47(
    limits: Limits, database: Database
) -> None:
    charge(limits, LIMIT, "ada@acme.example", START)
    [item] = database.scan(LimitRow)
    assert "ada" not in str(item)


def test_a_right_try_is_given_back(limits: Limits) -> None:
    charge(limits, LIMIT, "ada", START)
    for _ in range(5):
        limits.give_back(charge(limits, LIMIT, "ada", START))
    charge(limits, LIMIT, "ada", START)
    charge(limits, LIMIT, "ada", START)
    with pytest.raises(TooManyTries):
        charge(limits, LIMIT, "ada", START)


def test_giving_back_to_a_window_that_ended_changes_nothing(
    limits: Limits, database: Database
) -> None:
    old = charge(limits, LIMIT, "ada", START)
    charge(limits, LIMIT, "ada", START + timedelta(minutes=10))
    limits.give_back(old)
    [row] = [LimitRow.from_raw_data(item) for item in database.scan(LimitRow)]
    assert row.tries == 1


def test_the_loser_of_the_race_for_the_last_try_is_refused_S4(
    limits: Limits, client: Meddler
) -> None:
    charge(limits, LIMIT, "ada", START)

    def others_come_first(operation: Any, request: Any) -> Any:
        charge(limits, LIMIT, "ada", START)
        charge(limits, LIMIT, "ada", START)
        return operation(**request)

    client.next("update_item", others_come_first)
    with pytest.raises(TooManyTries):
        charge(limits, LIMIT, "ada", START)


def test_the_loser_of_the_race_for_a_new_window_counts_in_it_S4(
    limits: Limits, client: Meddler, database: Database
) -> None:
    def somebody_comes_first(operation: Any, request: Any) -> Any:
        charge(limits, LIMIT, "ada", START)
        return operation(**request)

    client.next("put_item", somebody_comes_first)
    charge(limits, LIMIT, "ada", START)
    later = START + timedelta(minutes=10)
    client.next("update_item", somebody_comes_first_at(limits, later))
    charge(limits, LIMIT, "ada", later)
    [row] = [LimitRow.from_raw_data(item) for item in database.scan(LimitRow)]
    assert row.tries == 2


def somebody_comes_first_at(limits: Limits, when: Any) -> Any:
    def fault(operation: Any, request: Any) -> Any:
        charge(limits, LIMIT, "ada", when)
        return operation(**request)

    return fault


def test_a_caller_that_always_conflicts_is_refused_rather_than_let_in_S4(
    limits: Limits, client: Meddler
) -> None:
    from keyfob.storage import limits as module

    many = Limit(name="password", tries=1000, period=LIMIT.period)
    charge(limits, many, "ada", START)

    client.next("update_item", *[overtaken] * module._ATTEMPTS)
    with pytest.raises(Busy):
        charge(limits, many, "ada", START)


def overtaken(_operation: Any, _request: Any) -> Any:
    from botocore.exceptions import ClientError

    code = "ConditionalCheckFailedException"
    raise ClientError({"Error": {"Code": code, "Message": ""}}, "UpdateItem")


# Several at once

HOUR = Limit(name="hour", tries=10, period=timedelta(hours=1))


def reserve(limits: Limits, database: Database, *quotas: Quota, now: datetime = START) -> None:
    """Counts all of this in one transaction."""
    database.transact(limits.reserve(quotas, now).writes, token=unique("token"))


def tries(database: Database) -> dict[str, int]:
    rows = [LimitRow.from_raw_data(item) for item in database.scan(LimitRow)]
    return {row.pk.split("#")[1]: int(row.tries) for row in rows}


def test_several_counters_are_read_together_and_charged_by_their_units_S12(
    limits: Limits, database: Database, client: Meddler
) -> None:
    quotas = Quota(limit=LIMIT, subject="ada"), Quota(limit=HOUR, subject="all", units=4)
    for _ in range(2):
        client.calls.clear()
        reserve(limits, database, *quotas)
        assert [name for name, _ in client.calls] == ["batch_get_item", "transact_write_items"]
    assert tries(database) == {"password": 2, "hour": 8}


def test_no_counter_is_charged_if_one_is_used_up_S12(limits: Limits, database: Database) -> None:
    quotas = Quota(limit=LIMIT, subject="ada"), Quota(limit=HOUR, subject="all", units=4)
    reserve(limits, database, *quotas)
    reserve(limits, database, *quotas)
    with pytest.raises(TooManyTries) as refused:
        limits.reserve(quotas, START + timedelta(minutes=5))
    assert refused.value.retry_after == timedelta(minutes=55)
    assert tries(database) == {"password": 2, "hour": 8}


def test_units_fit_in_to_the_last_one_S12(limits: Limits, database: Database) -> None:
    reserve(limits, database, Quota(limit=HOUR, subject="all", units=7))
    with pytest.raises(TooManyTries):
        limits.reserve([Quota(limit=HOUR, subject="all", units=4)], START)
    reserve(limits, database, Quota(limit=HOUR, subject="all", units=3))
    assert tries(database) == {"hour": 10}


def test_more_units_than_a_window_has_never_fit_S12(limits: Limits, database: Database) -> None:
    quota = Quota(limit=HOUR, subject="all", units=11)
    with pytest.raises(TooManyTries) as refused:
        limits.reserve([quota], START)
    assert refused.value.retry_after == HOUR.period
    reserve(limits, database, Quota(limit=HOUR, subject="all"))
    with pytest.raises(TooManyTries):
        limits.reserve([quota], START + HOUR.period)


@pytest.mark.parametrize("rows_before", [0, 1])
def test_two_reservations_on_the_same_state_count_only_as_far_as_they_fit_S12(
    rows_before: int, limits: Limits, database: Database
) -> None:
    for _ in range(rows_before):
        reserve(limits, database, Quota(limit=HOUR, subject="all"))
    quota = Quota(limit=HOUR, subject="all", units=6)
    one, two = limits.reserve([quota], START), limits.reserve([quota], START)
    database.transact(one.writes, token=unique("token"))
    with pytest.raises(Conflict):
        database.transact(two.writes, token=unique("token"))
    assert tries(database) == {"hour": 6 + rows_before}


def test_one_of_two_that_begin_a_new_window_is_counted_S12(
    limits: Limits, database: Database
) -> None:
    quota = Quota(limit=HOUR, subject="all", units=6)
    reserve(limits, database, quota)
    later = START + HOUR.period
    one, two = limits.reserve([quota], later), limits.reserve([quota], later)
    database.transact(one.writes, token=unique("token"))
    with pytest.raises(Conflict):
        database.transact(two.writes, token=unique("token"))
    assert tries(database) == {"hour": 6}


def test_units_are_given_back_in_the_window_that_they_were_taken_from_S12(
    limits: Limits, database: Database
) -> None:
    quota = Quota(limit=HOUR, subject="all", units=6)
    taken = limits.reserve([quota], START).charges
    reserve(limits, database, quota)
    limits.give_back(taken)
    assert tries(database) == {"hour": 0}
    limits.give_back(taken)
    assert tries(database) == {"hour": 0}, "never less than nothing"
    reserve(limits, database, quota)
    reserve(limits, database, quota, now=START + HOUR.period)
    limits.give_back(taken)
    assert tries(database) == {"hour": 6}, "of another window"


TWO = [Quota(limit=HOUR, subject="ada"), Quota(limit=LIMIT, subject="ada")]


def refuse(refusal: DomainError | None) -> None:
    if refusal:
        raise refusal


@pytest.mark.parametrize(
    ("refusal", "counted"), [(InvalidInput(), 1), (NotFound(), 0), (Busy(), 0), (None, 0)]
)
def test_only_wrong_guesses_stay_counted_S4(
    refusal: DomainError | None, counted: int, limits: Limits, database: Database
) -> None:
    with suppress(DomainError), limits.guess(TWO, START, wrong=InvalidInput):
        assert tries(database) == {"hour": 1, "password": 1}, "before it is evaluated"
        refuse(refusal)
    assert tries(database) == {"hour": counted, "password": counted}


@pytest.mark.parametrize(("refusal", "counted"), [(InvalidInput(), 0), (NotFound(), 1), (None, 1)])
def test_only_failed_requests_are_given_back_S12(
    refusal: DomainError | None, counted: int, limits: Limits, database: Database
) -> None:
    with suppress(DomainError), limits.request(TWO, START, failed=InvalidInput):
        assert tries(database) == {"hour": 1, "password": 1}
        refuse(refusal)
    assert tries(database) == {"hour": counted, "password": counted}


def test_a_used_up_second_limit_prevents_the_try_and_nothing_is_counted_S4(
    limits: Limits, database: Database
) -> None:
    use_up(limits)
    with pytest.raises(TooManyTries), limits.guess(TWO, START, wrong=InvalidInput):
        pytest.fail("it was evaluated")
    assert tries(database) == {"hour": 0, "password": LIMIT.tries}


def test_each_of_several_kinds_of_wrong_guesses_stays_counted_S4(
    limits: Limits, database: Database
) -> None:
    for refusal in (InvalidInput(), NotFound(), Busy()):
        with (
            suppress(DomainError),
            limits.guess(TWO[:1], START, wrong=(InvalidInput, NotFound)),
        ):
            refuse(refusal)
    assert tries(database) == {"hour": 2}


def test_a_used_up_limit_is_refused_in_its_own_words_and_the_guess_not_evaluated_S55(
    limits: Limits, database: Database
) -> None:
    use_up(limits)
    refused = limits.guess(TWO[1:], START, wrong=InvalidInput, used_up=NotFound)
    with pytest.raises(NotFound), refused:
        pytest.fail("it was evaluated")
    assert tries(database) == {"password": LIMIT.tries}


def test_only_a_used_up_limit_is_refused_in_its_own_words(limits: Limits, client: Meddler) -> None:
    from keyfob.storage import limits as module

    charge(limits, LIMIT, "ada", START)
    client.next("update_item", *[overtaken] * module._ATTEMPTS)
    guess = limits.guess(TWO[1:], START, wrong=InvalidInput, used_up=NotFound)
    with pytest.raises(Busy), guess:
        pytest.fail("it was evaluated")


# Clearing


def test_clearing_forgets_the_tries_of_these_subjects_alone_S55(
    limits: Limits, database: Database
) -> None:
    for subject in ("ada", "grace"):
        use_up(limits, subject)
    limits.clear([Quota(limit=LIMIT, subject="ada"), Quota(limit=HOUR, subject="nobody")])
    charge(limits, LIMIT, "ada", START)
    with pytest.raises(TooManyTries):
        charge(limits, LIMIT, "grace", START)
    assert tries(database).keys() == {"password"}, "no row is made"


def test_a_try_that_was_cleared_meanwhile_is_not_given_back_once_more_S55(
    limits: Limits, database: Database
) -> None:
    taken = charge(limits, LIMIT, "ada", START)
    limits.clear([Quota(limit=LIMIT, subject="ada")])
    limits.give_back(taken)
    assert tries(database) == {"password": 0}


# Windows that last until it is quiet

QUIET = Limit(name="quiet", tries=3, period=timedelta(minutes=20), until_quiet=True)


def at(**after: float) -> datetime:
    return START + timedelta(**after)


def test_a_window_that_lasts_until_it_is_quiet_ends_a_period_after_its_last_try_S56(
    limits: Limits,
) -> None:
    for minutes in (0, 19, 38):
        charge(limits, QUIET, "ada", at(minutes=minutes))
    with pytest.raises(TooManyTries) as refused:
        charge(limits, QUIET, "ada", at(minutes=57))
    assert refused.value.retry_after == timedelta(minutes=1)
    charge(limits, QUIET, "ada", at(minutes=58))


def test_its_row_is_kept_as_long_as_it_lasts_S56(limits: Limits, database: Database) -> None:
    """The table's own time to live deletes rows."""
    charge(limits, QUIET, "ada", START)
    charge(limits, QUIET, "ada", at(minutes=19))
    [row] = [LimitRow.from_raw_data(item) for item in database.scan(LimitRow)]
    assert row.expires == at(minutes=59).timestamp()


def test_a_try_is_given_back_to_a_window_that_others_have_lengthened_S4(
    limits: Limits, database: Database
) -> None:
    right = charge(limits, QUIET, "ada", START)
    charge(limits, QUIET, "ada", at(seconds=20))
    limits.give_back(right)
    assert tries(database) == {"quiet": 1}


def test_no_try_is_given_back_to_the_next_window_S4(limits: Limits, database: Database) -> None:
    for limit in (QUIET, LIMIT):
        old = charge(limits, limit, "ada", START)
        charge(limits, limit, "ada", START + limit.period)
        limits.give_back(old)
    assert tries(database) == {"quiet": 1, "password": 1}
