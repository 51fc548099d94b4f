"""From a license key to a credential by HTTP: C1, S27, and how often one may guess."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime

import pytest

from keyfob.orders.license_key import generate
from local.client import Person, idempotency_key
from local.stack import Stack
from tests.support.running.credential_checks import account_of, claim, license_keys, refused, shown
from tests.support.running.observed import audited, rows
from tests.support.running.people import new_address, person
from tests.support.running.stack_holders import Supply


@pytest.fixture(scope="module")
def supply(stack: Stack) -> Supply:
    """A license key for each test that spends one."""
    return Supply(stack, 8, period=None)


@pytest.fixture
def license_key(supply: Supply) -> str:
    """One whose token is shipped."""
    return supply.next().license_key


def key_row(stack: Stack, order: str, unit: int) -> dict[str, object]:
    [row] = [
        row
        for row in rows(stack, "OrdersTable")
        if row["pk"].startswith("KEY#") and (row["order"], row["unit"]) == (order, unit)
    ]
    return row


def test_c1_a_key_waits_for_its_token_and_then_becomes_a_credential(
    stack: Stack, supply: Supply, holder: Person
) -> None:
    before = license_keys(supply)
    # The tokens are shipped one by one, in the order of the keys.
    ahead = before[len(before)]
    waiting = refused(claim(holder, ahead), 409, "wait_for_token")
    assert "until it has arrived" in waiting["detail"]
    assert key_row(stack, supply.order, len(before) - 1)["state"] == "issued"
    assert holder.expect(200, "GET", "/credentials") == {"credentials": []}

    entitlement = supply.next()
    unit = next(number for number, key in before.items() if key == entitlement.license_key) - 1
    made = claim(holder, entitlement.license_key, legal_name=" Ada  King ", country="GB")

    assert made.status_code == 201, made.text
    seen = made.json()
    assert (seen["status"], seen["level"], seen["token"]) == ("pending_activation", 2, None)
    assert (seen["order"], seen["kind"]) == (supply.order, "hardware_token")
    assert (seen["legal_name"], seen["country"]) == ("Ada  King", "GB")
    paid, expires = (datetime.fromisoformat(seen[one]) for one in ("purchased_at", "expires_at"))
    assert paid.replace(year=paid.year + 1) == expires
    assert datetime.fromisoformat(seen["revokes_at"]) == expires.replace(year=expires.year + 1)
    assert (seen["activated_at"], seen["reset_needed"]) == (None, False)
    assert shown(holder, seen["id"]) == seen
    assert holder.expect(200, "GET", "/credentials") == {"credentials": [seen]}
    row = key_row(stack, supply.order, unit)
    subject = f"CREDENTIAL#{account_of(holder)}#{seen['id']}"
    assert (row["state"], row["credential"]) == ("redeemed", subject)
    assert [one["action"] for one in audited(stack, str(row["pk"]))][-1] == "license_key.redeemed"
    [begun] = audited(stack, subject)
    assert (begun["action"], begun["actor_id"]) == ("credential.redeemed", account_of(holder))
    assert begun["address"] == holder.headers["X-Forwarded-For"]


def test_c1_a_used_key_looks_like_one_that_never_was(
    stack: Stack, holder: Person, license_key: str
) -> None:
    stranger = person(stack)
    assert claim(holder, license_key).status_code == 201
    unknown = refused(claim(stranger, generate()), 422, "unknown_license_key")
    assert claim(stranger, license_key).json() == unknown
    assert claim(holder, license_key).json() == unknown
    assert stranger.expect(200, "GET", "/credentials") == {"credentials": []}


def test_c1_a_second_key_is_kept_while_a_credential_lives(
    stack: Stack, supply: Supply, holder: Person
) -> None:
    first, second = supply.next().license_key, supply.next().license_key
    credential = holder.redeem(first)
    refused(claim(holder, second), 409, "credential_exists")
    assert holder.expect(200, "GET", "/credentials") == {"credentials": [credential]}
    assert claim(person(stack), second).status_code == 201, "the key is as good as before"


def test_c1_the_same_request_again_gives_the_same_credential_and_another_body_none(
    stack: Stack, holder: Person, license_key: str
) -> None:
    key = idempotency_key()["Idempotency-Key"]
    made = claim(holder, license_key, key=key)
    again = claim(holder, license_key, key=key)
    assert (made.status_code, again.status_code) == (201, 201)
    assert again.json() == made.json()
    subject = f"CREDENTIAL#{account_of(holder)}#{made.json()['id']}"
    assert len(audited(stack, subject)) == 1
    for other in (
        claim(holder, license_key, key=key, legal_name="Another Name"),
        claim(holder, license_key, key=key, country="DE"),
        claim(holder, generate(), key=key),
    ):
        refused(other, 409, "idempotency_key_reused")
    refused(claim(person(stack), license_key, key=key), 422, "unknown_license_key")


def test_c1_a_key_without_idempotency_key_or_with_more_than_was_asked_is_refused(
    holder: Person, supply: Supply
) -> None:
    body = {"license_key": generate(), "legal_name": "Ada", "country": "US"}
    answers = [
        holder.call("POST", "/license-redemptions", body),
        claim(holder, generate(), level="3"),
        claim(holder, generate(), account="acc_somebody"),
        claim(holder, generate(), legal_name=" "),
        claim(holder, generate(), country="us"),
    ]
    for answer in answers:
        refused(answer, 422, "invalid_input")


FORMS: Mapping[str, Callable[[str], str]] = {
    "as it was mailed": lambda key: key,
    "in lower case": str.lower,
    "without dashes": lambda key: key.replace("-", ""),
    "with blanks": lambda key: f"  {key.replace('-', ' ')} ",
    "dashed otherwise": lambda key: "-".join(key.replace("-", "")),
    "letters O and I for digits": lambda key: key.replace("0", "O").replace("1", "I"),
    "small letters o and l for digits": lambda key: key.replace("0", "o").replace("1", "l"),
}


def test_s27_case_dashes_and_letters_that_look_like_digits_are_forgiven(
    stack: Stack, supply: Supply, holder: Person
) -> None:
    """Whoever has a credential is told so of a good key only, which stays good."""
    holder.redeem(supply.next().license_key)
    entitlement = supply.next()
    for what, form in FORMS.items():
        answer = claim(holder, form(entitlement.license_key))
        assert answer.json()["code"] == "credential_exists", what
    forgiven = FORMS["small letters o and l for digits"](entitlement.license_key)
    assert claim(person(stack), forgiven.replace("-", "")).status_code == 201


def test_s27_a_typing_error_is_told_as_one_and_is_no_guess(holder: Person) -> None:
    """The two check symbols find every wrong symbol and every swap."""
    key = generate()
    swapped = next(
        key[:at] + key[at + 1] + key[at] + key[at + 2 :]
        for at in range(len(key) - 1)
        if key[at] != key[at + 1] and "-" not in key[at : at + 2]
    )
    wrong = [("Z" if key[at] != "Z" else "Y").join((key[:at], key[at + 1 :])) for at in (0, 8, 22)]
    for typo in (
        *wrong,
        swapped,
        key[:-1],
        f"{key}A",
        "U" * 20,
        chr(0xFF11) * 20,
        "0",
        "-",
        key * 2,
    ):
        problem = refused(claim(holder, typo), 422, "invalid_input")
        assert list(problem["fields"]) == ["license_key"]
    refused(claim(holder, generate()), 422, "unknown_license_key")


def test_c1_five_wrong_keys_of_an_account_are_evaluated_and_no_sixth(
    stack: Stack, supply: Supply, holder: Person
) -> None:
    """Right keys are no guesses, whatever else is in their way."""
    unshipped = license_keys(supply)[len(supply.devices)]
    for _ in range(5):
        for _ in range(2):
            refused(claim(holder, unshipped), 409, "wait_for_token")
        refused(claim(holder, generate()), 422, "unknown_license_key")

    for key in (generate(), unshipped):
        answer = claim(holder, key)
        refused(answer, 429, "too_many_tries")
        assert 0 < int(answer.headers["Retry-After"]) <= 600

    elsewhere = Person(holder.url, holder.user_id, holder.token, {"X-Forwarded-For": new_address()})
    refused(claim(elsewhere, unshipped), 429, "too_many_tries")
    refused(claim(person(stack), unshipped), 409, "wait_for_token")


def test_c1_ten_wrong_keys_from_an_address_are_evaluated_and_no_eleventh(
    stack: Stack, supply: Supply
) -> None:
    """Whoever has many accounts gets no more guesses; their other address is none of these."""
    unshipped = license_keys(supply)[len(supply.devices)]
    here = {"X-Forwarded-For": new_address()}
    people = [person(stack) for _ in range(3)]
    accounts = [Person(one.url, one.user_id, one.token, here) for one in people]
    for someone in accounts[:2]:
        refused(claim(someone, unshipped), 409, "wait_for_token")
        for _ in range(5):
            refused(claim(someone, generate()), 422, "unknown_license_key")

    answer = claim(accounts[2], unshipped)

    refused(answer, 429, "too_many_tries")
    assert 600 < int(answer.headers["Retry-After"]) <= 3_600
    refused(claim(people[2], unshipped), 409, "wait_for_token")
