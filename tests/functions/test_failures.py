"""Failed sign-ins, codes and recoveries: a log line and a metric each (S61)."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from keyfob.domain.directory.account import user_id_digest
from keyfob.domain.errors import StorageUnavailable
from tests.support.deployment import Deployment
from tests.support.fakes import unique
from tests.support.phone_holder import subscriber
from tests.support.phones import new_number
from tests.support.token_holder import (
    TokenHolder,
    a_holder_with_a_registered_token,
    a_holder_with_a_shipped_token,
    wrong,
)
from tests.support.visitor import PERMANENT, Answer, Visitor, visitor

ADDRESS, NETWORK = "2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"
WRONG = "a password of nobody's"
Act = Callable[[], Answer]


def lines(caplog: pytest.LogCaptureFixture, message: str) -> list[dict[str, Any]]:
    """The log lines with this message, with all of their fields."""
    return [vars(one) for one in caplog.records if one.getMessage() == message]


def shown(line: dict[str, Any]) -> dict[str, Any]:
    """Whose failure a line says it was, its network and its code."""
    return {name: line[name] for name in ("account", "user", "network", "code") if name in line}


def account(someone: Visitor) -> str:
    return someone.token.partition(".")[0]


@pytest.fixture
def printed(capsys: pytest.CaptureFixture[str]) -> Callable[[], str]:
    """The metrics printed since the last call."""
    capsys.readouterr()
    return lambda: capsys.readouterr().out


def test_a_failed_sign_in_leaves_a_digest_and_the_network_whoever_was_meant_S25_S61(
    deployment: Deployment, caplog: pytest.LogCaptureFixture, printed: Callable[[], str]
) -> None:
    for user_id in (visitor(deployment).user_id, unique("nobody")):
        caplog.clear()
        printed()
        typed = Visitor(deployment=deployment, user_id=f" {user_id.upper()} ", address=ADDRESS)
        assert typed.sign_in(WRONG).code == "wrong_credentials"
        [line] = lines(caplog, "sign-in refused")
        assert shown(line) == {
            "user": user_id_digest(user_id),
            "network": NETWORK,
            "code": "wrong_credentials",
        }
        out = printed()
        assert '"SignInFailed":[1.0]' in out
        written = (out + str([vars(one) for one in caplog.records])).lower()
        assert user_id not in written
        assert WRONG not in written


def test_each_refused_sign_in_counts_and_no_other_does_S61(
    deployment: Deployment, caplog: pytest.LogCaptureFixture, printed: Callable[[], str]
) -> None:
    ada = visitor(deployment)
    ada.sign_in(PERMANENT)
    assert "SignInFailed" not in printed()
    for _ in range(10):
        ada.sign_in(WRONG)
    caplog.clear()
    printed()
    assert ada.sign_in(PERMANENT).status == 429
    assert [line["code"] for line in lines(caplog, "sign-in refused")] == ["too_many_tries"]
    assert '"SignInFailed":[1.0]' in printed()


def test_an_outage_is_no_failed_sign_in_S61(
    deployment: Deployment,
    caplog: pytest.LogCaptureFixture,
    printed: Callable[[], str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from session import wiring

    def silent() -> Any:
        raise StorageUnavailable

    monkeypatch.setattr(wiring, "sign_in", silent)
    assert Visitor(deployment=deployment, user_id="ada").sign_in(WRONG).status == 503
    assert lines(caplog, "sign-in refused") == []
    assert "SignInFailed" not in printed()


def test_a_failed_recovery_leaves_a_digest_and_the_network_S61(
    deployment: Deployment, caplog: pytest.LogCaptureFixture, printed: Callable[[], str]
) -> None:
    known, unknown = visitor(deployment).user_id, unique("nobody")
    for user_id in (known, unknown):
        caplog.clear()
        printed()
        someone = Visitor(deployment=deployment, user_id=user_id.title(), address=ADDRESS)
        body = {"user_id": someone.user_id, "code": "00000-00000-00000", "password": PERMANENT}
        assert someone.call("recover_password", body).status == 403
        [line] = lines(caplog, "recovery refused")
        assert shown(line) == {
            "user": user_id_digest(user_id),
            "network": NETWORK,
            "code": "wrong_recovery_code",
        }
        assert '"RecoveryFailed":[1.0]' in printed()


def test_a_recovery_requested_too_often_counts_as_failed_S61(
    deployment: Deployment, caplog: pytest.LogCaptureFixture, printed: Callable[[], str]
) -> None:
    someone = Visitor(deployment=deployment, user_id=unique("nobody"), address=ADDRESS)
    answers = [someone.call("request_recovery", {"user_id": someone.user_id}) for _ in range(21)]
    assert [answer.status for answer in answers] == [202] * 20 + [429], "by the network"
    [line] = lines(caplog, "recovery refused")
    assert shown(line)["code"] == "too_many_tries"
    assert printed().count('"RecoveryFailed":[1.0]') == 1


def wrong_code_of_the_token(deployment: Deployment) -> tuple[TokenHolder, Act, str]:
    holder = a_holder_with_a_registered_token(deployment)
    return holder, partial(holder.elevate, wrong(holder.device.code())), "wrong_code"


def wrong_codes_at_resynchronization(deployment: Deployment) -> tuple[TokenHolder, Act, str]:
    holder = a_holder_with_a_registered_token(deployment)
    pair = {"first_code": "00000000", "second_code": "11111111"}
    return holder, partial(holder.call, "resynchronize_token", pair), "wrong_codes"


def wrong_serial_at_registration(deployment: Deployment) -> tuple[TokenHolder, Act, str]:
    holder = a_holder_with_a_shipped_token(deployment)
    return holder, partial(holder.register, serial="NONE-0001"), "wrong_serial"


def wrong_code_of_a_phone(deployment: Deployment) -> tuple[TokenHolder, Act, str]:
    ada, number = subscriber(deployment), new_number()
    phone = ada.add(number).body["id"]
    return ada.holder, partial(ada.confirm, phone, wrong(ada.told(number))), "wrong_code"


@pytest.mark.parametrize(
    ("failing", "message"),
    [
        (wrong_code_of_the_token, "elevation refused"),
        (wrong_codes_at_resynchronization, "code refused"),
        (wrong_serial_at_registration, "code refused"),
        (wrong_code_of_a_phone, "code refused"),
    ],
)
def test_a_wrong_code_leaves_the_account_and_the_network_S61(
    failing: Callable[[Deployment], tuple[TokenHolder, Act, str]],
    message: str,
    deployment: Deployment,
    caplog: pytest.LogCaptureFixture,
    printed: Callable[[], str],
) -> None:
    holder, act, code = failing(deployment)
    holder.visitor.address = ADDRESS
    caplog.clear()
    printed()
    assert act().code == code
    [line] = lines(caplog, message)
    assert shown(line) == {"account": account(holder.visitor), "network": NETWORK, "code": code}
    assert '"CodeWrong":[1.0]' in printed()
