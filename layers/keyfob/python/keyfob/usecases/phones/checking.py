"""Compares a typed code with the sent one, at sign-in and to confirm a phone (S11).

A wrong code is counted in the write that precedes its answer: one conditional update, or, if it
blocks a phone that counts, a transaction with its entry and message.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from hmac import compare_digest

from keyfob.domain.clock import Clock
from keyfob.domain.credentials.credential import Change, Credential, changed
from keyfob.domain.credentials.errors import WrongCode
from keyfob.domain.credentials.lifecycle import require_usable
from keyfob.domain.credentials.otp import require_code
from keyfob.domain.due_index import instant
from keyfob.domain.orders.license_key import Mac
from keyfob.domain.phones import phone as phones
from keyfob.domain.phones.errors import NoLiveCode, PhoneBlocked, PhoneLocked
from keyfob.domain.phones.phone import Phone
from keyfob.domain.policy import Policy
from keyfob.storage.phones import store as rows
from keyfob.storage.phones.store import Phones, PhoneStore
from keyfob.storage.rows import Update
from keyfob.storage.transaction import TransactionPart
from keyfob.usecases.credentials.service import CredentialChanges
from keyfob.usecases.credentials.verification import Guess, Judged


class PhoneCheck:
    """Compares typed codes with sent ones, and counts the wrong ones."""

    def __init__(
        self,
        *,
        store: PhoneStore,
        service: CredentialChanges,
        mac: Mac,
        clock: Clock,
        policy: Policy,
    ) -> None:
        self._store = store
        self._service = service
        self._mac = mac
        self._clock = clock
        self._policy = policy

    def judge(self, credential: Credential | None, guess: Guess) -> Judged:
        """Accept the right code of a phone that counts; if none is named, the last one sent a code.

        Raises:
            NotApproved, NotActivated, Suspended, Expired, NoLiveCode, PhoneBlocked, PhoneLocked:
                nothing was compared.
            WrongCode: counted. InvalidInput: no code at all.
        """
        if credential is None:
            raise NoLiveCode
        require_usable(credential, self._clock())
        seen = self._store.of(credential)
        counting = [phone for id_, phone in seen.all.items() if id_ in credential.phones]
        phone = _meant(counting, guess)
        if phone is None:
            raise NoLiveCode
        after = self.accepted(credential, seen, phone, guess)
        return Judged(
            seen=credential,
            transition=changed(Change.PHONE_ACCEPTED, credential),
            authenticator=phone.id,
            spoken=phone.codes[guess.session].spoken,
            part=TransactionPart(
                writes=[rows.change(seen, phone, after)], facts={"phone": phone.shown}
            ),
        )

    def accepted(self, credential: Credential, seen: Phones, phone: Phone, guess: Guess) -> Phone:
        """The phone after a right code, confirmed or not; the caller writes it.

        Raises:
            NoLiveCode, PhoneBlocked, PhoneLocked: nothing was compared.
            WrongCode: counted. InvalidInput: no code at all.
        """
        now, policy = self._clock(), self._policy
        if guess.trial in phone.failed:
            # It was counted; only the answer to us was lost.
            phones.require_unblocked(phone, now, policy)
            raise _wrong()
        typed = require_code(guess.code, "code", digits=phones.DIGITS)
        code = phones.live_code(phone, guess.session, now, policy)
        if not compare_digest(code.mac, phones.mac_of(self._mac, guess.session, phone.id, typed)):
            self._count(credential, seen, phone, guess)
            raise _wrong()
        return phones.accepted(phone, guess.session)

    def _count(self, credential: Credential, seen: Phones, phone: Phone, guess: Guess) -> None:
        now, policy = self._clock(), self._policy
        after = phones.rejected(phone, guess.session, guess.trial, now, policy)
        write = rows.change(seen, phone, after)
        if not after.is_blocked(now, policy):
            self._store.write(write)
            return
        self._block(credential, after, write, guess)
        raise PhoneLocked if after.is_locked(policy) else PhoneBlocked

    def _block(self, credential: Credential, blocked: Phone, write: Update, guess: Guess) -> None:
        if blocked.id not in credential.phones:
            # An unconfirmed phone: nobody relies on it, and nobody is notified.
            self._store.write(write)
            return
        facts = {"phone": blocked.shown}
        if blocked.blocked_until and not blocked.is_locked(self._policy):
            facts["freed"] = instant(blocked.blocked_until)
        epochs = {**credential.phones, blocked.id: credential.phones[blocked.id] + 1}
        transition = changed(Change.PHONE_BLOCKED, replace(credential, phones=epochs))
        part = TransactionPart(writes=[write], facts=facts)
        self._service.commit(credential, transition, by=guess.by, part=part)


def _wrong() -> WrongCode:
    return WrongCode("The code is not right. Enter the one that was sent last.")


def _meant(counting: Iterable[Phone], guess: Guess) -> Phone | None:
    if guess.phone is not None:
        return next((phone for phone in counting if phone.id == guess.phone), None)
    asked = [phone for phone in counting if guess.session in phone.codes]
    return max(asked, key=lambda phone: phone.codes[guess.session].until, default=None)
