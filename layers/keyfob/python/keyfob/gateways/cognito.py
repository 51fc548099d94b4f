"""Cognito stores passwords and nothing else: checked and set from the server side.

Its answers decide who gets in, so silence refuses (fails closed) with `IdentityUnavailable`.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from keyfob.domain.sessions.errors import (
    IdentityUnavailable,
    PasswordStoreLocked,
    WeakPassword,
)
from keyfob.domain.sessions.password import PasswordCheck

if TYPE_CHECKING:
    from mypy_boto3_cognito_idp.client import CognitoIdentityProviderClient

# Cognito doesn't say for how long: from a second to a quarter of an hour.
_LOCKED_FOR = timedelta(minutes=1)
_WRONG = frozenset({"NotAuthorizedException", "UserNotFoundException", "InvalidParameterException"})


class CognitoPasswords:
    """Passwords of the accounts of one user pool; the user name is the account's id."""

    def __init__(
        self, client: CognitoIdentityProviderClient, *, pool: str, pool_client: str
    ) -> None:
        self._client = client
        self._pool = pool
        self._pool_client = pool_client

    def check(self, account: str, password: str) -> PasswordCheck:
        """Check the account's password; an unknown account gives the answer of a wrong password.

        Raises:
            PasswordStoreLocked: after wrong passwords; nothing was checked.
            IdentityUnavailable.
        """
        try:
            answer = self._client.admin_initiate_auth(
                UserPoolId=self._pool,
                ClientId=self._pool_client,
                AuthFlow="ADMIN_USER_PASSWORD_AUTH",
                AuthParameters={"USERNAME": account, "PASSWORD": password},
            )
        except ClientError as error:
            if _is_locked(error):
                raise PasswordStoreLocked(retry_after=_LOCKED_FOR) from error
            if error.response["Error"]["Code"] in _WRONG:
                return PasswordCheck.WRONG
            raise IdentityUnavailable from error
        except BotoCoreError as error:
            raise IdentityUnavailable from error
        if answer.get("ChallengeName") == "NEW_PASSWORD_REQUIRED":
            return PasswordCheck.MUST_CHANGE
        return PasswordCheck.RIGHT if "AuthenticationResult" in answer else PasswordCheck.WRONG

    def set_password(self, account: str, password: str) -> None:
        """Make this the account's permanent password."""
        self._set(account, password, permanent=True)

    def set_temporary(self, account: str, password: str) -> None:
        """Make this the account's password until the next sign-in, which must change it.

        An account without a login gets one.
        """
        try:
            self._set(account, password, permanent=False)
        except IdentityUnavailable as refusal:
            if not _has_no_login(refusal.__cause__):
                raise
            self.create(account, password)

    def _set(self, account: str, password: str, *, permanent: bool) -> None:
        try:
            self._client.admin_set_user_password(
                UserPoolId=self._pool, Username=account, Password=password, Permanent=permanent
            )
        except ClientError as error:
            if error.response["Error"]["Code"] == "InvalidPasswordException":
                raise WeakPassword from error
            raise IdentityUnavailable from error
        except BotoCoreError as error:
            raise IdentityUnavailable from error

    def delete(self, account: str) -> None:
        """Delete the account's login; one that is gone already is no error."""
        try:
            self._client.admin_delete_user(UserPoolId=self._pool, Username=account)
        except ClientError as error:
            if error.response["Error"]["Code"] != "UserNotFoundException":
                raise IdentityUnavailable from error
        except BotoCoreError as error:
            raise IdentityUnavailable from error

    def create(self, account: str, temporary_password: str) -> None:
        """Add an account whose temporary password must be changed; keeps an existing account."""
        try:
            self._client.admin_create_user(
                UserPoolId=self._pool,
                Username=account,
                TemporaryPassword=temporary_password,
                MessageAction="SUPPRESS",
            )
        except ClientError as error:
            if error.response["Error"]["Code"] != "UsernameExistsException":
                raise IdentityUnavailable from error
        except BotoCoreError as error:
            raise IdentityUnavailable from error


def _has_no_login(error: BaseException | None) -> bool:
    return (
        isinstance(error, ClientError)
        and error.response["Error"]["Code"] == "UserNotFoundException"
    )


def _is_locked(error: ClientError) -> bool:
    """Whether the account is locked: only the text tells it from a wrong password."""
    told = error.response["Error"]
    return (
        told["Code"] in {"NotAuthorizedException", "TooManyRequestsException"}
        and "attempts exceeded" in told.get("Message", "").lower()
    )
