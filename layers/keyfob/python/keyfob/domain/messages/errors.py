"""Failures of sending mail."""

from __future__ import annotations

from keyfob.domain.errors import Unavailable


class MailUnavailable(Unavailable):
    """The mail service did not take the message; it is kept and tried again."""

    code = "mail_unavailable"
