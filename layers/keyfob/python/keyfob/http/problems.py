"""Refusals as `application/problem+json` (RFC 9457): the one place that knows HTTP statuses."""

from __future__ import annotations

import math
from http import HTTPStatus
from typing import Any

from keyfob.domain import errors
from keyfob.domain.errors import DomainError, InvalidInput, TooManyTries

CONTENT_TYPE = "application/problem+json"

STATUS: dict[type[DomainError], HTTPStatus] = {
    errors.InvalidInput: HTTPStatus.UNPROCESSABLE_ENTITY,
    errors.UnknownProduct: HTTPStatus.UNPROCESSABLE_ENTITY,
    errors.DisclaimerNotAccepted: HTTPStatus.UNPROCESSABLE_ENTITY,
    errors.WeakPassword: HTTPStatus.UNPROCESSABLE_ENTITY,
    errors.NoFittingApplication: HTTPStatus.UNPROCESSABLE_ENTITY,
    errors.UnknownLicenseKey: HTTPStatus.UNPROCESSABLE_ENTITY,
    errors.WrongSerial: HTTPStatus.UNPROCESSABLE_ENTITY,
    errors.WrongCodes: HTTPStatus.UNPROCESSABLE_ENTITY,
    errors.NotConfirmed: HTTPStatus.UNPROCESSABLE_ENTITY,
    errors.InvalidPhone: HTTPStatus.UNPROCESSABLE_ENTITY,
    errors.PhoneNotAllowed: HTTPStatus.UNPROCESSABLE_ENTITY,
    errors.PhoneUnreachable: HTTPStatus.UNPROCESSABLE_ENTITY,
    errors.LastAuthenticator: HTTPStatus.UNPROCESSABLE_ENTITY,
    errors.MalformedBody: HTTPStatus.BAD_REQUEST,
    errors.InvalidSignature: HTTPStatus.BAD_REQUEST,
    errors.NotAuthenticated: HTTPStatus.UNAUTHORIZED,
    errors.WrongCredentials: HTTPStatus.UNAUTHORIZED,
    errors.CsrfTokenWrong: HTTPStatus.FORBIDDEN,
    errors.WrongCode: HTTPStatus.FORBIDDEN,
    errors.CodeAlreadyUsed: HTTPStatus.FORBIDDEN,
    errors.WrongRecoveryCode: HTTPStatus.FORBIDDEN,
    errors.NotApproved: HTTPStatus.FORBIDDEN,
    errors.NotActivated: HTTPStatus.FORBIDDEN,
    errors.Suspended: HTTPStatus.FORBIDDEN,
    errors.Expired: HTTPStatus.FORBIDDEN,
    errors.NoToken: HTTPStatus.FORBIDDEN,
    errors.TokenLocked: HTTPStatus.FORBIDDEN,
    errors.NoLiveCode: HTTPStatus.FORBIDDEN,
    errors.PhoneBlocked: HTTPStatus.FORBIDDEN,
    errors.PhoneLocked: HTTPStatus.FORBIDDEN,
    errors.ElevationRequired: HTTPStatus.FORBIDDEN,
    errors.ReopeningRequired: HTTPStatus.FORBIDDEN,
    errors.ResetNeeded: HTTPStatus.FORBIDDEN,
    errors.ProofingRequired: HTTPStatus.FORBIDDEN,
    errors.SuspendedByOthers: HTTPStatus.FORBIDDEN,
    errors.NotFound: HTTPStatus.NOT_FOUND,
    errors.WaitForToken: HTTPStatus.CONFLICT,
    errors.CredentialExists: HTTPStatus.CONFLICT,
    errors.LicenseKeyLapsed: HTTPStatus.CONFLICT,
    errors.Connected: HTTPStatus.CONFLICT,
    errors.NotConnectable: HTTPStatus.CONFLICT,
    errors.TokenRegistered: HTTPStatus.CONFLICT,
    errors.PhoneRegistered: HTTPStatus.CONFLICT,
    errors.TooManyPhones: HTTPStatus.CONFLICT,
    errors.IllegalTransition: HTTPStatus.CONFLICT,
    errors.IdempotencyKeyReused: HTTPStatus.CONFLICT,
    errors.PasswordResetPending: HTTPStatus.CONFLICT,
    errors.TokenNotAvailable: HTTPStatus.CONFLICT,
    errors.BodyTooLarge: HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    errors.UnsupportedMediaType: HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
    errors.TooManyTries: HTTPStatus.TOO_MANY_REQUESTS,
    errors.Unavailable: HTTPStatus.SERVICE_UNAVAILABLE,
    errors.StorageUnavailable: HTTPStatus.SERVICE_UNAVAILABLE,
    errors.IdentityUnavailable: HTTPStatus.SERVICE_UNAVAILABLE,
    errors.PaymentUnavailable: HTTPStatus.SERVICE_UNAVAILABLE,
    errors.PaymentFailed: HTTPStatus.SERVICE_UNAVAILABLE,
    errors.MailUnavailable: HTTPStatus.SERVICE_UNAVAILABLE,
    errors.PhoneUnavailable: HTTPStatus.SERVICE_UNAVAILABLE,
    errors.PhoneMessagesPaused: HTTPStatus.SERVICE_UNAVAILABLE,
    errors.KeysUnavailable: HTTPStatus.SERVICE_UNAVAILABLE,
    errors.Busy: HTTPStatus.SERVICE_UNAVAILABLE,
    errors.Defect: HTTPStatus.INTERNAL_SERVER_ERROR,
}


def problem(
    error: DomainError, *, support: str
) -> tuple[HTTPStatus, dict[str, Any], dict[str, str]]:
    """Status, body and extra headers for a refusal.

    `support` is named where a person may have to help (G5).
    """
    status = STATUS[type(error)]
    body: dict[str, Any] = {
        "type": f"urn:keyfob:problem:{error.code}",
        "title": error.code.replace("_", " ").capitalize(),
        "status": int(status),
        "detail": str(error),
        "code": error.code,
    }
    headers: dict[str, str] = {}
    if isinstance(error, InvalidInput) and error.fields:
        body["fields"] = error.fields
    if isinstance(error, TooManyTries):
        headers["Retry-After"] = str(max(1, math.ceil(error.retry_after.total_seconds())))
    if status is HTTPStatus.UNAUTHORIZED:
        headers["WWW-Authenticate"] = "Bearer"
    if error.needs_support:
        body["support"] = support
    return status, body, headers
