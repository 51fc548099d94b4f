"""With a limit used up, no outside party is asked: neither keys, passwords nor messages (S62).

Each call of theirs costs money or a quota that everybody shares.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial

import pytest

from keyfob.domain.orders.license_key import generate
from keyfob.domain.orders.product_kind import ProductKind
from keyfob.usecases.credentials.redemption import Claim
from keyfob.usecases.credentials.registration import Pair
from keyfob.usecases.holds.first_binding import Binder
from keyfob.usecases.phones.binding import NewPhone
from keyfob.wiring.holds import reopening_of
from tests.support.builders import a_record
from tests.support.credential_world import wrong
from tests.support.fakes import fake_mac, fake_seal
from tests.support.order_world import OPERATOR
from tests.support.phone_world import TEXT, PhoneWorld, refusal_of
from tests.support.phones import NUMBER

RELEASE = "00000-00000"
ANY_PAIR = Pair(first="12345678", second="87654321")
Act = Callable[[], object]


def redeem(world: PhoneWorld) -> Act:
    def act() -> object:
        claim = Claim(
            license_key=generate(), legal_name="Ada Byron", country="US", organization="acme"
        )
        return world.credential_world.redemption.redeem(claim, a_record(world.by.id), world.by)

    for _ in range(world.policy.license_key_tries):
        assert refusal_of(act) == "unknown_license_key"
    return act


def try_a_number(world: PhoneWorld) -> Act:
    act = partial(world.codes.test, NUMBER, TEXT, world.by)
    act()
    return act


def add(world: PhoneWorld) -> Act:
    world.subscriber()
    world.codes.test(NUMBER, TEXT, world.by)
    return world.add


def add_with_a_release_code(world: PhoneWorld) -> Act:
    world.subscriber()
    world.codes.test(NUMBER, TEXT, world.by)
    new = NewPhone(number=NUMBER, label="Mine", channel=TEXT)
    act = partial(world.binding.add, world.live.id, new, released(world))
    return lambda: act(a_record(world.by.id))


def add_a_number_with_too_many_wrong_codes(world: PhoneWorld) -> Act:
    confirm(world)
    world.clock.advance(minutes=1)
    return world.add


def send(world: PhoneWorld) -> Act:
    world.subscriber()
    phone = world.bound()
    world.send(phone.id)
    return partial(world.send, phone.id)


def send_to_a_blocked_phone(world: PhoneWorld) -> Act:
    act = elevate_by_phone(world)
    world.clock.advance(minutes=1)
    assert refusal_of(act) == "phone_blocked"
    return partial(world.send, next(iter(world.all)))


def confirm(world: PhoneWorld) -> Act:
    world.subscriber()
    phone = world.add()
    act = partial(world.confirm, phone.id, world.wrong())
    for _ in range(world.policy.phone_code_tries):
        refusal_of(act)
    return act


def confirm_with_a_release_code(world: PhoneWorld) -> Act:
    confirm(world)
    [phone] = world.all
    return partial(world.binding.confirm, world.live.id, phone, "123456", released(world))


def elevate_by_phone(world: PhoneWorld) -> Act:
    world.subscriber()
    phone = world.bound()
    world.send(phone.id)
    world.fail(world.policy.phone_failures)
    return partial(world.elevate, world.wrong())


def elevate_by_token(world: PhoneWorld) -> Act:
    credentials = world.credential_world
    device = credentials.holder()
    act = partial(credentials.elevate, world.token, wrong(device.code()))
    for _ in range(world.policy.otp_failures):
        refusal_of(act)
    return act


def register(world: PhoneWorld) -> Act:
    world.credential_world.credential(kind=ProductKind.HARDWARE_TOKEN)
    device = world.credential_world.delivered()

    def act(by: Binder | None = None) -> object:
        return world.credential_world.registration.register(
            world.live.id, device.serial, ANY_PAIR, by or world.binder(), a_record(world.by.id)
        )

    for _ in range(world.policy.pair_failures):
        refusal_of(act)
    return partial(act, released(world))


def resynchronize(world: PhoneWorld) -> Act:
    world.credential_world.holder()
    registration = world.credential_world.registration
    act = partial(registration.resynchronize, world.live.id, ANY_PAIR, world.by)
    for _ in range(world.policy.pair_failures):
        refusal_of(act)
    return act


def type_a_release_code(world: PhoneWorld) -> Act:
    world.subscriber()
    reopening_of(world.credential_world.base).release(world.credential_world.ada.user_id, OPERATOR)
    world.token = world.credential_world.signed_in()
    new = NewPhone(number=NUMBER, label="Mine", channel=TEXT)
    act = partial(world.binding.add, world.live.id, new, released(world))
    for _ in range(world.policy.release_tries):
        assert refusal_of(lambda: act(a_record(world.by.id))) == "wrong_release_code"
    return lambda: act(a_record(world.by.id))


def released(world: PhoneWorld) -> Binder:
    return replace(world.binder(), release_code=RELEASE)


USED_UP: dict[str, tuple[Callable[[PhoneWorld], Act], str]] = {
    "redeem a license key": (redeem, "too_many_tries"),
    "test a number": (try_a_number, "too_many_tries"),
    "add a phone": (add, "too_many_tries"),
    "add a phone, with a release code": (add_with_a_release_code, "too_many_tries"),
    "add a phone again": (add_a_number_with_too_many_wrong_codes, "phone_blocked"),
    "send a code": (send, "too_many_tries"),
    "send a code to a blocked phone": (send_to_a_blocked_phone, "phone_blocked"),
    "confirm a phone": (confirm, "phone_blocked"),
    "confirm a phone, with a release code": (confirm_with_a_release_code, "phone_blocked"),
    "elevate by phone": (elevate_by_phone, "phone_blocked"),
    "elevate by token": (elevate_by_token, "token_locked"),
    "register a token": (register, "reset_needed"),
    "resynchronize a token": (resynchronize, "reset_needed"),
    "type a release code": (type_a_release_code, "too_many_tries"),
}


@pytest.mark.parametrize("name", USED_UP)
def test_nobody_outside_is_asked_once_a_limit_is_used_up_S62(
    name: str, phone_world: PhoneWorld
) -> None:
    use_up, code = USED_UP[name]
    act = use_up(phone_world)
    parties, seeds = phone_world.credential_world.parties, phone_world.credential_world.seeds
    asked: list[str] = []

    def hashing(purpose: str, value: str) -> str:
        asked.append(f"hash a {purpose}")
        return fake_mac(purpose, value)

    def sealing(message: str, secret: str) -> bytes:
        asked.append("seal")
        return fake_seal(message, secret)

    parties.hashing, parties.sealing = hashing, sealing
    parties.passwords.before_answer = lambda: asked.append("password")
    parties.phone_messages.before_answer = lambda: asked.append("message")
    seeds.opened.clear()
    assert refusal_of(act) == code
    assert (asked, seeds.opened) == ([], [])
