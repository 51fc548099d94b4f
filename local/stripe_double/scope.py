"""The part of Stripe's OpenAPI document that the double uses."""

from __future__ import annotations

from typing import Final

# The double's answers, by the document's names of operations.
OPERATIONS: Final = (
    "POST /v1/checkout/sessions",
    "GET /v1/checkout/sessions",
    "GET /v1/checkout/sessions/{session}",
    "POST /v1/checkout/sessions/{session}/expire",
    "POST /v1/customers",
    "GET /v1/customers/{customer}",
    "POST /v1/customers/{customer}",
    "POST /v1/invoices",
    "GET /v1/invoices",
    "GET /v1/invoices/{invoice}",
    "POST /v1/invoices/{invoice}",
    "DELETE /v1/invoices/{invoice}",
    "GET /v1/invoices/{invoice}/lines",
    "POST /v1/invoices/{invoice}/finalize",
    "POST /v1/invoices/{invoice}/send",
    "POST /v1/invoices/{invoice}/void",
    "POST /v1/invoices/{invoice}/mark_uncollectible",
    "POST /v1/invoices/{invoice}/pay",
    "POST /v1/invoices/{invoice}/attach_payment",
    "POST /v1/invoiceitems",
    "GET /v1/invoice_payments",
    "GET /v1/invoice_payments/{invoice_payment}",
    "POST /v1/payment_records/report_payment",
    "GET /v1/payment_records/{id}",
    "GET /v1/payment_intents/{intent}",
    "GET /v1/charges",
    "GET /v1/charges/{charge}",
    "POST /v1/refunds",
    "GET /v1/refunds",
    "GET /v1/refunds/{refund}",
    "POST /v1/credit_notes",
    "GET /v1/credit_notes",
    "GET /v1/credit_notes/{id}",
    "POST /v1/credit_notes/{id}/void",
    "GET /v1/disputes",
    "GET /v1/disputes/{dispute}",
    "GET /v1/events/{id}",
)

# The resources inside events and errors.
RESOURCES: Final = (
    "charge",
    "checkout.session",
    "credit_note",
    "customer",
    "dispute",
    "error",
    "event",
    "invoice",
    "invoice_payment",
    "invoiceitem",
    "payment_intent",
    "payment_record",
    "refund",
)

# The resources whose fields are compared with the SDK's.
COMPARED: Final = (
    "balance_transaction",
    "charge",
    "checkout.session",
    "credit_note",
    "credit_note_line_item",
    "customer",
    "dispute",
    "event",
    "invoice",
    "invoice_payment",
    "invoiceitem",
    "item",
    "line_item",
    "payment_intent",
    "payment_record",
    "price",
    "refund",
)
