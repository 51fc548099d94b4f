"""The library in the test's own process, over the deployed tables, keys and doubles.

It runs as the account's root, so that a test can stop it wherever a function could be stopped.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from functools import cached_property
from typing import Any

from keyfob.domain.audit.entry import Actor
from keyfob.domain.clock import Clock
from keyfob.domain.policy import Policy
from keyfob.domain.sessions.client import Client
from keyfob.gateways.cognito import CognitoPasswords
from keyfob.gateways.queue import Queue
from keyfob.storage.database import Database
from keyfob.storage.messages.store import OutboxStore
from keyfob.storage.rows import DueRow
from keyfob.storage.transaction import Transactions
from keyfob.usecases.credentials.help_desk import HelpDesk
from keyfob.usecases.credentials.lifecycle_jobs import LifecycleJobs
from keyfob.usecases.credentials.management import Management
from keyfob.usecases.credentials.redemption import Redemption
from keyfob.usecases.credentials.registration import Registration
from keyfob.usecases.credentials.service import CredentialService
from keyfob.usecases.credentials.verification import Verification
from keyfob.usecases.directory.partners import Partners
from keyfob.usecases.due.sweep import Sweep
from keyfob.usecases.messages.outbox_processor import OutboxProcessor, Perform
from keyfob.usecases.orders.payments import Payments
from keyfob.usecases.orders.service import OrderService
from keyfob.usecases.sessions.recovery import PasswordRecovery
from keyfob.usecases.sessions.reset import PasswordReset
from keyfob.usecases.sessions.sign_in import Identity, SignIn
from keyfob.wiring.credential_desk import credential_desk_of
from keyfob.wiring.credentials import phone_check_of
from keyfob.wiring.documents import enclosing_of
from keyfob.wiring.keys import kms_of
from keyfob.wiring.lifecycle import lifecycle_jobs_of
from keyfob.wiring.management import management_of
from keyfob.wiring.notifier import notifier_of, ses_of, texts_of
from keyfob.wiring.operations import help_desk_of, partners_of
from keyfob.wiring.orders import payments_of, service_of
from keyfob.wiring.phone_binding import binding_of
from keyfob.wiring.phones import phone_codes_of, sending_of, sms_of
from keyfob.wiring.redemption import redemption_of
from keyfob.wiring.registration import registration_of
from keyfob.wiring.runtime import Runtime
from keyfob.wiring.sessions import passwords_of, recovery_of, reset_of
from keyfob.wiring.sign_in import sign_in_of
from keyfob.wiring.sweep import sweep_of
from keyfob.wiring.verification import verification_of
from local.stack import Stack
from tests.support.fakes import FakeTexts
from tests.support.running.wire import Wire
from tests.support.runtime import HandedRuntime, Opening

BY = Actor(kind="system", id="races")
FROM_HERE = Client(address="198.19.0.1", correlation="races")
_FUNCTIONS = (
    "EffectsWorkerFunction",
    "PaymentWorkerFunction",
    "RegistrationFunction",
    "NotifierFunction",
    "LifecycleSweepFunction",
    "PhonesFunction",
)
_TABLES = (
    "accounts",
    "sessions",
    "orders",
    "credentials",
    "outbox",
    "proofing",
    "letters",
    "audit",
    "members",
    "registrations",
)


class Inside:
    """Builds the functions' parts, each time anew, through a `wire` if there is one."""

    def __init__(
        self, stack: Stack, clock: Clock | None = None, policy: Policy | None = None
    ) -> None:
        self._stack = stack
        self.clock = clock or stack.clock.now
        self.policy = policy or Policy()

    def at(self, now: datetime) -> Inside:
        """The same with a clock that stands still."""
        return Inside(self._stack, lambda: now, self.policy)

    def with_policy(self, **changes: Any) -> Inside:
        """The same with other limits."""
        return Inside(self._stack, self.clock, replace(self.policy, **changes))

    def wire(self) -> Wire:
        """A DynamoDB client of its own, to be interrupted."""
        return Wire(self._stack.client("dynamodb"))

    def queue_wire(self) -> Wire:
        """An SQS client of its own, to be interrupted."""
        return Wire(self._stack.client("sqs"))

    def database(self, wire: Wire | None = None) -> Database:
        """All tables."""
        client: Any = wire or self._stack.client("dynamodb")
        return Database(client, {name: self._stack.outputs[_output(name)] for name in _TABLES})

    def transactions(self, wire: Wire | None = None) -> Transactions:
        """The writer of transactions."""
        return self._runtime(wire).transactions

    def sign_in(self, identity: Identity, wire: Wire | None = None) -> SignIn:
        """Signing in, with passwords that `identity` knows."""
        return sign_in_of(self._runtime(wire, {passwords_of: identity}))

    def passwords(self) -> CognitoPasswords:
        """The password store."""
        return passwords_of(self._runtime(None))

    def reset(self, wire: Wire | None = None) -> PasswordReset:
        """The effect that resets a password."""
        return reset_of(self._runtime(wire))

    def recovery(self, wire: Wire | None = None) -> PasswordRecovery:
        """Recovery of a password by a mailed code."""
        return recovery_of(self._runtime(wire))

    def service(self, wire: Wire | None = None) -> OrderService:
        """Where orders change."""
        return service_of(self._runtime(wire))

    def payments(self, wire: Wire | None = None) -> Payments:
        """Settlement with fulfilment behind it."""
        return payments_of(self._runtime(wire))

    def verification(self, wire: Wire | None = None) -> Verification:
        """Signing in with codes."""
        return verification_of(self._runtime(wire))

    def phones(
        self, wire: Wire | None = None, *, kms: Wire | None = None, sms: Wire | None = None
    ) -> Phoning:
        """Binding phones and sending them codes."""
        outside: dict[Opening, Any] = {sms_of: sms or self._stack.client("pinpoint-sms-voice-v2")}
        return Phoning(self._runtime(wire, outside | ({kms_of: kms} if kms else {})))

    def registration(self, wire: Wire | None = None) -> Registration:
        """Registering and resynchronizing tokens."""
        return registration_of(self._runtime(wire))

    def redemption(self, wire: Wire | None = None) -> Redemption:
        """Redeeming license keys."""
        return redemption_of(self._runtime(wire))

    def management(self, wire: Wire | None = None) -> Management:
        """A holder's management of a credential."""
        return management_of(self._runtime(wire))

    def credential_service(self) -> CredentialService:
        """The use case that changes credentials."""
        return credential_desk_of(self._runtime(None))

    def help_desk(self, wire: Wire | None = None) -> HelpDesk:
        """An operator's help for a holder."""
        return help_desk_of(self._runtime(wire))

    def partners(self) -> Partners:
        """Partners and applications, as operators change them."""
        return partners_of(self._runtime(None))

    def lifecycle_jobs(self, wire: Wire | None = None) -> LifecycleJobs:
        """The clock's jobs for credentials."""
        return lifecycle_jobs_of(self._runtime(wire))

    def sweep(
        self, *rows: type[DueRow], wire: Wire | None = None, queue: Wire | None = None
    ) -> Sweep:
        """The sweep of these tables only; everything due goes on the clock's queue."""
        url = self._environment["QUEUE_LIFECYCLE"]
        lifecycle: Any = queue or self._stack.client("sqs")
        return sweep_of(self._runtime(wire), *rows, queues=lambda _: Queue(lifecycle, url))

    def outbox(self, wire: Wire | None = None) -> OutboxStore:
        """The messages."""
        return OutboxStore(self.database(wire), self.policy)

    def outbox_processor(self, perform: Perform, wire: Wire | None = None) -> OutboxProcessor:
        """A worker that processes messages by `perform`."""
        return OutboxProcessor(self.outbox(wire), self.clock, perform, lambda _name: None)

    def notifier(self, wire: Wire | None = None, ses: Wire | None = None) -> OutboxProcessor:
        """The worker that sends the outbox's messages to people."""
        outside = {
            ses_of: ses or self._stack.client("sesv2"),
            texts_of: FakeTexts(),
            enclosing_of: lambda *_: None,
        }
        return self.outbox_processor(notifier_of(self._runtime(wire, outside)).perform, wire)

    def _runtime(self, wire: Wire | None, outside: Mapping[Opening, Any] | None = None) -> Runtime:
        return HandedRuntime(
            self.database(wire),
            self.clock,
            self.policy,
            settings=self._environment,
            outside=outside,
        )

    @cached_property
    def _environment(self) -> dict[str, str]:
        """The settings of functions that have keys, queues and the password store between them."""
        found: dict[str, str] = {}
        for function in _FUNCTIONS:
            configuration = self._stack.client("lambda").get_function_configuration(
                FunctionName=self._stack.outputs[function]
            )
            found |= configuration["Environment"]["Variables"]
        return found


class Phoning:
    """The parts of the function for phones."""

    def __init__(self, base: Runtime) -> None:
        self.sending = sending_of(base)
        self.codes = phone_codes_of(base, self.sending)
        self.check = phone_check_of(base)
        self.binding = binding_of(base, self.sending, self.codes)


def _output(table: str) -> str:
    return f"{table.title()}Table"
