"""Fields shared by several functions' bodies, and the idempotency records of requests."""

from __future__ import annotations

import hmac
from typing import Annotated

from aws_lambda_powertools.event_handler.openapi.params import Header, Path
from pydantic import StringConstraints

from keyfob.http.gate import Caller
from keyfob.http.resolver import Model
from keyfob.storage.idempotency import IdempotencyRecord

# No control characters, nor any that change the direction of writing: these texts appear on labels
# and in mails.
_PLAIN = r"^[^\x00-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]*$"
Text = Annotated[str, StringConstraints(strip_whitespace=True, max_length=100, pattern=_PLAIN)]
RequiredText = Annotated[Text, StringConstraints(min_length=1)]
Country = Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$")]
Name = Annotated[str, Path(min_length=1, max_length=64)]
ReleaseCode = Annotated[str | None, StringConstraints(min_length=1, max_length=64)]
IdempotencyKey = Annotated[str, Header(alias="Idempotency-Key", min_length=8, max_length=128)]


def idempotency_record_of(caller: Caller, key: str, place: str, body: Model) -> IdempotencyRecord:
    """The idempotency record of a request to `place` with this Idempotency-Key and body.

    The body is hashed under the client's own key, which is not stored: nothing in the body can be
    guessed from the record.
    """
    content = f"{place}\n{body.model_dump_json()}".encode()
    digest = hmac.digest(key.encode(), content, "sha256").hex()
    return IdempotencyRecord(account=caller.account, key=key, body=digest)
