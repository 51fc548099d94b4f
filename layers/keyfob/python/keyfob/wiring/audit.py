"""The sealing of the audit trail, put together."""

from __future__ import annotations

from keyfob.gateways import aws
from keyfob.gateways.audit_vault import S3Vault
from keyfob.gateways.kms import KmsSignature
from keyfob.storage.audit.store import AuditStore
from keyfob.usecases.audit.sealing import Sealing, Signature, Vault
from keyfob.wiring.keys import kms_of
from keyfob.wiring.runtime import Runtime


def vault_of(base: Runtime) -> Vault:
    """The vault that stores signed heads."""
    return S3Vault(aws.client("s3"), base.settings.value("BUCKET_HEADS"))


def signature_of(base: Runtime) -> Signature:
    """The signature of heads."""
    return KmsSignature(base.outside(kms_of), base.settings.value("KEY_AUDIT"))


def sealing_of(base: Runtime) -> Sealing:
    """The sealing of this deployment's trail."""
    vault, signature = base.outside(vault_of), base.outside(signature_of)
    return Sealing(AuditStore(base.database), vault, signature, base.clock)
