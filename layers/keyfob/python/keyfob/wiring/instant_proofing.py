"""Proofing by a credit bureau's questions, put together."""

from __future__ import annotations

from keyfob.domain.proofing.bureau import Bureau
from keyfob.gateways import aws
from keyfob.gateways.bureau import HttpBureau
from keyfob.gateways.secrets import Secret
from keyfob.storage.credentials.store import CredentialStore
from keyfob.storage.limits import Limits
from keyfob.usecases.proofing.asking import Asking
from keyfob.usecases.proofing.lettering import Lettering
from keyfob.wiring.credentials import credential_changes_of
from keyfob.wiring.keys import letter_seal_of, mac_of
from keyfob.wiring.proofing import case_changes_of, cases_of, said_of
from keyfob.wiring.runtime import Runtime


def bureau_of(base: Runtime) -> Bureau:
    """The credit bureau."""
    settings = base.settings
    secret = Secret(aws.client("secretsmanager"), settings.value("BUREAU_SECRET"), base.clock)
    return HttpBureau(
        settings.value("BUREAU_URL"),
        client_id=str(secret()["client_id"]),
        client_secret=lambda: str(secret()["client_secret"]),
    )


def asking_of(base: Runtime) -> Asking:
    """Instant proofing of a holder."""
    return Asking(
        cases=cases_of(base),
        credentials=CredentialStore(base.database),
        service=credential_changes_of(base),
        bureau=base.outside(bureau_of),
        limits=Limits(base.database),
        mac=base.outside(mac_of),
        changes=case_changes_of(base),
        said=said_of(base),
        transactions=base.transactions,
        clock=base.clock,
        policy=base.policy,
    )


def lettering_of(base: Runtime) -> Lettering:
    """A holder's letters."""
    return Lettering(
        cases=cases_of(base),
        credentials=CredentialStore(base.database),
        bureau=base.outside(bureau_of),
        limits=Limits(base.database),
        mac=base.outside(mac_of),
        seal=base.outside(letter_seal_of),
        changes=case_changes_of(base),
        transactions=base.transactions,
        clock=base.clock,
        policy=base.policy,
    )
