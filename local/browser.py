"""A browser at the API of the local stack: a real client keeps the cookies."""

from __future__ import annotations

from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import Any

import requests
from requests.cookies import create_cookie, extract_cookies_to_jar, get_cookie_header

from local.client import Unexpected, idempotency_key

# A local stage has no TLS; without this setting the jar withholds Secure cookies.
_ON_THIS_MACHINE = ("https", "http")
_TIMEOUT = 40


class Browser:
    """Keeps cookies by itself; its page sends the CSRF token that it received last."""

    def __init__(self, url: str) -> None:
        """Open it at the address of the front, without cookies."""
        self.url = f"{url}/v1"
        # The library's own jar is copied for each request, without its policy.
        self.jar = CookieJar(DefaultCookiePolicy(secure_protocols=_ON_THIS_MACHINE))
        self.csrf_token = ""

    def call(self, method: str, path: str, body: Any = None, **headers: str) -> requests.Response:
        """One request; headers as `X_CSRF_Token="…"`."""
        sent = idempotency_key()
        if method != "GET" and self.csrf_token:
            sent["X-CSRF-Token"] = self.csrf_token
        sent |= {name.replace("_", "-"): value for name, value in headers.items()}
        request = requests.Request(method, f"{self.url}{path}", json=body, headers=sent).prepare()
        cookies = get_cookie_header(self.jar, request)  # type: ignore[no-untyped-call]
        if cookies:
            request.headers["Cookie"] = cookies
        answer = requests.Session().send(request, timeout=_TIMEOUT)
        extract_cookies_to_jar(self.jar, request, answer.raw)  # type: ignore[no-untyped-call]
        if answer.ok and answer.content:
            self.csrf_token = answer.json().get("csrf_token") or self.csrf_token
        return answer

    def sign_in(self, user_id: str, password: str) -> requests.Response:
        """Sign in for a cookie.

        Raises:
            Unexpected: the sign-in failed.
        """
        body = {"user_id": user_id, "password": password, "cookie": True}
        answer = self.call("POST", "/session", body)
        if answer.status_code != requests.codes.created:
            raise Unexpected(f"{user_id}'s browser wasn't signed in: {answer.text}")
        return answer

    def elevate(self, code: str, *, method: str) -> requests.Response:
        """Try to elevate the session with a code."""
        return self.call("POST", "/session/elevation", {"method": method, "code": code})

    def is_signed_in(self) -> bool:
        """Whether the session lives.

        Raises:
            Unexpected: the answer doesn't say.
        """
        answer = self.call("GET", "/session")
        if answer.status_code not in {requests.codes.ok, requests.codes.unauthorized}:
            raise Unexpected(f"neither signed in nor out: {answer.text}")
        return answer.ok

    @property
    def kept(self) -> dict[str, str]:
        """Its cookies."""
        return {one.name: str(one.value) for one in self.jar}

    def put(self, name: str, value: str) -> None:
        """Plant a cookie, or restore a copy."""
        planted = create_cookie(  # type: ignore[no-untyped-call]
            name, value, domain="127.0.0.1", secure=True
        )
        self.jar.set_cookie(planted)
