"""When a person's data may be erased, and what is kept for longer (S66). Pure.

Erased are names, addresses, numbers and free texts. The opaque ids stay: the audit trail, orders
and credentials remain consistent, and say nothing about whom they were.
"""

from __future__ import annotations

from datetime import datetime

from keyfob.domain.connections.connection import Connection
from keyfob.domain.connections.connection import State as ConnectionState
from keyfob.domain.credentials.credential import Credential
from keyfob.domain.orders.order import Order
from keyfob.domain.orders.order import State as OrderState
from keyfob.domain.policy import Policy
from keyfob.domain.privacy.errors import InUse
from keyfob.domain.proofing.agent import Agent
from keyfob.domain.proofing.case import Case

# Nobody has paid, and nobody will: there is nothing to keep books about.
_WITHOUT_PAYMENT = frozenset({OrderState.CANCELED, OrderState.EXPIRED})


def require_unused(
    *,
    active: bool,
    resetting: bool,
    live: Credential | None,
    case: Case | None,
    connections: list[Connection],
    orders: list[Order],
    agent: Agent | None,
) -> None:
    """Refuse to erase an account that somebody still uses.

    Raises:
        InUse: it is active, or has a credential, a case, a connection or an order that waits; or
            it is an agent with free times.
    """
    if active:
        raise InUse("This account is active. Deactivate it first.")
    if resetting:
        raise InUse("This account's password is being reset. Wait a moment, then try again.")
    if live is not None:
        raise InUse("This account has a credential. Revoke it first.")
    if case is not None and not case.is_over:
        raise InUse("This account has an open proofing. It ends with its credential.")
    if any(one.state is ConnectionState.CONNECTED for one in connections):
        raise InUse("This account is connected to another one. Disconnect it first.")
    if any(one.state is OrderState.AWAITING_PAYMENT for one in orders):
        raise InUse("This account has an order that waits for its payment. Cancel it first.")
    if agent is not None and agent.active:
        raise InUse("This account is an agent with free times. Set it as not active first.")


def kept_until(order: Order, policy: Policy) -> datetime | None:
    """Until when an order's addresses are kept for the books; None if they needn't be."""
    if order.paid_at is None and order.state in _WITHOUT_PAYMENT:
        return None
    return (order.paid_at or order.placed_at) + policy.order_data_kept
