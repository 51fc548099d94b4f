"""Builds the use case of partners' approvals from the settings."""

from functools import cache

from keyfob.usecases.administration.approvals import PartnerApprovals
from keyfob.wiring.approvals import partner_approvals_of
from keyfob.wiring.runtime import Runtime


@cache
def runtime() -> Runtime:
    return Runtime("approvals")


@cache
def partner_approvals() -> PartnerApprovals:
    return partner_approvals_of(runtime())
