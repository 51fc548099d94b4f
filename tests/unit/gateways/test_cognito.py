"""Mapping of the password store's errors; the contract of passwords tests the rest."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from botocore.session import Session
from botocore.stub import Stubber

from keyfob.domain.errors import DomainError
from keyfob.domain.sessions.errors import IdentityUnavailable, WeakPassword
from keyfob.gateways.cognito import CognitoPasswords


@pytest.fixture
def cognito() -> Iterator[Stubber]:
    client = Session().create_client(
        "cognito-idp", "eu-central-1", aws_access_key_id="x", aws_secret_access_key="x"
    )
    with Stubber(client) as stubbed:
        yield stubbed


@pytest.mark.parametrize(
    ("code", "refusal"),
    [
        ("InvalidPasswordException", WeakPassword),
        ("TooManyRequestsException", IdentityUnavailable),
        ("UserNotFoundException", IdentityUnavailable),
    ],
)
def test_only_a_refused_password_is_the_persons_to_correct_S50(
    code: str, refusal: type[DomainError], cognito: Stubber
) -> None:
    client: Any = cognito.client
    passwords = CognitoPasswords(client, pool="pool_1", pool_client="client")
    for change in (passwords.set_password, passwords.set_temporary):
        cognito.add_client_error("admin_set_user_password", code)
        with pytest.raises(refusal) as refused:
            change("acc_1", "a phrase of nobody's")
        assert type(refused.value) is refusal
