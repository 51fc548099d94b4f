"""Idempotency records of requests, and texts that end up in mails (S17, S49, S51)."""

from __future__ import annotations

import hashlib
from datetime import datetime

import pytest
from pydantic import TypeAdapter, ValidationError

from keyfob.domain.sessions.permission import OWN
from keyfob.http.fields import Instant, RequiredText, idempotency_record_of
from keyfob.http.gate import Caller
from keyfob.http.resolver import Model
from tests.support.builders import CLIENT, a_session

CALLER = Caller(
    account="acc_ada",
    organization="acme",
    roles=(),
    session=a_session(),
    permission=OWN,
    credential=None,
    client=CLIENT,
)


class Body(Model):
    """Any body."""

    code: str = "12345678"


def test_the_same_key_and_body_at_another_place_is_another_request() -> None:
    here = idempotency_record_of(CALLER, "a-key-of-a-client", "credentials/crd_1/token", Body())
    assert (
        idempotency_record_of(CALLER, "a-key-of-a-client", "credentials/crd_1/token", Body())
        == here
    )
    there = idempotency_record_of(CALLER, "a-key-of-a-client", "credentials/crd_2/token", Body())
    assert (there.pk, there.body != here.body) == (here.pk, True)


def test_a_body_can_not_be_guessed_from_its_idempotency_record_S17() -> None:
    one = idempotency_record_of(CALLER, "a-key-of-a-client", "orders", Body())
    other = idempotency_record_of(CALLER, "another-key-of-it", "orders", Body())
    assert one.body != other.body
    content = f"orders\n{Body().model_dump_json()}".encode()
    assert one.body != hashlib.sha256(content).hexdigest()


@pytest.mark.parametrize("evil", ["A\nB", "A\x00", "A\x85B", "A\u202eB", "A\u2066B", "A\x7f"])
def test_a_text_has_no_controls_and_nothing_that_turns_the_writing_S51(evil: str) -> None:
    texts: TypeAdapter[str] = TypeAdapter(RequiredText)
    assert texts.validate_python("Zoë O'Brien-Ωmega") == "Zoë O'Brien-Ωmega"
    with pytest.raises(ValidationError):
        texts.validate_python(evil)


@pytest.mark.parametrize(
    "typed", ["9999-12-31T23:59:59-10:00", "0001-01-01T00:00:00+10:00", "2027-02-30T00:00:00Z"]
)
def test_an_instant_beyond_the_calendar_is_refused_as_any_other_that_is_none_S49(
    typed: str,
) -> None:
    instants: TypeAdapter[datetime] = TypeAdapter(Instant)
    assert instants.validate_python("9999-12-31T23:59:59Z").year == 9999
    with pytest.raises(ValidationError, match="must be an instant"):
        instants.validate_python(typed)
