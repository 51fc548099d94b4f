"""The mailbox over HTTP: SES v2's endpoint, and pages and JSON for readers."""

from __future__ import annotations

import json
import secrets

from werkzeug import Request, Response

from local.faults import SesFaults, Switch
from local.html import POLICY, page
from local.mailbox import Mail, Mailbox, MailRefused

_SEND_EMAIL = ("POST", "/v2/email/outbound-emails")


class Messages:
    """Routes below `/messages` and `/_ses`."""

    def __init__(self, mailbox: Mailbox, faults: Switch[SesFaults]) -> None:
        """Show and fill `mailbox`, with the misbehavior in `faults`."""
        self._mailbox = mailbox
        self._faults = faults

    def ses(self, request: Request, path: str) -> Response:
        """Answer as SES v2 does; `path` is the request's below `/_ses`."""
        answer = self._faults.now.answer
        if answer == "hang":
            self._faults.hang()
        if answer != "normal":
            return _ses_error(500, "InternalServiceErrorException", "switched on by a test")
        if (request.method, path) != _SEND_EMAIL:
            return _ses_error(
                400, "BadRequestException", f"{request.method} {path} is not played here"
            )
        try:
            mail = self._mailbox.capture(json.loads(request.get_data()))
        except (MailRefused, json.JSONDecodeError) as refusal:
            return _ses_error(400, "BadRequestException", str(refusal))
        return _json({"MessageId": mail.id}, headers={"x-amzn-RequestId": secrets.token_hex(16)})

    def show(self, request: Request, path: str) -> Response:
        """Answer a reader; `path` is the request's below `/messages`."""
        if path == ".json":
            to = request.args.get("to")
            return _json([message.summary() for message in self._mailbox.messages(to)])
        message_id, _, view = path.strip("/").partition("/")
        if not message_id:
            newest_first = self._mailbox.messages()[::-1]
            return page("messages.html", messages=newest_first)
        message = self._mailbox.message(message_id)
        if isinstance(message, Mail) and view in {"", "html", "raw"}:
            return self._mail(message, view)
        if message is None or view:
            return page("missing.html", status=404, what="message")
        return page("phone_message.html", message=message)

    def _mail(self, mail: Mail, view: str) -> Response:
        if view == "html":
            # The mail's own HTML is a stranger's: no script, no form, no foreign resource.
            headers = {"Content-Security-Policy": f"{POLICY}; img-src data:; sandbox allow-popups"}
            return Response(mail.html, headers=headers, content_type="text/html; charset=utf-8")
        if view == "raw":
            name = f'attachment; filename="{mail.id}.eml"'
            headers = {"Content-Disposition": name}
            return Response(mail.raw, headers=headers, content_type="message/rfc822")
        return page("message.html", mail=mail)


def _json(body: object, *, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    return Response(
        json.dumps(body), status=status, headers=headers, content_type="application/json"
    )


def _ses_error(status: int, code: str, message: str) -> Response:
    return _json({"message": message}, status=status, headers={"x-amzn-ErrorType": code})
