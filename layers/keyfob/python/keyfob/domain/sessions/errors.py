"""Refusals and failures about passwords, sessions and strength."""

from __future__ import annotations

from keyfob.domain.errors import (
    Conflicting,
    Forbidden,
    InvalidInput,
    Throttled,
    Unauthenticated,
    Unavailable,
)


class WeakPassword(InvalidInput):
    """A permanent password that is too short, too long, or the temporary one again."""

    code = "weak_password"
    detail = "This password can't be used."


class NotAuthenticated(Unauthenticated):
    """No session, or one that has ended."""

    code = "not_authenticated"
    detail = "Sign in first: there is no session, or it has ended."


class WrongCredentials(Unauthenticated):
    """User id and password don't match; the same answer for known and unknown ids (S25)."""

    code = "wrong_credentials"
    detail = "The user id or the password is not right."


class AssumedRoleRequired(Forbidden):
    """A request whose signature proves no person: by IAM user, by root, or without any (S60)."""

    code = "assumed_role_required"
    detail = "Sign the request as a role that you have assumed, in a session with your own name."


class RecoveryRequired(Forbidden):
    """Too many wrong passwords in a row in this lane: only a recovery opens it again (S55)."""

    code = "recovery_required"
    detail = (
        "There were too many wrong passwords for this user id. Recover the password with a code "
        "that comes by e-mail; then sign in with the new one."
    )


class PasswordStoreLocked(Throttled):
    """The password store's own lock after wrong passwords; nothing was checked (S56)."""

    code = "password_store_locked"
    detail = "There were too many wrong passwords for this user id. Wait a minute, then try again."


class RecentPasswordRequired(Forbidden):
    """A password typed too long ago for an act that an open session must not suffice for (S58)."""

    code = "recent_password_required"
    detail = (
        "Sign in again, then repeat this: it takes a password that was typed a few minutes ago "
        "at most."
    )


class RoleRequired(Forbidden):
    """The account has none of the roles that this route is for."""

    code = "role_required"
    detail = "Your account doesn't have the role that this takes."
    needs_support = True


class CsrfTokenWrong(Forbidden):
    """A browser's changing request without the CSRF token that our pages send."""

    code = "csrf_token_wrong"
    detail = (
        "This request can't be told from one that another site made. "
        "Send the session's `csrf_token` in the header X-CSRF-Token."
    )


class WrongRecoveryCode(Forbidden):
    """A wrong, expired, used or never requested recovery code; the answer is the same (S25)."""

    code = "wrong_recovery_code"
    detail = (
        "This is not the code, or it can't be used any more. "
        "Take the one from the newest e-mail, or ask for a new one."
    )


class PasswordResetPending(Conflicting):
    """A right password that is no longer accepted: the account's reset is under way (F3)."""

    code = "password_reset_pending"
    detail = (
        "The password of this account was reset. A temporary one comes by e-mail within minutes: "
        "sign in with that one."
    )


class SignInAgain(Unavailable):
    """The session may have been elevated and re-keyed, but the answer that says so was lost."""

    code = "sign_in_again"
    detail = (
        "We can't tell whether this code was accepted. Sign in again, then use a new code: "
        "your session may have been replaced."
    )


class IdentityUnavailable(Unavailable):
    """The password store did not answer; nobody is signed in (fails closed)."""

    code = "identity_unavailable"
