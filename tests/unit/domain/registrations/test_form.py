"""Forms that a person sends and a program doesn't (A1, A2)."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from keyfob.domain.errors import DomainError
from keyfob.domain.policy import Policy
from keyfob.domain.registrations.errors import (
    FormExpired,
    FormInvalid,
    FormTooFast,
    FormTrapped,
    WorkInsufficient,
)
from keyfob.domain.registrations.form import SentForm, day_of, is_worked, issued, require_person
from tests.support.fakes import START
from tests.support.registering import too_little, work

KEY = b"a key of this day"
POLICY = Policy(form_work_bits=8)
LEAST, MOST = POLICY.form_least, POLICY.form_lifetime


def filled() -> SentForm:
    form = issued(KEY, START, POLICY)
    return SentForm(text=form.text, work=work(form.text, form.bits))


def judged(sent: SentForm, after: timedelta, key: bytes = KEY) -> type[DomainError] | None:
    try:
        require_person(sent, key, START + after, POLICY)
    except DomainError as refusal:
        return type(refusal)
    return None


@pytest.mark.parametrize(
    ("after", "refusal"),
    [
        (LEAST - timedelta(seconds=1), FormTooFast),
        (LEAST, None),
        (MOST - timedelta(seconds=1), None),
        (MOST, FormExpired),
        (-timedelta(hours=1), FormTooFast),
    ],
)
def test_a_form_counts_from_some_seconds_to_two_hours_A1(
    after: timedelta, refusal: type[DomainError] | None
) -> None:
    assert judged(filled(), after) is refusal


def test_each_part_of_a_form_is_signed_A1() -> None:
    sent = filled()
    issued_at, nonce, signature = sent.text.split(".")
    forged = (
        f"{int(issued_at) + 1}.{nonce}.{signature}",
        f"{issued_at}.{nonce[::-1]}.{signature}",
        f"{issued_at}.{nonce}.{signature[::-1]}",
        f"{issued_at}.{nonce}.",
        "",
    )
    for text in forged:
        assert judged(SentForm(text=text, work=sent.work), LEAST) is FormInvalid, text
    assert judged(sent, LEAST, key=b"another day's key") is FormInvalid


def test_the_invisible_field_stays_empty_A1() -> None:
    assert judged(replace(filled(), trap="https://spam.example"), LEAST) is FormTrapped


def test_the_work_is_that_of_this_form_A1() -> None:
    sent = filled()
    assert judged(replace(sent, work=too_little(sent.text, 8)), LEAST) is WorkInsufficient


@pytest.mark.parametrize("bits", [8, 9, 15, 16, 17])
def test_work_is_counted_in_bits_A1(bits: int) -> None:
    found = work("form", bits)
    assert is_worked("form", found, bits)
    deepest = next(more for more in range(bits, 257) if not is_worked("form", found, more))
    assert not is_worked("form", found, deepest + 1)


def test_forms_are_told_apart_and_say_their_day_A1() -> None:
    assert len({issued(KEY, START, POLICY).text for _ in range(10)}) == 10
    assert day_of(START) == START.date().isoformat()
