"""A name on a document that isn't the credential's: an operator or administrator decides (C4, A8).

    the agent: another name    case name_correction ⊕ entry ⊕ mail; nothing else changes
    confirmed                  case to_book ⊕ credential's legal name ⊕ account's names
                               ⊕ the end of each connection that isn't the same person's any more
                               ⊕ entries ⊕ mails
    refused, or 14 days        case to_book ⊕ entry ⊕ mail

Once somebody was proofed, names change only this way; changed by an administrator, they take the
level of the proofing with them (`usecases/directory/changing.py`).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from keyfob.domain.audit.entry import Actor, Entry
from keyfob.domain.audit.personal import PersonalFacts
from keyfob.domain.clock import Clock
from keyfob.domain.credentials.credential import Change as CredentialChange
from keyfob.domain.credentials.credential import changed
from keyfob.domain.directory.account import Account
from keyfob.domain.errors import InvalidInput, NotFound
from keyfob.domain.proofing import live
from keyfob.domain.proofing.case import Case, Correction, State
from keyfob.domain.proofing.errors import FoundByOneself, NoSuchStep
from keyfob.domain.proofing.names import is_named
from keyfob.storage.audit import personal as personal_rows
from keyfob.storage.credentials.store import CredentialStore
from keyfob.storage.directory import members
from keyfob.storage.directory import store as directory_rows
from keyfob.storage.directory.store import Directory
from keyfob.storage.proofing.store import CaseStore
from keyfob.storage.transaction import (
    Guard,
    TransactionPart,
    Transactions,
    joined,
    unguarded,
)
from keyfob.usecases.connections.judging import Judging
from keyfob.usecases.credentials.service import CredentialChanges
from keyfob.usecases.holds.freezing import account_of
from keyfob.usecases.proofing.cases import CaseChanges


@dataclass(frozen=True, slots=True, kw_only=True)
class Names:
    """The account's names from now on; together they must be those on the document."""

    first_name: str
    middle_name: str
    last_name: str


class Correcting:
    """Decides about names that agents have found on documents."""

    def __init__(
        self,
        *,
        cases: CaseStore,
        credentials: CredentialStore,
        directory: Directory,
        changes: CaseChanges,
        credential_changes: CredentialChanges,
        judging: Judging,
        transactions: Transactions,
        clock: Clock,
    ) -> None:
        self._cases = cases
        self._credentials = credentials
        self._directory = directory
        self._changes = changes
        self._credential_changes = credential_changes
        self._judging = judging
        self._transactions = transactions
        self._clock = clock

    def confirm(self, user_id: str, names: Names, by: Actor) -> Case:
        """Take over the name on the document, with these names for the account.

        Raises:
            NotFound: no account has this user id, or it has no case.
            NoSuchStep: no name waits for a decision, or its credential has ended.
            InvalidInput: these aren't the names on the document.
        """
        return self.confirm_of(account_of(self._directory, user_id), names, by)

    def confirm_of(self, account: str, names: Names, by: Actor, guard: Guard = unguarded) -> Case:
        """The same, by the account's id.

        Raises:
            FoundByOneself: the agent who found the name decides about it. As `confirm`.
        """
        return self._decide(account, by, lambda seen: self._confirm(seen, names, by, guard))

    def refuse(self, user_id: str, by: Actor) -> Case:
        """Keep the names as they are; the holder books again, at no cost.

        Raises:
            NotFound; NoSuchStep.
        """
        return self.refuse_of(account_of(self._directory, user_id), by)

    def refuse_of(self, account: str, by: Actor, guard: Guard = unguarded) -> Case:
        """The same, by the account's id.

        Raises:
            FoundByOneself: the agent who found the name decides about it. As `refuse`.
        """
        return self._decide(account, by, lambda seen: self._refuse(seen, by, guard))

    def pending(self, account: str) -> Case:
        """The account's case, in which a name waits for a decision.

        Raises:
            NotFound: it has no case. NoSuchStep: no name waits.
        """
        seen = self._current(account)
        if seen.state is not State.NAME_CORRECTION or seen.correction is None:
            raise NoSuchStep
        return seen

    def _current(self, account: str) -> Case:
        seen = self._cases.current(account)
        if seen is None:
            raise NotFound("This account has no proofing.")
        return seen

    def _decide(self, account: str, by: Actor, commit: Callable[[Case], Case]) -> Case:
        def attempt() -> Case:
            seen = self._current(account)
            if seen.held and seen.held.agent == by.id:
                raise FoundByOneself
            return commit(seen)

        return self._transactions.retry_on_conflict(attempt)

    def _refuse(self, seen: Case, by: Actor, guard: Guard) -> Case:
        return self._changes.commit(
            seen, live.refused(seen), by=by.acting_for(seen.account), writes=guard().writes
        )

    def _confirm(self, seen: Case, names: Names, by: Actor, guard: Guard) -> Case:
        by = by.acting_for(seen.account)
        to = live.corrected(seen)
        if seen.correction is None:
            raise NoSuchStep
        part = joined(
            self._changes.part(seen, to, by=by),
            self._credential(seen, seen.correction, by),
            self._account(seen, names, seen.correction, by),
            guard(),
        )
        self._transactions.commit(*part.writes, audit=part.audit, messages=part.messages)
        return to.case

    def _credential(self, seen: Case, correction: Correction, by: Actor) -> TransactionPart:
        credential = self._credentials.live(seen.account)
        if credential is None or credential.id != seen.credential:
            raise NoSuchStep
        renamed = replace(credential, legal_name=correction.name)
        names = PersonalFacts(
            account=seen.account,
            values={"before": credential.legal_name, "after": correction.name},
        )
        change = self._credential_changes.change(
            credential, changed(CredentialChange.RENAMED, renamed), by=by, facts=names.facts
        )
        return joined(change, TransactionPart(writes=[personal_rows.put(names)]))

    def _account(
        self, seen: Case, names: Names, correction: Correction, by: Actor
    ) -> TransactionPart:
        found = self._directory.audited(seen.account)
        if found is None:
            raise NotFound
        account, subject = found
        renamed = replace(
            account,
            first_name=names.first_name,
            middle_name=names.middle_name,
            last_name=names.last_name,
        )
        _require_on_document(renamed, correction.name)
        values = PersonalFacts(
            account=seen.account, values={"before": account.name, "after": renamed.name}
        )
        entry = Entry(
            action="account.renamed",
            actor=by,
            at=self._clock(),
            subject=subject.id,
            facts=values.facts,
        )
        own = TransactionPart(
            writes=[
                directory_rows.change_account(account, renamed, subject),
                members.follow(renamed),
                personal_rows.put(values),
            ],
            audit=[entry],
        )
        return joined(own, self._judging.after(renamed, by))


def _require_on_document(account: Account, name: str) -> None:
    if not is_named(account, name):
        problem = f"together with the last name, these must be words of {name!r}"
        raise InvalidInput(fields={"first_name": problem})
