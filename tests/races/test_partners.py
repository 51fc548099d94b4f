"""Operators who change partners and applications at once (G2, A7)."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from itertools import pairwise

from keyfob.domain.audit.entry import Actor
from keyfob.domain.directory.partner import Application
from keyfob.domain.errors import Busy, InvalidInput
from keyfob.storage.audit.store import AuditStore
from keyfob.storage.directory.store import Directory
from tests.races.at_once import at_once
from tests.support.fakes import unique
from tests.support.running.inside import Inside

_PARTNERS, _OPERATORS = 4, 6


def an_operator(name: str) -> Actor:
    return Actor(kind="operator", id=name, reason="A race")


def a_partner(inside: Inside) -> str:
    partner = unique("partner-")
    inside.partners().put(
        partner,
        "A partner",
        approves_credentials=False,
        proofing_questions=True,
        by=an_operator("olivia"),
    )
    return partner


def an_application(application: str, level: int) -> Application:
    return Application(id=application, name="Forum", level=level, hardware_only=False)


def decided(act: Callable[[], object]) -> bool:
    """Whether it was done; it may be refused, or overtaken too often."""
    try:
        act()
    except (InvalidInput, Busy):
        return False
    return True


def test_an_application_of_one_id_goes_to_one_of_several_partners_A7(inside: Inside) -> None:
    partners, forum = [a_partner(inside) for _ in range(_PARTNERS)], unique("forum-")
    put = inside.partners().put_application
    acts = [
        partial(put, one, an_application(forum, 2), by=an_operator("olivia")) for one in partners
    ]
    done = at_once([partial(decided, act) for act in acts])
    directory = Directory(inside.database())
    having = [one for one in map(directory.partner, partners) if one and one.application(forum)]
    assert done.count(True) == len(having) == 1
    assert directory.reserved_for(forum) == having[0].id


def test_each_of_many_changes_at_once_states_what_it_changed_S60(inside: Inside) -> None:
    partner, forum = a_partner(inside), unique("forum-")
    put = inside.partners().put_application
    put(partner, an_application(forum, 1), by=an_operator("olivia"))
    acts = [
        partial(put, partner, an_application(forum, 2 + nth % 2), by=an_operator(f"operator-{nth}"))
        for nth in range(_OPERATORS)
    ]
    at_once([partial(decided, act) for act in acts])
    chain = AuditStore(inside.database()).of_subject(f"PARTNER#{partner}", limit=20, before=None)
    levels = [str(one.entry.facts["level"]) for one in reversed(chain[:-2])]
    assert levels
    assert levels[0].startswith("1 → ")
    assert all(
        before.split(" → ")[1] == after.split(" → ")[0] for before, after in pairwise(levels)
    )
