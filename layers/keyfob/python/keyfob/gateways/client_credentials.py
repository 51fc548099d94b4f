"""Requests with an access token of ours: client credentials (RFC 6749, section 4.4).

`POST {base}/oauth/token`, as a form, the client authenticated by HTTP Basic. Answer:
`{"access_token", "token_type": "Bearer", "expires_in"}`, the last in seconds. Every other request
carries the token (RFC 6750) and is answered 401 without a valid one.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote_plus

import urllib3

from keyfob.domain.errors import Unavailable
from keyfob.gateways.json_http import Answer, JsonHttp, Request, Unusable

# A token isn't used in its last seconds, in which it might expire on the way.
_TOKEN_MARGIN_SECONDS = 30.0
# RFC 6750, section 2.1.
_TOKEN = re.compile(r"[A-Za-z0-9._~+/-]{1,4096}={0,2}")
_MOST_TOKEN_SECONDS = 24 * 60 * 60


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Token:
    """An access token, valid for `seconds` from its answer."""

    value: str
    seconds: int


def token(answer: Mapping[str, Any]) -> Token:
    """An access token (RFC 6749, section 5.1); one without a lifetime is refused."""
    value, kind, seconds = (
        answer.get(name) for name in ("access_token", "token_type", "expires_in")
    )
    if not isinstance(value, str) or not _TOKEN.fullmatch(value):
        raise Unusable("no token")
    if not isinstance(kind, str) or kind.lower() != "bearer":
        raise Unusable("unknown kind of token")
    if type(seconds) is not int or not 0 < seconds <= _MOST_TOKEN_SECONDS:
        raise Unusable("token without a lifetime")
    return Token(value=value, seconds=seconds)


class AuthorizedHttp:
    """Sends requests with a token to one service, and logs in when it needs one.

    Args:
        http: the service.
        client_id: names us to it.
        client_secret: returns the current secret.
        watch: a clock in seconds with any starting point.
    """

    def __init__(
        self,
        http: JsonHttp,
        *,
        client_id: str,
        client_secret: Callable[[], str],
        watch: Callable[[], float],
    ) -> None:
        self._http = http
        self._client_id = client_id
        self._client_secret = client_secret
        self._watch = watch
        self._token: tuple[str, float] | None = None

    def document(self, request: Request, *, ends: float) -> Mapping[str, Any]:
        """The JSON object that answers a request, before the watch shows `ends`.

        Raises:
            Unusable: there was none.
        """
        answer = self._with_token(request, ends)
        if answer.status == 401:
            # Withdrawn, or expired while Lambda had frozen this process together with its watch.
            self._token = None
            answer = self._with_token(request, ends)
        return answer.document()

    def _with_token(self, request: Request, ends: float) -> Answer:
        headers = {**request.headers, "Authorization": f"Bearer {self._current_token(ends)}"}
        return self._http.send(
            Request(method=request.method, path=request.path, body=request.body, headers=headers),
            ends=ends,
        )

    def _current_token(self, ends: float) -> str:
        now = self._watch()
        if self._token is None or now >= self._token[1]:
            try:
                fresh = token(self._http.send(self._login(), ends=ends).document())
            except Unusable as unusable:
                # A failure for everybody, also if the login is refused.
                raise Unusable(f"login: {unusable}") from None
            margin = min(_TOKEN_MARGIN_SECONDS, fresh.seconds / 2)
            self._token = fresh.value, now + fresh.seconds - margin
        return self._token[0]

    def _login(self) -> Request:
        try:
            secret = self._client_secret()
        except Unavailable:
            raise Unusable("no client secret") from None
        # Encoded before they are joined (RFC 6749, section 2.3.1): either may have a colon.
        client = f"{quote_plus(self._client_id)}:{quote_plus(secret)}"
        return Request(
            method="POST",
            path="/oauth/token",
            body=b"grant_type=client_credentials",
            headers={
                "Content-Type": "application/x-www-form-urlencoded",
                **urllib3.make_headers(basic_auth=client),
            },
        )
