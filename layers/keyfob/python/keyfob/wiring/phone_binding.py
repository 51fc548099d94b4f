"""The binding of phones, put together."""

from __future__ import annotations

from keyfob.storage.credentials.store import CredentialStore
from keyfob.storage.phones.store import PhoneStore
from keyfob.usecases.phones.binding import Binding
from keyfob.usecases.phones.codes import PhoneCodes
from keyfob.usecases.phones.sending import Sending
from keyfob.wiring.credential_desk import credential_desk_of
from keyfob.wiring.credentials import phone_check_of
from keyfob.wiring.holds import first_binding_of, holding_of
from keyfob.wiring.keys import seal_of
from keyfob.wiring.phones import phone_prices_of
from keyfob.wiring.runtime import Runtime
from keyfob.wiring.terms import sponsored_terms_of


def binding_of(base: Runtime, sending: Sending, codes: PhoneCodes) -> Binding:
    """The use cases that add, confirm, rename and remove phones."""
    return Binding(
        credentials=CredentialStore(base.database),
        store=PhoneStore(base.database),
        service=credential_desk_of(base),
        codes=codes,
        check=phone_check_of(base),
        sending=sending,
        first=first_binding_of(base),
        terms=sponsored_terms_of(base).require_accepted,
        holding=holding_of(base),
        seal=base.outside(seal_of),
        prices=phone_prices_of(base),
        transactions=base.transactions,
        clock=base.clock,
        policy=base.policy,
    )
