"""A credential's phones in their row: each write, condition by condition (S11, S46)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from keyfob.domain.credentials.credential import Credential
from keyfob.domain.phones import phone as phones
from keyfob.domain.phones.phone import Phone
from keyfob.domain.policy import Policy
from keyfob.storage.database import Conflict
from keyfob.storage.phones import store as rows
from keyfob.storage.phones.store import Phones, PhoneStore
from keyfob.storage.rows import Update
from tests.support.builders import a_credential
from tests.support.fakes import START, Meddler
from tests.support.phones import NUMBERS, a_code, a_phone

POLICY = Policy()
CREDENTIAL = a_credential(phones={"phone1": 0})
EARLIER = replace(CREDENTIAL, id="crd_00000000000000000000")
PHONE = a_phone()


@pytest.fixture
def store(database: Any) -> PhoneStore:
    return PhoneStore(database)


def kept(store: PhoneStore, *phones: Phone, of: Credential = CREDENTIAL) -> Phones:
    """Stores these phones for the credential."""
    for phone in phones:
        store.write(rows.add(store.of(of), phone, without=()))
    return store.of(of)


def refused(store: PhoneStore, write: Update, of: Credential = CREDENTIAL) -> None:
    """The write conflicts, and nothing changes."""
    before = store.of(of)
    with pytest.raises(Conflict):
        store.write(write)
    assert store.of(of) == before


# Reading


def test_without_a_row_there_are_no_phones(store: PhoneStore) -> None:
    seen = store.of(CREDENTIAL)
    assert (seen.account, seen.credential) == (CREDENTIAL.account, CREDENTIAL.id)
    assert (seen.row, seen.all) == (None, {})


@pytest.mark.parametrize(
    "phone",
    [
        PHONE,
        a_phone(confirmed_at=None),
        a_phone(failed=("a", "b"), blocked_until=START + timedelta(minutes=15)),
        a_phone(codes={"s1": a_code(), "s2": a_code("654321", tries=("t1", "t2"))}),
        a_phone(codes={"s1": replace(a_code(), spoken=True)}),
        a_phone(label="Büro ☎ \n", shown="+49 … 89"),
    ],
)
def test_a_phone_is_read_as_it_was_written(store: PhoneStore, phone: Phone) -> None:
    assert kept(store, phone).all == {"phone1": phone}


def test_a_dropped_phone_is_kept_apart_S11(store: PhoneStore) -> None:
    dropped = a_phone(id="gone", confirmed_at=None, failed=("a",), dropped=True)
    seen = kept(store, PHONE, dropped)
    assert (seen.all, seen.dropped) == ({"phone1": PHONE}, {"gone": dropped})
    another = a_phone(id="another")
    refused(store, rows.add(replace(seen, dropped={}), another, without=()))
    store.write(rows.add(seen, another, without=["gone"]))
    assert (set(store.of(CREDENTIAL).all), store.of(CREDENTIAL).dropped) == (
        {"phone1", "another"},
        {},
    )


def test_a_codes_end_is_kept_to_the_second_and_when_a_phone_was_added_exactly(
    store: PhoneStore,
) -> None:
    odd = timedelta(microseconds=999_999)
    phone = a_phone(added_at=START + odd, codes={"s": a_code(until=START + odd)})
    read = kept(store, phone).all["phone1"]
    assert (read.added_at, read.codes["s"].until) == (START + odd, START)


def test_the_phones_of_an_earlier_credential_are_not_this_ones(store: PhoneStore) -> None:
    kept(store, PHONE, of=EARLIER)
    seen = store.of(CREDENTIAL)
    assert (seen.row, seen.all) == (EARLIER.id, {})
    assert store.confirmed(CREDENTIAL) == []


def test_codes_stand_in_the_row_as_keyed_hashes_alone_S17(
    store: PhoneStore, client: Meddler, tables: dict[str, str]
) -> None:
    kept(store, a_phone(codes={"s": a_code("123456")}))
    assert "123456" not in str(client.scan(TableName=tables["credentials"])["Items"])


def test_the_confirmed_are_those_that_the_credential_names_oldest_first(store: PhoneStore) -> None:
    later = START + timedelta(seconds=1)
    made = [
        a_phone(id="c", added_at=later),
        a_phone(id="b", added_at=START),
        a_phone(id="a", added_at=later),
        a_phone(id="d", added_at=START, confirmed_at=None),
    ]
    kept(store, *made)
    named = replace(CREDENTIAL, phones={"a": 0, "b": 3, "c": 0, "gone": 0})
    assert [phone.id for phone in store.confirmed(named)] == ["b", "a", "c"]


def test_nothing_is_read_for_a_credential_without_phones(
    store: PhoneStore, client: Meddler
) -> None:
    assert store.confirmed(None) == store.confirmed(replace(CREDENTIAL, phones={})) == []
    assert client.calls == []


def test_reading_is_strongly_consistent(store: PhoneStore, client: Meddler) -> None:
    store.of(CREDENTIAL)
    [request] = client.requests("get_item")
    assert request["ConsistentRead"] is True


# Adding


def test_the_first_phone_makes_the_row(store: PhoneStore) -> None:
    seen = kept(store, PHONE)
    assert (seen.row, seen.all) == (CREDENTIAL.id, {"phone1": PHONE})


def test_one_of_two_first_phones_at_once_is_added(store: PhoneStore) -> None:
    seen = store.of(CREDENTIAL)
    store.write(rows.add(seen, PHONE, without=()))
    refused(store, rows.add(seen, a_phone(id="phone2"), without=()))


def test_one_of_two_phones_at_once_is_added(store: PhoneStore) -> None:
    seen = kept(store, PHONE)
    store.write(rows.add(seen, a_phone(id="phone2"), without=()))
    refused(store, rows.add(seen, a_phone(id="phone3"), without=()))


def test_a_phone_is_not_added_over_itself(store: PhoneStore) -> None:
    seen = kept(store, PHONE)
    refused(store, rows.add(seen, a_phone(label="Another"), without=()))


def test_adding_drops_the_named_phones_and_nothing_else(store: PhoneStore) -> None:
    seen = kept(
        store, *(a_phone(id=one, confirmed_at=None) for one in ("phone1", "phone2", "phone3"))
    )
    store.write(rows.add(seen, a_phone(id="phone4"), without=("phone1", "phone3")))
    assert set(store.of(CREDENTIAL).all) == {"phone2", "phone4"}


def test_the_row_of_an_earlier_credential_becomes_this_ones(store: PhoneStore) -> None:
    kept(store, PHONE, a_phone(id="phone2"), of=EARLIER)
    new = a_phone(id="phone3", number=NUMBERS[1])
    store.write(rows.add(store.of(CREDENTIAL), new, without=()))
    assert store.of(CREDENTIAL).all == {"phone3": new}
    assert store.of(EARLIER).all == {}


def test_the_row_of_an_earlier_credential_is_taken_over_once(store: PhoneStore) -> None:
    kept(store, PHONE, of=EARLIER)
    seen = store.of(CREDENTIAL)
    store.write(rows.add(seen, PHONE, without=()))
    refused(store, rows.add(seen, a_phone(id="phone2"), without=()))


def test_an_earlier_credential_adds_nothing_any_more(store: PhoneStore) -> None:
    seen = kept(store, PHONE, of=EARLIER)
    kept(store, PHONE, of=CREDENTIAL)
    refused(store, rows.add(seen, a_phone(id="phone2"), without=()))


def test_no_phone_confirmed_meanwhile_is_dropped(store: PhoneStore) -> None:
    waiting = a_phone(confirmed_at=None)
    seen = kept(store, waiting)
    store.write(rows.change(seen, waiting, PHONE))
    refused(store, rows.add(seen, a_phone(id="phone2"), without=("phone1",)))


# Changing

SENT = a_phone(codes={"session1": a_code()})


def with_code(phone: Phone) -> Phone:
    return phones.sent(phone, "session1", "ab", START, POLICY)


def with_wrong_code(phone: Phone) -> Phone:
    return phones.rejected(phone, "session1", "trial", START, POLICY)


def accepted(phone: Phone) -> Phone:
    return phones.accepted(phone, "session1")


def renamed(phone: Phone) -> Phone:
    return replace(phone, label="Another")


def blocked(phone: Phone) -> Phone:
    return replace(phone, blocked_until=START + timedelta(minutes=15), failed=("x",))


def forgiven(phone: Phone) -> Phone:
    return phones.freed(phone)


@pytest.mark.parametrize("change", [with_code, with_wrong_code, accepted, renamed, blocked])
def test_a_change_writes_the_differing_attributes(
    store: PhoneStore, change: Callable[[Phone], Phone]
) -> None:
    seen = kept(store, SENT, a_phone(id="phone2"))
    to = change(SENT)
    store.write(rows.change(seen, SENT, to))
    assert store.of(CREDENTIAL).all == {"phone1": to, "phone2": a_phone(id="phone2")}


def test_a_missing_attribute_is_removed_from_the_row(store: PhoneStore) -> None:
    before = blocked(SENT)
    seen = kept(store, before)
    store.write(rows.change(seen, before, forgiven(before)))
    assert store.of(CREDENTIAL).all == {"phone1": SENT}


def test_only_differing_attributes_are_named(store: PhoneStore) -> None:
    seen = kept(store, SENT)
    store.write(rows.change(seen, SENT, renamed(SENT)))
    # The outcome of a code doesn't undo a name set meanwhile.
    store.write(rows.change(seen, SENT, with_code(SENT)))
    assert store.of(CREDENTIAL).all["phone1"].label == "Another"


MEANWHILE = {
    "a code was sent": with_code,
    "a wrong code was typed": with_wrong_code,
    "the right code was typed": accepted,
    "it was blocked": blocked,
}


@pytest.mark.parametrize("name", MEANWHILE)
@pytest.mark.parametrize("change", [with_code, with_wrong_code, accepted, renamed])
def test_a_phone_changed_meanwhile_is_not_changed_S4_S11(
    store: PhoneStore, name: str, change: Callable[[Phone], Phone]
) -> None:
    seen = kept(store, SENT)
    store.write(rows.change(seen, SENT, MEANWHILE[name](SENT)))
    refused(store, rows.change(seen, SENT, change(SENT)))


def test_a_name_is_not_changed_over_another_change_of_it(store: PhoneStore) -> None:
    seen = kept(store, SENT)
    store.write(rows.change(seen, SENT, renamed(SENT)))
    refused(store, rows.change(seen, SENT, replace(SENT, label="A third")))


def test_a_confirmation_is_not_written_twice(store: PhoneStore) -> None:
    new = a_phone(confirmed_at=None)
    seen = kept(store, new)
    store.write(rows.change(seen, new, a_phone()))
    refused(store, rows.change(seen, new, a_phone(confirmed_at=START + timedelta(seconds=5))))


def test_a_removed_phone_is_not_changed(store: PhoneStore) -> None:
    seen = kept(store, SENT)
    store.write(rows.remove(seen, SENT))
    refused(store, rows.change(seen, SENT, renamed(SENT)))


def test_the_same_phone_of_another_credential_is_not_changed(store: PhoneStore) -> None:
    seen = kept(store, SENT, of=EARLIER)
    kept(store, SENT, of=CREDENTIAL)
    refused(store, rows.change(seen, SENT, renamed(SENT)))


# Removing


def test_removing_deletes_one_phone_once(store: PhoneStore) -> None:
    seen = kept(store, PHONE, a_phone(id="phone2"))
    store.write(rows.remove(seen, PHONE))
    assert set(store.of(CREDENTIAL).all) == {"phone2"}
    refused(store, rows.remove(seen, PHONE))


def test_a_phone_that_waits_for_its_code_is_removed_once_too(store: PhoneStore) -> None:
    waiting = a_phone(confirmed_at=None)
    seen = kept(store, waiting)
    store.write(rows.remove(seen, waiting))
    refused(store, rows.remove(seen, waiting))


def test_a_phone_confirmed_meanwhile_is_not_removed_as_an_unconfirmed_one(
    store: PhoneStore,
) -> None:
    waiting = a_phone(confirmed_at=None)
    seen = kept(store, waiting)
    store.write(rows.change(seen, waiting, PHONE))
    refused(store, rows.remove(seen, waiting))
    store.write(rows.remove(store.of(CREDENTIAL), PHONE))
    assert store.of(CREDENTIAL).all == {}


def test_the_same_phone_of_another_credential_is_not_removed(store: PhoneStore) -> None:
    seen = kept(store, PHONE, of=EARLIER)
    kept(store, PHONE, of=CREDENTIAL)
    refused(store, rows.remove(seen, PHONE))


def test_a_phone_is_deleted_with_its_credential_number_and_all_F3(
    store: PhoneStore, client: Meddler, tables: dict[str, str]
) -> None:
    kept(store, PHONE, a_phone(id="phone2"))
    store.write(rows.forget(CREDENTIAL))
    assert store.of(CREDENTIAL).all == {}
    assert PHONE.number not in str(client.scan(TableName=tables["credentials"])["Items"])


def test_an_ending_deletes_nothing_of_the_next_credential_F3(store: PhoneStore) -> None:
    kept(store, PHONE, of=CREDENTIAL)
    refused(store, rows.forget(EARLIER))
