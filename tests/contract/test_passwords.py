"""The password store (A4): our fake, and Cognito as the template describes the pool."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any, Protocol

import pytest
from botocore.exceptions import ClientError, ReadTimeoutError
from botocore.session import Session

from keyfob.domain.ids import new_id
from keyfob.domain.policy import Policy
from keyfob.domain.sessions.errors import (
    IdentityUnavailable,
    PasswordStoreLocked,
    WeakPassword,
)
from keyfob.domain.sessions.password import PasswordCheck, generate_temporary
from keyfob.gateways.cognito import CognitoPasswords
from keyfob.usecases.directory.initial_data import PasswordStore
from keyfob.usecases.sessions.reset import TemporaryPasswords
from keyfob.usecases.sessions.sign_in import Identity
from tests.support.fakes import FakePasswords, Meddler, unique
from tests.support.templates import resources

TEMPORARY, PERMANENT = "temporary-password", "correct horse battery staple"
RIGHT, WRONG, MUST_CHANGE = PasswordCheck.RIGHT, PasswordCheck.WRONG, PasswordCheck.MUST_CHANGE


class Passwords(Identity, PasswordStore, TemporaryPasswords, Protocol):
    """Everything that a test needs of a password store."""


@pytest.fixture(scope="module")
def cognito(aws: Session) -> Meddler:
    return Meddler(aws.create_client("cognito-idp"))


@pytest.fixture(scope="module")
def real(cognito: Meddler) -> CognitoPasswords:
    [pool] = resources("AWS::Cognito::UserPool", "infra/identity.yaml").values()
    [client] = resources("AWS::Cognito::UserPoolClient", "infra/identity.yaml").values()
    kept = ("Policies", "AdminCreateUserConfig", "UsernameConfiguration")
    wanted = {name: pool["Properties"][name] for name in kept}
    pool_id = cognito.create_user_pool(PoolName="passwords", **wanted)["UserPool"]["Id"]
    flows = client["Properties"]["ExplicitAuthFlows"]
    made = cognito.create_user_pool_client(
        UserPoolId=pool_id, ClientName="keyfob", ExplicitAuthFlows=flows
    )
    client_id = made["UserPoolClient"]["ClientId"]
    return CognitoPasswords(cognito, pool=pool_id, pool_client=client_id)  # type: ignore[arg-type]


@pytest.fixture(params=["fake", "cognito"])
def passwords(request: pytest.FixtureRequest) -> Passwords:
    if request.param == "fake":
        return FakePasswords()
    made: Passwords = request.getfixturevalue("real")
    return made


@pytest.fixture
def account(passwords: Passwords) -> str:
    name = unique("acc_contract")
    passwords.create(name, TEMPORARY)
    return name


def test_a_temporary_password_is_right_but_must_be_changed_A4(
    passwords: Passwords, account: str
) -> None:
    assert passwords.check(account, TEMPORARY) is MUST_CHANGE
    assert passwords.check(account, TEMPORARY) is MUST_CHANGE


def test_a_permanent_password_replaces_the_temporary_one_A4(
    passwords: Passwords, account: str
) -> None:
    passwords.set_password(account, PERMANENT)
    assert passwords.check(account, PERMANENT) is RIGHT
    assert passwords.check(account, TEMPORARY) is WRONG


def test_a_password_that_was_reset_counts_alone_and_must_be_changed_F3(
    passwords: Passwords, account: str
) -> None:
    passwords.set_password(account, PERMANENT)
    first, second = generate_temporary(), generate_temporary()
    for temporary in (first, second):
        passwords.set_temporary(account, temporary)
        assert passwords.check(account, temporary) is MUST_CHANGE
        assert passwords.check(account, temporary) is MUST_CHANGE
        assert passwords.check(account, PERMANENT) is WRONG
    assert passwords.check(account, first) is WRONG
    passwords.set_password(account, PERMANENT)
    assert passwords.check(account, PERMANENT) is RIGHT
    assert passwords.check(account, second) is WRONG


def test_a_password_is_reset_before_the_first_one_was_changed_F3(
    passwords: Passwords, account: str
) -> None:
    temporary = generate_temporary()
    passwords.set_temporary(account, temporary)
    assert passwords.check(account, temporary) is MUST_CHANGE
    assert passwords.check(account, TEMPORARY) is WRONG


def test_a_wrong_password_and_an_unknown_account_look_alike_S25(
    passwords: Passwords, account: str
) -> None:
    assert passwords.check(account, "another password") is WRONG
    assert passwords.check("acc_nobody", "another password") is WRONG
    assert passwords.check("acc_nobody", TEMPORARY) is WRONG


def test_an_account_without_a_login_gets_no_permanent_password_A10(passwords: Passwords) -> None:
    with pytest.raises(IdentityUnavailable):
        passwords.set_password("acc_nobody", PERMANENT)
    assert passwords.check("acc_nobody", PERMANENT) is WRONG


def test_an_accounts_first_temporary_password_makes_its_login_A10(passwords: Passwords) -> None:
    account, first, second = new_id("acc"), generate_temporary(), generate_temporary()
    for temporary in (first, second):
        passwords.set_temporary(account, temporary)
        assert passwords.check(account, temporary) is MUST_CHANGE
    assert passwords.check(account, first) is WRONG
    passwords.set_password(account, PERMANENT)
    assert passwords.check(account, PERMANENT) is RIGHT


def test_case_and_every_character_of_a_password_count(passwords: Passwords, account: str) -> None:
    passwords.set_password(account, PERMANENT)
    for near in (PERMANENT.upper(), PERMANENT[:-1], PERMANENT + "e"):
        assert passwords.check(account, near) is WRONG


def test_any_script_will_do_A4(passwords: Passwords, account: str) -> None:
    passwords.set_password(account, "пароль из слов и звёзд")
    assert passwords.check(account, "пароль из слов и звёзд") is RIGHT


def test_creating_again_leaves_an_account_as_it_is_A4(passwords: Passwords, account: str) -> None:
    passwords.set_password(account, PERMANENT)
    passwords.create(account, "another temporary one")
    assert passwords.check(account, PERMANENT) is RIGHT
    assert passwords.check(account, "another temporary one") is WRONG


def silence(_operation: Any, _request: Any) -> Any:
    raise ReadTimeoutError(endpoint_url="https://cognito.example")


def refusal(code: str) -> Any:
    def fault(_operation: Any, _request: Any) -> Any:
        raise ClientError({"Error": {"Code": code, "Message": ""}}, "operation")

    return fault


CALLS: list[tuple[str, Callable[[Passwords], object]]] = [
    ("admin_initiate_auth", lambda passwords: passwords.check("acc_x", "y")),
    ("admin_set_user_password", lambda passwords: passwords.set_password("acc_x", PERMANENT)),
    ("admin_set_user_password", lambda passwords: passwords.set_temporary("acc_x", TEMPORARY)),
    ("admin_create_user", lambda passwords: passwords.create("acc_x", TEMPORARY)),
]


@pytest.mark.parametrize("fault", [silence, refusal("TooManyRequestsException")])
@pytest.mark.parametrize(("operation", "call"), CALLS)
def test_silence_and_throttling_refuse_and_let_nobody_in_S50(
    operation: str,
    call: Callable[[Passwords], object],
    fault: Any,
    cognito: Meddler,
    real: CognitoPasswords,
) -> None:
    cognito.next(operation, fault)
    with pytest.raises(IdentityUnavailable):
        call(real)


def lock(_operation: Any, _request: Any) -> Any:
    error = {"Code": "NotAuthorizedException", "Message": "Password attempts exceeded"}
    raise ClientError({"Error": error}, "AdminInitiateAuth")  # type: ignore[typeddict-item]


@pytest.mark.parametrize("right", [True, False])
@pytest.mark.parametrize("which", ["fake", "cognito"])
def test_a_locked_store_checks_nothing_and_still_takes_a_new_password_S56(
    *, which: str, right: bool, cognito: Meddler, real: CognitoPasswords
) -> None:
    passwords: Passwords = FakePasswords(locked=True) if which == "fake" else real
    account = unique("acc_contract")
    passwords.create(account, TEMPORARY)
    passwords.set_password(account, PERMANENT)
    cognito.next("admin_initiate_auth", *[lock] * (which == "cognito"))
    with pytest.raises(PasswordStoreLocked) as refused:
        passwords.check(account, PERMANENT if right else "another password")
    assert refused.value.retry_after == timedelta(minutes=1)


def test_the_pool_takes_no_shorter_password_than_the_policy_S55(
    real: CognitoPasswords,
) -> None:
    account = unique("acc_contract")
    real.create(account, TEMPORARY)
    least = Policy().password_min_length
    with pytest.raises(WeakPassword):
        real.set_password(account, PERMANENT[: least - 1])
    real.set_password(account, PERMANENT[:least])


def test_an_unexpected_challenge_is_no_right_password_S20(
    cognito: Meddler, real: CognitoPasswords
) -> None:
    cognito.next("admin_initiate_auth", lambda *_: {"ChallengeName": "SMS_MFA"})
    assert real.check("acc_x", PERMANENT) is WRONG


def test_the_fake_is_silent_like_the_real_one_S50() -> None:
    fake = FakePasswords(silent=True)
    for _, call in CALLS:
        with pytest.raises(IdentityUnavailable):
            call(fake)
