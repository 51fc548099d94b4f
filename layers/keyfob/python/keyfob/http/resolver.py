"""Powertools' resolver behind our gate: declares every route and answers refusals alike."""

from __future__ import annotations

import json
import logging
import re
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from http import HTTPStatus
from typing import Any, TypeVar, get_args, get_type_hints

from aws_lambda_powertools.event_handler import APIGatewayRestResolver, Response
from aws_lambda_powertools.event_handler.openapi.exceptions import RequestValidationError
from pydantic import BaseModel, ConfigDict

from keyfob.domain.audit.entry import Actor
from keyfob.domain.error_description import described
from keyfob.domain.errors import (
    Defect,
    DomainError,
    InvalidInput,
    NotFound,
    UnsupportedMediaType,
)
from keyfob.domain.sessions.client import Client
from keyfob.domain.sessions.permission import Permission, Proof, Scope, SessionProof
from keyfob.http.cookies import cleared, device_cookie
from keyfob.http.gate import (
    SAFE,
    Caller,
    Gate,
    client_of,
    cookie_header,
    require_json,
    shown_device,
)
from keyfob.http.operators import operator_of
from keyfob.http.problems import CONTENT_TYPE, problem
from keyfob.http.responses import HEADERS, note_request, refused, set_cookies
from keyfob.http.sentences import sentence_of

logger = logging.getLogger(__name__)

_PAGE = "text/html"

F = TypeVar("F", bound=Callable[..., Any])

_JSON = "application/json"
# A page behind a mailed link states its errors as a page.
_ERRORS = (CONTENT_TYPE, "text/html")
# The framework's own refusals that a request can cause. A path parameter with a NUL, for example,
# fits no route.
_FRAMEWORKS: Mapping[int, type[DomainError]] = {
    HTTPStatus.NOT_FOUND: NotFound,
    HTTPStatus.UNSUPPORTED_MEDIA_TYPE: UnsupportedMediaType,
}


class Model(BaseModel):
    """A body: unknown fields refused, nothing converted, hidden from error messages."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, hide_input_in_errors=True)


class ProblemView(BaseModel):
    """RFC 9457, with a stable `code`.

    `until` is the end of a wait (`binding_held`), `ask` who can send another invitation.
    """

    type: str
    title: str
    status: int
    detail: str
    code: str
    fields: dict[str, str] | None = None
    support: str | None = None
    until: str | None = None
    ask: str | None = None


class Api(APIGatewayRestResolver):
    """The routes of one function.

    Args:
        gate: returns the gate; called on the first request, so that importing opens nothing.
        front: returns the front's accepted secrets; none where there is no front.
        support: the deployment's support contact.
    """

    def __init__(
        self,
        *,
        gate: Callable[[], Gate],
        front: Callable[[], Sequence[str]],
        support: Callable[[], str],
    ) -> None:
        super().__init__(enable_validation=True)
        self._gate = gate
        self._front = front
        self._support = support
        self.permissions: dict[tuple[str, str], Permission] = {}
        self._bodiless: set[tuple[str, str]] = set()
        self._cacheable: dict[tuple[str, str], str] = {}
        self.exception_handler(RequestValidationError)(self._invalid)
        self.exception_handler(DomainError)(self._refused)

    def operation(
        self,
        method: str,
        rule: str,
        *,
        permission: Permission,
        summary: str,
        status: HTTPStatus = HTTPStatus.OK,
        also: tuple[HTTPStatus, ...] = (),
        refusals: tuple[HTTPStatus, ...] = (),
        pages: tuple[HTTPStatus, ...] = (),
        max_age: timedelta | None = None,
    ) -> Callable[[F], F]:
        """Declare a route (`/orders/<number>`), its permission and its possible refusals.

        It answers with `status` or, without a body, with one of `also`. With the statuses in
        `pages` it answers by a page for people, in HTML. Any cache may keep its good answers for
        `max_age`; without it none may store any (RFC 9111, section 5.2.2).
        """
        if permission.scope is Scope.SIGNED:
            raise ValueError("no gate judges a provider's signature")
        if max_age is not None and (permission.scope is not Scope.PUBLIC or method not in SAFE):
            raise ValueError("only what anybody may read is the same for everybody")
        route = (method, rule.replace("<", "{").replace(">", "}"))
        if max_age is not None:
            self._cacheable[route] = f"public, max-age={int(max_age.total_seconds())}"
        self.permissions[route] = permission
        responses: Any = {int(status): {"description": status.phrase}}
        responses |= {int(one): {"description": one.phrase, "content": {}} for one in also}
        for refusal in sorted({*_usual(permission), *refusals}):
            responses[int(refusal)] = {
                "description": refusal.phrase,
                "content": {CONTENT_TYPE: {"model": ProblemView}},
            }
        for answered in pages:
            # A path that no route has is refused by a problem, before any page.
            said = responses.setdefault(int(answered), {"description": answered.phrase})
            said.setdefault("content", {})[_PAGE] = {"schema": {"type": "string"}}

        def register(handler: F) -> F:
            if not any(
                _is_body(one) for name, one in get_type_hints(handler).items() if name != "return"
            ):
                self._bodiless.add(route)
            return self.route(
                rule,
                method,
                summary=summary,
                responses=responses,
                status_code=status,
                operation_id=handler.__name__,
                security=_security(permission, method),
            )(handler)

        return register

    @property
    def caller(self) -> Caller:
        """The caller; only on routes that need a session or a challenge."""
        caller: Caller = self.context["caller"]
        return caller

    @property
    def proof(self) -> SessionProof:
        """The caller's session with the route's required proof, for the use case to judge."""
        permission = self.caller.permission
        proof = SessionProof(
            session=self.caller.session,
            needed=permission.proof,
            about_others=permission.is_about_others,
            disconnected=self.caller.disconnected,
        )
        self.context["proofs"].append(proof)
        return proof

    @property
    def operator(self) -> Actor:
        """The operator who signed the request, without a reason; only on the operators' routes."""
        operator: Actor = self.context["operator"]
        return operator

    @property
    def client(self) -> Client:
        """The client's address and correlation."""
        client: Client = self.context["client"]
        return client

    @property
    def cookie_header(self) -> str:
        """The request's cookies, ours and others'."""
        return cookie_header(self.current_event.raw_event)

    @property
    def device(self) -> str:
        """The device value that the client shows; empty if none."""
        return shown_device(self.current_event.raw_event)

    def hand_over_device(self, value: str, *, as_cookie: bool) -> None:
        """Give the client a new device value, as a cookie or in the header X-Device."""
        if value and as_cookie:
            self.set_cookies(device_cookie(value))
        elif value:
            self.context["headers"]["X-Device"] = [value]

    def set_cookies(self, *cookies: str) -> None:
        """Set these cookies on the answer."""
        self.context["cookies"].extend(cookies)

    def clear_cookies(self, *names: str) -> None:
        """Clear these cookies in the caller's browser; a program has none."""
        if self.caller.by_cookie:
            self.set_cookies(*map(cleared, names))

    def resolve(self, event: Mapping[str, Any], context: Any) -> dict[str, Any]:
        """Admit, route, answer; one log line a request."""
        started = time.perf_counter()
        caller: Caller | None = None
        cookies: list[str] = []
        headers: dict[str, list[str]] = {}
        proofs: list[SessionProof] = []
        try:
            client = client_of(event, front=self._front())
            permission = self._declared(event)
            operator = _operator(event, context, permission)
            caller = self._gate().admit(event, permission, client)
            self._require_expected(event, require_json(event))
            given = {
                "caller": caller,
                "client": client,
                "operator": operator,
                "cookies": cookies,
                "headers": headers,
                "proofs": proofs,
            }
            self.append_context(**given)  # type: ignore[no-untyped-call]
            asked = {**_judged_as_json(event), "path": _below_base(event)}
            answer = super().resolve(asked, context)
            _require_own_form(answer)
            _require_judged(caller, proofs, answer["statusCode"])
        except DomainError as refusal:
            answer = refused(refusal, support=self._support())
        except Exception as error:  # noqa: BLE001
            # Our bug: the caller gets a clean answer, the log the place in the code, we an alarm.
            logger.error("defect", extra=described(error))  # noqa: TRY400
            answer = refused(Defect(), support=self._support())
        # API Gateway accepts an answer without a body, but not every stand-in for it does.
        answer["body"] = answer.get("body") or ""
        answer["multiValueHeaders"] = {
            **answer.get("multiValueHeaders", {}),
            **headers,
            **HEADERS,
            **self._caching(event, answer["statusCode"]),
        }
        set_cookies(answer, cookies)
        account = caller.account if caller else None
        note_request(event, answer["statusCode"], account, started)
        return answer

    def _caching(self, event: Mapping[str, Any], status: int) -> dict[str, list[str]]:
        found = self._cacheable.get((event["httpMethod"], event["resource"]))
        return {"Cache-Control": [found]} if found and status == HTTPStatus.OK else {}

    def _require_expected(self, event: Mapping[str, Any], body: Mapping[str, Any]) -> None:
        """Refuse fields on a route that has none: the sender expects an effect of them (S49)."""
        if body and (event["httpMethod"], event["resource"]) in self._bodiless:
            raise InvalidInput(fields=dict.fromkeys(body, "unknown field"))

    def _declared(self, event: Mapping[str, Any]) -> Permission:
        permission = self.permissions.get((event["httpMethod"], event["resource"]))
        if permission is None:
            raise NotFound
        return permission

    def _refused(self, refusal: DomainError) -> Response[str]:
        status, body, headers = problem(refusal, support=self._support())
        logger.info("refused", extra={"code": refusal.code, "status": int(status)})
        return Response(
            status_code=int(status),
            content_type=CONTENT_TYPE,
            body=json.dumps(body),
            headers=dict(headers),
        )

    def _invalid(self, error: RequestValidationError) -> Response[str]:
        fields: dict[str, str] = {}
        for one in error.errors():
            place = [str(part) for part in one["loc"]]
            path = ".".join(place[1:] if place[:1] == ["body"] else place) or "body"
            fields[path] = sentence_of(one)
        return self._refused(InvalidInput(fields=fields))


def _operator(event: Mapping[str, Any], context: Any, permission: Permission) -> Actor | None:
    """The operator who signed the request; None on other routes.

    The correlation is the invocation's own request id, which no caller can choose: the API's access
    log has it beside the principal that AWS has authenticated.
    """
    if permission.scope is not Scope.OPERATOR:
        return None
    return operator_of(event, correlation=str(context.aws_request_id))


def _judged_as_json(event: Mapping[str, Any]) -> dict[str, Any]:
    """The event for the framework, which wants its media type in lower case (RFC 9110, 8.3.1)."""
    headers = {
        name: _JSON if name.lower() == "content-type" else value
        for name, value in (event.get("headers") or {}).items()
    }
    return {**event, "headers": headers, "body": event.get("body") or ""}


def _require_own_form(answer: Mapping[str, Any]) -> None:
    """Raise our refusal in the place of the framework's, whose body has another form.

    Raises:
        DomainError: the refusal that the request caused.
        RuntimeError: the framework refused for another reason; a defect.
    """
    status = answer["statusCode"]
    kind = "".join(answer["multiValueHeaders"].get("Content-Type", ()))
    if status < HTTPStatus.BAD_REQUEST or kind.startswith(_ERRORS):
        return
    if status not in _FRAMEWORKS:
        raise RuntimeError(f"the framework answered with {status}")
    raise _FRAMEWORKS[status]


def _require_judged(caller: Caller | None, proofs: list[SessionProof], status: int) -> None:
    """Raise if the route declares a proof and its use case was handed none: a defect."""
    asks = caller is not None and caller.permission.proof is not Proof.PASSWORD
    if asks and status < HTTPStatus.BAD_REQUEST and not proofs:
        raise RuntimeError("the route's proof was not judged")


def _below_base(event: Mapping[str, Any]) -> str:
    """The path without the base path of a custom domain, which the resource doesn't have.

    Raises:
        NotFound: it isn't a path of the resource, by whose permission the caller was admitted: a
            parameter has a slash.
    """
    pattern = re.sub(r"\\{\w+\\}", "[^/]+", re.escape(event["resource"]))
    found = re.search(rf"{pattern}/*\Z", event["path"])
    if found is None:
        raise NotFound
    return found[0]


def _is_body(annotation: Any) -> bool:
    """Whether it is a body's model, one of several, or one that may be left out (`Body | None`)."""
    choices = get_args(annotation) or (annotation,)
    return any(isinstance(one, type) and issubclass(one, BaseModel) for one in choices)


def documented(permission: Permission) -> dict[str, str | list[str]]:
    """A permission in the form of the OpenAPI document."""
    said: dict[str, str | list[str]] = {"scope": permission.scope}
    if permission.needs_session and permission.scope is not Scope.CHALLENGE:
        said["proof"] = permission.proof
    return said if permission.roles is None else {**said, "roles": sorted(permission.roles)}


def _security(permission: Permission, method: str) -> list[dict[str, list[str]]] | None:
    """A bearer token, or a browser's cookie; a cookie with a CSRF token to change anything.

    A request to the operators' API is signed.
    """
    if permission.scope is Scope.OPERATOR:
        return [{"signature": []}]
    if not permission.needs_session:
        return None
    browser: dict[str, list[str]] = {"browser": []}
    return [{"session": []}, browser if method in SAFE else {**browser, "csrf": []}]


def _usual(permission: Permission) -> set[HTTPStatus]:
    """The refusals that any route of this permission can return; 403 past the front, too."""
    usual = {
        HTTPStatus.BAD_REQUEST,
        HTTPStatus.FORBIDDEN,
        HTTPStatus.UNPROCESSABLE_ENTITY,
        HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
        HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
        HTTPStatus.SERVICE_UNAVAILABLE,
    }
    return usual | ({HTTPStatus.UNAUTHORIZED} if permission.needs_session else set())
