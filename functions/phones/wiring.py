"""Builds what is done with phones from the settings."""

from functools import cache

from keyfob.credentials.store import CredentialStore
from keyfob.gateways import aws
from keyfob.gateways.kms import KmsSeal
from keyfob.phones.binding import Binding
from keyfob.phones.codes import PhoneCodes
from keyfob.phones.sending import Sending
from keyfob.phones.store import PhoneStore
from keyfob.wiring.credentials import credential_desk_of, phone_check_of
from keyfob.wiring.phones import phone_codes_of, phone_prices_of, sending_of
from keyfob.wiring.runtime import Runtime


@cache
def runtime() -> Runtime:
    return Runtime("phones", "accounts", "sessions", "credentials", "outbox", "audit")


@cache
def sending() -> Sending:
    return sending_of(runtime())


@cache
def codes() -> PhoneCodes:
    return phone_codes_of(runtime(), sending())


@cache
def binding() -> Binding:
    base = runtime()
    return Binding(
        credentials=CredentialStore(base.database),
        store=PhoneStore(base.database),
        desk=credential_desk_of(base),
        codes=codes(),
        check=phone_check_of(base),
        sending=sending(),
        seal=KmsSeal(aws.client("kms"), base.settings.value("KEY_MESSAGES")),
        prices=phone_prices_of(base),
        transactions=base.transactions,
        clock=base.clock,
        policy=base.policy,
    )
