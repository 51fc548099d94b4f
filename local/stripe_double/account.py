"""The account at Stripe: everything that it holds, put together."""

from __future__ import annotations

from local.clock import LocalClock
from local.faults import StripeFaults, Switch
from local.stripe_double.checkout import Checkout
from local.stripe_double.credit_notes import CreditNotes
from local.stripe_double.customers import Customers
from local.stripe_double.disputes import Disputes
from local.stripe_double.events import Events
from local.stripe_double.invoice_payments import InvoicePayments
from local.stripe_double.invoice_states import InvoiceStates
from local.stripe_double.invoices import Invoices
from local.stripe_double.payment_records import PaymentRecords
from local.stripe_double.refunds import Refunds
from local.stripe_double.store import Store


class Account:
    """Payments, invoices and customers of one account."""

    def __init__(
        self,
        store: Store,
        clock: LocalClock,
        events: Events,
        faults: Switch[StripeFaults],
        *,
        public: str,
    ) -> None:
        """`public` is the address under which the pages for people are shown."""
        self.store = store
        self.checkout = Checkout(store, clock, events, faults, public=public)
        self.customers = Customers(store, clock, events)
        self.records = PaymentRecords(store, clock)
        self.invoices = Invoices(store, clock, events, self.customers)
        self.invoice_payments = InvoicePayments(
            store,
            clock,
            events,
            invoices=self.invoices,
            customers=self.customers,
            records=self.records,
        )
        self.invoice_states = InvoiceStates(
            store, clock, self.invoices, self.customers, self.invoice_payments, public=public
        )
        self.refunds = Refunds(store, clock, events, faults)
        self.disputes = Disputes(store, clock, events, self.refunds)
        self.credit_notes = CreditNotes(
            store,
            clock,
            events,
            invoices=self.invoices,
            customers=self.customers,
            payments=self.invoice_payments,
            refunds=self.refunds,
        )

    def keep_time(self) -> None:
        """Do everything that is due by the clock: sessions expire, invoices become overdue."""
        self.checkout.expire_overdue()
        self.invoice_states.notice_overdue()
