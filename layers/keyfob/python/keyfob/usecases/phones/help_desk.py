"""Help desk for phones: operators and administrators act for a holder who lost their use (F2)."""

from __future__ import annotations

from functools import partial

from keyfob.domain.audit.entry import Actor
from keyfob.domain.credentials.credential import Change, Credential, changed
from keyfob.domain.errors import NotFound
from keyfob.domain.phones.phone import Phone, freed
from keyfob.storage.credentials.store import CredentialStore
from keyfob.storage.phones import store as rows
from keyfob.storage.phones.store import PhoneStore
from keyfob.storage.transaction import Guard, TransactionPart, Transactions, unguarded
from keyfob.usecases.credentials.help_desk import HelpDesk
from keyfob.usecases.credentials.service import CredentialChanges


class PhoneRelease:
    """Unblocks an account's phones; the holder is notified."""

    def __init__(
        self,
        credentials: CredentialStore,
        service: CredentialChanges,
        store: PhoneStore,
        transactions: Transactions,
    ) -> None:
        self._credentials = credentials
        self._service = service
        self._store = store
        self._transactions = transactions

    def of(self, account: str, by: Actor, guard: Guard = unguarded) -> Credential:
        """Reset the wrong codes of each phone of the account's live credential.

        Raises:
            NotFound: there is no live credential.
        """
        for phone in self._store.confirmed(self._live(account)):
            if phone.failed:
                self._transactions.retry_on_conflict(
                    partial(self._freed, account, phone.id, by, guard)
                )
        return self._live(account)

    def _live(self, account: str) -> Credential:
        live = self._credentials.live(account)
        if live is None:
            raise NotFound
        return live

    def _freed(self, account: str, phone_id: str, by: Actor, guard: Guard) -> None:
        live = self._live(account)
        seen = self._store.of(live)
        phone: Phone | None = seen.all.get(phone_id)
        if phone is None or not phone.failed:
            return
        part = TransactionPart(
            writes=[rows.change(seen, phone, freed(phone)), *guard().writes],
            facts={"phone": phone.shown},
        )
        by = by.acting_for(account)
        self._service.commit(live, changed(Change.PHONE_FREED, live), by=by, part=part)


class PhoneHelpDesk:
    """Unblocks phones for an operator, who names the account by its user id."""

    def __init__(self, help_desk: HelpDesk, release: PhoneRelease) -> None:
        self._help_desk = help_desk
        self._release = release

    def free(self, user_id: str, by: Actor) -> Credential:
        """Reset the wrong codes of each phone of the live credential.

        Raises:
            NotFound: no such account, or no live credential.
        """
        return self._release.of(self._help_desk.live(user_id).account, by)
