"""Signing in, setting a password, signing out.

One file, since all of it needs the same account, passwords and limits.
"""

from __future__ import annotations

import itertools
from typing import Any, Literal
from unicodedata import normalize

import pytest

from keyfob.domain.directory.account import Account
from keyfob.domain.errors import TooManyTries
from keyfob.domain.policy import Policy
from keyfob.domain.sessions.client import Client
from keyfob.domain.sessions.errors import (
    IdentityUnavailable,
    NotAuthenticated,
    WeakPassword,
    WrongCredentials,
)
from keyfob.domain.sessions.session import recognize
from keyfob.storage.audit.store import AuditRow
from keyfob.storage.database import Database
from keyfob.storage.directory.store import AccountRow
from keyfob.storage.limits import LimitRow
from keyfob.storage.messages.store import OutboxRow
from keyfob.storage.sessions.store import SessionsRow, SessionStore
from keyfob.usecases.sessions.sign_in import SignedIn, SignIn
from keyfob.wiring.sign_in import sign_in_of
from tests.support.builders import CLIENT, by_password
from tests.support.fakes import START, FakeClock, FakePasswords, Meddler
from tests.support.order_world import OrderWorld

TEMPORARY, PERMANENT = "temporary-password", "correct horse battery staple"
PHRASE = normalize("NFC", "größere Gänse über Zürich")
Form = Literal["NFC", "NFD"]


@pytest.fixture
def passwords(order_world: OrderWorld) -> FakePasswords:
    return order_world.passwords


@pytest.fixture
def ada(order_world: OrderWorld) -> Account:
    return order_world.person()


@pytest.fixture
def grace(order_world: OrderWorld, passwords: FakePasswords) -> Account:
    """An account with a permanent password."""
    account = order_world.person()
    passwords.set_password(account.id, PERMANENT)
    passwords.calls.clear()
    return account


@pytest.fixture
def sessions(database: Database) -> SessionStore:
    return SessionStore(database)


@pytest.fixture
def use(order_world: OrderWorld) -> SignIn:
    return sign_in_of(order_world.base)


_networks = itertools.count(1)


def elsewhere() -> Client:
    """A client at another network address."""
    return Client(address=f"198.19.0.{next(_networks)}", correlation="req-2")


def opens(signed_in: SignedIn, sessions: SessionStore, now: Any = START) -> bool:
    """Whether the session token opens a live session."""
    account = signed_in.token.account
    try:
        recognize(sessions.get(account), signed_in.token, now, Policy())
    except NotAuthenticated:
        return False
    return True


def deactivate(database: Database, account: Account) -> None:
    row = SessionsRow(f"ACCOUNT#{account.id}", "-")
    update = row.get_update_kwargs_from_instance(actions=[SessionsRow.active.set(False)])
    database._client.update_item(**database._named(update))


def tries(database: Database) -> list[int]:
    return sorted(int(LimitRow.from_raw_data(one).tries) for one in limit_items(database))


def limit_items(database: Database) -> list[Any]:
    return [one for one in database.scan(LimitRow) if one["pk"]["S"].startswith("LIMIT#")]


def actions(database: Database) -> list[str]:
    found = (AuditRow.from_raw_data(item) for item in database.scan(AuditRow))
    return sorted(row.action for row in found if row.pk.startswith("ACTOR#"))


def test_the_right_password_begins_a_session_of_strength_1_S20(
    use: SignIn, grace: Account, sessions: SessionStore, database: Database
) -> None:
    signed_in = use.sign_in(f" {grace.user_id.upper()} ", PERMANENT, CLIENT)
    assert signed_in.session.strength == 1
    assert opens(signed_in, sessions)
    assert actions(database) == ["session.begun"]
    assert tries(database) == [0, 0, 0]


def test_only_the_secrets_hash_is_in_the_table_S17(
    use: SignIn, grace: Account, database: Database
) -> None:
    signed_in = use.sign_in(grace.user_id, PERMANENT, CLIENT)
    everything = str([list(database.scan(kind)) for kind in (SessionsRow, AuditRow, OutboxRow)])
    assert signed_in.token.secret not in everything
    assert repr(bytes.fromhex(signed_in.session.secret_hash)) in everything


def test_a_temporary_password_gives_a_challenge_and_nothing_more_A4(
    use: SignIn, ada: Account, database: Database, policy: Policy
) -> None:
    challenge = use.sign_in(ada.user_id, TEMPORARY, CLIENT)
    assert challenge.session.strength == 0
    assert challenge.session.expires == START + policy.challenge_lifetime
    assert actions(database) == ["session.challenged"]


def outcome(use: SignIn, client: Meddler, passwords: FakePasswords, user_id: str) -> Any:
    client.calls.clear()
    passwords.calls.clear()
    with pytest.raises(WrongCredentials) as refused:
        use.sign_in(user_id, "not the password", elsewhere())
    names = [
        (name, request.get("TableName") or sorted(request["RequestItems"]))
        for name, request in client.calls
    ]
    return str(refused.value), names, list(passwords.calls)


def test_known_unknown_and_deactivated_users_cost_the_same_calls_and_answers_S25(
    use: SignIn, grace: Account, order_world: OrderWorld, client: Meddler, database: Database
) -> None:
    gone = order_world.person()
    deactivate(database, gone)
    known = outcome(use, client, order_world.passwords, grace.user_id)
    assert known == outcome(use, client, order_world.passwords, "somebody-else")
    assert known == outcome(use, client, order_world.passwords, gone.user_id)
    assert known[2] == ["check"]


def test_a_deactivated_account_is_refused_with_the_right_password_A5(
    use: SignIn, grace: Account, database: Database
) -> None:
    deactivate(database, grace)
    with pytest.raises(WrongCredentials):
        use.sign_in(grace.user_id, PERMANENT, CLIENT)


def test_the_try_is_charged_before_the_password_is_looked_at_S4(
    use: SignIn, grace: Account, database: Database, passwords: FakePasswords
) -> None:
    seen: list[list[int]] = []
    passwords.before_answer = lambda: seen.append(tries(database))
    with pytest.raises(WrongCredentials):
        use.sign_in(grace.user_id, "wrong", CLIENT)
    assert seen == [[1, 1, 1]], "of the address, in the lane, in a row"
    assert tries(database) == [1, 1, 1]


def test_after_five_wrong_tries_even_the_right_password_is_not_looked_at_S4_S56(
    use: SignIn, grace: Account, passwords: FakePasswords, clock: FakeClock
) -> None:
    for _ in range(5):
        with pytest.raises(WrongCredentials):
            use.sign_in(grace.user_id, "wrong", elsewhere())
    passwords.calls.clear()
    with pytest.raises(TooManyTries):
        use.sign_in(grace.user_id, PERMANENT, CLIENT)
    assert passwords.calls == []
    clock.advance(minutes=20)
    assert use.sign_in(grace.user_id, PERMANENT, CLIENT)


def test_the_limit_of_a_user_id_holds_however_it_is_written_S4(use: SignIn, grace: Account) -> None:
    one, other = grace.user_id, grace.user_id.upper()
    for spelling in (one, other, one, other, one):
        with pytest.raises(WrongCredentials):
            use.sign_in(spelling, "wrong", CLIENT)
    with pytest.raises(TooManyTries):
        use.sign_in(f" {grace.user_id}", "wrong", CLIENT)


def test_an_address_has_fifty_tries_with_any_user_ids_S4(use: SignIn) -> None:
    for number in range(50):
        with pytest.raises(WrongCredentials):
            use.sign_in(f"guess-{number}", "wrong", CLIENT)
    with pytest.raises(TooManyTries):
        use.sign_in("guess-50", "wrong", CLIENT)
    with pytest.raises(WrongCredentials):
        use.sign_in("guess-50", "wrong", elsewhere())


def test_an_address_that_is_used_up_uses_up_nobody_elses_tries_S9(
    use: SignIn, grace: Account
) -> None:
    for number in range(50):
        with pytest.raises(WrongCredentials):
            use.sign_in(f"guess-{number}", "wrong", CLIENT)
    for _ in range(20):
        with pytest.raises(TooManyTries):
            use.sign_in(grace.user_id, "wrong", CLIENT)
    assert use.sign_in(grace.user_id, PERMANENT, elsewhere())


def test_an_address_pays_also_for_user_ids_whose_tries_are_used_up_S9(
    use: SignIn, grace: Account, client: Meddler
) -> None:
    for number in range(50):
        with pytest.raises(WrongCredentials if number < 5 else TooManyTries):
            use.sign_in(grace.user_id, "wrong", CLIENT)
    client.calls.clear()
    with pytest.raises(TooManyTries):
        use.sign_in("another", "wrong", CLIENT)
    assert [name for name, _ in client.calls] == ["batch_get_item"], "nothing else is looked at"


def test_an_ipv6_client_has_the_tries_of_its_network_S4(use: SignIn) -> None:
    for number in range(50):
        client = Client(address=f"2001:db8:1:1::{number:x}", correlation="")
        with pytest.raises(WrongCredentials):
            use.sign_in(f"guess-{number}", "wrong", client)
    with pytest.raises(TooManyTries):
        use.sign_in("another", "wrong", Client(address="2001:db8:1:1:ffff::1", correlation=""))
    with pytest.raises(WrongCredentials):
        use.sign_in("another", "wrong", Client(address="2001:db8:1:2::1", correlation=""))


def test_an_identity_store_that_is_silent_lets_nobody_in_S50(
    use: SignIn, grace: Account, passwords: FakePasswords, sessions: SessionStore
) -> None:
    passwords.silent = True
    for _ in range(51):  # no tries are used up by that
        with pytest.raises(IdentityUnavailable):
            use.sign_in(grace.user_id, PERMANENT, CLIENT)
    seen = sessions.get(grace.id)
    assert seen
    assert not seen.live


def test_a_sign_in_under_way_does_not_survive_the_end_of_all_sessions_S22(
    use: SignIn, grace: Account, passwords: FakePasswords, sessions: SessionStore
) -> None:
    passwords.before_answer = lambda: use.sign_out_everywhere(grace.id, by_password(START), CLIENT)
    with pytest.raises(NotAuthenticated, match="just ended"):
        use.sign_in(grace.user_id, PERMANENT, CLIENT)
    seen = sessions.get(grace.id)
    assert seen
    assert (seen.epoch, dict(seen.live)) == (2, {})


def test_an_epoch_raised_between_reading_and_writing_wins_S22(
    use: SignIn, grace: Account, client: Meddler, sessions: SessionStore
) -> None:
    def ended_first(operation: Any, request: Any) -> Any:
        use.sign_out_everywhere(grace.id, by_password(START), CLIENT)
        return operation(**request)

    client.next("transact_write_items", ended_first)
    with pytest.raises(NotAuthenticated):
        use.sign_in(grace.user_id, PERMANENT, CLIENT)
    seen = sessions.get(grace.id)
    assert seen
    assert not seen.live


def test_the_sixth_session_takes_the_place_of_the_oldest(
    use: SignIn, grace: Account, clock: FakeClock, sessions: SessionStore
) -> None:
    made = []
    for _ in range(6):
        made.append(use.sign_in(grace.user_id, PERMANENT, CLIENT))
        clock.advance(seconds=1)
    assert [opens(one, sessions, clock.now) for one in made] == [False] + [True] * 5


def test_a_session_added_meanwhile_never_lets_the_number_pass_the_limit(
    use: SignIn, grace: Account, client: Meddler, sessions: SessionStore
) -> None:
    for _ in range(4):
        use.sign_in(grace.user_id, PERMANENT, CLIENT)

    def another_comes_first(operation: Any, request: Any) -> Any:
        use.sign_in(grace.user_id, PERMANENT, CLIENT)
        return operation(**request)

    client.next("transact_write_items", another_comes_first)
    use.sign_in(grace.user_id, PERMANENT, CLIENT)
    seen = sessions.get(grace.id)
    assert seen
    assert len(seen.live) == 5


def test_a_new_password_ends_every_session_and_notifies_the_holder_A4(
    use: SignIn, ada: Account, sessions: SessionStore, database: Database
) -> None:
    other = use.sign_in(ada.user_id, TEMPORARY, CLIENT)
    challenge = use.sign_in(ada.user_id, TEMPORARY, CLIENT)
    signed_in = use.set_password(ada.id, challenge.session, PERMANENT, CLIENT)
    assert opens(signed_in, sessions)
    assert signed_in.session.strength == 1
    assert not opens(other, sessions)
    assert not opens(challenge, sessions)
    [told] = [OutboxRow.from_raw_data(item) for item in database.scan(OutboxRow)]
    assert (told.kind, told.recipient) == ("first_login", ada.id)
    assert "password.changed" in actions(database)


def test_a_challenge_sets_one_password_A4(
    use: SignIn, ada: Account, passwords: FakePasswords
) -> None:
    challenge = use.sign_in(ada.user_id, TEMPORARY, CLIENT)
    use.set_password(ada.id, challenge.session, PERMANENT, CLIENT)
    with pytest.raises(NotAuthenticated):
        use.set_password(ada.id, challenge.session, "another long password", CLIENT)
    assert use.sign_in(ada.user_id, PERMANENT, CLIENT).session.strength == 1


@pytest.mark.parametrize(
    "password", ["short", TEMPORARY, "iloveyouiloveyou", "Byron Byron 2026", "Acme Parts 2026"]
)
def test_a_password_that_cannot_be_used_leaves_the_challenge_A4(
    password: str, use: SignIn, ada: Account, sessions: SessionStore, passwords: FakePasswords
) -> None:
    challenge = use.sign_in(ada.user_id, TEMPORARY, CLIENT)
    with pytest.raises(WeakPassword):
        use.set_password(ada.id, challenge.session, password, CLIENT)
    assert opens(challenge, sessions)
    assert "set_password" not in passwords.calls


@pytest.mark.parametrize("set_as", ["NFC", "NFD"])
@pytest.mark.parametrize("typed_as", ["NFC", "NFD"])
def test_a_phrase_is_one_password_however_its_letters_are_composed_S55(
    use: SignIn, ada: Account, set_as: Form, typed_as: Form
) -> None:
    challenge = use.sign_in(ada.user_id, TEMPORARY, CLIENT)
    use.set_password(ada.id, challenge.session, normalize(set_as, PHRASE), CLIENT)
    signed_in = use.sign_in(ada.user_id, normalize(typed_as, PHRASE), CLIENT)
    assert signed_in.session.strength == 1


@pytest.mark.parametrize("form", ["NFC", "NFD"])
def test_the_present_password_is_no_new_one_however_it_is_composed_S55(
    use: SignIn, ada: Account, passwords: FakePasswords, form: Form
) -> None:
    passwords.set_temporary(ada.id, PHRASE)
    challenge = use.sign_in(ada.user_id, PHRASE, CLIENT)
    with pytest.raises(WeakPassword, match="another password"):
        use.set_password(ada.id, challenge.session, normalize(form, PHRASE), CLIENT)


def test_a_right_password_that_is_too_short_must_be_changed_S55(
    use: SignIn, ada: Account, passwords: FakePasswords, database: Database
) -> None:
    passwords.set_password(ada.id, "twelve chars")
    challenge = use.sign_in(ada.user_id, "twelve chars", CLIENT)
    assert challenge.session.strength == 0
    assert actions(database) == ["session.challenged"]
    assert tries(database) == [0, 0, 0], "it is no guess"
    with pytest.raises(WeakPassword, match="15 to 128"):
        use.set_password(ada.id, challenge.session, "twelve chars", CLIENT)
    assert use.set_password(ada.id, challenge.session, PERMANENT, CLIENT).session.strength == 1


def test_a_wrong_password_that_is_too_short_is_a_wrong_one_S25(use: SignIn, grace: Account) -> None:
    with pytest.raises(WrongCredentials):
        use.sign_in(grace.user_id, "twelve chars", CLIENT)


def test_a_password_of_fifteen_characters_signs_in_although_it_is_common_S55(
    use: SignIn, grace: Account, passwords: FakePasswords
) -> None:
    """The blocklist judges new ones."""
    passwords.set_password(grace.id, "iloveyouiloveyou"[:15])
    assert use.sign_in(grace.user_id, "iloveyouiloveyou"[:15], CLIENT).session.strength == 1


def test_every_session_has_ended_if_killed_before_the_password_store_is_called_A4(
    use: SignIn, ada: Account, passwords: FakePasswords, sessions: SessionStore
) -> None:
    other = use.sign_in(ada.user_id, TEMPORARY, CLIENT)
    challenge = use.sign_in(ada.user_id, TEMPORARY, CLIENT)

    def silent_when_told() -> None:
        passwords.silent = passwords.calls[-1] == "set_password"

    passwords.before_answer = silent_when_told
    with pytest.raises(IdentityUnavailable):
        use.set_password(ada.id, challenge.session, PERMANENT, CLIENT)
    assert not opens(other, sessions)
    assert not opens(challenge, sessions)
    passwords.before_answer, passwords.silent = None, False
    assert use.sign_in(ada.user_id, TEMPORARY, CLIENT).session.strength == 0


def test_a_password_for_an_unknown_account_is_refused(use: SignIn, ada: Account) -> None:
    challenge = use.sign_in(ada.user_id, TEMPORARY, CLIENT)
    with pytest.raises(NotAuthenticated):
        use.set_password("acc_nobody", challenge.session, PERMANENT, CLIENT)


def test_signing_out_ends_this_session_alone_and_twice_changes_nothing(
    use: SignIn, grace: Account, sessions: SessionStore, database: Database
) -> None:
    first, second = (use.sign_in(grace.user_id, PERMANENT, CLIENT) for _ in range(2))
    for _ in range(2):
        use.sign_out(grace.id, first.session, CLIENT)
    assert (opens(first, sessions), opens(second, sessions)) == (False, True)
    assert actions(database).count("session.ended") == 1


def test_signing_out_everywhere_ends_all_sessions_S22(
    use: SignIn, grace: Account, sessions: SessionStore
) -> None:
    signed_in = [use.sign_in(grace.user_id, PERMANENT, CLIENT) for _ in range(3)]
    use.sign_out_everywhere(grace.id, by_password(START), CLIENT)
    assert not any(opens(one, sessions) for one in signed_in)
    with pytest.raises(NotAuthenticated):
        use.sign_out_everywhere("acc_unknown", by_password(START), CLIENT)


def test_a_noted_use_never_brings_an_ended_session_back_S22(
    use: SignIn, grace: Account, sessions: SessionStore
) -> None:
    from keyfob.storage.database import Conflict

    signed_in = use.sign_in(grace.user_id, PERMANENT, CLIENT)
    use.sign_out(grace.id, signed_in.session, CLIENT)
    with pytest.raises(Conflict):
        sessions.touch(grace.id, signed_in.session, START)
    assert not opens(signed_in, sessions)


def test_a_sign_in_is_audited_with_the_address_it_came_from_G4(
    use: SignIn, grace: Account, database: Database
) -> None:
    use.sign_in(grace.user_id, PERMANENT, CLIENT)
    [row] = [
        AuditRow.from_raw_data(item)
        for item in database.scan(AuditRow)
        if item["pk"]["S"] == f"ACTOR#{grace.id}"
    ]
    assert (row.action, row.address, row.correlation) == ("session.begun", "198.18.0.1", "req-1")


def test_accounts_of_the_directory_and_of_sessions_are_made_together_S46(
    ada: Account, database: Database, sessions: SessionStore
) -> None:
    assert database.get(AccountRow, f"ACCOUNT#{ada.id}", "-")
    seen = sessions.get(ada.id)
    assert seen
    assert (seen.organization, seen.epoch, seen.active) == ("acme", 1, True)
