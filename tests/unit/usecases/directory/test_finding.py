"""Lists and searches of an organization's accounts, and what they cost (A5)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise
from typing import Any

import pytest

from keyfob.domain.credentials.standing import Standing
from keyfob.domain.directory.account import Account
from keyfob.domain.directory.role import Role
from keyfob.domain.errors import InvalidInput
from keyfob.storage.credentials import standings
from keyfob.storage.directory import members
from keyfob.storage.directory.members import MemberRow
from keyfob.storage.rows import Put
from keyfob.usecases.directory.finding import PAGE, Filter, Finding, Page
from keyfob.wiring.accounts import finding_of
from tests.support.builders import a_credential, an_account
from tests.support.dynamodb import Engine
from tests.support.effort import effort
from tests.support.fakes import START
from tests.support.order_world import OrderWorld, administrator

MANY = effort(2_000, 100_000)
HOME = "acme"
SYLLABLES = ("ab", "ed", "il", "on", "ur", "ya", "zo", "ka", "ti", "mu")


class Priced:
    """A client that adds up the units that its reads are charged."""

    def __init__(self, client: Any) -> None:
        self._client, self.units = client, 0.0

    def __getattr__(self, name: str) -> Any:
        def call(**request: Any) -> Any:
            answer = getattr(self._client, name)(**request, ReturnConsumedCapacity="TOTAL")
            consumed = answer.get("ConsumedCapacity", ())
            for one in [consumed] if isinstance(consumed, Mapping) else consumed:
                self.units += one["CapacityUnits"]
            return answer

        return call


class Office:
    """Alice looks through the accounts of her organization."""

    def __init__(self, world: OrderWorld) -> None:
        self.world = world
        self.alice = world.person(
            roles=(Role.HOLDER, Role.ORGANIZATION_ADMINISTRATOR), last_name="Ahlberg"
        )
        self.use: Finding = finding_of(world.base)
        self.who = administrator(self.alice)

    def all(self, position: str = "") -> Page:
        return self.use.all(self.who, position)

    def search(self, typed: str, position: str = "") -> Page:
        return self.use.search(self.who, typed, position)

    def filtered(self, which: Filter, position: str = "", *, days: int = 60) -> Page:
        return self.use.filtered(self.who, which, position, days=days)

    def stands(self, account: Account, before: Standing, to: Standing) -> None:
        credential = a_credential(account=account.id, organization=account.organization)
        for write in standings.follow(credential, before, to, self.world.clock()):
            self.world.database.write(write)


@pytest.fixture
def office(order_world: OrderWorld) -> Office:
    return Office(order_world)


def names(page: Page) -> list[str]:
    return [one.name for one in page.members]


def whole(pages: Callable[[str], Page]) -> Iterator[Page]:
    position = ""
    while True:
        page = pages(position)
        yield page
        position = page.position
        if not position:
            return


def mass(count: int) -> Iterator[dict[str, Any]]:
    """So many accounts, a fifth without a credential, every tenth of the others locked."""
    for number in range(count):
        digits = f"{number:06d}"
        last = "".join(SYLLABLES[int(one)] for one in reversed(digits))
        account = an_account(
            id=f"acc_{number:020d}",
            user_id=f"user{digits}",
            email=f"{last}{digits}@acme.example",
            first_name="Test",
            last_name=last.title(),
        )
        row = members.put(account, (Role.HOLDER,), START).row
        values = row.attribute_values
        if number % 5:
            until = Standing(until=START + timedelta(hours=number % 8_760))
            values |= standings.stands(account.id, HOME, until, START)
        if number % 10 == 1:
            shard = str(values["standing"]).rpartition("#")[0]
            values |= {"locked": shard, "locked_at": values["standing_at"]}
        item: dict[str, Any] = Put(row=MemberRow(**values)).request()[1]["Item"]
        yield item


@pytest.fixture
def crowded(office: Office, engine: Engine, tables: dict[str, str]) -> Office:
    """With so many colleagues."""
    table = tables["members"]
    there = engine.snapshot([table])[table]
    engine.restore({table: [*mass(MANY), *there]})
    return office


def units(office: Office, act: Callable[[], Page]) -> tuple[float, Page]:
    database: Any = office.world.database
    priced = Priced(database._client)
    database._client = priced
    try:
        page = act()
    finally:
        database._client = priced._client
    return priced.units, page


def test_all_accounts_are_listed_by_last_name_A5(office: Office) -> None:
    office.world.person(first_name="Zoë", last_name="Åberg")
    office.world.person(first_name="Bob", last_name="Byron")
    assert names(office.all()) == ["Zoë Åberg", office.alice.name, "Bob Byron"]
    [listed] = [one for one in office.all().members if one.id == office.alice.id]
    assert listed.roles == ("holder", "organization_administrator")
    assert (listed.active, listed.expires_at, listed.locked) == (True, None, False)


def test_accounts_of_other_organizations_are_in_no_list_S23(office: Office) -> None:
    office.world.person(organization="bolt", last_name="Ahlberg")
    elsewhere = office.world.person(organization="bolt", last_name="Ahlberg")
    office.stands(elsewhere, Standing(until=START), Standing(until=START, locked=True))
    assert len(office.all().members) == 1
    assert len(office.search("ahl").members) == 1
    assert len(office.filtered(Filter.WITHOUT_CREDENTIAL).members) == 1
    assert office.filtered(Filter.LOCKED).members == []


@pytest.mark.parametrize(
    "typed", ["BYR", "byron ada", "  Byron  ada ", "ada.b@", "ADA.B@acme", "ab1815", "AB18"]
)
def test_a_beginning_of_name_address_or_user_id_finds_an_account_A5(
    typed: str, office: Office
) -> None:
    office.world.person(
        first_name="Ada", last_name="Byron", email="ada.b@acme.example", user_id="ab1815x"
    )
    assert names(office.search(typed)) == ["Ada Byron"]


def test_what_begins_otherwise_is_not_found_A5(office: Office) -> None:
    office.world.person(first_name="Ada", last_name="Byron", user_id="ab1815z")
    for typed in ("yron", "ada byron", "byron#", "1815"):
        assert office.search(typed).members == []
    with pytest.raises(InvalidInput):
        office.search(" \u0301 ")


def test_who_is_found_by_several_is_listed_once_A5(office: Office) -> None:
    office.world.person(
        first_name="Ada", last_name="Byron", email="byron@acme.example", user_id="byron1"
    )
    office.world.person(first_name="Bea", last_name="Bay", email="byron2@acme.example")
    assert names(office.search("byron")) == ["Ada Byron", "Bea Bay"]


def test_filters_list_whom_one_has_to_act_for_by_instant_A5(office: Office) -> None:
    people = [office.world.person(first_name=f"P{number}") for number in range(4)]
    days = (59, 61, -3, 10)
    for person, later in zip(people, days, strict=True):
        until = Standing(until=office.world.clock() + timedelta(days=later))
        office.stands(person, Standing(), until)
        if later in {61, 10}:
            office.stands(person, until, replace(until, locked=True))
    expiring = [one.id for one in office.filtered(Filter.EXPIRING).members]
    assert expiring == [people[2].id, people[3].id, people[0].id]
    within_a_year = office.filtered(Filter.EXPIRING, days=366).members
    assert [one.id for one in within_a_year][-1] == people[1].id
    assert [one.id for one in office.filtered(Filter.WITHOUT_CREDENTIAL).members] == [
        office.alice.id
    ]
    locked = office.filtered(Filter.LOCKED).members
    assert {one.id for one in locked} == {people[1].id, people[3].id}
    assert all(one.locked for one in locked)


def test_a_token_locked_without_its_account_s_row_is_in_no_list_A5_S4(office: Office) -> None:
    ghost = an_account(id="acc_ghost", organization=HOME)
    office.stands(ghost, Standing(), Standing(locked=True))
    assert office.filtered(Filter.LOCKED).members == []


@pytest.mark.parametrize(
    "position",
    [
        "[0]",
        "[3, ''] ",
        '[-1, ""]',
        "[0, 1]",
        '{"0": 1}',
        "nonsense",
        '[0, "\\ud800"]',
        '[0, "' + "a" * 1_025 + '"]',
        '[true, ""]',
        "null",
    ],
)
def test_a_position_of_one_s_own_making_is_refused_S49(position: str, office: Office) -> None:
    acts: tuple[Callable[[], Page], ...] = (
        lambda: office.all(position),
        lambda: office.search("byr", position),
        lambda: office.filtered(Filter.EXPIRING, position),
    )
    for act in acts:
        with pytest.raises(InvalidInput):
            act()


def test_a_position_beyond_its_list_is_refused_S49(office: Office) -> None:
    with pytest.raises(InvalidInput):
        office.search("byr", '[0, "zz"]')
    with pytest.raises(InvalidInput):
        office.filtered(Filter.EXPIRING, '[0, "9999"]')


def test_pages_of_all_have_every_account_once_and_take_at_most_28_read_units_A5(
    crowded: Office,
) -> None:
    """The gate takes two units more: thirty."""
    seen, cost = [], []
    position = ""
    for _ in range(8):
        charged, page = units(crowded, lambda at=position: crowded.all(at))  # type: ignore[misc]
        assert len(page.members) == PAGE
        seen += [one.keys[members.List.NAME] for one in page.members]
        cost.append(charged)
        position = page.position
    assert max(cost) <= 28, cost
    assert all(one < other for one, other in pairwise(seen))


def test_a_search_takes_at_most_58_read_units_and_finds_every_account_once_A5(
    crowded: Office,
) -> None:
    """The gate takes two units more: sixty."""
    for typed in ("z", "zoab", "user0000", "nobody"):
        charged, _ = units(crowded, lambda typed=typed: crowded.search(typed))  # type: ignore[misc]
        assert charged <= 58, typed
    pages = list(whole(lambda at: crowded.search("abab", at)))
    found = [one.id for page in pages for one in page.members]
    expected = [
        f"acc_{number:020d}" for number in range(MANY) if f"{number:06d}"[::-1].startswith("00")
    ]
    assert sorted(found) == expected


def test_filters_pages_have_every_account_once_and_take_at_most_28_read_units_A5(
    crowded: Office,
) -> None:
    for which in Filter:
        position, keys = "", []
        for _ in range(4):
            charged, page = units(
                crowded,
                lambda which=which, at=position: crowded.filtered(which, at, days=366),  # type: ignore[misc]
            )
            assert charged <= 28
            keys += [one.id for one in page.members]
            position = page.position
        assert len(keys) == len(set(keys)) == 4 * PAGE
