"""A person who registers an organization with the link of a mail: used by the demo."""

from __future__ import annotations

import hashlib
import itertools
import re
from typing import Any

import requests

from local.client import Person, Unexpected

_LINK = re.compile(r"https?://\S+/invitations/(\S+)")


class Registrant:
    """Somebody without an account; `token` is the registration's, once it has begun."""

    def __init__(self, url: str, mail: dict[str, Any]) -> None:
        """Open `url` with the link of the invitation's mail.

        Raises:
            Unexpected: the mail has no link.
        """
        found = _LINK.search(mail["text"])
        if found is None:
            raise Unexpected(f"there is no link in: {mail['text']}")
        self.invitation = found[1]
        self.token = ""
        self._nobody = Person(url, "")

    def show_invitation(self) -> requests.Response:
        """Open the link."""
        return self._nobody.call("GET", f"/invitations/{self.invitation}")

    def accept(self, form: dict[str, Any], text: str) -> requests.Response:
        """Try to accept the invitation with the form and its work; keeps the token."""
        body = {"form": {"form": form["form"], "work": text}}
        answer = self._nobody.call("POST", f"/invitations/{self.invitation}/acceptance", body)
        if answer.ok:
            self.token = answer.json()["registration"]["token"]
        return answer

    def save(self, **parts: Any) -> requests.Response:
        """Save these parts of the registration."""
        return self._nobody.call("PUT", f"/registrations/{self.token}", parts)

    def show(self) -> dict[str, Any]:
        """The registration as it is kept."""
        shown: dict[str, Any] = self._nobody.expect(200, "GET", f"/registrations/{self.token}")
        return shown

    def submit(self) -> dict[str, Any]:
        """Hand it to the operators."""
        read = {"no_obligation": True, "passwords_passed_on": True}
        path = f"/registrations/{self.token}/submission"
        submitted: dict[str, Any] = self._nobody.expect(200, "POST", path, read)
        return submitted


def work(form: dict[str, Any]) -> str:
    """What a page computes: SHA-256 of `<form>:<work>` begins with so many zero bits."""
    limit = 1 << (256 - form["bits"])
    for text in map(str, itertools.count()):
        digest = hashlib.sha256(f"{form['form']}:{text}".encode()).digest()
        if int.from_bytes(digest, "big") < limit:
            return text
    raise AssertionError  # there is no end to counting
