"""The readers of mails: accounts, and people who have none yet.

A message names its recipient by an id; the address is read from the recipient's row when the mail
is sent, so that the outbox keeps no personal data.
"""

from __future__ import annotations

from dataclasses import dataclass

from keyfob.domain.directory.organization import Organization
from keyfob.storage.directory.store import Directory
from keyfob.storage.orders.store import OrderStore
from keyfob.storage.registrations.invitations import Invitations
from keyfob.storage.registrations.registrations import Registrations

# Who belongs to no organization, or to one that is gone, reads times in UTC.
NOWHERE = Organization(id="", name="", country="", time_zone="UTC")
_INVITATION, _REGISTRATION, _ORDER = "INVITATION#", "REGISTRATION#", "ORDER#"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """A mail's reader; `home` gives the time zone, `active` says whether the account is in use.

    Somebody who has no account is called by the address, a guest by the name on the order.
    """

    email: str
    name: str
    language: str
    home: Organization = NOWHERE
    active: bool = True


class Readers:
    """Finds readers."""

    def __init__(
        self,
        directory: Directory,
        invitations: Invitations,
        registrations: Registrations,
        orders: OrderStore,
    ) -> None:
        self._directory = directory
        self._invitations = invitations
        self._registrations = registrations
        self._orders = orders

    def find(self, recipient: str) -> Reader | None:
        """The reader with this account's id, invitation or registration, or a guest's order.

        None if there is none, or the address was erased.
        """
        if recipient.startswith(_INVITATION):
            return self._invited(recipient.removeprefix(_INVITATION))
        if recipient.startswith(_REGISTRATION):
            return self._registrant(recipient.removeprefix(_REGISTRATION))
        if recipient.startswith(_ORDER):
            return self._guest(recipient.removeprefix(_ORDER))
        account = self._directory.account(recipient)
        if account is None or not account.email:
            return None
        return Reader(
            email=account.email,
            name=account.name,
            language=account.language,
            home=self._home(account.organization),
            active=account.active,
        )

    def _invited(self, invitation_id: str) -> Reader | None:
        found = self._invitations.get(invitation_id)
        if found is None or not found.email:
            return None
        return Reader(
            email=found.email,
            name=found.email,
            language=found.language,
            home=self._home(found.organization) if found.organization else NOWHERE,
        )

    def _registrant(self, registration_id: str) -> Reader | None:
        found = self._registrations.content(registration_id)
        if found is None:
            return None
        return Reader(email=found.email, name=found.email, language=found.language)

    def _guest(self, number: str) -> Reader | None:
        order = self._orders.get(number)
        guest = order.guest if order else None
        if guest is None or guest.is_erased:
            return None
        return Reader(email=guest.email, name=guest.name, language=guest.language)

    def _home(self, organization: str) -> Organization:
        return self._directory.organization(organization) or NOWHERE
