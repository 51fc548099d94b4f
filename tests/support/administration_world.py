"""Two administrators over real tables, a holder, and everything that they do for her."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from keyfob.domain.audit.entry import Entry
from keyfob.domain.directory.account import Account
from keyfob.domain.directory.role import Role
from keyfob.domain.orders.license_key import KeyState
from keyfob.domain.proofing.case import Case, Change, Contact, Correction, Method, State, changed
from keyfob.domain.sessions.administrator import Administrator
from keyfob.storage.holds.store import HoldStore
from keyfob.storage.proofing.store import CaseStore
from keyfob.storage.rows import Update
from keyfob.storage.sessions.store import SessionsRow
from keyfob.usecases.directory.assigning_roles import Administered
from keyfob.usecases.directory.creating import Wanted
from keyfob.usecases.proofing.correcting import Names
from keyfob.wiring.accounts import (
    assigning_roles_of,
    changing_of,
    creating_of,
    deactivating_of,
)
from keyfob.wiring.administration import (
    bought_keys_of,
    holder_accounts_of,
    holder_credentials_of,
)
from keyfob.wiring.holds import freezing_of
from keyfob.wiring.proofing import case_changes_of
from tests.support.builders import a_record, an_account
from tests.support.fakes import fake_mac
from tests.support.order_world import OPERATOR, administrator
from tests.support.phone_world import PhoneWorld

ADMINISTRATOR = (Role.HOLDER, Role.ORGANIZATION_ADMINISTRATOR)
# Each gives back something that the holder had lost.
REOPENING = ("release", "thaw", "revoke", "free_phones", "reactivate", "reissue")
OTHERS = ("suspend", "lift", "freeze", "deactivate", "confirm_name", "refuse_name")
ACTS = (*REOPENING, *OTHERS)


class AdministrationWorld:
    """Alice and Grace administer Ada's organization; Ada has a phone with a wrong code."""

    def __init__(self, phones: PhoneWorld) -> None:
        self.phones, self.world = phones, phones.credential_world
        base = self.world.base
        self.alice = administrator(self.person("Alice"))
        self.grace = administrator(self.person("Grace"))
        self.changing, self.assigning = changing_of(base), assigning_roles_of(base)
        self.accounts, self.credentials = holder_accounts_of(base), holder_credentials_of(base)
        self.creating = creating_of(base)
        self.deactivating, self.keys = deactivating_of(base), bought_keys_of(base)
        self.ada = self.world.ada.id
        self._used()
        phones.subscriber()
        phones.bound()
        phones.send(next(iter(phones.all)))
        phones.fail()
        self.bought = self.world.bought()

    def person(self, name: str, roles: tuple[Role, ...] = ADMINISTRATOR) -> Account:
        """Somebody with these roles since a minute."""
        found = self.world.orders.person(roles=roles, first_name=name)
        self.world.clock.advance(minutes=1)
        return found

    def readdress(self, who: Administrator | None = None) -> None:
        """Change Ada's address, by default as Alice."""
        self.changing.change(who or self.alice, self.ada, {"email": "x@acme.example"})

    def unseat(self) -> None:
        """Grace takes Alice's role."""
        nothing = Administered(organization=False, applications=())
        self.assigning.assign(self.grace, self.alice.by.id, nothing)

    def create(self, user_id: str) -> str:
        """Make an account as Alice."""
        wanted = Wanted(account=an_account(id="", user_id=user_id, applications=()))
        return self.creating.create(self.alice, wanted, a_record(self.alice.by.id))

    def act(self, name: str, who: Administrator | None = None) -> None:
        """One of the acts for Ada, by default as Alice."""
        who, ada = who or self.alice, self.ada
        names = Names(first_name="Ada", middle_name="", last_name="Lovelace")
        acts: dict[str, Callable[[], object]] = {
            "release": lambda: self.accounts.release(who, ada),
            "thaw": lambda: self.accounts.thaw(who, ada),
            "revoke": lambda: self.credentials.revoke(who, ada, confirmed=True),
            "free_phones": lambda: self.credentials.free_phones(who, ada),
            "reactivate": lambda: self.deactivating.reactivate(who, ada),
            "reissue": lambda: self.keys.reissue(who, self.bought.order, 0),
            "suspend": lambda: self.credentials.suspend(who, ada),
            "lift": lambda: self.credentials.lift(who, ada),
            "freeze": lambda: self.accounts.freeze(who, ada),
            "deactivate": lambda: self.deactivating.deactivate(who, ada),
            "confirm_name": lambda: self.accounts.decide_name(who, ada, names),
            "refuse_name": lambda: self.accounts.decide_name(who, ada, None),
        }
        acts[name]()

    def prepare(self, name: str) -> None:
        """Bring the account into a state that the act changes."""
        if name == "thaw":
            freezing_of(self.world.base).by_operator(self.world.ada.user_id, OPERATOR)
        if name == "reactivate":
            self.deactivating.deactivate(self.grace, self.ada)
        if name == "lift":
            self.credentials.suspend(self.grace, self.ada)
        if name.endswith("_name"):
            self._in_question()

    def done(self, name: str) -> bool:
        """Whether the act has had its effect."""
        subject = f"KEY#{fake_mac('license-key', self.bought.keys[0])}"
        key = self.world.orders.orders.keys.get(subject)
        hold = HoldStore(self.world.database).get(self.ada)
        live = self.world.credentials.live(self.ada)
        case = CaseStore(self.world.database).current(self.ada)
        row, causes = self.world.row, live.suspensions if live else ()
        facts = {
            "release": hold is not None and hold.release is not None,
            "thaw": not row.frozen,
            "revoke": live is None,
            "free_phones": live is not None
            and not any(one.failed for one in self.phones.all.values()),
            "reactivate": row.active,
            "reissue": key is not None and key.state is KeyState.REISSUED,
            "suspend": bool(causes),
            "lift": not causes,
            "freeze": row.frozen,
            "deactivate": not row.active,
            "confirm_name": case is not None and case.state is not State.NAME_CORRECTION,
            "refuse_name": case is not None and case.state is not State.NAME_CORRECTION,
        }
        return facts[name]

    def _used(self) -> None:
        """A password was chosen for Ada's account."""
        used = Update(
            row=SessionsRow,
            key=(f"ACCOUNT#{self.ada}", "-"),
            actions=[SessionsRow.newcomer.remove()],
            condition=SessionsRow.pk.exists(),
        )
        entry = Entry(action="test.changed", actor=OPERATOR, at=self.world.clock())
        self.world.transactions.commit(used, audit=[entry])

    def _in_question(self) -> None:
        """An agent has found another name on Ada's document."""
        now = self.world.clock()
        case = Case(
            id="prf_1",
            account=self.ada,
            organization=self.world.ada.organization,
            credential=self.world.live.id,
            opened_at=now,
            state=State.NAME_CORRECTION,
            method=Method.LIVE,
            contact=Contact(phone="+12025550123", language="en", zone="UTC"),
            correction=Correction(name="Ada Lovelace", until=now + timedelta(days=14)),
        )
        to = changed(Change.NAME_DIFFERS, case)
        case_changes_of(self.world.base).commit(None, to, by=OPERATOR)


@pytest.fixture
def administration_world(phone_world: PhoneWorld) -> AdministrationWorld:
    """Nothing is queued yet, and nobody has changed anything."""
    return AdministrationWorld(phone_world)
