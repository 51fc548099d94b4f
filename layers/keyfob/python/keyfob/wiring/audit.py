"""The sealing of the audit trail and its checks, put together."""

from __future__ import annotations

from keyfob.domain.audit.check import Check
from keyfob.domain.audit.heads import Head
from keyfob.gateways import aws
from keyfob.gateways.audit_vault import S3Vault
from keyfob.gateways.kms import KmsSignature
from keyfob.storage.audit.store import AuditStore
from keyfob.storage.audit.subjects import Subjects
from keyfob.usecases.audit.checking import Checking
from keyfob.usecases.audit.documents import Documents, Signature, Vault, checks_in, heads_in
from keyfob.usecases.audit.sealing import Sealing
from keyfob.usecases.audit.verification import Verification
from keyfob.wiring.keys import kms_of
from keyfob.wiring.runtime import Runtime


def head_vault_of(base: Runtime) -> Vault:
    """The vault of signed heads."""
    return S3Vault(aws.client("s3"), base.settings.value("BUCKET_HEADS"), "heads/")


def check_vault_of(base: Runtime) -> Vault:
    """The vault of the daily check's positions: the same bucket, as nobody can alter it."""
    return S3Vault(aws.client("s3"), base.settings.value("BUCKET_HEADS"), "checks/")


def signature_of(base: Runtime) -> Signature:
    """The signature of heads and positions."""
    return KmsSignature(base.outside(kms_of), base.settings.value("KEY_AUDIT"))


def sealing_of(base: Runtime) -> Sealing:
    """The sealing of this deployment's trail."""
    return Sealing(AuditStore(base.database), _heads(base), base.clock)


def verification_of(base: Runtime) -> Verification:
    """The check of the whole trail."""
    return Verification(AuditStore(base.database), _heads(base), _checks(base), base.clock)


def checking_of(base: Runtime) -> Checking:
    """The daily check."""
    return Checking(
        AuditStore(base.database),
        _heads(base),
        _checks(base),
        Subjects(base.database),
        base.clock,
    )


def _heads(base: Runtime) -> Documents[Head]:
    return heads_in(base.outside(head_vault_of), base.outside(signature_of))


def _checks(base: Runtime) -> Documents[Check]:
    return checks_in(base.outside(check_vault_of), base.outside(signature_of))
