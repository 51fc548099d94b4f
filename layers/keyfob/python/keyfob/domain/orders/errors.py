"""Refusals and failures about products, orders and payments."""

from __future__ import annotations

from keyfob.domain.errors import Conflicting, InvalidInput, Unavailable


class UnknownProduct(InvalidInput):
    """A product that the chosen partner doesn't offer."""

    code = "unknown_product"
    detail = "This partner doesn't offer one of the products. Choose from the partner's catalog."


class DisclaimerNotAccepted(InvalidInput):
    """An order without its disclaimer accepted (B3)."""

    code = "disclaimer_not_accepted"
    detail = "The disclaimer must be read and accepted before an order can be placed."


class DisclaimerChanged(Conflicting):
    """An order whose buyer has read another version of the disclaimer than the one in force."""

    code = "disclaimer_changed"
    detail = "The disclaimer has another version now. Read it, then name that version in the order."


class TooManyOpenOrders(Conflicting):
    """An order of an account that has as many unpaid ones as it may have (S62)."""

    code = "too_many_open_orders"
    detail = "There are too many unpaid orders. Pay or cancel one of them first."


class ShortRenewalNotAccepted(InvalidInput):
    """A renewal that would last a day at most, without its being accepted (B7)."""

    code = "short_renewal_not_accepted"
    detail = (
        "A renewal counts from the original expiry, so this one would end almost at once. "
        "Buy a new credential, or accept it as it is."
    )


class NoFittingApplication(InvalidInput):
    """A purchase for an account without access to an application that needs it (B2)."""

    code = "no_fitting_application"
    detail = (
        "This account has no access to an application of this partner that the product is for. "
        "Ask your organization's administrator for access first."
    )


class NotForGuests(InvalidInput):
    """A product for an existing credential in an order without account (B8)."""

    code = "not_for_guests"
    detail = (
        "Without an account only new credentials can be bought. "
        "Sign in to renew or upgrade a credential, or to add a token to it."
    )


class AmountNotPayable(InvalidInput):
    """A total that the payment provider doesn't charge: too small or too large."""

    code = "amount_not_payable"
    detail = "The total of this order can't be paid. Change the quantity."


class PaymentRefused(Conflicting):
    """The payment provider refuses the order's page or invoice for good; the order has ended."""

    code = "payment_refused"
    detail = "The payment provider can't take a payment for this order, so the order has ended."
    needs_support = True


class QuoteExpired(Conflicting):
    """An order at the prices of a quote that is good no more."""

    code = "quote_expired"
    detail = "This quote isn't good any more. Ask for another one, or order at today's prices."


class QuoteDiffers(InvalidInput):
    """An order that names a quote for something else."""

    code = "quote_differs"
    detail = "The order isn't the one that was quoted. Order the same, or without the quote."


class InvoiceTooLate(Conflicting):
    """An invoice for a renewal whose money would come after the credential's revocation (F7)."""

    code = "invoice_too_late"
    detail = (
        "An invoice can't clear before this credential is revoked. Pay by card, which counts at "
        "once. As long as there is a business day left, the request may confirm the invoice."
    )


class CreditLimitReached(Conflicting):
    """An invoice order beyond the credit that its organization has."""

    code = "credit_limit_reached"
    detail = (
        "With this order, your organization's unpaid invoices would exceed its credit limit. "
        "Pay one of them first, or pay this order by card."
    )
    needs_support = True


class PaymentAlreadyRecorded(Conflicting):
    """A transfer that was entered before: same day and reference."""

    code = "payment_already_recorded"
    detail = "A transfer of this day with this reference has been recorded for the order."


class LicenseKeyNotReissuable(Conflicting):
    """A license key that is good for nothing any more, and so has no successor (B5)."""

    code = "license_key_not_reissuable"
    detail = (
        "This license key was redeemed, or what it was bought for was undone: "
        "there is nothing to reissue."
    )


class PaymentUnavailable(Unavailable):
    """The payment provider did not answer; the order is kept."""

    code = "payment_unavailable"
    detail = (
        "The payment provider did not answer. The order is kept: "
        "send the same request again in a minute."
    )


class PaymentFailed(PaymentUnavailable):
    """The payment provider answered with a failure of its own; the order is kept."""

    code = "payment_failed"


class CustomerGone(PaymentFailed):
    """The payment provider doesn't know the organization's customer any more; it was deleted."""


class SignedOrderNotTaken(Conflicting):
    """A signed purchase order for an order that none belongs to (B3)."""

    code = "signed_order_not_taken"
    detail = "A signed purchase order can only be uploaded to an open or paid order by invoice."
