"""The sealing of the audit trail, put together."""

from __future__ import annotations

from keyfob.audit.sealing import Sealing
from keyfob.audit.store import AuditStore
from keyfob.gateways import aws
from keyfob.gateways.kms import KmsSignature
from keyfob.gateways.vault import S3Vault
from keyfob.wiring.runtime import Runtime


def sealing_of(base: Runtime) -> Sealing:
    """Trail, vault and signature of this deployment."""
    settings = base.settings
    return Sealing(
        AuditStore(base.database),
        S3Vault(aws.client("s3"), settings.value("BUCKET_HEADS")),
        KmsSignature(aws.client("kms"), settings.value("KEY_AUDIT")),
        base.clock,
    )
