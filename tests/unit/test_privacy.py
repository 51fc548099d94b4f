"""Every attribute about a person is on docs/privacy.md, with its purpose and end (S66)."""

from __future__ import annotations

import importlib
import pkgutil
import re
from collections.abc import Iterator

import pytest

from keyfob import storage
from keyfob.storage.privacy.store import PLACES
from keyfob.storage.rows import Row
from tests.support.templates import ROOT

for _module in pkgutil.walk_packages(storage.__path__, "keyfob.storage."):
    importlib.import_module(_module.name)

# Attributes that say nothing about a person by themselves: keys, states, instants, ids, amounts.
EVERYWHERE = {
    "pk",
    "sk",
    "version",
    "head",
    "g1pk",
    "g1sk",
    "g2pk",
    "g2sk",
    "g3pk",
    "g3sk",
    "expires",
    "listed",
}
HARMLESS = {
    "accounts": """
        account accepted_at accepted_by accepted_version active address administrators
        applications approves_credentials at body connected_at country decided_by expires_at id
        identity_provider name organization parent partner proofing_questions registers
        requested_at result since state subdivision suspended time_zone website
    """,
    "audit": """
        action actor_id actor_kind at correlation hash hour number previous
    """,
    "credentials": """
        account activated_at added algorithm at attempt batch began body bought by
        changed_at counter credential data_key digits drift drift_base epoch expires_at
        failed file frozen holder id kind last level made made_at model order organization
        paid_at partner period proofing readdressed release release_until replacing reset
        result revoked_at seed serial since state suspensions thawed token_epoch tokens
        told_at tries type unit until upgrade wrapped
    """,
    "letters": "account batch letters made_at requested_at written_at",
    "members": """
        active by home locked locked_at organization parts ready roles rows standing standing_at
        step until upload
    """,
    "orders": """
        accepted accepted_at account any_partner at attempt awaited body budget by
        carried_out changes checkout_ends checkout_id checkout_url clears_until closed_surplus
        counted country credential currency customer description disclaimer domain ended_at file
        free given_back held_decision holder invoice issued_at keys kind lapsed_at lapses_at last
        limits lines made_at mail_checked method minted model name named notes noticed number
        offered_at on_sale open order organization organizations paid_at partner payment
        pending period placed_at price product proofing rate reassigned receipts reference
        refund refused refused_for reminded reminded_for renewals renews restock_on result
        reverse_charge state successor supplies target tax_note tax_rate texts told_at unit
        unpaid until upgrade_included waiting
    """,
    "outbox": """
        attempts correlation created_at finished_at kind lease_until recipient secret_erased state
        subject subject_version taken
    """,
    "proofing": """
        absent account active agent answers_until appointment appointment_agent at attempts
        books_from codes consented_at correction_until credential days ended_at failures held
        held_agent held_at held_number id kind letter letters located method no_shows number
        obstacles opened_at organization room_by session start state told_at used
    """,
    "registrations": """
        application applications begun_at body by decided_at due_at ended_at has_content invitation
        invited_at listed_at number organization partner result sealed_as secret sent_at state
        submitted_at told_at until
    """,
    "sessions": """
        account active disconnected epoch frozen mac made new_password_until newcomer organization
        parent partner pending_reset roles sealed tries until used window_end
    """,
}


def rows(of: type[Row] = Row) -> Iterator[type[Row]]:
    for one in of.__subclasses__():
        if hasattr(one, "Meta"):
            yield one
        yield from rows(one)


def documented() -> dict[str, set[str]]:
    """The attributes of each table on the page."""
    found: dict[str, set[str]] = {}
    page = (ROOT / "docs/privacy.md").read_text(encoding="utf-8")
    for table, attributes in re.findall(r"^\| (\w+) \| ([^|]*) \|", page, re.MULTILINE):
        found.setdefault(table, set()).update(re.findall(r"`(\w+)`", attributes))
    found.pop("table")
    return {table: names for table, names in found.items() if names}


@pytest.mark.parametrize("table", sorted({one.Meta.table_name for one in rows()}))
def test_each_attribute_is_harmless_or_on_the_page_S66(table: str) -> None:
    of_table = [one for one in rows() if one.Meta.table_name == table]
    kept = {name for one in of_table for name in one.get_attributes()} - EVERYWHERE
    harmless, personal = set(HARMLESS.get(table, "").split()), documented().get(table, set())
    assert kept == harmless | personal
    # A name that means both, such as a partner's and a person's, is personal.
    assert not harmless & personal


def test_what_a_person_is_shown_exists_S66() -> None:
    for place in PLACES:
        partition = [one for one in rows() if one.Meta.table_name == place.row.Meta.table_name]
        known = {name for one in partition for name in one.get_attributes()}
        assert set(place.shown.split()) <= known, place.name


SECRET = {"seed", "data_key", "mac", "sealed", "release", "codes", "failed", "tries", "sessions"}


def test_nothing_secret_is_shown_S66() -> None:
    for place in PLACES:
        assert not SECRET & set(place.shown.split()), place.name


def test_every_personal_attribute_is_shown_or_sealed_S66() -> None:
    """A list's keys repeat what the account has; a trail is shown by its entries.

    Who is invited or registers has no account to ask by; what is kept ends by itself.
    """
    shown: dict[str, set[str]] = {
        "orders": {"shipping", "billing", "po_number", "vat_id", "shipments"}
    }
    for place in PLACES:
        shown.setdefault(place.row.Meta.table_name, set()).update(place.shown.split())
    left = {
        table: names - shown.get(table, set())
        for table, names in documented().items()
        if table not in {"audit", "outbox", "letters", "members", "registrations"}
    }
    assert {table: names for table, names in left.items() if names} == {
        # Shown one by one, without their codes; sealed for the notifier alone.
        "credentials": {"phones", "numbers"},
        "sessions": {"sessions"},
        # A guest has no account to ask by; the token shows the order.
        "orders": {"guest"},
    }
