"""The SDK's type of each operation's parameters."""

from __future__ import annotations

from typing import Final

from stripe import params
from stripe.params import checkout

SCHEMAS: Final[dict[str, type]] = {
    "POST /v1/checkout/sessions": checkout.SessionCreateParams,
    "GET /v1/checkout/sessions": checkout.SessionListParams,
    "GET /v1/checkout/sessions/{session}": checkout.SessionRetrieveParams,
    "POST /v1/checkout/sessions/{session}/expire": checkout.SessionExpireParams,
    "POST /v1/customers": params.CustomerCreateParams,
    "GET /v1/customers/{customer}": params.CustomerRetrieveParams,
    "POST /v1/customers/{customer}": params.CustomerUpdateParams,
    "POST /v1/invoices": params.InvoiceCreateParams,
    "GET /v1/invoices": params.InvoiceListParams,
    "GET /v1/invoices/{invoice}": params.InvoiceRetrieveParams,
    "POST /v1/invoices/{invoice}": params.InvoiceUpdateParams,
    "DELETE /v1/invoices/{invoice}": params.InvoiceDeleteParams,
    "GET /v1/invoices/{invoice}/lines": params.InvoiceLineItemListParams,
    "POST /v1/invoices/{invoice}/finalize": params.InvoiceFinalizeInvoiceParams,
    "POST /v1/invoices/{invoice}/send": params.InvoiceSendInvoiceParams,
    "POST /v1/invoices/{invoice}/void": params.InvoiceVoidInvoiceParams,
    "POST /v1/invoices/{invoice}/mark_uncollectible": params.InvoiceMarkUncollectibleParams,
    "POST /v1/invoices/{invoice}/pay": params.InvoicePayParams,
    "POST /v1/invoices/{invoice}/attach_payment": params.InvoiceAttachPaymentParams,
    "POST /v1/invoiceitems": params.InvoiceItemCreateParams,
    "GET /v1/invoice_payments": params.InvoicePaymentListParams,
    "GET /v1/invoice_payments/{invoice_payment}": params.InvoicePaymentRetrieveParams,
    "POST /v1/payment_records/report_payment": params.PaymentRecordReportPaymentParams,
    "GET /v1/payment_records/{id}": params.PaymentRecordRetrieveParams,
    "GET /v1/payment_intents/{intent}": params.PaymentIntentRetrieveParams,
    "GET /v1/charges": params.ChargeListParams,
    "GET /v1/charges/{charge}": params.ChargeRetrieveParams,
    "POST /v1/refunds": params.RefundCreateParams,
    "GET /v1/refunds": params.RefundListParams,
    "GET /v1/refunds/{refund}": params.RefundRetrieveParams,
    "POST /v1/credit_notes": params.CreditNoteCreateParams,
    "GET /v1/credit_notes": params.CreditNoteListParams,
    "GET /v1/credit_notes/{id}": params.CreditNoteRetrieveParams,
    "POST /v1/credit_notes/{id}/void": params.CreditNoteVoidCreditNoteParams,
    "GET /v1/disputes": params.DisputeListParams,
    "GET /v1/disputes/{dispute}": params.DisputeRetrieveParams,
    "GET /v1/events/{id}": params.EventRetrieveParams,
}
