"""What is missing to use an application, in fixed words and order (A7, E4, S15)."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from keyfob.domain.access.judgement import Judgement, Missing, Standing, judge, products_that_help
from keyfob.domain.access.subscription import Acceptance, Subscription, SubscriptionState
from keyfob.domain.credentials.credential import Credential, State
from keyfob.domain.directory.partner import Application, Terms
from keyfob.domain.orders.product import Product
from keyfob.domain.orders.product_kind import ProductKind
from keyfob.domain.policy import Policy
from keyfob.domain.sessions.session import Session
from tests.support.builders import a_credential, a_hardware_token, a_product, a_session
from tests.support.fakes import START

POLICY = Policy()
SECOND, DAY = timedelta(seconds=1), timedelta(days=1)
FREE = Application(id="wiki", name="Wiki", level=1, hardware_only=False)
PORTAL = Application(id="portal", name="Portal", level=2, hardware_only=False)
VAULT = Application(id="vault", name="Vault", level=2, hardware_only=True)
SAFE = Application(id="safe", name="Safe", level=3, hardware_only=False)
TERMS = Terms(version="2", text="Be careful.")
ACTIVE = Subscription(
    organization="acme",
    application="portal",
    partner="northwind",
    state=SubscriptionState.ACTIVE,
    since=START,
    accepted=Acceptance(version="1", by="acc_boss", at=START),
)
LOCKED = a_hardware_token(failed=tuple(f"t{number}" for number in range(POLICY.otp_failures)))
BY_TOKEN = a_credential(kind="hardware_token", token=a_hardware_token(), phones={})
BY_PHONE = a_credential(kind="phone", token=None, phones={"phone1": 0})
BY_BOTH = a_credential(kind="phone", token=a_hardware_token(), phones={"phone1": 0})
PASSWORD = a_session()
TOKEN_SESSION = replace(PASSWORD, strength=2, by="token", epoch=0, coded=START)
PHONE_SESSION = replace(TOKEN_SESSION, by="phone1")


def judged(application: Application = PORTAL, **changes: Any) -> Judgement:
    """By default everything is there, with a session by a token."""
    values: dict[str, Any] = {
        "subscription": ACTIVE,
        "has_access": True,
        "credential": BY_TOKEN,
        "approved": True,
        "session": TOKEN_SESSION,
        **changes,
    }
    return judge(Standing(application=application, **values), START, POLICY)


def missing(application: Application = PORTAL, **changes: Any) -> list[str]:
    return [str(one) for one in judged(application, **changes).missing]


def test_the_words_and_their_order_never_change_E4() -> None:
    assert [str(one) for one in Missing] == [
        *("subscription", "terms", "access"),
        *("credential", "approval", "activation", "registration", "proofing", "renewal"),
        *("reenabling", "unlocking", "hardware_token"),
        *("code", "token_code"),
    ]


def test_nothing_is_missing_to_who_has_it_all_E4() -> None:
    assert judged().is_ready
    assert missing() == missing(VAULT) == []
    assert missing(SAFE, credential=replace(BY_TOKEN, level=3), session=at(3)) == []
    assert missing(credential=BY_PHONE, session=PHONE_SESSION) == []


def at(strength: int, session: Session = TOKEN_SESSION) -> Session:
    return replace(session, strength=strength)


# The organization and the account


@pytest.mark.parametrize("application", [FREE, PORTAL])
@pytest.mark.parametrize(
    ("subscription", "lacks"),
    [
        (None, ["subscription"]),
        (replace(ACTIVE, state=SubscriptionState.ENDED), ["subscription"]),
        (ACTIVE, []),
    ],
)
def test_the_organization_must_subscribe_A6_E4(
    subscription: Subscription | None, lacks: list[str], application: Application
) -> None:
    assert missing(application, subscription=subscription) == lacks


@pytest.mark.parametrize(("terms", "lacks"), [(TERMS, ["terms"]), (None, [])])
def test_terms_must_be_accepted_as_long_as_there_are_some_A4_E4(
    terms: Terms | None, lacks: list[str]
) -> None:
    """Terms that were withdrawn before anybody accepted them hold nobody up."""
    waiting = replace(ACTIVE, state=SubscriptionState.TERMS, accepted=None)
    assert missing(replace(PORTAL, terms=terms), subscription=waiting) == lacks


@pytest.mark.parametrize(("again", "lacks"), [(False, []), (True, ["terms"])])
def test_new_terms_that_ask_for_it_must_be_accepted_again_A4_E4(
    again: bool, lacks: list[str]
) -> None:
    newer = replace(PORTAL, terms=replace(TERMS, reacceptance=again))
    assert missing(newer) == lacks


@pytest.mark.parametrize("application", [FREE, PORTAL, VAULT, SAFE])
def test_without_access_nothing_else_counts_A6_E4(application: Application) -> None:
    best = {"credential": replace(BY_TOKEN, level=3), "session": at(3)}
    assert missing(application, has_access=False, **best) == ["access"]


# Level 1


@pytest.mark.parametrize(
    "credential", [None, BY_TOKEN, replace(BY_TOKEN, suspensions={"holder": START})]
)
def test_a_password_is_enough_for_level_1_whatever_the_credential_E4(
    credential: Credential | None,
) -> None:
    assert missing(FREE, credential=credential, session=PASSWORD, approved=False) == []


def test_an_application_for_hardware_tokens_takes_no_password_whatever_its_level_S15() -> None:
    odd = replace(FREE, hardware_only=True)
    assert missing(odd, session=PASSWORD) == ["token_code"]
    assert missing(odd, credential=None, session=PASSWORD) == ["credential"]


# The credential


NEW: dict[str, Any] = {"activated_at": None, "token": None, "phones": {}}
WAITING = {**NEW, "state": State.PENDING_APPROVAL}
BOUGHT = {**NEW, "state": State.PENDING_ACTIVATION}


@pytest.mark.parametrize(
    ("application", "changes", "lacks"),
    [
        (PORTAL, WAITING, ["approval", "activation", "registration"]),
        (PORTAL, BOUGHT, ["activation", "registration"]),
        (PORTAL, {**BOUGHT, "proofing": True}, ["activation", "registration", "proofing"]),
        (PORTAL, {"token": None}, ["registration"]),
        (SAFE, {}, ["proofing"]),
        (PORTAL, {"proofing": True}, []),
        (PORTAL, {"expires_at": START}, ["renewal"]),
        (PORTAL, {"expires_at": START + SECOND}, []),
        (PORTAL, {"suspensions": {"administrator": START}}, ["reenabling"]),
        (SAFE, {"level": 3, "suspensions": {"proofing": START}}, ["proofing", "reenabling"]),
        (PORTAL, {"token": LOCKED}, ["unlocking"]),
        (PORTAL, {"token": LOCKED, "phones": {"phone1": 0}}, []),
        (VAULT, {"token": LOCKED, "phones": {"phone1": 0}}, ["unlocking"]),
        (VAULT, {"token": None, "phones": {"phone1": 0}}, ["registration"]),
        (VAULT, {"kind": "phone", "token": None}, ["hardware_token"]),
        (VAULT, {"kind": "phone", "token": None, "phones": {"phone1": 0}}, ["hardware_token"]),
        (PORTAL, {"kind": "phone", "token": None}, ["registration"]),
        (
            SAFE,
            {"expires_at": START, "suspensions": {"holder": START}, "token": LOCKED},
            ["proofing", "renewal", "reenabling", "unlocking"],
        ),
    ],
)
def test_each_fault_of_the_credential_has_its_word_E4(
    application: Application, changes: dict[str, Any], lacks: list[str]
) -> None:
    """In this order; a code is asked for only where it would help."""
    found = judged(application, credential=replace(BY_TOKEN, **changes), session=PASSWORD)
    assert [str(one) for one in found.missing] == (lacks or ["code"])
    assert found.credential_is_enough is not bool(lacks)


def test_a_credential_that_is_due_for_revocation_is_none_F7() -> None:
    over = replace(BY_TOKEN, expires_at=START - 500 * DAY)
    assert missing(credential=over) == missing(credential=None) == ["credential"]


def test_a_partner_that_approves_credentials_must_have_approved_this_one_F1() -> None:
    assert missing(approved=False) == ["approval"]
    assert missing(credential=None, approved=False) == ["credential"]


# The session


@pytest.mark.parametrize(
    ("application", "credential", "session", "lacks"),
    [
        (PORTAL, BY_TOKEN, PASSWORD, ["code"]),
        (PORTAL, BY_BOTH, PHONE_SESSION, []),
        (VAULT, BY_BOTH, PHONE_SESSION, ["token_code"]),
        (VAULT, BY_BOTH, PASSWORD, ["token_code"]),
        (VAULT, BY_BOTH, TOKEN_SESSION, []),
        # Elevated before its holder was proofed.
        (SAFE, replace(BY_TOKEN, level=3), TOKEN_SESSION, ["code"]),
        (SAFE, replace(BY_TOKEN, level=3), at(3), []),
        (
            replace(SAFE, hardware_only=True),
            replace(BY_BOTH, level=3),
            at(3, PHONE_SESSION),
            ["token_code"],
        ),
        (replace(SAFE, hardware_only=True), replace(BY_BOTH, level=3), at(2), ["code"]),
    ],
)
def test_the_session_must_be_elevated_far_enough_and_by_the_right_authenticator_E4_S15_S20(
    application: Application, credential: Credential, session: Session, lacks: list[str]
) -> None:
    found = judged(application, credential=credential, session=session)
    assert [str(one) for one in found.missing] == lacks
    assert found.credential_is_enough


def test_what_is_missing_outside_the_credential_leaves_it_enough_A7() -> None:
    found = judged(subscription=None, has_access=False, session=PASSWORD)
    assert [str(one) for one in found.missing] == ["subscription", "access", "code"]
    assert found.credential_is_enough


# Products


CATALOG = [
    a_product(id="token", kind=ProductKind.HARDWARE_TOKEN, price=90),
    a_product(id="token-3", kind=ProductKind.HARDWARE_TOKEN, proofing=True, price=190),
    a_product(id="phone", kind=ProductKind.PHONE, price=40),
    a_product(id="phone-3", kind=ProductKind.PHONE, proofing=True, price=140),
    a_product(id="old-phone", kind=ProductKind.PHONE, price=1, on_sale=False),
    a_product(id="renew-token", kind=ProductKind.RENEWAL, renews=ProductKind.HARDWARE_TOKEN),
    a_product(id="renew-phone", kind=ProductKind.RENEWAL, renews=ProductKind.PHONE),
    a_product(id="added", kind=ProductKind.ADDED_TOKEN),
    a_product(id="upgrade", kind=ProductKind.UPGRADE),
    a_product(id="other-upgrade", partner="contoso", kind=ProductKind.UPGRADE),
]


def help_with(
    *lacks: str,
    application: Application = PORTAL,
    credential: Credential | None = BY_TOKEN,
    catalog: list[Product] = CATALOG,
) -> list[str]:
    words = tuple(Missing(one) for one in lacks)
    found = products_that_help(words, application, credential, catalog, seller="northwind")
    return [one.id for one in found]


@pytest.mark.parametrize(
    ("application", "products"),
    [
        (PORTAL, ["phone", "token", "phone-3", "token-3"]),
        (VAULT, ["token", "token-3"]),
        (SAFE, ["phone-3", "token-3"]),
        (replace(SAFE, hardware_only=True), ["token-3"]),
    ],
)
def test_who_has_no_credential_is_shown_those_that_fit_cheapest_first_A7(
    application: Application, products: list[str]
) -> None:
    assert help_with("credential", application=application, credential=None) == products
    over = replace(BY_TOKEN, expires_at=START - 500 * DAY)
    assert help_with("credential", application=application, credential=over) == products


def test_each_fault_of_a_credential_has_its_product_A7() -> None:
    assert help_with("renewal") == ["renew-token"]
    assert help_with("renewal", credential=BY_PHONE) == ["renew-phone"]
    assert help_with("hardware_token", application=VAULT, credential=BY_PHONE) == ["added"]
    assert help_with("proofing", application=SAFE) == ["upgrade"]
    assert help_with("proofing", "renewal", application=SAFE) == ["renew-token", "upgrade"]


@pytest.mark.parametrize("changes", [{"upgrade": True}, {"proofing": True}])
def test_who_has_a_proofing_to_come_buys_no_upgrade_A7_C6(changes: dict[str, Any]) -> None:
    assert help_with("proofing", application=SAFE, credential=replace(BY_TOKEN, **changes)) == []


@pytest.mark.parametrize(
    "lack",
    [
        "subscription",
        "terms",
        "access",
        "approval",
        "activation",
        "registration",
        "reenabling",
        "unlocking",
        "code",
        "token_code",
    ],
)
def test_what_no_product_supplies_sells_none_A7(lack: str) -> None:
    assert help_with(lack) == []
