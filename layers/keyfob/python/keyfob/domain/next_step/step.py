"""Every step there is: who has to act, by which route, and the sentence that a person reads. Pure.

Steps of a proofing case come from `proofing/step.py`, with its routes; here are their sentences.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum


class Acts(StrEnum):
    """Who has to act; nobody, if only time has to pass or nothing is left to do."""

    YOU = "you"
    ADMINISTRATOR = "administrator"
    OPERATOR = "operator"
    AGENT = "agent"
    PARTNER = "partner"
    SHIPPING = "shipping"
    NOBODY = "nobody"


class Name(StrEnum):
    """The steps, in the order in which a life comes to them."""

    ACCEPT_TERMS = "accept_terms"
    WAIT_FOR_SUBSCRIPTION = "wait_for_subscription"
    ASK_FOR_ACCESS = "ask_for_access"
    WAIT_FOR_ACCESS = "wait_for_access"
    ACCEPT_SPONSORSHIP = "accept_sponsorship"
    BUY = "buy"
    PAY = "pay"
    WAIT_FOR_ORDER = "wait_for_order"
    WAIT_FOR_KEY = "wait_for_key"
    WAIT_FOR_TOKEN = "wait_for_token"  # noqa: S105
    ENTER_KEY = "enter_key"
    WAIT_FOR_APPROVAL = "wait_for_approval"
    CHOOSE_METHOD = "choose_method"
    GIVE_DATA = "give_data"
    GIVE_ALL_DIGITS = "give_all_digits"
    ANSWER_QUESTIONS = "answer_questions"
    CORRECT_DATA = "correct_data"
    CHOOSE_MEETING = "choose_meeting"
    WAIT_FOR_LETTER = "wait_for_letter"
    BOOK_APPOINTMENT = "book_appointment"
    KEEP_APPOINTMENT = "keep_appointment"
    WAIT_FOR_RESULT = "wait_for_result"
    WAIT_FOR_REVIEW = "wait_for_review"
    WAIT_FOR_NAME = "wait_for_name"
    ENTER_CODE = "enter_code"
    ACTIVATE = "activate"
    WAIT_FOR_HOLD = "wait_for_hold"
    WAIT_FOR_RELEASE = "wait_for_release"
    WAIT_FOR_REPLACEMENT = "wait_for_replacement"
    WAIT_FOR_RESET = "wait_for_reset"
    WAIT_FOR_TERMS = "wait_for_terms"
    REGISTER_TOKEN = "register_token"  # noqa: S105
    REGISTER_PHONE = "register_phone"
    RESYNCHRONIZE = "resynchronize"
    REENABLE = "reenable"
    WAIT_FOR_REENABLING = "wait_for_reenabling"
    WAIT_FOR_THAW = "wait_for_thaw"
    BEGIN_UPGRADE = "begin_upgrade"
    RENEW = "renew"
    NOTHING = "nothing"


@dataclass(frozen=True, slots=True, kw_only=True)
class NextStep:
    """The one thing that is outstanding.

    Attributes:
        name: the step.
        acts: who has to act.
        detail: the sentence for the person.
        date: its deadline or its time; of a wait its end, or since when it lasts if nobody knows
            the end.
        route: method and path that do it, if the person can.
        places: values of the path's parameters, as far as they are known.
        link: the page where it is done, if that isn't one of ours.
        account: the user id of the person's other account that has to be used, if any.
    """

    name: Name
    acts: Acts
    detail: str
    date: datetime | None = None
    route: str | None = None
    places: Mapping[str, str] = field(default_factory=dict)
    link: str | None = None
    account: str | None = None


def _yours(name: Name, detail: str, route: str) -> NextStep:
    return NextStep(name=name, acts=Acts.YOU, detail=detail, route=route)


def _others(name: Name, acts: Acts, detail: str) -> NextStep:
    return NextStep(name=name, acts=acts, detail=detail)


_CREDENTIAL = "/credentials/{credential}"
_CHOOSE = f"POST {_CREDENTIAL}/proofing"
_ACTIVATE = f"POST {_CREDENTIAL}/activation"
_IDENTITY = "POST /proofings/{proofing}/identity"
_STEPS = (
    _yours(
        Name.ACCEPT_TERMS,
        "Read the terms of the applications of your organization, and accept them.",
        "POST /terms/{application}/acceptance",
    ),
    _others(
        Name.WAIT_FOR_SUBSCRIPTION,
        Acts.ADMINISTRATOR,
        "Your organization has no subscription whose terms are accepted. Ask its administrators.",
    ),
    _yours(
        Name.ASK_FOR_ACCESS,
        "Ask for access to an application of your organization.",
        "POST /applications/{application}/access",
    ),
    _others(
        Name.WAIT_FOR_ACCESS,
        Acts.ADMINISTRATOR,
        "An administrator decides about your request for access, which waits since this date.",
    ),
    _yours(
        Name.ACCEPT_SPONSORSHIP,
        "A partner offers you a credential and pays for it: accept it before this date, if any.",
        "POST /sponsorships/{sponsorship}/acceptance",
    ),
    _yours(Name.BUY, "Buy a credential that fits your applications.", "POST /orders"),
    _yours(Name.PAY, "Pay your order on its page until this date.", "GET /orders/{number}"),
    _others(Name.WAIT_FOR_ORDER, Acts.OPERATOR, "Your payment needs a decision. We write to you."),
    _others(Name.WAIT_FOR_KEY, Acts.NOBODY, "Your license key comes by e-mail within minutes."),
    _others(
        Name.WAIT_FOR_TOKEN,
        Acts.SHIPPING,
        "Your hardware token will be shipped; paid on this date.",
    ),
    _yours(
        Name.ENTER_KEY,
        "Enter the license key that came by e-mail, for a hardware token once it has arrived.",
        "POST /license-redemptions",
    ),
    _others(Name.WAIT_FOR_APPROVAL, Acts.PARTNER, "A partner has to approve your credential."),
    _yours(Name.CHOOSE_METHOD, "Choose how to prove your identity.", _CHOOSE),
    _yours(Name.GIVE_DATA, "Give your personal data, so that questions can be asked.", _IDENTITY),
    _yours(Name.GIVE_ALL_DIGITS, "Give all digits of your social security number.", _IDENTITY),
    _yours(
        Name.ANSWER_QUESTIONS,
        "Answer the questions until this time.",
        "POST /proofings/{proofing}/answers",
    ),
    _yours(
        Name.CORRECT_DATA, "Nobody was found: correct your data, or choose a meeting.", _IDENTITY
    ),
    _yours(Name.CHOOSE_MEETING, "Choose a meeting with an agent, or ask for a letter.", _CHOOSE),
    _others(
        Name.WAIT_FOR_LETTER, Acts.NOBODY, "A letter with a code is on its way since this date."
    ),
    _yours(
        Name.BOOK_APPOINTMENT,
        "Book a meeting with an agent.",
        "PUT /proofings/{proofing}/appointment",
    ),
    # It has no route: a person comes.
    NextStep(
        name=Name.KEEP_APPOINTMENT,
        acts=Acts.YOU,
        detail="Come to your meeting at this time, with your document.",
    ),
    _others(Name.WAIT_FOR_RESULT, Acts.AGENT, "The agent gives the result of your meeting."),
    _others(Name.WAIT_FOR_REVIEW, Acts.OPERATOR, "We look at your meetings and write to you."),
    _others(
        Name.WAIT_FOR_NAME, Acts.OPERATOR, "We decide about the name on your document until then."
    ),
    _yours(Name.ENTER_CODE, "Enter your activation code until this date.", _ACTIVATE),
    _yours(Name.ACTIVATE, "Activate your credential.", _ACTIVATE),
    _others(
        Name.WAIT_FOR_HOLD,
        Acts.NOBODY,
        "Something of yours ended without a code: register the next one from this time on.",
    ),
    _others(
        Name.WAIT_FOR_RELEASE,
        Acts.OPERATOR,
        "The time to register with a password alone is over. Ask the support for a release code.",
    ),
    _others(
        Name.WAIT_FOR_REPLACEMENT,
        Acts.OPERATOR,
        "Your last device is gone. Ask the support to ship another hardware token.",
    ),
    _others(
        Name.WAIT_FOR_RESET,
        Acts.OPERATOR,
        "There were too many wrong pairs of codes. Ask the support to reset the token.",
    ),
    _others(
        Name.WAIT_FOR_TERMS,
        Acts.ADMINISTRATOR,
        "A partner pays for your credential. Ask an administrator to accept its terms first.",
    ),
    _yours(
        Name.REGISTER_TOKEN,
        "Register your hardware token with two consecutive codes, once it has arrived.",
        f"POST {_CREDENTIAL}/token",
    ),
    _yours(
        Name.REGISTER_PHONE, "Add the phone that gets your codes.", f"POST {_CREDENTIAL}/phones"
    ),
    _yours(
        Name.RESYNCHRONIZE,
        "Your hardware token is locked: unlock it with two consecutive codes.",
        f"POST {_CREDENTIAL}/resynchronization",
    ),
    _yours(
        Name.REENABLE,
        "You have suspended your credential: re-enable it until this date, or it is revoked.",
        f"DELETE {_CREDENTIAL}/suspension",
    ),
    _others(
        Name.WAIT_FOR_REENABLING,
        Acts.ADMINISTRATOR,
        "Your credential is suspended. Who suspended it has to re-enable it.",
    ),
    _others(
        Name.WAIT_FOR_THAW, Acts.OPERATOR, "The account is frozen. Ask the support to thaw it."
    ),
    _yours(
        Name.BEGIN_UPGRADE,
        "Your credential comes with a proofing: begin it.",
        f"POST {_CREDENTIAL}/upgrade",
    ),
    _yours(Name.RENEW, "Renew your credential; it ends on this date.", "POST /orders"),
    _others(Name.NOTHING, Acts.NOBODY, "Nothing is outstanding."),
)
STEPS: Mapping[Name, NextStep] = {one.name: one for one in _STEPS}


def at(name: Name, date: datetime | None = None, **places: str) -> NextStep:
    """This step, with its date and the values of its route's parameters."""
    return replace(STEPS[name], date=date, places=places)
