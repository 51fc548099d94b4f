"""A credit bureau for the local stage, by the contract in `keyfob.gateways.bureau`.

The last four digits of the social security number choose its answers; the name, the date of birth
and the address may be anything.

| last four | the bureau |
|---|---|
| 0001 | asks four questions and passes whatever is answered |
| 0002 | asks four questions; three right answers pass |
| 0003 | wants all nine digits; then as 0002 |
| 0004 | doesn't find the person |
| 0005 | has frozen the file |
| 0006 | has a thin file: too little to ask about |
| 0007 | as 0002, but confirms no address |
| any other | doesn't find the person |

Each question has one right choice, the one that ends in 7. The address that is confirmed is always
the same one.

Nothing is written to the disk. Remembered are references, sessions and outcomes: no personal data,
and no answers.
"""

from __future__ import annotations

import json
import re
import secrets
import threading
from collections import Counter, deque
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeGuard
from urllib.parse import unquote_plus

from werkzeug import Request, Response

from local.faults import BureauFaults, Switch

CLIENT_ID = "keyfob"

_TOKEN_SECONDS = 300
_NONE = "None of these"
QUESTIONS: tuple[dict[str, Any], ...] = (
    {
        "id": "card",
        "text": "In which year did you open your oldest credit card?",
        "choices": ["1994", "2001", "2007", "2012", _NONE],
    },
    {
        "id": "car",
        "text": "How much do you pay for your car every month?",
        "choices": ["$217", "$264", "$329", "$385", _NONE],
    },
    {
        "id": "house",
        "text": "At which number of Alder Street have you lived?",
        "choices": ["12", "58", "140", "307", _NONE],
    },
    {
        "id": "bank",
        "text": "Which of these branches has kept an account of yours?",
        "choices": ["Branch 31", "Branch 47", "Branch 52", "Branch 90", _NONE],
    },
)
CONFIRMED = {"street": "58 Alder Street", "city": "Austin", "state": "TX", "postal_code": "78702"}
_RIGHT_TO_PASS = 3
_ASKED = frozenset({"0001", "0002", "0003", "0007"})
_OUTCOMES = {"0005": "blocked"}
_PERSON = {
    "legal_name": r".{1,200}",
    "born": r"\d{4}-\d\d-\d\d",
    "ssn": r"\d{4}|\d{9}",
    "street": r".{1,200}",
    "city": r".{1,200}",
    "state": r"[A-Z]{2}",
    "postal_code": r"\d{5}",
}
_OPERATIONS = (
    ("POST", re.compile(r"/oauth/token"), "tokens"),
    ("POST", re.compile(r"/sessions"), "begin"),
    ("GET", re.compile(r"/sessions/([^/]+)/questions"), "questions"),
    ("POST", re.compile(r"/sessions/([^/]+)/answers"), "answers"),
    ("GET", re.compile(r"/sessions/([^/]+)/address"), "address"),
)
_NONSENSE = {"outcome": "perhaps", "questions": [], "access_token": 7}


class _Refusal(Exception):
    def __init__(self, status: int, why: str) -> None:
        super().__init__(why)
        self.status = status


@dataclass(slots=True, kw_only=True)
class _Session:
    always_passes: bool
    confirmed: bool
    outcome: str = ""


class BureauDouble:
    """The routes below `/_bureau`, and the number of their requests."""

    def __init__(self, faults: Switch[BureauFaults], *, secret: str) -> None:
        """Serve the client `CLIENT_ID` with this secret, with the misbehavior in `faults`."""
        self._faults = faults
        self._secret = secret
        self._lock = threading.Lock()
        self._asked: Counter[str] = Counter()
        self._tokens: deque[str] = deque(maxlen=1_000)
        self._sessions: dict[str, _Session] = {}
        # The answers to searches, by idempotency key.
        self._begun: dict[str, dict[str, str]] = {}

    @property
    def requests(self) -> dict[str, int]:
        """The number of requests, whatever their result, by operation (tokens, begin, …)."""
        return {name: self._asked[name] for _, _, name in _OPERATIONS}

    def revoke_tokens(self) -> None:
        """Refuse every token that was given out."""
        self._tokens.clear()

    def answer(self, request: Request, path: str) -> Response:
        """Answer as a bureau does; `path` is the request's below `/_bureau`."""
        operation, session = _operation(request.method, path)
        with self._lock:
            self._asked[operation] += 1
        faults = self._faults.now
        if faults.answer in {"hang", "slow"}:
            self._faults.hang(*([faults.seconds] if faults.answer == "slow" else []))
        if faults.answer in {"hang", "error"}:
            return _json({"error": "switched on by a test"}, status=500)
        with self._lock:
            try:
                response = _json(self._perform(request, operation, session))
            except _Refusal as refusal:
                response = _json({"error": str(refusal)}, status=refusal.status)
        return _spoiled(response, faults.answer)

    def _perform(self, request: Request, operation: str, session: str) -> Mapping[str, Any]:
        if operation == "tokens":
            return self._log_in(request)
        given = request.authorization
        if given is None or given.type != "bearer" or given.token not in self._tokens:
            raise _Refusal(401, "no valid token")
        match operation:
            case "begin":
                return self._begin(_key(request), _object(request))
            case "questions":
                self._found(session)
                return {"questions": QUESTIONS}
            case "answers":
                _key(request)
                return self._take(self._found(session), _object(request).get("answers"))
            case "address":
                if self._found(session).confirmed:
                    return {"outcome": "confirmed", "address": CONFIRMED}
                return {"outcome": "unconfirmed"}
        raise _Refusal(404, "no such route")

    def _log_in(self, request: Request) -> Mapping[str, Any]:
        client = request.authorization
        if client is None or client.type != "basic":
            raise _Refusal(401, "no client")
        # Each was encoded before they were joined (RFC 6749, section 2.3.1).
        named = unquote_plus(client.username or ""), unquote_plus(client.password or "")
        if named != (CLIENT_ID, self._secret):
            raise _Refusal(401, "unknown client")
        if request.form.to_dict() != {"grant_type": "client_credentials"}:
            raise _Refusal(400, "unknown grant")
        token = secrets.token_urlsafe(24)
        self._tokens.append(token)
        return {"access_token": token, "token_type": "Bearer", "expires_in": _TOKEN_SECONDS}

    def _begin(self, key: str, wanted: Mapping[str, Any]) -> Mapping[str, str]:
        if key not in self._begun:
            self._begun[key] = self._looked_for(_ssn(wanted))
        return self._begun[key]

    def _looked_for(self, ssn: str) -> dict[str, str]:
        last = ssn[-4:]
        if last == "0003" and len(ssn) == 4:
            return {"outcome": "needs_full_ssn"}
        if last not in _ASKED:
            return {"outcome": _OUTCOMES.get(last, "not_located")}
        session = secrets.token_urlsafe(16)
        self._sessions[session] = _Session(always_passes=last == "0001", confirmed=last != "0007")
        return {"outcome": "located", "session": session}

    def _found(self, session: str) -> _Session:
        if session not in self._sessions:
            raise _Refusal(404, "no such session")
        return self._sessions[session]

    def _take(self, session: _Session, answers: object) -> Mapping[str, str]:
        if not _are_choices(answers):
            raise _Refusal(422, "answer each question by one of its choices")
        if not session.outcome:
            right = sum(choice.endswith("7") for choice in answers.values())
            passed = session.always_passes or right >= _RIGHT_TO_PASS
            session.outcome = "passed" if passed else "failed"
        return {"outcome": session.outcome}


def right_answers() -> dict[str, str]:
    """The right choice of each question, by the question's id."""
    return {
        one["id"]: next(choice for choice in one["choices"] if choice.endswith("7"))
        for one in QUESTIONS
    }


def _operation(method: str, path: str) -> tuple[str, str]:
    for wanted, pattern, name in _OPERATIONS:
        found = pattern.fullmatch(path)
        if found and method == wanted:
            return name, "".join(found.groups())
    return "unknown", ""


def _key(request: Request) -> str:
    key = request.headers.get("Idempotency-Key", "")
    if not key:
        raise _Refusal(400, "no idempotency key")
    return key


def _object(request: Request) -> Mapping[str, Any]:
    try:
        found = json.loads(request.get_data())
    except ValueError:
        raise _Refusal(400, "not JSON") from None
    if not isinstance(found, dict):
        raise _Refusal(400, "not a JSON object")
    return found


def _ssn(wanted: Mapping[str, Any]) -> str:
    """The number of a search that has everything it must have, and nothing else."""
    person = wanted.get("person")
    if wanted.keys() != {"reference", "person"} or not isinstance(person, dict):
        raise _Refusal(422, "a reference and a person are wanted")
    if person.keys() != _PERSON.keys():
        raise _Refusal(422, "the person's fields aren't the wanted ones")
    for name, form in _PERSON.items():
        if not re.fullmatch(form, str(person[name])):
            raise _Refusal(422, f"{name} isn't in its form")
    return str(person["ssn"])


def _are_choices(answers: object) -> TypeGuard[dict[str, str]]:
    choices = {one["id"]: one["choices"] for one in QUESTIONS}
    if not isinstance(answers, dict) or answers.keys() != choices.keys():
        return False
    return all(answers[name] in choices[name] for name in choices)


def _spoiled(response: Response, how: str) -> Response:
    if how == "lost":
        return _json({"error": "switched on by a test"}, status=500)
    if how == "lie":
        return _json(_NONSENSE)
    if how == "twice":
        response.set_data(response.get_data() * 2)
    return response


def _json(body: object, *, status: int = 200) -> Response:
    return Response(json.dumps(body), status=status, content_type="application/json")
