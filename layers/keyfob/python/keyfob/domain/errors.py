"""Refusals that a caller can expect: the base kinds, and those shared by all contexts.

`code` is public, stable and unique. The kind determines the HTTP status (`http/problems.py`). The
refusals of a context are in `domain/<context>/errors.py`.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, ClassVar


class DomainError(Exception):
    """Root of expected refusals. `detail` is the sentence a person reads.

    `needs_support`: a person may have to help (G5); some refusals decide it one by one.
    `recorded`: the audit trail has an entry about it, and needs no second one.
    """

    code: ClassVar[str]
    detail: ClassVar[str]
    needs_support: bool = False
    recorded: bool = False

    def __init__(self, detail: str | None = None) -> None:
        super().__init__(detail or self.detail)

    @property
    def members(self) -> Mapping[str, Any]:
        """More members of its problem (RFC 9457, section 3.2), in JSON's types."""
        return {}


class InvalidInput(DomainError):
    """Input that breaks a rule; `fields` maps a field's path to its error."""

    code = "invalid_input"
    detail = "Some of the input isn't valid. Correct the fields named and send it again."

    def __init__(self, detail: str | None = None, *, fields: dict[str, str] | None = None) -> None:
        super().__init__(detail)
        self.fields = fields or {}

    @property
    def members(self) -> Mapping[str, Any]:
        """The fields, if any."""
        return {"fields": self.fields} if self.fields else {}


class BadRequest(DomainError):
    """A request that can't be understood."""


class Unauthenticated(DomainError):
    """A caller who isn't known, or no longer."""


class Forbidden(DomainError):
    """A known caller who isn't allowed now."""


class Conflicting(DomainError):
    """A request that conflicts with the present state."""


class InvalidSignature(BadRequest):
    """A webhook whose signature is missing, wrong, too old or from the future (S36)."""

    code = "invalid_signature"
    detail = "The signature of this event could not be verified."


class FrontRequired(Forbidden):
    """A request that didn't come through the front of a deployment that has one (S63)."""

    code = "front_required"
    detail = "Use the service's public address: requests to this one are refused."


class NotFound(DomainError):
    """Unknown, or somebody else's; the answer is the same (S23)."""

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


class Throttled(DomainError):
    """A refusal for a while; `retry_after` says when it is worth trying again."""

    def __init__(self, *, retry_after: timedelta) -> None:
        super().__init__()
        self.retry_after = retry_after


class TooManyTries(Throttled):
    """A limit is used up."""

    code = "too_many_tries"
    detail = "There were too many tries. Wait, then try again."


class Unavailable(DomainError):
    """An outside service did not answer in time. Nothing was lost: try again."""

    code = "unavailable"
    detail = "This can't be completed at the moment. Try again in a minute."
    needs_support = True


class StorageUnavailable(Unavailable):
    """The tables did not answer in time."""

    code = "storage_unavailable"


class OutcomeUnknown(StorageUnavailable):
    """A write was sent and its answer lost: it may have been done."""

    code = "outcome_unknown"
    detail = (
        "We can't tell whether this was done. Look at how things stand now, "
        "then try again if it wasn't."
    )


class KeysUnavailable(Unavailable):
    """The key service did not answer (fails closed)."""

    code = "keys_unavailable"


class Busy(Unavailable):
    """Too many concurrent changes of the same thing: every retry was overtaken."""

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
    """An internal fault; the log has the traceback."""

    code = "internal_error"
    detail = "Something went wrong on our side. It was recorded."
    needs_support = True
