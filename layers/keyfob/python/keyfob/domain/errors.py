"""Refusals a caller can expect.

`code` is public, stable and unique; `http/problems.py` alone knows the HTTP status of each.

    DomainError
    ├── InvalidInput
    │   ├── UnknownProduct, DisclaimerNotAccepted, WeakPassword
    │   ├── UnknownLicenseKey, WrongSerial, WrongCodes, NotConfirmed
    │   └── InvalidPhone, PhoneNotAllowed, PhoneUnreachable, LastAuthenticator
    ├── NotAuthenticated, WrongCredentials, InvalidSignature
    ├── CsrfTokenWrong, WrongCode, CodeAlreadyUsed, WrongRecoveryCode
    ├── NotApproved, NotActivated, Suspended, Expired, NoToken, TokenLocked
    ├── ResetNeeded, WaitForToken, ProofingRequired, SuspendedByOthers
    ├── CredentialExists, TokenRegistered, LicenseKeyLapsed
    ├── NoLiveCode, PhoneBlocked, PhoneLocked, PhoneRegistered, TooManyPhones
    ├── ElevationRequired, ReopeningRequired, Connected, NotConnectable
    ├── NoFittingApplication
    ├── NotFound
    ├── IllegalTransition, IdempotencyKeyReused, PasswordResetPending, TokenNotAvailable
    ├── TooManyTries
    ├── MalformedBody, BodyTooLarge, UnsupportedMediaType
    ├── Unavailable
    │   ├── StorageUnavailable, IdentityUnavailable, MailUnavailable, KeysUnavailable, Busy
    │   ├── PhoneUnavailable, PhoneMessagesPaused
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


class UnknownLicenseKey(InvalidInput):
    """Never issued, no longer valid, or redeemed by somebody: the three look the same."""

    code = "unknown_license_key"
    detail = (
        "This license key isn't valid, or it was used already. "
        "Check it against the e-mail it came in."
    )


class WrongSerial(InvalidInput):
    """Not in the inventory, somebody else's, or assigned already: they look the same (S29)."""

    code = "wrong_serial"
    detail = (
        "This is not the serial number of a token that you can register. "
        "Enter it as it is printed on the back of the token."
    )


class WrongCodes(InvalidInput):
    """Not two consecutive codes of this token, or spent ones."""

    code = "wrong_codes"
    detail = (
        "These are not two consecutive codes of your token. Enter one code, "
        "wait for the next one, and enter that as the second."
    )


class NotConfirmed(InvalidInput):
    """A final step that was not confirmed (F3)."""

    code = "not_confirmed"
    detail = "This is final. Send `confirm: true` to go on."


class InvalidPhone(InvalidInput):
    """Not a phone number in international form."""

    code = "invalid_phone"
    detail = (
        "This is not a phone number in international form. "
        "Begin with + and the country's code, for example +1 202 555 0123."
    )


class PhoneNotAllowed(InvalidInput):
    """A number that no message is sent to (S13); no provider was asked."""

    code = "phone_not_allowed"
    detail = (
        "We don't send this kind of message to this number. "
        "Texts go to mobile phones, calls to landlines, too, of the countries that we serve."
    )


class PhoneUnreachable(InvalidInput):
    """A phone that whoever sends our messages can't or mustn't reach, today or ever."""

    code = "phone_unreachable"
    detail = (
        "Our messages don't get to this phone: its owner may have refused them, or its network "
        "does. Use another phone."
    )


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


class CsrfTokenWrong(DomainError):
    """A browser's request that changes something, without what a page of ours sends along."""

    code = "csrf_token_wrong"
    detail = (
        "This request can't be told from one that another site made. "
        "Send the session's `csrf_token` in the header X-CSRF-Token."
    )


class WrongCode(DomainError):
    """A code that is not the token's; it was counted."""

    code = "wrong_code"
    detail = "The code is not right. Enter the one that your token shows now."


class CodeAlreadyUsed(DomainError):
    """A right code that has been used; it isn't counted as a failure."""

    code = "code_already_used"
    detail = "This code was used already. Wait until your token shows the next one."


class WrongRecoveryCode(DomainError):
    """Not the code, expired, used, or never asked for: they look the same (S25)."""

    code = "wrong_recovery_code"
    detail = (
        "This is not the code, or it can't be used any more. "
        "Take the one from the newest e-mail, or ask for a new one."
    )


class NotApproved(DomainError):
    """A credential that its partner has yet to approve (F1)."""

    code = "credential_not_approved"
    detail = (
        "You can't give codes yet: your partner has still to approve the credential. "
        "Sign in without a code meanwhile."
    )


class NotActivated(DomainError):
    """A credential that is not activated yet."""

    code = "credential_not_activated"
    detail = "Activate your credential first."


class Suspended(DomainError):
    """A suspended credential."""

    code = "credential_suspended"
    detail = (
        "You can't give codes at the moment: your credential is suspended. "
        "Sign in without a code and look at your credential to see who can re-enable it."
    )


class Expired(DomainError):
    """A credential past its validity."""

    code = "credential_expired"
    detail = "Your credential has expired. Sign in without a code and renew it."


class NoToken(DomainError):
    """A credential without a hardware token."""

    code = "no_token"
    detail = "There is no token registered with your credential. Register it first."


class TokenLocked(DomainError):
    """Too many wrong codes in a row: only two consecutive codes unlock it (F2)."""

    code = "token_locked"
    detail = (
        "Your token is locked after too many wrong codes. Sign in without the token and "
        "resynchronize it with two consecutive codes."
    )


class ResetNeeded(DomainError):
    """Too many failed registrations or resynchronizations: an operator must reset it (D2, F2)."""

    code = "reset_needed"
    detail = "There were too many wrong tries with this token. Ask for a reset of your token."
    needs_support = True


class NoLiveCode(DomainError):
    """No code that could be right: none sent in this session, expired, or tried too often (S11)."""

    code = "no_live_code"
    detail = (
        "There is no code to compare with: none was sent to this phone in this session, "
        "or it is no longer valid. Ask for a new one."
    )


class PhoneBlocked(DomainError):
    """Too many wrong codes in a row: the phone frees itself after a while (F2)."""

    code = "phone_blocked"
    detail = (
        "There were too many wrong codes of this phone. Use your token or another phone, "
        "or wait a quarter of an hour."
    )


class PhoneLocked(DomainError):
    """Wrong codes again and again: only an administrator frees the phone (F2)."""

    code = "phone_locked"
    detail = (
        "There were too many wrong codes of this phone, again and again. Use your token or "
        "another phone, or ask an administrator to free it."
    )
    needs_support = True


class ElevationRequired(DomainError):
    """What a password alone must not do (A8, S14)."""

    code = "elevation_required"
    detail = "Sign in with a code first: your password alone is not enough for this."


class ReopeningRequired(DomainError):
    """A credential that lost its last authenticator: a password must not bring another (S14)."""

    code = "reopening_required"
    detail = (
        "Your credential has no token and no phone any more, and a password alone can't add one. "
        "Ask for it to be reopened."
    )
    needs_support = True


class PhoneRegistered(DomainError):
    """The same number a second time with one credential."""

    code = "phone_registered"
    detail = "This phone is registered with your credential."


class TooManyPhones(DomainError):
    """More phones than a credential may have."""

    code = "too_many_phones"
    detail = "Your credential has as many phones as it can have. Remove one first."


class LastAuthenticator(InvalidInput):
    """Removing the last thing to sign in with, without saying so (D3)."""

    code = "last_authenticator"
    detail = (
        "This is the last phone of a credential without a token. Without both you can't give codes "
        "any more, and your identity would have to be proofed again. Send `confirm=true` to go on."
    )


class WaitForToken(DomainError):
    """A hardware credential whose token is not shipped (C1)."""

    code = "wait_for_token"
    detail = (
        "Your token has not been shipped yet. Wait until it has arrived, then enter the key again."
    )


class ProofingRequired(DomainError):
    """A credential whose holder's identity must be proofed before it is activated."""

    code = "proofing_required"
    detail = "Your identity must be proofed before this credential can be activated."


class SuspendedByOthers(DomainError):
    """A suspension that its holder can't lift (F5)."""

    code = "suspended_by_others"
    detail = (
        "You didn't suspend this credential yourself. Ask your organization's administrator "
        "or write to support to have it re-enabled."
    )
    needs_support = True


class CredentialExists(DomainError):
    """A second credential while the first one lives."""

    code = "credential_exists"
    detail = "You have a credential. A new one can be redeemed once that one is revoked."


class LicenseKeyLapsed(DomainError):
    """A key so old that its credential would be revoked at once (F6)."""

    code = "license_key_lapsed"
    detail = (
        "This license key was paid for more than two years ago: its year has passed, and the year "
        "in which it could be renewed, too. Buy a new one."
    )


class TokenRegistered(DomainError):
    """A second token while the first one is registered."""

    code = "token_registered"
    detail = "A token is registered with this credential. Revoke that one first if it is lost."


class Connected(DomainError):
    """An account that uses another one's credential, and so can't have one of its own (A8)."""

    code = "connected"
    detail = "This account uses the credential of another account. Disconnect it first."


class NotConnectable(DomainError):
    """Two accounts of which one can't use the other's credential (A8)."""

    code = "not_connectable"
    detail = (
        "Only accounts of one person can be connected: e-mail address and names must be exactly "
        "equal, and both accounts must be in use."
    )


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


class PasswordResetPending(DomainError):
    """A right password that no longer lets anybody in: the account's reset is under way (F3)."""

    code = "password_reset_pending"
    detail = (
        "The password of this account was reset. A temporary one comes by e-mail within minutes: "
        "sign in with that one."
    )


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


class PhoneUnavailable(Unavailable):
    """A text or a call that wasn't accepted, or not in time (fails closed)."""

    code = "phone_unavailable"
    detail = "The message could not be sent. Nothing was lost: try again in a minute."


class PhoneMessagesPaused(Unavailable):
    """More was spent on texts and calls than may be: no more for now (S12)."""

    code = "phone_messages_paused"
    detail = (
        "No texts and calls are sent at the moment. Use your token, "
        "or sign in without it and try again later."
    )


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
