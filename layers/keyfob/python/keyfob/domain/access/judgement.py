"""Whether an account may use an application now, and what is missing (A7, E4, S15). Pure.

An application of level 1 asks for a subscription and access alone. Any other one also asks for a
credential, the account's own or that of its connected account, and for a session that was elevated
by it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from keyfob.domain.access.subscription import (
    Subscription,
    SubscriptionState,
    terms_outstanding,
)
from keyfob.domain.credentials.credential import (
    LEVEL_PASSWORD,
    LEVEL_PROOFED,
    Credential,
    State,
)
from keyfob.domain.directory.partner import Application
from keyfob.domain.orders.product import Product, offered
from keyfob.domain.orders.product_kind import NEW_CREDENTIAL, ProductKind
from keyfob.domain.policy import Policy
from keyfob.domain.sessions.session import Authenticator, Session


class Missing(StrEnum):
    """What is missing, in the order of the answers: stable words of the API."""

    SUBSCRIPTION = "subscription"
    TERMS = "terms"
    ACCESS = "access"
    CREDENTIAL = "credential"
    APPROVAL = "approval"
    ACTIVATION = "activation"
    REGISTRATION = "registration"
    PROOFING = "proofing"
    RENEWAL = "renewal"
    REENABLING = "reenabling"
    UNLOCKING = "unlocking"
    HARDWARE_TOKEN = "hardware_token"  # noqa: S105
    CODE = "code"
    TOKEN_CODE = "token_code"  # noqa: S105


# The products for an existing credential.
_SUPPLIES = {
    Missing.RENEWAL: ProductKind.RENEWAL,
    Missing.HARDWARE_TOKEN: ProductKind.ADDED_TOKEN,
    Missing.PROOFING: ProductKind.UPGRADE,
}
_OF_ACCESS = frozenset({Missing.SUBSCRIPTION, Missing.TERMS, Missing.ACCESS})
_OF_SESSION = frozenset({Missing.CODE, Missing.TOKEN_CODE})
OF_CREDENTIAL = frozenset(Missing) - _OF_ACCESS - _OF_SESSION


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """An account's standing with an application.

    `credential` is the live one that the account uses, perhaps a connected account's. `approved`:
    the application's partner has approved that credential, or approves none.
    """

    application: Application
    subscription: Subscription | None
    has_access: bool
    credential: Credential | None
    approved: bool
    session: Session


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """Everything that is missing, in the order of `Missing`."""

    missing: tuple[Missing, ...]

    @property
    def is_ready(self) -> bool:
        """Whether the account may use the application in this session."""
        return not self.missing

    @property
    def credential_is_enough(self) -> bool:
        """Whether the credential itself is enough, whatever else is missing."""
        return OF_CREDENTIAL.isdisjoint(self.missing)


def judge(standing: Standing, now: datetime, policy: Policy) -> Judgement:
    """What is missing, as of now.

    The session's strength must be its present one (`as_of`). A code is asked for only once the
    credential is enough: before, it wouldn't help.
    """
    found = {*_of_organization(standing), *([] if standing.has_access else [Missing.ACCESS])}
    if _asks_for_credential(standing.application):
        of_credential = set(_of_credential(standing, now, policy))
        found |= of_credential or set(_of_session(standing))
    return Judgement(missing=tuple(one for one in Missing if one in found))


def products_that_help(
    missing: Collection[Missing],
    application: Application,
    credential: Credential | None,
    products: Iterable[Product],
    *,
    seller: str,
) -> list[Product]:
    """The products on sale that supply something missing, cheapest first.

    Args:
        missing: what is missing.
        application: what the account wants to use.
        credential: the live credential that the account uses.
        products: the catalogs of the application's partner and of the credential's seller.
        seller: the partner that the credential was bought from.
    """
    kinds = _kinds(missing, credential)
    found = offered((one for one in products if one.kind in kinds), [application])
    if Missing.CREDENTIAL in missing or credential is None:
        return found
    kind, proofing = credential.kind, credential.proofing
    return [one for one in found if one.suits(kind, proofing=proofing, seller=seller)]


def _kinds(missing: Collection[Missing], credential: Credential | None) -> frozenset[ProductKind]:
    if Missing.CREDENTIAL in missing:
        return NEW_CREDENTIAL
    found = {kind for lack, kind in _SUPPLIES.items() if lack in missing}
    # Who has an upgrade begins it.
    return frozenset(found - {ProductKind.UPGRADE} if credential and credential.upgrade else found)


def _asks_for_credential(application: Application) -> bool:
    return application.level > LEVEL_PASSWORD or application.hardware_only


def _of_organization(standing: Standing) -> Iterable[Missing]:
    subscription = standing.subscription
    if subscription is None or subscription.state is SubscriptionState.ENDED:
        yield Missing.SUBSCRIPTION
    elif terms_outstanding(subscription, standing.application):
        yield Missing.TERMS


def _of_credential(standing: Standing, now: datetime, policy: Policy) -> Iterable[Missing]:
    one = standing.credential
    if one is None or one.is_over(now, policy):
        yield Missing.CREDENTIAL
        return
    if one.state is State.PENDING_APPROVAL or not standing.approved:
        yield Missing.APPROVAL
    yield from _of_activation(one, standing.application)
    if one.is_expired(now):
        yield Missing.RENEWAL
    if one.suspensions:
        yield Missing.REENABLING
    yield from _of_authenticators(one, standing.application, policy)


def _of_activation(one: Credential, application: Application) -> Iterable[Missing]:
    if one.state is not State.ACTIVE:
        yield Missing.ACTIVATION
        if one.proofing and one.level < LEVEL_PROOFED:
            yield Missing.PROOFING  # before it can be activated
    if one.trusted_level < application.level:
        yield Missing.PROOFING


def _of_authenticators(
    one: Credential, application: Application, policy: Policy
) -> Iterable[Missing]:
    usable_phones = one.phones and not application.hardware_only
    if one.token is not None:
        if one.token.is_locked(policy) and not usable_phones:
            yield Missing.UNLOCKING
    elif application.hardware_only and one.kind != ProductKind.HARDWARE_TOKEN:
        yield Missing.HARDWARE_TOKEN
    elif not usable_phones:
        yield Missing.REGISTRATION


def _of_session(standing: Standing) -> Iterable[Missing]:
    session, application = standing.session, standing.application
    by_token = session.authenticator is Authenticator.TOKEN
    if application.hardware_only and not by_token:
        yield Missing.TOKEN_CODE
    elif session.strength < application.level:
        yield Missing.CODE
