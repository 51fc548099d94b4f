"""The credit bureau as proofing needs it (C2): the gateway and the local stage's double.

Once over HTTP, and once by the stand-in for connections that other suites use.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from werkzeug import Request
from werkzeug.serving import make_server

from keyfob.domain.proofing.bureau import (
    Address,
    Bureau,
    Failed,
    Located,
    NeedsFullSsn,
    NotLocated,
    Passed,
    Person,
)
from keyfob.domain.proofing.errors import BureauUnavailable
from keyfob.gateways.bureau import HttpBureau
from local.bureau_double import CLIENT_ID, CONFIRMED, BureauDouble, right_answers
from local.faults import BureauFaults, Switch
from tests.support.bureau import a_bureau, logged
from tests.support.fakes import unique

PERSON = Person(
    legal_name="Katherine Coleman",
    born=date(1985, 8, 26),
    ssn="0002",
    street="34 Chestnut Avenue",
    city="Hampton",
    state="VA",
    postal_code="23661",
)
PRIVATE = [
    *("Katherine", "Coleman", "1985-08-26", "Chestnut", "Hampton", "987650002"),
    *("None of these", "Branch 47", "credit card"),
]
# With characters that must be encoded.
SECRET = "s3cret: 100 %+"
RIGHT = right_answers()
NONE_RIGHT = dict.fromkeys(RIGHT, "None of these")


@dataclass
class Watch:
    now: float = 0.0

    def __call__(self) -> float:
        return self.now


@dataclass(frozen=True, kw_only=True)
class Party:
    bureau: Bureau
    double: BureauDouble
    faults: Switch[BureauFaults]
    watch: Watch

    def answer(self, how: str) -> None:
        self.faults.set({"answer": how})


@contextmanager
def served(double: BureauDouble) -> Iterator[str]:
    """The double on a free port."""

    def application(environ: Any, start_response: Any) -> Any:
        request = Request(environ)
        return double.answer(request, request.path)(environ, start_response)

    server = make_server("127.0.0.1", 0, application, threaded=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture(params=["memory", "http"])
def party(request: pytest.FixtureRequest) -> Iterator[Party]:
    faults, watch = Switch(BureauFaults()), Watch()
    double = BureauDouble(faults, secret=SECRET)
    if request.param == "memory":
        bureau = a_bureau(double, faults, secret=SECRET, watch=watch)
        yield Party(bureau=bureau, double=double, faults=faults, watch=watch)
        return
    with served(double) as url:
        bureau = HttpBureau(
            url,
            client_id=CLIENT_ID,
            client_secret=lambda: SECRET,
            watch=watch,
            read_seconds=1,
        )
        yield Party(bureau=bureau, double=double, faults=faults, watch=watch)
        faults.release()


def located(party: Party, last: str = "0002") -> str:
    begun = party.bureau.begin(replace(PERSON, ssn=last), unique("prf"))
    assert isinstance(begun, Located)
    return begun.reference


# People


def test_a_person_who_always_passes_passes_with_wrong_answers_C2(party: Party) -> None:
    assert party.bureau.answer(located(party, "0001"), NONE_RIGHT) == Passed()


@pytest.mark.parametrize(("right", "outcome"), [(4, Passed()), (3, Passed()), (2, Failed())])
def test_the_answers_of_a_located_person_decide_C2(
    party: Party, right: int, outcome: object
) -> None:
    answers = NONE_RIGHT | dict(list(RIGHT.items())[:right])
    assert party.bureau.answer(located(party), answers) == outcome


def test_a_person_can_be_told_from_others_by_nine_digits_only_C2(party: Party) -> None:
    reference = unique("prf")
    four, nine = (replace(PERSON, ssn=ssn) for ssn in ("0003", "987650003"))
    assert party.bureau.begin(four, reference) == NeedsFullSsn()
    begun = party.bureau.begin(nine, reference)
    assert isinstance(begun, Located)
    assert party.bureau.answer(begun.reference, RIGHT) == Passed()


@pytest.mark.parametrize("last", ["0004", "0005", "0006", "1234"])
@pytest.mark.parametrize("area", ["", "98765"])
def test_an_unknown_a_frozen_and_a_thin_file_look_the_same_C2(
    party: Party, area: str, last: str
) -> None:
    assert party.bureau.begin(replace(PERSON, ssn=area + last), unique("prf")) == NotLocated()


def test_each_question_has_one_right_choice_and_none_of_these_C2(party: Party) -> None:
    questions = party.bureau.questions(located(party))
    assert len(questions) == 4
    for question in questions:
        assert [one for one in question.choices if one.endswith("7")] == [RIGHT[question.id]]
        assert question.choices[-1] == "None of these"


def test_an_address_is_confirmed_whatever_the_answers_were_or_it_is_not_C2(party: Party) -> None:
    reference = located(party)
    party.bureau.answer(reference, NONE_RIGHT)
    assert party.bureau.address(reference) == Address(**CONFIRMED)
    assert party.bureau.address(located(party, "0007")) is None


# Repetition


def test_questions_are_the_same_each_time_C2(party: Party) -> None:
    reference = located(party)
    assert party.bureau.questions(reference) == party.bureau.questions(reference)


def test_only_the_first_answers_count_C2(party: Party) -> None:
    first, second = located(party), located(party)
    assert party.bureau.answer(first, NONE_RIGHT) == Failed()
    assert party.bureau.answer(first, RIGHT) == Failed()
    assert party.bureau.answer(second, RIGHT) == Passed()
    assert party.bureau.answer(second, NONE_RIGHT) == Passed()


def test_a_search_that_is_repeated_under_its_reference_begins_nothing_new_C2(party: Party) -> None:
    reference, another = unique("prf"), unique("prf")
    first = party.bureau.begin(PERSON, reference)
    assert party.bureau.begin(PERSON, reference) == first
    assert party.bureau.begin(PERSON, another) != first


def test_a_lost_answer_can_be_fetched_by_asking_again_S50(party: Party) -> None:
    reference = unique("prf")
    located(party)
    party.answer("lost")
    unavailable(lambda: party.bureau.begin(PERSON, reference))
    assert party.double.requests["begin"] == 2
    party.answer("normal")
    begun = party.bureau.begin(PERSON, reference)
    assert isinstance(begun, Located)
    party.answer("lost")
    unavailable(lambda: party.bureau.answer(begun.reference, RIGHT))
    party.answer("normal")
    assert party.bureau.answer(begun.reference, NONE_RIGHT) == Passed()


def test_answers_that_are_incomplete_or_no_choices_are_refused_and_count_nothing_C2(
    party: Party,
) -> None:
    reference = located(party)
    for wrong in (
        {},
        {"card": RIGHT["card"]},
        RIGHT | {"more": "7"},
        RIGHT | {"card": "1997"},
    ):
        unavailable(lambda wrong=wrong: party.bureau.answer(reference, wrong))  # type: ignore[misc]
    assert party.bureau.answer(reference, RIGHT) == Passed()


def test_an_unknown_session_has_no_questions_and_takes_no_answers(party: Party) -> None:
    unavailable(lambda: party.bureau.questions("unknown"))
    unavailable(lambda: party.bureau.answer("unknown", RIGHT))


# Tokens


def test_one_login_serves_many_calls_until_its_token_is_revoked_S50(party: Party) -> None:
    reference = located(party)
    party.bureau.questions(reference)
    assert party.double.requests == {
        "tokens": 1,
        "begin": 1,
        "questions": 1,
        "answers": 0,
        "address": 0,
    }
    party.double.revoke_tokens()
    assert party.bureau.answer(reference, RIGHT) == Passed()
    assert party.double.requests == {
        "tokens": 2,
        "begin": 1,
        "questions": 1,
        "answers": 2,
        "address": 0,
    }


def test_a_client_with_a_wrong_secret_gets_nothing_S50() -> None:
    double = BureauDouble(Switch(BureauFaults()), secret=SECRET)
    with served(double) as url:
        bureau = HttpBureau(url, client_id=CLIENT_ID, client_secret=lambda: "wrong")
        unavailable(lambda: bureau.begin(PERSON, unique("prf")))
    assert double.requests["begin"] == 0


# Faults


def unavailable(call: Callable[[], object]) -> None:
    with pytest.raises(BureauUnavailable):
        call()


@pytest.mark.parametrize("logged_in", [True, False])
@pytest.mark.parametrize("how", ["error", "hang", "lie", "twice", "lost"])
def test_every_fault_is_a_typed_refusal_and_the_next_call_can_succeed_S50(
    party: Party, how: str, *, logged_in: bool
) -> None:
    if logged_in:
        located(party)
    party.answer(how)
    unavailable(lambda: party.bureau.begin(PERSON, unique("prf")))
    party.answer("normal")
    reference = located(party)
    party.answer(how)
    unavailable(lambda: party.bureau.questions(reference))
    unavailable(lambda: party.bureau.answer(reference, RIGHT))
    party.answer("normal")
    assert party.bureau.questions(reference)
    assert party.bureau.answer(reference, RIGHT) == Passed()


def test_a_slow_bureau_is_waited_for_S50(party: Party) -> None:
    party.faults.set({"answer": "slow", "seconds": 0.05})
    assert party.bureau.questions(located(party))


def test_after_five_failures_the_bureau_is_left_alone_for_thirty_seconds_S50(
    party: Party,
) -> None:
    reference = located(party)
    party.answer("error")
    for _ in range(5):
        unavailable(lambda: party.bureau.questions(reference))
    party.answer("normal")
    before = party.double.requests
    unavailable(lambda: party.bureau.questions(reference))
    party.watch.now += 29
    unavailable(lambda: party.bureau.questions(reference))
    assert party.double.requests == before
    party.watch.now += 1
    assert party.bureau.questions(reference)


def test_a_bureau_that_is_not_there_is_unavailable_S50() -> None:
    with served(BureauDouble(Switch(BureauFaults()), secret=SECRET)) as url:
        pass
    bureau = HttpBureau(url, client_id=CLIENT_ID, client_secret=lambda: SECRET)
    unavailable(lambda: bureau.begin(PERSON, unique("prf")))


def test_an_answer_without_an_end_is_unavailable_S50() -> None:
    def application(_environ: Any, start_response: Any) -> Any:
        start_response("200 OK", [("Content-Type", "application/json")])
        return (b"x" * 4_096 for _ in range(100))

    server = make_server("127.0.0.1", 0, application, threaded=True)
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    try:
        url = f"http://127.0.0.1:{server.server_port}"
        bureau = HttpBureau(url, client_id=CLIENT_ID, client_secret=lambda: SECRET)
        unavailable(lambda: bureau.begin(PERSON, unique("prf")))
    finally:
        server.shutdown()
        server.server_close()


# Personal data


def test_neither_logs_nor_the_double_keep_personal_data_or_answers_S31(
    party: Party, caplog: pytest.LogCaptureFixture, tmp_path: Path, monkeypatch: Any
) -> None:
    """With every log line of the HTTP library."""
    caplog.set_level(logging.DEBUG)
    monkeypatch.chdir(tmp_path)
    begun = party.bureau.begin(replace(PERSON, ssn="987650002"), unique("prf"))
    assert isinstance(begun, Located)
    party.bureau.questions(begun.reference)
    party.bureau.answer(begun.reference, RIGHT)
    for how in ("error", "lie", "twice"):
        party.answer(how)
        unavailable(lambda: party.bureau.answer(begun.reference, RIGHT))
    written = [logged(record) for record in caplog.records]
    assert written
    private = [*PRIVATE, SECRET]
    assert not [one for one in private if any(one in line for line in written)]
    assert not [one for one in PRIVATE if one in repr(vars(party.double))]
    assert list(tmp_path.iterdir()) == []
