"""Builds the clock's jobs on orders and credentials from the settings."""

from functools import cache

from keyfob.usecases.credentials.lifecycle_jobs import LifecycleJobs
from keyfob.usecases.orders.key_jobs import KeyJobs
from keyfob.usecases.orders.payments import Payments
from keyfob.usecases.orders.supplying import Supplying
from keyfob.usecases.proofing.agent_jobs import AgentJobs
from keyfob.usecases.proofing.case_jobs import CaseJobs
from keyfob.usecases.registrations.invitation_jobs import InvitationJobs
from keyfob.usecases.registrations.registration_jobs import RegistrationJobs
from keyfob.usecases.sponsorships.campaign_jobs import CampaignJobs
from keyfob.wiring.lifecycle import lifecycle_jobs_of
from keyfob.wiring.orders import key_jobs_of, payments_of, supplying_of
from keyfob.wiring.proofing import agent_jobs_of, case_jobs_of
from keyfob.wiring.registrations import invitation_jobs_of, registration_jobs_of
from keyfob.wiring.runtime import Runtime
from keyfob.wiring.sponsorships import campaign_jobs_of


@cache
def runtime() -> Runtime:
    return Runtime("lifecycle_worker")


@cache
def payments() -> Payments:
    return payments_of(runtime())


@cache
def supplying() -> Supplying:
    return supplying_of(runtime())


@cache
def key_jobs() -> KeyJobs:
    return key_jobs_of(runtime())


@cache
def case_jobs() -> CaseJobs:
    return case_jobs_of(runtime())


@cache
def agent_jobs() -> AgentJobs:
    return agent_jobs_of(runtime())


@cache
def lifecycle_jobs() -> LifecycleJobs:
    return lifecycle_jobs_of(runtime())


@cache
def invitation_jobs() -> InvitationJobs:
    return invitation_jobs_of(runtime())


@cache
def registration_jobs() -> RegistrationJobs:
    return registration_jobs_of(runtime())


@cache
def campaign_jobs() -> CampaignJobs:
    return campaign_jobs_of(runtime())
