"""Recipient, class and channel of each message, typed by hand apart from the declarations."""

from __future__ import annotations

from typing import get_type_hints

import pytest

from keyfob.domain.messages.declared import MessageChannel, MessageClass, Truth
from keyfob.domain.messages.kinds import Kind
from keyfob.domain.orders.order import State
from keyfob.domain.orders.supply import SupplyState
from keyfob.domain.registrations.registration import RegistrationState
from keyfob.domain.sponsorships.sponsorship import SponsorshipState

# Recipients by class and channel.
EXPECTED = {
    ("transaction", "mail"): {
        "order_confirmation": "purchaser",
        "order_canceled": "purchaser",
        "order_expired": "purchaser",
        "order_refused": "purchaser",
        "signed_order_refused": "purchaser",
        "order_refunded": "purchaser",
        "order_given_back": "purchaser",
        "payment_disputed": "purchaser",
        "dispute_won": "purchaser",
        "dispute_lost": "purchaser",
        "renewal_refused": "purchaser",
        "added_token_refused": "purchaser",
        "upgrade_refused": "purchaser",
        "invoice_issued": "purchaser",
        "invoice_overdue": "purchaser",
        "order_back_ordered": "purchaser",
        "order_tokens_reserved": "purchaser",
        "token_back_ordered": "holder",
        "token_reserved": "holder",
        "token_not_arrived": "holder",
        "license_key_lapsed": "purchaser",
        "shipment_ended": "purchaser",
        "lines_refused": "purchaser",
        "order_shipped": "purchaser",
        "token_shipped": "holder",
        "replacement_shipped": "holder",
        "license_key": "purchaser",
        "sponsorship_offered": "holder",
        "sponsorship_lapsed": "holder",
        "key_for_holder": "holder",
        "credential_approved": "holder",
        "account_made": "account",
        "credential_activated": "holder",
        "credential_renewed": "holder",
        "renewal_taken_back": "holder",
        "upgrade_taken_back": "holder",
        "credential_expired": "holder",
        "appointment_booked": "holder",
        "appointment_moved": "holder",
        "appointment_reassigned": "holder",
        "appointment_to_move": "holder",
        "appointment_stands": "holder",
        "appointment_canceled": "holder",
        "appointment_missed": "holder",
        "appointment_disputed": "holder",
        "appointment_not_held": "holder",
        "result_missing": "agent",
        "agent_booked": "agent",
        "agent_canceled": "agent",
        "proofing_failed": "holder",
        "proofing_passed": "holder",
        "proofing_reopened": "holder",
        "name_in_question": "holder",
        "name_kept": "holder",
        "letter_sent": "holder",
        "letter_lost": "holder",
        "upgrade_unused": "holder",
        "access_requested": "the application's administrators in the organization",
        "access_approved": "account",
        "access_denied": "account",
        "access_removed": "account",
        "subscription_ended": "the organization's and the application's administrators",
        "first_login": "account",
        "invited": "invited address",
        "registration_begun": "registrant",
        "registration_submitted": "registrant",
        "registration_rejected": "registrant",
    },
    ("security", "mail"): {
        "sponsorship_accepted": "holder",
        "credential_suspended": "holder",
        "credential_cause_lifted": "holder",
        "credential_reenabled": "holder",
        "credential_revoked": "holder",
        "credential_lapsed": "holder",
        "proofed": "holder",
        "name_corrected": "holder",
        "token_registered": "holder",
        "token_locked": "holder",
        "token_blocked": "holder",
        "token_resynchronized": "holder",
        "token_reset": "holder",
        "token_revoked": "holder",
        "phone_added": "holder",
        "phone_blocked": "holder",
        "phone_freed": "holder",
        "phone_removed": "holder",
        "administrator_welcome": "account",
        "credential_unproofed": "holder",
        "account_renamed": "account",
        "email_changed": "account",
        "email_changed_from": "the account's former address",
        "roles_changed": "account",
        "account_deactivated": "account",
        "account_reactivated": "account",
        "password_changed": "account",
        "temporary_password": "account",
        "recovery_code": "account",
        "password_recovered": "account",
        "user_id_reminder": "account",
        "connection_requested": "parent",
        "connected": "both",
        "disconnected": "both",
        "binding_held": "account and its organization's administrators",
        "credential_reopened": "account and its organization's administrators",
        "credential_approved_for": "the partner's administrators",
        "account_frozen": "account and its organization's administrators",
        "account_thawed": "account and its organization's administrators",
    },
    ("security", "text"): {
        "phone_added_text": "each other confirmed phone",
        "phone_removed_text": "the removed phone",
        "password_recovered_text": "each confirmed phone",
        "binding_held_text": "each phone known before the end",
        "binding_released_text": "each phone known before the end",
    },
    ("reminder", "mail"): {
        "renewal_notice": "holder",
        "revocation_reminder": "holder",
        "appointment_reminder": "holder",
        "code_reminder": "holder",
        "letter_reminder": "holder",
        "invitation_reminder": "invited address",
        "license_key_reminder": "purchaser",
        "sponsorship_reminder": "holder",
    },
    ("None", "effect"): {
        "expire_checkout": "service",
        "send_invoice": "service",
        "close_invoice": "service",
        "record_transfer": "service",
        "refund_payment": "service",
        "refund_requested": "service",
        "delete_signed_order": "service",
        "reset_password": "service",
        "delete_login": "service",
        "write_export": "service",
        "open_room": "service",
        "move_room": "service",
        "close_room": "service",
    },
}


MAY_HAVE_A_SECRET = {Truth.SECRET, Truth.HOLD, Truth.INVITATION, Truth.REGISTRATION}


def test_every_message_has_the_recipient_class_and_channel_of_the_table() -> None:
    found: dict[tuple[str, str], dict[str, str]] = {}
    for kind in Kind:
        said = kind.declared
        found.setdefault((str(said.class_), str(said.channel)), {})[kind.value] = str(said.to)
    assert found == EXPECTED


def test_a_message_about_an_order_or_registration_names_states_that_there_are() -> None:
    known: dict[Truth, set[str]] = {
        Truth.ORDER: set(State),
        Truth.SUPPLY: set(SupplyState),
        Truth.REGISTRATION: set(RegistrationState),
        Truth.SPONSORSHIP: set(SponsorshipState),
    }
    for kind in Kind:
        states = known.get(kind.declared.truth, set())
        assert kind.declared.states <= states, kind
        assert bool(kind.declared.states) is bool(states), kind


@pytest.mark.parametrize("kind", Kind)
def test_the_facts_of_a_kind_contain_its_condition(kind: Kind) -> None:
    said = kind.declared
    facts = get_type_hints(said.facts)
    assert bool(said.comes) is (said.class_ is MessageClass.REMINDER)
    assert not said.comes or said.comes in facts
    assert said.truth in MAY_HAVE_A_SECRET or not said.secret
    assert said.truth is not Truth.SECRET or said.secret
    assert not said.secret or "until" in facts
    assert said.truth is not Truth.FORETOLD or {"told", "revokes"} <= set(facts)


def test_a_kind_is_found_by_its_name_in_rows() -> None:
    # By its name in rows; mypy takes it for a new member.
    assert Kind("token_locked") is Kind.TOKEN_LOCKED  # type: ignore[call-arg]
    assert Kind.TOKEN_LOCKED.declared.channel is MessageChannel.MAIL
