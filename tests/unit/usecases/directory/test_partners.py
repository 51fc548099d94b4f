"""Partners, applications and partner administrators by operators (G2, S60)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from keyfob.domain.directory.partner import Application, Terms
from keyfob.domain.directory.role import Role
from keyfob.domain.errors import IllegalTransition, InvalidInput, NotFound
from keyfob.storage.audit.store import AuditRow
from keyfob.storage.directory.members import MemberRow
from keyfob.storage.directory.store import ApplicationRow, Directory
from keyfob.storage.sessions.store import SessionStore, administer_partner
from keyfob.usecases.directory.partner_administrators import PartnerAdministrators
from keyfob.usecases.directory.partners import Partners
from keyfob.wiring.operations import partner_administrators_of, partners_of
from tests.support.builders import PARTNER
from tests.support.fakes import Meddler
from tests.support.faults import first
from tests.support.order_world import OPERATOR, OrderWorld

BY = replace(OPERATOR, id="olivia", reason="The contract of March")
OTTO = replace(BY, id="otto")
FORUM = Application(id="forum", name="Forum", level=2, hardware_only=False, public=True)
SUBJECT = f"PARTNER#{PARTNER.id}"


@pytest.fixture
def partners(order_world: OrderWorld) -> Partners:
    return partners_of(order_world.base)


@pytest.fixture
def administrators(order_world: OrderWorld) -> PartnerAdministrators:
    return partner_administrators_of(order_world.base)


def put(partners: Partners, name: str = "Eastwind", **changes: bool) -> dict[str, Any]:
    settings = {"approves_credentials": False, "proofing_questions": True, **changes}
    return dict(partners.put("eastwind", name, by=BY, **settings).facts)


def trail(order_world: OrderWorld, subject: str) -> list[tuple[str, str, Any]]:
    found = order_world.database.query(AuditRow, key=("pk", subject))
    rows = [AuditRow.from_raw_data(item) for item in found]
    return [(row.action, row.actor_id, row.facts) for row in rows]


def application_of(order_world: OrderWorld, application: str) -> Application | None:
    partner = Directory(order_world.database).partner(PARTNER.id)
    return partner.application(application) if partner else None


def test_a_partner_is_added_changed_and_left_as_it_is_G2_S60(
    order_world: OrderWorld, partners: Partners
) -> None:
    put(partners)
    assert put(partners) == {}
    assert put(partners, approves_credentials=True) == {"approves_credentials": "no → yes"}
    added = {"name": "Eastwind", "approves_credentials": "no", "proofing_questions": "yes"}
    assert trail(order_world, "PARTNER#eastwind") == [
        ("partner.added", "olivia", added | {"reason": BY.reason}),
        (
            "partner.changed",
            "olivia",
            {"approves_credentials": "no → yes", "reason": BY.reason},
        ),
    ]
    found = Directory(order_world.database).partner("eastwind")
    assert found
    assert (found.name, found.approves_credentials, found.applications) == ("Eastwind", True, ())


def test_a_partners_applications_stay_when_its_settings_change_G2(
    order_world: OrderWorld, partners: Partners
) -> None:
    partners.put(PARTNER.id, "North", approves_credentials=True, proofing_questions=False, by=BY)
    found = Directory(order_world.database).partner(PARTNER.id)
    assert found == replace(
        PARTNER, name="North", approves_credentials=True, proofing_questions=False
    )


def test_an_application_is_added_changed_and_left_as_it_is_G2_S60(
    order_world: OrderWorld, partners: Partners
) -> None:
    accepted = replace(FORUM, level=3, terms=Terms(version="1", text="Be kind."))
    partners.put_application(PARTNER.id, FORUM, by=BY)
    assert partners.put_application(PARTNER.id, FORUM, by=OTTO).facts == {}
    partners.put_application(PARTNER.id, accepted, by=OTTO)
    assert application_of(order_world, "forum") == accepted
    _, added, changed = trail(order_world, SUBJECT)
    assert added[:2] == ("application.added", "olivia")
    assert added[2] == {
        "application": "forum",
        "name": "Forum",
        "level": 2,
        "hardware_only": "no",
        "public": "yes",
        "reason": BY.reason,
    }
    assert changed[:2] == ("application.changed", "otto")
    assert (changed[2]["level"], changed[2]["terms_version"]) == ("2 → 3", "none → 1")


def test_an_application_of_an_unknown_partner_is_refused_G2(partners: Partners) -> None:
    with pytest.raises(NotFound):
        partners.put_application("westwind", FORUM, by=BY)


def test_another_level_leaves_who_has_access_as_it_is_A7(
    order_world: OrderWorld, partners: Partners
) -> None:
    ada = order_world.person(applications=("portal",))
    portal = replace(PARTNER.applications[0], level=3)
    partners.put_application(PARTNER.id, portal, by=BY)
    assert Directory(order_world.database).account(ada.id) == ada


# Ids are unique over all partners


@pytest.mark.parametrize("reserved", [True, False])
def test_an_id_of_another_partners_application_is_refused_A7(
    reserved: bool, order_world: OrderWorld, partners: Partners
) -> None:
    """Also if the other partner is from before ids were reserved."""
    if not reserved:
        forget(order_world, "portal")
    put(partners)
    with pytest.raises(InvalidInput) as refused:
        partners.put_application("eastwind", replace(FORUM, id="portal"), by=BY)
    assert list(refused.value.fields) == ["id"]


def forget(order_world: OrderWorld, application: str) -> None:
    """Remove the row that reserves an application's id."""
    key = {"pk": {"S": f"APPLICATION#{application}"}, "sk": {"S": "-"}}
    request = order_world.database._named({"TableName": ApplicationRow.Meta.table_name})
    order_world.database._client.delete_item(Key=key, **request)


def test_a_change_reserves_the_id_of_a_partner_from_before_there_were_such_rows_A7(
    order_world: OrderWorld, partners: Partners
) -> None:
    forget(order_world, "portal")
    portal = replace(PARTNER.applications[0], level=3)
    partners.put_application(PARTNER.id, portal, by=BY)
    assert Directory(order_world.database).reserved_for("portal") == PARTNER.id


def test_a_seed_with_an_id_of_another_partners_application_adds_nothing_A7(
    order_world: OrderWorld,
) -> None:
    east = replace(PARTNER, id="eastwind", applications=(FORUM,))
    west = replace(PARTNER, id="westwind", applications=(replace(FORUM, name="Other"),))
    with pytest.raises(InvalidInput):
        order_world.seed.partners([east, west], by=OPERATOR)
    assert Directory(order_world.database).partners() == [PARTNER]
    order_world.seed.partners([east], by=OPERATOR)
    with pytest.raises(InvalidInput):
        order_world.seed.partners([west], by=OPERATOR)


def test_of_two_partners_that_get_an_application_of_one_id_at_once_one_does_A7(
    order_world: OrderWorld, partners: Partners, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(partners)
    meddler = Meddler(order_world.database._client)
    monkeypatch.setattr(order_world.database, "_client", meddler)
    other = replace(FORUM, name="Another forum")
    meddler.next(
        "transact_write_items",
        first(lambda: partners.put_application("eastwind", other, by=OTTO)),
    )
    with pytest.raises(InvalidInput):
        partners.put_application(PARTNER.id, FORUM, by=BY)
    assert application_of(order_world, "forum") is None
    assert Directory(order_world.database).reserved_for("forum") == "eastwind"


def test_of_two_operators_who_put_an_application_at_once_the_later_states_the_earliers_values_S60(
    order_world: OrderWorld, partners: Partners, monkeypatch: pytest.MonkeyPatch
) -> None:
    partners.put_application(PARTNER.id, FORUM, by=BY)
    meddler = Meddler(order_world.database._client)
    monkeypatch.setattr(order_world.database, "_client", meddler)
    meddler.next(
        "transact_write_items",
        first(lambda: partners.put_application(PARTNER.id, replace(FORUM, level=3), by=OTTO)),
    )
    partners.put_application(PARTNER.id, replace(FORUM, level=1), by=BY)
    changes = [(by, facts["level"]) for _, by, facts in trail(order_world, SUBJECT)[2:]]
    assert changes == [("otto", "2 → 3"), ("olivia", "3 → 1")]


# Administrators


def roles_of(order_world: OrderWorld, account: str) -> tuple[tuple[Role, ...], str | None]:
    sessions = SessionStore(order_world.database).get(account)
    row = order_world.database.get(MemberRow, f"ACCOUNT#{account}", "-")
    assert sessions
    assert row
    assert row.roles == list(sessions.roles)
    return sessions.roles, sessions.partner


def test_an_account_becomes_a_partners_administrator_and_stops_G2_S60(
    order_world: OrderWorld, administrators: PartnerAdministrators
) -> None:
    ada = order_world.person(roles=(Role.HOLDER,))
    for _ in range(2):
        administrators.set(ada.user_id, PARTNER.id, administers=True, by=BY)
    administering = ((Role.HOLDER, Role.PARTNER_ADMINISTRATOR), PARTNER.id)
    assert roles_of(order_world, ada.id) == administering
    directory = Directory(order_world.database)
    assert directory.partner_administrators(PARTNER.id) == [ada.id], "is notified"
    for _ in range(2):
        administrators.set(ada.user_id, PARTNER.id, administers=False, by=OTTO)
    assert roles_of(order_world, ada.id) == ((Role.HOLDER,), None)
    assert directory.partner_administrators(PARTNER.id) == []
    assert trail(order_world, f"ACCOUNT#{ada.id}")[1:] == [
        (
            "account.roles_changed",
            "olivia",
            {
                "partner": "none → northwind",
                "roles": "holder → holder, partner_administrator",
                "reason": BY.reason,
            },
        ),
        (
            "account.roles_changed",
            "otto",
            {
                "partner": "northwind → none",
                "roles": "holder, partner_administrator → holder",
                "reason": BY.reason,
            },
        ),
    ]


@pytest.mark.parametrize("administers", [True, False])
def test_an_administrator_of_another_partner_stays_one_G2(
    administers: bool,
    order_world: OrderWorld,
    administrators: PartnerAdministrators,
    partners: Partners,
) -> None:
    put(partners)
    ada = order_world.person(roles=(Role.HOLDER,))
    administrators.set(ada.user_id, "eastwind", administers=True, by=BY)
    with pytest.raises(IllegalTransition):
        administrators.set(ada.user_id, PARTNER.id, administers=administers, by=BY)
    assert roles_of(order_world, ada.id)[1] == "eastwind"


def test_an_unknown_account_or_partner_is_refused_G2(
    order_world: OrderWorld, administrators: PartnerAdministrators
) -> None:
    ada = order_world.person()
    for user_id, partner in ((ada.user_id, "westwind"), ("nobody-at-all", PARTNER.id)):
        with pytest.raises(NotFound):
            administrators.set(user_id, partner, administers=True, by=BY)


def test_an_account_from_before_there_was_a_list_becomes_an_administrator_too_G2(
    order_world: OrderWorld, administrators: PartnerAdministrators
) -> None:
    ada = order_world.person()
    key = {"pk": {"S": f"ACCOUNT#{ada.id}"}, "sk": {"S": "-"}}
    table = order_world.database._named({"TableName": MemberRow.Meta.table_name})
    order_world.database._client.delete_item(Key=key, **table)
    done = administrators.set(ada.user_id, PARTNER.id, administers=True, by=BY)
    assert done.partner == PARTNER.id
    assert order_world.database.get(MemberRow, f"ACCOUNT#{ada.id}", "-") is None


def test_of_two_operators_who_give_an_account_two_partners_at_once_one_does_G2(
    order_world: OrderWorld,
    administrators: PartnerAdministrators,
    partners: Partners,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    put(partners)
    ada = order_world.person()
    meddler = Meddler(order_world.database._client)
    monkeypatch.setattr(order_world.database, "_client", meddler)
    meddler.next(
        "transact_write_items",
        first(lambda: administrators.set(ada.user_id, "eastwind", administers=True, by=OTTO)),
    )
    with pytest.raises(IllegalTransition):
        administrators.set(ada.user_id, PARTNER.id, administers=True, by=BY)
    assert roles_of(order_world, ada.id)[1] == "eastwind"


def test_a_role_that_is_given_at_the_same_moment_stays_G2(
    order_world: OrderWorld,
    administrators: PartnerAdministrators,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    ada = order_world.person(roles=(Role.HOLDER,))

    def give_another() -> None:
        seen = SessionStore(order_world.database).get(ada.id)
        assert seen
        to = replace(seen, roles=(Role.HOLDER, Role.AGENT))
        order_world.database.write(administer_partner(seen, to))

    meddler = Meddler(order_world.database._client)
    monkeypatch.setattr(order_world.database, "_client", meddler)
    meddler.next("transact_write_items", first(give_another))
    done = administrators.set(ada.user_id, PARTNER.id, administers=True, by=BY)
    assert done.roles == (Role.HOLDER, Role.AGENT, Role.PARTNER_ADMINISTRATOR)
