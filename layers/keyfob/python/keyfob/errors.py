"""Refusals a caller can expect.

`code` is public, stable and unique; `http/problems.py` alone knows the HTTP status of each.

    DomainError
    ├── InvalidInput
    │   ├── UnknownProduct, DisclaimerNotAccepted, WeakPassword
    ├── NotAuthenticated, WrongCredentials, InvalidSignature
    ├── NoFittingApplication
    ├── NotFound
    ├── IllegalTransition, IdempotencyKeyReused, TokenNotAvailable
    ├── TooManyTries
    ├── MalformedBody, BodyTooLarge, UnsupportedMediaType
    ├── Unavailable
    │   ├── StorageUnavailable, IdentityUnavailable, MailUnavailable, KeysUnavailable, Busy
    │   └── PaymentUnavailable
    │       └── PaymentFailed
    └── Defect
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


class UnknownProduct(InvalidInput):
    """A product that the chosen partner doesn't offer."""

    code = "unknown_product"
    detail = "This partner doesn't offer one of the products. Choose from the partner's catalog."


class DisclaimerNotAccepted(InvalidInput):
    """An order without its disclaimer accepted (B3)."""

    code = "disclaimer_not_accepted"
    detail = "The disclaimer must be read and accepted before an order can be placed."


class WeakPassword(InvalidInput):
    """A permanent password that is too short, too long, or the temporary one again."""

    code = "weak_password"
    detail = "This password can't be used."


class NotAuthenticated(DomainError):
    """No session, or one that has ended."""

    code = "not_authenticated"
    detail = "Sign in first: there is no session, or it has ended."


class WrongCredentials(DomainError):
    """User id and password don't match; the same answer for known and unknown ids (S25)."""

    code = "wrong_credentials"
    detail = "The user id or the password is not right."


class InvalidSignature(DomainError):
    """A webhook whose signature is missing, wrong, too old or from the future (S36)."""

    code = "invalid_signature"
    detail = "The signature of this event could not be verified."


class NoFittingApplication(DomainError):
    """A purchase for an account without access to an application that needs it (B2)."""

    code = "no_fitting_application"
    detail = (
        "This account has no access to an application of this partner that the product is for. "
        "Ask your organization's administrator for access first."
    )


class NotFound(DomainError):
    """Unknown, or somebody else's: the two look the same (S23)."""

    code = "not_found"
    detail = "There is nothing here under this name."


class IllegalTransition(DomainError):
    """An action that the present state doesn't allow."""

    code = "illegal_state"
    detail = "This can't be done in the present state."


class TokenNotAvailable(DomainError):
    """A token that an operator can't ship: unknown, in use, or sent for something else (B5)."""

    code = "token_not_available"
    detail = "This token can't be shipped."


class IdempotencyKeyReused(DomainError):
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


class IdentityUnavailable(Unavailable):
    """The password store did not answer; nobody is signed in (fails closed)."""

    code = "identity_unavailable"


class PaymentUnavailable(Unavailable):
    """The payment provider did not answer; the order is kept."""

    code = "payment_unavailable"
    detail = (
        "The payment provider did not answer. The order is kept: "
        "send it again with the same Idempotency-Key in a minute."
    )


class PaymentFailed(PaymentUnavailable):
    """The payment provider answered with a failure of its own; the order is kept."""

    code = "payment_failed"


class MailUnavailable(Unavailable):
    """The mail service did not take the message; it is kept and tried again."""

    code = "mail_unavailable"


class KeysUnavailable(Unavailable):
    """The key service did not answer (fails closed)."""

    code = "keys_unavailable"


class Busy(Unavailable):
    """Too many changes of the same thing at once: every bounded try was overtaken."""

    code = "busy"
    detail = "Others are changing this at the same moment. Try again."


class MalformedBody(DomainError):
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
