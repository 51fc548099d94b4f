"""What several functions need of credentials, put together."""

from __future__ import annotations

from typing import TYPE_CHECKING

from keyfob.credentials.desk import CredentialDesk
from keyfob.credentials.store import CredentialStore
from keyfob.gateways import aws
from keyfob.gateways.kms import KmsDataKeys, KmsMac
from keyfob.inventory.data_keys import DataKeyStore
from keyfob.inventory.seeds import Seeds
from keyfob.phones.checking import PhoneCheck
from keyfob.phones.store import PhoneStore
from keyfob.wiring.runtime import Runtime

if TYPE_CHECKING:
    from mypy_boto3_kms.client import KMSClient


def credential_desk_of(base: Runtime) -> CredentialDesk:
    """The one place where credentials change."""
    store = CredentialStore(base.database)
    return CredentialDesk(store, base.transactions, base.clock, base.policy)


def phone_check_of(base: Runtime, kms: KMSClient | None = None) -> PhoneCheck:
    """Whoever compares the codes that phones were sent; by this client, if there is one."""
    return PhoneCheck(
        store=PhoneStore(base.database),
        desk=credential_desk_of(base),
        mac=KmsMac(kms or aws.client("kms"), base.settings.value("KEY_MAC")),
        clock=base.clock,
        policy=base.policy,
    )


def seeds_of(base: Runtime, kms: KMSClient | None = None) -> Seeds:
    """Tokens' secrets; only roles that may ask the key service for data keys can open them."""
    keys = KmsDataKeys(kms or aws.client("kms"), base.settings.value("KEY_SEEDS"))
    return Seeds(keys, DataKeyStore(base.database), base.clock)
