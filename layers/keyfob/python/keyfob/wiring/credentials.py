"""What several functions need of credentials, put together."""

from __future__ import annotations

from keyfob.credentials.desk import CredentialDesk
from keyfob.credentials.store import CredentialStore
from keyfob.gateways import aws
from keyfob.gateways.kms import KmsDataKeys
from keyfob.inventory.data_keys import DataKeyStore
from keyfob.inventory.seeds import Seeds
from keyfob.wiring.runtime import Runtime


def credential_desk_of(base: Runtime) -> CredentialDesk:
    """The one place where credentials change."""
    store = CredentialStore(base.database)
    return CredentialDesk(store, base.transactions, base.clock, base.policy)


def seeds_of(base: Runtime) -> Seeds:
    """Tokens' secrets; only roles that may ask the key service for data keys can open them."""
    keys = KmsDataKeys(aws.client("kms"), base.settings.value("KEY_SEEDS"))
    return Seeds(keys, DataKeyStore(base.database), base.clock)
