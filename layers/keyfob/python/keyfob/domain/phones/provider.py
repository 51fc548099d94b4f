"""The interface of the provider that sends texts and places calls."""

from __future__ import annotations

from typing import Protocol

from keyfob.domain.phones.wording import Call


class PhoneMessages(Protocol):
    """Each call is one try, answered within seconds; it returns once the message is accepted.

    Accepted is not received: nobody learns whether it was read. A try without an answer may have
    been accepted.

    Every method raises:
        PhoneUnavailable: it wasn't accepted, or there was no answer; a later try may succeed.
        PhoneUnreachable: this number won't get it, however often it is tried.
    """

    def text(self, number: str, body: str) -> None:
        """Send a text to a number in E.164 form."""

    def call(self, number: str, call: Call) -> None:
        """Call a number in E.164 form and speak."""
