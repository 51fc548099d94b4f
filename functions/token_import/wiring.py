"""Builds the import of key files from the settings."""

from collections.abc import Mapping
from functools import cache

from keyfob.domain.inventory.transport import transport_of
from keyfob.gateways import aws
from keyfob.gateways.key_files import S3KeyFiles
from keyfob.gateways.secrets import Secret
from keyfob.storage.inventory.store import Inventory
from keyfob.usecases.inventory.importing import TokenImport
from keyfob.wiring.credentials import seeds_of
from keyfob.wiring.runtime import Runtime


@cache
def runtime() -> Runtime:
    return Runtime("token_import")


@cache
def files() -> S3KeyFiles:
    client = aws.client("s3", read_seconds=20, tries=3)
    return S3KeyFiles(client, runtime().settings.value("BUCKET_KEY_FILES"))


@cache
def token_import() -> TokenImport:
    base = runtime()
    settings = base.settings
    secrets = aws.client("secretsmanager")

    def transport(name: str) -> Mapping[str, str]:
        # Read again for each file: operators set a password there and upload the file right after.
        secret = Secret(secrets, settings.value("KEY_FILES_SECRET"), base.clock)
        return transport_of(name, secret())

    return TokenImport(
        inventory=Inventory(base.database),
        seeds=seeds_of(base),
        transactions=base.transactions,
        clock=base.clock,
        transport=transport,
        allow_plain=settings.value("ALLOW_PLAIN_KEY_FILES") == "true",
    )
