"""The cookies of a browser, as they are sent."""

from __future__ import annotations

import requests

SESSION, REMEMBERED, DEVICE = "__Host-session", "__Host-remembered", "__Host-device"
FLAGS = "Path=/; Secure; HttpOnly; SameSite=Strict"


def given(answer: requests.Response) -> list[str]:
    """The Set-Cookie headers as they were sent."""
    return list(answer.raw.headers.getlist("Set-Cookie"))
