"""A proofing is said, and disputed: "it wasn't me" (C2, C5; SP 800-63A-4, 3.1.10).

    a proofing succeeds   case proofed ⊕ link (hash of its token) ⊕ mail with the sealed token
    the link's button     credential: cause `proofing`, epoch + 1 ⊕ link used ⊕ entry ⊕ mail
    an operator           lifts that cause, or revokes the credential

The mail goes to the account's address. Whoever has the mailbox alone can stop a credential with it,
and gains nothing: nothing is bound or activated by it, and only an operator undoes it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from keyfob.domain import ids
from keyfob.domain.audit.entry import Actor
from keyfob.domain.clock import Clock, in_seconds
from keyfob.domain.credentials import lifecycle
from keyfob.domain.credentials.credential import Credential
from keyfob.domain.credentials.suspension import PROOFING
from keyfob.domain.messages.outbox import Seal
from keyfob.domain.policy import Policy
from keyfob.domain.proofing import dispute
from keyfob.domain.proofing.case import Case
from keyfob.domain.proofing.errors import UnknownDisputeLink
from keyfob.domain.sessions.client import Client
from keyfob.storage.credentials.store import CredentialStore
from keyfob.storage.directory.store import Directory
from keyfob.storage.proofing import disputes as rows
from keyfob.storage.proofing.disputes import DisputeLink, DisputeLinks
from keyfob.storage.transaction import TransactionPart, Transactions
from keyfob.usecases.credentials.service import CredentialChanges


class Said:
    """Builds the part of a transaction that tells the holder of a proofing."""

    def __init__(
        self,
        *,
        seal: Seal,
        clock: Clock,
        policy: Policy,
        new_token: Callable[[], str] = ids.new_secret,
    ) -> None:
        self._seal = seal
        self._clock = clock
        self._policy = policy
        self._new_token = new_token

    def part(self, seen: Case, by: Actor) -> TransactionPart:
        """The mail about the proofing that ends this case, and its link.

        Raises:
            KeysUnavailable: the key service did not answer.
        """
        token, now = self._new_token(), in_seconds(self._clock)
        until = dispute.ends(now, self._policy)
        mail = dispute.proofed(
            seen, token, now, self._policy, seal=self._seal, correlation=by.correlation
        )
        link = rows.put_link(seen.account, seen.credential, token, until=until)
        return TransactionPart(writes=[link], messages=[mail])


class Stand(StrEnum):
    """What the link's page has to say."""

    OPEN = "open"
    STOPPED = "stopped"


@dataclass(frozen=True, slots=True, kw_only=True)
class Dispute:
    """A link's state, and the language of its page (BCP 47)."""

    stand: Stand
    language: str


class Disputing:
    """Stops the credential of a mailed link."""

    def __init__(
        self,
        *,
        links: DisputeLinks,
        credentials: CredentialStore,
        changes: CredentialChanges,
        directory: Directory,
        transactions: Transactions,
        clock: Clock,
        policy: Policy,
    ) -> None:
        self._links = links
        self._credentials = credentials
        self._changes = changes
        self._directory = directory
        self._transactions = transactions
        self._clock = clock
        self._policy = policy

    def link(self, token: str) -> Dispute:
        """The link with this token, for its page. Changes nothing.

        Raises:
            UnknownDisputeLink: never made, too old, decided by an operator since, or its credential
                has ended.
        """
        link, credential = self._found(token)
        stopped = PROOFING in credential.suspensions
        if link.used and not stopped:
            raise UnknownDisputeLink
        reader = self._directory.account(link.account)
        return Dispute(
            stand=Stand.STOPPED if stopped else Stand.OPEN,
            language=reader.language if reader else "",
        )

    def stop(self, token: str, client: Client) -> Dispute:
        """Suspend the credential until an operator decides; repeating it changes nothing.

        Raises:
            UnknownDisputeLink: as `link`. IllegalTransition: its revocation is due.
        """
        self._transactions.retry_on_conflict(lambda: self._stop(token, client))
        return self.link(token)

    def _stop(self, token: str, client: Client) -> None:
        link, seen = self._found(token)
        if link.used:
            return
        by = Actor(
            kind="link",
            id="dispute",
            address=client.address,
            correlation=client.correlation,
            about=link.account,
        )
        to = lifecycle.suspend(seen, PROOFING, in_seconds(self._clock), self._policy)
        if to.change is not None:
            used = TransactionPart(writes=[rows.use(token)])
            self._changes.commit(seen, to, by=by, part=used)

    def _found(self, token: str) -> tuple[DisputeLink, Credential]:
        link = self._links.get(token, self._clock())
        live = self._credentials.live(link.account) if link else None
        if link is None or live is None or live.id != link.credential:
            raise UnknownDisputeLink
        return link, live
