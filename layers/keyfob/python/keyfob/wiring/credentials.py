"""Parts of credentials that several functions share, put together."""

from __future__ import annotations

from keyfob.domain.inventory.seeds import Seeds
from keyfob.storage.inventory.data_keys import DataKeyStore
from keyfob.storage.phones.store import PhoneStore
from keyfob.usecases.credentials.service import CredentialChanges
from keyfob.usecases.phones.checking import PhoneCheck
from keyfob.wiring.keys import data_keys_of, mac_of
from keyfob.wiring.runtime import Runtime


def credential_changes_of(base: Runtime) -> CredentialChanges:
    """Commits changes of credentials that are read already."""
    return CredentialChanges(base.transactions, base.clock, base.policy)


def phone_check_of(base: Runtime) -> PhoneCheck:
    """The check of codes sent to phones."""
    return PhoneCheck(
        store=PhoneStore(base.database),
        service=credential_changes_of(base),
        mac=base.outside(mac_of),
        clock=base.clock,
        policy=base.policy,
    )


def seeds_of(base: Runtime) -> Seeds:
    """Tokens' secrets; only roles that may use the key service's data keys can decrypt them."""
    return Seeds(base.outside(data_keys_of), DataKeyStore(base.database), base.clock)
