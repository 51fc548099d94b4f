"""Refusals about license keys, credentials, hardware tokens and OTP codes."""

from __future__ import annotations

from keyfob.domain.errors import Conflicting, Forbidden, InvalidInput, NotFound


class UnknownLicenseKey(InvalidInput):
    """A license key never issued, no longer valid, or redeemed; the answer is the same."""

    code = "unknown_license_key"
    detail = (
        "This license key isn't valid, or it was used already. "
        "Check it against the e-mail it came in."
    )


class WrongSerial(InvalidInput):
    """A serial unknown, somebody else's, or assigned already; the answer is the same (S29)."""

    code = "wrong_serial"
    detail = (
        "This is not the serial number of a token that you can register. "
        "Enter it as it is printed on the back of the token."
    )


class WrongCodes(InvalidInput):
    """Codes that aren't two consecutive ones of this token, or are already used."""

    code = "wrong_codes"
    detail = (
        "These are not two consecutive codes of your token. Enter one code, "
        "wait for the next one, and enter that as the second."
    )


class NotConfirmed(InvalidInput):
    """A final step that was not confirmed (F3)."""

    code = "not_confirmed"
    detail = "This is final. Send `confirm: true` to go on."


class LastAuthenticator(InvalidInput):
    """Removing the last authenticator without explicit confirmation (D3)."""

    code = "last_authenticator"
    detail = (
        "This is the last phone of a credential without a token. Without both you can't give codes "
        "any more, and your identity would have to be proofed again. Send `confirm=true` to go on."
    )


class WrongCode(Forbidden):
    """A wrong OTP code; it was counted as a failure."""

    code = "wrong_code"
    detail = "The code is not right. Enter the one that your token shows now."


class CodeAlreadyUsed(Forbidden):
    """A right code that was already used; it isn't counted as a failure."""

    code = "code_already_used"
    detail = "This code was used already. Wait until your token shows the next one."


class NotApproved(Forbidden):
    """A credential that its partner has yet to approve (F1)."""

    code = "credential_not_approved"
    detail = (
        "You can't give codes yet: your partner has still to approve the credential. "
        "Sign in without a code meanwhile."
    )


class NotActivated(Forbidden):
    """A credential that is not activated yet."""

    code = "credential_not_activated"
    detail = "Activate your credential first."


class Suspended(Forbidden):
    """A suspended credential."""

    code = "credential_suspended"
    detail = (
        "You can't give codes at the moment: your credential is suspended. "
        "Sign in without a code and look at your credential to see who can re-enable it."
    )


class Expired(Forbidden):
    """A credential past its validity."""

    code = "credential_expired"
    detail = "Your credential has expired. Sign in without a code and renew it."


class NoToken(Forbidden):
    """A credential without a hardware token."""

    code = "no_token"
    detail = "There is no token registered with your credential. Register it first."


class TokenLocked(Forbidden):
    """Too many wrong codes in a row: only two consecutive codes unlock it (F2)."""

    code = "token_locked"
    detail = (
        "Your token is locked after too many wrong codes. Sign in without the token and "
        "resynchronize it with two consecutive codes."
    )


class ResetNeeded(Forbidden):
    """Too many failed registrations or resynchronizations: an operator must reset it (D2, F2)."""

    code = "reset_needed"
    detail = "There were too many wrong tries with this token. Ask for a reset of your token."
    needs_support = True


class ElevationRequired(Forbidden):
    """An action that needs a recent code (A8, S14, S58)."""

    code = "elevation_required"
    detail = (
        "Sign in with a code first, even if you did before: this takes one that is a few minutes "
        "old at most."
    )


class NoUpgrade(Conflicting):
    """The begin of an upgrade where there is none, or it was begun before."""

    code = "no_upgrade"
    detail = "There is no unused upgrade for this credential. Buy one first."


class ProofingRequired(Forbidden):
    """A credential whose holder's identity must be proofed before it is activated."""

    code = "proofing_required"
    detail = "Your identity must be proofed before this credential can be activated."


class SuspendedByOthers(Forbidden):
    """A suspension that its holder can't lift (F5)."""

    code = "suspended_by_others"
    detail = (
        "You didn't suspend this credential yourself. Ask your organization's administrator "
        "or write to support to have it re-enabled."
    )
    needs_support = True


class NoCredential(NotFound):
    """An account of the administrator's organization that has no credential to act on."""

    code = "no_credential"
    detail = "This account has no credential."


class CredentialOfAnotherAccount(Conflicting):
    """A connected account, whose credential is its owner's other account's (A8)."""

    code = "credential_of_another_account"
    detail = (
        "This account uses the credential of its owner's other account. Only that account's "
        "organization manages it; you can freeze this account, or its owner ends the connection."
    )


class WaitForToken(Conflicting):
    """A hardware credential whose token is not shipped (C1)."""

    code = "wait_for_token"
    detail = (
        "Your token has not been shipped yet. Wait until it has arrived, then enter the key again."
    )


class CredentialExists(Conflicting):
    """A second credential while the first one is live."""

    code = "credential_exists"
    detail = "You have a credential. A new one can be redeemed once that one is revoked."


class LicenseKeyLapsed(Conflicting):
    """A key that nobody redeemed in time (B5), or whose credential would end at once (F6)."""

    code = "license_key_lapsed"
    detail = (
        "This license key was paid for more than two years ago: its year has passed, and the year "
        "in which it could be renewed, too. Buy a new one."
    )


class TokenRegistered(Conflicting):
    """A second token while the first one is registered."""

    code = "token_registered"
    detail = "A token is registered with this credential. Revoke that one first if it is lost."
