"""Fields that more than one function's bodies have, and the receipts of idempotent requests."""

from __future__ import annotations

import hashlib
from typing import Annotated

from aws_lambda_powertools.event_handler.openapi.params import Header, Path
from pydantic import StringConstraints

from keyfob.http.resolver import Model
from keyfob.receipts import Receipt

# No control characters: these texts end up on labels and in mails.
Text = Annotated[
    str, StringConstraints(strip_whitespace=True, max_length=100, pattern=r"^[^\x00-\x1f\x7f]*$")
]
RequiredText = Annotated[Text, StringConstraints(min_length=1)]
Country = Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$")]
Name = Annotated[str, Path(min_length=1, max_length=64)]
IdempotencyKey = Annotated[str, Header(alias="Idempotency-Key", min_length=8, max_length=128)]


def receipt_of(account: str, key: str, body: Model) -> Receipt:
    """The receipt of a request with this Idempotency-Key and body."""
    digest = hashlib.sha256(body.model_dump_json().encode()).hexdigest()
    return Receipt(account=account, key=key, body=digest)
