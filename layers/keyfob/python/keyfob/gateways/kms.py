"""The key service: keyed hashes, sealed secrets, signatures. Keys never leave it; fails closed."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from keyfob.domain.errors import KeysUnavailable

if TYPE_CHECKING:
    from mypy_boto3_kms.client import KMSClient


_ECDSA = "ECDSA_SHA_256"
# The signature is not ours, or is malformed, for example empty.
_NO_SIGNATURE = frozenset({"KMSInvalidSignatureException", "ValidationException"})


class KmsMac:
    """HMAC-SHA-256 under a key that no function can read."""

    def __init__(self, client: KMSClient, key: str) -> None:
        self._client = client
        self._key = key

    def __call__(self, purpose: str, value: str) -> str:
        """64 hexadecimal digits; `purpose` keeps equal values of different kinds apart."""
        answer = _call(
            self._client.generate_mac,
            KeyId=self._key,
            Message=f"{purpose}:{value}".encode(),
            MacAlgorithm="HMAC_SHA_256",
        )
        return bytes(answer["Mac"]).hex()


class KmsSeal:
    """Seals the secret of an outbox row: AES-256-GCM, the row's id as associated data.

    `bound_as` names that id, so that nothing sealed for one kind of row opens as another's.
    """

    def __init__(self, client: KMSClient, key: str, *, bound_as: str = "outbox") -> None:
        self._client = client
        self._key = key
        self._bound_as = bound_as

    def __call__(self, message_id: str, secret: str) -> bytes:
        """The ciphertext; `secret` has at most 4 KiB."""
        answer = _call(
            self._client.encrypt,
            KeyId=self._key,
            Plaintext=secret.encode(),
            EncryptionContext={self._bound_as: message_id},
        )
        return bytes(answer["CiphertextBlob"])


class KmsUnseal:
    """Decrypts secrets sealed by `KmsSeal`; only the role of the one that sends them may."""

    def __init__(self, client: KMSClient, key: str, *, bound_as: str = "outbox") -> None:
        self._client = client
        self._key = key
        self._bound_as = bound_as

    def __call__(self, message_id: str, sealed: bytes) -> str:
        """The secret.

        Raises:
            ValueError: it was sealed for another row, or altered.
        """
        return _opened(self._client, self._key, sealed, {self._bound_as: message_id}).decode()


class KmsDataKeys:
    """Data keys for tokens' secrets: wrapped when made, each bound to its name."""

    def __init__(self, client: KMSClient, key: str) -> None:
        self._client = client
        self._key = key

    def make(self, name: str) -> bytes:
        """A new AES-256 key, wrapped; no plaintext exists outside the key service."""
        answer = _call(
            self._client.generate_data_key_without_plaintext,
            KeyId=self._key,
            KeySpec="AES_256",
            EncryptionContext={"data_key": name},
        )
        return bytes(answer["CiphertextBlob"])

    def unwrap(self, name: str, wrapped: bytes) -> bytes:
        """The key.

        Raises:
            ValueError: it was made under another name, or altered.
        """
        return _opened(self._client, self._key, wrapped, {"data_key": name})


class KmsSigningKey:
    """ECDSA over SHA-256 on P-256, for statements: the key service hashes up to 4 KiB itself."""

    def __init__(self, client: KMSClient, key: str) -> None:
        self._client = client
        self._key = key

    def sign(self, content: bytes) -> bytes:
        """The signature, in DER."""
        answer = _call(
            self._client.sign,
            KeyId=self._key,
            Message=content,
            MessageType="RAW",
            SigningAlgorithm=_ECDSA,
        )
        return bytes(answer["Signature"])

    def public_key(self) -> bytes:
        """The public key, as DER SubjectPublicKeyInfo."""
        return bytes(_call(self._client.get_public_key, KeyId=self._key)["PublicKey"])


class KmsSignature:
    """ECDSA over SHA-256 on P-256, for the heads of the audit trail."""

    def __init__(self, client: KMSClient, key: str) -> None:
        self._client = client
        self._key = key

    def sign(self, content: bytes) -> str:
        """The signature, DER in hexadecimal."""
        answer = _call(self._client.sign, **self._request(content))
        return bytes(answer["Signature"]).hex()

    def verify(self, content: bytes, signature: str) -> bool:
        """Whether `signature` is ours over `content`."""
        try:
            signed = bytes.fromhex(signature)
            answer = _call(self._client.verify, Signature=signed, **self._request(content))
        except ValueError:
            return False
        except KeysUnavailable as refused:
            if _code(refused.__cause__) in _NO_SIGNATURE:
                return False
            raise
        return bool(answer["SignatureValid"])

    def _request(self, content: bytes) -> dict[str, Any]:
        return {
            "KeyId": self._key,
            "Message": hashlib.sha256(content).digest(),
            "MessageType": "DIGEST",
            "SigningAlgorithm": _ECDSA,
        }


def _opened(client: KMSClient, key: str, sealed: bytes, context: dict[str, str]) -> bytes:
    """The plaintext; ValueError if it was encrypted under another context, or altered."""
    try:
        answer = _call(client.decrypt, KeyId=key, CiphertextBlob=sealed, EncryptionContext=context)
    except KeysUnavailable as refused:
        if _code(refused.__cause__) == "InvalidCiphertextException":
            raise ValueError(f"what was sealed for {context} does not open") from refused
        raise
    return bytes(answer["Plaintext"])


def _call(operation: Callable[..., Any], **request: Any) -> Any:
    try:
        return operation(**request)
    except (ClientError, BotoCoreError) as error:
        raise KeysUnavailable from error


def _code(error: BaseException | None) -> str:
    return error.response["Error"]["Code"] if isinstance(error, ClientError) else ""
