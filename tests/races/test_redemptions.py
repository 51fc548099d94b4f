"""One license key and many people (S27), one serial number and two holders (S30)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from functools import partial

from local.client import Person
from local.stack import Stack
from tests.races.at_once import at_once, crowd
from tests.support.builders import REASON
from tests.support.effort import effort
from tests.support.running.holder_attempts import DONE, account_of, codes, redeem, register
from tests.support.running.people import person
from tests.support.running.rows import Rows
from tests.support.running.stack_holders import Entitlement, Supply

ROUNDS = effort(2, 20)
PEOPLE = effort(6, 25)
# License keys tried in vain stop counting after it.
_FORGIVEN = timedelta(minutes=11)


def test_one_of_many_redemptions_of_one_license_key_makes_a_credential(
    stack: Stack, rows: Rows
) -> None:
    """S27: everybody tries twice; a person with a credential leaves. In the long run fifty."""
    stock = Supply(stack, ROUNDS)
    people = [person(stack) for _ in range(PEOPLE)]
    for round_ in range(ROUNDS):
        if round_ % 2 == 0:
            stack.clock.move(_FORGIVEN)
        key = stock.next().license_key
        answers = crowd([partial(redeem, one, key) for one in people * 2])

        told = codes(answers)
        # The winner's other try may come after the credential and before the key is checked.
        assert told["credential_exists"] <= 1
        refused = told["unknown_license_key"] + told["credential_exists"]
        assert (told[DONE], refused) == (1, 2 * PEOPLE - 1)
        owners = [one for one in people if rows.credentials(account_of(one))]
        (winner,) = (people[n % PEOPLE] for n, one in enumerate(answers) if one.code == DONE)
        assert owners == [winner]
        (credential,) = rows.credentials(account_of(winner))
        assert rows.happened(credential) == ["credential.redeemed"]
        people[people.index(winner)] = person(stack)
    redeemed = [one for one in rows.license_keys(stock.order) if one["state"] == "redeemed"]
    assert len(redeemed) == len({one["credential"] for one in redeemed}) == ROUNDS


def test_reissues_and_redemptions_at_once_leave_one_key_and_at_most_one_credential(
    stack: Stack, rows: Rows
) -> None:
    """B5: everybody has the first key; who comes after a reissue is refused."""
    stack.clock.move(_FORGIVEN)
    stock = Supply(stack, 1)
    key = stock.next().license_key
    people = [person(stack) for _ in range(PEOPLE)]
    event = {"operation": "reissue_license_key", "order": stock.order, "unit": 1, "reason": REASON}

    def reissue() -> str:
        return str(stack.invoke("OperationsFunction", event).get("error", DONE))

    def redemption(someone: Person) -> str:
        return redeem(someone, key).code

    acts = [act for one in people for act in (partial(redemption, one), reissue)]
    told = Counter(crowd(acts))
    states = Counter(one["state"] for one in rows.license_keys(stock.order))
    assert states["issued"] + states["redeemed"] == 1
    owners = [one for one in people if rows.credentials(account_of(one))]
    assert len(owners) == states["redeemed"]
    refused = told["unknown_license_key"] + told["license_key_not_reissuable"]
    assert told[DONE] + refused == 2 * PEOPLE


def test_somebody_who_redeems_two_license_keys_at_once_gets_one_credential(
    stack: Stack, rows: Rows
) -> None:
    """C1, S27: the other key stays valid for the next person."""
    stock = Supply(stack, ROUNDS + 1)
    left = stock.next()
    for _ in range(ROUNDS):
        someone, pair = person(stack), (left, stock.next())
        answers = at_once([partial(redeem, someone, one.license_key) for one in pair])
        assert codes(answers) == {DONE: 1, "credential_exists": 1}
        assert len(rows.credentials(account_of(someone))) == 1
        (left,) = (one for one, told in zip(pair, answers, strict=True) if told.code != DONE)


def test_one_of_two_holders_of_one_serial_number_registers_it(stack: Stack, rows: Rows) -> None:
    """S30: the other gets a stranger's answer, and is counted once."""
    waiting = _waiting(stack, Supply(stack, ROUNDS + 5))
    loser, device = next(waiting)
    for _ in range(ROUNDS):
        if len(rows.credential(account_of(loser[0]))["tries"]) == 4:
            loser, device = next(waiting)
        rival, other = next(waiting)
        pair = device.device.pair()
        two = [loser, rival]
        before = [len(rows.credential(account_of(one))["tries"]) for one, _ in two]
        answers = at_once([partial(register, *one, device.device.serial, pair) for one in two])
        assert codes(answers) == {DONE: 1, "wrong_serial": 1}

        won = [one.code for one in answers].index(DONE)
        winner, beaten = (rows.credential(account_of(two[n][0])) for n in (won, 1 - won))
        assert winner["serial"] == device.device.serial
        assert rows.token(device.device.serial)["holder"].endswith(winner["id"])
        assert "serial" not in beaten
        assert len(beaten["tries"]) == before[1 - won] + 1
        loser, device = two[1 - won], other


def _waiting(stack: Stack, stock: Supply) -> Iterator[tuple[tuple[Person, str], Entitlement]]:
    """People with an active credential and no token yet, each with a token shipped to them."""
    while True:
        entitlement, someone = stock.next(), person(stack)
        credential = someone.redeem(entitlement.license_key)["id"]
        someone.expect(200, "POST", f"/credentials/{credential}/activation")
        yield (someone, credential), entitlement
