"""Ada's phones over real tables: the messages to them, and her input."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import pytest

from keyfob.domain.audit.entry import Actor
from keyfob.domain.credentials.credential import Credential
from keyfob.domain.errors import DomainError
from keyfob.domain.orders.product_kind import ProductKind
from keyfob.domain.phones.number import Channel
from keyfob.domain.phones.phone import Phone
from keyfob.domain.sessions.permission import OWN, SessionProof
from keyfob.domain.sessions.session import Session, Token, as_of
from keyfob.storage.idempotency import IdempotencyRecord
from keyfob.storage.limits import Limits
from keyfob.storage.phones.store import Phones
from keyfob.usecases.credentials import verification
from keyfob.usecases.credentials.verification import Elevated
from keyfob.usecases.holds.first_binding import Binder
from keyfob.usecases.phones.binding import NewPhone
from keyfob.usecases.phones.codes import Sent
from keyfob.wiring.credentials import phone_check_of
from keyfob.wiring.operations import phone_help_of
from keyfob.wiring.phone_binding import binding_of
from keyfob.wiring.phones import phone_codes_of, sending_of
from tests.support.builders import CLIENT, a_binder, a_record
from tests.support.credential_world import CredentialWorld
from tests.support.phones import NUMBER, code_in

TEXT, VOICE = Channel.TEXT, Channel.VOICE


@dataclass(frozen=True)
class TypedIn:
    """A phone's code as somebody types it."""

    code: str
    phone: str | None = None

    def __call__(self) -> verification.Typed:
        return verification.Typed(method="phone", code=self.code, phone=self.phone)


class PhoneWorld:
    """Every use case of phones, a provider that keeps its messages, and Ada's session."""

    def __init__(self, credential_world: CredentialWorld) -> None:
        base = credential_world.base
        self.credential_world, self.policy, self.clock = (
            credential_world,
            base.policy,
            credential_world.clock,
        )
        self.messages, self.counts = base.parties.phone_messages, base.counts
        self.store, self.limits = credential_world.phones, Limits(base.database)
        self.sending = sending_of(base)
        self.codes = phone_codes_of(base, self.sending)
        self.check = phone_check_of(base)
        self.binding = binding_of(base, self.sending, self.codes)
        self.help = phone_help_of(base)
        self.token: Token = credential_world.signed_in()

    @property
    def by(self) -> Actor:
        """Ada as the actor of audit entries."""
        return self.credential_world.by

    @property
    def live(self) -> Credential:
        """Her credential as it is now."""
        return self.credential_world.live

    @property
    def session(self) -> Session:
        """Her session's row."""
        return self.session_of(self.token)

    @property
    def strength(self) -> int:
        """Her session's present strength."""
        return as_of(self.session, self.live, self.clock(), self.policy).strength

    @property
    def all(self) -> dict[str, Phone]:
        """The phones of her credential's row."""
        return dict(self.seen.all)

    @property
    def seen(self) -> Phones:
        """The phones with the content of their row."""
        return self.store.of(self.live)

    @property
    def last_code(self) -> str:
        """The code of the last text."""
        return code_in(self.messages.texts[-1][1])

    def session_of(self, token: Token) -> Session:
        """The session of this session token."""
        return self.credential_world.row.live[token.session]

    def binder(self, token: Token | None = None, release_code: str | None = None) -> Binder:
        """Herself in this session, by default in hers, all its proofs as if given just now."""
        session, now = self.session_of(token or self.token), self.clock()
        made = a_binder(self.by, replace(session, created=now, coded=session.coded and now))
        return replace(made, release_code=release_code)

    def subscriber(self, **changes: Any) -> Credential:
        """Ada has a fresh credential for phones."""
        return self.credential_world.credential(kind=ProductKind.PHONE, **changes)

    def add(
        self,
        number: str = NUMBER,
        *,
        label: str = "Mine",
        channel: Channel = TEXT,
        token: Token | None = None,
        record: IdempotencyRecord | None = None,
        release_code: str | None = None,
    ) -> Phone:
        """Add a phone; its code is on its way."""
        return self.binding.add(
            self.live.id,
            NewPhone(number=number, label=label, channel=channel),
            self.binder(token, release_code),
            record or a_record(self.credential_world.ada.id),
        )

    def confirm(
        self,
        phone: str,
        code: str = "",
        *,
        token: Token | None = None,
        release_code: str | None = None,
    ) -> Phone:
        """Type in the code (the last one that came), in this session."""
        binder = self.binder(token, release_code)
        return self.binding.confirm(self.live.id, phone, code or self.last_code, binder)

    def bound(self, number: str = NUMBER, **how: Any) -> Phone:
        """A phone added and confirmed, so long ago that another code may be sent to it."""
        phone = self.confirm(self.add(number, **how).id, token=how.get("token"))
        self.clock.advance(minutes=11)
        return phone

    def rename(self, phone: str, label: str) -> Phone:
        """Give a phone another name."""
        return self.binding.rename(self.live.id, phone, label, self.by)

    def remove(
        self, phone: str, *, confirmed: bool = False, proof: SessionProof | None = None
    ) -> None:
        """Remove a phone, by her password unless another proof is given."""
        self.binding.remove(
            self.live.id,
            phone,
            proof or self.credential_world.proof,
            self.by,
            confirmed=confirmed,
        )

    def send(self, phone: str, channel: Channel = TEXT, *, token: Token | None = None) -> Sent:
        """Have a code sent to a phone for this session."""
        session = (token or self.token).session
        return self.codes.send(self.live, session, phone, channel, self.by)

    def elevate(
        self, code: str = "", phone: str | None = None, *, token: Token | None = None
    ) -> Elevated:
        """Sign in with a phone's code (the last one that came); her session goes on."""
        typed = TypedIn(code or self.last_code, phone)
        done = self.credential_world.verification.elevate(token or self.token, typed, OWN, CLIENT)
        if token is None:
            self.token = done.token
        return done

    def wrong(self) -> str:
        """A code that is not the last one."""
        return f"{(int(self.last_code) + 7) % 1_000_000:06}"

    def fail(self, times: int = 1, phone: str | None = None) -> list[str]:
        """The refusals of so many wrong codes."""
        return [refusal_of(partial(self.elevate, self.wrong(), phone)) for _ in range(times)]

    def fail_in_rounds(self, phone: str, rounds: int) -> list[str]:
        """The last refusals of rounds of five wrong codes: each block is waited for."""
        refusals = []
        for _ in range(rounds):
            # After so long a wait she has to sign in again.
            self.token = self.credential_world.signed_in()
            self.send(phone)
            refusals.append(self.fail(5, phone)[-1])
            self.clock.advance(minutes=15)
        return refusals


def refusal_of(act: Callable[[], object]) -> str:
    """The stable code of this act's refusal; empty if it succeeds."""
    try:
        act()
    except DomainError as refusal:
        return refusal.code
    return ""


@pytest.fixture
def phone_world(credential_world: CredentialWorld) -> PhoneWorld:
    """Ada is signed in by password; she has no credential."""
    return PhoneWorld(credential_world)
