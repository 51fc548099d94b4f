"""A new password for the right code, and no effect of any other (A4, S25).

One file, since every way to be refused is compared with every other.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from dataclasses import replace
from typing import Any, Literal

import pytest

from keyfob.domain.audit.entry import Entry
from keyfob.domain.errors import InvalidInput, KeysUnavailable, StorageUnavailable, TooManyTries
from keyfob.domain.messages.kinds import Kind
from keyfob.domain.sessions.client import Client
from keyfob.domain.sessions.errors import (
    NotAuthenticated,
    WeakPassword,
    WrongCredentials,
    WrongRecoveryCode,
)
from keyfob.domain.sessions.password import PasswordCheck
from keyfob.storage.credentials import store as credential_rows
from keyfob.storage.credentials.store import CredentialRow
from keyfob.storage.database import Conflict
from keyfob.storage.phones import store as phone_rows
from keyfob.storage.phones.store import PhoneStore
from keyfob.storage.rows import Put
from keyfob.storage.sessions.recoveries import Recoveries, RecoveryRow, spend
from keyfob.storage.sessions.store import SessionsRow
from tests.support.account_world import PERMANENT, RECOVERED, AccountWorld
from tests.support.builders import CLIENT
from tests.support.fakes import FakeClock, Meddler, fake_unseal, unique
from tests.support.otp import a_credential
from tests.support.phones import NUMBER, NUMBERS, a_phone

WRONG = "00000-00000-00000"
REASONS = ("wrong", "expired", "used", "replaced", "never asked for", "unknown", "deactivated")


def elsewhere() -> Client:
    """A network address without earlier tries."""
    return replace(CLIENT, address=unique("address-"))


def wrong_try(account_world: AccountWorld, reason: str) -> tuple[str, str]:
    """User id and code of a try with this fault."""
    if reason == "never asked for":
        return account_world.ada.user_id, WRONG
    if reason == "unknown":
        return "nobody-of-this-name", WRONG
    if reason == "deactivated":
        gone = account_world.orders.person(active=False)
        return gone.user_id, account_world.code(gone.user_id)
    code = account_world.code()
    if reason == "expired":
        account_world.orders.clock.advance(minutes=30)
    if reason == "used":
        account_world.recover(code)
    if reason == "replaced":
        for _ in range(49):  # kept good for a day
            account_world.orders.clock.advance(minutes=29)
            newest = account_world.code()
        assert newest != code
    return account_world.ada.user_id, WRONG if reason == "wrong" else code


def test_the_right_code_sets_the_password_and_ends_every_session_A4_S22(
    account_world: AccountWorld,
) -> None:
    before = [account_world.sign_in(PERMANENT), account_world.sign_in(PERMANENT)]
    account_world.recover(account_world.code())
    assert account_world.check(RECOVERED) is PasswordCheck.RIGHT
    assert dict(account_world.seen.live) == {}
    assert (account_world.seen.epoch, account_world.seen.new_password_until) == (3, None)
    with pytest.raises(WrongCredentials):
        account_world.sign_in(PERMANENT)
    after = account_world.sign_in(RECOVERED)
    assert after.session.strength == 1
    assert after.session.id not in {one.session.id for one in before}


def test_each_confirmed_phone_is_notified_by_text_A4(account_world: AccountWorld) -> None:
    """An intruder in the mailbox reads the mail about it, but not the texts to the phones."""
    database = account_world.orders.database
    credential = a_credential(account=account_world.ada.id, phones={"phone1": 0})
    row = credential_rows.put(credential, credential.expires_at).row
    database.write(Put(row=CredentialRow(**row.attribute_values, version=1, head="f" * 64)))
    for phone in (a_phone(), a_phone(id="phone2", number=NUMBERS[1], confirmed_at=None)):
        seen = PhoneStore(database).of(credential)
        database.write(phone_rows.add(seen, phone, without=[]))
    account_world.recover(account_world.code())
    texts = [
        one for one in account_world.orders.queued() if one.kind == Kind.PASSWORD_RECOVERED_TEXT
    ]
    assert [fake_unseal(one.pk, one.sealed) for one in texts] == [NUMBER]
    assert [one.recipient for one in texts] == [account_world.ada.id]


def test_it_is_typed_forgivingly_and_the_user_id_too_A4(account_world: AccountWorld) -> None:
    code = account_world.code().lower().replace("-", " ")
    account_world.recover(code, user_id=f" {account_world.ada.user_id.upper()}")
    assert account_world.check(RECOVERED) is PasswordCheck.RIGHT


def test_every_address_is_notified_and_the_trail_has_both_ends_A4_S46(
    account_world: AccountWorld,
) -> None:
    code = account_world.code()
    account_world.orders.send_queued()
    account_world.recover(code)
    # It is the first password of her own, too.
    [first, told] = sorted(account_world.orders.queued(), key=lambda row: str(row.kind))
    assert first.kind == Kind.FIRST_LOGIN
    assert (told.kind, told.recipient) == (Kind.PASSWORD_RECOVERED, account_world.ada.id)
    assert (told.subject_version, told.correlation) == (3, CLIENT.correlation)
    facts = {"at": "2026-11-22T07:00:00+00:00", "address": CLIENT.address}
    assert dict(told.facts) == facts
    account_world.orders.send_queued()
    bodies = [one.get_body(("plain",)) for one in account_world.orders.mail.sent[-2:]]
    assert [CLIENT.address in body.get_content() for body in bodies if body].count(True) == 1
    for action in ("password.recovery_begun", "password.recovered"):
        [entry] = account_world.entries(action)
        assert (entry.pk, entry.address) == (f"ACTOR#{account_world.ada.id}", CLIENT.address)


def test_an_account_that_never_signed_in_recovers_as_well_A4(account_world: AccountWorld) -> None:
    """A temporary password lapses after a month."""
    account_world.passwords.set_temporary(account_world.ada.id, "temporary-password")
    account_world.recover(account_world.code())
    assert account_world.sign_in(RECOVERED).session.strength == 1


@pytest.mark.parametrize("reason", REASONS)
def test_every_wrong_try_gets_the_same_refusal_and_changes_nothing_S25(
    account_world: AccountWorld, client: Meddler, reason: str
) -> None:
    user_id, code = wrong_try(account_world, reason)
    before = list(account_world.orders.database.scan(RecoveryRow))
    epoch, queued, check = (
        account_world.seen.epoch,
        account_world.orders.kinds(),
        account_world.check(RECOVERED),
    )
    client.calls.clear()
    account_world.passwords.calls.clear()
    with pytest.raises(WrongRecoveryCode) as refused:
        account_world.recover(code, user_id=user_id, client=elsewhere())
    assert str(refused.value) == WrongRecoveryCode.detail
    after = list(account_world.orders.database.scan(RecoveryRow))
    # A limit was charged, and that is all.
    recoveries = [[one for one in rows if "mac" in one] for rows in (before, after)]
    assert recoveries[0] == recoveries[1]
    assert client.requests("transact_write_items") == []
    assert account_world.passwords.calls == []
    assert (account_world.seen.epoch, account_world.orders.kinds()) == (epoch, queued)
    assert account_world.check(RECOVERED) is check


@pytest.mark.parametrize("reason", [one for one in REASONS if one != "deactivated"])
def test_every_wrong_try_asks_the_same_of_tables_and_key_service_S25(
    account_world: AccountWorld, client: Meddler, reason: str
) -> None:
    user_id, code = wrong_try(account_world, reason)
    hashed: list[tuple[str, int]] = []

    def hashing(purpose: str, value: str) -> str:
        hashed.append((purpose, len(value.split(":"))))
        return working(purpose, value)

    working, account_world.parties.hashing = account_world.parties.hashing, hashing
    client.calls.clear()
    with pytest.raises(WrongRecoveryCode):
        account_world.recover(code, user_id=user_id, client=elsewhere())
    asked = [operation for operation, _ in client.calls]
    assert asked == ["batch_get_item", "put_item", "get_item"]
    assert hashed == [("recovery-code", 3)]


def test_the_last_millisecond_of_a_code_counts(
    account_world: AccountWorld, clock: FakeClock
) -> None:
    code = account_world.code()
    clock.advance(minutes=30, milliseconds=-1)
    account_world.recover(code)
    assert account_world.check(RECOVERED) is PasswordCheck.RIGHT


def test_a_code_works_once_S17(account_world: AccountWorld) -> None:
    code = account_world.code()
    account_world.recover(code)
    with pytest.raises(WrongRecoveryCode):
        account_world.recover(code, "yet another long phrase")
    assert account_world.check(RECOVERED) is PasswordCheck.RIGHT


def test_a_code_of_another_user_id_is_wrong_S17(account_world: AccountWorld) -> None:
    eve = account_world.orders.person()
    account_world.recovery.request(eve.user_id, CLIENT)
    account_world.orders.clock.advance(seconds=1)
    code = account_world.code()
    with pytest.raises(WrongRecoveryCode):
        account_world.recover(code, user_id=eve.user_id)


@pytest.mark.parametrize(
    "weak",
    [
        "short",
        "correct horse b" * 9,
        " blank at the begin",
        "a tab\tin between it",
    ],
)
def test_a_weak_password_is_refused_before_anything_is_looked_at_A4_S25(
    account_world: AccountWorld, client: Meddler, weak: str
) -> None:
    code = account_world.code()
    client.calls.clear()
    for user_id in (account_world.ada.user_id, "nobody-of-this-name"):
        for _ in range(60):
            with pytest.raises(WeakPassword):
                account_world.recover(code, weak, user_id=user_id)
    assert client.calls == []
    account_world.recover(code)


def test_the_costly_estimate_is_made_for_nobody_without_the_right_code_S9(
    account_world: AccountWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It takes a second for a password made for that."""
    estimated: list[str] = []

    def counting(password: str, words: Iterable[str]) -> int:
        estimated.append(password)
        return 10**20

    monkeypatch.setattr("keyfob.domain.sessions.password._guesses", counting)
    code = account_world.code()
    for user_id in (account_world.ada.user_id, "nobody-of-this-name"):
        with pytest.raises(WrongRecoveryCode):
            account_world.recover(WRONG, user_id=user_id)
    assert estimated == []
    account_world.recover(code)
    assert estimated == [RECOVERED]


def test_the_user_id_is_no_password_whether_there_is_such_a_user_or_not_S25(
    account_world: AccountWorld,
) -> None:
    for user_id in (account_world.ada.user_id, "nobody-of-this-name"):
        with pytest.raises(WeakPassword, match="user id"):
            account_world.recover(WRONG, f"it is {user_id} again", user_id=user_id)


@pytest.mark.parametrize(
    "weak",
    [
        "wilhelmina2026wilhelmina",
        "brunhilde & brunhilde",
        "Quillfeather 2026",
        "w.quillfeather77 2026",
        "acme.example 2026",
        "Acme Parts Acme Parts 2026",
        "Keyfob-Keyfob-2026",
        "iloveyouiloveyou",
    ],
)
def test_only_the_right_code_reveals_that_a_password_is_easy_to_guess_S25_S55(
    account_world: AccountWorld, weak: str
) -> None:
    account_world.ada = account_world.orders.person(
        first_name="Wilhelmina",
        middle_name="Brunhilde",
        last_name="Quillfeather",
        email="w.quillfeather77@acme.example",
    )
    code = account_world.code()
    for user_id in (account_world.ada.user_id, "nobody-of-this-name"):
        with pytest.raises(WrongRecoveryCode):
            account_world.recover(WRONG, weak, user_id=user_id)
    for _ in range(51):  # and it is no guess
        with pytest.raises(WeakPassword, match="too easy to guess"):
            account_world.recover(code, weak)
    assert "set_password" not in account_world.passwords.calls
    account_world.recover(code)


@pytest.mark.parametrize("form", ["NFC", "NFD"])
def test_a_recovered_password_is_one_however_its_letters_are_composed_S55(
    account_world: AccountWorld, form: Literal["NFC", "NFD"]
) -> None:
    phrase = "größere Gänse über Zürich"
    account_world.recover(account_world.code(), unicodedata.normalize(form, phrase))
    for typed in ("NFC", "NFD"):
        signed_in = account_world.sign_in(unicodedata.normalize(typed, phrase))
        assert signed_in.session.strength == 1


def test_a_typing_error_is_reported_as_such_and_costs_nothing(
    account_world: AccountWorld, client: Meddler
) -> None:
    client.calls.clear()
    for user_id in (account_world.ada.user_id, "nobody-of-this-name"):
        with pytest.raises(InvalidInput, match="recovery code"):
            account_world.recover("7K3M", user_id=user_id)
    assert client.calls == []


def test_wrong_codes_from_many_addresses_keep_the_holder_from_nothing_S56(
    account_world: AccountWorld,
) -> None:
    """A code has 75 random bits: nothing is counted by the user id."""
    code = account_world.code()
    for user_id in (account_world.ada.user_id, "nobody-of-this-name"):
        for _ in range(200):
            with pytest.raises(WrongRecoveryCode):
                account_world.recover(WRONG, user_id=user_id, client=elsewhere())
    account_world.recover(code, client=elsewhere())


def test_the_51st_wrong_code_of_an_address_in_an_hour_is_not_looked_at(
    account_world: AccountWorld, clock: FakeClock
) -> None:
    for number in range(50):
        with pytest.raises(WrongRecoveryCode):
            account_world.recover(WRONG, user_id=f"somebody{number}")
    code = account_world.code()
    for _ in range(6):
        with pytest.raises(TooManyTries):
            account_world.recover(code)
    account_world.recover(code, client=elsewhere())


def test_right_codes_are_no_guesses(account_world: AccountWorld) -> None:
    for _ in range(49):
        with pytest.raises(WrongRecoveryCode):
            account_world.recover(WRONG)
    for _ in range(5):
        account_world.recover(account_world.code(client=elsewhere()))
        account_world.orders.clock.advance(minutes=6)


def test_a_silent_key_service_is_reported_as_such_and_is_no_guess_S50(
    account_world: AccountWorld,
) -> None:
    def silent(_purpose: str, _value: str) -> str:
        raise KeysUnavailable

    code = account_world.code()
    working, account_world.parties.hashing = account_world.parties.hashing, silent
    for user_id in (account_world.ada.user_id, "nobody-of-this-name"):
        for _ in range(6):
            with pytest.raises(KeysUnavailable):
                account_world.recover(code, user_id=user_id)
    account_world.parties.hashing = working
    account_world.recover(code)


def test_silent_tables_leave_code_and_password_as_they_were_S50(
    account_world: AccountWorld, client: Meddler
) -> None:
    def silent(_operation: Any, _request: Any) -> Any:
        raise StorageUnavailable

    code = account_world.code()
    for _ in range(6):
        client.next("transact_write_items", silent)
        with pytest.raises(StorageUnavailable):
            account_world.recover(code)
    assert "set_password" not in account_world.passwords.calls
    account_world.recover(code)


def test_an_account_deactivated_after_it_asked_is_refused_like_a_wrong_code_S25(
    account_world: AccountWorld,
) -> None:
    code = account_world.code()
    request = SessionsRow(f"ACCOUNT#{account_world.ada.id}", "-").get_update_kwargs_from_instance(
        actions=[SessionsRow.active.set(False)]
    )
    account_world.orders.database._client.update_item(
        **account_world.orders.database._named(request)
    )
    with pytest.raises(WrongRecoveryCode):
        account_world.recover(code)
    assert "set_password" not in account_world.passwords.calls


def test_a_code_of_an_account_that_the_directory_does_not_have_is_a_wrong_one_S25(
    account_world: AccountWorld,
) -> None:
    code, database = account_world.code(), account_world.orders.database
    key = {"pk": {"S": f"ACCOUNT#{account_world.ada.id}"}, "sk": {"S": "-"}}
    database._client.delete_item(TableName=database._tables["accounts"], Key=key)
    with pytest.raises(WrongRecoveryCode):
        account_world.recover(code)
    assert "set_password" not in account_world.passwords.calls


def test_one_of_two_at_once_with_one_code_sets_its_password_S27(
    account_world: AccountWorld, client: Meddler
) -> None:
    code = account_world.code()

    def overtaken(operation: Any, request: Any) -> Any:
        account_world.recover(code, "the faster one's phrase")
        return operation(**request)

    client.next("transact_write_items", overtaken)
    with pytest.raises(WrongRecoveryCode):
        account_world.recover(code)
    assert account_world.passwords.calls == ["set_password"]
    assert account_world.check("the faster one's phrase") is PasswordCheck.RIGHT


def test_a_sign_in_with_the_old_password_between_the_two_commits_ends_with_the_second_S22(
    account_world: AccountWorld,
) -> None:
    began: list[str] = []

    def signed_in_first() -> None:
        account_world.passwords.before_answer = None
        began.append(account_world.sign_in(PERMANENT).session.id)
        assert list(account_world.seen.live) == began

    code = account_world.code()
    account_world.passwords.before_answer = signed_in_first
    account_world.recover(code)
    assert began
    assert dict(account_world.seen.live) == {}


def test_a_sign_in_whose_password_was_checked_before_does_not_survive_S22(
    account_world: AccountWorld,
) -> None:
    code = account_world.code()

    def recovered_meanwhile() -> None:
        account_world.passwords.before_answer = None
        account_world.recover(code)
        account_world.passwords.set_password(
            account_world.ada.id, PERMANENT
        )  # the answer was given before

    account_world.passwords.before_answer = recovered_meanwhile
    with pytest.raises(NotAuthenticated, match="just ended"):
        account_world.sign_in(PERMANENT)
    assert dict(account_world.seen.live) == {}


def test_a_code_is_used_up_once_with_any_other_write_S17(
    account_world: AccountWorld,
) -> None:
    code = account_world.code()
    store = Recoveries(account_world.orders.database)
    seen = store.get(account_world.ada.user_id)
    assert seen
    account_world.recover(code)
    entry = Entry(
        action="password.recovery_begun",
        actor=CLIENT.as_account(account_world.ada.id),
        at=account_world.orders.clock(),
    )
    with pytest.raises(Conflict):
        account_world.transactions.commit(spend(seen, account_world.orders.clock()), audit=[entry])


def test_a_code_that_is_replaced_just_before_it_is_used_up_is_wrong_A4(
    account_world: AccountWorld, client: Meddler
) -> None:
    code = account_world.code()
    for _ in range(48):  # kept good for almost a day
        account_world.orders.clock.advance(minutes=29)
        account_world.code()
    account_world.orders.clock.advance(minutes=28)

    def replaced_first(operation: Any, request: Any) -> Any:
        account_world.recovery.request(account_world.ada.user_id, CLIENT)
        return operation(**request)

    client.next("transact_write_items", replaced_first)
    with pytest.raises(WrongRecoveryCode):
        account_world.recover(code)
    assert account_world.passwords.calls == []
    account_world.recover(account_world.codes()[-1])


def test_a_code_that_is_extended_just_before_it_is_used_up_is_right_S56(
    account_world: AccountWorld, client: Meddler
) -> None:
    code = account_world.code()
    account_world.orders.clock.advance(seconds=1)

    def extended_first(operation: Any, request: Any) -> Any:
        account_world.recovery.request(account_world.ada.user_id, elsewhere())
        return operation(**request)

    client.next("transact_write_items", extended_first)
    account_world.recover(code)
    assert account_world.check(RECOVERED) is PasswordCheck.RIGHT
