"""Turns a queued message into a mail: checks that it is still true, finds reader and words."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from keyfob.domain.access.access import AccessState
from keyfob.domain.clock import Clock
from keyfob.domain.directory.organization import Organization
from keyfob.domain.messages.declared import Recipient, Truth
from keyfob.domain.messages.kinds import Kind
from keyfob.domain.messages.outbox import Message
from keyfob.domain.proofing.rooms import address
from keyfob.storage.access.store import AccessStore
from keyfob.storage.directory.store import Directory
from keyfob.storage.messages.store import Lease
from keyfob.storage.proofing.calendar import Calendar
from keyfob.storage.proofing.store import CaseStore
from keyfob.usecases.messages.connections import Connections
from keyfob.usecases.messages.invited import Invited
from keyfob.usecases.messages.mail import Mail, MailBuilder
from keyfob.usecases.messages.order_facts import OrderFacts, Unseal
from keyfob.usecases.messages.readers import Readers
from keyfob.usecases.messages.reminder_facts import ReminderFacts
from keyfob.usecases.messages.sponsored import Sponsored

logger = logging.getLogger(__name__)

# Either is obsolete once the other one has been queued.
_MUST_BE_MOVED = {Kind.APPOINTMENT_TO_MOVE: True, Kind.APPOINTMENT_STANDS: False}

# Obsolete for a deactivated account: each has a secret that grants something.
_GRANTING = frozenset({Kind.TEMPORARY_PASSWORD, Kind.RECOVERY_CODE, Kind.LICENSE_KEY})
# Somebody who was deactivated may have left: mails about other people go there no more.
_ABOUT_OTHERS = frozenset({Recipient.PARTNER_ADMINISTRATORS, Recipient.APPLICATION_ADMINISTRATORS})
_ACCESS = {
    Kind.ACCESS_REQUESTED: AccessState.REQUESTED,
    Kind.ACCESS_APPROVED: AccessState.APPROVED,
    Kind.ACCESS_DENIED: AccessState.DENIED,
    Kind.ACCESS_REMOVED: AccessState.REMOVED,
}

_Says = Callable[[Lease, Organization], dict[str, Any] | None]


class Composer:
    """Composes each kind of message from the rows as they are now."""

    def __init__(
        self,
        *,
        directory: Directory,
        readers: Readers,
        connections: Connections,
        access: AccessStore,
        invited: Invited,
        sponsored: Sponsored,
        order_facts: OrderFacts,
        cases: CaseStore,
        calendar: Calendar,
        reminder_facts: ReminderFacts,
        unseal: Unseal,
        builder: MailBuilder,
        clock: Clock,
    ) -> None:
        self._directory = directory
        self._readers = readers
        self._connections = connections
        self._access = access
        self._invited = invited
        self._sponsored = sponsored
        self._cases = cases
        self._calendar = calendar
        self._reminder_facts = reminder_facts
        self._unseal = unseal
        self._builder = builder
        self._clock = clock
        self._says: Mapping[Truth, _Says] = {
            Truth.FACTS: self._told,
            Truth.DEADLINE: self._with_deadline,
            Truth.FORETOLD: self._foretold,
            Truth.APPOINTMENT: self._of_appointment,
            Truth.CODE: self._of_code,
            Truth.ORDER: lambda lease, _home: order_facts.order(lease.message),
            Truth.SHIPMENT: lambda lease, _home: order_facts.shipment(lease.message),
            Truth.SUPPLY: lambda lease, _home: order_facts.supply(lease.message),
            Truth.LICENSE_KEY: lambda lease, _home: order_facts.license_key(lease),
            Truth.UNREDEEMED: lambda lease, _home: order_facts.unredeemed(lease.message),
            Truth.LAPSED_KEY: lambda lease, _home: order_facts.lapsed_key(lease.message),
            Truth.KEY_FOR_HOLDER: lambda lease, _home: order_facts.key_for_holder(lease.message),
            Truth.SECRET: self._of_secret,
            Truth.HOLD: self._of_hold,
            Truth.FORMER: self._to_former,
            Truth.ACCESS: self._of_access,
            Truth.CONNECTION: self._of_connection,
            Truth.CONNECTION_REQUEST: self._of_connection,
            Truth.INVITATION: self._of_invitation,
            Truth.REGISTRATION: self._of_registration,
            Truth.SPONSORSHIP: self._of_sponsorship,
        }

    def compose(self, lease: Lease) -> Mail | None:
        """The mail, or None if there is no recipient or the message is obsolete."""
        reader = self._readers.find(lease.message.recipient)
        if reader is None:
            return None
        kind = lease.message.kind
        if not reader.active and (kind in _GRANTING or kind.declared.to in _ABOUT_OTHERS):
            return None
        home = _located(reader.home)
        facts = self._facts(lease, home)
        if facts is None:
            return None
        return self._builder.build(
            kind,
            to=facts.get("former", reader.email),
            name=reader.name,
            language=reader.language,
            zone=self._zone(lease.message, home),
            facts=facts,
            ref=lease.id,
        )

    def _zone(self, message: Message, home: Organization) -> str:
        """The reader's zone: of the appointment's contact, of an agent's hours, or of the home."""
        if message.kind.declared.to is Recipient.AGENT:
            agent = self._calendar.agent(message.recipient)
            return agent.zone if agent else home.time_zone
        return str(message.facts.get("zone", home.time_zone))

    def _facts(self, lease: Lease, home: Organization) -> dict[str, Any] | None:
        return self._says[lease.message.kind.declared.truth](lease, home)

    def _told(self, lease: Lease, _home: Organization) -> dict[str, Any]:
        return dict(lease.message.facts)

    def _with_deadline(self, lease: Lease, home: Organization) -> dict[str, Any]:
        return self._reminder_facts.with_deadline(dict(lease.message.facts), home)

    def _foretold(self, lease: Lease, home: Organization) -> dict[str, Any] | None:
        return self._reminder_facts.still_true(lease.message, home)

    def _of_sponsorship(self, lease: Lease, _home: Organization) -> dict[str, Any] | None:
        return self._sponsored.still_true(lease.message)

    def _of_connection(self, lease: Lease, _home: Organization) -> dict[str, Any] | None:
        return self._connections.still_true(lease.message)

    def _of_appointment(self, lease: Lease, _home: Organization) -> dict[str, Any] | None:
        """The facts, as long as the appointment hasn't been changed since."""
        facts = lease.message.facts
        case = self._cases.current(lease.message.subject.removeprefix("CASE#"))
        booked = case.appointment if case else None
        told = facts["appointment"], facts["number"]
        if booked is None or (booked.id, booked.number) != told:
            return None
        must_be_moved = _MUST_BE_MOVED.get(lease.message.kind)
        if must_be_moved is not None and booked.must_be_moved is not must_be_moved:
            return None
        agent = self._calendar.agent(booked.agent)
        return {**facts, "room": address(booked, agent.room if agent else "")}

    def _of_code(self, lease: Lease, _home: Organization) -> dict[str, Any] | None:
        """The facts, as long as the code can be entered."""
        facts = lease.message.facts
        case = self._cases.current(lease.message.subject.removeprefix("CASE#"))
        until = datetime.fromisoformat(str(facts["until"]))
        codes = case.codes if case and case.id == facts["case"] else {}
        # One that another code has replaced since has another end.
        live = any(code.until == until for code in codes.values())
        if not live or until <= self._clock():
            return None
        return dict(facts)

    def _of_secret(self, lease: Lease, _home: Organization) -> dict[str, Any] | None:
        message = lease.message
        expired = datetime.fromisoformat(str(message.facts["until"])) <= self._clock()
        if expired or message.sealed is None:
            return None
        secret = self._unseal(str(message.facts.get("sealed_as", lease.id)), message.sealed)
        return {**message.facts, message.kind.declared.secret: secret}

    def _of_invitation(self, lease: Lease, home: Organization) -> dict[str, Any] | None:
        """Who invites to what, with the link, as long as it can be accepted."""
        facts, secret = self._invited.invitation(lease.message), self._of_secret(lease, home)
        return {**secret, **facts} if secret and facts else None

    def _of_registration(self, lease: Lease, home: Organization) -> dict[str, Any] | None:
        """What is registered, with the link if there is one, in the states that it is for."""
        facts = self._invited.registration(lease.message)
        if facts is None or not lease.message.kind.declared.secret:
            return facts
        secret = self._of_secret(lease, home)
        return {**secret, **facts} if secret else None

    def _to_former(self, lease: Lease, _home: Organization) -> dict[str, Any] | None:
        """The facts, with the address that the account had before, and a link while it works."""
        message = lease.message
        if message.sealed is None:
            return None
        former, _, token = self._unseal(lease.id, message.sealed).partition("\n")
        until = message.facts.get("until")
        works = until is not None and datetime.fromisoformat(str(until)) > self._clock()
        return {**message.facts, "former": former, "token": token if works else ""}

    def _of_hold(self, lease: Lease, home: Organization) -> dict[str, Any] | None:
        """The facts, with the account's name; a link only as long as it freezes the account."""
        message = lease.message
        about = self._directory.account(str(message.facts.get("account", message.recipient)))
        facts = self._of_secret(lease, home) if message.kind.declared.secret else message.facts
        if about is None or facts is None:
            return None
        return {**facts, "holder": about.name, "user_id": about.user_id}

    def _of_access(self, lease: Lease, _home: Organization) -> dict[str, Any] | None:
        """The facts, with the account's name and the reason, unless access has changed since."""
        facts = lease.message.facts
        about = self._directory.account(str(facts["account"]))
        found = self._access.access(str(facts["account"]), str(facts["application"]))
        if about is None or found is None:
            return None
        present, _ = found
        if present.state is not _ACCESS[lease.message.kind]:
            return None
        names = {"holder": about.name, "user_id": about.user_id}
        return {**facts, **names, "reason": present.reason}


def _located(home: Organization) -> Organization:
    """The organization; in UTC, as its mails then say, if tzdata has no such zone any more."""
    try:
        ZoneInfo(home.time_zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        about = {"organization": home.id, "time_zone": home.time_zone}
        logger.warning("time zone unknown", extra=about)
        return replace(home, time_zone="UTC")
    return home
