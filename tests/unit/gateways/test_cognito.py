"""Mapping of the password store's errors; the contract of passwords tests the rest."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from botocore.session import Session
from botocore.stub import Stubber

from keyfob.domain.errors import DomainError
from keyfob.domain.sessions.errors import (
    IdentityUnavailable,
    PasswordStoreLocked,
    WeakPassword,
)
from keyfob.domain.sessions.password import PasswordCheck
from keyfob.gateways.cognito import CognitoPasswords


@pytest.fixture
def cognito() -> Iterator[Stubber]:
    client = Session().create_client(
        "cognito-idp", "eu-central-1", aws_access_key_id="x", aws_secret_access_key="x"
    )
    with Stubber(client) as stubbed:
        yield stubbed


def over(cognito: Stubber) -> CognitoPasswords:
    client: Any = cognito.client
    return CognitoPasswords(client, pool="pool_1", pool_client="client")


@pytest.mark.parametrize(
    ("code", "refusal"),
    [
        ("InvalidPasswordException", WeakPassword),
        ("TooManyRequestsException", IdentityUnavailable),
        ("ResourceNotFoundException", IdentityUnavailable),
    ],
)
def test_only_a_refused_password_is_the_persons_to_correct_S50(
    code: str, refusal: type[DomainError], cognito: Stubber
) -> None:
    passwords = over(cognito)
    for change in (passwords.set_password, passwords.set_temporary):
        cognito.add_client_error("admin_set_user_password", code)
        with pytest.raises(refusal) as refused:
            change("acc_1", "a phrase of nobody's")
        assert type(refused.value) is refusal


def test_only_a_temporary_password_makes_a_login_A10(cognito: Stubber) -> None:
    passwords = over(cognito)
    cognito.add_client_error("admin_set_user_password", "UserNotFoundException")
    cognito.add_response("admin_create_user", {})
    passwords.set_temporary("acc_1", "a phrase of nobody's")
    cognito.add_client_error("admin_set_user_password", "UserNotFoundException")
    with pytest.raises(IdentityUnavailable):
        passwords.set_password("acc_1", "a phrase of nobody's")
    cognito.assert_no_pending_responses()


@pytest.mark.parametrize("code", ["NotAuthorizedException", "TooManyRequestsException"])
@pytest.mark.parametrize("told", ["Password attempts exceeded", "PASSWORD ATTEMPTS EXCEEDED."])
def test_the_stores_own_lock_is_told_from_a_wrong_password_S56(
    code: str, told: str, cognito: Stubber
) -> None:
    cognito.add_client_error("admin_initiate_auth", code, told)
    with pytest.raises(PasswordStoreLocked) as refused:
        over(cognito).check("acc_1", "a phrase of nobody's")
    assert refused.value.retry_after == timedelta(minutes=1)


@pytest.mark.parametrize(
    "told", ["Incorrect username or password.", "User is disabled.", "Attempt limit exceeded", ""]
)
def test_any_other_refusal_is_that_of_a_wrong_password_S25(told: str, cognito: Stubber) -> None:
    cognito.add_client_error("admin_initiate_auth", "NotAuthorizedException", told)
    assert over(cognito).check("acc_1", "a phrase of nobody's") is PasswordCheck.WRONG


@pytest.mark.parametrize(
    ("code", "told"),
    [
        ("TooManyRequestsException", "Rate exceeded"),
        ("InternalErrorException", "Password attempts exceeded"),
    ],
)
def test_a_store_that_is_throttled_or_broken_is_not_locked_S50(
    code: str, told: str, cognito: Stubber
) -> None:
    cognito.add_client_error("admin_initiate_auth", code, told)
    with pytest.raises(IdentityUnavailable):
        over(cognito).check("acc_1", "a phrase of nobody's")
