"""Each refusal has a status, a code of its own and one form (RFC 9457)."""

from __future__ import annotations

import pkgutil
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from importlib import import_module
from importlib.util import find_spec
from typing import Any

import pytest

from keyfob import domain
from keyfob.domain.errors import DomainError, InvalidInput, NotFound, Throttled, TooManyTries
from keyfob.domain.holds.errors import BindingHeld, SecondPersonNeeded
from keyfob.domain.proofing.errors import BookingPaused, LettersUsedUp
from keyfob.domain.sessions.errors import NotAuthenticated, PasswordStoreLocked
from keyfob.http.problems import problem, status_of


def every(kind: type[DomainError]) -> Iterator[type[DomainError]]:
    for one in kind.__subclasses__():
        yield one
        yield from every(one)


# Each context's refusals are subclasses of the base once their modules are imported.
for _context in pkgutil.iter_modules(domain.__path__, "keyfob.domain."):
    if _context.ispkg and find_spec(f"{_context.name}.errors"):
        import_module(f"{_context.name}.errors")
ALL = sorted(
    {kind for kind in every(DomainError) if "code" in vars(kind)}, key=lambda kind: kind.__name__
)
# Public, and typed by hand: no refusal changes its status by changing its kind.
CODES = {
    400: "invalid_signature malformed_body",
    401: "not_authenticated wrong_credentials",
    403: (
        "assumed_role_required code_already_used credential_expired credential_not_activated "
        "credential_not_approved credential_suspended csrf_token_wrong elevation_required "
        "form_invalid form_too_fast form_trapped found_by_oneself front_required no_live_code "
        "no_token not_on_oneself phone_blocked phone_locked proofing_required "
        "recent_password_required recovery_required reopening_required reset_needed "
        "role_required second_person_needed statement_refused suspended_by_others token_locked "
        "work_insufficient wrong_account wrong_activation_code wrong_code "
        "wrong_recovery_code wrong_release_code "
    ),
    404: "no_credential not_found unknown_dispute_link unknown_freeze_link",
    409: (
        "account_frozen address_not_confirmed already_subscribed attempts_used_up "
        "binding_held booking_paused connected credential_exists "
        "credential_of_another_account credit_limit_reached disclaimer_changed "
        "form_expired form_used idempotency_key_reused illegal_state in_use "
        "instant_proofing_not_offered invitation_accepted invitation_expired "
        "invitation_withdrawn invoice_too_late letter_not_offered letters_used_up "
        "license_key_lapsed license_key_not_reissuable name_differs name_in_question "
        "no_proofing_needed no_upgrade not_connectable not_subscribed not_this_step "
        "password_reset_pending payment_already_recorded payment_refused "
        "phone_registered proofing_in_review questions_lapsed quote_expired registration_closed "
        "signed_order_not_taken slot_taken sponsorship_accepted sponsorship_lapsed "
        "sponsorships_used_up terms_changed terms_outstanding token_not_available "
        "token_registered too_early too_many_open_orders "
        "too_many_phones user_id_taken wait_for_token"
    ),
    413: "body_too_large",
    415: "unsupported_media_type",
    422: (
        "amount_not_payable consent_required disclaimer_not_accepted invalid_input "
        "invalid_phone last_authenticator no_fitting_application not_confirmed "
        "not_for_guests not_public "
        "person_required phone_not_allowed phone_unreachable quote_differs registration_incomplete "
        "short_renewal_not_accepted unknown_license_key unknown_product weak_password "
        "wrong_codes wrong_serial"
    ),
    429: "password_store_locked too_many_tries",
    500: "internal_error",
    503: (
        "bureau_unavailable busy identity_unavailable keys_unavailable mail_unavailable "
        "outcome_unknown payment_failed payment_unavailable phone_messages_paused "
        "phone_unavailable rooms_unavailable sign_in_again storage_unavailable unavailable"
    ),
}


HELD = datetime(2026, 11, 25, 7, tzinfo=UTC)


def an(kind: type[DomainError]) -> DomainError:
    if kind in (BindingHeld, BookingPaused, LettersUsedUp, SecondPersonNeeded):
        return kind(until=HELD)
    if issubclass(kind, Throttled):
        return kind(retry_after=timedelta(seconds=90))
    return kind()


def shown(error: DomainError) -> tuple[HTTPStatus, dict[str, Any], dict[str, str]]:
    return problem(error, support="help@keyfob.example")


def test_every_refusal_has_its_status_and_a_code_of_its_own() -> None:
    found = sorted((kind.code, int(status_of(kind))) for kind in ALL)
    expected = sorted((code, status) for status, codes in CODES.items() for code in codes.split())
    assert found == expected
    assert len({code for code, _ in found}) == len(found)


@pytest.mark.parametrize("kind", ALL)
def test_a_problem_states_cause_and_remedy_and_no_internals(kind: type[DomainError]) -> None:
    status, body, _ = shown(an(kind))
    assert body["status"] == int(status) >= 400
    assert body["code"] == kind.code
    assert body["type"] == f"urn:keyfob:problem:{kind.code}"
    assert body["detail"].endswith(".")
    assert "Error" not in body["detail"]


def test_invalid_fields_are_named() -> None:
    _, body, _ = shown(InvalidInput(fields={"items.0.quantity": "at least 1"}))
    assert body["fields"] == {"items.0.quantity": "at least 1"}
    assert "fields" not in shown(InvalidInput())[1]


@pytest.mark.parametrize("kind", [TooManyTries, PasswordStoreLocked])
@pytest.mark.parametrize(
    ("left", "header"), [(timedelta(seconds=89.2), "90"), (timedelta(), "1"), (-timedelta(1), "1")]
)
def test_a_refusal_for_a_while_says_in_whole_seconds_when_to_come_back_S56(
    left: timedelta, header: str, kind: type[Throttled]
) -> None:
    status, _, headers = shown(kind(retry_after=left))
    assert (status, headers) == (HTTPStatus.TOO_MANY_REQUESTS, {"Retry-After": header})


def test_a_held_binding_says_until_when_S54() -> None:
    assert shown(BindingHeld(until=HELD))[1]["until"] == "2026-11-25T07:00:00Z"
    assert "until" not in shown(NotFound())[1]


def test_a_request_without_session_is_answered_with_the_scheme_to_use() -> None:
    assert shown(NotAuthenticated())[2] == {"WWW-Authenticate": "Bearer"}


@pytest.mark.parametrize("kind", ALL)
def test_the_support_contact_is_named_where_a_person_must_help_G5(kind: type[DomainError]) -> None:
    status, body, _ = shown(an(kind))
    assert ("support" in body) is kind.needs_support
    assert kind.needs_support or status < HTTPStatus.INTERNAL_SERVER_ERROR


def test_unknown_and_foreign_look_the_same_S23() -> None:
    assert shown(NotFound())[1] == shown(NotFound())[1]
