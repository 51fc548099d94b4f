"""Binding phones to a credential: adding, confirming, naming and removing them (D3, S14).

A password alone adds no phone, except the first authenticator of a credential for phones, as its
account's hold allows (S54): every other takes a recent code. A phone counts once the code sent to
it was typed in the same session.

    add        code + phone, not yet counted    entry "phone.code_sent"; then the message goes out
    confirm    credential IF version = 7 ⊕ phone IF as seen ⊕ entry ⊕ mail
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache, partial

from keyfob.domain import ids
from keyfob.domain.audit.entry import Actor, Entry
from keyfob.domain.clock import Clock, in_seconds
from keyfob.domain.credentials.credential import Change, Credential, changed
from keyfob.domain.credentials.errors import ElevationRequired, LastAuthenticator
from keyfob.domain.credentials.lifecycle import require_usable
from keyfob.domain.credentials.tokens import stripped
from keyfob.domain.errors import NotFound, TooManyTries
from keyfob.domain.holds.hold import Ended
from keyfob.domain.messages.kinds import Kind
from keyfob.domain.messages.outbox import Seal
from keyfob.domain.orders.product_kind import ProductKind
from keyfob.domain.phones import notifications
from keyfob.domain.phones.errors import PhoneMessagesPaused, PhoneRegistered, TooManyPhones
from keyfob.domain.phones.number import Channel, Prices, parsed
from keyfob.domain.phones.phone import Phone, added_again, live_code
from keyfob.domain.policy import Policy
from keyfob.domain.sessions.permission import SessionProof
from keyfob.storage import idempotency
from keyfob.storage.credentials.store import CredentialIdempotencyRow, CredentialStore
from keyfob.storage.database import Conflict
from keyfob.storage.idempotency import IdempotencyRecord
from keyfob.storage.phones import store as rows
from keyfob.storage.phones.store import Phones, PhoneStore
from keyfob.storage.rows import Write
from keyfob.storage.transaction import NOTHING, TransactionPart, Transactions, joined
from keyfob.usecases.credentials.service import CredentialService
from keyfob.usecases.credentials.verification import Guess
from keyfob.usecases.holds.first_binding import Binder, FirstBinding
from keyfob.usecases.holds.holding import Holding
from keyfob.usecases.phones.checking import PhoneCheck
from keyfob.usecases.phones.codes import PhoneCodes
from keyfob.usecases.phones.sending import Admitted, Sending


@dataclass(frozen=True, slots=True, kw_only=True)
class NewPhone:
    """A number as typed, its owner's label, and the channel for its code."""

    number: str
    label: str
    channel: Channel


def is_first(credential: Credential, proof: SessionProof, now: datetime, policy: Policy) -> bool:
    """Whether a phone would be the credential's first authenticator; refuses what a code must add.

    Raises:
        NotApproved, NotActivated, Suspended, Expired.
        ElevationRequired: by a recent code of an existing authenticator, or one to be registered.
        RecentPasswordRequired.
    """
    require_usable(credential, now)
    proof.require(credential, now, policy)
    if proof.has_recent_code(credential, now, policy):
        return False
    if credential.kind != ProductKind.PHONE:
        raise ElevationRequired
    return True


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
        first: FirstBinding,
        terms: Callable[[Credential], None],
        holding: Holding,
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
        self._first = first
        self._require_terms = terms
        self._holding = holding
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
        binder: Binder,
        record: IdempotencyRecord,
    ) -> Phone:
        """Add an unconfirmed phone and send its code; the same request again sends nothing.

        Raises:
            NotFound; NotApproved, NotActivated, Suspended, Expired; IdempotencyKeyReused.
            ElevationRequired, RecentPasswordRequired; PhoneRegistered, TooManyPhones.
            TermsOutstanding: the credential is sponsored; nothing was sent.
            AccountFrozen, BindingHeld, ReopeningRequired, WrongReleaseCode.
            InvalidPhone, PhoneNotAllowed, TooManyTries, PhoneMessagesPaused: nothing was sent.
            PhoneUnavailable, PhoneUnreachable: the phone is there; ask for another code.
        """
        phone_id, by, proof = ids.new_short_id(), binder.by, binder.proof
        release = cache(partial(self._first.release, by.account, binder.release_code))

        def attempt() -> tuple[Phone, Admitted | None]:
            earlier = self._credentials.idempotent_result(record)
            seen = self._service.get(credential_id, by=by)
            if earlier:
                return self._phone(self._store.of(seen), earlier), None
            first = is_first(seen, proof, self._clock(), self._policy)
            self._require_terms(seen)
            phone, write = self._place(self._store.of(seen), seen, phone_id, new)
            try:
                reserved = self._codes.reserve(
                    phone, proof.session.id, new.channel, by, confirmed=False
                )
            except (TooManyTries, PhoneMessagesPaused):
                if self._credentials.idempotent_result(record):
                    raise Conflict from None  # this very request used up the limit
                raise
            if first:
                # The release code is good for the confirmation, too: only that spends it.
                self._first.of_phone(seen, release())
            coded, told = self._codes.coded(phone, proof.session.id, reserved)
            until = self._clock() + self._policy.idempotency_kept
            kept = idempotency.put(CredentialIdempotencyRow, record, coded.id, until=until)
            return coded, self._codes.admit(reserved, told, write(coded), kept)

        phone, admitted = self._transactions.retry_on_conflict(attempt)
        if admitted:
            self._sending.deliver(admitted)
        return phone

    def confirm(self, credential_id: str, phone_id: str, code: str, binder: Binder) -> Phone:
        """Confirm the phone, which counts from now on; repeating it changes nothing.

        Raises:
            NotFound; NotApproved, NotActivated, Suspended, Expired.
            ElevationRequired, RecentPasswordRequired; NoLiveCode, PhoneBlocked, PhoneLocked.
            TermsOutstanding: the credential is sponsored.
            AccountFrozen, BindingHeld, ReopeningRequired, WrongReleaseCode.
            WrongCode: counted. InvalidInput: no code at all.
        """
        by, proof = binder.by, binder.proof
        guess = Guess(session=proof.session.id, code=code, trial=ids.new_trial(), by=by)
        release = cache(partial(self._first.release, by.account, binder.release_code))

        def attempt() -> Phone:
            credential = self._service.get(credential_id, by=by)
            seen = self._store.of(credential)
            phone = self._phone(seen, phone_id)
            if phone.id in credential.phones:
                return phone
            if phone.confirmed_at:
                raise Conflict  # since the credential was read
            now = self._clock()
            first = is_first(credential, proof, now, self._policy)
            self._require_terms(credential)
            if phone.is_abandoned(now, self._policy):
                raise NotFound
            # Its limit comes before the release code, for which the key service is asked.
            live_code(phone, proof.session.id, now, self._policy)
            if first:
                hold = self._first.of_phone(credential, release())
            else:
                hold = self._first.of_further(credential)
            return self._confirmed(credential, seen, phone, guess, hold)

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

    def remove(
        self,
        credential_id: str,
        phone_id: str,
        proof: SessionProof,
        by: Actor,
        *,
        confirmed: bool,
    ) -> None:
        """Delete a phone and the elevations that it gave. A recent password is enough (D3, S58).

        Without a recent code the last one begins a hold, and every number is kept for it (S54). The
        removed phone is told by text, whoever removed it.

        Raises:
            NotFound; RecentPasswordRequired.
            LastAuthenticator: no other authenticator, and not `confirmed`.
            KeysUnavailable: the key service did not answer.
        """

        def attempt() -> None:
            credential = self._service.get(credential_id, by=by)
            seen = self._store.of(credential)
            phone = self._phone(seen, phone_id)
            proof.require(credential, self._clock(), self._policy)
            write = rows.remove(seen, phone)
            if phone.id not in credential.phones:
                entry = self._entry("phone.dropped", phone, by)
                self._transactions.commit(write, audit=[entry])
                return
            without = _without(credential, phone.id)
            if not (without.token or without.phones or confirmed):
                raise LastAuthenticator
            removed = TransactionPart(writes=[write], facts={"phone": phone.shown})
            held = self._after_removal(without, phone, proof, by, seen=credential)
            self._service.commit(
                credential,
                changed(Change.PHONE_REMOVED, without),
                by=by,
                part=joined(removed, held),
            )

        self._transactions.retry_on_conflict(attempt)

    def _after_removal(
        self, without: Credential, phone: Phone, proof: SessionProof, by: Actor, *, seen: Credential
    ) -> TransactionPart:
        """What the removal of a phone begins, and the text to it: the hold's, or one of its own."""
        now, account = in_seconds(self._clock), seen.account
        proven = proof.has_recent_code(seen, now, self._policy)
        last = not (without.token or without.phones)
        if last and not proven:
            return self._holding.begin(
                account, Ended.AUTHENTICATOR, [phone], now, by=by, waits=True
            )
        if last:
            part = self._holding.begin(account, Ended.AUTHENTICATOR, (), now, by=by, waits=False)
        else:
            part = NOTHING if proven else self._holding.keep(account, phone, now)
        told = notifications.texts(
            Kind.PHONE_REMOVED_TEXT,
            [phone],
            self._seal,
            recipient=account,
            version=seen.version + 1,
            correlation=by.correlation,
        )
        return joined(part, TransactionPart(messages=told))

    def _place(
        self, seen: Phones, credential: Credential, phone_id: str, new: NewPhone
    ) -> tuple[Phone, Callable[[Phone], Write]]:
        """The phone without its code, and the write that adds it with one.

        A number that waits for its code, or was dropped meanwhile, stays the same phone (S11).
        """
        number, now = parsed(new.number, self._prices), self._clock()
        there = [*seen.all.values(), *seen.dropped.values()]
        abandoned = [phone.id for phone in there if phone.is_abandoned(now, self._policy)]
        for phone in there:
            if phone.number != number.e164 or phone.id in abandoned:
                continue
            if phone.id in credential.phones:
                raise PhoneRegistered
            if phone.confirmed_at:
                raise Conflict  # since the credential was read
            return added_again(phone, new.label, now), partial(rows.change, seen, phone)
        if len(there) - len(abandoned) >= self._policy.phones_per_credential:
            raise TooManyPhones
        added = Phone(
            id=phone_id,
            number=number.e164,
            shown=number.masked,
            label=new.label,
            # In microseconds: phones are listed in this order.
            added_at=now,
        )
        return added, partial(rows.add, seen, without=abandoned)

    def _confirmed(
        self, credential: Credential, seen: Phones, phone: Phone, guess: Guess, hold: list[Write]
    ) -> Phone:
        now = in_seconds(self._clock)
        right = self._check.accepted(credential, seen, phone, guess)
        confirmed = replace(right, confirmed_at=now)
        epochs: Mapping[str, int] = {**credential.phones, phone.id: 0}
        transition = changed(Change.PHONE_CONFIRMED, replace(credential, phones=epochs))
        writes = [rows.change(seen, phone, confirmed), *hold]
        told = notifications.texts(
            Kind.PHONE_ADDED_TEXT,
            [one for id_, one in seen.all.items() if id_ in credential.phones],
            self._seal,
            recipient=credential.account,
            version=credential.version + 1,
            correlation=guess.by.correlation,
        )
        part = TransactionPart(writes=writes, facts={"phone": phone.shown}, messages=told)
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
