"""Registering and resynchronizing a token: two consecutive codes each (D1, D2, F2).

A failure is counted in the write that precedes its answer, whatever was wrong; after the fifth,
only an operator's reset helps. Wrong, foreign and assigned serial numbers are the same failure
(S29), answered after the same reads.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, partial

from keyfob.domain import ids
from keyfob.domain.audit.entry import Actor, Entry
from keyfob.domain.clock import Clock
from keyfob.domain.credentials import hardware_token, tokens
from keyfob.domain.credentials.credential import Credential
from keyfob.domain.credentials.errors import ResetNeeded, WrongCodes, WrongSerial
from keyfob.domain.credentials.otp import require_code
from keyfob.domain.errors import InvalidInput
from keyfob.domain.inventory.seeds import Seeds
from keyfob.domain.inventory.token import masked, require_serial
from keyfob.domain.orders.order import Order
from keyfob.domain.orders.product_kind import ProductKind
from keyfob.domain.orders.shipment import Shipment
from keyfob.domain.policy import Policy
from keyfob.domain.sessions.permission import SessionProof
from keyfob.storage import idempotency
from keyfob.storage.credentials.store import CredentialIdempotencyRow, CredentialStore
from keyfob.storage.idempotency import IdempotencyRecord
from keyfob.storage.inventory import store as inventory_rows
from keyfob.storage.inventory.store import Inventory, Stored
from keyfob.storage.orders.store import OrderStore
from keyfob.storage.rows import Write
from keyfob.storage.transaction import TransactionPart, Transactions
from keyfob.usecases.credentials.service import CredentialService
from keyfob.usecases.holds.first_binding import Binder, FirstBinding

# This order is read for a token that was shipped for none.
_NO_ORDER = "SO-0"


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """Two codes as typed."""

    first: str
    second: str

    def required(self) -> tuple[str, str]:
        """The codes.

        Raises:
            InvalidInput: one of them can't be a code; nothing is counted.
        """
        first = require_code(self.first, "first_code")
        second = require_code(self.second, "second_code")
        if len(first) != len(second):
            raise InvalidInput(fields={"second_code": "both codes have the same number of digits"})
        return first, second


class Registration:
    """Binds tokens to credentials, and unlocks bound tokens."""

    def __init__(
        self,
        *,
        credentials: CredentialStore,
        orders: OrderStore,
        service: CredentialService,
        first: FirstBinding,
        terms: Callable[[Credential], None],
        inventory: Inventory,
        seeds: Seeds,
        transactions: Transactions,
        clock: Clock,
        policy: Policy,
    ) -> None:
        self._credentials = credentials
        self._orders = orders
        self._service = service
        self._first = first
        self._require_terms = terms
        self._inventory = inventory
        self._seeds = seeds
        self._transactions = transactions
        self._clock = clock
        self._policy = policy

    def register(
        self,
        credential_id: str,
        serial: str,
        pair: Pair,
        binder: Binder,
        record: IdempotencyRecord,
    ) -> Credential:
        """Register the token and return its credential; idempotent.

        Raises:
            NotFound: the credential isn't the account's live one.
            InvalidInput: no codes at all, or no serial number. IdempotencyKeyReused.
            NotApproved, NotActivated, Suspended, Expired, TokenRegistered, ResetNeeded,
                ElevationRequired, RecentPasswordRequired, TermsOutstanding, WrongReleaseCode:
                nothing was compared.
            AccountFrozen, BindingHeld, ReopeningRequired: the serial number is right.
            WrongSerial, WrongCodes: counted.
        """
        codes = pair.required()
        serial = require_serial(serial)
        trial = ids.new_trial()
        by, proof = binder.by, binder.proof
        release = cache(partial(self._first.release, by.account, binder.release_code))

        def attempt() -> Credential:
            earlier = self._credentials.idempotent_result(record)
            if earlier:
                return self._service.get(earlier, by=by)
            seen = self._service.get(credential_id, by=by)
            first = self._is_first(seen, proof)
            self._require_terms(seen)
            held = partial(self._held, seen, release() if first else None, first=first)
            bind = partial(self._bind, seen, serial, codes, record, by, held=held)
            return self._counted(seen, trial, by, bind)

        return self._transactions.retry_on_conflict(attempt)

    def resynchronize(self, credential_id: str, pair: Pair, by: Actor) -> Credential:
        """Unlock the credential's token and set its counter to the position of the two codes.

        Raises:
            NotFound: the credential isn't the account's live one. InvalidInput: no codes at all.
            NotApproved, NotActivated, Suspended, Expired, NoToken, ResetNeeded: nothing was
                compared.
            WrongCodes: counted.
        """
        codes = pair.required()
        trial = ids.new_trial()

        def attempt() -> Credential:
            seen = self._service.get(credential_id, by=by)
            now = self._clock()
            held = tokens.require_token(seen, now)
            tokens.require_tries(seen, self._policy)

            def find() -> Credential:
                opened = held.opened(self._seeds.open(held.serial, held.sealed))
                found = tokens.resynchronize(seen, opened, codes, now, self._policy)
                return self._service.commit(seen, found, by=by)

            return self._counted(seen, trial, by, find)

        return self._transactions.retry_on_conflict(attempt)

    def _is_first(self, seen: Credential, proof: SessionProof) -> bool:
        """Whether a token would be the first authenticator; refuses what is not registrable."""
        now = self._clock()
        tokens.require_registrable(seen, now)
        proof.require(seen, now, self._policy)
        first = not proof.has_recent_code(seen, now, self._policy)
        if first:
            tokens.require_token_first(seen)
        tokens.require_tries(seen, self._policy)
        return first

    def _held(
        self, seen: Credential, release: str | None, shipment: Shipment, *, first: bool
    ) -> list[Write]:
        if first:
            return self._first.of_token(seen, release, shipment)
        return self._first.of_further(seen)

    def _counted(
        self, seen: Credential, trial: str, by: Actor, work: Callable[[], Credential]
    ) -> Credential:
        try:
            return work()
        except (WrongSerial, WrongCodes):
            # If it was counted already and only the answer was lost, it stays one failure.
            if trial not in seen.tries:
                self._count(seen, trial, by)
            raise

    def _count(self, seen: Credential, trial: str, by: Actor) -> None:
        counted = tokens.count_try(seen, trial, self._policy)
        if counted.change is None:
            self._credentials.append_try(seen, trial, limit=self._policy.pair_failures)
            return
        self._service.commit(seen, counted, by=by)
        raise ResetNeeded

    def _bind(
        self,
        seen: Credential,
        serial: str,
        codes: tuple[str, str],
        record: IdempotencyRecord,
        by: Actor,
        *,
        held: Callable[[Shipment], list[Write]],
    ) -> Credential:
        now = self._clock()
        stored = self._inventory.token(serial)
        # One is read whatever the serial number is (S29).
        order = self._orders.get(stored.order if stored and stored.order else _NO_ORDER)
        shipment = order.shipment_of(stored.serial) if order and stored else None
        if stored is None or shipment is None or not _may_have(seen, stored, order):
            raise WrongSerial
        hold = held(shipment)
        token = stored.token(self._seeds.open(stored.serial, stored.sealed))
        found = hardware_token.register(
            token, stored.sealed, codes, now, self._policy, reset=seen.reset
        )
        assigned = Entry(
            action="token.assigned",
            actor=by,
            at=now,
            subject=stored.subject.id,
            facts={"credential": seen.id},
        )
        until = now + self._policy.idempotency_kept
        part = TransactionPart(
            writes=[
                *hold,
                inventory_rows.assign_token(stored, seen.subject),
                idempotency.put(CredentialIdempotencyRow, record, seen.id, until=until),
            ],
            audit=[assigned],
            facts={"serial": masked(stored.serial)},
        )
        return self._service.commit(seen, tokens.register(seen, found), by=by, part=part)


def _may_have(credential: Credential, stored: Stored, added: Order | None) -> bool:
    """Whether it is free and shipped for this order; a replacement, for this credential (D1, D4).

    A credential for phones may have the token that was added to it. With no phone left it takes
    only a replacement, sent by an operator: a password is enough to buy a token, have it sent
    anywhere and remove every phone (S14).
    """
    if not stored.is_free:
        return False
    if credential.kind != ProductKind.PHONE:
        mine = stored.unit == credential.unit or not credential.replacing
        return stored.order == credential.order and mine
    if added is None or stored.unit is None or stored.unit >= len(added.units):
        return False
    line = added.units[stored.unit]
    if line.kind is not ProductKind.ADDED_TOKEN or line.credential != credential.id:
        return False
    shown = credential.phones or not credential.replacing
    return bool(shown) or added.is_replaced_by(stored.serial)
