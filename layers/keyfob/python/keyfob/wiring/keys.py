"""Encryption, hashing and signing by the key service, through one client per function."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from keyfob.gateways import aws
from keyfob.gateways.kms import KmsDataKeys, KmsMac, KmsSeal, KmsSigningKey, KmsUnseal
from keyfob.wiring.runtime import Runtime

if TYPE_CHECKING:
    from mypy_boto3_kms.client import KMSClient

    from keyfob.domain.inventory.seeds import DataKeys
    from keyfob.domain.messages.outbox import Seal
    from keyfob.domain.orders.license_key import Mac
    from keyfob.domain.statements.keys import SigningKey
    from keyfob.usecases.messages.order_facts import Unseal


def kms_of(_base: Runtime) -> KMSClient:
    """The key service."""
    client: KMSClient = aws.client("kms")
    return client


def mac_of(base: Runtime) -> Mac:
    """Keyed hashes."""
    return KmsMac(base.outside(kms_of), base.settings.value("KEY_MAC"))


def seal_of(base: Runtime) -> Seal:
    """Encrypts the secrets of messages."""
    return KmsSeal(base.outside(kms_of), base.settings.value("KEY_MESSAGES"))


def unseal_of(base: Runtime) -> Unseal:
    """Decrypts the secrets of messages."""
    return KmsUnseal(base.outside(kms_of), base.settings.value("KEY_MESSAGES"))


def letter_seal_of(base: Runtime) -> Seal:
    """Encrypts addresses and codes of letters; whoever may do this can't read them."""
    return KmsSeal(base.outside(kms_of), base.settings.value("KEY_LETTERS"), bound_as="letter")


def letter_unseal_of(base: Runtime) -> Unseal:
    """Decrypts addresses and codes of letters."""
    return KmsUnseal(base.outside(kms_of), base.settings.value("KEY_LETTERS"), bound_as="letter")


def data_keys_of(base: Runtime) -> DataKeys:
    """Keys for tokens' secrets."""
    return KmsDataKeys(base.outside(kms_of), base.settings.value("KEY_SEEDS"))


def statement_keys_of(base: Runtime) -> Mapping[str, SigningKey]:
    """The two keys of statements, by the names that the parameter StatementsSigner takes."""
    kms = base.outside(kms_of)
    return {
        name: KmsSigningKey(kms, base.settings.value(f"KEY_STATEMENTS_{name.upper()}"))
        for name in ("first", "second")
    }
