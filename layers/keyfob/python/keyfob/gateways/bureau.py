"""A credit bureau over HTTPS (C2), by a contract that is no vendor's: a vendor gets an adapter.

Requests and answers are JSON objects; unknown members of an answer are ignored.

Every request carries a token of the client's (`client_credentials.py`).

`POST {base}/sessions`: looks for a person, and begins a session if there are questions.

    {"reference": "…",              ours, of this attempt
     "person": {"legal_name": "…",
                "born": "1990-01-31",
                "ssn": "6789",      or all nine digits
                "street": "…", "city": "…", "state": "NY", "postal_code": "10001"}}

    {"outcome": "located", "session": "…"}
    {"outcome": "needs_full_ssn"}   never to nine digits
    {"outcome": "not_located"}      no such person, or too few questions
    {"outcome": "blocked"}          the file is frozen or flagged

`GET {base}/sessions/{session}/questions`: the same questions each time.

    {"questions": [{"id": "…", "text": "…", "choices": ["…", "…"]}]}

`POST {base}/sessions/{session}/answers`: the chosen text for each question.

    {"answers": {"<id>": "<choice>"}}

    {"outcome": "passed"} or {"outcome": "failed"}

`GET {base}/sessions/{session}/address`: the address that the bureau confirms for the person whom it
located, for a letter; also after the answers, and when the time for these is over.

    {"outcome": "confirmed",
     "address": {"street": "…", "city": "…", "state": "NY", "postal_code": "10001"}}
    {"outcome": "unconfirmed"}      none, a recent change, or a session that is known no more

Both posts about sessions carry an `Idempotency-Key`. With the same key nothing new is begun and
nothing more is charged, and the answer is the first one's; only the first answers count. The key of
a search is made of our reference and the number of digits, so that nine digits are looked for under
a reference whose four weren't enough.

A session's id and a question's have 1 to 128 letters, digits, `-` and `_`. A session has 1 to 20
questions, a question 2 to 12 choices, a text at most 300 characters, an answer at most 64 KiB. A
request that can't be carried out is answered 400, 404, 409, 410 or 422.

Every call fails closed with `BureauUnavailable`. After 12 s it sends and reads nothing more, so
that two calls in a row leave time to answer within API Gateway's 29 s. A request is sent a second
time only after its connection was lost or its token refused, which its key makes harmless.
"""

from __future__ import annotations

import json
import logging
import re
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

import urllib3

from keyfob.domain.proofing.bureau import Address, Answered, Begun, Person, Question
from keyfob.domain.proofing.errors import BureauUnavailable
from keyfob.gateways import bureau_answers
from keyfob.gateways.circuit_breaker import CircuitBreaker
from keyfob.gateways.client_credentials import AuthorizedHttp
from keyfob.gateways.json_http import JsonHttp, Request, Unusable

logger = logging.getLogger(__name__)

T = TypeVar("T")

_READ_SECONDS = 6.0
_CALL_SECONDS = 12.0
_FAILURES = 5
_PAUSE_SECONDS = 30.0
_REFERENCE = re.compile(r"[A-Za-z0-9_.:#-]{1,128}")
_JSON = {"Content-Type": "application/json"}


class HttpBureau:
    """A `Bureau`.

    Args:
        base_url: begins with `https://`, or leads to this machine; ValueError otherwise.
        client_id: names us to the bureau.
        client_secret: returns the current secret.
        watch: a clock in seconds with any starting point.
        read_seconds: the longest wait for bytes of an answer, in seconds.
        pool: connections other than urllib3's own.
    """

    def __init__(
        self,
        base_url: str,
        *,
        client_id: str,
        client_secret: Callable[[], str],
        watch: Callable[[], float] = time.monotonic,
        read_seconds: float = _READ_SECONDS,
        pool: urllib3.PoolManager | None = None,
    ) -> None:
        self._http = AuthorizedHttp(
            JsonHttp(base_url, read_seconds=read_seconds, watch=watch, pool=pool),
            client_id=client_id,
            client_secret=client_secret,
            watch=watch,
        )
        self._watch = watch
        self._circuit = CircuitBreaker(failures=_FAILURES, pause=_PAUSE_SECONDS, watch=watch)

    def begin(self, person: Person, reference: str) -> Begun:
        """Look for the person; `reference` has letters, digits, `_.:#-`, at most 128."""

        def ask(ends: float) -> Begun:
            request = Request(
                method="POST",
                path="/sessions",
                body=_encoded({"reference": reference, "person": _document(person)}),
                headers={**_JSON, "Idempotency-Key": f"{reference}/{len(person.ssn)}"},
            )
            answer = self._http.document(request, ends=ends)
            return bureau_answers.begun(answer, full=len(person.ssn) == 9)

        return self._usable("begin", ask, named=bool(_REFERENCE.fullmatch(reference)))

    def questions(self, reference: str) -> Sequence[Question]:
        """The session's questions."""

        def ask(ends: float) -> Sequence[Question]:
            request = Request(method="GET", path=f"/sessions/{reference}/questions")
            return bureau_answers.questions(self._http.document(request, ends=ends))

        return self._usable("questions", ask, named=bureau_answers.is_id(reference))

    def answer(self, reference: str, answers: Mapping[str, str]) -> Answered:
        """Answer the session's questions."""

        def ask(ends: float) -> Answered:
            request = Request(
                method="POST",
                path=f"/sessions/{reference}/answers",
                body=_encoded({"answers": dict(answers)}),
                headers={**_JSON, "Idempotency-Key": f"{reference}/answers"},
            )
            return bureau_answers.answered(self._http.document(request, ends=ends))

        return self._usable("answer", ask, named=bureau_answers.is_id(reference))

    def address(self, reference: str) -> Address | None:
        """The address that the bureau confirms for the person of this session."""

        def ask(ends: float) -> Address | None:
            request = Request(method="GET", path=f"/sessions/{reference}/address")
            return bureau_answers.address(self._http.document(request, ends=ends))

        return self._usable("address", ask, named=bureau_answers.is_id(reference))

    def _usable(self, operation: str, ask: Callable[[float], T], *, named: bool) -> T:
        """The answer, if the reference is one, the circuit closed, and the answer makes sense."""
        reason = "circuit open" if named else "no reference"
        if named and self._circuit.admits():
            try:
                answer = ask(self._watch() + _CALL_SECONDS)
            except Unusable as unusable:
                reason = str(unusable)
                # Refusing one person's request is no failure that others should wait for.
                (self._circuit.succeeded if unusable.refused else self._circuit.failed)()
            else:
                self._circuit.succeeded()
                return answer
        logger.warning("no answer of the bureau", extra={"operation": operation, "reason": reason})
        # Not in the handler: no exception that may hold an answer's text is attached to this one.
        raise BureauUnavailable


def _document(person: Person) -> dict[str, str]:
    return {
        "legal_name": person.legal_name,
        "born": person.born.isoformat(),
        "ssn": person.ssn,
        "street": person.street,
        "city": person.city,
        "state": person.state,
        "postal_code": person.postal_code,
    }


def _encoded(document: Mapping[str, Any]) -> bytes:
    return json.dumps(document).encode()
