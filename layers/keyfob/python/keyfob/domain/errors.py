"""Refusals a caller can expect: the few kinds, and those that no context owns.

`code` is public, stable and unique. The kind decides about the HTTP status (`http/problems.py`).
The refusals of a context stand beside its decisions, in `domain/<context>/errors.py`.
"""

from __future__ import annotations

from datetime import timedelta
from typing import ClassVar


class DomainError(Exception):
    """Root of expected refusals. `detail` is the sentence a person reads."""

    code: ClassVar[str]
    detail: ClassVar[str]
    needs_support: ClassVar[bool] = False

    def __init__(self, detail: str | None = None) -> None:
        super().__init__(detail or self.detail)


class InvalidInput(DomainError):
    """Input that breaks a rule; `fields` maps a field's path to what is wrong with it."""

    code = "invalid_input"
    detail = "Some of the input isn't valid. Correct the fields named and send it again."

    def __init__(self, detail: str | None = None, *, fields: dict[str, str] | None = None) -> None:
        super().__init__(detail)
        self.fields = fields or {}


class BadRequest(DomainError):
    """Not even understood."""


class Unauthenticated(DomainError):
    """Whoever asks isn't known, or not any more."""


class Forbidden(DomainError):
    """Known, and not allowed now."""


class Conflicting(DomainError):
    """What is there is in its way."""


class InvalidSignature(BadRequest):
    """A webhook whose signature is missing, wrong, too old or from the future (S36)."""

    code = "invalid_signature"
    detail = "The signature of this event could not be verified."


class NotFound(DomainError):
    """Unknown, or somebody else's: the two look the same (S23)."""

    code = "not_found"
    detail = "There is nothing here under this name."


class IllegalTransition(Conflicting):
    """An action that the present state doesn't allow."""

    code = "illegal_state"
    detail = "This can't be done in the present state."


class IdempotencyKeyReused(Conflicting):
    """An Idempotency-Key that was used before with another body."""

    code = "idempotency_key_reused"
    detail = "This Idempotency-Key was used before with other content. Use a new one."


class TooManyTries(DomainError):
    """A limit is used up; `retry_after` says when it is worth trying again."""

    code = "too_many_tries"
    detail = "There were too many tries. Wait, then try again."

    def __init__(self, *, retry_after: timedelta) -> None:
        super().__init__()
        self.retry_after = retry_after


class Unavailable(DomainError):
    """An outside party did not answer, or not in time. Nothing was lost: try again."""

    code = "unavailable"
    detail = "This can't be completed at the moment. Try again in a minute."
    needs_support = True


class StorageUnavailable(Unavailable):
    """The tables did not answer in time."""

    code = "storage_unavailable"


class KeysUnavailable(Unavailable):
    """The key service did not answer (fails closed)."""

    code = "keys_unavailable"


class Busy(Unavailable):
    """Too many changes of the same thing at once: every bounded try was overtaken."""

    code = "busy"
    detail = "Others are changing this at the same moment. Try again."


class MalformedBody(BadRequest):
    """A body that isn't a JSON object."""

    code = "malformed_body"
    detail = "The body must be a JSON object, encoded in UTF-8."


class BodyTooLarge(DomainError):
    """A body over the limit."""

    code = "body_too_large"
    detail = "The body is larger than 64 KiB."


class UnsupportedMediaType(DomainError):
    """A body that doesn't claim to be JSON."""

    code = "unsupported_media_type"
    detail = "Send the body as application/json."


class Defect(DomainError):
    """Something of ours is broken; the log has the traceback."""

    code = "internal_error"
    detail = "Something went wrong on our side. It was recorded."
    needs_support = True
