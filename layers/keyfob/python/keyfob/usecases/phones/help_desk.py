"""Help desk for phones: an operator acts for a holder who lost their use (F2)."""

from __future__ import annotations

from functools import partial

from keyfob.domain.audit.entry import Actor
from keyfob.domain.credentials.credential import Change, Credential, changed
from keyfob.domain.phones.phone import Phone, freed
from keyfob.storage.phones import store as rows
from keyfob.storage.phones.store import PhoneStore
from keyfob.storage.transaction import TransactionPart, Transactions
from keyfob.usecases.credentials.help_desk import HelpDesk
from keyfob.usecases.credentials.service import CredentialChanges


class PhoneHelpDesk:
    """Unblocks phones; the holder is notified."""

    def __init__(
        self,
        help_desk: HelpDesk,
        service: CredentialChanges,
        store: PhoneStore,
        transactions: Transactions,
    ) -> None:
        self._help_desk = help_desk
        self._service = service
        self._store = store
        self._transactions = transactions

    def free(self, user_id: str, by: Actor) -> Credential:
        """Reset the wrong codes of each phone of the live credential.

        Raises:
            NotFound: no such account, or no live credential.
        """
        live = self._help_desk.live(user_id)
        for phone in self._store.confirmed(live):
            if phone.failed:
                self._transactions.retry_on_conflict(partial(self._freed, user_id, phone.id, by))
        return self._help_desk.live(user_id)

    def _freed(self, user_id: str, phone_id: str, by: Actor) -> None:
        live = self._help_desk.live(user_id)
        seen = self._store.of(live)
        phone: Phone | None = seen.all.get(phone_id)
        if phone is None or not phone.failed:
            return
        part = TransactionPart(
            writes=[rows.change(seen, phone, freed(phone))], facts={"phone": phone.shown}
        )
        by = by.acting_for(live.account)
        self._service.commit(live, changed(Change.PHONE_FREED, live), by=by, part=part)
