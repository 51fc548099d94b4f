"""Checks a hardware token's OTP codes (RFC 4226, RFC 6238)."""

from __future__ import annotations

from keyfob.domain.clock import Clock
from keyfob.domain.credentials import tokens
from keyfob.domain.credentials.credential import TOKEN, Credential
from keyfob.domain.credentials.errors import NoToken, TokenLocked, WrongCode
from keyfob.domain.credentials.otp import require_code
from keyfob.domain.inventory.seeds import Seeds
from keyfob.domain.policy import Policy
from keyfob.storage.credentials.store import CredentialStore
from keyfob.usecases.credentials.service import CredentialChanges
from keyfob.usecases.credentials.verification import Guess, Judged


class TokenCheck:
    """Decrypts the token's secret and compares its window; counts wrong codes."""

    def __init__(
        self,
        *,
        credentials: CredentialStore,
        service: CredentialChanges,
        seeds: Seeds,
        clock: Clock,
        policy: Policy,
    ) -> None:
        self._credentials = credentials
        self._service = service
        self._seeds = seeds
        self._clock = clock
        self._policy = policy

    def judge(self, credential: Credential | None, guess: Guess) -> Judged:
        """Accept the right code of the credential's token.

        Raises:
            NotApproved, NotActivated, Suspended, Expired, NoToken, TokenLocked, ResetNeeded:
                nothing was compared.
            WrongCode: counted. CodeAlreadyUsed: not counted. InvalidInput: no code at all.
        """
        if credential is None:
            raise NoToken
        now = self._clock()
        held = tokens.require_token(credential, now)
        if guess.trial in held.failed:
            # It was counted; only the answer to us was lost.
            raise TokenLocked if held.is_locked(self._policy) else WrongCode
        code = require_code(guess.code, "code", digits=held.digits)
        tokens.require_unlocked(credential, now, self._policy)
        codes = held.opened(self._seeds.open(held.serial, held.sealed))
        try:
            accepted = tokens.accept(credential, codes, code, now, self._policy)
        except WrongCode:
            self._count(credential, guess)
            raise
        return Judged(seen=credential, transition=accepted, authenticator=TOKEN)

    def _count(self, credential: Credential, guess: Guess) -> None:
        counted = tokens.count_failure(credential, guess.trial, self._policy)
        if counted.change is None:
            limit = self._policy.otp_failures
            self._credentials.append_failure(credential, guess.trial, limit=limit)
            return
        self._service.commit(credential, counted, by=guess.by)
        raise TokenLocked
