"""A sponsored credential isn't registered as long as its terms wait for an administrator (A4)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from keyfob.domain.access.errors import TermsOutstanding
from keyfob.domain.audit.entry import Actor
from keyfob.domain.credentials.credential import Change, Credential, State, changed
from keyfob.domain.credentials.errors import WrongSerial
from keyfob.domain.directory.account import Account
from keyfob.domain.directory.partner import Terms
from keyfob.domain.directory.role import Role
from keyfob.domain.next_step.step import Name
from keyfob.domain.orders.payment_method import PaymentMethod
from keyfob.domain.orders.shipping import ship
from keyfob.domain.phones.number import Channel
from keyfob.storage.orders import order_row as order_rows
from keyfob.usecases.credentials.registration import Pair
from keyfob.usecases.holds.first_binding import Binder
from keyfob.usecases.phones.binding import NewPhone
from keyfob.wiring.credentials import credential_changes_of
from keyfob.wiring.next_step import finding_of
from keyfob.wiring.phone_binding import binding_of
from keyfob.wiring.phones import phone_codes_of, sending_of
from keyfob.wiring.registration import registration_of
from keyfob.wiring.terms import sponsored_terms_of
from tests.support.access_world import RULED
from tests.support.builders import a_binder, a_record, a_session
from tests.support.fakes import unique
from tests.support.order_world import actor
from tests.support.phones import NUMBER, code_in
from tests.support.sponsorship_world import SponsorshipWorld

ANEW = replace(RULED, terms=Terms(version="2", text="Be more careful.", reacceptance=True))
CODES = Pair(first="123456", second="654321")


class Sponsored:
    """Ada has accepted a sponsorship, and activated the credential."""

    def __init__(self, world: SponsorshipWorld, product: str = "hardware-token") -> None:
        self.world, self.base = world, world.base
        self.ada: Account = world.person(applications=("portal", "drawings"))
        world.accept_terms()
        self.order = world.accept(world.make(self.ada, product=product), self.ada).order
        at = world.clock()
        active = replace(self.live, state=State.ACTIVE, activated_at=at)
        changes = credential_changes_of(self.base)
        changes.commit(self.live, changed(Change.ACTIVATED, active), by=self.by)
        self.sending = sending_of(self.base)
        self.binding = binding_of(self.base, self.sending, phone_codes_of(self.base, self.sending))

    @property
    def by(self) -> Actor:
        """Ada as the actor of audit entries."""
        return actor(self.ada)

    @property
    def live(self) -> Credential:
        """Her credential as it is now."""
        found = self.world.live(self.ada)
        assert found
        return found

    @property
    def binder(self) -> Binder:
        """Herself, by a password typed just now."""
        now = self.world.clock()
        return a_binder(self.by, a_session(created=now, seen=now))

    @property
    def step(self) -> Name:
        """Her next step."""
        return finding_of(self.base).of(self.ada.id, (Role.HOLDER,), self.live).name

    def register(self) -> None:
        """Register a token that isn't hers: terms are judged before."""
        registration_of(self.base).register(
            self.live.id, "FT-9999", CODES, self.binder, a_record(self.ada.id)
        )

    def add(self) -> str:
        """Add a phone; its id."""
        new = NewPhone(number=NUMBER, label=unique("Mine"), channel=Channel.TEXT)
        return self.binding.add(self.live.id, new, self.binder, a_record(self.ada.id)).id

    def confirm(self, phone: str) -> None:
        """Type in the phone's code."""
        code = code_in(self.base.parties.phone_messages.texts[-1][1])
        self.binding.confirm(self.live.id, phone, code, self.binder)

    def shipped(self) -> None:
        """An operator has shipped the token."""
        seen, now = self.world.order(self.order), self.world.clock()
        to = ship(seen, serial="FT-9000", tracking="1Z", unit=0, now=now).order
        self.world.access.commit(order_rows.change(seen, to, now))


def test_no_token_is_registered_while_new_terms_wait_A4(
    sponsorship_world: SponsorshipWorld,
) -> None:
    ada = Sponsored(sponsorship_world)
    sponsorship_world.access.offers(ANEW)
    with pytest.raises(TermsOutstanding, match=r"Drawings .* Olga"):
        ada.register()
    assert ada.live.tries == ()


def test_accepted_terms_let_a_token_be_registered_A4(sponsorship_world: SponsorshipWorld) -> None:
    ada = Sponsored(sponsorship_world)
    with pytest.raises(WrongSerial):
        ada.register()


def test_no_phone_is_added_while_new_terms_wait_A4(sponsorship_world: SponsorshipWorld) -> None:
    ada = Sponsored(sponsorship_world, "phone")
    sponsorship_world.access.offers(ANEW)
    with pytest.raises(TermsOutstanding, match="Olga"):
        ada.add()
    assert ada.base.parties.phone_messages.texts == []


def test_no_phone_is_confirmed_while_new_terms_wait_A4(
    sponsorship_world: SponsorshipWorld,
) -> None:
    ada = Sponsored(sponsorship_world, "phone")
    phone = ada.add()
    sponsorship_world.access.offers(ANEW)
    with pytest.raises(TermsOutstanding, match="Olga"):
        ada.confirm(phone)
    sponsorship_world.access.offers(RULED)
    ada.confirm(phone)
    assert set(ada.live.phones) == {phone}


def test_terms_of_what_the_account_may_not_use_do_not_count_A4(
    sponsorship_world: SponsorshipWorld,
) -> None:
    world = sponsorship_world
    live = world.accept(world.make(world.ada)).credential
    world.access.offers(ANEW)
    sponsored_terms_of(world.base).require_accepted(live)


def test_a_bought_credential_does_not_wait_for_terms_A4(
    sponsorship_world: SponsorshipWorld,
) -> None:
    ada = Sponsored(sponsorship_world)
    sponsorship_world.access.offers(ANEW)
    terms, order = sponsored_terms_of(ada.base), sponsorship_world.order(ada.order)
    assert terms.are_outstanding(ada.live, order)
    assert not terms.are_outstanding(ada.live, replace(order, method=PaymentMethod.CARD))
    terms.require_accepted(replace(ada.live, order="SO-99999999"))


@pytest.mark.parametrize(
    ("product", "then"),
    [("hardware-token", Name.REGISTER_TOKEN), ("phone", Name.REGISTER_PHONE)],
)
def test_the_next_step_is_to_wait_for_the_terms_A4_A10(
    product: str, then: Name, sponsorship_world: SponsorshipWorld
) -> None:
    ada = Sponsored(sponsorship_world, product)
    if product == "hardware-token":
        ada.shipped()
    sponsorship_world.access.offers(ANEW)
    assert ada.step == Name.WAIT_FOR_TERMS
    sponsorship_world.access.offers(RULED)
    assert ada.step == then
