"""Checkout Sessions as the API shows them."""

from __future__ import annotations

from typing import Any

from local.stripe_double.objects import metadata, new_id


def line_item(asked: dict[str, Any], *, created: int) -> dict[str, Any]:
    """One line of a Checkout Session, from its checked parameters."""
    price_data = asked["price_data"]
    amount = price_data["unit_amount"] * asked["quantity"]
    return {
        "id": new_id("li"),
        "object": "item",
        "adjustable_quantity": None,
        "amount_discount": 0,
        "amount_subtotal": amount,
        "amount_tax": 0,
        "amount_total": amount,
        "currency": price_data["currency"],
        "description": price_data["product_data"]["name"],
        "metadata": metadata(asked),
        "price": _price(price_data, created=created),
        "quantity": asked["quantity"],
    }


def _price(asked: dict[str, Any], *, created: int) -> dict[str, Any]:
    return {
        "id": new_id("price"),
        "object": "price",
        "active": False,
        "billing_scheme": "per_unit",
        "created": created,
        "currency": asked["currency"],
        "custom_unit_amount": None,
        "livemode": False,
        "lookup_key": None,
        "metadata": {},
        "nickname": None,
        "product": new_id("prod", 14),
        "recurring": None,
        "tax_behavior": asked.get("tax_behavior", "unspecified"),
        "tiers_mode": None,
        "transform_quantity": None,
        "type": "one_time",
        "unit_amount": asked["unit_amount"],
        "unit_amount_decimal": str(asked["unit_amount"]),
    }


def session(
    asked: dict[str, Any], *, total: int, currency: str, created: int, expires_at: int, public: str
) -> dict[str, Any]:
    """An open Checkout Session, from its checked parameters."""
    session_id = new_id("cs_test", 58)
    email = asked.get("customer_email")
    return {
        "id": session_id,
        "object": "checkout.session",
        "adaptive_pricing": None,
        "after_expiration": None,
        "allow_promotion_codes": None,
        "allowed_payment_method_types": asked.get("allowed_payment_method_types"),
        "amount_subtotal": total,
        "amount_total": total,
        "automatic_tax": {"enabled": False, "liability": None, "provider": None, "status": None},
        "billing_address_collection": asked.get("billing_address_collection"),
        "cancel_url": asked.get("cancel_url"),
        "client_reference_id": asked.get("client_reference_id"),
        "client_secret": None,
        "collected_information": None,
        "consent": None,
        "consent_collection": None,
        "created": created,
        "currency": currency,
        "currency_conversion": None,
        "custom_fields": [],
        "custom_text": {
            "after_submit": None,
            "shipping_address": None,
            "submit": None,
            "terms_of_service_acceptance": None,
        },
        "customer": None,
        "customer_account": None,
        "customer_creation": "if_required",
        "customer_details": _customer_details(email) if email else None,
        "customer_email": email,
        "discounts": [],
        "expires_at": expires_at,
        "invoice": None,
        "invoice_creation": {"enabled": False, "invoice_data": _no_invoice_data()},
        "livemode": False,
        "locale": asked.get("locale"),
        "metadata": metadata(asked),
        "mode": "payment",
        "origin_context": None,
        "payment_intent": None,
        "payment_link": None,
        "payment_method_collection": "if_required",
        "payment_method_configuration_details": None,
        "payment_method_options": {},
        "payment_method_types": ["card"],
        "payment_status": "unpaid",
        "permissions": None,
        "phone_number_collection": {"enabled": False},
        "recovered_from": None,
        "saved_payment_method_options": None,
        "setup_intent": None,
        "shipping_address_collection": None,
        "shipping_cost": None,
        "shipping_options": [],
        "status": "open",
        "submit_type": asked.get("submit_type"),
        "subscription": None,
        "success_url": asked["success_url"],
        "total_details": {"amount_discount": 0, "amount_shipping": 0, "amount_tax": 0},
        "ui_mode": "hosted_page",
        "url": f"{public}/pay/{session_id}",
        "wallet_options": None,
    }


def completed(open_session: dict[str, Any], intent: dict[str, Any]) -> dict[str, Any]:
    """The paid session; it has the payer's address, which Stripe's page demands."""
    email = open_session["customer_email"] or "card.holder@example.com"
    return open_session | {
        "amount_subtotal": intent["amount"],
        "amount_total": intent["amount"],
        "currency": intent["currency"],
        "customer_details": _customer_details(email),
        "payment_intent": intent["id"],
        "payment_status": "paid",
        "status": "complete",
        "url": None,
    }


def _customer_details(email: str) -> dict[str, Any]:
    return {
        "address": None,
        "business_name": None,
        "email": email,
        "individual_name": None,
        "name": None,
        "phone": None,
        "tax_exempt": "none",
        "tax_ids": None,
    }


def _no_invoice_data() -> dict[str, Any]:
    return {
        "account_tax_ids": None,
        "custom_fields": None,
        "description": None,
        "footer": None,
        "issuer": None,
        "metadata": {},
        "rendering_options": None,
    }
