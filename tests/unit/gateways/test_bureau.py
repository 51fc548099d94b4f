"""Requests to a credit bureau, and what becomes of its answers and failures (C2)."""

from __future__ import annotations

import json
import logging
import traceback
from base64 import b64decode
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import date
from io import BytesIO
from typing import Any

import pytest
import urllib3
from urllib3.exceptions import (
    ConnectTimeoutError,
    HTTPError,
    NewConnectionError,
    ProtocolError,
    ReadTimeoutError,
    SSLError,
)

from keyfob.domain.errors import KeysUnavailable
from keyfob.domain.proofing.bureau import (
    Address,
    Failed,
    Located,
    NeedsFullSsn,
    NotLocated,
    Passed,
    Person,
    Question,
)
from keyfob.domain.proofing.errors import BureauUnavailable
from keyfob.gateways.bureau import HttpBureau
from keyfob.gateways.client_credentials import Token
from keyfob.gateways.json_http import Answer, Request
from tests.support.bureau import logged

BASE = "https://bureau.example/v1"
TOKENS, SESSIONS, QUESTIONS, ANSWERS, ADDRESS = (
    "/oauth/token",
    "/sessions",
    "/sessions/ses-1/questions",
    "/sessions/ses-1/answers",
    "/sessions/ses-1/address",
)
PERSON = Person(
    legal_name="Ada Byron",
    born=date(1985, 12, 10),
    ssn="6789",
    street="12 Orchard Lane",
    city="Yonkers",
    state="NY",
    postal_code="10701",
)
QUESTION = {"id": "q1", "text": "Which car did you own?", "choices": ["Aster", "Brasier"]}
CONFIRMED = {
    "street": "4 Meadow Court",
    "city": "Albany",
    "state": "NY",
    "postal_code": "12207-0001",
}
CHOSEN = {"q1": "Brasier"}
# What must appear in no log, error or repr.
PRIVATE = [
    *("Ada", "Byron", "1985", "12-10", "6789", "Orchard", "Yonkers", "10701"),
    *("Meadow", "Albany", "12207"),
    *("Which car", "Aster", "Brasier", "s3cret", "tok-"),
]
Answered = tuple[int, Any] | Exception | Callable[[], Any]


@dataclass
class Watch:
    now: float = 1_000.0

    def __call__(self) -> float:
        return self.now


@dataclass
class Pool:
    """Stands in for urllib3's connections: records requests, answers or raises."""

    seen: list[dict[str, Any]] = field(default_factory=list)
    always: dict[str, Answered] = field(default_factory=dict)
    once: dict[str, list[Answered]] = field(default_factory=dict)
    # Kept, so that only the gateway closes them.
    answers: list[urllib3.HTTPResponse] = field(default_factory=list)
    tokens: int = 0

    def __post_init__(self) -> None:
        self.always = {
            TOKENS: self._token,
            SESSIONS: (201, {"outcome": "located", "session": "ses-1"}),
            QUESTIONS: (200, {"questions": [QUESTION]}),
            ANSWERS: (200, {"outcome": "passed"}),
            ADDRESS: (200, {"outcome": "confirmed", "address": CONFIRMED}),
        }

    def _token(self) -> Answered:
        self.tokens += 1
        return 200, a_token(f"tok-{self.tokens}")

    def request(self, method: str, url: str, **how: Any) -> urllib3.HTTPResponse:
        path = url.removeprefix(BASE)
        self.seen.append({"method": method, "path": path, **how})
        queued = self.once.get(path)
        answer: Any = queued.pop(0) if queued else self.always[path]
        if callable(answer):
            answer = answer()
        if isinstance(answer, Exception):
            raise answer
        status, content = answer
        body = content if hasattr(content, "read1") else BytesIO(encoded(content))
        self.answers.append(urllib3.HTTPResponse(body, status=status, preload_content=False))
        return self.answers[-1]

    def paths(self) -> list[str]:
        return [one["path"] for one in self.seen]


def encoded(content: Any) -> bytes:
    return content if isinstance(content, bytes) else json.dumps(content).encode()


def a_token(value: str = "tok-0", **changes: Any) -> dict[str, Any]:
    return {"access_token": value, "token_type": "Bearer", "expires_in": 3_600, **changes}


@pytest.fixture
def watch() -> Watch:
    return Watch()


@pytest.fixture
def pool() -> Pool:
    return Pool()


def a_bureau(pool: Pool, watch: Watch, **changes: Any) -> HttpBureau:
    how: dict[str, Any] = {
        "client_id": "keyfob",
        "client_secret": lambda: "s3cret",
        "watch": watch,
        "pool": pool,
        **changes,
    }
    return HttpBureau(BASE, **how)


@pytest.fixture
def bureau(pool: Pool, watch: Watch) -> HttpBureau:
    return a_bureau(pool, watch)


def calls(bureau: HttpBureau) -> dict[str, Callable[[], Any]]:
    """Each call, by the path that it asks."""
    return {
        SESSIONS: lambda: bureau.begin(PERSON, "prf_1"),
        QUESTIONS: lambda: bureau.questions("ses-1"),
        ANSWERS: lambda: bureau.answer("ses-1", CHOSEN),
        ADDRESS: lambda: bureau.address("ses-1"),
    }


def unavailable(call: Callable[[], Any]) -> BureauUnavailable:
    with pytest.raises(BureauUnavailable) as raised:
        call()
    return raised.value


# Requests and answers


def test_a_person_is_looked_for_under_our_reference_C2(bureau: HttpBureau, pool: Pool) -> None:
    assert bureau.begin(PERSON, "prf_1") == Located(reference="ses-1")
    sent = pool.seen[-1]
    assert (sent["method"], sent["path"]) == ("POST", SESSIONS)
    assert json.loads(sent["body"]) == {
        "reference": "prf_1",
        "person": {
            "legal_name": "Ada Byron",
            "born": "1985-12-10",
            "ssn": "6789",
            "street": "12 Orchard Lane",
            "city": "Yonkers",
            "state": "NY",
            "postal_code": "10701",
        },
    }
    assert sent["headers"]["Idempotency-Key"] == "prf_1/4"
    assert sent["headers"]["Content-Type"] == "application/json"
    assert sent["headers"]["Authorization"] == "Bearer tok-1"


@pytest.mark.parametrize(
    ("outcome", "begun"),
    [("needs_full_ssn", NeedsFullSsn()), ("not_located", NotLocated()), ("blocked", NotLocated())],
)
def test_a_person_without_a_session_has_an_outcome_and_a_blocked_one_looks_unknown_C2(
    bureau: HttpBureau, pool: Pool, outcome: str, begun: Any
) -> None:
    pool.always[SESSIONS] = (200, {"outcome": outcome, "reason": "ignored"})
    assert bureau.begin(PERSON, "prf_1") == begun


def test_nine_digits_are_a_search_of_their_own_and_are_never_too_few_C2(
    bureau: HttpBureau, pool: Pool
) -> None:
    full = replace(PERSON, ssn="123456789")
    bureau.begin(full, "prf_1")
    assert pool.seen[-1]["headers"]["Idempotency-Key"] == "prf_1/9"
    pool.always[SESSIONS] = (200, {"outcome": "needs_full_ssn"})
    unavailable(lambda: bureau.begin(full, "prf_1"))


def test_questions_come_as_the_bureau_words_them_C2(bureau: HttpBureau, pool: Pool) -> None:
    assert bureau.questions("ses-1") == (
        Question(id="q1", text="Which car did you own?", choices=("Aster", "Brasier")),
    )
    assert (pool.seen[-1]["method"], pool.seen[-1]["path"]) == ("GET", QUESTIONS)
    assert pool.seen[-1]["body"] is None


@pytest.mark.parametrize(("outcome", "answered"), [("passed", Passed()), ("failed", Failed())])
def test_answers_pass_or_fail_C2(
    bureau: HttpBureau, pool: Pool, outcome: str, answered: Any
) -> None:
    pool.always[ANSWERS] = (200, {"outcome": outcome})
    assert bureau.answer("ses-1", CHOSEN) == answered
    sent = pool.seen[-1]
    assert (sent["method"], sent["path"]) == ("POST", ANSWERS)
    assert json.loads(sent["body"]) == {"answers": CHOSEN}
    assert sent["headers"]["Idempotency-Key"] == "ses-1/answers"


def test_an_address_is_the_one_that_the_bureau_confirms_C2(bureau: HttpBureau, pool: Pool) -> None:
    assert bureau.address("ses-1") == Address(**CONFIRMED)
    assert (pool.seen[-1]["method"], pool.seen[-1]["path"]) == ("GET", ADDRESS)
    pool.always[ADDRESS] = (200, {"outcome": "unconfirmed", "address": CONFIRMED})
    assert bureau.address("ses-1") is None


@pytest.mark.parametrize(
    "answer",
    [
        {"outcome": "confirmed"},
        {"outcome": "perhaps", "address": CONFIRMED},
        {"outcome": "confirmed", "address": "4 Meadow Court"},
        *(
            {"outcome": "confirmed", "address": {**CONFIRMED, **wrong}}
            for wrong in (
                {"street": ""},
                {"city": "Albany\nNY"},
                {"state": "New York"},
                {"postal_code": "1220"},
                {"postal_code": "\N{FULLWIDTH DIGIT ONE}2207"},
                {"street": "x" * 301},
            )
        ),
    ],
)
def test_no_letter_goes_to_half_an_address_C2(
    bureau: HttpBureau, pool: Pool, answer: dict[str, Any]
) -> None:
    pool.always[ADDRESS] = (200, answer)
    unavailable(lambda: bureau.address("ses-1"))


def test_a_text_is_kept_to_the_character_since_it_is_sent_back_C2(
    bureau: HttpBureau, pool: Pool
) -> None:
    # Decomposed, and with a blank at its end.
    odd = "Cafe\u0301 "
    pool.always[QUESTIONS] = (200, {"questions": [{**QUESTION, "choices": [odd, "b"]}]})
    [question] = bureau.questions("ses-1")
    assert question.choices == (odd, "b")


# Failures


URL = "https://bureau.example/Ada"
POOL: Any = None
NETWORK = [
    ConnectTimeoutError(POOL, URL),
    ReadTimeoutError(POOL, URL, "6789"),
    NewConnectionError(POOL, "Ada"),
    ProtocolError("Ada", ConnectionResetError("Ada")),
    SSLError("Ada"),
]
STATUSES = [202, 301, 302, 307, 308, 400, 403, 404, 408, 409, 410, 422, 429, 500, 502, 503, 504]
BROKEN = [
    b"",
    b"Ada",
    b'{"outcome": "passed", "ssn": "6789"',
    b"\xff\xfe\xfd",
    b"[" * 60_000,
    b'{"n": ' + b"9" * 5_000 + b"}",
    b'["passed"]',
    b"null",
    b'{"outcome": "passed"}{"outcome": "passed"}',
]


@pytest.mark.parametrize("failure", NETWORK, ids=lambda one: type(one).__name__)
@pytest.mark.parametrize("path", [TOKENS, SESSIONS, QUESTIONS, ANSWERS])
def test_a_network_error_is_a_typed_refusal_S50(
    bureau: HttpBureau, pool: Pool, path: str, failure: HTTPError
) -> None:
    pool.always[path] = failure
    for asked, call in calls(bureau).items():
        if path in {asked, TOKENS}:
            assert type(unavailable(call)) is BureauUnavailable
    assert pool.seen[-1]["path"] == path


@pytest.mark.parametrize("status", STATUSES)
@pytest.mark.parametrize("path", [TOKENS, SESSIONS, QUESTIONS, ANSWERS])
def test_a_status_other_than_success_is_a_typed_refusal_and_not_asked_again_S50(
    bureau: HttpBureau, pool: Pool, path: str, status: int
) -> None:
    right = pool.always[path]
    content = right()[1] if callable(right) else right[1]  # type: ignore[index]
    pool.always[path] = (status, content)
    asked = SESSIONS if path == TOKENS else path
    unavailable(calls(bureau)[asked])
    assert pool.paths().count(path) == 1


def test_urllib3_repeats_follows_and_unpacks_nothing_by_itself_S50(
    bureau: HttpBureau, pool: Pool
) -> None:
    for call in calls(bureau).values():
        call()
    switches = ("retries", "redirect", "preload_content", "decode_content")
    for sent in pool.seen:
        assert [sent[name] for name in switches] == [False] * 4


@pytest.mark.parametrize("body", BROKEN, ids=range(len(BROKEN)))
@pytest.mark.parametrize("path", [TOKENS, SESSIONS, QUESTIONS, ANSWERS])
def test_an_answer_that_cannot_be_read_is_a_typed_refusal_S50(
    bureau: HttpBureau, pool: Pool, path: str, body: bytes
) -> None:
    pool.always[path] = (200, body)
    unavailable(calls(bureau)[SESSIONS if path == TOKENS else path])


def test_the_refusal_has_a_stable_code_and_repeats_nothing_S50(
    bureau: HttpBureau, pool: Pool
) -> None:
    pool.always[SESSIONS] = (500, {"message": "Ada"})
    refusal = unavailable(calls(bureau)[SESSIONS])
    assert refusal.code == "bureau_unavailable"
    assert str(refusal) == BureauUnavailable.detail


NONSENSE: dict[str, list[dict[str, Any]]] = {
    TOKENS: [
        {},
        a_token(7),  # type: ignore[arg-type]
        a_token(""),
        a_token("a b"),
        a_token("a\r\nX-Injected: 1"),
        a_token("x" * 4_097),
        a_token(token_type="mac"),
        a_token(token_type=None),
        a_token(expires_in=None),
        a_token(expires_in="3600"),
        a_token(expires_in=True),
        a_token(expires_in=0),
        a_token(expires_in=-1),
        a_token(expires_in=86_401),
    ],
    SESSIONS: [
        {},
        {"outcome": "perhaps", "session": "ses-1"},
        {"outcome": None, "session": "ses-1"},
        {"outcome": ["located"], "session": "ses-1"},
        {"outcome": "passed"},
        {"outcome": "located"},
        {"outcome": "located", "session": 7},
        {"outcome": "located", "session": ""},
        {"outcome": "located", "session": ".."},
        {"outcome": "located", "session": "a/b"},
        {"outcome": "located", "session": "a\n"},
        {"outcome": "located", "session": "x" * 129},
    ],
    ANSWERS: [{}, {"outcome": "perhaps"}, {"outcome": True}, {"outcome": "located"}],
}


def asked(*listed: Any) -> dict[str, Any]:
    return {"questions": list(listed)}


NO_TEXTS = [
    *(None, 7, "", "  ", "x" * 301, "a\nb", "a\x00", "\x1b[31m", "a\x85", "a\u2028b"),
    *("\u202eevil", "a\ud800", "\u200b"),
]
NONSENSE[QUESTIONS] = [
    {},
    {"questions": None},
    {"questions": {"q1": QUESTION}},
    asked(),
    asked("Which car?"),
    asked(*({**QUESTION, "id": f"q{number}"} for number in range(21))),
    asked(QUESTION, QUESTION),
    asked(QUESTION, {**QUESTION, "text": "Another"}),
    asked({"text": "Which?", "choices": ["a", "b"]}),
    *(asked({**QUESTION, "id": name}) for name in ("", "a b", "a.b", 7, None, "x" * 129, "a\n")),
    asked({"id": "q1", "text": "Which?"}),
    asked({**QUESTION, "choices": "ab"}),
    asked({**QUESTION, "choices": []}),
    asked({**QUESTION, "choices": ["a"]}),
    asked({**QUESTION, "choices": ["a", "b", "a"]}),
    asked({**QUESTION, "choices": [str(number) for number in range(13)]}),
    *(asked({**QUESTION, "text": text}) for text in NO_TEXTS),
    *(asked({**QUESTION, "choices": ["a", text]}) for text in NO_TEXTS),
]


@pytest.mark.parametrize(
    ("path", "answer"), [(path, one) for path, listed in NONSENSE.items() for one in listed]
)
def test_an_answer_that_makes_no_sense_is_a_typed_refusal_S50(
    bureau: HttpBureau, pool: Pool, path: str, answer: dict[str, Any]
) -> None:
    pool.always[path] = (200, answer)
    unavailable(calls(bureau)[SESSIONS if path == TOKENS else path])
    assert pool.seen[-1]["path"] == path


def test_the_most_and_the_longest_questions_are_taken_C2(bureau: HttpBureau, pool: Pool) -> None:
    # Twenty questions with the longest choices would be more than an answer may have.
    choices = [f"{number:>300}" for number in range(12)], ["a", "b"]
    listed = [
        {"id": f"{number:0128}", "text": "x" * 300, "choices": choices[number > 13]}
        for number in range(20)
    ]
    pool.always[QUESTIONS] = (200, asked(*listed))
    found = bureau.questions("ses-1")
    assert len(found) == 20
    assert [len(choice) for choice in found[0].choices] == [300] * 12


# Bounds of time and size


@pytest.mark.parametrize("path", [TOKENS, SESSIONS, QUESTIONS, ANSWERS])
def test_an_answer_of_64_kib_is_read_and_a_larger_one_is_not_read_to_its_end_S50(
    bureau: HttpBureau, pool: Pool, path: str
) -> None:
    right = pool.always[path]
    content = right()[1] if callable(right) else right[1]  # type: ignore[index]
    padded = json.dumps(content).encode().ljust(64 * 1024)
    call = calls(bureau)[SESSIONS if path == TOKENS else path]
    pool.once[path] = [(200, padded + b" " * 100_000)]
    unavailable(call)
    assert pool.answers[-1].closed
    pool.once[path] = [(200, padded)]
    assert call()


class Dripping(BytesIO):
    """A body that comes byte by byte, each after five seconds."""

    def __init__(self, content: bytes, watch: Watch) -> None:
        super().__init__(content)
        self.watch = watch
        self.given = 0

    def read1(self, _size: int | None = -1) -> bytes:
        self.watch.now += 5
        self.given += 1
        return super().read1(1)


def test_an_answer_that_drips_is_given_up_after_twelve_seconds_S50(
    bureau: HttpBureau, pool: Pool, watch: Watch
) -> None:
    body = Dripping(encoded({"outcome": "passed"}), watch)
    pool.always[ANSWERS] = (200, body)
    unavailable(calls(bureau)[ANSWERS])
    assert body.given == 3
    assert body.closed


def test_every_request_has_a_time_to_connect_to_read_and_for_the_whole_S50(
    bureau: HttpBureau, pool: Pool, watch: Watch
) -> None:
    def slowly() -> Any:
        watch.now += 5
        return 200, a_token()

    pool.always[TOKENS] = slowly
    bureau.begin(PERSON, "prf_1")
    timeouts = [one["timeout"] for one in pool.seen]
    assert [(one.connect_timeout, one._read, one.total) for one in timeouts] == [
        (2, 6, 12),
        (2, 6, 7),
    ]


def test_a_call_whose_time_is_up_sends_nothing_more_S50(
    bureau: HttpBureau, pool: Pool, watch: Watch
) -> None:
    def too_slowly() -> Any:
        watch.now += 12
        return 200, BytesIO(encoded(a_token()))

    pool.always[TOKENS] = too_slowly
    unavailable(calls(bureau)[SESSIONS])
    assert pool.paths() == [TOKENS]


def test_a_secret_store_that_takes_the_calls_whole_time_leaves_none_for_a_login_S50(
    pool: Pool, watch: Watch
) -> None:
    def slowly() -> str:
        watch.now += 12
        return "s3cret"

    unavailable(calls(a_bureau(pool, watch, client_secret=slowly))[SESSIONS])
    assert pool.seen == []


def test_the_time_to_read_can_be_shortened(pool: Pool, watch: Watch) -> None:
    a_bureau(pool, watch, read_seconds=0.5).questions("ses-1")
    assert {one["timeout"]._read for one in pool.seen} == {0.5}


# Repeated requests


@pytest.mark.parametrize("path", [TOKENS, SESSIONS, QUESTIONS, ANSWERS])
def test_a_request_whose_connection_was_lost_is_repeated_once_and_unchanged_S50(
    bureau: HttpBureau, pool: Pool, path: str
) -> None:
    pool.once[path] = [ProtocolError("lost")]
    assert calls(bureau)[SESSIONS if path == TOKENS else path]()
    first, second = (one for one in pool.seen if one["path"] == path)
    del first["timeout"], second["timeout"]
    assert first == second


def test_a_connection_that_is_lost_twice_is_given_up_S50(bureau: HttpBureau, pool: Pool) -> None:
    pool.always[SESSIONS] = ProtocolError("lost")
    unavailable(calls(bureau)[SESSIONS])
    assert pool.paths() == [TOKENS, SESSIONS, SESSIONS]


@pytest.mark.parametrize(
    "failure", [ReadTimeoutError(POOL, URL, "slow"), NewConnectionError(POOL, "none"), (500, {})]
)
def test_no_other_failure_is_repeated_S50(bureau: HttpBureau, pool: Pool, failure: Any) -> None:
    pool.always[SESSIONS] = failure
    unavailable(calls(bureau)[SESSIONS])
    assert pool.paths() == [TOKENS, SESSIONS]


# Tokens


def test_a_token_is_asked_for_with_the_clients_secret_encoded(pool: Pool, watch: Watch) -> None:
    a_bureau(pool, watch, client_id="key fob", client_secret=lambda: "s:3+c").questions("ses-1")
    [login, _] = pool.seen
    assert (login["method"], login["path"]) == ("POST", TOKENS)
    assert login["body"] == b"grant_type=client_credentials"
    assert login["headers"]["Content-Type"] == "application/x-www-form-urlencoded"
    kind, credentials = login["headers"]["authorization"].split()
    assert (kind, b64decode(credentials)) == ("Basic", b"key+fob:s%3A3%2Bc")


@pytest.mark.parametrize(("lifetime", "kept"), [(3_600, 3_570), (61, 31), (40, 20), (1, 0.5)])
def test_a_token_is_kept_until_shortly_before_its_end(
    bureau: HttpBureau, pool: Pool, watch: Watch, lifetime: int, kept: float
) -> None:
    pool.once[TOKENS] = [(200, a_token(expires_in=lifetime))]
    for call in calls(bureau).values():
        call()
    watch.now += kept - 0.01
    bureau.questions("ses-1")
    assert pool.paths().count(TOKENS) == 1
    watch.now += 0.01
    bureau.questions("ses-1")
    assert pool.paths().count(TOKENS) == 2
    assert pool.seen[-1]["headers"]["Authorization"] == "Bearer tok-1"


@pytest.mark.parametrize("path", [SESSIONS, QUESTIONS, ANSWERS])
def test_a_refused_token_is_replaced_and_the_request_sent_again_with_its_key(
    bureau: HttpBureau, pool: Pool, path: str
) -> None:
    call = calls(bureau)[path]
    call()
    pool.seen.clear()
    pool.once[path] = [(401, {})]
    assert call()
    assert pool.paths() == [path, TOKENS, path]
    first, _, second = pool.seen
    assert first["headers"].pop("Authorization") == "Bearer tok-1"
    assert second["headers"].pop("Authorization") == "Bearer tok-2"
    assert (first["headers"], first["body"]) == (second["headers"], second["body"])


def test_a_token_that_is_refused_twice_is_not_replaced_again_S50(
    bureau: HttpBureau, pool: Pool
) -> None:
    pool.always[SESSIONS] = (401, {})
    unavailable(calls(bureau)[SESSIONS])
    assert pool.paths() == [TOKENS, SESSIONS, TOKENS, SESSIONS]


def test_a_rolled_secret_is_used_for_the_next_token(pool: Pool, watch: Watch) -> None:
    secrets = ["one", "two"]
    bureau = a_bureau(pool, watch, client_secret=lambda: secrets.pop(0))
    bureau.questions("ses-1")
    pool.once[QUESTIONS] = [(401, {})]
    bureau.questions("ses-1")
    logins = [one["headers"]["authorization"] for one in pool.seen if one["path"] == TOKENS]
    assert [b64decode(one.split()[1]) for one in logins] == [b"keyfob:one", b"keyfob:two"]


def test_without_a_client_secret_the_bureau_is_unavailable_S50(pool: Pool, watch: Watch) -> None:
    def none() -> str:
        raise KeysUnavailable

    unavailable(calls(a_bureau(pool, watch, client_secret=none))[SESSIONS])
    assert pool.seen == []


# The circuit


def fail(bureau: HttpBureau, pool: Pool, times: int, how: Answered = (500, {})) -> None:
    right = pool.always[QUESTIONS]
    pool.always[QUESTIONS] = how
    for _ in range(times):
        unavailable(calls(bureau)[QUESTIONS])
    pool.always[QUESTIONS] = right


def is_open(bureau: HttpBureau, pool: Pool) -> bool:
    """Whether a call asks nobody."""
    before = len(pool.seen)
    unavailable(calls(bureau)[QUESTIONS])
    return len(pool.seen) == before


@pytest.mark.parametrize(
    "how",
    [
        ReadTimeoutError(POOL, URL, "slow"),
        (500, {}),
        (429, {}),
        (403, {}),
        (200, {"questions": []}),
        (200, b"<html>"),
    ],
)
def test_the_fifth_failure_in_a_row_opens_the_circuit_for_all_calls_S50(
    bureau: HttpBureau, pool: Pool, watch: Watch, how: Any
) -> None:
    fail(bureau, pool, 4, how)
    assert bureau.questions("ses-1")
    fail(bureau, pool, 5, how)
    asked = len(pool.seen)
    for call in calls(bureau).values():
        unavailable(call)
    watch.now += 29.99
    unavailable(calls(bureau)[QUESTIONS])
    assert len(pool.seen) == asked


def test_refused_logins_open_the_circuit_S50(bureau: HttpBureau, pool: Pool) -> None:
    for status in (400, 401, 404, 422, 500):
        pool.once[TOKENS] = [(status, {})]
        unavailable(calls(bureau)[QUESTIONS])
    assert is_open(bureau, pool)


def test_after_thirty_seconds_a_trial_that_is_answered_closes_the_circuit_S50(
    bureau: HttpBureau, pool: Pool, watch: Watch
) -> None:
    fail(bureau, pool, 5)
    watch.now += 30
    assert bureau.questions("ses-1")
    fail(bureau, pool, 4)
    assert bureau.questions("ses-1")


def test_a_trial_that_fails_opens_the_circuit_for_thirty_more_seconds_S50(
    bureau: HttpBureau, pool: Pool, watch: Watch
) -> None:
    fail(bureau, pool, 5)
    for _ in range(2):
        watch.now += 30
        fail(bureau, pool, 1)
        watch.now += 29.99
        assert is_open(bureau, pool)
        watch.now += 0.01 - 30
    watch.now += 30
    assert bureau.questions("ses-1")


def test_only_one_trial_is_under_way_S50(bureau: HttpBureau, pool: Pool, watch: Watch) -> None:
    fail(bureau, pool, 5)
    watch.now += 30

    def meanwhile() -> Any:
        watch.now += 5
        assert is_open(bureau, pool)
        return 200, {"outcome": "passed"}

    pool.once[ANSWERS] = [meanwhile]
    assert bureau.answer("ses-1", CHOSEN) == Passed()


def test_a_trial_whose_end_nobody_learns_is_followed_by_another_S50(
    bureau: HttpBureau, pool: Pool, watch: Watch
) -> None:
    fail(bureau, pool, 5)
    watch.now += 30
    pool.once[QUESTIONS] = [RuntimeError("a defect")]
    with pytest.raises(RuntimeError):
        bureau.questions("ses-1")
    assert is_open(bureau, pool)
    watch.now += 30
    assert bureau.questions("ses-1")


@pytest.mark.parametrize("status", [400, 404, 409, 410, 422])
def test_a_refusal_of_one_request_is_no_failure_that_others_wait_for_S50(
    bureau: HttpBureau, pool: Pool, watch: Watch, status: int
) -> None:
    fail(bureau, pool, 10, (status, {}))
    assert bureau.questions("ses-1")
    fail(bureau, pool, 5)
    watch.now += 30
    fail(bureau, pool, 1, (status, {}))
    assert bureau.questions("ses-1")


# References and the address


@pytest.mark.parametrize("reference", ["", "..", "a/b", "a?b", "a b", "a\r\nX: 1", "x" * 129, "é"])
def test_what_is_no_reference_is_sent_nowhere_and_says_nothing_of_the_bureau_S50(
    bureau: HttpBureau, pool: Pool, watch: Watch, reference: str
) -> None:
    def ask() -> None:
        unavailable(lambda: bureau.questions(reference))
        unavailable(lambda: bureau.answer(reference, CHOSEN))
        if reference != "..":
            unavailable(lambda: bureau.begin(PERSON, reference))

    for _ in range(5):
        ask()
    assert pool.seen == []
    fail(bureau, pool, 5)
    watch.now += 30
    ask()
    fail(bureau, pool, 1)
    assert is_open(bureau, pool)


@pytest.mark.parametrize("base", ["http://bureau.example", "bureau.example", "", "ftp://127.0.0.2"])
def test_personal_data_are_only_sent_encrypted_S31(base: str, pool: Pool) -> None:
    with pytest.raises(ValueError, match="https"):
        HttpBureau(base, client_id="keyfob", client_secret=str)


@pytest.mark.parametrize("base", ["https://bureau.example/", "http://127.0.0.1:8080/_bureau"])
def test_an_encrypted_address_and_one_of_this_machine_are_taken(base: str) -> None:
    HttpBureau(base, client_id="keyfob", client_secret=str)


# Personal data


def failures() -> Iterator[tuple[str, Answered]]:
    """Every kind of failure, with everything private in it that a bureau could repeat."""
    repeated = {"message": " ".join(PRIVATE), "outcome": "Ada 6789", "questions": [QUESTION] * 2}
    for path in (TOKENS, SESSIONS, QUESTIONS, ANSWERS):
        yield from ((path, one) for one in NETWORK)
        yield from ((path, (status, repeated)) for status in (307, 401, 404, 500))
        yield path, (200, repeated)
        yield path, (200, json.dumps(repeated).encode()[:-1])
        yield path, (200, json.dumps(repeated).encode().ljust(70_000))
        yield path, (200, json.dumps(repeated).encode("utf-16") + b"\xff")
    yield QUESTIONS, (200, asked({**QUESTION, "text": "Which car\n"}))
    yield QUESTIONS, (200, asked({**QUESTION, "choices": ["Aster", "Aster"]}))


@pytest.mark.parametrize(("path", "how"), list(failures()))
def test_no_error_and_no_log_line_repeats_personal_data_questions_or_answers_S31(
    pool: Pool, watch: Watch, path: str, how: Answered, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    bureau = a_bureau(pool, watch)
    pool.always[path] = how
    for asked, call in calls(bureau).items():
        if path not in {asked, TOKENS}:
            continue
        error = unavailable(call)
        # Nothing is attached to it either: loggers and consoles follow these.
        assert (error.__cause__, error.__context__) == (None, None)
        written = "".join(traceback.format_exception(error)) + repr(error) + repr(vars(error))
        assert not [one for one in PRIVATE if one in written]
    lines = [logged(record) for record in caplog.records]
    assert lines
    assert not [one for one in PRIVATE if any(one in line for line in lines)]


def test_a_log_line_says_which_call_failed_and_how_S50(
    bureau: HttpBureau, pool: Pool, caplog: pytest.LogCaptureFixture
) -> None:
    fail(bureau, pool, 1, ReadTimeoutError(POOL, URL, "slow"))
    fail(bureau, pool, 1, (503, {}))
    pool.once[SESSIONS] = [(200, {"outcome": "perhaps"})]
    unavailable(calls(bureau)[SESSIONS])
    fail(bureau, pool, 2, (200, b""))
    unavailable(calls(bureau)[ANSWERS])
    lines = [vars(one) for one in caplog.records if one.name == "keyfob.gateways.bureau"]
    assert [(one["operation"], one["reason"]) for one in lines] == [
        ("questions", "timeout"),
        ("questions", "status 503"),
        ("begin", "unknown outcome"),
        ("questions", "not JSON"),
        ("questions", "not JSON"),
        ("answer", "circuit open"),
    ]


def test_no_object_shows_its_personal_data_S31(bureau: HttpBureau) -> None:
    [question] = bureau.questions("ses-1")
    shown = [
        bureau,
        PERSON,
        question,
        Token(value="tok-1", seconds=1),
        Request(method="POST", path="/", body=b"Ada", headers={"Authorization": "tok-1"}),
        Answer(status=200, body=b"Ada"),
    ]
    assert not [one for one in PRIVATE if one in repr(shown)]
