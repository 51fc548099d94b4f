"""Fields of several functions' bodies, and the idempotency records of requests.

A text is normalized here, once. A field's message states the wanted input (`http/sentences.py`);
its pattern is for the OpenAPI document.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Any

from aws_lambda_powertools.event_handler.openapi.params import Header, Path
from pydantic import AfterValidator, BeforeValidator, Field, GetCoreSchemaHandler, StringConstraints
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

from keyfob.domain.directory.account import normalized_user_id
from keyfob.domain.directory.mailbox import normalized_email
from keyfob.domain.directory.places import normalized_country, normalized_zone
from keyfob.domain.orders.tax import normalized_vat_id
from keyfob.domain.text import NO_LINE, line
from keyfob.http.gate import Caller
from keyfob.http.resolver import Model
from keyfob.http.sentences import WANTED
from keyfob.storage.idempotency import IdempotencyRecord


@dataclass(frozen=True, slots=True)
class Wanted:
    """Annotates a field with a pattern: its message, whatever is wrong with the value."""

    words: str

    def __get_pydantic_core_schema__(
        self, source: Any, handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        return core_schema.custom_error_schema(
            handler(source), custom_error_type=WANTED, custom_error_message=self.words
        )


def read_by(read: Callable[[str], str | None], words: str) -> AfterValidator:
    """Annotates a field that is normalized by `read`; None is refused with these words."""

    def normalized(typed: str) -> str:
        found = read(typed)
        if found is None:
            raise PydanticCustomError(WANTED, "{words}", {"words": words})
        return found

    return AfterValidator(normalized)


def documented(pattern: str) -> Any:
    """Annotates a field with its pattern in the OpenAPI document."""
    return Field(json_schema_extra={"pattern": pattern})


def _instant(typed: object) -> datetime:
    """The instant in RFC 3339, in whole seconds of UTC."""
    try:
        found = datetime.fromisoformat(typed) if isinstance(typed, str) else None
        if found and found.tzinfo:
            return found.astimezone(UTC).replace(microsecond=0)
    except (ValueError, OverflowError):
        pass  # no instant, or one that UTC's calendar doesn't have
    words = "must be an instant with its zone, for example 2027-03-31T22:00:00Z"
    raise PydanticCustomError(WANTED, "{words}", {"words": words})


LINE = read_by(
    line,
    "must be one line of visible characters, without control characters "
    "or characters that change the direction of writing",
)
_PLAIN = documented(f"^[^{NO_LINE}]*$")
Text = Annotated[str, StringConstraints(strip_whitespace=True, max_length=100), LINE, _PLAIN]
RequiredText = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100), LINE, _PLAIN
]
Reason = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200), LINE, _PLAIN
]
Country = Annotated[
    str,
    read_by(normalized_country, "must be a country's two-letter code in capitals, for example DE"),
    documented("^[A-Z]{2}$"),
]
Id = Annotated[
    str,
    StringConstraints(pattern=r"^[a-z0-9-]{1,64}$"),
    Wanted("must have 1 to 64 lower-case letters, digits and dashes"),
]
CredentialId = Annotated[
    str,
    StringConstraints(pattern=r"^crd_[0-9a-z]{20}$"),
    Wanted("must be the id of a credential, for example crd_0a1b2c3d4e5f6g7h8j9k"),
]
Zone = Annotated[
    str,
    read_by(normalized_zone, "must be the IANA name of a time zone, for example Europe/Berlin"),
]
Version = Annotated[
    str,
    StringConstraints(pattern=r"^[0-9A-Za-z][0-9A-Za-z._-]{0,31}$"),
    Wanted("must have 1 to 32 letters, digits, dots, dashes and underscores"),
]
Language = Annotated[
    str,
    StringConstraints(pattern=r"^[a-z]{2}$"),
    Wanted("must be a language's two-letter code, for example en"),
]
Email = Annotated[
    str,
    read_by(
        normalized_email,
        "must be an e-mail address, for example ada@acme.example; "
        "before the @ at most 64 letters, digits and signs of ASCII",
    ),
]
UserId = Annotated[
    str,
    read_by(
        normalized_user_id, "must have 3 to 64 letters, digits and . _ @ -, a letter or digit first"
    ),
]
Instant = Annotated[datetime, BeforeValidator(_instant)]
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


VatId = Annotated[
    str,
    StringConstraints(max_length=20),
    read_by(normalized_vat_id, "must be a VAT id: the country's letters, then 2 to 13 signs"),
]
