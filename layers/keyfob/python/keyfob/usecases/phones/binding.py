"""Binding phones to a credential: adding, confirming, naming and removing them (D3, S14).

A password alone adds no phone, except the first authenticator of a fresh credential for phones:
every other takes a session that a code has elevated. A phone counts once the code sent to it was
typed in the same session.

    add        code + phone, not yet counted    entry "phone.code_sent"; then the message goes out
    confirm    credential IF version = 7 ⊕ phone IF as seen ⊕ entry ⊕ mail
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from keyfob.domain import ids
from keyfob.domain.audit.entry import Actor, Entry
from keyfob.domain.clock import Clock, in_seconds
from keyfob.domain.credentials.credential import Change, Credential, changed
from keyfob.domain.credentials.errors import ElevationRequired, LastAuthenticator, ReopeningRequired
from keyfob.domain.credentials.lifecycle import require_usable
from keyfob.domain.credentials.tokens import stripped
from keyfob.domain.errors import NotFound, TooManyTries
from keyfob.domain.messages.kinds import Kind
from keyfob.domain.messages.outbox import Seal
from keyfob.domain.orders.product_kind import ProductKind
from keyfob.domain.phones import notifications
from keyfob.domain.phones.errors import PhoneMessagesPaused, PhoneRegistered, TooManyPhones
from keyfob.domain.phones.number import Channel, Number, Prices, parsed
from keyfob.domain.phones.phone import Phone
from keyfob.domain.policy import Policy
from keyfob.domain.sessions.permission import SessionProof
from keyfob.storage import idempotency
from keyfob.storage.credentials.store import CredentialIdempotencyRow, CredentialStore
from keyfob.storage.database import Conflict
from keyfob.storage.idempotency import IdempotencyRecord
from keyfob.storage.phones import store as rows
from keyfob.storage.phones.store import Phones, PhoneStore
from keyfob.storage.rows import Write
from keyfob.storage.transaction import TransactionPart, Transactions
from keyfob.usecases.credentials.service import CredentialService
from keyfob.usecases.credentials.verification import Guess
from keyfob.usecases.phones.checking import PhoneCheck
from keyfob.usecases.phones.codes import PhoneCodes
from keyfob.usecases.phones.sending import Admitted, Sending


@dataclass(frozen=True, slots=True, kw_only=True)
class NewPhone:
    """A number as typed, its owner's label, and the channel for its code."""

    number: str
    label: str
    channel: Channel


def require_bindable(credential: Credential, proof: SessionProof, now: datetime) -> None:
    """Refuse a new phone that a password alone would bind (S14).

    Raises:
        NotApproved, NotActivated, Suspended, Expired.
        ElevationRequired: by a code of an existing authenticator, or one to be registered.
        ReopeningRequired: the phones of this credential are gone; only an operator helps.
    """
    require_usable(credential, now)
    proof.require(credential, now)
    if proof.has_code(credential, now):
        return
    if credential.kind != ProductKind.PHONE:
        raise ElevationRequired
    if credential.replacing:
        raise ReopeningRequired


class Binding:
    """A holder's phones."""

    def __init__(
        self,
        *,
        credentials: CredentialStore,
        store: PhoneStore,
        service: CredentialService,
        codes: PhoneCodes,
        check: PhoneCheck,
        sending: Sending,
        seal: Seal,
        prices: Prices,
        transactions: Transactions,
        clock: Clock,
        policy: Policy,
    ) -> None:
        self._credentials = credentials
        self._store = store
        self._service = service
        self._codes = codes
        self._check = check
        self._sending = sending
        self._seal = seal
        self._prices = prices
        self._transactions = transactions
        self._clock = clock
        self._policy = policy

    def of(self, credential_id: str, by: Actor) -> list[Phone]:
        """The credential's phones, confirmed or not, oldest first.

        Raises:
            NotFound: the credential isn't the account's live one.
        """
        seen = self._store.of(self._service.get(credential_id, by=by))
        return sorted(seen.all.values(), key=lambda phone: (phone.added_at, phone.id))

    def add(
        self,
        credential_id: str,
        new: NewPhone,
        proof: SessionProof,
        record: IdempotencyRecord,
        by: Actor,
    ) -> Phone:
        """Add an unconfirmed phone and send its code; the same request again sends nothing.

        Raises:
            NotFound; NotApproved, NotActivated, Suspended, Expired; IdempotencyKeyReused.
            ElevationRequired, ReopeningRequired; PhoneRegistered, TooManyPhones.
            InvalidPhone, PhoneNotAllowed, TooManyTries, PhoneMessagesPaused: nothing was sent.
            PhoneUnavailable, PhoneUnreachable: the phone is there; ask for another code.
        """
        phone_id = ids.new_short_id()

        def attempt() -> tuple[Phone, Admitted | None]:
            earlier = self._credentials.idempotent_result(record)
            seen = self._service.get(credential_id, by=by)
            if earlier:
                return self._phone(self._store.of(seen), earlier), None
            require_bindable(seen, proof, self._clock())
            number = parsed(new.number, self._prices)
            phone = self._new(phone_id, number, new.label)
            coded, told = self._codes.coded(phone, proof.session.id, new.channel, by)
            writes = self._adding(seen, coded, record)
            try:
                return coded, self._codes.admit(number, told, by, *writes)
            except (TooManyTries, PhoneMessagesPaused):
                if self._credentials.idempotent_result(record):
                    raise Conflict from None  # this very request used up the limit
                raise

        phone, admitted = self._transactions.retry_on_conflict(attempt)
        if admitted:
            self._sending.deliver(admitted)
        return phone

    def confirm(
        self, credential_id: str, phone_id: str, code: str, proof: SessionProof, by: Actor
    ) -> Phone:
        """Confirm the phone, which counts from now on; repeating it changes nothing.

        Raises:
            NotFound; NotApproved, NotActivated, Suspended, Expired.
            ElevationRequired, ReopeningRequired; NoLiveCode, PhoneBlocked, PhoneLocked.
            WrongCode: counted. InvalidInput: no code at all.
        """
        guess = Guess(session=proof.session.id, code=code, trial=ids.new_trial(), by=by)

        def attempt() -> Phone:
            credential = self._service.get(credential_id, by=by)
            seen = self._store.of(credential)
            phone = self._phone(seen, phone_id)
            if phone.id in credential.phones:
                return phone
            if phone.confirmed_at:
                raise Conflict  # since the credential was read
            require_bindable(credential, proof, self._clock())
            return self._confirmed(credential, seen, phone, guess)

        return self._transactions.retry_on_conflict(attempt)

    def rename(self, credential_id: str, phone_id: str, label: str, by: Actor) -> Phone:
        """Rename the phone.

        Raises:
            NotFound.
        """

        def attempt() -> Phone:
            seen = self._store.of(self._service.get(credential_id, by=by))
            phone = self._phone(seen, phone_id)
            if phone.label == label:
                return phone
            renamed = replace(phone, label=label)
            entry = self._entry("phone.renamed", phone, by)
            self._transactions.commit(rows.change(seen, phone, renamed), audit=[entry])
            return renamed

        return self._transactions.retry_on_conflict(attempt)

    def remove(self, credential_id: str, phone_id: str, by: Actor, *, confirmed: bool) -> None:
        """Delete a phone and the elevations that it gave. A password is enough (D3).

        Raises:
            NotFound. LastAuthenticator: no other authenticator, and not `confirmed`.
        """

        def attempt() -> None:
            credential = self._service.get(credential_id, by=by)
            seen = self._store.of(credential)
            phone = self._phone(seen, phone_id)
            write = rows.remove(seen, phone)
            if phone.id not in credential.phones:
                entry = self._entry("phone.dropped", phone, by)
                self._transactions.commit(write, audit=[entry])
                return
            without = _without(credential, phone.id)
            if not (without.token or without.phones or confirmed):
                raise LastAuthenticator
            part = TransactionPart(writes=[write], facts={"phone": phone.shown})
            self._service.commit(
                credential, changed(Change.PHONE_REMOVED, without), by=by, part=part
            )

        self._transactions.retry_on_conflict(attempt)

    def _new(self, phone_id: str, number: Number, label: str) -> Phone:
        return Phone(
            id=phone_id,
            number=number.e164,
            shown=number.masked,
            label=label,
            # In microseconds: phones are listed in this order.
            added_at=self._clock(),
        )

    def _adding(
        self, credential: Credential, phone: Phone, record: IdempotencyRecord
    ) -> tuple[Write, Write]:
        seen = self._store.of(credential)
        dropped = self._room_for(seen, credential, phone.number)
        until = self._clock() + self._policy.idempotency_kept
        return (
            rows.add(seen, phone, without=dropped),
            idempotency.put(CredentialIdempotencyRow, record, phone.id, until=until),
        )

    def _room_for(self, seen: Phones, credential: Credential, number: str) -> list[str]:
        """The unconfirmed phones to delete for this one: with its number, or abandoned."""
        now, dropped = self._clock(), []
        for phone in seen.all.values():
            if phone.number == number and phone.id in credential.phones:
                raise PhoneRegistered
            if phone.number == number or phone.is_abandoned(now, self._policy):
                dropped.append(phone.id)
        if len(seen.all) - len(dropped) >= self._policy.phones_per_credential:
            raise TooManyPhones
        return dropped

    def _confirmed(self, credential: Credential, seen: Phones, phone: Phone, guess: Guess) -> Phone:
        now = in_seconds(self._clock)
        if phone.is_abandoned(now, self._policy):
            raise NotFound
        right = self._check.accepted(credential, seen, phone, guess)
        confirmed = replace(right, confirmed_at=now)
        epochs: Mapping[str, int] = {**credential.phones, phone.id: 0}
        transition = changed(Change.PHONE_CONFIRMED, replace(credential, phones=epochs))
        write = rows.change(seen, phone, confirmed)
        told = notifications.texts(
            Kind.PHONE_ADDED_TEXT,
            [one for id_, one in seen.all.items() if id_ in credential.phones],
            self._seal,
            recipient=credential.account,
            version=credential.version + 1,
            correlation=guess.by.correlation,
        )
        part = TransactionPart(writes=[write], facts={"phone": phone.shown}, messages=told)
        self._service.commit(credential, transition, by=guess.by, part=part)
        return confirmed

    def _phone(self, seen: Phones, phone_id: str) -> Phone:
        if phone_id not in seen.all:
            raise NotFound
        return seen.all[phone_id]

    def _entry(self, action: str, phone: Phone, by: Actor) -> Entry:
        return Entry(action=action, actor=by, at=self._clock(), facts={"phone": phone.shown})


def _without(credential: Credential, phone_id: str) -> Credential:
    left = {id_: epoch for id_, epoch in credential.phones.items() if id_ != phone_id}
    without = replace(credential, phones=left)
    return without if left or credential.token else stripped(without)
