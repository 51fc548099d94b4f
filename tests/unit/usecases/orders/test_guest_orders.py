"""Orders of people without an account (B8)."""

from __future__ import annotations

import email.policy
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from keyfob.domain.errors import (
    IdempotencyKeyReused,
    IllegalTransition,
    InvalidInput,
    NotFound,
    TooManyTries,
)
from keyfob.domain.messages.kinds import Kind
from keyfob.domain.orders.address import NO_ADDRESS
from keyfob.domain.orders.errors import (
    AmountNotPayable,
    DisclaimerNotAccepted,
    NotForGuests,
    PaymentUnavailable,
)
from keyfob.domain.orders.order import State
from keyfob.domain.policy import Policy
from keyfob.domain.registrations.errors import FormUsed, WorkInsufficient
from keyfob.storage.orders.order_row import OrderRow
from keyfob.storage.orders.store import BY_ACCOUNT
from keyfob.usecases.orders.guest_orders import Placed
from keyfob.usecases.orders.pricing import Item
from keyfob.wiring.privacy import guest_erasing_of
from keyfob.wiring.registrations import bot_check_of
from tests.support.builders import a_product
from tests.support.faults import first
from tests.support.guests import GuestShop
from tests.support.order_world import OPERATOR, SYSTEM, OrderWorld, page_of

MOST, ADDRESSES = 3, 6


@pytest.fixture
def policy() -> Policy:
    return Policy(guest_orders_per_mailbox=MOST, guest_orders_per_address=ADDRESSES)


@pytest.fixture
def shop(order_world: OrderWorld) -> GuestShop:
    return GuestShop(order_world)


def mails(shop: GuestShop) -> list[tuple[str, str]]:
    """To whom which mails went, in order."""
    return [(str(one["To"]), str(one["Subject"])) for one in shop.world.mail.sent]


def test_a_guest_pays_and_gets_confirmation_and_key_by_mail_B8(shop: GuestShop) -> None:
    request = shop.request()
    placed = shop.place(request)
    shop.world.send_queued()
    assert (placed.order.state, mails(shop)) == (State.AWAITING_PAYMENT, [])
    shop.world.pay(placed.order)
    shop.world.send_queued()
    number = placed.order.number
    assert sorted(subject for _, subject in mails(shop)) == [
        f"Order {number} is confirmed",
        f"Your license key for order {number}",
    ]
    assert all(request.visitor.email in to and "Gil Guest" in to for to, _ in mails(shop))
    for mail in shop.world.mail.sent:
        assert "Only an account with access" in plain(mail)
    order = shop.orders.get(number, placed.token)
    assert (order.state, order.minted, order.account, order.organization) == (
        State.FULFILLED,
        1,
        "",
        "",
    )


def plain(mail: Any) -> str:
    part = mail.get_body(("plain",))
    assert part
    return " ".join(str(part.get_content()).split())


@pytest.mark.parametrize("end", ["canceled", "expired", "refused"])
def test_nothing_is_mailed_to_an_address_before_a_payment_B8(end: str, shop: GuestShop) -> None:
    """Somebody else's address may have been typed."""
    world = shop.world
    if end == "refused":
        world.provider.refusing = True
        with pytest.raises(Exception, match="can't take a payment"):
            shop.order()
    elif end == "canceled":
        placed = shop.order()
        shop.orders.cancel(placed.order.number, placed.token, shop.client)
    else:
        placed = shop.order()
        world.clock.advance(hours=30)
        world.payments.reconcile(placed.order.number, by=SYSTEM)
    assert [one for one in world.kinds() if one != Kind.EXPIRE_CHECKOUT] == []
    world.send_queued()
    assert mails(shop) == []


def test_a_payment_after_the_cancellation_is_given_back_and_said_B8(shop: GuestShop) -> None:
    placed = shop.order()
    shop.world.provider.buyer_pays(page_of(placed.order))
    shop.orders.cancel(placed.order.number, placed.token, shop.client)
    for _ in range(3):
        shop.world.send_queued()
    assert [subject for _, subject in mails(shop)] == [
        f"Your payment for order {placed.order.number} goes back to you"
    ]


def test_a_paid_order_is_not_canceled_by_its_token_B8(shop: GuestShop) -> None:
    placed = shop.paid()
    with pytest.raises(IllegalTransition):
        shop.orders.cancel(placed.order.number, placed.token, shop.client)


def test_only_its_own_token_opens_an_order_S23(shop: GuestShop) -> None:
    """An account's order is opened by no token, an unknown one neither."""
    own, other = shop.order(), shop.order()
    accounts = shop.world.order(shop.world.person())
    assert shop.orders.get(own.order.number, own.token).number == own.order.number
    for number, token in (
        (own.order.number, other.token),
        (own.order.number, own.order.guest.token if own.order.guest else ""),
        (own.order.number, ""),
        (accounts.number, own.token),
        (accounts.number, ""),
        ("SO-99999", own.token),
        ("nonsense", ""),
    ):
        with pytest.raises(NotFound):
            shop.orders.get(number, token)
        with pytest.raises(NotFound):
            shop.orders.cancel(number, token, shop.client)
    assert shop.orders.get(own.order.number, own.token).state is State.AWAITING_PAYMENT


def test_a_foreign_token_costs_the_same_reads_as_an_unknown_order_S23(shop: GuestShop) -> None:
    placed = shop.order()
    asked: list[str] = []

    def note(operation: Any, request: Any) -> Any:
        asked.append(request["Key"]["pk"]["S"])
        return operation(**request)

    client: Any = shop.world.database._client
    for number in (placed.order.number, "SO-99999"):
        client.next("get_item", note)
        with pytest.raises(NotFound):
            shop.orders.get(number, "another")
    assert asked == [placed.order.subject, "ORDER#SO-99999"]


def test_the_tables_have_no_token_S17(shop: GuestShop) -> None:
    placed = shop.order()
    assert len(placed.token) == 64, "256 bits"
    rows = [str(one) for one in shop.world.database.scan(OrderRow)]
    assert not any(placed.token in row for row in rows)


def test_the_same_request_gives_the_same_order_and_token_B8(shop: GuestShop) -> None:
    request = shop.request()
    shop.world.provider.silent = True
    with pytest.raises(PaymentUnavailable):
        shop.place(request)
    shop.world.provider.silent = False
    again, third = shop.place(request), shop.place(request)
    assert (again.order.number, again.token) == (third.order.number, third.token)
    assert again.order.checkout
    assert len(shop.pages) == 1
    with pytest.raises(IdempotencyKeyReused):
        shop.place(replace(request, body="another"))


def test_two_equal_requests_at_once_place_one_order_B8(shop: GuestShop) -> None:
    request = shop.request()
    found: list[Placed] = []

    client: Any = shop.world.database._client
    # Of the transactions of a placing the first one counts the mailbox.
    client.next("transact_write_items", first(lambda: found.append(shop.place(request))))
    placed = shop.place(request)
    assert placed.order.number == found[0].order.number
    assert placed.token == found[0].token
    assert len(shop.pages) == 1


def test_a_form_that_began_something_else_orders_nothing_B8(shop: GuestShop) -> None:
    request = shop.request()
    check = shop.world.base.outside(bot_check_of)
    used = check.require_person(request.form)
    shop.world.base.transactions.commit(*used.writes, audit=[])
    with pytest.raises(FormUsed):
        shop.place(request)
    assert shop.pages == []


def test_a_program_uses_up_nobodys_limit_and_opens_no_page_S62(shop: GuestShop) -> None:
    request = shop.request()
    bad = replace(request, form=replace(request.form, work="no work at all"))
    for _ in range(MOST + 1):
        with pytest.raises(WorkInsufficient):
            shop.place(bad)
    assert shop.pages == []
    shop.place(request)


def test_a_mailbox_gets_so_many_orders_a_day_in_any_writing_S62(shop: GuestShop) -> None:
    who = shop.request().visitor
    for number in range(MOST):
        shop.client = replace(shop.client, address=f"198.18.1.{number}")
        typed = who.email.upper() if number else who.email
        shop.place(shop.request(visitor=replace(who, email=typed)))
    with pytest.raises(TooManyTries):
        shop.place(shop.request(visitor=who))
    assert len(shop.pages) == MOST
    shop.place(shop.request())
    shop.world.clock.advance(hours=25)
    shop.place(shop.request(visitor=who))


def test_an_address_places_so_many_orders_whether_or_not_a_page_opens_S62(
    shop: GuestShop,
) -> None:
    shop.world.provider.silent = True
    for _ in range(ADDRESSES):
        with pytest.raises(PaymentUnavailable):
            shop.order()
    with pytest.raises(TooManyTries):
        shop.order()
    shop.client = replace(shop.client, address="198.18.0.8")
    shop.world.provider.silent = False
    shop.order()


@pytest.mark.parametrize("of", ["cart", "mailbox"])
def test_one_good_form_lets_nobody_have_the_key_service_hash_without_end_S62(
    of: str, shop: GuestShop
) -> None:
    """The refusal of cart or mailbox leaves the form unused."""
    request = shop.request()
    if of == "cart":
        request = replace(request, cart=replace(request.cart, disclaimer_accepted=False))
    else:
        for number in range(MOST):
            shop.client = replace(shop.client, address=f"198.18.2.{number}")
            shop.place(shop.request(visitor=request.visitor))
        shop.client = replace(shop.client, address="198.18.2.99")
    asked, refusals = hashed(shop), (DisclaimerNotAccepted, TooManyTries)
    for _ in range(3 * ADDRESSES):
        with pytest.raises(refusals):
            shop.place(request)
    assert 0 < len(asked) <= 2 * ADDRESSES
    shop.client = replace(shop.client, address="198.18.2.100")
    shop.place(shop.request())


def hashed(shop: GuestShop) -> list[tuple[str, str]]:
    """What the key service is asked to hash from now on."""
    asked: list[tuple[str, str]] = []
    usual = shop.world.base.parties.hashing

    def noted(purpose: str, value: str) -> str:
        asked.append((purpose, value))
        return usual(purpose, value)

    shop.world.base.parties.hashing = noted
    return asked


def test_no_row_of_a_limit_has_a_hash_that_an_address_alone_gives_S66(shop: GuestShop) -> None:
    """The mailbox's key is hashed under a key of the key service first."""
    asked, request = hashed(shop), shop.request()
    shop.place(request)
    assert ("guest-mailbox", request.visitor.email) in asked


def test_a_programs_form_costs_no_hash_of_a_mailbox_S62(shop: GuestShop) -> None:
    request = shop.request()
    asked = hashed(shop)
    with pytest.raises(WorkInsufficient):
        shop.place(replace(request, form=replace(request.form, work="no work at all")))
    assert [purpose for purpose, _ in asked if purpose.startswith("guest")] == []


def test_the_form_of_an_order_begins_nothing_else_B8(shop: GuestShop) -> None:
    request = shop.request()
    shop.place(request)
    with pytest.raises(FormUsed):
        shop.world.base.outside(bot_check_of).require_person(request.form)


@pytest.mark.parametrize(
    ("cart", "refusal"),
    [
        ({"items": ()}, InvalidInput),
        ({"items": (Item(product="phone", quantity=6),)}, InvalidInput),
        ({"items": (Item(product="phone", quantity=0),)}, InvalidInput),
        ({"items": (Item(product="gold"),)}, InvalidInput),
        ({"items": (Item(product="renewal"),)}, NotForGuests),
        ({"items": (Item(product="phone"), Item(product="renewal"))}, NotForGuests),
        ({"items": (Item(product="phone", credential="crd_1"),)}, InvalidInput),
        ({"items": (Item(product="cheap"),)}, AmountNotPayable),
        ({"partner": "nobody"}, InvalidInput),
        ({"disclaimer_accepted": False}, DisclaimerNotAccepted),
    ],
)
def test_a_guest_buys_at_most_five_new_credentials_and_nothing_else_B8(
    cart: dict[str, Any], refusal: type[Exception], shop: GuestShop
) -> None:
    products = [
        a_product(id="renewal", kind="renewal", renews="phone"),
        a_product(id="cheap", kind="phone", price=1),
    ]
    shop.world.seed.products(products, by=OPERATOR)
    with pytest.raises(refusal):
        shop.order(**cart)
    assert shop.pages == []
    shop.order(items=(Item(product="phone", quantity=5),))


def test_no_access_is_asked_for_and_no_organization_is_touched_B8(shop: GuestShop) -> None:
    """A known organization's name means nothing; the order is in no account's list."""
    who = replace(shop.request().visitor, organization="Acme Parts")
    placed = shop.place(shop.request(visitor=who))
    assert (placed.order.organization, placed.order.account) == ("", "")
    listed = shop.world.database.query(OrderRow, index=BY_ACCOUNT, key=("g2pk", "ACCOUNT#"))
    assert list(listed) == []
    shop.world.pay(placed.order)
    assert shop.world.orders.keys.unredeemed("", limit=5, before=None) == []
    assert shop.world.orders.keys.unredeemed("acme", limit=5, before=None) == []
    order = shop.world.service.get(placed.order.number)
    assert shop.world.orders.keys.redeemable_units(order) == {0}


def test_a_hostile_name_stays_text_in_every_mail_S51(shop: GuestShop) -> None:
    name = '<script>alert("x")</script> {{ 7*7 }}'
    who = replace(shop.request().visitor, name=name, organization="<b>Evil</b>")
    shop.world.pay(shop.place(shop.request(visitor=who)).order)
    shop.world.send_queued()
    assert len(shop.world.mail.sent) == 2
    for mail in shop.world.mail.sent:
        page = mail.get_body(("html",))
        assert page
        assert "<script>" not in page.get_content()
        assert "{{ 7*7 }}" in plain(mail)
        assert not {"Bcc", "Cc"} & set(mail.keys())
        mail.as_bytes(policy=email.policy.SMTP)


def test_an_unpaid_guests_data_is_erased_soon_and_a_paid_ones_with_the_books_S66(
    shop: GuestShop,
) -> None:
    unpaid, paid = shop.order(), shop.paid()
    policy = shop.world.base.policy
    shop.orders.cancel(unpaid.order.number, unpaid.token, shop.client)
    kept = unpaid.order.checkout_ends + policy.guest_data_kept
    assert erased(shop, unpaid, kept - timedelta(seconds=1)) is False
    assert erased(shop, paid, kept) is False
    assert erased(shop, unpaid, kept) is True
    books = paid.order.checkout_ends + policy.order_data_kept
    assert erased(shop, paid, books - timedelta(seconds=1)) is False
    assert erased(shop, paid, books) is True
    # The token still opens what is left; no mail finds a reader any more.
    assert shop.orders.get(paid.order.number, paid.token).state is State.FULFILLED


def erased(shop: GuestShop, placed: Placed, at: Any) -> bool:
    """Whether the clock has erased the guest of this order at this instant."""
    shop.world.clock.now = at
    shop.world.payments.reconcile(placed.order.number, by=SYSTEM)
    order = shop.world.service.get(placed.order.number)
    assert order.guest
    blank = (order.guest.name, order.guest.email, order.guest.organization) == ("", "", "")
    assert blank is (order.shipping == NO_ADDRESS) is (order.billing == NO_ADDRESS)
    return blank


def test_a_guest_is_erased_on_request_and_the_addresses_with_the_books_S66(
    shop: GuestShop,
) -> None:
    """The clock still has the addresses of a paid order to erase."""
    unpaid, paid = shop.order(), shop.paid()
    erasing = guest_erasing_of(shop.world.base)
    number = unpaid.order.number
    with pytest.raises(IllegalTransition):
        erasing.erase(number, OPERATOR)
    shop.orders.cancel(number, unpaid.token, shop.client)
    assert [erasing.erase(number, OPERATOR) for _ in range(2)] == [None, None]
    order = shop.world.service.get(number)
    assert order.guest
    assert (order.guest.is_erased, order.guest.name, order.shipping) == (True, "", NO_ADDRESS)

    until = erasing.erase(paid.order.number, OPERATOR)
    order = shop.world.service.get(paid.order.number)
    assert order.guest
    assert until == order.guest.erased_paid
    assert (order.guest.is_erased, order.shipping != NO_ADDRESS) == (True, True)
    assert row_of(shop, paid).g1sk.startswith(f"{until:%Y-%m-%d}")
    erased(shop, paid, until)
    assert row_of(shop, paid).g1sk is None
    # No mail finds a reader any more.
    shop.world.mail.sent.clear()
    shop.world.send_queued()
    assert mails(shop) == []


def test_nobody_is_erased_by_an_accounts_order_S66(shop: GuestShop) -> None:
    erasing = guest_erasing_of(shop.world.base)
    own = shop.world.paid(shop.world.person())
    for number in (own.number, "SO-99999"):
        with pytest.raises(NotFound):
            erasing.erase(number, OPERATOR)


def row_of(shop: GuestShop, placed: Placed) -> OrderRow:
    found = shop.world.database.get(OrderRow, placed.order.subject, "-")
    assert found
    return found


def test_the_clock_has_a_guests_order_due_until_its_data_is_erased_S66(shop: GuestShop) -> None:
    placed = shop.paid()
    assert placed.order.guest
    at = placed.order.guest.erased_paid
    assert row_of(shop, placed).g1sk.startswith(f"{at:%Y-%m-%d}")
    erased(shop, placed, at)
    assert row_of(shop, placed).g1sk is None
