"""Parts of credentials that several functions share, put together."""

from __future__ import annotations

from keyfob.domain.inventory.seeds import Seeds
from keyfob.storage.credentials.store import CredentialStore
from keyfob.storage.inventory.data_keys import DataKeyStore
from keyfob.storage.phones.store import PhoneStore
from keyfob.usecases.credentials.service import CredentialService
from keyfob.usecases.phones.checking import PhoneCheck
from keyfob.wiring.keys import data_keys_of, mac_of
from keyfob.wiring.runtime import Runtime


def credential_desk_of(base: Runtime) -> CredentialService:
    """The service that changes credentials."""
    store = CredentialStore(base.database)
    return CredentialService(store, base.transactions, base.clock, base.policy)


def phone_check_of(base: Runtime) -> PhoneCheck:
    """The check of codes sent to phones."""
    return PhoneCheck(
        store=PhoneStore(base.database),
        service=credential_desk_of(base),
        mac=base.outside(mac_of),
        clock=base.clock,
        policy=base.policy,
    )


def seeds_of(base: Runtime) -> Seeds:
    """Tokens' secrets; only roles that may use the key service's data keys can decrypt them."""
    return Seeds(base.outside(data_keys_of), DataKeyStore(base.database), base.clock)
