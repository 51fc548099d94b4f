"""Erases a person's data (S66).

    each credential, order, access    its own transaction: what identifies goes ⊕ entry
    an order's signed purchase order  ⊕ effect: its file is deleted
    phones, earlier values            removed ⊕ entry
    an agent's room, zone, hours      removed ⊕ entry
    at last the account               names, address, user id, its row in the list ⊕ entry ⊕ effect
    the effect                        the login is deleted in the password store

The account is last: as long as it has a user id, the same call goes on where a killed one stopped;
afterwards its id stands for it.
The audit trail isn't touched. Its entries have opaque ids, and hashes of names that say nothing
once the values are erased. Orders keep their addresses for as long as books must be kept.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from keyfob.domain.audit.entry import Actor, Entry
from keyfob.domain.clock import Clock
from keyfob.domain.credentials.credential import State as CredentialState
from keyfob.domain.directory.account import Account
from keyfob.domain.errors import NotFound
from keyfob.domain.messages.kinds import Kind
from keyfob.domain.messages.outbox import Message
from keyfob.domain.orders.order import Order
from keyfob.domain.orders.signed_order import SignedState
from keyfob.domain.policy import Policy
from keyfob.domain.privacy.erasure import kept_until, require_unused
from keyfob.domain.proofing.agent import Agent
from keyfob.storage.access import store as access_rows
from keyfob.storage.access.store import AccessStore
from keyfob.storage.audit import personal as personal_rows
from keyfob.storage.audit.personal import PersonalFactsStore
from keyfob.storage.connections.store import ConnectionStore
from keyfob.storage.credentials.store import CredentialStore
from keyfob.storage.directory.store import Directory
from keyfob.storage.orders.order_row import listing_key
from keyfob.storage.orders.signed_orders import SignedOrders
from keyfob.storage.orders.store import OrderStore
from keyfob.storage.privacy import store as rows
from keyfob.storage.privacy.store import PersonStore
from keyfob.storage.proofing import calendar as calendar_rows
from keyfob.storage.proofing import store as case_rows
from keyfob.storage.proofing.calendar import Calendar
from keyfob.storage.proofing.store import CaseStore
from keyfob.storage.rows import Write
from keyfob.storage.sessions.store import SessionStore
from keyfob.storage.transaction import Transactions
from keyfob.usecases.holds.freezing import account_of
from keyfob.usecases.orders.deleting_signed import deletion

_PAGE = 50
# Few enough for one transaction.
_CHUNK = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class Erased:
    """The account, and until when an order's addresses are kept, by the order's number."""

    account: str
    kept: dict[str, datetime]


class Erasing:
    """Erases what identifies a person."""

    def __init__(
        self,
        *,
        directory: Directory,
        people: PersonStore,
        personal: PersonalFactsStore,
        access: AccessStore,
        sessions: SessionStore,
        credentials: CredentialStore,
        cases: CaseStore,
        calendar: Calendar,
        connections: ConnectionStore,
        orders: OrderStore,
        signed_orders: SignedOrders,
        transactions: Transactions,
        clock: Clock,
        policy: Policy,
    ) -> None:
        self._directory = directory
        self._people = people
        self._personal = personal
        self._access = access
        self._sessions = sessions
        self._credentials = credentials
        self._cases = cases
        self._calendar = calendar
        self._connections = connections
        self._orders = orders
        self._signed_orders = signed_orders
        self._transactions = transactions
        self._clock = clock
        self._policy = policy

    def erase(self, user_id: str, by: Actor) -> Erased:
        """Erase the data of the person with this user id; a second call goes on with the rest.

        An erased account is named by its id: orders' addresses are kept for longer.

        Raises:
            NotFound: no account has this user id, or it isn't the id of an erased one.
            InUse: somebody still uses the account.
        """
        erased = self._directory.account(user_id)
        known = erased is not None and erased.is_erased
        account = user_id if known else account_of(self._directory, user_id)
        by = by.acting_for(account)
        return self._transactions.retry_on_conflict(lambda: self._attempt(account, by))

    def _attempt(self, account: str, by: Actor) -> Erased:
        orders = list(self._all_orders(account))
        sessions = self._sessions.get(account)
        case = self._cases.current(account)
        child = self._connections.of_child(account)
        agent = self._calendar.agent(account)
        require_unused(
            active=sessions is None or sessions.active,
            # A reset after the erasure would make the login anew.
            resetting=bool(sessions and sessions.pending_reset),
            live=self._credentials.live(account),
            case=case,
            connections=[*([child] if child else []), *self._connections.of_parent(account)],
            orders=orders,
            agent=agent,
        )
        self._erase_credentials(account, by)
        kept = self._erase_orders(orders, by)
        self._erase_access(account, by)
        if case and (case.contact or case.correction):
            cleared = replace(case, contact=None, correction=None)
            self._commit(case_rows.save(case, cleared, None), "proofing.erased", by, case.subject)
        self._erase_agent(agent, by)
        self._erase_values(account, by)
        self._erase_account(account, by)
        return Erased(account=account, kept=kept)

    def _all_orders(self, account: str) -> list[Order]:
        found: list[Order] = []
        while True:
            before = listing_key(found[-1]) if found else None
            page = self._orders.of_account(account, limit=_PAGE, before=before)
            found += [one for one in page if one not in found]
            if len(page) < _PAGE:
                return found

    def _erase_credentials(self, account: str, by: Actor) -> None:
        for one in self._credentials.of_account(account):
            if one.state is CredentialState.REVOKED and one.legal_name:
                self._commit([rows.erase_name(one)], "credential.erased", by, one.subject)

    def _erase_orders(self, orders: Sequence[Order], by: Actor) -> dict[str, datetime]:
        kept = {}
        for order in orders:
            until = kept_until(order, self._policy)
            if until and until > self._clock():
                kept[order.number] = until
            elif rows.has_addresses(order):
                gone = self._signed(order, by)
                writes = [rows.erase_addresses(order)]
                self._commit(writes, "order.erased", by, order.subject, gone)
        return kept

    def _signed(self, order: Order, by: Actor) -> list[Message]:
        """The deletion of its signed purchase order, if one was accepted."""
        found = self._signed_orders.get(order.number)
        if found is None or found.state is not SignedState.ACCEPTED:
            return []
        version, correlation = order.version + 1, by.correlation
        subject = order.subject
        return [deletion(found.file, subject=subject, version=version, correlation=correlation)]

    def _erase_access(self, account: str, by: Actor) -> None:
        for one in self._access.access_of(account):
            found = self._access.access(account, one.application)
            if found and found[0].reason:
                seen, subject = found
                change = access_rows.change_access(seen, rows.without_reason(seen), subject)
                self._commit([change], "access.erased", by, subject.id)

    def _erase_agent(self, agent: Agent | None, by: Actor) -> None:
        if agent and agent != agent.erased:
            change = calendar_rows.change_agent(agent, agent.erased)
            self._commit([change], "agent.erased", by, agent.subject)

    def _erase_values(self, account: str, by: Actor) -> None:
        gone: list[Write] = [*self._people.numbers(account)]
        gone += [personal_rows.erase(one) for one in self._personal.of(account)]
        for start in range(0, len(gone), _CHUNK):
            self._commit(gone[start : start + _CHUNK], "values.erased", by, None)

    def _erase_account(self, account: str, by: Actor) -> None:
        found = self._directory.audited(account)
        if found is None:
            raise NotFound
        seen, subject = found
        if seen.is_erased:
            return
        writes = rows.erase_account(seen, subject, listed=self._people.is_listed(account))
        login = _delete_login(seen, subject.number + 1, by.correlation)
        self._commit(writes, "account.erased", by, subject.id, [login])

    def _commit(
        self,
        writes: Sequence[Write],
        action: str,
        by: Actor,
        subject: str | None,
        messages: Sequence[Message] = (),
    ) -> None:
        entry = Entry(action=action, actor=by, at=self._clock(), subject=subject)
        self._transactions.commit(*writes, audit=[entry], messages=messages)


def _delete_login(seen: Account, version: int, correlation: str) -> Message:
    return Message(
        kind=Kind.DELETE_LOGIN,
        subject=f"ACCOUNT#{seen.id}",
        version=version,
        recipient=seen.id,
        correlation=correlation,
    )
